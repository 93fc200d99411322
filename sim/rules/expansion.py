"""New markets: who begins to sell where it has not sold before.

A way into a market is looked at as a whole: one open place is worth little while the next
is shut. An organisation draws a market and a source, follows the way it would take if it
were trusted everywhere, and asks what that way would earn once the places on it that are
strange to it were open.
"""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import mix, normal, unit
from sim.rules.corridors import draw_zone, look_ahead, open_way
from sim.rules.costs import annuity, away, reach_cost
from sim.world.codes import NETWORKS, SHUT, TRADING
from sim.world.moves import FOUNDED, LEAVES_PATRON, NOWHERE, OPENS_LINE, log_move

SMALLEST_SHARE = 0.002  # of a market's demand: below this nobody bothers


@kernel
def may_open(row, lines):
    """Say whether a line is shut and its owner may begin to trade there."""
    return lines.permitted[row] and lines.phase[row] == SHUT and not lines.held[row]


@kernel
def draw_new_line(o, lines, draw):
    """Draw a market that an organisation does not serve and may serve; -1 if there is none."""
    count = 0
    for row in range(lines.cartel.size):
        count += lines.cartel[row] == o and may_open(row, lines)
    left = int(draw * count)
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and may_open(row, lines):
            if left == 0:
                return row
            left -= 1
    return -1


@kernel
def purse(o, cartels, gangs, expansion, working_weeks):
    """Return what an organisation can put into a project, in USD.

        capital_share (capital - working_weeks x weekly spending)    of a cartel
        founding_share (cash + capital)                              of a gang

    and nothing where that is negative.
    """
    if cartels.trades[o]:
        needed = working_weeks * cartels.spending_usd[o]
        return expansion.capital_share * max(cartels.capital_usd[o] - needed, 0.0)
    return expansion.founding_share * max(gangs.cash_usd[o] + cartels.capital_usd[o], 0.0)


@kernel
def whole_reach(o, lines):
    """Return an organisation's reach in all markets together, in kg a week."""
    total = 0.0
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o:
            total += lines.reach_kg[row]
    return total


@kernel
def mean_price(row, lines, zones, otherwise):
    """Return what a line pays per kilogram, in USD, over the zones it orders from."""
    kg, usd = 0.0, 0.0
    for z in range(zones.price_usd_per_kg.size):
        kg += lines.zone_order_kg[row, z]
        usd += lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
    return usd / kg if kg > 0.0 else otherwise


@kernel
def largest_step(demand_kg, whole_kg, expansion):
    """Return the most weekly kilograms that a network can grow by in one step.

        min(step_share x demand, max(growth_step x whole reach, smallest share x demand))

    The people who can build a network are a part, ``growth_step``, of all that the
    organisation has in any market (Penrose's limit to growth), or of a small newcomer's;
    and no step is above ``step_share`` of the market.
    """
    people = max(expansion.growth_step * whole_kg, SMALLEST_SHARE * demand_kg)
    return min(expansion.step_share * demand_kg, people)


@kernel
def choose_volume(budget, usd_per_kg, demand_kg, whole_kg, expansion):
    """Return the weekly kilograms to add: what purse and people allow, none below zero.

    Every kilogram a week costs ``usd_per_kg``, a network and working capital.
    """
    return max(min(largest_step(demand_kg, whole_kg, expansion), budget / usd_per_kg), 0.0)


@kernel
def newcomer_size(o, m, added_kg, w, expansion):
    """Return the size that an organisation's people support in a market new to it, in kg a week.

        max(newcomer_share x whole reach / away, what it begins with)

    People, kin and contacts elsewhere carry a part over, less the further from home.
    """
    far = away(w.cartels.distance_km[o, w.graph.market_place[m]], expansion)
    return max(expansion.newcomer_share * whole_reach(o, w.lines) / far, added_kg)


