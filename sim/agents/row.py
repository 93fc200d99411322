"""Agents that are rows of the world's arrays, and what they read there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar, overload

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


Value = TypeVar("Value")


class Column(Generic[Value]):
    """What an agent reads in its row of the array of the same name.

    ``cash_usd = Column(float)`` in the class of gangs is ``world.gangs.cash_usd[row]``.
    """

    def __init__(self, kind: Callable[[Any], Value]) -> None:
        self.kind = kind

    def __set_name__(self, owner: type[RowAgent], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type[RowAgent]) -> Column[Value]: ...

    @overload
    def __get__(self, agent: RowAgent, owner: type[RowAgent]) -> Value: ...

    def __get__(self, agent: RowAgent | None, owner: type[RowAgent]) -> Column[Value] | Value:
        if agent is None:
            return self
        return self.kind(getattr(getattr(agent.world, owner.arrays), self.name)[agent.row])

    def __set__(self, agent: RowAgent, value: object) -> NoReturn:
        array = f"model.world.{agent.arrays}.{self.name}"
        raise AttributeError(f"{self.name} is read only; write {array}[{agent.row}]")


class RowAgent(mesa.Agent):
    """A Mesa agent whose state stands in row ``row`` of its kind's arrays."""

    arrays: ClassVar[str]  # of its kind, in the world
    model: Host

    def __init__(self, model: Host, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def world(self) -> World:
        """The arrays behind all agents."""
        return self.model.world


class Organisation(RowAgent):
    """A gang or a cartel: a row of the table of organisations."""

    @property
    def name(self) -> str:
        """Id in the table of organisations."""
        return self.model.roster.names[self.row]
