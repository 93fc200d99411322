"""Where cartels invest: new corridors, new markets, larger networks.

A corridor is looked at as a whole: one open place is worth little while the next
is shut. A cartel draws a market and a source, follows the way it would take if
it were trusted everywhere, and asks what that way would earn once the places on
it that are strange to it were open.
"""

import math

import numpy as np

from sim.accounts import NETWORKS
from sim.compiled import kernel
from sim.moves import FOUNDED, GROWS, LEAVES_PATRON, OPENS_LINE, OPENS_PLACE, log_move
from sim.phases import SHUT, TRADING
from sim.rules.affiliation import independent, join, price_to_win
from sim.rules.costs import annuity, away, place_cost, reach_cost
from sim.rules.netback import air_charges, value_line
from sim.streams import EXPANSION, mix, normal, stream_key, unit

SMALLEST_SHARE = 0.002  # of a market's demand: below this nobody bothers
LONGEST_WAY = 32  # places
KNOWN = 0.75  # trust at which a place needs no opening


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
def draw_zone(weight, draw):
    """Draw a source in proportion to its usual size for a market; -1 if there is none."""
    left, chosen = draw * weight.sum(), -1
    for z in range(weight.size):
        if weight[z] > 0.0:
            chosen = z
            left -= weight[z]
            if left < 0.0:
                break
    return chosen


@kernel
def follow(start, goal, first_out, out_leg, end, share, key):
    """Walk from a source to a market by route shares; return the places passed, none if stuck."""
    path, n, count = np.empty(LONGEST_WAY, np.int64), start, 0
    while n != goal and count < path.size:
        path[count] = n
        count += 1
        left, chosen = unit(mix(key, count)), -1
        for i in range(first_out[n], first_out[n + 1]):
            e = out_leg[i]
            if share[e] > 0.0:
                chosen = e
                left -= share[e]
                if left < 0.0:
                    break
        if chosen < 0:
            return path[:0]
        n = end[chosen]
    return path[:count]


@kernel
def open_up(access, tie, n, p):
    """Make a place as open to a cartel as an ally's place would be."""
    stranger = 1.0 - p.ally_trust
    access[n] = max(access[n], 1.0 - p.outsider_discount * stranger)
    tie[n] = max(tie[n], 1.0 - (1.0 - p.stranger_share) * stranger)


@kernel
def cheapest_ally(o, n, cartels, gangs, territory, p_routing, p_side):
    """Return the gang at a place that would take least to change sides, and its retainer."""
    best, price = -1, 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if g == o or gangs.control[g, n] < p_side.useful_hold or independent(g, cartels, gangs):
            continue
        asks = price_to_win(g, o, cartels, gangs, territory, p_routing, p_side)
        if best < 0 or asks < price:
            best, price = g, asks
    return best, price


@kernel
def open_way(o, m, path, cartels, gangs, territory, moves, p_routing, p, p_side, allies, act, now):
    """Return what it takes to open the strange places on a way: USD at once, USD a week.

    Each is opened by a post of one's own or by the retainer of a gang there,
    whichever costs less. With ``act`` it is done; without, only reckoned.
    """
    posts_usd, keep_usd, weeks = 0.0, 0.0, annuity(p)
    for n in path:
        if cartels.trust[o, n] >= KNOWN or cartels.posted[o, n] != 0:
            continue
        post = place_cost(cartels, o, n, p)
        upkeep = post * p.upkeep_per_year / 52.0
        g, asks = -1, 0.0
        if allies:
            g, asks = cheapest_ally(o, n, cartels, gangs, territory, p_routing, p_side)
        if g >= 0 and gangs.affiliation[g] == o:
            continue  # hired for a place before this one, or trust is still growing
        if g >= 0 and asks < post / weeks + upkeep:
            keep_usd += asks
            if act:
                join(g, o, asks, gangs, moves, now)
            continue
        posts_usd += post
        keep_usd += upkeep
        if act:
            cartels.posted[o, n], cartels.idle_weeks[o, n] = 1, 0
            cartels.upkeep_usd[o, n] = upkeep
            log_move(moves, now, OPENS_PLACE, o, n, m, post)
    return posts_usd, keep_usd


