"""How goods change hands between organisations: offers, prices and trade at exchanges.

An exchange is a goal for those who bring goods and a source for those who carry on. What
lies there belongs to the line that brought it until it is sold; title passes against
dollars, and what is seized later is the loss of the buyer.
"""

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.production import WORTHLESS
from sim.rules.purchase import farm_gate_price
from sim.world.codes import CONTRACTS, HANDLING, SHUT

LEAST_WEIGHT = 1e-6  # kg: of a seller who has nothing in store
CLOSED = -1.0  # a buyer whom nobody there would serve


@kernel
def contract_cost(tie, share, factor):
    """Return what dealing with somebody costs a buyer, as a share of the price.

        c = factor x share (1 - tie)

    search, testing, theft: nothing between an organisation's own lines (tie 1).

    Examples
    --------
    >>> round(contract_cost(0.5, 0.1, 1.0), 6)
    0.05
    """
    return factor * share * (1.0 - tie) if tie < 1.0 else 0.0


@kernel
def service(tie):
    """Return how readily a seller serves a buyer, as producers do: 0.2 + 0.8 tie."""
    return 0.2 + 0.8 * tie


@kernel
def count_offers(x, w):
    """Add up what lies in store for sale at an exchange, by seller, in kg."""
    ex, lines = w.exchanges, w.lines
    ex.offered_kg[x, :] = 0.0
    for row in range(lines.cartel.size):
        if lines.market[row] == ex.goal[x] and lines.phase[row] != SHUT:
            kg = lines.stock_kg[row, ex.place[x]]
            ex.offered_kg[x, lines.cartel[row]] += kg + LEAST_WEIGHT


@kernel
def mean_contract(o, x, ex, exchange):
    """Return what buying at an exchange costs an organisation besides the price: share of it.

    The mean over sellers, as they have goods and would serve it. Nobody deals with a
    stranger who costs as much as the goods; ``CLOSED`` if that leaves nobody.
    """
    total, cost = 0.0, 0.0
    for s in range(ex.tie.shape[1]):
        if ex.offered_kg[x, s] <= 0.0:
            continue
        share = contract_cost(ex.tie[o, s], ex.contract_share[x], exchange.contract_factor)
        if share < 1.0:
            weight = ex.offered_kg[x, s] * service(ex.tie[o, s])
            total += weight
            cost += weight * share
    return cost / total if total > 0.0 else CLOSED


@kernel
def see_offers(w, exchange):
    """Let every line see what it would gain from buying at each exchange.

        value = netback there - contract cost
        pull  = usual share of the exchange x ties at the place x share of orders filled

    so that who is not served looks elsewhere. Leaves ``lines.zone_value`` and ``zone_pull`` of
    the exchanges among sources, and ``exchanges.contract`` (o, x).
    """
    ex, lines = w.exchanges, w.lines
    for x in range(ex.goal.size):
        count_offers(x, w)
        for o in range(w.cartels.trades.size):
            ex.contract[o, x] = mean_contract(o, x, ex, exchange)
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        o, m = lines.cartel[row], lines.market[row]
        for x in range(ex.goal.size):
            s = ex.source[x]
            if ex.contract[o, x] == CLOSED:
                lines.zone_pull[row, s] = 0.0
                continue
            tie = w.cartels.tie[o, ex.place[x]]
            lines.zone_pull[row, s] = w.zones.origin_weight[m, s] * tie * ex.filled[x]
            lines.zone_value[row, s] -= ex.contract[o, x] * w.zones.price_usd_per_kg[s]


@kernel
def supply_at(x, w, exchange):
    """Return what an exchange offers a week, in kg: arrivals, and a part of stock above usual.

        supply = arrivals + release (stock - cover x arrivals)

    with arrivals smoothed; at least a tenth of them.
    """
    ex = w.exchanges
    arrivals = w.markets.smoothed_kg[ex.goal[x]]
    above = -ex.cover_weeks[x] * arrivals
    for s in range(ex.offered_kg.shape[1]):
        above += ex.offered_kg[x, s]
    return max(arrivals + exchange.stock_release_per_week * above, 0.1 * arrivals)


@kernel
def price_exchanges(w, exchange):
    """Move the price of every exchange to where orders and supply put it, as at the farm gate."""
    ex, lines, zones = w.exchanges, w.lines, w.zones
    for x in range(ex.goal.size):
        s, orders, bid = ex.source[x], 0.0, 0.0
        for row in range(lines.cartel.size):
            orders += lines.zone_order_kg[row, s]
            bid += lines.zone_order_kg[row, s] * lines.zone_value[row, s]
        ex.ordered_kg[x] = orders
        supply = supply_at(x, w, exchange)
        if orders > 0.0 and supply > 0.0:
            price = farm_gate_price(
                price=zones.price_usd_per_kg[s],
                bid=bid / orders,
                tightness=orders / supply,
                numbers=exchange,
                normal_margin=exchange.normal_margin,
            )
            least = WORTHLESS * zones.reference_usd_per_kg[s]
            zones.price_usd_per_kg[s] = max(price, least)
        w.markets.price_usd_per_kg[ex.goal[x]] = zones.price_usd_per_kg[s]


@kernel
def expect_prices(w, market):
    """Let sellers expect the price of an exchange, smoothed over some weeks."""
    markets = w.markets
    for m in w.exchanges.goal:
        surprise = markets.price_usd_per_kg[m] - markets.expected_usd_per_kg[m]
        markets.expected_usd_per_kg[m] += surprise / market.expectation_weeks


