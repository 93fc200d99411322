"""Which consignments are seized, and what that costs."""

import math

from sim.accounts import AIRCRAFT, HANDLING, LOST, SEIZED, TRANSPORT
from sim.compiled import kernel
from sim.rules.flying import ACTIVE, DEAD, DETAINED
from sim.streams import CRASH, CREW, FATE, SEIZURE, mix, stream_key, uniform

THROUGH, SEIZED_LOAD, CRASHED, GROUNDED = 0, 1, 2, 3


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
    for c in range(consignments.loaded[0]):
        row, e = consignments.line[c], consignments.leg[c]
        caught = uniform(mix(seizure_key, lines.key[row]), legs.key[e], consignments.number[c])
        fallen = uniform(mix(crash_key, lines.key[row]), legs.key[e], consignments.number[c])
        fate = THROUGH
        if consignments.kg[c] <= 0.0:
            fate = GROUNDED
        elif caught < legs.prob[e]:
            fate = SEIZED_LOAD
        elif graph.air[e] >= 0 and fallen < p.crash_prob:
            fate = CRASHED
        consignments.fate[c] = fate


@kernel
def pay_carriers(graph, legs, lines, week, cartels, pilots, air, consignments, books):
    """Charge owners the fee, the toll and the pilot of every load that sets out.

    Tolls are set aside by owner and place; ``pay_gangs`` hands them on.
    """
    for c in range(consignments.loaded[0]):
        if consignments.fate[c] == GROUNDED:
            continue
        row, e, kg = consignments.line[c], consignments.leg[c], consignments.kg[c]
        owner, n = lines.cartel[row], graph.start[e]
        fee = kg * legs.fee_usd_per_kg[e] * legs.fee_factor[e]
        toll = kg * cartels.toll_usd_per_kg[owner, n]
        wage = 0.0
        if consignments.pilot[c] >= 0:
            wage = air.wage_usd[graph.air[e]]
            pilots.cash_usd[consignments.pilot[c]] += wage
            fee += air.rent_usd[graph.air[e]]
        books.usd[TRANSPORT] += fee
        week.toll_usd[owner, n] += toll
        cartels.capital_usd[owner] -= fee + toll + wage
        week.paid_usd[row] += fee + toll + wage
        week.through[n, 0] += kg
        week.through[n, 1] += kg * lines.value[row, n]


@kernel
def pay_gangs(week, gangs):
    """Split each owner's tolls at a place over the gangs there that charge it."""
    for n in range(gangs.first_here.size - 1):
        for owner in range(week.toll_usd.shape[0]):
            due = week.toll_usd[owner, n]
            if due <= 0.0:
                continue
            total = 0.0
            for i in range(gangs.first_here[n], gangs.first_here[n + 1]):
                g = gangs.here[i]
                if gangs.affiliation[g] != owner:
                    total += gangs.control[g, n] * gangs.toll_usd_per_kg[g]
            for i in range(gangs.first_here[n], gangs.first_here[n + 1]):
                g = gangs.here[i]
                if gangs.affiliation[g] != owner:
                    part = gangs.control[g, n] * gangs.toll_usd_per_kg[g] / total
                    gangs.cash_usd[g] += due * part


@kernel
def count_trips(lines, legs, week, cartels, agencies, consignments, books):
    """Count what set out and what was seized, by leg, owner and agency."""
    for c in range(consignments.loaded[0]):
        fate = consignments.fate[c]
        if fate == GROUNDED:
            continue
        row, e, kg = consignments.line[c], consignments.leg[c], consignments.kg[c]
        owner = lines.cartel[row]
        week.moved_kg[e, owner] += kg
        week.trips[e, owner] += 1.0
        week.leg_trips[e] += 1.0
        week.leg_kg[e] += kg
        cartels.fresh_runs[owner, e] += 1.0
        if fate == SEIZED_LOAD:
            books.kg[SEIZED] += kg
            week.seized_kg[row] += kg
            week.taken_kg[e, owner] += kg
            week.leg_seized[e] += 1.0
            week.leg_seized_kg[e] += kg
            cartels.fresh_hits[owner, e] += 1.0
            agencies.seized_kg[legs.agency[e]] += kg
        elif fate == CRASHED:
            books.kg[LOST] += kg


