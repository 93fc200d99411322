"""Which consignments are seized, and what that costs."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import CRASH, CREW, FATE, SEIZURE, mix, stream_key, uniform
from sim.rules.settlement import count_trips, pay_carriers
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


@kernel
def seizure_prob(base_prob, effort, trips, usual_trips, dilution):
    """Return the seizure probability of one consignment.

        P = (1 - (1 - q)^effort) (trips / usual)^-dilution

    A force watches a leg with a given effort, so each consignment is safer among
    many; the last factor stays within 0.6 and 1.5 and P within 0.95.

    Examples
    --------
    >>> round(float(seizure_prob(0.1, 2.0, 10.0, 10.0, 0.2)), 6)
    0.19
    """
    caught = 1.0 - math.exp(effort * math.log(1.0 - min(base_prob, 0.95)))
    crowd = math.exp(-dilution * math.log(max(trips, 1e-6) / max(usual_trips, 1e-6)))
    return min(caught * min(max(crowd, 0.6), 1.5), 0.95)


@kernel
def patrol(legs, p):
    """Set each leg's seizure probability from effort, campaigns and traffic."""
    for e in range(legs.prob.size):
        effort = legs.effort[e] * legs.campaign[e]
        base = min(legs.base_prob[e] * p.seizure_factor, 0.95)
        legs.prob[e] = seizure_prob(base, effort, legs.trips[e], legs.usual_trips[e], p.dilution)


@kernel
def draw_fates(graph, legs, lines, consignments, p, seed, now):
    """Draw for every consignment whether it gets through, is seized or crashes."""
    seizure_key = stream_key(seed, SEIZURE, now)
    crash_key = stream_key(seed, CRASH, now)
    row_of, leg_of, kg_of = consignments.line, consignments.leg, consignments.kg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    number = consignments.number
    line_key = lines.key
    leg_key = legs.key
    prob = legs.prob
    air_of = graph.air
    for c in range(n_loads):
        row, e = row_of[c], leg_of[c]
        caught = uniform(mix(seizure_key, line_key[row]), leg_key[e], number[c])
        fallen = uniform(mix(crash_key, line_key[row]), leg_key[e], number[c])
        fate = THROUGH
        if kg_of[c] <= 0.0:
            fate = GROUNDED
        elif caught < prob[e]:
            fate = SEIZED_LOAD
        elif air_of[e] >= 0 and fallen < p.crash_prob:
            fate = CRASHED
        fates[c] = fate


@kernel
def lose_aircraft(w, p, flying, seed, now):
    """Charge owners their lost aircraft, and decide what becomes of pilots seized."""
    graph, legs, lines, week, cartels = w.graph, w.legs, w.lines, w.week, w.cartels
    pilots, air, consignments, books = w.pilots, w.air, w.consignments, w.books
    air.killed[:] = 0.0
    air.detained[:] = 0.0
    fate_key = stream_key(seed, FATE, now)
    row_of, leg_of = consignments.line, consignments.leg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    number = consignments.number
    pilot_of = consignments.pilot
    air_of = graph.air
    for c in range(n_loads):
        row, e, fate = row_of[c], leg_of[c], fates[c]
        if air_of[e] < 0 or (fate != SEIZED_LOAD and fate != CRASHED):
            continue
        books.usd[AIRCRAFT] += flying.aircraft_usd
        cartels.capital_usd[lines.cartel[row]] -= flying.aircraft_usd
        week.paid_usd[row] += flying.aircraft_usd
        i = pilot_of[c]
        if fate == CRASHED or i < 0 or pilots.status[i] != ACTIVE:
            continue
        draw = uniform(mix(fate_key, lines.key[row]), legs.key[e], number[c])
        death_prob = air.death_prob[air_of[e]]
        if draw < death_prob:
            pilots.status[i] = DEAD
            air.killed[air_of[e]] += 1.0
        elif draw < death_prob + p.detention_prob:
            pilots.status[i] = DETAINED
            air.detained[air_of[e]] += 1.0


@kernel
def hold_crews(graph, legs, lines, gangs, consignments, p, seed, now):
    """Arrest, with a chance per seizure, a member of the gang that leads where the load set out."""
    crew_key = stream_key(seed, CREW, now)
    row_of, leg_of = consignments.line, consignments.leg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    number = consignments.number
    start = graph.start
    for c in range(n_loads):
        row, e = row_of[c], leg_of[c]
        n = start[e]
        if fates[c] != SEIZED_LOAD or gangs.n_here[n] == 0:
            continue
        g = gangs.here[n, 0]
        for k in range(1, gangs.n_here[n]):
            if gangs.control[gangs.here[n, k], n] > gangs.control[g, n]:
                g = gangs.here[n, k]
        draw = uniform(mix(crew_key, lines.key[row]), legs.key[e], number[c])
        if draw < p.crew_prob and gangs.members[g] >= 1.0:
            gangs.members[g] -= 1.0
            gangs.arrested[g] += 1.0


@kernel
def interdict(w, p, flying, seed, now):
    """Decide the fate of every consignment and settle its costs.

    The owner pays the fee, the toll and the pilot for every load that sets out;
    those who handle it are paid when it gets through. A seizure takes the load
    and, in the air, the aircraft, and may kill or detain the pilot and members
    of the gang that holds the place it left.
    """
    draw_fates(w.graph, w.legs, w.lines, w.consignments, p, seed, now)
    pay_carriers(w)
    pay_gangs(w.week, w.gangs)
    count_trips(w)
    lose_aircraft(w, p, flying, seed, now)
    hold_crews(w.graph, w.legs, w.lines, w.gangs, w.consignments, p, seed, now)
    send_on(w, now)
