"""The ledger: every kilogram and every dollar, closed every week.

Kilograms: produced = stocked + in transit + seized + lost + consumed.
Dollars: opening capital + paid by consumers = held by cartels, gangs, producers
and pilots + spent on transport, handling, aircraft and networks + withdrawn + spent
by members of gangs.
A week that does not close raises, with the week and the size of the gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from sim.engine.compiled import kernel
from sim.world import codes
from sim.world.records import LedgerRecord
from sim.world.state import World

TOLERANCE = 1e-9  # of production, or of dollars that ever came in


class LedgerError(RuntimeError):
    """A week in which a kilogram or a dollar is missing."""


@kernel
def total(values):
    """Sum an array in eight fixed lanes: fast, and the same order everywhere."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = values.size - values.size % 8
    for i in range(0, whole, 8):
        s0 += values[i]
        s1 += values[i + 1]
        s2 += values[i + 2]
        s3 += values[i + 3]
        s4 += values[i + 4]
        s5 += values[i + 5]
        s6 += values[i + 6]
        s7 += values[i + 7]
    for i in range(whole, values.size):
        s0 += values[i]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@kernel
def balance(w, opening_usd, out, row):
    """Write the week's closing balance to row ``row`` of the ledger."""
    kg, usd, lines = w.books.kg, w.books.usd, w.lines
    stock, transit = total(w.producers.stock_kg), 0.0
    for line in range(lines.phase.size):
        if lines.phase[line] != codes.SHUT:
            stock += total(lines.stock_kg[line])
            transit += total(lines.arriving_kg[line].ravel())
    found = stock + transit + kg[codes.SEIZED] + kg[codes.LOST] + kg[codes.CONSUMED]
    held = (
        total(w.cartels.capital_usd)
        + total(w.gangs.cash_usd)
        + total(w.producers.cash_usd)
        + total(w.pilots.cash_usd)
    )
    spent = total(usd) - usd[codes.CONSUMERS]
    out.produced_kg[row] = kg[codes.PRODUCED]
    out.stock_kg[row] = stock
    out.transit_kg[row] = transit
    out.seized_kg[row] = kg[codes.SEIZED]
    out.lost_kg[row] = kg[codes.LOST]
    out.consumed_kg[row] = kg[codes.CONSUMED]
    out.residual_kg[row] = kg[codes.PRODUCED] - found
    out.consumers_usd[row] = usd[codes.CONSUMERS]
    out.held_usd[row] = held
    out.spent_usd[row] = spent
    out.residual_usd[row] = opening_usd + usd[codes.CONSUMERS] - (held + spent)


def closes(ledger: LedgerRecord, row: int, opening_usd: float) -> bool:
    """Say whether a closing balance leaves no kilogram and no dollar unaccounted for."""
    kg = abs(ledger.residual_kg[row]) <= TOLERANCE * max(ledger.produced_kg[row], 1.0)
    turnover = abs(opening_usd) + ledger.consumers_usd[row]  # all may begin in debt
    return bool(kg and abs(ledger.residual_usd[row]) <= TOLERANCE * max(turnover, 1.0))


def open_books(world: World) -> None:
    """Begin the books anew: whatever is in store or on its way counts as produced."""
    world.books.kg[:] = world.books.usd[:] = 0.0
    goods = (world.producers.stock_kg, world.lines.stock_kg, world.lines.arriving_kg)
    world.books.kg[codes.PRODUCED] = whole_of(goods)


def opening(world: World) -> float:
    """Return the dollars that everybody holds at the outset."""
    holders = (
        world.cartels.capital_usd,
        world.gangs.cash_usd,
        world.producers.cash_usd,
        world.pilots.cash_usd,
    )
    return whole_of(holders)


def whole_of(parts: Sequence[np.ndarray]) -> float:
    """Return the sum of all that arrays hold, rounded once.

    NumPy's own sum depends in its last bit on the version and the processor.
    """
    return math.fsum(math.fsum(part[part != 0.0]) for part in parts)


def complain(week: int, ledger: LedgerRecord, row: int, own: Sequence[str] = ()) -> LedgerError:
    """Return the error of a week that does not close, with its terms and rules of the user's."""
    terms = ", ".join(f"{f.name} {getattr(ledger, f.name)[row]:.9g}" for f in fields(ledger))
    rules = f"; not the model's own: {', '.join(own)}" if own else ""
    return LedgerError(f"week {week}: the books do not close: {terms}{rules}")
