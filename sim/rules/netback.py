"""What a kilogram is worth at a place, and which way it goes."""

import math

import numpy as np

from sim.engine.compiled import inner, kernel
from sim.world.codes import SHUT, WEEKS_PER_YEAR
from sim.world.moves import NOBODY


@kernel
def congest(legs, week, routing, switched_on):
    """Raise the fee of a leg as its flow nears or passes its capacity.

        fee factor = 1 + c (F / K)^b

    the form of the Bureau of Public Roads (1964), on flow ``F`` in kg a week, smoothed
    over about a quarter. Capacity ``K`` follows lasting flow slowly, and never falls below
    the capacity in the data.
    """
    memory = 1.0 / routing.congestion_weeks
    adapt = routing.capacity_adaptation_per_year / WEEKS_PER_YEAR
    for e in range(legs.flow_kg.size):
        legs.flow_kg[e] += memory * (week.leg_kg[e] - legs.flow_kg[e])
        legs.trips[e] += memory * (week.leg_trips[e] - legs.trips[e])
        target = max(legs.flow_kg[e], legs.first_capacity_kg[e])
        legs.capacity_kg[e] += adapt * (target - legs.capacity_kg[e])
        legs.fee_factor[e] = 1.0
        if switched_on:
            legs.fee_factor[e] = congestion_factor(legs.flow_kg[e], legs.capacity_kg[e], routing)


@kernel
def congestion_factor(flow_kg, capacity_kg, routing):
    """Return 1 + c (F / K)^b for one leg; F / K counts up to 10."""
    ratio = min(flow_kg / capacity_kg, 10.0)
    return 1.0 + routing.congestion * math.exp(
        routing.congestion_power * math.log(max(ratio, 1e-9))
    )