@kernel
def trade(w, exchange):
    """Let goods change hands at every exchange, and ties follow.

    An owner's own lines take what they ordered first. What is left is sold as producers
    sell: every seller the same share of its stock, orders over stock and at most all, split
    over buyers by order and tie; nobody gets more than it ordered. Ties grow in those who
    traded and fade to what kin and partners give:

        tie += growth (1 - tie);    tie -= fade (tie - root)
    """
    ex, lines = w.exchanges, w.lines
    if ex.goal.size == 0:
        return
    ex.own_usd[:] = 0.0
    for o in range(ex.tie.shape[0]):
        for s in range(ex.tie.shape[1]):
            ex.tie[o, s] -= exchange.tie_fade_per_week * (ex.tie[o, s] - ex.root_tie[o, s])
    left = np.empty(lines.cartel.size)
    for x in range(ex.goal.size):
        ex.sold_kg[x] = 0.0
        left[:] = lines.zone_order_kg[:, ex.source[x]]
        take_own(x, left, w, exchange)
        sell_to_others(x, left, w, exchange)
        if ex.ordered_kg[x] > 0.0:
            filled = min(ex.sold_kg[x] / ex.ordered_kg[x], 1.0)
            ex.filled[x] += (filled - ex.filled[x]) / exchange.fill_weeks


@kernel
def take_own(x, left, w, exchange):
    """Let owners' lines take what they ordered from their own stock at an exchange.

    ``left`` (l) is what each line still lacks there, in kg.
    """
    ex, lines = w.exchanges, w.lines
    for seller in range(lines.cartel.size):
        if lines.market[seller] != ex.goal[x] or lines.stock_kg[seller, ex.place[x]] <= 0.0:
            continue
        for buyer in range(lines.cartel.size):
            if left[buyer] > 0.0 and lines.cartel[buyer] == lines.cartel[seller]:
                kg = min(left[buyer], lines.stock_kg[seller, ex.place[x]])
                hand_over(x, seller, buyer=buyer, kg=kg, w=w, exchange=exchange)
                left[buyer] -= kg


@kernel
def sell_to_others(x, left, w, exchange):
    """Sell what is left in store at an exchange to the lines of others."""
    ex, lines, stock = w.exchanges, w.lines, w.lines.stock_kg
    n, share = ex.place[x], ex.contract_share[x]
    there = np.zeros(lines.cartel.size)
    for row in range(lines.cartel.size):
        if lines.market[row] == ex.goal[x]:
            there[row] = stock[row, n]
    sellers, buyers = np.flatnonzero(there > 0.0), np.flatnonzero(left > 0.0)
    if sellers.size == 0 or buyers.size == 0:
        return
    fill = min(1.0, left.sum() / there.sum())
    offer, wish = np.zeros((sellers.size, buyers.size)), np.zeros(buyers.size)
    for i in range(sellers.size):
        total = 0.0
        for k in range(buyers.size):
            tie = ex.tie[lines.cartel[buyers[k]], lines.cartel[sellers[i]]]
            if contract_cost(tie, share, exchange.contract_factor) < 1.0:
                offer[i, k] = left[buyers[k]] * service(tie)
                total += offer[i, k]
        for k in range(buyers.size):
            if total > 0.0:
                offer[i, k] *= fill * there[sellers[i]] / total
            wish[k] += offer[i, k]
    for i in range(sellers.size):
        for k in range(buyers.size):
            kg = offer[i, k] * min(1.0, left[buyers[k]] / max(wish[k], 1e-12))
            hand_over(
                x,
                sellers[i],
                buyer=buyers[k],
                kg=min(kg, stock[sellers[i], n]),
                w=w,
                exchange=exchange,
            )


@kernel
def hand_over(x, seller, buyer, kg, w, exchange):
    """Pass title to some kilograms against dollars, between two lines.

        buyer pays price (1 + contract cost);    seller gets price x its access there

    What locals keep of the price is booked as handling, the contract cost as contracts. The
    tie of the two grows with what is traded, kg / (kg + steady_kg) of its full speed.
    """
    if kg <= 0.0:
        return
    ex, lines, week, capital = w.exchanges, w.lines, w.week, w.cartels.capital_usd
    n, s, by, to = ex.place[x], ex.source[x], lines.cartel[seller], lines.cartel[buyer]
    usd = kg * w.zones.price_usd_per_kg[s]
    cost = usd * contract_cost(ex.tie[to, by], ex.contract_share[x], exchange.contract_factor)
    net = usd * w.cartels.access[by, n]
    capital[to] -= usd + cost
    capital[by] += net
    w.books.usd[HANDLING] += usd - net
    w.books.usd[CONTRACTS] += cost
    lines.stock_kg[seller, n] -= kg
    lines.stock_kg[buyer, n] += kg
    week.bought_kg[buyer] += kg
    week.source_kg[buyer, s] += kg
    week.paid_usd[buyer] += usd + cost
    week.revenue_usd[seller] += net
    ex.sold_kg[x] += kg
    ex.traded_kg[x, by, to] += kg
    ex.traded_usd[x, by, to] += usd
    ex.contract_usd[x, by, to] += cost
    if by == to:
        ex.own_usd[by] += usd
    else:
        grows = exchange.tie_growth_per_week * kg / (kg + exchange.steady_kg)
        ex.tie[to, by] += grows * (1.0 - ex.tie[to, by])
