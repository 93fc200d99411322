"""Where cartels invest: new corridors, new markets, larger networks.

A corridor is looked at as a whole: one open place is worth little while the next
is shut. A cartel draws a market and a source, follows the way it would take if
it were trusted everywhere, and asks what that way would earn once the places on
it that are strange to it were open.
"""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.streams import EXPANSION, mix, normal, stream_key, unit
from sim.rules.corridors import draw_zone, look_ahead, open_way
from sim.rules.costs import annuity, away, reach_cost
from sim.rules.netback import charge_legs
from sim.world.codes import NETWORKS, SHUT, TRADING
from sim.world.moves import FOUNDED, GROWS, LEAVES_PATRON, OPENS_LINE, log_move

SMALLEST_SHARE = 0.002  # of a market's demand: below this nobody bothers


@kernel
def draw_new_line(o, lines, draw):
    """Draw a market that an organisation does not serve and may serve; -1 if there is none."""
    count = 0
    for row in range(lines.cartel.size):
        count += lines.cartel[row] == o and lines.permitted[row] and lines.phase[row] == SHUT
    left = int(draw * count)
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.permitted[row] and lines.phase[row] == SHUT:
            if left == 0:
                return row
            left -= 1
    return -1


@kernel
def purse(o, cartels, gangs, p, working_weeks):
    """Return what an organisation can put into a project: part of what its business does not need.

    The business needs ``working_weeks`` of spending.
    """
    if cartels.trades[o]:
        needed = working_weeks * cartels.spending_usd[o]
        return p.capital_share * max(cartels.capital_usd[o] - needed, 0.0)
    return p.founding_share * max(gangs.cash_usd[o] + cartels.capital_usd[o], 0.0)


@kernel
def whole_reach(o, lines):
    """Return an organisation's reach in all markets together."""
    total = 0.0
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o:
            total += lines.reach_kg[row]
    return total


@kernel
def steps_ahead(p):
    """Return the mean number of steps that a way will have carried over the planning horizon.

    A way once opened carries every later step too: with one a quarter, half of the
    steps of the whole horizon on average.
    """
    return max(0.5 * 52.0 * p.horizon_years / p.review_weeks, 1.0)


@kernel
def mean_price(row, lines, zones, otherwise):
    """Return what a line pays per kilogram, over the zones it orders from."""
    kg, usd = 0.0, 0.0
    for z in range(zones.price_usd_per_kg.size):
        kg += lines.zone_order_kg[row, z]
        usd += lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
    return usd / kg if kg > 0.0 else otherwise


@kernel
def choose_volume(budget, usd_per_kg, demand_kg, whole_kg, p):
    """Return the weekly kilograms to add: what purse and people allow.

    Every kilogram a week costs ``usd_per_kg``, a network and working capital. The
    people who can build a network are a part, ``growth_step``, of all that the
    organisation has in any market (Penrose's limit to growth), or of a small
    newcomer's; and no step is above ``step_share`` of the market.
    """
    people = max(p.growth_step * whole_kg, SMALLEST_SHARE * demand_kg)
    return max(min(p.step_share * demand_kg, people, budget / usd_per_kg), 0.0)


@kernel
def expand(w, p, on, seed, now):
    """Let organisations, each in its own week of the quarter, weigh projects.

    They weigh one project for every market they serve, and one for a market drawn
    from those they do not. With ``on.affiliation`` they may hire gangs, with
    ``on.founding`` gangs may begin to own loads.
    """
    lines, cartels = w.lines, w.cartels
    key = stream_key(seed, EXPANSION, now)
    ways = np.empty((3, w.legs.load_kg.size))
    charge_legs(w.legs, w.air, p.flying.aircraft_usd, ways[0], ways[1], ways[2])
    for o in range(cartels.trades.size):
        if (now + o) % int(p.expansion.review_weeks) != 0:
            continue
        if not cartels.trades[o] and (not on.founding or w.gangs.members[o] <= 0.0):
            continue
        mine = mix(key, cartels.key[o])
        new = draw_new_line(o, lines, unit(mix(mine, 0)))
        for row in range(lines.cartel.size):
            if row == new or (
                lines.cartel[row] == o and lines.phase[row] == TRADING and lines.permitted[row]
            ):
                weigh_project(row, w, p, ways, on.affiliation, mix(mine, lines.key[row]), now)


