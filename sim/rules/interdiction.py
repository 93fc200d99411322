"""Which consignments are seized, and what that costs."""

import math

from sim.accounts import AIRCRAFT, HANDLING, LOST, SEIZED, TRANSPORT
from sim.compiled import inner, kernel
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


@inner
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


@inner
def pay_carriers(graph, legs, lines, week, cartels, pilots, air, consignments, books):
    """Charge owners the fee, the toll and the pilot of every load that sets out.

    Tolls are set aside by owner and place; ``pay_gangs`` hands them on.
    """
    row_of, leg_of, kg_of = consignments.line, consignments.leg, consignments.kg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    pilot_of = consignments.pilot
    owner_of = lines.cartel
    start = graph.start
    fee_usd = legs.fee_usd_per_kg
    factor = legs.fee_factor
    toll_usd = cartels.toll_usd_per_kg
    air_of = graph.air
    usd = books.usd
    tolls = week.toll_usd
    capital = cartels.capital_usd
    paid = week.paid_usd
    through = week.through
    passed = week.passed_kg
    value = lines.value
    for c in range(n_loads):
        if fates[c] == GROUNDED:
            continue
        row, e, kg = row_of[c], leg_of[c], kg_of[c]
        owner, n = owner_of[row], start[e]
        fee = kg * fee_usd[e] * factor[e]
        toll = kg * toll_usd[owner, n]
        wage = 0.0
        if pilot_of[c] >= 0:
            wage = air.wage_usd[air_of[e]]
            pilots.cash_usd[pilot_of[c]] += wage
            fee += air.rent_usd[air_of[e]]
        usd[TRANSPORT] += fee
        tolls[owner, n] += toll
        capital[owner] -= fee + toll + wage
        paid[row] += fee + toll + wage
        passed[owner, n] += kg
        through[n, 0] += kg
        through[n, 1] += kg * value[row, n]


@inner
def pay_gangs(week, gangs):
    """Split each owner's tolls at a place over the gangs there that charge it."""
    for n in range(gangs.n_here.size):
        present = gangs.n_here[n]
        if present == 0:
            continue
        for owner in range(week.toll_usd.shape[0]):
            due = week.toll_usd[owner, n]
            if due <= 0.0:
                continue
            total = 0.0
            for k in range(present):
                g = gangs.here[n, k]
                if gangs.affiliation[g] != owner:
                    total += gangs.control[g, n] * gangs.toll_share[g]
            for k in range(present):
                g = gangs.here[n, k]
                if gangs.affiliation[g] != owner:
                    part = due * gangs.control[g, n] * gangs.toll_share[g] / total
                    gangs.cash_usd[g] += part
                    week.gang_usd[g] += part


@inner
def count_trips(lines, legs, week, cartels, agencies, consignments, books):
    """Count what set out and what was seized, by leg, owner and agency."""
    row_of, leg_of, kg_of = consignments.line, consignments.leg, consignments.kg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    owner_of = lines.cartel
    moved = week.moved_kg
    trips = week.trips
    leg_trips = week.leg_trips
    leg_kg = week.leg_kg
    runs = cartels.fresh_runs
    for c in range(n_loads):
        fate = fates[c]
        if fate == GROUNDED:
            continue
        row, e, kg = row_of[c], leg_of[c], kg_of[c]
        owner = owner_of[row]
        moved[e, owner] += kg
        trips[e, owner] += 1.0
        leg_trips[e] += 1.0
        leg_kg[e] += kg
        runs[owner, e] += 1.0
        if fate == SEIZED_LOAD:
            books.kg[SEIZED] += kg
            week.seized_kg[row] += kg
            week.taken_kg[e, owner] += kg
            week.hits[e, owner] += 1.0
            week.leg_seized[e] += 1.0
            week.leg_seized_kg[e] += kg
            cartels.fresh_hits[owner, e] += 1.0
            agencies.seized_kg[legs.agency[e]] += kg
        elif fate == CRASHED:
            books.kg[LOST] += kg


@inner
def lose_aircraft(graph, legs, lines, week, cartels, pilots, air, consignments, books, p, flying,
                  seed, now):  # fmt: skip
    """Charge owners their lost aircraft, and decide what becomes of pilots seized."""
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
        if draw < p.death_prob:
            pilots.status[i] = DEAD
            air.killed[air_of[e]] += 1.0
        elif draw < p.death_prob + p.detention_prob:
            pilots.status[i] = DETAINED
            air.detained[air_of[e]] += 1.0


@inner
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


@inner
def send_on(graph, lines, week, cartels, markets, consignments, books, now):
    """Put what got through on its way and pay those who handled it.

    They keep the share ``handling`` of its worth at the far end, and an owner
    without trust there loses the share that outsiders lose. At the market itself
    the outsider's loss is settled with the sale.
    """
    slots = lines.arriving_kg.shape[2]
    row_of, leg_of, kg_of = consignments.line, consignments.leg, consignments.kg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    owner_of = lines.cartel
    market_of = lines.market
    end = graph.end
    start = graph.start
    handling = markets.handling
    goals = graph.market_place
    access = cartels.access
    value = lines.value
    usd = books.usd
    capital = cartels.capital_usd
    paid = week.paid_usd
    arriving = lines.arriving_kg
    weeks = graph.weeks
    for c in range(n_loads):
        if fates[c] != THROUGH:
            continue
        row, e, kg = row_of[c], leg_of[c], kg_of[c]
        owner, m, j = owner_of[row], market_of[row], end[e]
        kept = 1.0 - handling[start[e], m]
        if j != goals[m]:
            kept *= access[owner, j]
        fee = kg * max(value[row, j], 0.0) * (1.0 - kept)
        usd[HANDLING] += fee
        capital[owner] -= fee
        paid[row] += fee
        arriving[row, j, (now + weeks[e] - 1) % slots] += kg


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