@kernel
def lose_aircraft(graph, legs, lines, week, cartels, pilots, air, consignments, books, p, flying,
                  seed, now):  # fmt: skip
    """Charge owners their lost aircraft, and decide what becomes of pilots seized."""
    air.killed[:] = 0.0
    air.detained[:] = 0.0
    fate_key = stream_key(seed, FATE, now)
    for c in range(consignments.loaded[0]):
        row, e, fate = consignments.line[c], consignments.leg[c], consignments.fate[c]
        if graph.air[e] < 0 or (fate != SEIZED_LOAD and fate != CRASHED):
            continue
        books.usd[AIRCRAFT] += flying.aircraft_usd
        cartels.capital_usd[lines.cartel[row]] -= flying.aircraft_usd
        week.paid_usd[row] += flying.aircraft_usd
        i = consignments.pilot[c]
        if fate == CRASHED or i < 0 or pilots.status[i] != ACTIVE:
            continue
        draw = uniform(mix(fate_key, lines.key[row]), legs.key[e], consignments.number[c])
        if draw < p.death_prob:
            pilots.status[i] = DEAD
            air.killed[graph.air[e]] += 1.0
        elif draw < p.death_prob + p.detention_prob:
            pilots.status[i] = DETAINED
            air.detained[graph.air[e]] += 1.0


@kernel
def hold_crews(graph, legs, lines, gangs, consignments, p, seed, now):
    """Arrest, with a chance per seizure, a member of the gang that leads where the load set out."""
    crew_key = stream_key(seed, CREW, now)
    for c in range(consignments.loaded[0]):
        row, e = consignments.line[c], consignments.leg[c]
        n = graph.start[e]
        if consignments.fate[c] != SEIZED_LOAD or gangs.first_here[n] == gangs.first_here[n + 1]:
            continue
        g = gangs.here[gangs.first_here[n]]
        draw = uniform(mix(crew_key, lines.key[row]), legs.key[e], consignments.number[c])
        if draw < p.crew_prob and gangs.members[g] >= 1.0:
            gangs.members[g] -= 1.0
            gangs.arrested[g] += 1.0


@kernel
def send_on(graph, lines, week, cartels, markets, consignments, books, now):
    """Put what got through on its way and pay those who handled it.

    They keep the share ``handling`` of its worth at the far end, and an owner
    without trust there loses the share that outsiders lose. At the market itself
    the outsider's loss is settled with the sale.
    """
    slots = lines.arriving_kg.shape[2]
    for c in range(consignments.loaded[0]):
        if consignments.fate[c] != THROUGH:
            continue
        row, e, kg = consignments.line[c], consignments.leg[c], consignments.kg[c]
        owner, m, j = lines.cartel[row], lines.market[row], graph.end[e]
        kept = 1.0 - markets.handling[graph.start[e], m]
        if j != graph.market_place[m]:
            kept *= cartels.access[owner, j]
        fee = kg * max(lines.value[row, j], 0.0) * (1.0 - kept)
        books.usd[HANDLING] += fee
        cartels.capital_usd[owner] -= fee
        week.paid_usd[row] += fee
        lines.arriving_kg[row, j, (now + graph.weeks[e] - 1) % slots] += kg


@kernel
def interdict(graph, legs, lines, week, cartels, markets, pilots, air, gangs, agencies,
              consignments, books, p, flying, seed, now):  # fmt: skip
    """Decide the fate of every consignment and settle its costs.

    The owner pays the fee, the toll and the pilot for every load that sets out;
    those who handle it are paid when it gets through. A seizure takes the load
    and, in the air, the aircraft, and may kill or detain the pilot and members
    of the gang that holds the place it left.
    """
    draw_fates(graph, legs, lines, consignments, p, seed, now)
    pay_carriers(graph, legs, lines, week, cartels, pilots, air, consignments, books)
    pay_gangs(week, gangs)
    count_trips(lines, legs, week, cartels, agencies, consignments, books)
    lose_aircraft(graph, legs, lines, week, cartels, pilots, air, consignments, books, p, flying,
                  seed, now)  # fmt: skip
    hold_crews(graph, legs, lines, gangs, consignments, p, seed, now)
    send_on(graph, lines, week, cartels, markets, consignments, books, now)
