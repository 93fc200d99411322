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

from sim.engine.compiled import inner, kernel
from sim.rules.netback import congestion_factor, value_place

HALVINGS = 40  # of the interval in which a handling share lies
LARGEST_SHARE = 0.99


@kernel
def mean_ways(r, m):
    """See every leg with the eyes of the mean seller of a market, for strangers' tolls.

        charge = fee x congestion + toll + wage / load    USD/kg

    with the wage in the air only.
    """
    graph, legs, air, ways = r.graph, r.legs, r.air, r.ways
    for n in range(ways.access.size):
        ways.access[n] = r.access[m, n]
    for e in range(legs.weight.size):
        fee = legs.fee_usd_per_kg[e] * legs.fee_factor[e]
        ways.charge_usd_per_kg[e] = fee + r.toll_usd_per_kg[graph.start[e]]
        ways.prob[e] = legs.prior_prob[e]
        ways.pull[e] = ways.size[e] * r.tie[m, graph.end[e]]
    for a in range(air.leg.size):
        ways.charge_usd_per_kg[air.leg[a]] += air.wage_usd[a] / legs.load_kg[air.leg[a]]


@inner
def worth_at(n, m, handling, r, routing):
    """Return what a place is worth to the mean seller of a market if handlers keep a share."""
    return value_place(
        n,
        m,
        handling=handling,
        graph=r.graph,
        ways=r.ways,
        routing=routing,
        value=r.value[m],
        share=r.share[m],
    )


@kernel
def handling_at(n, m, r, routing):
    """Return the handling share at which a place is worth what the data say; found by halving.

    Where even a share of zero leaves a place below its target, the share is zero: the
    data's price cannot be paid there.
    """
    low, high = 0.0, LARGEST_SHARE
    if worth_at(n, m, low, r, routing) <= r.target[m, n]:
        return low
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if worth_at(n, m, middle, r, routing) > r.target[m, n]:
            low = middle
        else:
            high = middle
    return low


@kernel
def infer_handling(m, r, routing):
    """Find, backward from one market, the handling shares that give target values.

    Leaves ``markets.handling``, ``value`` and ``share`` of the market at the reference
    equilibrium.
    """
    graph, handling = r.graph, r.markets.handling[m]
    mean_ways(r, m)
    for k in range(graph.order.size - 1, -1, -1):
        n = graph.order[k]
        if n == graph.market_place[m]:
            r.value[m, n] = r.target[m, n] * r.access[m, n]
        else:
            handling[n] = handling_at(n, m, r, routing)
            r.value[m, n] = worth_at(n, m, handling[n], r, routing)


@kernel
def spread_flow(m, r):
    """Carry purchases forward over the route shares; leave kilograms a week per leg and bought.

    Each zone has its share of purchases in the data; the result is scaled so that the
    market's demand survives to it.
    """
    graph, inflow, flow = r.graph, r.inflow_kg, r.flow_kg[m]
    inflow[:] = 0.0
    for z in range(graph.zone_place.size):
        inflow[graph.zone_place[z]] = r.zones.origin_share[m, z]
    for k in range(graph.order.size):
        n = graph.order[k]
        if n == graph.market_place[m]:
            continue
        for i in range(graph.first_out[n], graph.first_out[n + 1]):
            e = graph.out_leg[i]
            flow[e] = inflow[n] * r.share[m, e]
            inflow[graph.end[e]] += flow[e] * (1.0 - r.legs.prior_prob[e])
    arrived = inflow[graph.market_place[m]]
    r.bought_kg[m] = 0.0
    if arrived > 0.0:
        r.bought_kg[m] = r.markets.first_demand_kg[m] / arrived
        for e in range(flow.size):
            flow[e] *= r.bought_kg[m]


@kernel
def move_flow(r, damping, usual_fill, routing):
    """Move the flow of every leg towards that found, and its congestion with it.

        F += damping (sum over markets - F)

    A leg whose capacity the data lack is taken to be filled to ``usual_fill``; one whose
    flow passes its capacity in the data has grown to it, as lasting flow makes it do.
    """
    legs = r.legs
    for e in range(legs.flow_kg.size):
        found = 0.0
        for m in range(r.bought_kg.size):
            found += r.flow_kg[m, e]
        legs.flow_kg[e] += damping * (found - legs.flow_kg[e])
        legs.trips[e] = legs.flow_kg[e] / legs.load_kg[e]
        capacity = legs.first_capacity_kg[e]
        if math.isnan(capacity):
            capacity = legs.flow_kg[e] / usual_fill
        legs.capacity_kg[e] = max(capacity, legs.flow_kg[e], 1e-9)
        legs.fee_factor[e] = congestion_factor(legs.flow_kg[e], legs.capacity_kg[e], routing)


@kernel
def reference_pass(r, damping, usual_fill, routing):
    """Infer handling shares and reference flows for all markets, at the present fees.

    Repeated, it converges on the reference equilibrium, since fees depend on flows.
    """
    for m in range(r.bought_kg.size):
        infer_handling(m, r, routing)
        spread_flow(m, r)
    move_flow(r, damping, usual_fill, routing)
