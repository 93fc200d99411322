"""Where cartels invest: new corridors, new markets, larger networks.

A corridor is looked at as a whole: one open place is worth little while the next
is shut. A cartel draws a market and a source, follows the way it would take if
it were trusted everywhere, and asks what that way would earn once the places on
it that are strange to it were open.
"""

import math
from collections import namedtuple

from sim.engine.compiled import kernel
from sim.engine.streams import EXPANSION, mix, normal, stream_key, unit
from sim.rules.corridors import draw_zone, look_ahead, open_way
from sim.rules.costs import annuity, away, reach_cost
from sim.rules.netback import charge_legs
from sim.world.codes import NETWORKS, SHUT, TRADING, WEEKS_PER_YEAR
from sim.world.moves import FOUNDED, GROWS, LEAVES_PATRON, NOWHERE, OPENS_LINE, log_move

SMALLEST_SHARE = 0.002  # of a market's demand: below this nobody bothers

# What an organisation knows when it weighs a project for one of its lines: the money for it and
# the cost of entry (USD); what it pays and what a kilogram a week ties up (USD/kg); the market's
# demand, its own reach there and in all markets (kg a week); how it misjudges; and whether it
# trades there already.
Outlook = namedtuple("Outlook", "budget entry price tied demand reach whole luck trades")


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
    """Return what an organisation can put into a project, in USD.

        capital_share (capital - working_weeks x weekly spending)    of a cartel
        founding_share (cash + capital)                              of a gang

    and nothing where that is negative.
    """
    if cartels.trades[o]:
        needed = working_weeks * cartels.spending_usd[o]
        return p.capital_share * max(cartels.capital_usd[o] - needed, 0.0)
    return p.founding_share * max(gangs.cash_usd[o] + cartels.capital_usd[o], 0.0)


@kernel
def whole_reach(o, lines):
    """Return an organisation's reach in all markets together, in kg a week."""
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
    return max(0.5 * WEEKS_PER_YEAR * p.horizon_years / p.review_weeks, 1.0)


@kernel
def mean_price(row, lines, zones, otherwise):
    """Return what a line pays per kilogram, in USD, over the zones it orders from."""
    kg, usd = 0.0, 0.0
    for z in range(zones.price_usd_per_kg.size):
        kg += lines.zone_order_kg[row, z]
        usd += lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
    return usd / kg if kg > 0.0 else otherwise


@kernel
def largest_step(demand_kg, whole_kg, p):
    """Return the most weekly kilograms that a network can grow by in one step.

        min(step_share x demand, max(growth_step x whole reach, smallest share x demand))

    The people who can build a network are a part, ``growth_step``, of all that the
    organisation has in any market (Penrose's limit to growth), or of a small newcomer's;
    and no step is above ``step_share`` of the market.
    """
    people = max(p.growth_step * whole_kg, SMALLEST_SHARE * demand_kg)
    return min(p.step_share * demand_kg, people)


@kernel
def choose_volume(budget, usd_per_kg, demand_kg, whole_kg, p):
    """Return the weekly kilograms to add: what purse and people allow, none below zero.

    Every kilogram a week costs ``usd_per_kg``, a network and working capital.
    """
    return max(min(largest_step(demand_kg, whole_kg, p), budget / usd_per_kg), 0.0)


@kernel
def expand(w, numbers, on, seed, now):
    """Let organisations, each in its own week of the quarter, weigh projects.

    They weigh one project for every market they serve, and one for a market drawn
    from those they do not. With ``on.affiliation`` they may hire gangs, with
    ``on.founding`` gangs may begin to own loads.
    """
    lines, cartels = w.lines, w.cartels
    key = stream_key(seed, EXPANSION, now)
    charge_legs(w.legs, w.air, w.ways, numbers.flying.aircraft_usd)
    for o in range(cartels.trades.size):
        if (now + o) % int(numbers.expansion.review_weeks) != 0:
            continue
        if not cartels.trades[o] and (not on.founding or w.gangs.members[o] <= 0.0):
            continue
        mine = mix(key, cartels.key[o])
        new = draw_new_line(o, lines, unit(mix(mine, 0)))
        for row in range(lines.cartel.size):
            serves = lines.cartel[row] == o and lines.phase[row] == TRADING
            if row == new or (serves and lines.permitted[row]):
                weigh_project(row, w, numbers, on.affiliation, mix(mine, lines.key[row]), now)


@kernel
def look_at_market(row, z, w, numbers, key):
    """Return what an organisation knows of a line's market, before it looks at ways there."""
    lines, p = w.lines, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    trades, price = lines.phase[row] == TRADING, w.zones.price_usd_per_kg[z]
    far = w.cartels.distance_km[o, w.graph.market_place[m]]
    return Outlook(
        budget=purse(o, w.cartels, w.gangs, p, 0.5 * numbers.ordering.capital_weeks),
        entry=0.0 if trades else p.line_usd * away(far, p),
        price=mean_price(row, lines, w.zones, price) if trades else price,
        tied=numbers.ordering.capital_weeks * w.markets.expected_usd_per_kg[m],
        demand=w.markets.demand_kg[m],
        reach=lines.reach_kg[row],
        whole=whole_reach(o, lines),
        luck=math.exp(p.judgement_spread * normal(mix(key, 4))),
        trades=trades,
    )


@kernel
def reach_ahead(kg, demand_kg, p):
    """Return the reach that the steps ahead will add, if this one adds ``kg`` a week.

    All of them together stay below ``step_share`` of the market, unless this one is above.
    """
    return max(min(kg * steps_ahead(p), p.step_share * demand_kg), kg)


