"""How cartels size their order books and split them over zones."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import TRADING, WEEKS_PER_YEAR

SMALLEST_NETBACK = 0.05  # of the local price


@kernel
def split_over_zones(row, lines, zones, sharpness):
    """Split one order book over the zones; return its expected margin.

        share of zone z  s_z = w_z e_z / sum_k w_k e_k,    e_z = exp(zeta (r_z / r_best - 1))
        margin           = r_best (1 + ln(sum_z w_z e_z) / zeta) - 1

    with r the netback at the farm gate over the local price, and the weight w of a zone its
    size for the market times the owner's ties there, of all zones 1. The margin is the
    inclusive value of a logit choice [1]_: it lies between the plain mean under the weights
    and the best zone's, and never falls as a zone pays more. The mean under the shares does
    not serve: it rises when a poor zone is lost, as if fewer choices were worth more. A zone
    without a way to the market has a netback of nothing and keeps its weight, so that a way
    that closes costs margin; nothing is bought there.

    Shares are left in ``lines.zone_order_kg`` (l, z). A line with no way to its market has
    -1.

    References
    ----------
    .. [1] Small, K. A., Rosen, H. S. (1981). Applied welfare economics with discrete choice
       models. Econometrica 49, 105-130.
    """
    best = 0.0
    for z in range(zones.price_usd_per_kg.size):
        if lines.zone_pull[row, z] > 0.0:
            best = max(best, lines.zone_value[row, z] / zones.price_usd_per_kg[z])
    if best <= 0.0:
        lines.zone_order_kg[row, :] = 0.0
        return -1.0
    bought, valued, weight = 0.0, 0.0, 0.0
    for z in range(zones.price_usd_per_kg.size):
        ratio = 0.0
        if lines.zone_pull[row, z] > 0.0:
            ratio = max(lines.zone_value[row, z] / zones.price_usd_per_kg[z], 0.0)
        pull = lines.zone_pull[row, z] * math.exp(sharpness * (ratio / best - 1.0))
        weight += lines.zone_pull[row, z]
        valued += pull
        lines.zone_order_kg[row, z] = pull if ratio > 0.0 else 0.0
        bought += lines.zone_order_kg[row, z]
    for z in range(zones.price_usd_per_kg.size):
        lines.zone_order_kg[row, z] /= bought
    return best * (1.0 + math.log(valued / weight) / sharpness) - 1.0


@kernel
def advantage_of(margin, rest_margin):
    """Return the netback over the price, compared with what it is at rest.

        (1 + margin) / (1 + rest margin)

    A line that has hardly a way to its market, or had none at rest, counts as one with a
    netback of a twentieth of the price.
    """
    return max(1.0 + margin, SMALLEST_NETBACK) / max(1.0 + rest_margin, SMALLEST_NETBACK)


@kernel
def order_step(advantage, order_kg, reach_kg, p, saturation_on):
    """Return the weekly log change of an order book.

        d ln X = eta [e ln(advantage) - ln(X / reach)],    advantage = (1 + margin) / (1 + m0)

    clipped to a few per cent, since capital, people and trust grow slowly. The advantage
    compares the netback over the local price with what it is at rest (m0, the line's
    ``rest_margin``; see ``advantage_of``); the book settles at reach x advantage^e. Without
    saturation nothing holds a book to its reach. Order and reach are in kg a week.

    Examples
    --------
    >>> from sim.parameters.sections import Ordering
    >>> p = Ordering(growth_per_week=0.01, order_elasticity=2.0).record()
    >>> round(order_step(1.1, 100.0, 100.0, p, True), 6)
    0.001906
    >>> round(order_step(1.1, 121.0, 100.0, p, True), 12)
    0.0
    """
    pull = p.order_elasticity * math.log(advantage)
    if saturation_on:
        pull -= math.log(order_kg / reach_kg)
    step = p.growth_per_week * pull
    return min(max(step, -p.largest_step_per_week), p.largest_step_per_week)


@kernel
def place_orders(w, p, saturation_on, settling):
    """Move every order book by its margin and limit it to what capital pays for.

        an owner's purchases <= spending_share_per_week x capital    USD a week

    Barred lines order nothing; one that is permitted again starts at a
    hundredth of its reach. Leaves ``lines.order_kg`` (l) and ``zone_order_kg`` (l, z).

    Parameters
    ----------
    settling : bool
        While a world comes to rest, every margin is taken for the line's usual one.
    """
    lines, zones = w.lines, w.zones
    cost_usd = np.zeros(w.cartels.capital_usd.size)
    for row in range(lines.cartel.size):
        if lines.phase[row] == TRADING:
            split = split_over_zones(row, lines, zones, p.zone_sharpness)
            lines.margin[row] = split
            lines.year_margin[row] += (split - lines.year_margin[row]) / WEEKS_PER_YEAR
            usual = split if settling else lines.rest_margin[row]
            place_order(row, advantage_of(split, usual), lines, p, saturation_on)
            for z in range(zones.price_usd_per_kg.size):
                lines.zone_order_kg[row, z] *= lines.order_kg[row]
                cost = lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
                cost_usd[lines.cartel[row]] += cost
    for row in range(lines.cartel.size):
        owner = lines.cartel[row]
        limit = max(w.cartels.capital_usd[owner], 0.0) * p.spending_share_per_week
        if lines.phase[row] == TRADING and cost_usd[owner] > limit:
            for z in range(zones.price_usd_per_kg.size):
                lines.zone_order_kg[row, z] *= limit / cost_usd[owner]


@kernel
def place_order(row, advantage, lines, p, saturation_on):
    """Move one order book; a line that may not buy, or has no reach, orders nothing."""
    order, reach = 0.0, lines.reach_kg[row]
    if lines.permitted[row] and reach > 0.0:
        order = max(lines.order_kg[row], 0.01 * reach)
        order *= math.exp(order_step(advantage, order, reach, p, saturation_on))
    lines.order_kg[row] = order
