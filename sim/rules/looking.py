"""What every post, place and new market would earn now: a look at all that is not done."""

from sim.engine.compiled import kernel
from sim.engine.streams import EXPANSION, mix, stream_key
from sim.rules.affiliation import turned_down
from sim.rules.expansion import entry_worth, purse
from sim.rules.netback import charge_legs
from sim.rules.posts import post_gain
from sim.rules.territory import expected_toll, held_toll
from sim.world.codes import SHUT

TIMES_LOOKED = 3  # ways into a market drawn at each look


@kernel
def look(w, given, now, posts, tolls, entries, offers):
    """Work out what posts and places earn or would earn, and what markets would be worth.

    Parameters
    ----------
    posts, tolls : array (o, n)
        Filled, in USD a week; what concerns nobody stays as it is.
    offers : array (g)
        Filled, in USD a week: by how much rivals outbid what a gang asks.
    entries : array (l)
        Filled for lines that are shut, in USD: the best of a few ways.
    """
    numbers, cartels, gangs = given.numbers, w.cartels, w.gangs
    charge_legs(w.legs, w.air, w.ways, numbers.flying.aircraft_usd)
    for o in range(cartels.trades.size):
        for n in range(posts.shape[1]):
            if cartels.trades[o] and cartels.roots[o, n] < 1.0:
                posts[o, n] = post_gain(o, n, w, numbers)
            if gangs.members[o] > 0.0:
                if gangs.control[o, n] > 0.0:
                    tolls[o, n] = held_toll(o, n, w)
                else:
                    tolls[o, n] = expected_toll(o, n, w, numbers.territory)
    for g in range(offers.size):
        if gangs.members[g] > 0.0 and gangs.affiliation[g] != g:
            offers[g] = turned_down(g, w, numbers.routing, numbers.affiliation)
    key = stream_key(given.seed, EXPANSION, now)
    for row in range(entries.size):
        if w.lines.phase[row] != SHUT:
            continue
        o = w.lines.cartel[row]
        budget = purse(o, cartels, gangs, numbers.expansion, 0.5 * numbers.ordering.capital_weeks)
        for k in range(TIMES_LOOKED):
            mine = mix(mix(key, w.lines.key[row]), k)
            worth, _, _, _ = entry_worth(
                row,
                w,
                numbers=numbers,
                allies=given.on.affiliation,
                budget_usd=budget,
                key=mine,
                now=now,
            )
            entries[row] = max(entries[row], worth)
