"""How bids meet stocks at the farm gate."""

import math

from sim.compiled import kernel, part


@kernel
def farm_gate_price(price, bid, tightness, p, normal_margin):
    """Return next week's local price.

    Competition among buyers leaves sellers the netback less a normal margin
    when orders just meet supply, more when they exceed it:

        target = bid / (1 + normal) tightness^elasticity,

    never above the bid; the price follows its target over a few weeks. The
    price is a function of the balance, not an integral of it: setting it from
    stock cover makes a pipeline of ten weeks swing from bound to bound.
    """
    power = p.price_elasticity * math.log(max(tightness, 1e-6))
    target = min(bid / (1.0 + normal_margin) * math.exp(power), bid)
    return price + (target - price) / p.price_smoothing_weeks


@kernel
def price_zones(graph, lines, producers, zones, p, normal_margin):
    """Move each zone's price to where orders and supply put it.

    Supply is the week's output and a small share of unsold stock; the bid is
    the mean netback of those who order, weighted by their orders.
    """
    for z in range(zones.price_usd_per_kg.size):
        orders, bid = 0.0, 0.0
        for row in range(lines.cartel.size):
            wanted = lines.zone_order_kg[row, z]
            orders += wanted
            bid += wanted * lines.zone_value[row, z]
        supply = 0.0
        for i in range(producers.zone.size):
            if producers.zone[i] == z:
                made = producers.capacity_kg[i] * zones.supply_factor[z]
                unsold = max(producers.stock_kg[i] - made, 0.0)
                supply += made + p.stock_release_per_week * unsold
        if orders > 0.0 and supply > 0.0:
            zones.price_usd_per_kg[z] = farm_gate_price(
                zones.price_usd_per_kg[z],
                bid / orders,
                orders / supply,
                p,
                normal_margin,
            )


@part
def offers(lines, producers, zones, i, out):
    """Weigh the lines that buy from one producer by order and trust; return the sum.

    A producer that finds the price below its ask sells nothing this week.
    """
    z = producers.zone[i]
    total = 0.0
    sells = zones.price_usd_per_kg[z] >= producers.ask_usd_per_kg[i]
    for row in range(lines.cartel.size):
        out[row] = 0.0
        wanted = lines.zone_order_kg[row, z]
        if sells and wanted > 0.0:
            out[row] = wanted * (0.2 + 0.8 * producers.trust[i, lines.cartel[row]])
            total += out[row]
    return total


@kernel
def buy(graph, lines, week, cartels, producers, zones, p, weigh, wish):
    """Sell each producer's stock to the bids it trusts, at the zone's price.

    Every willing producer of a zone sells the same share of its stock, orders
    over stock and at most all, split over buyers by order and trust; no line
    gets more than it ordered. ``weigh`` and ``wish`` are work arrays of shape
    (l) and (l, z).
    """
    n_lines, n_zones = lines.cartel.size, zones.price_usd_per_kg.size
    wish[:, :] = 0.0
    willing = wish[n_lines]
    for i in range(producers.zone.size):
        if zones.price_usd_per_kg[producers.zone[i]] >= producers.ask_usd_per_kg[i]:
            willing[producers.zone[i]] += producers.stock_kg[i]
    fill = wish[n_lines + 1]
    for z in range(n_zones):
        orders = 0.0
        for row in range(n_lines):
            orders += lines.zone_order_kg[row, z]
        if willing[z] > 0.0:
            fill[z] = min(1.0, orders / willing[z])
    for i in range(producers.zone.size):
        z = producers.zone[i]
        total = offers(lines, producers, zones, i, weigh)
        if total > 0.0:
            for row in range(n_lines):
                wish[row, z] += producers.stock_kg[i] * fill[z] * weigh[row] / total
    for i in range(producers.zone.size):
        trade(i, graph, lines, week, cartels, producers, zones, p, weigh, wish, fill)


@part
def trade(i, graph, lines, week, cartels, producers, zones, p, weigh, wish, fill):
    """Settle one producer's sales and let its trust in each buyer grow or fade."""
    z = producers.zone[i]
    price = zones.price_usd_per_kg[z]
    total = offers(lines, producers, zones, i, weigh)
    offered = producers.stock_kg[i] * fill[z]
    for owner in range(cartels.capital_usd.size):
        producers.trust[i, owner] *= 1.0 - p.trust_fade_per_week
    if total <= 0.0 or offered <= 0.0:
        return
    for row in range(lines.cartel.size):
        if weigh[row] <= 0.0:
            continue
        kg = offered * weigh[row] / total
        if wish[row, z] > lines.zone_order_kg[row, z]:
            kg *= lines.zone_order_kg[row, z] / wish[row, z]
        kg = min(kg, producers.stock_kg[i])
        owner = lines.cartel[row]
        producers.stock_kg[i] -= kg
        producers.cash_usd[i] += kg * price
        cartels.capital_usd[owner] -= kg * price
        lines.stock_kg[row, graph.zone_place[z]] += kg
        week.bought_kg[row] += kg
        week.paid_usd[row] += kg * price
        known = producers.trust[i, owner]
        producers.trust[i, owner] += p.trust_growth_per_week * (1.0 - known)
