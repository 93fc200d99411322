"""How large a line is: what its margin calls for, and what people and money allow.

Every line has a size that its people, kin and contacts support. A lasting margin above the
one at which the market rests calls for more, one below it for less; what was built up
stays for years as experience, and fades.
"""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.costs import reach_cost
from sim.rules.expansion import SMALLEST_SHARE, mean_price, purse
from sim.rules.netback import rents
from sim.rules.ordering import advantage_of
from sim.world.codes import NETWORKS, TRADING, WEEKS_PER_YEAR


@kernel
def wanted_reach(base_kg, margin, rest_margin, expansion, ordering):
    """Return the reach that a lasting margin calls for, in kg a week.

        X* = base exp(r tanh(ln((1 + m) / (1 + m0)) / ln(1 + normal margin)))

    with m the year's mean margin, m0 the margin at which the line rests, and r the
    ``size_response``: near rest a kilogram worth more by the normal margin makes a line
    larger by the share r, and no margin makes it larger than exp(r) times its base. What
    counts is the worth over the price compared with rest, as in an order book: a margin of
    4 that becomes 4.1 is the same luck as one of 0.1 that becomes 0.12.
    """
    lead = math.log(advantage_of(margin, rest_margin)) / math.log(1.0 + ordering.normal_margin)
    return base_kg * math.exp(expansion.size_response * math.tanh(lead))


@kernel
def affordable_growth(wanted_kg, people_kg, cost_usd, budget_usd):
    """Return how much of a wanted growth, in kg a week, people and money allow.

    The people whom an organisation can spare build ``people_kg`` at the usual cost. Beyond
    that it hires, and every further part costs as much more (Penrose's limit, softened by
    money): growth g0 + x costs c (g0 + x + x^2 / g0), which the budget must pay.

    Examples
    --------
    >>> affordable_growth(5.0, 10.0, 1.0, 100.0)
    5.0
    >>> affordable_growth(50.0, 10.0, 1.0, 4.0)
    4.0
    >>> affordable_growth(50.0, 10.0, 1.0, 30.0)
    20.0
    """
    if wanted_kg <= 0.0 or people_kg <= 0.0:
        return 0.0
    paid_for = budget_usd / max(cost_usd, 1e-9)
    most = paid_for
    if paid_for > people_kg:
        spare = (paid_for - people_kg) / people_kg
        most = people_kg * (1.0 + 0.5 * (math.sqrt(1.0 + 4.0 * spare) - 1.0))
    return max(min(wanted_kg, most), 0.0)


@kernel
def growth_bill(growth_kg, people_kg, cost_usd):
    """Return what a growth costs, in USD: c (g + x^2 / g0), x what goes beyond own people g0."""
    hired = max(growth_kg - people_kg, 0.0)
    return cost_usd * (growth_kg + hired * hired / max(people_kg, 1e-9))


@kernel
def resize(w, numbers, on, settling, weeks):
    """Let lines grow or shrink towards what their margins call for, and wear.

    An organisation shares its people and its purse over its lines in proportion to the
    growth that each wants. What wears is made good as long as there is money for it.

    Parameters
    ----------
    settling : bool
        Sizes are held while a world comes to rest.
    weeks : int
        Time since the last call.
    """
    lines = w.lines
    step, cost = np.zeros(lines.cartel.size), np.zeros(lines.cartel.size)
    for row in range(lines.cartel.size):
        if lines.phase[row] == TRADING:
            see_line(row, w, numbers=numbers, step=step, cost=cost, weeks=weeks)
            if settling or not on.size or lines.held[row]:
                step[row] = 0.0
    for o in range(w.cartels.trades.size):
        if w.cartels.trades[o]:
            resize_lines(o, w, numbers=numbers, step=step, cost=cost, weeks=weeks)
    if on.experience and not settling:
        gain_experience(w, numbers.expansion, weeks)


@kernel
def market_growth(w, m):
    """Return a market's demand over that of the first year: networks scale with their market."""
    return w.markets.demand_kg[m] / w.markets.first_demand_kg[m]