@kernel
def value_way(o, m, access, tie, graph, markets, cartels, ways, p, value, share):
    """Value all places for an organisation and market at the access and ties given."""
    handling = markets.handling[:, m].copy()
    value_line(
        graph.order, graph.first_out, graph.out_leg, graph.end, graph.market_place[m],
        graph.reaches[m], markets.expected_usd_per_kg[m], ways[0], ways[1], ways[2], handling,
        cartels.belief[o], access, tie, cartels.toll_usd_per_kg[o], p.aversion,
        p.choice_sharpness, value, share,
    )  # fmt: skip


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
def expand(graph, legs, lines, cartels, gangs, markets, zones, air, territory, books, moves,
           p_routing, p_ordering, p, p_side, aircraft_usd, allies, founding, seed,
           now):  # fmt: skip
    """Let organisations, each in its own week of the quarter, weigh projects.

    They weigh one project for every market they serve, and one for a market drawn
    from those they do not. ``allies`` lets them hire gangs, ``founding`` lets gangs
    begin to own loads.
    """
    key = stream_key(seed, EXPANSION, now)
    ways = np.empty((3, legs.load_kg.size))
    air_charges(legs, air, aircraft_usd, ways[0], ways[1], ways[2])
    for o in range(cartels.trades.size):
        if (now + o) % int(p.review_weeks) != 0:
            continue
        if not cartels.trades[o] and (not founding or gangs.members[o] <= 0.0):
            continue
        mine = mix(key, cartels.key[o])
        new = draw_new_line(o, lines, unit(mix(mine, 0)))
        for row in range(lines.cartel.size):
            if row == new or (
                lines.cartel[row] == o and lines.phase[row] == TRADING and lines.permitted[row]
            ):
                weigh_project(o, row, graph, lines, cartels, gangs, markets, zones, territory,
                              books, moves, p_routing, p_ordering, p, p_side, ways, allies,
                              mix(mine, lines.key[row]), now)  # fmt: skip


@kernel
def weigh_project(o, row, graph, lines, cartels, gangs, markets, zones, territory, books, moves,
                  p_routing, p_ordering, p, p_side, ways, allies, key, now):  # fmt: skip
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
    m, budget = lines.market[row], purse(o, cartels, gangs, p, 0.5 * p_ordering.capital_weeks)
    z = draw_zone(zones.origin_weight[m], unit(mix(key, 2)))
    if z < 0 or budget <= 0.0:
        return
    path, as_is, opened = look_ahead(o, m, z, graph, markets, cartels, ways, p_routing, key)
    posts, keep = open_way(o, m, path, cartels, gangs, territory, moves, p_routing, p, p_side,
                           allies, False, now)  # fmt: skip
    trading, luck = lines.phase[row] == TRADING, math.exp(p.judgement_spread * normal(mix(key, 4)))
    goal, price, demand = graph.market_place[m], zones.price_usd_per_kg[z], markets.demand_kg[m]
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
    open_way(o, m, path, cartels, gangs, territory, moves, p_routing, p, p_side, allies, True, now)
    start_trading(o, row, lines, cartels, gangs, added, moves, now, cost)
    cartels.capital_usd[o] -= cost
    books.usd[NETWORKS] += cost


@kernel
def look_ahead(o, m, z, graph, markets, cartels, ways, p, key):
    """Draw a way from a source to a market, as if trusted everywhere, and value it.

    Returns the places on the way (none if there is no way), and the netback at
    the source as things are and with those places opened.
    """
    source, goal = graph.zone_place[z], graph.market_place[m]
    value, share = np.empty(graph.key.size), np.zeros(ways.shape[1])
    access, tie = cartels.access[o].copy(), cartels.tie[o].copy()
    value_way(o, m, access, tie, graph, markets, cartels, ways, p, value, share)
    as_is = value[source] * access[source]
    for n in range(value.size):
        open_up(access, tie, n, p)
    value_way(o, m, access, tie, graph, markets, cartels, ways, p, value, share)
    path = follow(source, goal, graph.first_out, graph.out_leg, graph.end, share, mix(key, 3))
    access[:], tie[:] = cartels.access[o], cartels.tie[o]
    for n in path:
        open_up(access, tie, n, p)
    value_way(o, m, access, tie, graph, markets, cartels, ways, p, value, share)
    return path, as_is, value[source] * access[source]


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
