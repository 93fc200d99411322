"""Agencies: the interdiction force of a country or region."""

from __future__ import annotations

import numpy as np

from sim.agents.row import RowAgent


class Agency(RowAgent):
    """Polices its own legs with a budget of effort."""

    @property
    def name(self) -> str:
        """Id in the table of agencies."""
        return str(self.model.network.agencies["id"].iloc[self.row])

    @property
    def legs(self) -> np.ndarray:
        """Rows of the legs it polices."""
        return np.flatnonzero(self.world.legs.agency == self.row)

    @property
    def budget(self) -> float:
        """Effort it can place, summed over its legs."""
        return float(self.world.agencies.budget[self.row])

    @property
    def seized_kg(self) -> float:
        """Kilograms seized so far."""
        return float(self.world.agencies.seized_kg[self.row])

    def effort(self, leg: str) -> float:
        """Effort on one leg, campaigns included."""
        e = self.model.network.leg_index[leg]
        return float(
            self.world.legs.effort[e] * self.world.legs.campaign[e] * self.world.legs.steered[e]
        )
