"""How end markets price what arrives."""

import math

from sim.engine.compiled import kernel
from sim.world.codes import CONSUMED, CONSUMERS, HANDLING, WEEKS_PER_YEAR


@kernel
def demand_price(reference_usd_per_kg, smoothed_kg, demand_kg, elasticity):
    """Return the wholesale price P = P0 (deliveries / demand)^(-1 / elasticity), in USD/kg.

    Demand is what the market takes at the reference price, in kg a week. Deliveries are
    smoothed over about a quarter; the price stays within a tenth and ten times
    the reference, bounds that no sound run touches.

    Examples
    --------
    >>> round(float(demand_price(100.0, 50.0, 100.0, 1.0)), 6)
    200.0
    """
    ratio = max(smoothed_kg, 1e-9) / demand_kg
    price = reference_usd_per_kg * math.exp(-math.log(ratio) / elasticity)
    return min(max(price, 0.1 * reference_usd_per_kg), 10.0 * reference_usd_per_kg)


@kernel
def price_at(m, kg, markets):
    """Return the price of a market, in USD/kg, at weekly deliveries of ``kg``."""
    return demand_price(
        reference_usd_per_kg=markets.reference_usd_per_kg[m],
        smoothed_kg=kg,
        demand_kg=markets.demand_kg[m],
        elasticity=markets.elasticity[m],
    )


@kernel
def bought_for(m, lines, week):
    """Return the kilograms bought for a market this week."""
    bought = 0.0
    for row in range(lines.cartel.size):
        if lines.market[row] == m:
            bought += week.bought_kg[row]
    return bought


@kernel
def form_expectations(lines, week, markets, market):
    """Let traders expect the price that what is on its way will bring.

    Those in the trade know roughly how much is being bought for a market. They
    expect it to arrive in the proportion seen over the last year, and the price
    that deliveries would then bring:

        ln Q_expected = (1 - f) ln Q_arriving + f ln (bought x delivered_year / bought_year)

    in kg a week. Without foresight (f = 0) everybody buys on yesterday's shortage, which the
    pipeline of two to four months turns into a cycle (the cobweb).
    """
    for m in range(markets.price_usd_per_kg.size):
        if not markets.ends[m]:
            continue
        bought = bought_for(m, lines, week)
        markets.coming_kg[m] += (bought - markets.coming_kg[m]) / market.expectation_weeks
        markets.year_bought_kg[m] += (bought - markets.year_bought_kg[m]) / WEEKS_PER_YEAR
        gap = markets.delivered_kg[m] - markets.year_delivered_kg[m]
        markets.year_delivered_kg[m] += gap / WEEKS_PER_YEAR
        survival = markets.year_delivered_kg[m] / max(markets.year_bought_kg[m], 1e-9)
        arriving = max(markets.smoothed_kg[m], 1e-9)
        ahead = max(markets.coming_kg[m] * survival, 1e-9)
        logs = (1.0 - market.foresight) * math.log(arriving) + market.foresight * math.log(ahead)
        surprise = price_at(m, math.exp(logs), markets) - markets.expected_usd_per_kg[m]
        markets.expected_usd_per_kg[m] += surprise / market.expectation_weeks


@kernel
def sell(w, market):
    """Sell what was delivered, at a price set on smoothed deliveries.

        revenue = kg x price x access at the market    USD

    An owner without full trust at the market leaves the rest to local partners
    (booked as handling).
    """
    lines, week, markets, books = w.lines, w.week, w.markets, w.books
    for m in range(markets.price_usd_per_kg.size):
        change = markets.delivered_kg[m] - markets.smoothed_kg[m]
        markets.smoothed_kg[m] += change / market.smoothing_weeks
        if not markets.ends[m]:
            continue
        markets.price_usd_per_kg[m] = price_at(m, markets.smoothed_kg[m], markets)
    for row in range(lines.cartel.size):
        kg, m, owner = week.delivered_kg[row], lines.market[row], lines.cartel[row]
        if kg > 0.0 and markets.ends[m]:
            gross = kg * markets.price_usd_per_kg[m]
            net = gross * w.cartels.access[owner, w.graph.market_place[m]]
            books.kg[CONSUMED] += kg
            books.usd[CONSUMERS] += gross
            books.usd[HANDLING] += gross - net
            w.cartels.capital_usd[owner] += net
            week.revenue_usd[row] += net
