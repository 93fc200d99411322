"""An agent that is a row of the world's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

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


class RowAgent(mesa.Agent):
    """A Mesa agent whose state stands in row ``row`` of the arrays."""

    model: Host

    def __init__(self, model: Host, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def world(self) -> World:
        """The arrays behind all agents."""
        return self.model.world
