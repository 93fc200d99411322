"""Producers: groups of growers and laboratories in one zone."""

from __future__ import annotations

from sim.agents.row import RowAgent


class Producer(RowAgent):
    """Makes cocaine, keeps what is unsold at a loss, sells to buyers it trusts."""

    @property
    def zone(self) -> str:
        """Id of the zone."""
        return self.model.network.zones[int(self.world.producers.zone[self.row])]

    @property
    def capacity_kg(self) -> float:
        """Output per week."""
        return float(self.world.producers.capacity_kg[self.row])

    @property
    def stock_kg(self) -> float:
        """Unsold stock."""
        return float(self.world.producers.stock_kg[self.row])

    @property
    def ask_usd_per_kg(self) -> float:
        """Price below which it keeps its stock."""
        return float(self.world.producers.ask_usd_per_kg[self.row])

    @property
    def cash_usd(self) -> float:
        """Income so far."""
        return float(self.world.producers.cash_usd[self.row])

    def trust(self, cartel: str) -> float:
        """Trust in a buyer, 0 to 1: grows with trade, fades without."""
        return float(self.world.producers.trust[self.row, self.model.roster.names.index(cartel)])

    def sells(self) -> bool:
        """Decide whether the local price is worth selling at."""
        zone = self.world.producers.zone[self.row]
        return bool(self.world.zones.price_usd_per_kg[zone] >= self.ask_usd_per_kg)