@kernel
def entry_worth(row, w, numbers, allies, budget_usd, key, now):
    """Return what a new market is worth before the cost of contacts there, and what it takes.

        A [ dX y - keep ] - posts - c dX

    with A the annuity, dX the mean reach over the horizon (half of what it begins with and
    half of what its people support), y what a kilogram earns its owner less the margin
    required (``hurdle``), keep and posts the upkeep and cost of opening the way, c the cost
    of reach. The way with its strange places opened is taken if it is worth more than the
    ways as they are.

    Returns
    -------
    worth_usd, added_kg, cost_usd, path
        The worth, the reach that it begins with, what it costs at once, and the places to
        open.
    """
    lines, expansion = w.lines, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    z = draw_zone(w.zones.origin_weight[m], unit(mix(key, 2)))
    path, as_is, opened = look_ahead(row, max(z, 0), w, numbers, key)
    posts, keep = open_way(o, m, path=path, w=w, numbers=numbers, allies=allies, act=False, now=now)
    price = w.zones.price_usd_per_kg[max(z, 0)] * (1.0 + numbers.ordering.hurdle)
    tied = numbers.ordering.capital_weeks * w.markets.expected_usd_per_kg[m]
    demand, whole, weeks = w.markets.demand_kg[m], whole_reach(o, lines), annuity(expansion)
    near_earns, far_earns = max(as_is - price, 0.0), max(opened - price, 0.0)
    near_cost, far_cost = (
        reach_cost(near_earns, 0.0, expansion),
        reach_cost(far_earns, 0.0, expansion),
    )
    near = choose_volume(budget_usd, tied + near_cost, demand, whole, expansion)
    far = choose_volume(budget_usd - posts, tied + far_cost, demand, whole, expansion)
    near_later = 0.5 * (near + newcomer_size(o, m, near, w, expansion))
    far_later = 0.5 * (far + newcomer_size(o, m, far, w, expansion))
    near_worth = near_later * (near_earns * weeks - near_cost)
    far_worth = far_later * (far_earns * weeks - far_cost) - keep * weeks - posts
    if z < 0:
        return -1.0, 0.0, 0.0, path[:0]
    if far_worth > near_worth:
        return far_worth, far, posts + far_cost * far, path
    return near_worth, near, near_cost * near, path[:0]


@kernel
def weigh_entry(row, w, numbers, allies, key, now):
    """Weigh a market that an organisation does not serve, and begin there if it pays.

    Its worth, as judged with an error, must exceed what contacts there cost it
    (``lines.entry_usd``), and its purse must pay for all of it: this is where wealth made in
    another market counts.
    """
    lines, expansion = w.lines, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    entry = lines.entry_usd[row]
    budget = purse(o, w.cartels, w.gangs, expansion, 0.5 * numbers.ordering.capital_weeks) - entry
    if budget <= 0.0:
        return
    worth, added, cost, path = entry_worth(
        row, w, numbers=numbers, allies=allies, budget_usd=budget, key=key, now=now
    )
    luck = math.exp(expansion.judgement_spread * normal(mix(key, 4)))
    too_small = added < SMALLEST_SHARE * w.markets.demand_kg[m]
    if too_small or cost > budget or worth * luck <= entry:
        return
    open_way(o, m, path=path, w=w, numbers=numbers, allies=allies, act=True, now=now)
    start_trading(row, added, cost_usd=cost + entry, w=w, expansion=expansion, now=now)


@kernel
def start_trading(row, added_kg, cost_usd, w, expansion, now):
    """Pay for a new market and begin there: found the cartel if need be, open the line."""
    lines, cartels, markets = w.lines, w.cartels, w.markets
    o, m = lines.cartel[row], lines.market[row]
    root = (
        newcomer_size(o, m, added_kg, w, expansion)
        * markets.first_demand_kg[m]
        / markets.demand_kg[m]
    )
    if not cartels.trades[o]:
        found_cartel(o, m, w, now)
    lines.phase[row], lines.poor_weeks[row] = TRADING, 0
    lines.reach_kg[row], lines.order_kg[row] = added_kg, 0.2 * added_kg
    lines.base_kg[row], lines.root_kg[row] = root, root
    lines.rest_margin[row] = markets.rest_margin[m]
    lines.year_margin[row] = markets.rest_margin[m]
    log_move(w.moves, now, kind=OPENS_LINE, who=o, place=NOWHERE, other=m, usd=cost_usd)
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
        log_move(
            moves,
            now,
            kind=LEAVES_PATRON,
            who=o,
            place=NOWHERE,
            other=gangs.affiliation[o],
            usd=0.0,
        )
    gangs.affiliation[o], gangs.retainer_usd[o] = o, 0.0
    log_move(moves, now, kind=FOUNDED, who=o, place=NOWHERE, other=m, usd=0.0)
