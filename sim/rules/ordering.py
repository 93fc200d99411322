"""How cartels size their order books and split them over zones."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import TRADING


@kernel
def split_over_zones(row, lines, zones, sharpness):
    """Split one order book over the zones; return its expected margin.

    Shares are proportional to the size of a zone for the market, times the
    owner's ties there, times exp(zeta (r / r_best - 1)), with r the netback at the
    farm gate over the local price. The margin is the mean of r - 1 under these shares. Shares are
    left in ``lines.zone_order_kg``. A line with no way to its market has -1.
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
def order_step(margin, order_kg, reach_kg, p, saturation_on):
    """Return the weekly log change of an order book.

        d ln X = eta [tanh((margin - hurdle) / 2s) - w tanh((normal - hurdle) / 2s) (X / reach)^b]

    with ``s`` the margin that counts as large, clipped to a few per cent, since
    capital, people and trust grow slowly. The second term is visibility and
    coordination cost, which grow faster than the book: at the normal margin a book
    settles at its reach, above it the book outgrows its reach, and no book can take all.
    """
    scale = 2.0 * p.margin_scale
    pull = math.tanh((margin - p.hurdle) / scale)
    if saturation_on:
        brake = p.saturation * math.tanh((p.normal_margin - p.hurdle) / scale)
        filled = order_kg / reach_kg if order_kg > 0.0 else 0.0  # a book may have no reach yet
        pull -= brake * math.exp(p.saturation_power * math.log(max(filled, 1e-9)))
    step = p.growth_per_week * pull
    return min(max(step, -p.largest_step_per_week), p.largest_step_per_week)


@kernel
def place_orders(lines, zones, cartels, p, saturation_on):
    """Move every order book by its margin and limit it to what capital pays for.

    Barred lines order nothing; one that is permitted again starts at a
    hundredth of its reach.
    """
    n_lines = lines.cartel.size
    cost = np.zeros(cartels.capital_usd.size)
    for row in range(n_lines):
        if lines.phase[row] != TRADING:
            continue
        margin = split_over_zones(row, lines, zones, p.zone_sharpness)
        lines.margin[row] = margin
        lines.year_margin[row] += (margin - lines.year_margin[row]) / 52.0
        if not lines.permitted[row]:
            lines.order_kg[row] = 0.0
            lines.zone_order_kg[row, :] = 0.0
            continue
        order = max(lines.order_kg[row], 0.01 * lines.reach_kg[row])
        order *= math.exp(order_step(margin, order, lines.reach_kg[row], p, saturation_on))
        lines.order_kg[row] = order
        for z in range(zones.price_usd_per_kg.size):
            lines.zone_order_kg[row, z] *= order
            cost[lines.cartel[row]] += lines.zone_order_kg[row, z] * zones.price_usd_per_kg[z]
    for row in range(n_lines):
        owner = lines.cartel[row]
        limit = max(cartels.capital_usd[owner], 0.0) * p.spending_share_per_week
        if lines.phase[row] == TRADING and cost[owner] > limit:
            for z in range(zones.price_usd_per_kg.size):
                lines.zone_order_kg[row, z] *= limit / cost[owner]
