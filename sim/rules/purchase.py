"""How bids meet stocks at the farm gate."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.production import WORTHLESS, made_by

SCARCE = 1e-6  # least supply, of what is ordered: the price is then the bid


@kernel
def farm_gate_price(price, bid, tightness, numbers, normal_margin):
    """Return next week's local price, in USD/kg.

    Competition among buyers leaves sellers the netback less a normal margin
    when orders just meet supply, more when they exceed it:

        target = bid / (1 + normal) tightness^elasticity

    never above the bid; ``tightness`` is orders over supply, and the price follows its
    target over a few weeks. The price is a function of the balance, not an integral of it:
    setting it from stock cover makes a pipeline of ten weeks swing from bound to bound.
    """
    power = numbers.price_elasticity * math.log(max(tightness, 1e-6))
    target = min(bid / (1.0 + normal_margin) * math.exp(power), bid)
    return price + (target - price) / numbers.price_smoothing_weeks


@kernel
def add_up_bids(lines, orders, bid):
    """Add up by zone (z) what is ordered, in kg, and its netback at the farm gate, in USD."""
    for row in range(lines.cartel.size):
        for z in range(orders.size):
            orders[z] += lines.zone_order_kg[row, z]
            bid[z] += lines.zone_order_kg[row, z] * lines.zone_value[row, z]


@kernel
def add_up_supply(producers, zones, production, supply, held_back):
    """Add up supply by zone (z), in kg: the week's output and a small share of unsold stock.

    Only of those who sell at the present price: what others hold back presses no price, and
    is added up apart. Were it counted, the price would fall far below what half of a zone's
    producers ask, with orders unfilled.
    """
    for i in range(producers.zone.size):
        made = made_by(i, producers, zones)
        unsold = max(producers.stock_kg[i] - made, 0.0)
        on_offer = made + production.stock_release_per_week * unsold
        if willing(i, producers, zones):
            supply[producers.zone[i]] += on_offer
        else:
            held_back[producers.zone[i]] += on_offer


@kernel
def price_zones(lines, producers, zones, production, normal_margin):
    """Move each zone's price (z) to where orders and supply put it, above nothing.

    The bid is the mean netback of those who order, weighted by their orders. Where all that
    there is is held back for a better price, it rises towards the bid. A kilogram that nobody
    can bring to a market keeps a thousandth of its usual price.
    """
    n_zones = zones.price_usd_per_kg.size
    orders, bid = np.zeros(n_zones), np.zeros(n_zones)
    supply, held_back = np.zeros(n_zones), np.zeros(n_zones)
    add_up_bids(lines, orders, bid)
    add_up_supply(producers, zones, production, supply, held_back)
    for z in range(n_zones):
        if orders[z] > 0.0 and supply[z] + held_back[z] > 0.0:
            price = farm_gate_price(
                price=zones.price_usd_per_kg[z],
                bid=bid[z] / orders[z],
                tightness=orders[z] / max(supply[z], SCARCE * orders[z]),
                numbers=production,
                normal_margin=normal_margin,
            )
            least = WORTHLESS * zones.reference_usd_per_kg[z]
            zones.price_usd_per_kg[z] = max(price, least)


@kernel
def willing(i, producers, zones):
    """Say whether a producer sells this week: the price is not below its ask."""
    return zones.price_usd_per_kg[producers.zone[i]] >= producers.ask_usd_per_kg[i]


@kernel
def list_buyers(lines, gate):
    """List, zone by zone, the lines that order there."""
    for z in range(gate.n_buyers.size):
        gate.n_buyers[z] = 0
        for row in range(lines.cartel.size):
            if lines.zone_order_kg[row, z] > 0.0:
                gate.buyers[z, gate.n_buyers[z]] = row
                gate.n_buyers[z] += 1


@kernel
def fill_shares(lines, producers, zones, fill):
    """Work out the share of willing producers' stock that orders take, at most all: (z).

        fill = min(1, orders / stock of the willing)

    and none where nobody is willing.
    """
    orders, stock = np.zeros(fill.size), np.zeros(fill.size)
    for row in range(lines.cartel.size):
        for z in range(fill.size):
            orders[z] += lines.zone_order_kg[row, z]
    for i in range(producers.zone.size):
        if willing(i, producers, zones):
            stock[producers.zone[i]] += producers.stock_kg[i]
    for z in range(fill.size):
        fill[z] = min(1.0, orders[z] / stock[z]) if stock[z] > 0.0 else 0.0


@kernel
def weigh_offers(w, gate):
    """Weigh every producer's buyers by order and trust, and add up what they would get.

        kg for a buyer = stock x fill x order (0.2 + 0.8 trust) / sum over buyers of the same

    A producer that finds the price below its ask sells nothing this week. Leaves
    each producer's kilograms per buyer in ``gate.weight`` (p, l) and their sums over
    producers in ``gate.wish`` (l, z).
    """
    lines, producers, weight = w.lines, w.producers, gate.weight
    gate.wish[:, :] = 0.0
    for i in range(producers.zone.size):
        z, total = producers.zone[i], 0.0
        for k in range(gate.n_buyers[z]):
            row = gate.buyers[z, k]
            trust = producers.trust[i, lines.cartel[row]]
            weight[i, k] = lines.zone_order_kg[row, z] * (0.2 + 0.8 * trust)
            total += weight[i, k]
        offered = producers.stock_kg[i] * gate.fill[z]
        if total <= 0.0 or not willing(i, producers, w.zones):
            offered, total = 0.0, 1.0
        for k in range(gate.n_buyers[z]):
            weight[i, k] *= offered / total
            gate.wish[gate.buyers[z, k], z] += weight[i, k]


@kernel
def buy(w, production, gate):
    """Sell each producer's stock to the bids it trusts, at the zone's price.

    Every willing producer of a zone sells the same share of its stock, orders
    over stock and at most all, split over buyers by order and trust; no line
    gets more than it ordered. Trust fades, and grows in those who bought:

        trust *= 1 - trust_fade_per_week;    trust += trust_growth_per_week (1 - trust)
    """
    lines, producers, cartels = w.lines, w.producers, w.cartels
    list_buyers(lines, gate)
    fill_shares(lines, producers, w.zones, gate.fill)
    weigh_offers(w, gate)
    trust, unsold, week = producers.trust, producers.stock_kg, w.week
    for i in range(unsold.size):
        z = producers.zone[i]
        price, place = w.zones.price_usd_per_kg[z], w.graph.zone_place[z]
        for owner in range(cartels.trades.size):
            if cartels.trades[owner]:
                trust[i, owner] *= 1.0 - production.trust_fade_per_week
        for k in range(gate.n_buyers[z]):
            row, kg = gate.buyers[z, k], gate.weight[i, k]
            if kg <= 0.0:
                continue
            ordered, owner = lines.zone_order_kg[row, z], lines.cartel[row]
            if gate.wish[row, z] > ordered:
                kg *= ordered / gate.wish[row, z]
            kg = min(kg, unsold[i])
            unsold[i] -= kg
            producers.cash_usd[i] += kg * price
            cartels.capital_usd[owner] -= kg * price
            lines.stock_kg[row, place] += kg
            week.bought_kg[row] += kg
            week.source_kg[row, z] += kg
            week.paid_usd[row] += kg * price
            trust[i, owner] += production.trust_growth_per_week * (1.0 - trust[i, owner])
