"""How bids meet stocks at the farm gate."""

import math

from sim.engine.compiled import kernel


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


@kernel
def list_buyers(lines, buyers, n_buyers):
    """List, zone by zone, the lines that order there; ``buyers`` has shape (z, l)."""
    for z in range(n_buyers.size):
        n_buyers[z] = 0
        for row in range(lines.cartel.size):
            if lines.zone_order_kg[row, z] > 0.0:
                buyers[z, n_buyers[z]] = row
                n_buyers[z] += 1


@kernel
def weigh_offers(lines, producers, zones, fill, buyers, n_buyers, weight, wish):
    """Weigh every producer's buyers by order and trust, and add up what they would get.

    A producer that finds the price below its ask sells nothing this week. Leaves
    each producer's kilograms per buyer in ``weight`` (p, l) and their sums over
    producers in ``wish`` (l, z).
    """
    trust, ordered, owner_of = producers.trust, lines.zone_order_kg, lines.cartel
    for i in range(producers.zone.size):
        z = producers.zone[i]
        total = 0.0
        for k in range(n_buyers[z]):
            row = buyers[z, k]
            weight[i, k] = ordered[row, z] * (0.2 + 0.8 * trust[i, owner_of[row]])
            total += weight[i, k]
        offered = producers.stock_kg[i] * fill[z]
        if zones.price_usd_per_kg[z] < producers.ask_usd_per_kg[i] or total <= 0.0:
            offered, total = 0.0, 1.0
        for k in range(n_buyers[z]):
            weight[i, k] *= offered / total
            wish[buyers[z, k], z] += weight[i, k]


@kernel
def fill_shares(lines, producers, zones, fill):
    """Return, by zone, the share of willing producers' stock that orders take, at most all."""
    for z in range(fill.size):
        orders, willing = 0.0, 0.0
        for row in range(lines.cartel.size):
            orders += lines.zone_order_kg[row, z]
        for i in range(producers.zone.size):
            if producers.zone[i] == z:
                if zones.price_usd_per_kg[z] >= producers.ask_usd_per_kg[i]:
                    willing += producers.stock_kg[i]
        fill[z] = 0.0
        if willing > 0.0:
            fill[z] = min(1.0, orders / willing)


@kernel
def buy(graph, lines, week, cartels, producers, zones, p, room):
    """Sell each producer's stock to the bids it trusts, at the zone's price.

    Every willing producer of a zone sells the same share of its stock, orders
    over stock and at most all, split over buyers by order and trust; no line
    gets more than it ordered. ``room`` holds work arrays (``Counter``).
    """
    buyers, n_buyers, wish, weight = room.buyers, room.n_buyers, room.wish, room.weight
    wish[:, :] = 0.0
    list_buyers(lines, buyers, n_buyers)
    fill_shares(lines, producers, zones, room.fill)
    weigh_offers(lines, producers, zones, room.fill, buyers, n_buyers, weight, wish)
    trades = cartels.trades
    trust, unsold, cash = producers.trust, producers.stock_kg, producers.cash_usd
    ordered, held, capital = lines.zone_order_kg, lines.stock_kg, cartels.capital_usd
    bought, paid, owner_of = week.bought_kg, week.paid_usd, lines.cartel
    keep, growth = 1.0 - p.trust_fade_per_week, p.trust_growth_per_week
    for i in range(unsold.size):
        z = producers.zone[i]
        price, place = zones.price_usd_per_kg[z], graph.zone_place[z]
        for owner in range(capital.size):
            if trades[owner]:
                trust[i, owner] *= keep
        for k in range(n_buyers[z]):
            row, kg = buyers[z, k], weight[i, k]
            if kg <= 0.0:
                continue
            if wish[row, z] > ordered[row, z]:
                kg *= ordered[row, z] / wish[row, z]
            kg = min(kg, unsold[i])
            owner = owner_of[row]
            unsold[i] -= kg
            cash[i] += kg * price
            capital[owner] -= kg * price
            held[row, place] += kg
            bought[row] += kg
            paid[row] += kg * price
            trust[i, owner] += growth * (1.0 - trust[i, owner])