@kernel
def see_line(row, w, numbers, step, cost, weeks):
    """Work out a line's wanted change and what growth costs it.

    ``step`` gets the log change of reach: part of the way to ``wanted_reach``; ``cost`` the
    USD per kg of weekly reach.
    """
    lines, expansion = w.lines, numbers.expansion
    o, m = lines.cartel[row], lines.market[row]
    rent = np.empty(w.graph.key.size)
    rents(
        w,
        o,
        m=m,
        access=w.cartels.access[o],
        value=lines.value[row],
        share=lines.share[row],
        rent=rent,
        own_share=numbers.ordering.own_share,
    )
    kg, usd = 0.0, 0.0
    for z in range(w.graph.zone_place.size):
        kg += lines.zone_order_kg[row, z]
        usd += lines.zone_order_kg[row, z] * rent[w.graph.zone_place[z]]
    if kg > 0.0:
        lines.rent_usd_per_kg[row] = usd / kg
    price, grown = mean_price(row, lines, w.zones, 0.0), market_growth(w, m)
    earns = max(lines.year_margin[row], 0.0) * price + lines.rent_usd_per_kg[row]
    beyond = lines.reach_kg[row] / grown - lines.root_kg[row]
    cost[row] = reach_cost(earns, beyond / w.markets.first_demand_kg[m], expansion)
    wanted = grown * wanted_reach(
        lines.base_kg[row],
        lines.year_margin[row],
        lines.rest_margin[row],
        expansion,
        numbers.ordering,
    )
    speed = 1.0 - math.exp(-expansion.size_adjustment_per_year * weeks / WEEKS_PER_YEAR)
    step[row] = 0.0
    if wanted > 0.0 and lines.reach_kg[row] > 0.0:
        step[row] = speed * math.log(wanted / lines.reach_kg[row])
    if not lines.permitted[row]:
        step[row] = min(step[row], 0.0)


@kernel
def resize_lines(o, w, numbers, step, cost, weeks):
    """Carry out the changes of one organisation's lines, as far as people and money allow."""
    lines, expansion = w.lines, numbers.expansion
    whole, room, wanted_kg, wanted_usd, worn_usd = 0.0, 0.0, 0.0, 0.0, 0.0
    wear = expansion.wear_per_year * weeks / WEEKS_PER_YEAR
    for row in range(lines.cartel.size):
        if lines.cartel[row] != o or lines.phase[row] != TRADING:
            continue
        reach = lines.reach_kg[row]
        whole += reach
        room = max(room, SMALLEST_SHARE * w.markets.demand_kg[lines.market[row]])
        worn_usd += wear * reach * cost[row]
        if step[row] > 0.0:
            growth = reach * (math.exp(step[row]) - 1.0)
            wanted_kg += growth
            wanted_usd += growth * cost[row]
    kept = 1.0
    if worn_usd > 0.0:
        kept = min(1.0, max(w.cartels.capital_usd[o], 0.0) / worn_usd)
    pay_networks(o, worn_usd * kept, w)
    part = 0.0
    if wanted_kg > 0.0:
        people = max(expansion.growth_step * whole, room) * weeks / expansion.review_weeks
        usual = wanted_usd / wanted_kg
        budget = purse(o, w.cartels, w.gangs, expansion, 0.5 * numbers.ordering.capital_weeks)
        growth = affordable_growth(wanted_kg, people, usual, budget)
        pay_networks(o, growth_bill(growth, people, usual), w)
        part = growth / wanted_kg
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            if step[row] > 0.0:
                lines.reach_kg[row] *= 1.0 + part * (math.exp(step[row]) - 1.0)
            else:
                lines.reach_kg[row] *= math.exp(step[row])
            if not lines.held[row]:
                lines.reach_kg[row] *= 1.0 - (1.0 - kept) * wear


@kernel
def pay_networks(o, usd, w):
    """Let an organisation pay for its networks."""
    w.cartels.capital_usd[o] -= usd
    w.books.usd[NETWORKS] += usd


@kernel
def gain_experience(w, expansion, weeks):
    """Let the size that a line's people support follow its reach, and return to its roots.

        d ln base = (ln X - ln base) / experience_years - ln(base / root) / forgetting_years

    per year, with X the reach at the first year's demand. A lasting advantage thus ends as
    1 + forgetting / experience times the short response, and what is left of one that has
    passed halves in about 0.7 forgetting_years.
    """
    lines = w.lines
    for row in range(lines.cartel.size):
        sizes = min(lines.reach_kg[row], lines.base_kg[row], lines.root_kg[row])
        if lines.phase[row] != TRADING or sizes <= 0.0 or lines.held[row]:
            continue
        reach = lines.reach_kg[row] / market_growth(w, lines.market[row])
        base, root = lines.base_kg[row], lines.root_kg[row]
        learnt = math.log(reach / base) / expansion.experience_years
        forgotten = math.log(base / root) / expansion.forgetting_years
        lines.base_kg[row] = base * math.exp((learnt - forgotten) * weeks / WEEKS_PER_YEAR)
