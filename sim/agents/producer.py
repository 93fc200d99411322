"""Producers: groups of growers and laboratories in one zone."""

from __future__ import annotations

from sim.agents.row import Column, RowAgent


class Producer(RowAgent):
    """Makes cocaine, keeps what is unsold at a loss, sells to buyers it trusts."""

    arrays = "producers"

    @property
    def zone(self) -> str:
        """Id of the zone."""
        return self.model.network.zones[int(self.world.producers.zone[self.row])]

    capacity_kg = Column(float)
    """Output per week."""

    stock_kg = Column(float)
    """Unsold stock."""

    ask_usd_per_kg = Column(float)
    """Price below which it keeps its stock."""

    cash_usd = Column(float)
    """Income so far."""

    def trust(self, cartel: str) -> float:
        """Trust in a buyer, 0 to 1: grows with trade, fades without."""
        return float(self.world.producers.trust[self.row, self.model.roster.names.index(cartel)])

    def sells(self) -> bool:
        """Decide whether the local price is worth selling at."""
        zone = self.world.producers.zone[self.row]
        return bool(self.world.zones.price_usd_per_kg[zone] >= self.ask_usd_per_kg)
