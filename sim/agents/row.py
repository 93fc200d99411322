"""An agent that is a row of the world's arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import mesa

if TYPE_CHECKING:
    from sim.model import TraffickingModel
    from sim.state import World


class Numbers(WeakKeyDictionary):
    """Counts the agents of each model, from 1, and forgets a model that is gone."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return self.setdefault(model, count(1))


class RowAgent(mesa.Agent):
    """A Mesa agent whose state stands in row ``row`` of the arrays."""

    # Mesa 3.3 counts in a dictionary of the class, which would keep every finished model
    # in memory: some 27 MB a run. Later versions let each model count and do not look here.
    _ids = Numbers()
    model: TraffickingModel

    def __init__(self, model: TraffickingModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def world(self) -> World:
        """The arrays behind all agents."""
        return self.model.world
