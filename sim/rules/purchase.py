"""How bids meet stocks at the farm gate."""

import math

from sim.engine.compiled import kernel
from sim.rules.production import WORTHLESS, made_by


@kernel
def farm_gate_price(price, bid, tightness, p, normal_margin):
    """Return next week's local price, in USD/kg.

    Competition among buyers leaves sellers the netback less a normal margin
    when orders just meet supply, more when they exceed it:

        target = bid / (1 + normal) tightness^elasticity

    never above the bid; ``tightness`` is orders over supply, and the price follows its
    target over a few weeks. The price is a function of the balance, not an integral of it:
    setting it from stock cover makes a pipeline of ten weeks swing from bound to bound.
    """
    power = p.price_elasticity * math.log(max(tightness, 1e-6))
    target = min(bid / (1.0 + normal_margin) * math.exp(power), bid)
    return price + (target - price) / p.price_smoothing_weeks


@kernel
def orders_in(z, lines):
    """Return what is ordered in a zone, in kg, and the mean netback of those who order, USD/kg."""
    orders, bid = 0.0, 0.0
    for row in range(lines.cartel.size):
        orders += lines.zone_order_kg[row, z]
        bid += lines.zone_order_kg[row, z] * lines.zone_value[row, z]
    return orders, bid / max(orders, 1e-300)


@kernel
def supply_in(z, producers, zones, p):
    """Return a zone's supply in kg: the week's output and a small share of unsold stock."""
    supply = 0.0
    for i in range(producers.zone.size):
        if producers.zone[i] == z:
            made = made_by(i, producers, zones)
            unsold = max(producers.stock_kg[i] - made, 0.0)
            supply += made + p.stock_release_per_week * unsold
    return supply


@kernel
def price_zones(lines, producers, zones, p, normal_margin):
    """Move each zone's price (z) to where orders and supply put it, above nothing.

    A kilogram that nobody can bring to a market keeps a thousandth of its usual price.
    """
    for z in range(zones.price_usd_per_kg.size):
        orders, bid = orders_in(z, lines)
        supply = supply_in(z, producers, zones, p)
        if orders > 0.0 and supply > 0.0:
            price = farm_gate_price(
                price=zones.price_usd_per_kg[z],
                bid=bid,
                tightness=orders / supply,
                p=p,
                normal_margin=normal_margin,
            )
            least = WORTHLESS * zones.reference_usd_per_kg[z]
            zones.price_usd_per_kg[z] = max(price, least)


@kernel
def willing(i, producers, zones):
    """Say whether a producer sells this week: the price is not below its ask."""
    return zones.price_usd_per_kg[producers.zone[i]] >= producers.ask_usd_per_kg[i]


@kernel
def list_buyers(lines, counter):
    """List, zone by zone, the lines that order there."""
    for z in range(counter.n_buyers.size):
        counter.n_buyers[z] = 0
        for row in range(lines.cartel.size):
            if lines.zone_order_kg[row, z] > 0.0:
                counter.buyers[z, counter.n_buyers[z]] = row
                counter.n_buyers[z] += 1


@kernel
def fill_shares(lines, producers, zones, counter):
    """Work out the share of willing producers' stock that orders take, at most all.

        fill = min(1, orders / stock of the willing)

    in ``counter.fill`` (z).
    """
    for z in range(counter.fill.size):
        orders, stock = 0.0, 0.0
        for row in range(lines.cartel.size):
            orders += lines.zone_order_kg[row, z]
        for i in range(producers.zone.size):
            if producers.zone[i] == z and willing(i, producers, zones):
                stock += producers.stock_kg[i]
        counter.fill[z] = 0.0
        if stock > 0.0:
            counter.fill[z] = min(1.0, orders / stock)


@kernel
def weigh_offers(w, counter):
    """Weigh every producer's buyers by order and trust, and add up what they would get.

        kg for a buyer = stock x fill x order (0.2 + 0.8 trust) / sum over buyers of the same

    A producer that finds the price below its ask sells nothing this week. Leaves
    each producer's kilograms per buyer in ``counter.weight`` (p, l) and their sums over
    producers in ``counter.wish`` (l, z).
    """
    lines, producers, weight = w.lines, w.producers, counter.weight
    counter.wish[:, :] = 0.0
    for i in range(producers.zone.size):
        z, total = producers.zone[i], 0.0
        for k in range(counter.n_buyers[z]):
            row = counter.buyers[z, k]
            trust = producers.trust[i, lines.cartel[row]]
            weight[i, k] = lines.zone_order_kg[row, z] * (0.2 + 0.8 * trust)
            total += weight[i, k]
        offered = producers.stock_kg[i] * counter.fill[z]
        if total <= 0.0 or not willing(i, producers, w.zones):
            offered, total = 0.0, 1.0
        for k in range(counter.n_buyers[z]):
            weight[i, k] *= offered / total
            counter.wish[counter.buyers[z, k], z] += weight[i, k]


@kernel
def buy(w, p, counter):
    """Sell each producer's stock to the bids it trusts, at the zone's price.

    Every willing producer of a zone sells the same share of its stock, orders
    over stock and at most all, split over buyers by order and trust; no line
    gets more than it ordered. Trust fades, and grows in those who bought:

        trust *= 1 - trust_fade_per_week;    trust += trust_growth_per_week (1 - trust)
    """
    producers, cartels = w.producers, w.cartels
    list_buyers(w.lines, counter)
    fill_shares(w.lines, producers, w.zones, counter)
    weigh_offers(w, counter)
    for i in range(producers.zone.size):
        for owner in range(cartels.trades.size):
            if cartels.trades[owner]:
                producers.trust[i, owner] *= 1.0 - p.trust_fade_per_week
        for k in range(counter.n_buyers[producers.zone[i]]):
            if counter.weight[i, k] > 0.0:
                hand_over(i, k, w, p.trust_growth_per_week, counter)


@kernel
def hand_over(i, k, w, trust_growth, counter):
    """Let a producer hand its goods to the ``k``-th buyer of its zone, and be paid."""
    lines, producers = w.lines, w.producers
    z = producers.zone[i]
    row, kg = counter.buyers[z, k], counter.weight[i, k]
    owner, ordered = lines.cartel[row], lines.zone_order_kg[row, z]
    if counter.wish[row, z] > ordered:
        kg *= ordered / counter.wish[row, z]
    kg = min(kg, producers.stock_kg[i])
    usd = kg * w.zones.price_usd_per_kg[z]
    producers.stock_kg[i] -= kg
    producers.cash_usd[i] += usd
    w.cartels.capital_usd[owner] -= usd
    lines.stock_kg[row, w.graph.zone_place[z]] += kg
    w.week.bought_kg[row] += kg
    w.week.paid_usd[row] += usd
    producers.trust[i, owner] += trust_growth * (1.0 - producers.trust[i, owner])
