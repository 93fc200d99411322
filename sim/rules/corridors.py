"""Ways that are not open yet: what opens them, and what they would be worth."""

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.streams import mix, unit
from sim.rules.affiliation import independent, join, price_to_win
from sim.rules.costs import annuity, place_cost
from sim.rules.netback import value_line
from sim.world.moves import OPENS_PLACE, log_move

LONGEST_WAY = 32  # places
KNOWN = 0.75  # trust at which a place needs no opening


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
def cheapest_ally(o, n, w, p_routing, p_side):
    """Return the gang at a place that would take least to change sides, and its retainer."""
    cartels, gangs = w.cartels, w.gangs
    best, price = -1, 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if g == o or gangs.control[g, n] < p_side.useful_hold or independent(g, cartels, gangs):
            continue
        asks = price_to_win(g, o, cartels, gangs, w.territory, p_routing, p_side)
        if best < 0 or asks < price:
            best, price = g, asks
    return best, price


@kernel
def open_way(o, m, path, w, numbers, allies, act, now):
    """Return what it takes to open the strange places on a way: USD at once, USD a week.

    Each is opened by a post of one's own or by the retainer of a gang there,
    whichever costs less. With ``act`` it is done; without, only reckoned.
    """
    cartels, gangs, p = w.cartels, w.gangs, numbers.expansion
    posts_usd, keep_usd, weeks = 0.0, 0.0, annuity(p)
    for n in path:
        if cartels.trust[o, n] >= KNOWN or cartels.posted[o, n] != 0:
            continue
        post = place_cost(cartels, o, n, p)
        upkeep = post * p.upkeep_per_year / 52.0
        g, asks = -1, 0.0
        if allies:
            g, asks = cheapest_ally(o, n, w, numbers.routing, numbers.affiliation)
        if g >= 0 and gangs.affiliation[g] == o:
            continue  # hired for a place before this one, or trust is still growing
        if g >= 0 and asks < post / weeks + upkeep:
            keep_usd += asks
            if act:
                join(g, o, asks, gangs, w.moves, now)
            continue
        posts_usd += post
        keep_usd += upkeep
        if act:
            cartels.posted[o, n], cartels.idle_weeks[o, n] = 1, 0
            cartels.upkeep_usd[o, n] = upkeep
            log_move(w.moves, now, OPENS_PLACE, o, n, m, post)
    return posts_usd, keep_usd


@kernel
def look_ahead(o, m, z, w, ways, p, key):
    """Draw a way from a source to a market, as if trusted everywhere, and value it.

    Returns the places on the way (none if there is no way), and the netback at
    the source as things are and with those places opened.
    """
    graph, cartels = w.graph, w.cartels
    source, goal = graph.zone_place[z], graph.market_place[m]
    value, share = np.empty(graph.key.size), np.zeros(ways.shape[1])
    access, tie = cartels.access[o].copy(), cartels.tie[o].copy()
    value_line(w, o, m, ways, access, tie, p, value, share)
    as_is = value[source] * access[source]
    for n in range(value.size):
        open_up(access, tie, n, p)
    value_line(w, o, m, ways, access, tie, p, value, share)
    path = follow(source, goal, graph.first_out, graph.out_leg, graph.end, share, mix(key, 3))
    access[:], tie[:] = cartels.access[o], cartels.tie[o]
    for n in path:
        open_up(access, tie, n, p)
    value_line(w, o, m, ways, access, tie, p, value, share)
    return path, as_is, value[source] * access[source]
