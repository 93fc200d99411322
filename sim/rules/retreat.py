"""How lines close and cartels fold."""

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.affiliation import leave
from sim.world.codes import (
    QUARTER,
    RUNNING_DOWN,
    SHUT,
    TRADING,
)
from sim.world.moves import CLOSES_LINE, FOLDS, NOBODY, NOWHERE, log_move


@kernel
def close_down(w, expansion, now):
    """Close lines that persistently lose, and cartels without money.

    A line whose order has been below ``exit_share`` of its base for
    ``patience_weeks`` buys no more and sells what is left. A cartel without capital
    for half as long runs all its lines down; its gangs are free, and when all is sold
    it is out of business.
    """
    lines, cartels = w.lines, w.cartels
    open_lines = np.zeros(cartels.trades.size)
    for row in range(lines.cartel.size):
        review_line(row, lines, w.moves, expansion, now)
        open_lines[lines.cartel[row]] += lines.phase[row] != SHUT
    for o in range(cartels.trades.size):
        if not cartels.trades[o]:
            continue
        cartels.broke_weeks[o] = cartels.broke_weeks[o] + 1 if cartels.capital_usd[o] < 0.0 else 0
        if cartels.broke_weeks[o] == int(expansion.patience_weeks / 2.0):
            dissolve(o, lines, w.gangs, w.moves, now)
        if open_lines[o] == 0.0:
            cartels.trades[o] = False
            cartels.posted[o] = 0
            log_move(w.moves, now, FOLDS, o, place=NOWHERE, other=NOBODY, usd=0.0)


@kernel
def review_line(row, lines, moves, expansion, now):
    """Run a line down that has been poor for too long; shut it when all is sold.

    Whether all is sold is looked at once a quarter.
    """
    if lines.phase[row] == TRADING:
        poor = (
            lines.permitted[row] and lines.order_kg[row] < expansion.exit_share * lines.base_kg[row]
        )
        lines.poor_weeks[row] = lines.poor_weeks[row] + 1 if poor else 0
        if lines.poor_weeks[row] > expansion.patience_weeks:
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
    log_move(
        moves,
        now,
        kind=CLOSES_LINE,
        who=lines.cartel[row],
        place=NOWHERE,
        other=lines.market[row],
        usd=0.0,
    )


@kernel
def dissolve(o, lines, gangs, moves, now):
    """Run all lines of a cartel down and set its gangs free."""
    for row in range(lines.cartel.size):
        if lines.cartel[row] == o and lines.phase[row] == TRADING:
            run_down(row, lines, moves, now)
    for g in range(gangs.affiliation.size):
        if gangs.affiliation[g] == o:
            leave(g, gangs, moves, now)
