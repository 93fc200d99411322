"""What a kilogram is worth at a place, and which way it goes."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import SHUT


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


@kernel
def charge_legs(legs, air, aircraft_usd, charge, aircraft, pull):
    """Work out what every leg costs and how strongly it pulls, for all lines alike.

    ``charge`` gets the fee with congestion and, in the air, pilot and strip;
    ``aircraft`` the aircraft at stake; all in USD/kg. ``pull`` gets the size of
    the leg in route choice times the share of wanted flights that fly.
    """
    for e in range(charge.size):
        charge[e] = legs.fee_usd_per_kg[e] * legs.fee_factor[e]
        aircraft[e] = 0.0
        pull[e] = legs.weight[e]
    for a in range(air.leg.size):
        e = air.leg[a]
        charge[e] += (air.wage_usd[a] + air.rent_usd[a]) / legs.load_kg[e]
        aircraft[e] = aircraft_usd / legs.load_kg[e]
        pull[e] *= air.fill[a]


@kernel
def value_line(w, o, m, ways, access, tie, p, value, share):
    """Value every place for one line, backward from its market, and choose routes.

    V(market) = expected price; V(n) = sum of P(e) v(e) over the legs that leave
    ``n`` towards the market, with P(e) proportional to
    w_e exp(beta (v(e) / v_best - 1)) over legs worth taking. ``w_e`` is the size
    of the leg (its capacity in the data, since a leg stands for many parallel
    ways), times the share of them that the owner's ties at the far end open, times
    the share of wanted flights that find a pilot and a strip.

    Parameters
    ----------
    o, m : int
        Owner and market.
    ways : array (3, e)
        What each leg costs, the aircraft at stake, its pull; see ``charge_legs``.
    access, tie : array (n)
        Share of value kept by the owner, share of the ways through a place that are
        open to it: its own, or as if it were better placed.
    value, share : array (n) and (e)
        Filled: netback in USD/kg and route shares.
    """
    graph, markets = w.graph, w.markets
    order, first_out, out_leg, end = graph.order, graph.first_out, graph.out_leg, graph.end
    goal, reaches, expected = (
        graph.market_place[m],
        graph.reaches[m],
        markets.expected_usd_per_kg[m],
    )
    charge, aircraft, pull = ways[0], ways[1], ways[2]
    handling, belief, toll = markets.handling[m], w.cartels.belief[o], w.cartels.toll_usd_per_kg[o]
    aversion, sharpness = p.aversion, p.choice_sharpness
    for k in range(order.size - 1, -1, -1):
        n = order[k]
        if n == goal:
            value[n] = expected * access[n]
            continue
        best = 0.0
        for i in range(first_out[n], first_out[n + 1]):
            e = out_leg[i]
            j = end[e]
            share[e] = 0.0
            if reaches[e] and value[j] > 0.0:
                kept = 1.0 if j == goal else access[j]
                share[e] = leg_value(
                    value[j],
                    belief[e],
                    handling[n],
                    kept,
                    charge[e] + toll[n],
                    aversion,
                    aircraft[e],
                )
                best = max(best, share[e])
        total, worth = 0.0, 0.0
        for i in range(first_out[n], first_out[n + 1]):
            e = out_leg[i]
            v = share[e]
            share[e] = 0.0
            if best > 0.0 and v > 0.0:
                share[e] = pull[e] * tie[end[e]] * math.exp(sharpness * (v / best - 1.0))
                total += share[e]
                worth += share[e] * v
        value[n] = 0.0
        if total > 0.0:
            value[n] = worth / total
            for i in range(first_out[n], first_out[n + 1]):
                share[out_leg[i]] /= total


@kernel
def value_routes(w, p, aircraft_usd):
    """Value all places for all lines at this week's fees, wages, beliefs and prices."""
    graph, lines, cartels = w.graph, w.lines, w.cartels
    ways = np.empty((3, w.legs.load_kg.size))
    charge_legs(w.legs, w.air, aircraft_usd, ways[0], ways[1], ways[2])
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        owner, m = lines.cartel[row], lines.market[row]
        access, tie, value = cartels.access[owner], cartels.tie[owner], lines.value[row]
        value_line(w, owner, m, ways, access, tie, p, value, lines.share[row])
        for z in range(graph.zone_place.size):
            n = graph.zone_place[z]
            lines.zone_value[row, z] = value[n] * access[n]
