"""Which consignments are seized, and what that costs."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import CRASH, CREW, FATE, SEIZURE, mix, stream_key, uniform
from sim.rules.settlement import charge, count_trips, pay_carriers
from sim.rules.tolls import pay_gangs
from sim.rules.transit import send_on
from sim.world.codes import (
    ACTIVE,
    AIRCRAFT,
    CRASHED,
    DEAD,
    DETAINED,
    GROUNDED,
    SEIZED_LOAD,
    THROUGH,
)

LEAST_TRIPS = 0.1  # a week: usual traffic of a leg that hardly anybody uses


@kernel
def seizure_prob(base_prob, effort, trips, usual_trips, dilution):
    """Return the seizure probability of one consignment.

        P = (1 - (1 - q)^effort) (trips / usual)^-dilution

    A force watches a leg with a given effort, so each consignment is safer among
    many; the last factor stays within 0.6 and 1.5 and P within 0.95. Trips are
    consignments a week.

    Examples
    --------
    >>> round(float(seizure_prob(0.1, 2.0, 10.0, 10.0, 0.2)), 6)
    0.19
    """
    caught = 1.0 - math.exp(effort * math.log(1.0 - min(base_prob, 0.95)))
    crowd = math.exp(-dilution * math.log(max(trips, 1e-6) / max(usual_trips, 1e-6)))
    return min(caught * min(max(crowd, 0.6), 1.5), 0.95)


@kernel
def patrol(legs, interdiction):
    """Set each leg's seizure probability from effort and traffic: ``legs.prob`` (e).

    Campaigns of the calendar and paths multiply effort. A force gets used to traffic: what it
    takes for usual follows what passes,

        usual += (trips - usual) / crowd_weeks,    at least a consignment in ten weeks

    so that a crowd is safe, and a lone consignment at risk, for a time alone. With a usual
    traffic that stands still a leg once crowded stayed cheap, and was used, for good.

    Where patrols come and go it is ``presence`` times as high, within 0.95.
    """
    for e in range(legs.prob.size):
        change = (legs.trips[e] - legs.usual_trips[e]) / interdiction.crowd_weeks
        legs.usual_trips[e] = max(legs.usual_trips[e] + change, LEAST_TRIPS)
        usual = seizure_prob(
            base_prob=min(legs.base_prob[e] * interdiction.seizure_factor, 0.95),
            effort=legs.effort[e] * legs.campaign[e] * legs.steered[e],
            trips=legs.trips[e],
            usual_trips=legs.usual_trips[e],
            dilution=interdiction.dilution,
        )
        legs.prob[e] = min(usual * legs.presence[e], 0.95)


@kernel
def draw_of(c, w, key):
    """Return a consignment's own draw of a stream: named by its line, its leg and its number."""
    loads = w.consignments
    line_key = mix(key, w.lines.key[loads.line[c]])
    return uniform(line_key, w.legs.key[loads.leg[c]], loads.number[c])


@kernel
def draw_fates(w, interdiction, seed, now):
    """Draw for every consignment whether it gets through, is seized or crashes.

    Seized with the leg's probability; else, in the air, crashed with ``crash_prob``.
    """
    seizure_key, crash_key = stream_key(seed, SEIZURE, now), stream_key(seed, CRASH, now)
    loads = w.consignments
    for c in range(loads.loaded[0]):
        e, fate = loads.leg[c], THROUGH
        if loads.kg[c] <= 0.0:
            fate = GROUNDED
        elif draw_of(c, w, seizure_key) < w.legs.prob[e]:
            fate = SEIZED_LOAD
        elif w.graph.air[e] >= 0 and draw_of(c, w, crash_key) < interdiction.crash_prob:
            fate = CRASHED
        loads.fate[c] = fate


@kernel
def lose_aircraft(w, interdiction, aircraft_usd, seed, now):
    """Charge owners their lost aircraft, and decide what becomes of pilots seized.

    A seized pilot dies with the leg's ``death_prob``, else is held with ``detention_prob``.
    """
    pilots, air, loads = w.pilots, w.air, w.consignments
    air.killed[:] = 0.0
    air.detained[:] = 0.0
    fate_key = stream_key(seed, FATE, now)
    for c in range(loads.loaded[0]):
        a, fate, i = w.graph.air[loads.leg[c]], loads.fate[c], loads.pilot[c]
        if a < 0 or (fate != SEIZED_LOAD and fate != CRASHED):
            continue
        w.books.usd[AIRCRAFT] += aircraft_usd
        charge(loads.line[c], aircraft_usd, w)
        if fate == CRASHED or i < 0 or pilots.status[i] != ACTIVE:
            continue
        draw = draw_of(c, w, fate_key)
        if draw < air.death_prob[a]:
            pilots.status[i] = DEAD
            air.killed[a] += 1.0
        elif draw < air.death_prob[a] + interdiction.detention_prob:
            pilots.status[i] = DETAINED
            air.detained[a] += 1.0


@kernel
def leading_gang(n, gangs):
    """Return the gang with most control of a place; of equals, the first on its list."""
    leads = gangs.here[n, 0]
    for k in range(1, gangs.n_here[n]):
        if gangs.control[gangs.here[n, k], n] > gangs.control[leads, n]:
            leads = gangs.here[n, k]
    return leads


@kernel
def hold_crews(w, interdiction, seed, now):
    """Arrest, with ``crew_prob`` per seizure, a member of the gang that leads where it set out."""
    gangs, loads = w.gangs, w.consignments
    crew_key = stream_key(seed, CREW, now)
    for c in range(loads.loaded[0]):
        n = w.graph.start[loads.leg[c]]
        if loads.fate[c] != SEIZED_LOAD or gangs.n_here[n] == 0:
            continue
        g = leading_gang(n, gangs)
        if draw_of(c, w, crew_key) < interdiction.crew_prob and gangs.members[g] >= 1.0:
            gangs.members[g] -= 1.0
            gangs.arrested[g] += 1.0


@kernel
def interdict(w, numbers, seed, now):
    """Decide the fate of every consignment and settle its costs.

    The owner pays the fee, the toll and the pilot for every load that sets out;
    those who handle it are paid when it gets through. A seizure takes the load
    and, in the air, the aircraft, and may kill or detain the pilot and members
    of the gang that holds the place it left.
    """
    interdiction = numbers.interdiction
    draw_fates(w, interdiction, seed, now)
    pay_carriers(w)
    pay_gangs(w.week, w.gangs)
    count_trips(w)
    lose_aircraft(w, interdiction, numbers.flying.aircraft_usd, seed, now)
    hold_crews(w, interdiction, seed, now)
    send_on(w, numbers.ordering.own_share, now)
