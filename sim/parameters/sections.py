"""Sections of the register: the numbers that one rule, or a few, read together."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from sim.engine.groups import group, members
from sim.parameters.registry import Entry, register


class Section(BaseModel):
    """A group of numbers that are read together; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    if TYPE_CHECKING:  # which numbers there are stands in the register

        def __init__(self, **numbers: float) -> None: ...

        def __getattr__(self, name: str) -> float: ...

    def record(self) -> Any:
        """Return the numbers as a group that compiled rules read by name."""
        kind = type(self)
        return _group_of(kind)(*(float(getattr(self, name)) for name in kind.model_fields))


Kind = TypeVar("Kind", bound=Section)


@cache
def _group_of(section: type[Section]) -> Any:
    """Return the group class with the numbers of a section as its members."""
    names = dict.fromkeys(section.model_fields, float)
    made: Any = group(type(section.__name__, (), {"__annotations__": names}))
    made.__reduce__ = lambda numbers: (_record, (section, tuple(members(numbers))))
    return made


def _record(section: type[Section], numbers: tuple[float, ...]) -> Any:
    """Return the numbers of a section as they were put away."""
    return _group_of(section)(*numbers)


def registered(section: type[Kind]) -> type[Kind]:
    """Give a section its numbers: those that the register has under its name."""
    fields: dict[str, Any] = {}
    for entry in register():
        holder, name = entry.name.split(".")
        if holder == section.__name__.lower():
            fields[name] = float, _field(entry)
    name, told = section.__name__, section.__doc__
    return create_model(name, __base__=section, __module__=__name__, __doc__=told, **fields)


def _field(entry: Entry) -> Any:
    return Field(
        default=entry.default,
        ge=entry.low,
        le=entry.high,
        description=entry.about,
        json_schema_extra={"unit": entry.unit, "source": entry.source, "role": entry.role},
    )


@registered
class Demand(Section):
    """Yearly consumption of each end market and how it moves.

    Levels are those of about 2013 and are held there unless a growth rate says
    otherwise; growth is a constant yearly log rate from ``growth_from_year``.
    """


@registered
class Market(Section):
    """How end markets price what arrives."""


@registered
class Exchange(Section):
    """How goods change hands on the way: price, ties, what dealing with strangers costs."""


@registered
class Production(Section):
    """Growers and laboratories: capacity, unsold stock, the local price."""


@registered
class Routing(Section):
    """What a kilogram is worth at each place, and which way it goes."""


@registered
class Ordering(Section):
    """How cartels size their order books and split them over zones."""


@registered
class Flying(Section):
    """Pilots: who flies, at what wage, at which risk."""


@registered
class Interdiction(Section):
    """Forces, and what a seizure takes."""


@registered
class Learning(Section):
    """How organisations and pilots turn seizures into a belief about risk."""


@registered
class Expansion(Section):
    """How organisations invest in corridors, markets and their own size, and give up."""


@registered
class Affiliation(Section):
    """What gangs ask for working for a cartel."""


@registered
class Territory(Section):
    """Contests over places, fights, tolls, members."""


@registered
class Observation(Section):
    """What is reported of a run: it changes what is observed, never the run."""


class Parameters(BaseModel):
    """All sections of the register, in its order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    demand: Demand = Demand()
    market: Market = Market()
    exchange: Exchange = Exchange()
    production: Production = Production()
    routing: Routing = Routing()
    ordering: Ordering = Ordering()
    flying: Flying = Flying()
    interdiction: Interdiction = Interdiction()
    learning: Learning = Learning()
    expansion: Expansion = Expansion()
    affiliation: Affiliation = Affiliation()
    territory: Territory = Territory()
    observation: Observation = Observation()
