"""The ledger: every kilogram and every dollar, closed every week.

Kilograms: produced = stocked + in transit + seized + lost + consumed.
Dollars: opening capital + paid by consumers = held by cartels, gangs, producers
and pilots + spent on transport, handling and aircraft + withdrawn.
A week that does not close raises, with the week and the size of the gap.
"""

from __future__ import annotations

import numpy as np

from sim import accounts as a
from sim.compiled import kernel
from sim.state import World

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
    stock = total(lines.stock_kg) + total(producers.stock_kg)
    transit = total(lines.arriving_kg)
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
    out[9] = (
        books.usd[a.TRANSPORT]
        + books.usd[a.HANDLING]
        + books.usd[a.AIRCRAFT]
        + books.usd[a.WITHDRAWN]
    )
    out[10] = opening_usd + out[7] - (out[8] + out[9])


COLUMNS = ["produced_kg", "stock_kg", "transit_kg", "seized_kg", "lost_kg", "consumed_kg",
           "residual_kg", "consumers_usd", "held_usd", "spent_usd", "residual_usd"]  # fmt: skip


class Ledger:
    """Keeps the score of one world and refuses to close an unbalanced week."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.opening_usd = float(
            world.cartels.capital_usd.sum()
            + world.gangs.cash_usd.sum()
            + world.producers.cash_usd.sum()
            + world.pilots.cash_usd.sum()
        )
        self.row = np.zeros(len(COLUMNS))

    def close(self, week: int) -> None:
        """Balance the books of a week.

        Raises
        ------
        LedgerError
            If kilograms or dollars do not close to ``TOLERANCE``.
        """
        w = self._world
        balance(w.lines, w.cartels, w.producers, w.pilots, w.gangs, w.books,
                self.opening_usd, self.row)  # fmt: skip
        self._check(week, "kg", self.row[6], self.row[0], COLUMNS[:6], self.row[:6])
        turnover = self.opening_usd + self.row[7]
        self._check(week, "USD", self.row[10], turnover, COLUMNS[7:10], self.row[7:10])

    @staticmethod
    def _check(week: int, unit: str, gap: float, scale: float, names: list[str],
               values: np.ndarray) -> None:  # fmt: skip
        if not abs(gap) <= TOLERANCE * max(scale, 1.0):
            parts = ", ".join(
                f"{n} {v:.6g}" for n, v in zip(names, values, strict=True)
            )
            raise LedgerError(
                f"week {week}: {gap:.6g} {unit} unaccounted for ({parts})"
            )
