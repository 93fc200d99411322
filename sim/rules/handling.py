"""What those who handle a load keep, inferred from reference prices.

Published costs and seizures explain only part of the rise of the price along
the chain. The rest is kept by those who handle loads on the way: bribes,
extraction at ports, brokers, and rents of scarce access. This share is inferred,
place by place and market by market, so that the reference prices of the data are
an equilibrium at reference conditions: calibrated shares, as in computable
general equilibrium models. It is fixed from then on; how prices *move* comes
from the model.
"""

import math

from sim.engine.compiled import kernel
from sim.rules.netback import congestion_factor, leg_value


@kernel
def place_value(n, m, handling, graph, legs, air, kept, tie, toll, value, share, p, aircraft_usd):
    """Return the value of a place at a given handling share, and its route shares."""
    best = 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        share[e] = 0.0
        if not graph.reaches[m, e]:
            continue
        charges = legs.fee_usd_per_kg[e] * legs.fee_factor[e] + toll[n]
        aircraft = 0.0
        if graph.air[e] >= 0:
            charges += air.wage_usd[graph.air[e]] / legs.load_kg[e]
            aircraft = aircraft_usd / legs.load_kg[e]
        share[e] = leg_value(
            value[graph.end[e]],
            legs.prior_prob[e],
            handling,
            kept[graph.end[e]],
            charges,
            p.aversion,
            aircraft,
        )
        best = max(best, share[e])
    total, worth = 0.0, 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        v = share[e]
        share[e] = 0.0
        if best > 0.0 and v > 0.0:
            share[e] = (
                legs.weight[e] * tie[graph.end[e]] * math.exp(p.choice_sharpness * (v / best - 1.0))
            )
            total += share[e]
            worth += share[e] * v
    if total <= 0.0:
        return 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        share[graph.out_leg[i]] /= total
    return worth / total


@kernel
def infer_handling(
    m, target, graph, legs, air, kept, tie, toll, handling, value, share, p, aircraft_usd
):
    """Find, backward from one market, the handling shares that give target values.

    ``value`` and ``share`` are left at the reference equilibrium. Where even a
    handling share of zero leaves a place below its target, the value stands and
    the share is zero: the data's price cannot be paid there.
    """
    for k in range(graph.order.size - 1, -1, -1):
        n = graph.order[k]
        if n == graph.market_place[m]:
            value[n] = target[n]
            continue
        low, high = 0.0, 0.99
        found = place_value(
            n, m, 0.0, graph, legs, air, kept, tie, toll, value, share, p, aircraft_usd
        )
        if found > target[n]:
            for _ in range(40):
                middle = 0.5 * (low + high)
                found = place_value(
                    n,
                    m,
                    middle,
                    graph,
                    legs,
                    air,
                    kept,
                    tie,
                    toll,
                    value,
                    share,
                    p,
                    aircraft_usd,
                )
                if found > target[n]:
                    low = middle
                else:
                    high = middle
        handling[m, n] = low
        value[n] = place_value(
            n, m, low, graph, legs, air, kept, tie, toll, value, share, p, aircraft_usd
        )


@kernel
def spread_flow(m, origin, delivered_kg, graph, legs, share, inflow, flow):
    """Carry purchases forward over the route shares; return kilograms bought per week.

    ``origin`` gives each zone's share of purchases; the result is scaled so that
    ``delivered_kg`` survive to the market. ``flow`` gets kilograms per leg.
    """
    inflow[:] = 0.0
    for z in range(graph.zone_place.size):
        inflow[graph.zone_place[z]] = origin[z]
    for k in range(graph.order.size):
        n = graph.order[k]
        if n == graph.market_place[m]:
            continue
        for i in range(graph.first_out[n], graph.first_out[n + 1]):
            e = graph.out_leg[i]
            flow[e] = inflow[n] * share[e]
            inflow[graph.end[e]] += flow[e] * (1.0 - legs.prior_prob[e])
    arrived = inflow[graph.market_place[m]]
    if arrived <= 0.0:
        return 0.0
    bought = delivered_kg / arrived
    for e in range(flow.size):
        flow[e] *= bought
    return bought


@kernel
def reference_pass(
    graph,
    legs,
    air,
    markets,
    zones,
    target,
    kept,
    tie,
    toll,
    value,
    share,
    flow,
    bought,
    inflow,
    damping,
    usual_fill,
    p,
    aircraft_usd,
):
    """Infer handling shares and reference flows for all markets, at the present fees.

    Shapes: ``target``, ``kept``, ``tie`` and ``value`` (m, n); ``share`` and ``flow``
    (m, e); ``bought`` (m). Ends by moving flows, and the congestion they cause,
    towards those found (by the share ``damping``), so that repeating the pass
    converges on the reference equilibrium. A leg whose capacity the data lack is
    taken to be filled to ``usual_fill``; one whose flow passes its capacity in the
    data has grown to it, as lasting flow makes it do.
    """
    for m in range(graph.market_place.size):
        infer_handling(
            m,
            target[m],
            graph,
            legs,
            air,
            kept[m],
            tie[m],
            toll,
            markets.handling,
            value[m],
            share[m],
            p,
            aircraft_usd,
        )
        bought[m] = spread_flow(
            m,
            zones.origin_share[m],
            markets.first_demand_kg[m],
            graph,
            legs,
            share[m],
            inflow,
            flow[m],
        )
    for e in range(legs.flow_kg.size):
        found = 0.0
        for m in range(graph.market_place.size):
            found += flow[m, e]
        legs.flow_kg[e] += damping * (found - legs.flow_kg[e])
        legs.trips[e] = legs.flow_kg[e] / legs.load_kg[e]
        capacity = legs.first_capacity_kg[e]
        if math.isnan(capacity):
            capacity = legs.flow_kg[e] / usual_fill
        legs.capacity_kg[e] = max(capacity, legs.flow_kg[e], 1e-9)
        legs.fee_factor[e] = congestion_factor(legs.flow_kg[e], legs.capacity_kg[e], p)