@kernel
def growth_worth(kg, earns, usd_per_kg, see, p):
    """Return what it is worth to grow along the ways that are open already, in USD.

        dX (A y luck - c)

    with A the annuity, dX the reach added (in a new market, that of the steps ahead), ``y``
    what an added kilogram ``earns``, and ``c`` its network in USD/kg.
    """
    added = kg if see.trades else reach_ahead(kg, see.demand, p)
    return added * (earns * see.luck * annuity(p) - usd_per_kg)


@kernel
def opening_worth(kg, earns, usd_per_kg, saves, posts_usd, keep_usd, see, p):
    """Return what it is worth to open a new way and to grow along it, in USD.

        A [ (dX y + s X max(v - v0, 0)) luck - keep ] - posts - c dX

    with A the annuity, dX the reach that the steps ahead add, ``y`` what an added kilogram
    ``earns``, X the reach there is, of which the share s would take the new way, v - v0 what
    the way ``saves`` on each of its kilograms, keep the upkeep and retainers a week, posts
    what opening costs at once, and ``c`` the network in USD/kg.
    """
    added = reach_ahead(kg, see.demand, p)
    saved = see.reach * max(saves, 0.0) * p.served_share
    weekly_usd = (added * earns + saved) * see.luck - keep_usd
    return weekly_usd * annuity(p) - posts_usd - usd_per_kg * added


@kernel
def weigh_project(row, w, numbers, allies, key, now):
    """Weigh one project, and carry it out if it pays.

    The project adds reach in a market, and opens the strange places on one way there from
    a source if that is worth more than to grow along the ways that are open already. It is
    taken when its worth over the planning horizon exceeds the cost of entry,

        max(growth_worth, opening_worth) > entry

    What an added kilogram earns is the netback at the source with the way opened less the
    source's price; along the ways open already the year's mean margin of a line that trades,
    and the netback as things are less the price for one that does not. The network costs
    the line's own ``cost_factor`` times the usual along the ways open already; along new ways
    at least the usual, since the rents of others there are protected by what it takes to get
    in. Nothing is begun that the purse does not pay for, working capital included: this is
    where wealth made in another market counts.
    """
    lines, zones, p = w.lines, w.zones, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    z = draw_zone(zones.origin_weight[m], unit(mix(key, 2)))
    see = look_at_market(row, z, w, numbers, key)
    if z < 0 or see.budget <= 0.0:
        return
    path, as_is, opened = look_ahead(o, m, z, w, numbers.routing, key)
    posts, keep = open_way(o, m, path, w, numbers, allies, act=False, now=now)
    would_earn = opened - zones.price_usd_per_kg[z]
    earns = as_is - zones.price_usd_per_kg[z]
    if see.trades:
        earns = lines.year_margin[row] * see.price
    usual = reach_cost(see.price, see.reach / see.demand, p)
    near_cost, far_cost = lines.cost_factor[row] * usual, max(lines.cost_factor[row], 1.0) * usual
    near_budget, far_budget = see.budget - see.entry, see.budget - posts - see.entry
    near = choose_volume(near_budget, see.tied + near_cost, see.demand, see.whole, p)
    far = choose_volume(far_budget, see.tied + far_cost, see.demand, see.whole, p)
    growth = growth_worth(near, earns, near_cost, see, p)
    opening = opening_worth(
        kg=far,
        earns=would_earn,
        usd_per_kg=far_cost,
        saves=opened - as_is,
        posts_usd=posts,
        keep_usd=keep,
        see=see,
        p=p,
    )
    if opening > growth and posts + keep > 0.0:
        added, cost, worth = far, posts + see.entry + far_cost * far, opening
    else:
        added, cost, worth = near, see.entry + near_cost * near, growth
        path = path[:0]
    too_small = added < SMALLEST_SHARE * see.demand and path.size == 0
    if too_small or cost > see.budget or worth <= see.entry:
        return
    open_way(o, m, path, w, numbers, allies, act=True, now=now)
    start_trading(row, added, cost, w, now)


@kernel
def start_trading(row, added_kg, cost_usd, w, now):
    """Pay for a project and put it to work: found the cartel, open the line, or enlarge it."""
    lines, cartels, moves = w.lines, w.cartels, w.moves
    o, m = lines.cartel[row], lines.market[row]
    if not cartels.trades[o]:
        found_cartel(o, m, w, now)
    if lines.phase[row] == SHUT:
        lines.phase[row] = TRADING
        lines.reach_kg[row], lines.order_kg[row] = 0.0, 0.2 * added_kg
        lines.poor_weeks[row] = 0
        log_move(moves, now, OPENS_LINE, o, NOWHERE, m, cost_usd)
    else:
        log_move(moves, now, GROWS, o, NOWHERE, m, cost_usd)
    lines.reach_kg[row] += added_kg
    cartels.capital_usd[o] -= cost_usd
    w.books.usd[NETWORKS] += cost_usd


@kernel
def found_cartel(o, m, w, now):
    """Let a gang begin to own loads, with all its cash, and leave the patron it has."""
    cartels, gangs, moves = w.cartels, w.gangs, w.moves
    cartels.trades[o] = True
    cartels.capital_usd[o] += gangs.cash_usd[o]
    gangs.cash_usd[o] = 0.0
    if gangs.affiliation[o] >= 0 and gangs.affiliation[o] != o:
        log_move(moves, now, LEAVES_PATRON, o, NOWHERE, gangs.affiliation[o], 0.0)
    gangs.affiliation[o], gangs.retainer_usd[o] = o, 0.0
    log_move(moves, now, FOUNDED, o, NOWHERE, m, 0.0)
