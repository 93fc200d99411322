"""The ledger: every kilogram and every dollar, closed every week.

Kilograms: produced = stocked + in transit + seized + lost + consumed.
Dollars: opening capital + paid by consumers = held by cartels, gangs, producers
and pilots + spent on transport, handling, aircraft and networks + withdrawn + spent
by members of gangs.
A week that does not close raises, with the week and the size of the gap.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.engine.compiled import kernel
from sim.world import codes as a
from sim.world.codes import SHUT
from sim.world.state import World

TOLERANCE = 1e-9  # of production, or of dollars that ever came in


class LedgerError(RuntimeError):
    """A week in which a kilogram or a dollar is missing."""


@kernel
def total(values):
    """Sum an array in eight fixed lanes: fast, and the same order everywhere."""
    flat = values.ravel()
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = flat.size - flat.size % 8
    for i in range(0, whole, 8):
        s0 += flat[i]
        s1 += flat[i + 1]
        s2 += flat[i + 2]
        s3 += flat[i + 3]
        s4 += flat[i + 4]
        s5 += flat[i + 5]
        s6 += flat[i + 6]
        s7 += flat[i + 7]
    for i in range(whole, flat.size):
        s0 += flat[i]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@kernel
def balance(lines, cartels, producers, pilots, gangs, books, opening_usd, out):
    """Write the week's closing balance to ``out``.

    Order: produced, stock, transit, seized, lost, consumed and residual in kg;
    paid by consumers, held, spent and residual in USD.
    """
    stock, transit = total(producers.stock_kg), 0.0
    for row in range(lines.phase.size):
        if lines.phase[row] != SHUT:
            stock += total(lines.stock_kg[row])
            transit += total(lines.arriving_kg[row])
    out[0] = books.kg[a.PRODUCED]
    out[1] = stock
    out[2] = transit
    out[3] = books.kg[a.SEIZED]
    out[4] = books.kg[a.LOST]
    out[5] = books.kg[a.CONSUMED]
    out[6] = out[0] - (stock + transit + out[3] + out[4] + out[5])
    out[7] = books.usd[a.CONSUMERS]
    out[8] = (
        total(cartels.capital_usd)
        + total(gangs.cash_usd)
        + total(producers.cash_usd)
        + total(pilots.cash_usd)
    )
    out[9] = total(books.usd) - books.usd[a.CONSUMERS]
    out[10] = opening_usd + out[7] - (out[8] + out[9])


@kernel
def closes(row, opening_usd):
    """Say whether a closing balance leaves no kilogram and no dollar unaccounted for."""
    kg = abs(row[6]) <= TOLERANCE * max(row[0], 1.0)
    usd = abs(row[10]) <= TOLERANCE * max(opening_usd + row[7], 1.0)
    return kg and usd


COLUMNS = [
    "produced_kg",
    "stock_kg",
    "transit_kg",
    "seized_kg",
    "lost_kg",
    "consumed_kg",
    "residual_kg",
    "consumers_usd",
    "held_usd",
    "spent_usd",
    "residual_usd",
]


def opening(world: World) -> float:
    """Return the dollars that everybody holds at the outset."""
    holders = (
        world.cartels.capital_usd,
        world.gangs.cash_usd,
        world.producers.cash_usd,
        world.pilots.cash_usd,
    )
    return float(sum(float(cash.sum()) for cash in holders))


def complain(week: int, row: np.ndarray, own: Sequence[str] = ()) -> LedgerError:
    """Return the error of a week that does not close, with its terms and rules of the user's."""
    terms = ", ".join(f"{name} {value:.9g}" for name, value in zip(COLUMNS, row, strict=True))
    rules = f"; not the model's own: {', '.join(own)}" if own else ""
    return LedgerError(f"week {week}: the books do not close: {terms}{rules}")
