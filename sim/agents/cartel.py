"""Cartels: organisations that own loads."""

from __future__ import annotations

import numpy as np

from sim.agents.row import Column, Organisation
from sim.rules.ordering import advantage_of, order_step


class Cartel(Organisation):
    """Buys at source, chooses the way, sells in the markets it serves."""

    arrays = "cartels"

    @property
    def group(self) -> str:
        """Nationality group."""
        return self.model.roster.groups[self.row]

    trades = Column(bool)
    """Whether it owns loads now."""

    capital_usd = Column(float)
    """Working capital."""

    @property
    def lines(self) -> np.ndarray:
        """Rows of its order books, one per market."""
        return np.flatnonzero(self.world.lines.cartel == self.row)

    @property
    def stock_kg(self) -> float:
        """Kilograms it owns in store, all places."""
        return float(self.world.lines.stock_kg[self.lines].sum())

    @property
    def transit_kg(self) -> float:
        """Kilograms it has on the way."""
        return float(self.world.lines.arriving_kg[self.lines].sum())

    def _line(self, market: str) -> int:
        m = self.model.network.markets.index(market)
        return next(int(row) for row in self.lines if self.world.lines.market[row] == m)

    def order_kg(self, market: str) -> float:
        """Weekly order for a market."""
        return float(self.world.lines.order_kg[self._line(market)])

    def netback(self, market: str, place: str) -> float:
        """Value in USD of a kilogram at a place, bound for a market."""
        n = self.model.network.place_index[place]
        return float(self.world.lines.value[self._line(market), n])

    def trust(self, place: str) -> float:
        """Trust it enjoys at a place, 0 to 1."""
        return float(self.world.cartels.trust[self.row, self.model.network.place_index[place]])

    @property
    def affiliates(self) -> list[str]:
        """Gangs that work for it, its own arm left out."""
        hired = np.flatnonzero(self.world.gangs.affiliation == self.row)
        return [self.model.roster.names[g] for g in hired if g != self.row]

    def belief(self, leg: str) -> float:
        """Believed probability that a consignment is seized on a leg."""
        return float(self.world.cartels.belief[self.row, self.model.network.leg_index[leg]])

    def decides_growth(self, market: str) -> float:
        """Decide the log change of its order book for a market at this week's margin."""
        row, lines = self._line(market), self.world.lines
        return float(
            order_step(
                advantage_of(lines.margin[row], lines.rest_margin[row]),
                lines.order_kg[row],
                lines.reach_kg[row],
                self.model.scenario.parameters.ordering.record(),
                self.model.scenario.switches.saturation,
            )
        )
