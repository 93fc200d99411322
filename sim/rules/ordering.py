"""How cartels size their order books and split them over zones."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import TRADING, WEEKS_PER_YEAR


@kernel
def split_over_zones(row, lines, zones, sharpness):
    """Split one order book over the zones; return its expected margin.

        share of zone z proportional to pull_z exp(zeta (r_z / r_best - 1))
        margin = mean of r_z - 1 under these shares

    with r the netback at the farm gate over the local price, and the pull the size of a
    zone for the market times the owner's ties there. Shares are left in
    ``lines.zone_order_kg`` (l, z). A line with no way to its market has -1.
    """
    best = 0.0
    for z in range(zones.price_usd_per_kg.size):
        if lines.zone_pull[row, z] > 0.0:
            best = max(best, lines.zone_value[row, z] / zones.price_usd_per_kg[z])
    total, mean = 0.0, 0.0
    for z in range(zones.price_usd_per_kg.size):
        pull = 0.0
        ratio = lines.zone_value[row, z] / zones.price_usd_per_kg[z]
        if best > 0.0 and ratio > 0.0:
            pull = lines.zone_pull[row, z] * math.exp(sharpness * (ratio / best - 1.0))
        lines.zone_order_kg[row, z] = pull
        total += pull
        mean += pull * ratio
    if total <= 0.0:
        return -1.0
    for z in range(zones.price_usd_per_kg.size):
        lines.zone_order_kg[row, z] /= total
    return mean / total - 1.0


@kernel
def drive(margin, p):
    """Return how strongly a margin drives a book, -1 to 1: tanh((margin - hurdle) / 2s).

    ``s`` is the margin that counts as large (``margin_scale``).
    """
    return math.tanh((margin - p.hurdle) / (2.0 * p.margin_scale))


@kernel
def order_step(margin, order_kg, reach_kg, p, saturation_on):
    """Return the weekly log change of an order book.

        d ln X = eta [drive(margin) - w drive(normal margin) (X / reach)^b]

    clipped to a few per cent, since capital, people and trust grow slowly. The second term
    is visibility and coordination cost, which grow faster than the book: at the normal
    margin a book settles at its reach, above it the book outgrows its reach, and no book
    can take all. Order and reach are in kg a week.
    """
    pull = drive(margin, p)
    if saturation_on:
        brake = p.saturation * drive(p.normal_margin, p)
        pull -= brake * math.exp(p.saturation_power * math.log(max(order_kg / reach_kg, 1e-9)))
    step = p.growth_per_week * pull
    return min(max(step, -p.largest_step_per_week), p.largest_step_per_week)


@kernel
def place_orders(lines, zones, cartels, p, saturation_on):
    """Move every order book by its margin and limit it to what capital pays for.

        an owner's purchases <= spending_share_per_week x capital    USD a week

    Barred lines order nothing; one that is permitted again starts at a
    hundredth of its reach. Leaves ``lines.order_kg`` (l) and ``zone_order_kg`` (l, z).
    """
    cost_usd = np.zeros(cartels.capital_usd.size)
    for row in range(lines.cartel.size):
        if lines.phase[row] == TRADING:
            place_order(row, lines, zones, p, saturation_on, cost_usd)
    for row in range(lines.cartel.size):
        owner = lines.cartel[row]
        limit = max(cartels.capital_usd[owner], 0.0) * p.spending_share_per_week
        if lines.phase[row] == TRADING and cost_usd[owner] > limit:
            for z in range(zones.price_usd_per_kg.size):
                lines.zone_order_kg[row, z] *= limit / cost_usd[owner]


@kernel
def place_order(row, lines, zones, p, saturation_on, cost_usd):
    """Move one order book; add what it costs at the local prices to its owner's ``cost_usd``."""
    margin = split_over_zones(row, lines, zones, p.zone_sharpness)
    lines.margin[row] = margin
    lines.year_margin[row] += (margin - lines.year_margin[row]) / WEEKS_PER_YEAR
    order = 0.0
    if lines.permitted[row]:
        order = max(lines.order_kg[row], 0.01 * lines.reach_kg[row])
        order *= math.exp(order_step(margin, order, lines.reach_kg[row], p, saturation_on))
    lines.order_kg[row] = order
    for z in range(zones.price_usd_per_kg.size):
        lines.zone_order_kg[row, z] *= order
        cost_usd[lines.cartel[row]] += lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
