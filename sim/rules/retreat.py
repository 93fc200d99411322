"""How networks wear out, posts are given up, lines close and cartels fold."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.affiliation import leave
from sim.world.codes import (
    NETWORKS,
    QUARTER,
    RUNNING_DOWN,
    SHUT,
    TRADING,
    WEEKS_PER_YEAR,
)
from sim.world.moves import CLOSES_LINE, FOLDS, LEAVES_PLACE, NOBODY, NOWHERE, log_move


@kernel
def keep_posts(w, p_routing, p, weeks, now):
    """Charge the upkeep of posts, and give up those that have not earned it for long.

    After ``patience_weeks`` in a row in which a post earned less than its upkeep
    (``post_earns``) it is given up; so are the posts of those without capital.

    Parameters
    ----------
    weeks : int
        Time since the last call.
    """
    cartels = w.cartels
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        for n in range(cartels.posted.shape[1]):
            if cartels.posted[o, n] == 0:
                continue
            due = cartels.upkeep_usd[o, n]
            cartels.capital_usd[o] -= due * weeks
            w.books.usd[NETWORKS] += due * weeks
            if post_earns(o, n, w, p_routing) >= due and cartels.capital_usd[o] > 0.0:
                cartels.idle_weeks[o, n] = 0
                continue
            cartels.idle_weeks[o, n] += weeks
            if cartels.idle_weeks[o, n] >= p.patience_weeks:
                cartels.posted[o, n] = 0
                log_move(w.moves, now, LEAVES_PLACE, o, place=n, other=NOBODY, usd=0.0)


@kernel
def post_earns(o, n, w, p):
    """Return what a post earns, in USD a week.

        d (1 - roots) kg value + (1 - stranger_share)(1 - roots) sum of order margin price

    The first term is the value that trust there saves on what passes, with ``d`` the
    outsider's discount; the second stands at a source, where the ties that the post gives
    open a part of the purchases of the organisation's lines.
    """
    cartels, territory = w.cartels, w.territory
    without = 1.0 - cartels.roots[o, n]
    worth = territory.through_usd[n] / max(territory.through_kg[n], 1e-9)
    earned = p.outsider_discount * without * cartels.through_kg[o, n] * worth
    opened = (1.0 - p.stranger_share) * without
    for z in range(w.graph.zone_place.size):
        if w.graph.zone_place[z] == n:
            earned = add_margins(earned, opened, o, z, w)
    return earned


@kernel
def add_margins(earned_usd, opened, o, z, w):
    """Add the margin on a part of an organisation's purchases in a zone, in USD a week."""
    lines, zones = w.lines, w.zones
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            kg = opened * zones.origin_weight[lines.market[row], z] * lines.order_kg[row]
            earned_usd += kg * max(lines.year_margin[row], 0.0) * zones.price_usd_per_kg[z]
    return earned_usd


@kernel
def wear_out(lines, p, weeks):
    """Let market networks wear out: people leave, contacts are lost.

        d ln reach = -wear_per_year weeks / 52

    Those that are mostly unused (orders below half their reach) wear twice as fast.
    """
    for row in range(lines.cartel.size):
        if lines.phase[row] == TRADING:
            rate = p.wear_per_year / WEEKS_PER_YEAR * weeks
            if lines.order_kg[row] < 0.5 * lines.reach_kg[row]:
                rate *= 2.0
            lines.reach_kg[row] *= math.exp(-rate)


@kernel
def close_down(w, p, now):
    """Close lines that persistently lose, and cartels without money.

    A line whose order has been below ``exit_share`` of its reach for
    ``patience_weeks`` buys no more and sells what is left. A cartel without capital
    for half as long runs all its lines down; its gangs are free, and when all is sold
    it is out of business.
    """
    lines, cartels = w.lines, w.cartels
    open_lines = np.zeros(cartels.trades.size)
    for row in range(lines.cartel.size):
        review_line(row, lines, w.moves, p, now)
        open_lines[lines.cartel[row]] += lines.phase[row] != SHUT
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        cartels.broke_weeks[o] = cartels.broke_weeks[o] + 1 if cartels.capital_usd[o] < 0.0 else 0
        if cartels.broke_weeks[o] == int(p.patience_weeks / 2.0):
            dissolve(o, lines, w.gangs, w.moves, now)
        if open_lines[o] == 0.0:
            cartels.trades[o] = False
            cartels.posted[o] = 0
            log_move(w.moves, now, FOLDS, o, place=NOWHERE, other=NOBODY, usd=0.0)


@kernel
def review_line(row, lines, moves, p, now):
    """Run a line down that has been poor for too long; shut it when all is sold.

    Whether all is sold is looked at once a quarter.
    """
    if lines.phase[row] == TRADING:
        poor = lines.permitted[row] and lines.order_kg[row] < p.exit_share * lines.reach_kg[row]
        lines.poor_weeks[row] = lines.poor_weeks[row] + 1 if poor else 0
        if lines.poor_weeks[row] > p.patience_weeks:
            run_down(row, lines, moves, now)
    elif lines.phase[row] == RUNNING_DOWN and (now + row) % QUARTER == 0:
        if goods_of(row, lines) <= 0.0:
            lines.phase[row] = SHUT


@kernel
def goods_of(row, lines):
    """Return what a line has in store and on its way, in kg."""
    kg = 0.0
    for n in range(lines.stock_kg.shape[1]):
        kg += lines.stock_kg[row, n]
        for slot in range(lines.arriving_kg.shape[2]):
            kg += lines.arriving_kg[row, n, slot]
    return kg


@kernel
def run_down(row, lines, moves, now):
    """Stop buying for a market; what is on its way is still sold."""
    lines.phase[row] = RUNNING_DOWN
    lines.order_kg[row], lines.zone_order_kg[row, :] = 0.0, 0.0
    lines.reach_kg[row], lines.poor_weeks[row] = 0.0, 0
    log_move(moves, now, CLOSES_LINE, lines.cartel[row], NOWHERE, lines.market[row], usd=0.0)


@kernel
def dissolve(o, lines, gangs, moves, now):
    """Run all lines of a cartel down and set its gangs free."""
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            run_down(row, lines, moves, now)
    for g in range(gangs.affiliation.size):
        if gangs.affiliation[g] == o:
            leave(g, gangs, moves, now)