@kernel
def leg_value(value_ahead, prob, handling, kept, charges, aversion, aircraft_usd_per_kg):
    """Return what a kilogram is worth before a leg, from its worth behind it: USD/kg.

        v = (1 - q)(1 - h) s V - charges - q aircraft - kappa q (s V + aircraft)

    The load survives with probability 1 - q; those who handle it keep the share
    ``handling``, an owner without trust at the far end keeps only ``kept``; the
    aircraft is lost with probability q, and the last term pays for bearing the risk of
    load and aircraft.

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
def charge_legs(legs, air, ways, aircraft_usd):
    """Work out what every leg costs and how strongly it pulls, for all lines alike.

        fee  = usual fee x congestion + (wage + strip rent) / load     USD/kg
        size = size of the leg x share of wanted flights that fly

    the second terms in the air only. ``ways.aircraft_usd_per_kg`` gets the aircraft at
    stake. All have shape (e).
    """
    for e in range(legs.weight.size):
        ways.fee_usd_per_kg[e] = legs.fee_usd_per_kg[e] * legs.fee_factor[e]
        ways.aircraft_usd_per_kg[e] = 0.0
        ways.size[e] = legs.weight[e]
    for a in range(air.leg.size):
        e = air.leg[a]
        ways.fee_usd_per_kg[e] += (air.wage_usd[a] + air.rent_usd[a]) / legs.load_kg[e]
        ways.aircraft_usd_per_kg[e] = aircraft_usd / legs.load_kg[e]
        ways.size[e] *= air.fill[a]


@kernel
def look_at_ways(w, o, access, tie):
    """See every leg with an owner's eyes, whatever its goal: fills the rest of ``w.ways``.

    It pays the toll of the place that the leg leaves, believes in a risk of its own, keeps
    what its access leaves it, and uses the part of the leg that its ties at the far end open.
    """
    graph, ways = w.graph, w.ways
    belief, toll = w.cartels.belief[o], w.cartels.toll_usd_per_kg[o]
    for n in range(access.size):
        ways.access[n] = access[n]
    for e in range(belief.size):
        ways.prob[e] = belief[e]
    for e in range(belief.size):
        ways.charge_usd_per_kg[e] = ways.fee_usd_per_kg[e] + toll[graph.start[e]]
        ways.pull[e] = ways.size[e] * tie[graph.end[e]]


@inner
def value_place(n, m, handling, graph, ways, routing, value, share):
    """Return what a kilogram is worth at a place, and choose among the legs that leave it.

        V(n) = sum of P(e) v(e),    P(e) proportional to pull_e exp(beta (v(e) / v_best - 1))

    over the legs that lead on to the market and are worth taking, with v(e) from
    ``leg_value``. The pull of a leg is its size (its capacity in the data, since a leg
    stands for many parallel ways), times the share of it that is open to the owner.

    Parameters
    ----------
    n, m : int
        Place and market.
    handling : float
        Share that those who handle a load leaving the place keep.
    ways : Ways
        The legs as the owner sees them.
    value : array (n)
        USD/kg; must hold the places further on, and at the market what the owner keeps there.
    share : array (e)
        Filled for the legs that leave the place: P(e), 0 if none is worth taking.
    """
    best, first, last = 0.0, graph.first_out[n], graph.first_out[n + 1]
    goal, reaches, out_leg, end = graph.market_place[m], graph.reaches[m], graph.out_leg, graph.end
    prob, access, charge = ways.prob, ways.access, ways.charge_usd_per_kg
    aircraft, aversion, sharpness = (
        ways.aircraft_usd_per_kg,
        routing.aversion,
        routing.choice_sharpness,
    )
    for i in range(first, last):
        e = out_leg[i]
        share[e] = 0.0
        if reaches[e] and value[end[e]] > 0.0:
            share[e] = leg_value(
                value_ahead=value[end[e]],
                prob=prob[e],
                handling=handling,
                kept=1.0 if end[e] == goal else access[end[e]],
                charges=charge[e],
                aversion=aversion,
                aircraft_usd_per_kg=aircraft[e],
            )
            best = max(best, share[e])
    total, worth, pull = 0.0, 0.0, ways.pull
    for i in range(first, last):
        e = out_leg[i]
        v = share[e]
        share[e] = 0.0
        if best > 0.0 and v > 0.0:
            share[e] = pull[e]
            if v < best:  # the exponential of the best is one
                share[e] *= math.exp(sharpness * (v / best - 1.0))
            total += share[e]
            worth += share[e] * v
    if total > 0.0:  # one way out of the function: another would cost a third of its time
        worth /= total
        for i in range(first, last):
            share[out_leg[i]] /= total
    return worth


@kernel
def value_line(w, o, m, access, tie, routing, value, share):
    """Value every place for one line, backward from its market, and choose routes.

        V(market) = expected price x access there

    and elsewhere as in ``value_place``. ``charge_legs`` must have been called.

    Parameters
    ----------
    o, m : int
        Owner and market.
    access, tie : array (n)
        Share of value kept by the owner, share of the ways through a place that are
        open to it: its own, or as if it were better placed.
    value, share : array (n) and (e)
        Filled: netback in USD/kg and route shares.
    """
    look_at_ways(w, o, access, tie)
    value_places(w, m, access=access, routing=routing, value=value, share=share)


@kernel
def value_places(w, m, access, routing, value, share):
    """Value every place for a market with the eyes of the owner who looked at the ways last."""
    graph, ways, handling, goal = w.graph, w.ways, w.markets.handling, w.graph.market_place[m]
    for k in range(graph.order.size - 1, -1, -1):
        n = graph.order[k]
        value[n] = value_place(
            n,
            m,
            handling=handling[m, n],
            graph=graph,
            ways=ways,
            routing=routing,
            value=value,
            share=share,
        )
        if n == goal:
            value[n] = w.markets.expected_usd_per_kg[m] * access[n]


@kernel
def value_routes(w, routing, aircraft_usd):
    """Value all places for all lines at this week's fees, wages, beliefs and prices.

    Leaves ``lines.value`` (l, n) in USD/kg, ``lines.share`` (l, e), and at every source
    ``lines.zone_value`` (l, z): what is left of the value to an owner with its access there.
    """
    graph, lines, cartels = w.graph, w.lines, w.cartels
    charge_legs(w.legs, w.air, w.ways, aircraft_usd)
    seen = NOBODY
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        owner, m = lines.cartel[row], lines.market[row]
        access, value = cartels.access[owner], lines.value[row]
        if owner != seen:
            look_at_ways(w, owner, access, cartels.tie[owner])
            seen = owner
        share = lines.share[row]
        value_places(w, m, access=access, routing=routing, value=value, share=share)
        for z in range(graph.zone_place.size):
            n = graph.zone_place[z]
            lines.zone_value[row, z] = value[n] * access[n]


@kernel
def rents(w, o, m, access, value, share, rent, own_share):
    """Work out what an owner keeps for itself of the handling of a kilogram, from every place on.

        U(n) = sum of P(e) (1 - q_e) [own_share h_n s_j V(j) + U(j)]

    with h_n the handling share at the place, s_j the owner's access at the far end j (1 at
    the market), V the value and P the route shares, as ``value_line`` leaves them.

    Parameters
    ----------
    rent : array (n)
        Filled, in USD/kg.
    """
    graph, handling, belief = w.graph, w.markets.handling[m], w.cartels.belief[o]
    goal = graph.market_place[m]
    for k in range(graph.order.size - 1, -1, -1):
        n = graph.order[k]
        rent[n] = 0.0
        if n == goal:
            continue
        for i in range(graph.first_out[n], graph.first_out[n + 1]):
            e = graph.out_leg[i]
            if share[e] > 0.0:
                far = graph.end[e]
                kept = 1.0 if far == goal else access[far]
                own = own_share * max(handling[n], 0.0) * kept * value[far]
                rent[n] += share[e] * (1.0 - belief[e]) * (own + rent[far])


@kernel
def worth_to_owner(row, access, tie, w, numbers):
    """Return what a kilogram is worth to a line's owner at every place (n), in USD.

        worth(n) = V(n) access(n) + U(n)

    the netback that it keeps there, and what it keeps of the handling from there on. Access
    and tie are its own, or as if it were better placed.
    """
    lines, graph = w.lines, w.graph
    owner, market = lines.cartel[row], lines.market[row]
    value, rent = np.empty(graph.key.size), np.empty(graph.key.size)
    share = np.zeros(graph.end.size)
    value_line(w, owner, market, access, tie, routing=numbers.routing, value=value, share=share)
    own = numbers.ordering.own_share
    rents(w, owner, market, access, value=value, share=share, rent=rent, own_share=own)
    return value * access + rent
