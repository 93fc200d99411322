"""How networks wear out, posts are given up, lines close and cartels fold."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import NETWORKS, RUNNING_DOWN, SHUT, TRADING
from sim.world.moves import CLOSES_LINE, FOLDS, LEAVES_PATRON, LEAVES_PLACE, log_move


@kernel
def keep_posts(graph, lines, cartels, zones, territory, books, moves, p_routing, p, weeks, now):
    """Charge the upkeep of posts, and give up those that have not earned it for long.

    A post earns the value that trust there saves on what passes, and at a source
    the margin on the purchases that it opens. After ``patience_weeks`` in a row
    below its upkeep it is given up; so are the posts of those without capital.
    """
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        for n in range(cartels.posted.shape[1]):
            if cartels.posted[o, n] == 0:
                continue
            due = cartels.upkeep_usd[o, n]
            cartels.capital_usd[o] -= due * weeks
            books.usd[NETWORKS] += due * weeks
            earned = post_earns(o, n, graph, lines, cartels, zones, territory, p_routing)
            if earned >= due and cartels.capital_usd[o] > 0.0:
                cartels.idle_weeks[o, n] = 0
                continue
            cartels.idle_weeks[o, n] += weeks
            if cartels.idle_weeks[o, n] >= p.patience_weeks:
                cartels.posted[o, n] = 0
                log_move(moves, now, LEAVES_PLACE, o, n, -1, 0.0)


@kernel
def post_earns(o, n, graph, lines, cartels, zones, territory, p_routing):
    """Return what a post earns a week: value saved on what passes, margin at a source.

    At a source the ties that the post gives open a part of the purchases there.
    """
    without = 1.0 - cartels.roots[o, n]
    worth = territory.through_usd[n] / max(territory.through_kg[n], 1e-9)
    earned = p_routing.outsider_discount * without * cartels.through_kg[o, n] * worth
    opened = (1.0 - p_routing.stranger_share) * without
    for z in range(graph.zone_place.size):
        if graph.zone_place[z] != n:
            continue
        for row in range(lines.cartel.size):
            if lines.cartel[row] == o and lines.phase[row] == TRADING:
                kg = opened * zones.origin_weight[lines.market[row], z] * lines.order_kg[row]
                earned += kg * max(lines.year_margin[row], 0.0) * zones.price_usd_per_kg[z]
    return earned


@kernel
def wear_out(lines, p, weeks):
    """Let market networks wear out: people leave, contacts are lost.

    Networks wear at ``wear_per_year``, and those that are mostly unused (orders
    below half their reach) twice as fast.
    """
    for row in range(lines.cartel.size):
        if lines.phase[row] == TRADING:
            rate = p.wear_per_year / 52.0 * weeks
            if lines.order_kg[row] < 0.5 * lines.reach_kg[row]:
                rate *= 2.0
            lines.reach_kg[row] *= math.exp(-rate)


@kernel
def close_down(lines, cartels, gangs, moves, p, now):
    """Close lines that persistently lose, and cartels without money.

    A line whose order has been below ``exit_share`` of its reach for
    ``patience_weeks`` buys no more and sells what is left. A cartel without capital
    for half as long runs all its lines down; its gangs are free, and when all is sold
    it is out of business.
    """
    for row in range(lines.cartel.size):
        phase = lines.phase[row]
        if phase == TRADING:
            poor = lines.permitted[row] and lines.order_kg[row] < p.exit_share * lines.reach_kg[row]
            lines.poor_weeks[row] = lines.poor_weeks[row] + 1 if poor else 0
            if lines.poor_weeks[row] > p.patience_weeks:
                shut_line(row, lines, moves, now)
        elif phase == RUNNING_DOWN and (now + row) % 13 == 0:
            if lines.stock_kg[row].sum() + lines.arriving_kg[row].sum() <= 0.0:
                lines.phase[row] = SHUT
    alive = np.zeros(cartels.trades.size)
    for row in range(lines.cartel.size):
        alive[lines.cartel[row]] += lines.phase[row] != SHUT
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        cartels.broke_weeks[o] = cartels.broke_weeks[o] + 1 if cartels.capital_usd[o] < 0.0 else 0
        if cartels.broke_weeks[o] == int(p.patience_weeks / 2.0):
            dissolve(o, lines, gangs, moves, now)
        if alive[o] == 0.0:
            cartels.trades[o] = False
            cartels.posted[o] = 0
            log_move(moves, now, FOLDS, o, -1, -1, 0.0)


@kernel
def shut_line(row, lines, moves, now):
    """Stop buying for a market; what is on its way is still sold."""
    lines.phase[row] = RUNNING_DOWN
    lines.order_kg[row], lines.zone_order_kg[row, :] = 0.0, 0.0
    lines.reach_kg[row], lines.poor_weeks[row] = 0.0, 0
    log_move(moves, now, CLOSES_LINE, lines.cartel[row], -1, lines.market[row], 0.0)


@kernel
def dissolve(o, lines, gangs, moves, now):
    """Run all lines of a cartel down and set its gangs free."""
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            shut_line(row, lines, moves, now)
    for g in range(gangs.affiliation.size):
        if gangs.affiliation[g] == o:
            log_move(moves, now, LEAVES_PATRON, g, -1, o, 0.0)
            gangs.affiliation[g], gangs.retainer_usd[g] = -1, 0.0
