"""Ways that are not open yet: what opens them, and what they would be worth."""

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.streams import mix, unit
from sim.rules.affiliation import independent, join, price_to_win
from sim.rules.costs import annuity
from sim.rules.netback import value_line, worth_to_owner
from sim.rules.trust import access_with, tie_with
from sim.world.codes import WEEKS_PER_YEAR
from sim.world.moves import NOBODY, OPENS_PLACE, log_move

LONGEST_WAY = 32  # places
KNOWN = 0.75  # trust at which a place needs no opening


@kernel
def draw_zone(weight, draw):
    """Draw a source in proportion to its usual size (z) for a market; -1 if there is none."""
    total, chosen = 0.0, -1
    for z in range(weight.size):
        total += weight[z]
    left = draw * total
    for z in range(weight.size):
        if weight[z] > 0.0:
            chosen = z
            left -= weight[z]
            if left < 0.0:
                break
    return chosen


@kernel
def follow(start, goal, graph, share, key):
    """Walk from a source to a market by route shares (e); return the places passed, none if stuck.

    Draw number k chooses the leg that leaves the k-th place.
    """
    path, n, count = np.empty(LONGEST_WAY, np.int64), start, 0
    while n != goal and count < path.size:
        path[count] = n
        count += 1
        left, chosen = unit(mix(key, count)), -1
        for i in range(graph.first_out[n], graph.first_out[n + 1]):
            e = graph.out_leg[i]
            if share[e] > 0.0:
                chosen = e
                left -= share[e]
                if left < 0.0:
                    break
        if chosen < 0:
            return path[:0]
        n = graph.end[chosen]
    return path[:count]


@kernel
def open_up(access, tie, n, routing):
    """Make a place as open to a cartel as an ally's place would be."""
    access[n] = max(access[n], access_with(routing.ally_trust, routing))
    tie[n] = max(tie[n], tie_with(routing.ally_trust, routing))


@kernel
def cheapest_ally(o, n, w, routing, affiliation):
    """Return the gang at a place that would take least to change sides, and its retainer.

    The retainer is in USD a week; the gang is -1 if none there is worth hiring.
    """
    gangs = w.gangs
    best, price = NOBODY, 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        weak = gangs.control[g, n] < affiliation.useful_hold
        if g == o or weak or independent(g, w.cartels, gangs):
            continue
        asks = price_to_win(g, o, w, routing, affiliation)
        if best < 0 or asks < price:
            best, price = g, asks
    return best, price


@kernel
def open_way(o, m, path, w, numbers, allies, act, now):
    """Return what it takes to open the strange places on a way: USD at once, USD a week.

    Each is opened by a post of one's own or by the retainer of a gang there,
    whichever costs less over the planning horizon. With ``act`` it is done; without,
    only reckoned.

    Parameters
    ----------
    path : array
        Places on the way.
    allies : bool
        Whether gangs can be hired.
    """
    cartels, gangs, expansion = w.cartels, w.gangs, numbers.expansion
    posts_usd, keep_usd, weeks = 0.0, 0.0, annuity(expansion)
    for n in path:
        if cartels.trust[o, n] >= KNOWN or cartels.posted[o, n] != 0:
            continue
        post = cartels.post_usd[o, n]
        upkeep = post * expansion.upkeep_per_year / WEEKS_PER_YEAR
        g, asks = NOBODY, 0.0
        if allies:
            g, asks = cheapest_ally(o, n, w, numbers.routing, numbers.affiliation)
        if g >= 0 and gangs.affiliation[g] == o:
            continue  # hired for a place before this one, or trust is still growing
        if g >= 0 and asks < post / weeks + upkeep:
            keep_usd += asks
            if act:
                join(g, o, asks, w, now)
            continue
        posts_usd += post
        keep_usd += upkeep
        if act:
            cartels.posted[o, n], cartels.idle_weeks[o, n] = 1, 0
            log_move(w.moves, now, OPENS_PLACE, o, place=n, other=m, usd=post)
    return posts_usd, keep_usd


@kernel
def draw_way(row, z, w, routing, key):
    """Draw the way that a line would take from a source if it were trusted everywhere."""
    graph, cartels, lines = w.graph, w.cartels, w.lines
    o, m = lines.cartel[row], lines.market[row]
    value, share = np.empty(graph.key.size), np.zeros(graph.end.size)
    access, tie = cartels.access[o].copy(), cartels.tie[o].copy()
    for n in range(value.size):
        open_up(access, tie, n, routing)
    value_line(w, o, m=m, access=access, tie=tie, routing=routing, value=value, share=share)
    return follow(graph.zone_place[z], graph.market_place[m], graph, share, mix(key, 3))


@kernel
def look_ahead(row, z, w, numbers, key):
    """Draw a way from a source to a market, as if trusted everywhere, and value it.

    Returns the places on the way (none if there is no way), and what a kilogram is worth
    at the source, in USD: netback and own rents, as things are and with those places opened.
    """
    cartels, routing = w.cartels, numbers.routing
    o = w.lines.cartel[row]
    path = draw_way(row, z, w, routing, key)
    access, tie = cartels.access[o].copy(), cartels.tie[o].copy()
    source, as_is = w.graph.zone_place[z], worth_to_owner(row, access, tie, w, numbers)
    for n in path:
        open_up(access, tie, n, routing)
    opened = worth_to_owner(row, access, tie, w, numbers)
    return path, as_is[source], opened[source]