@kernel
def weigh_project(row, w, numbers, ways, allies, key, now):
    """Weigh one project, and carry it out if it pays.

    The project adds reach in a market, and opens the strange places on one way
    there from a source if that earns more than to grow along the ways that are open
    already. It is taken when what it earns over the planning horizon exceeds its cost,

        A [ (dX y + s X (v - v0)) luck - upkeep - retainers ] > posts + line + c dX,

    with A the annuity, dX the reach added (over new ways and in new markets, that of the
    steps ahead), X the reach there is, of which the share s
    would take the new way, v and v0 the netback at the source with the way opened and
    without, luck an error of judgement; y is what an added kilogram earns: v less the
    source's price over the new way, else the year's mean of a line that trades, and v0
    less the price of one that does not. The cost c of reach along the ways open already
    is the line's own; along new ways it is at least the usual, since the rents of others
    there are protected by what it takes to get in. Nothing is begun that the purse does
    not pay for, working capital included: this is where wealth made in another market
    counts.
    """
    lines, cartels, gangs, markets, zones = w.lines, w.cartels, w.gangs, w.markets, w.zones
    p, p_ordering = numbers.expansion, numbers.ordering
    o, m = lines.cartel[row], lines.market[row]
    budget = purse(o, cartels, gangs, p, 0.5 * p_ordering.capital_weeks)
    z = draw_zone(zones.origin_weight[m], unit(mix(key, 2)))
    if z < 0 or budget <= 0.0:
        return
    path, as_is, opened = look_ahead(o, m, z, w, ways, numbers.routing, key)
    posts, keep = open_way(o, m, path, w, numbers, allies, False, now)
    trading, luck = lines.phase[row] == TRADING, math.exp(p.judgement_spread * normal(mix(key, 4)))
    goal, price, demand = w.graph.market_place[m], zones.price_usd_per_kg[z], markets.demand_kg[m]
    entry = 0.0 if trading else p.line_usd * away(cartels.distance_km[o, goal], p)
    earns, would_earn, reach = as_is - price, opened - price, lines.reach_kg[row]
    if trading:
        price = mean_price(row, lines, zones, price)
        earns = lines.year_margin[row] * price
    usual = reach_cost(price, reach / demand, p)
    per_kg, per_new_kg = lines.cost_factor[row] * usual, max(lines.cost_factor[row], 1.0) * usual
    tied = p_ordering.capital_weeks * markets.expected_usd_per_kg[m]
    whole, later, weeks = whole_reach(o, lines), steps_ahead(p), annuity(p)
    wide = choose_volume(budget - posts - entry, tied + per_new_kg, demand, whole, p)
    near = choose_volume(budget - entry, tied + per_kg, demand, whole, p)
    ahead = max(min(wide * later, p.step_share * demand), wide)
    gain = (ahead * would_earn + reach * max(opened - as_is, 0.0) * p.served_share) * luck - keep
    gain = gain * weeks - posts - per_new_kg * ahead
    all_near = near if trading else max(min(near * later, p.step_share * demand), near)
    plain = all_near * (earns * luck * weeks - per_kg)
    cost, added, net = entry + per_kg * near, near, plain - entry
    if gain > plain and posts + keep > 0.0:
        cost, added, net = posts + entry + per_new_kg * wide, wide, gain - entry
    else:
        path = path[:0]
    too_small = added < SMALLEST_SHARE * demand and path.size == 0
    if too_small or cost > budget or net <= 0.0:
        return
    open_way(o, m, path, w, numbers, allies, True, now)
    start_trading(o, row, lines, cartels, gangs, added, w.moves, now, cost)
    cartels.capital_usd[o] -= cost
    w.books.usd[NETWORKS] += cost


@kernel
def start_trading(o, row, lines, cartels, gangs, added, moves, now, cost):
    """Put a project to work: found the cartel, open the line, or enlarge it."""
    if not cartels.trades[o]:
        cartels.trades[o] = True
        cartels.capital_usd[o] += gangs.cash_usd[o]
        gangs.cash_usd[o] = 0.0
        if gangs.affiliation[o] >= 0 and gangs.affiliation[o] != o:
            log_move(moves, now, LEAVES_PATRON, o, -1, gangs.affiliation[o], 0.0)
        gangs.affiliation[o], gangs.retainer_usd[o] = o, 0.0
        log_move(moves, now, FOUNDED, o, -1, lines.market[row], 0.0)
    if lines.phase[row] == SHUT:
        lines.phase[row] = TRADING
        lines.reach_kg[row], lines.order_kg[row] = 0.0, 0.2 * added
        lines.poor_weeks[row] = 0
        log_move(moves, now, OPENS_LINE, o, -1, lines.market[row], cost)
    else:
        log_move(moves, now, GROWS, o, -1, lines.market[row], cost)
    lines.reach_kg[row] += added
