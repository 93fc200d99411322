"""An agent that is a row of the world's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from sim.model import TraffickingModel
    from sim.state import World


class RowAgent(mesa.Agent):
    """A Mesa agent whose state stands in row ``row`` of the arrays."""

    model: TraffickingModel

    def __init__(self, model: TraffickingModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def world(self) -> World:
        """The arrays behind all agents."""
        return self.model.world
