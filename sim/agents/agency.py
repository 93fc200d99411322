"""Agencies: the interdiction force of a country or region."""

from __future__ import annotations

import numpy as np

from sim.agents.row import Column, RowAgent


class Agency(RowAgent):
    """Polices its own legs with a budget of effort."""

    arrays = "agencies"

    @property
    def name(self) -> str:
        """Id in the table of agencies."""
        return str(self.model.network.agencies["id"].iloc[self.row])

    @property
    def legs(self) -> np.ndarray:
        """Rows of the legs it polices."""
        return np.flatnonzero(self.world.legs.agency == self.row)

    budget = Column(float)
    """Effort it can place, summed over its legs."""

    seized_kg = Column(float)
    """Kilograms seized so far."""

    def effort(self, leg: str) -> float:
        """Effort on one leg, campaigns included."""
        e = self.model.network.leg_index[leg]
        return float(
            self.world.legs.effort[e] * self.world.legs.campaign[e] * self.world.legs.steered[e]
        )
