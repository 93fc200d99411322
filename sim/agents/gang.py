"""Gangs: they control places."""

from __future__ import annotations

from sim.agents.row import Column, Organisation
from sim.rules.tolls import whole_toll


class Gang(Organisation):
    """Charges tolls where it is present, fights for places, may work for a cartel."""

    arrays = "gangs"

    members = Column(float)
    """Members."""

    cash_usd = Column(float)
    """Tolls and retainers that it has kept."""

    @property
    def toll_usd_per_kg(self) -> float:
        """Toll it asks of strangers' loads where it holds most."""
        gangs = self.world.gangs
        return float(whole_toll(self.row, int(gangs.control[self.row].argmax()), gangs))

    @property
    def affiliation(self) -> str | None:
        """Cartel it is affiliated with, or None."""
        row = self.world.gangs.affiliation[self.row]
        return None if row < 0 else self.model.roster.names[row]

    def control(self, place: str) -> float:
        """Share of control of a place, 0 to 1."""
        return float(self.world.gangs.control[self.row, self.model.network.place_index[place]])
