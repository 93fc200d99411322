"""What a kilogram is worth at a place, and which way it goes."""

import math

from sim.compiled import kernel, part


@kernel
def congest(legs, week, p, switched_on):
    """Raise the fee of a leg as its flow nears or passes its capacity.

    The fee factor is 1 + c (F / K)^b, the form of the Bureau of Public Roads
    (1964), on flow ``F`` smoothed over about a quarter. Capacity follows lasting
    flow slowly, and never falls below the capacity in the data.
    """
    memory = 1.0 / p.congestion_weeks
    adapt = p.capacity_adaptation_per_year / 52.0
    for e in range(legs.flow_kg.size):
        legs.flow_kg[e] += memory * (week.leg_kg[e] - legs.flow_kg[e])
        legs.trips[e] += memory * (week.leg_trips[e] - legs.trips[e])
        target = max(legs.flow_kg[e], legs.first_capacity_kg[e])
        legs.capacity_kg[e] += adapt * (target - legs.capacity_kg[e])
        if switched_on:
            legs.fee_factor[e] = congestion_factor(legs.flow_kg[e], legs.capacity_kg[e], p)
        else:
            legs.fee_factor[e] = 1.0


@kernel
def congestion_factor(flow_kg, capacity_kg, p):
    """Return 1 + c (F / K)^b for one leg."""
    ratio = min(flow_kg / capacity_kg, 10.0)
    return 1.0 + p.congestion * math.exp(p.congestion_power * math.log(max(ratio, 1e-9)))


@kernel
def leg_value(value_ahead, prob, handling, kept, charges, aversion, aircraft_usd_per_kg):
    """Return what a kilogram is worth before a leg, from its worth behind it.

        v = (1 - q)(1 - h) s V - charges - kappa q (s V + aircraft)

    The load survives with probability 1 - q; those who handle it keep the share
    ``handling``, an owner without trust at the far end keeps only ``kept``; the
    last term pays for bearing the risk of load and aircraft, and the aircraft
    itself is lost with probability q.

    Examples
    --------
    >>> round(float(leg_value(1000.0, 0.1, 0.2, 1.0, 50.0, 1.0, 0.0)), 6)
    570.0
    """
    worth = value_ahead * kept
    loss = prob * aircraft_usd_per_kg
    return (
        (1.0 - prob) * (1.0 - handling) * worth
        - charges
        - loss
        - aversion * prob * (worth + aircraft_usd_per_kg)
    )


@part
def value_line(row, graph, legs, lines, cartels, markets, air, p, aircraft_usd):
    """Value every place for one line, backward from its market, and choose routes.

    V(market) = expected price; V(n) = sum of P(e) v(e) over the legs that leave
    ``n`` towards the market, with P(e) proportional to
    w_e exp(beta (v(e) / v_best - 1)) over legs worth taking. ``w_e`` is the size
    of the leg (its capacity in the data, since a leg stands for many parallel
    ways), times the share of wanted flights that find a pilot and a strip.
    """
    market, owner = lines.market[row], lines.cartel[row]
    value, share = lines.value[row], lines.share[row]
    for k in range(graph.order.size - 1, -1, -1):
        n = graph.order[k]
        if n == graph.market_place[market]:
            value[n] = markets.expected_usd_per_kg[market] * cartels.access[owner, n]
            continue
        best = 0.0
        for i in range(graph.first_out[n], graph.first_out[n + 1]):
            e = graph.out_leg[i]
            share[e] = 0.0
            if not graph.reaches[market, e] or value[graph.end[e]] <= 0.0:
                continue
            kept = 1.0
            if graph.end[e] != graph.market_place[market]:
                kept = cartels.access[owner, graph.end[e]]
            charges = legs.fee_usd_per_kg[e] * legs.fee_factor[e]
            charges += cartels.toll_usd_per_kg[owner, n]
            aircraft = 0.0
            if graph.air[e] >= 0:
                a = graph.air[e]
                charges += (air.wage_usd[a] + air.rent_usd[a]) / legs.load_kg[e]
                aircraft = aircraft_usd / legs.load_kg[e]
            share[e] = leg_value(
                value[graph.end[e]],
                cartels.belief[owner, e],
                markets.handling[n, market],
                kept,
                charges,
                p.aversion,
                aircraft,
            )
            best = max(best, share[e])
        value[n] = choose_legs(n, best, graph, legs, air, share, p.choice_sharpness)


@part
def choose_legs(n, best, graph, legs, air, share, sharpness):
    """Turn the leg values in ``share`` into route shares; return the mean value."""
    total, worth = 0.0, 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        v = share[e]
        if best <= 0.0 or v <= 0.0:
            share[e] = 0.0
            continue
        pull = legs.weight[e] * math.exp(sharpness * (v / best - 1.0))
        if graph.air[e] >= 0:
            pull *= air.fill[graph.air[e]]
        share[e] = pull
        total += pull
        worth += pull * v
    if total <= 0.0:
        return 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        share[graph.out_leg[i]] /= total
    return worth / total


@kernel
def value_routes(graph, legs, lines, cartels, markets, air, p, aircraft_usd):
    """Value all places for all lines at this week's fees, wages, beliefs and prices."""
    for row in range(lines.cartel.size):
        value_line(row, graph, legs, lines, cartels, markets, air, p, aircraft_usd)
        owner = lines.cartel[row]
        for z in range(graph.zone_place.size):
            n = graph.zone_place[z]
            lines.zone_value[row, z] = lines.value[row, n] * cartels.access[owner, n]
