"""Who is paid for a consignment, and who counts it."""

from sim.engine.compiled import kernel
from sim.world.codes import CRASHED, GROUNDED, LOST, SEIZED, SEIZED_LOAD, TRANSPORT


@kernel
def pay_carriers(w):
    """Charge owners the fee, the toll and the pilot of every load that sets out, in USD.

        fee  = kg x usual fee x congestion + strip rent of a flight
        toll = kg x toll of the owner at the place that the load leaves

    Tolls are set aside by owner and place (o, n); ``pay_gangs`` hands them on.
    """
    graph, legs, week, loads = w.graph, w.legs, w.week, w.consignments
    for c in range(loads.loaded[0]):
        if loads.fate[c] == GROUNDED:
            continue
        row, e, kg = loads.line[c], loads.leg[c], loads.kg[c]
        owner, n = w.lines.cartel[row], graph.start[e]
        fee = kg * legs.fee_usd_per_kg[e] * legs.fee_factor[e]
        toll = kg * w.cartels.toll_usd_per_kg[owner, n]
        wage = 0.0
        if loads.pilot[c] >= 0:
            wage = w.air.wage_usd[graph.air[e]]
            w.pilots.cash_usd[loads.pilot[c]] += wage
            fee += w.air.rent_usd[graph.air[e]]
        w.books.usd[TRANSPORT] += fee
        week.toll_usd[owner, n] += toll
        charge(row, fee + toll + wage, w)
        week.passed_kg[owner, n] += kg
        week.through_kg[n] += kg
        week.through_usd[n] += kg * w.lines.value[row, n]


@kernel
def charge(row, usd, w):
    """Let the owner of a line pay."""
    w.cartels.capital_usd[w.lines.cartel[row]] -= usd
    w.week.paid_usd[row] += usd


@kernel
def count_trips(w):
    """Count what set out and what was seized: consignments and kg, by leg, owner and agency."""
    week, cartels, loads = w.week, w.cartels, w.consignments
    for c in range(loads.loaded[0]):
        if loads.fate[c] == GROUNDED:
            continue
        row, e, kg = loads.line[c], loads.leg[c], loads.kg[c]
        owner = w.lines.cartel[row]
        week.moved_kg[e, owner] += kg
        week.trips[e, owner] += 1.0
        week.leg_trips[e] += 1.0
        week.leg_kg[e] += kg
        cartels.fresh_runs[owner, e] += 1.0
        if loads.fate[c] == SEIZED_LOAD:
            w.books.kg[SEIZED] += kg
            week.seized_kg[row] += kg
            week.taken_kg[e, owner] += kg
            week.hits[e, owner] += 1.0
            week.leg_seized[e] += 1.0
            week.leg_seized_kg[e] += kg
            cartels.fresh_hits[owner, e] += 1.0
            w.agencies.seized_kg[w.legs.agency[e]] += kg
        elif loads.fate[c] == CRASHED:
            w.books.kg[LOST] += kg
