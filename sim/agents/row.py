"""An agent that is a row of the world's arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import mesa

from sim.network import Network
from sim.scenario.scenario import Scenario
from sim.setup.roster import Roster
from sim.world.state import World


class Host(Protocol):
    """What agents need of the model that they live in."""

    scenario: Scenario
    network: Network
    world: World
    roster: Roster

    @property
    def agents_by_type(self) -> Mapping[Any, Any]:
        """Mesa's agents by class."""


class Numbers(WeakKeyDictionary):
    """Counts the agents of each model, from 1, and forgets a model that is gone."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return self.setdefault(model, count(1))


class RowAgent(mesa.Agent):
    """A Mesa agent whose state stands in row ``row`` of the arrays."""

    # Mesa 3.3 counts in a dictionary of the class, which would keep every finished model
    # in memory: some 27 MB a run. Later versions let each model count and do not look here.
    _ids = Numbers()
    model: Host

    def __init__(self, model: Host, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def world(self) -> World:
        """The arrays behind all agents."""
        return self.model.world
