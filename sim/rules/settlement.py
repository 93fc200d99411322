"""Who is paid for a consignment."""

from sim.engine.compiled import kernel
from sim.world.codes import CRASHED, GROUNDED, LOST, SEIZED, SEIZED_LOAD, TRANSPORT


@kernel
def pay_carriers(w):
    """Charge owners the fee, the toll and the pilot of every load that sets out.

    Tolls are set aside by owner and place; ``pay_gangs`` hands them on.
    """
    graph, legs, lines, week, cartels = w.graph, w.legs, w.lines, w.week, w.cartels
    pilots, air, consignments, books = w.pilots, w.air, w.consignments, w.books
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


@kernel
def count_trips(w):
    """Count what set out and what was seized, by leg, owner and agency."""
    lines, legs, week, cartels = w.lines, w.legs, w.week, w.cartels
    agencies, consignments, books = w.agencies, w.consignments, w.books
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
