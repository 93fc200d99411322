"""Posts: what a place of one's own is worth, when it is opened and when it is given up."""

from sim.engine.compiled import kernel
from sim.engine.streams import mix, unit
from sim.rules.corridors import KNOWN, draw_way, draw_zone
from sim.rules.costs import annuity
from sim.rules.expansion import purse
from sim.rules.netback import charge_legs, worth_to_owner
from sim.rules.trust import access_with, tie_with
from sim.world.codes import NETWORKS, TRADING, WEEKS_PER_YEAR
from sim.world.moves import LEAVES_PLACE, NOBODY, OPENS_PLACE, log_move

NOWHERE_WATCHED = -1


@kernel
def post_rate(expansion):
    """Return what a post must earn a week per dollar of its cost: 1 / annuity + upkeep."""
    return 1.0 / annuity(expansion) + expansion.upkeep_per_year / WEEKS_PER_YEAR


@kernel
def post_gain(o, n, w, numbers):
    """Return what a post at place ``n`` earns or would earn organisation ``o``, in USD a week.

        sum over lines of orders x [worth at source with the post - worth without it]

    ``charge_legs`` must have been called.
    """
    lines, cartels, routing = w.lines, w.cartels, numbers.routing
    access, tie = cartels.access[o].copy(), cartels.tie[o].copy()
    roots, earned = cartels.roots[o, n], 0.0
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            access[n], tie[n] = 1.0, 1.0
            earned += worth_at_source(row, access, tie, w, numbers)
            access[n], tie[n] = access_with(roots, routing), tie_with(roots, routing)
            earned -= worth_at_source(row, access, tie, w, numbers)
    return earned


@kernel
def worth_at_source(row, access, tie, w, numbers):
    """Return what a line's orders are worth at source, in USD a week: netback and own rents."""
    orders, worth = w.lines.zone_order_kg[row], worth_to_owner(row, access, tie, w, numbers)
    total = 0.0
    for z in range(orders.size):
        total += orders[z] * worth[w.graph.zone_place[z]]
    return total


@kernel
def draw_place(row, w, numbers, key):
    """Draw a strange place on the way that a line would take if it were trusted everywhere.

    -1 if there is none.
    """
    o, m = w.lines.cartel[row], w.lines.market[row]
    z = draw_zone(w.zones.origin_weight[m], unit(mix(key, 2)))
    if z < 0:
        return NOWHERE_WATCHED
    path, strange = draw_way(row, z, w, numbers.routing, key), 0
    for n in path:
        strange += w.cartels.trust[o, n] < KNOWN and w.cartels.posted[o, n] == 0
    left = int(unit(mix(key, 4)) * strange)
    for n in path:
        if w.cartels.trust[o, n] < KNOWN and w.cartels.posted[o, n] == 0:
            if left == 0:
                return n
            left -= 1
    return NOWHERE_WATCHED


@kernel
def weigh_post(row, w, numbers, key, now):
    """Let a line watch a strange place on its way, and open a post once it has paid for long.

    A place is watched from quarter to quarter as long as a post there would earn more than

        cost (1 / annuity + upkeep)

    and the post is opened when it has promised that for ``look_weeks`` and the purse pays
    for it. A place that does not promise it is dropped, and another drawn.
    """
    lines, cartels, expansion = w.lines, w.cartels, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    n = lines.watch_place[row]
    if n < 0:
        n = draw_place(row, w, numbers, key)
        lines.watch_place[row], lines.watch_looks[row] = n, 0
    if n < 0:
        return
    cost = cartels.post_usd[o, n]
    needless = cartels.posted[o, n] != 0 or cartels.trust[o, n] >= KNOWN
    if needless or post_gain(o, n, w, numbers) <= cost * post_rate(expansion):
        lines.watch_place[row] = NOWHERE_WATCHED
        return
    lines.watch_looks[row] += 1
    budget = purse(o, cartels, w.gangs, expansion, 0.5 * numbers.ordering.capital_weeks)
    if lines.watch_looks[row] * expansion.review_weeks < expansion.look_weeks or cost > budget:
        return
    lines.watch_place[row] = NOWHERE_WATCHED
    cartels.posted[o, n], cartels.idle_weeks[o, n] = 1, 0
    cartels.capital_usd[o] -= cost
    w.books.usd[NETWORKS] += cost
    log_move(w.moves, now, OPENS_PLACE, o, place=n, other=m, usd=cost)


@kernel
def keep_posts(w, numbers, settling, weeks, now):
    """Charge the upkeep of posts; once a year each, give up those that do not earn it.

    A post that has earned less than its upkeep (``post_gain``) for ``patience_weeks`` is
    given up; so are the posts of those without capital.

    Parameters
    ----------
    settling : bool
        Posts are kept while a world comes to rest.
    weeks : int
        Time since the last call.
    """
    cartels, expansion = w.cartels, numbers.expansion
    charge_legs(w.legs, w.air, w.ways, numbers.flying.aircraft_usd)
    reviews = int(WEEKS_PER_YEAR) // weeks
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        for n in range(cartels.posted.shape[1]):
            if cartels.posted[o, n] == 0:
                continue
            due = cartels.post_usd[o, n] * expansion.upkeep_per_year / WEEKS_PER_YEAR
            cartels.capital_usd[o] -= due * weeks
            w.books.usd[NETWORKS] += due * weeks
            if settling or (now // weeks + o + 5 * n) % reviews != 0:
                continue
            if post_gain(o, n, w, numbers) >= due and cartels.capital_usd[o] > 0.0:
                cartels.idle_weeks[o, n] = 0
                continue
            cartels.idle_weeks[o, n] += int(WEEKS_PER_YEAR)
            if cartels.idle_weeks[o, n] >= expansion.patience_weeks:
                cartels.posted[o, n] = 0
                log_move(w.moves, now, LEAVES_PLACE, o, place=n, other=NOBODY, usd=0.0)
