"""What can happen on a date: the kinds of events that a scenario may list.

Every kind is one class; its ``kind`` is the word used in a file. ``sim.shocks.calendar``
says what each does to the world. A lasting event without ``weeks`` holds until
the end of the run. Selections that are left empty do not restrict.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.scenario.markets import Market
from sim.scenario.rows import Ids, Mode
from sim.scenario.values import quantity


def duration() -> Any:
    """Declare how long an event lasts."""
    return quantity(None, "week", 1, 5200, "Duration; left out, the event lasts to the end")


def half_life() -> Any:
    """Declare how fast an event fades."""
    return quantity(
        None, "week", 1, 2600, "Time in which half of the effect is gone; left out, it stays whole"
    )


class EventBase(BaseModel):
    """What every event has: a name, a date, and where the account of it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(..., min_length=1, description="Name, as tables and figures show it")
    date: dt.date = Field(..., description="Day; the event takes place in the week it falls in")
    note: str = Field("", description="Anything a reader should know")
    source: str = Field("", description="Key of sources.csv, a citation, or 'assumed'")


class Raid(EventBase):
    """A raid on an airstrip or depot: a load and an aircraft are lost, the crew is hit."""

    kind: Literal["raid"]
    place: str = Field(..., description="Id of the place that is raided")
    organisation: str = Field(..., description="Id of the cartel that owns the load")
    gang: str = Field(..., description="Id of the gang whose pilots and crew are there")
    kg: float = quantity(..., "kg bulk", 0, 20_000, "Load taken, as far as it is there")
    killed: int = quantity(0, "persons", 0, 100, "Pilots killed")
    detained: int = quantity(0, "persons", 0, 100, "Pilots detained")
    arrested: int = quantity(0, "persons", 0, 1_000, "Members of the gang arrested")


class Campaign(EventBase):
    """More effort, or less, on chosen legs for a while."""

    kind: Literal["campaign"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "1", 0, 20, "Effort as a multiple of the usual effort")
    places: Ids = Field((), description="Ids of places: the legs that leave them")
    legs: Ids = Field((), description="Legs by name, 'FROM>TO'; they add to the places")
    agencies: Ids = Field((), description="Only legs that these agencies police")
    modes: tuple[Mode, ...] = Field((), description="Only legs of these modes")


class Law(EventBase):
    """A lasting change of the rules of interdiction, from its date on."""

    kind: Literal["law"]
    half_life_weeks: float | None = half_life()
    factor: float = quantity(1.0, "1", 0, 20, "Effort as a multiple of the usual effort")
    death_prob: float | None = quantity(
        None, "1/seizure", 0, 1, "New probability that a seized flight's pilot dies"
    )
    places: Ids = Field((), description="Ids of places: the legs that leave them")
    legs: Ids = Field((), description="Legs by name, 'FROM>TO'; they add to the places")
    agencies: Ids = Field((), description="Only legs that these agencies police")
    modes: tuple[Mode, ...] = Field((), description="Only legs of these modes")


class Airstrips(EventBase):
    """Airstrips are destroyed: fewer flights can leave."""

    kind: Literal["airstrips"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "share of flights", 0, 1, "Share of flights still possible")
    places: Ids = Field((), description="Ids of places: the air legs that leave them")
    legs: Ids = Field((), description="Air legs by name, 'FROM>TO'; they add to the places")
    elsewhere: Ids = Field(
        (), description="Ids of places where strips reopen as the event fades; left out, the same"
    )


class Eradication(EventBase):
    """Coca is pulled up: zones can make less."""

    kind: Literal["eradication"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "share of capacity", 0, 1, "Share of capacity that is left")
    places: Ids = Field(..., min_length=1, description="Ids of the zones")


class Supply(EventBase):
    """A boom or a blow at the source: zones can make more, or less."""

    kind: Literal["supply"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "1", 0, 5, "Capacity as a multiple of what it would be")
    places: Ids = Field(..., min_length=1, description="Ids of the zones")


class DemandShift(EventBase):
    """A market wants more or less at the same price, at once or over some years."""

    kind: Literal["demand"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    over_weeks: int = quantity(0, "week", 0, 5200, "Time over which the shift builds up, evenly")
    factor: float = quantity(..., "1", 0, 10, "Demand as a multiple of what it would be")
    market: Market = Field(..., description="End market, by name or id")


class Entry(EventBase):
    """A cartel may begin to serve a market, or has to stop, from this date on."""

    kind: Literal["entry"]
    organisation: str = Field(..., description="Id of the cartel")
    market: Market | None = Field(
        None, description="End market, by name or id; left out, all of its own"
    )
    permitted: bool = Field(True, description="true lets it buy, false stops it")


class PortControls(EventBase):
    """Ports are searched more thoroughly: sea legs that leave or reach them."""

    kind: Literal["port_controls"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "1", 0, 20, "Effort as a multiple of the usual effort")
    places: Ids = Field(..., min_length=1, description="Ids of the ports")


class Decapitation(EventBase):
    """An organisation loses its leaders, and may break up into its chapters."""

    kind: Literal["decapitation"]
    organisation: str = Field(..., description="Id of the organisation")
    cohesion: float = quantity(0.5, "share", 0, 1, "Cohesion that is left; it heals with time")
    capital_share: float = quantity(0.2, "share", 0, 1, "Share of its capital confiscated")
    dissolves: bool = Field(False, description="true breaks it up: chapters and gangs go on alone")


class Truce(EventBase):
    """Gangs fight less, or more, while it lasts."""

    kind: Literal["truce"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    factor: float = quantity(..., "1", 0, 10, "Fights as a multiple of what they would be")
    places: Ids = Field((), description="Ids of places; left out, everywhere")


class TrustShift(EventBase):
    """An organisation is trusted more at places, or less: direct buying, a pact, a war."""

    kind: Literal["trust"]
    weeks: int | None = duration()
    half_life_weeks: float | None = half_life()
    organisation: str = Field(..., description="Id of the organisation")
    places: Ids = Field(..., min_length=1, description="Ids of the places")
    change: float = quantity(..., "share", -1, 1, "Change of its trust there, within 0 and 1")


class Presence(EventBase):
    """An organisation lays down its arms and leaves its places, or appears in those of the data."""

    kind: Literal["presence"]
    organisation: str = Field(..., description="Id of the organisation")
    present: bool = Field(..., description="true: it appears; false: it leaves, its lines run down")


Event = Annotated[
    Raid
    | Campaign
    | Law
    | Airstrips
    | Eradication
    | Supply
    | DemandShift
    | Entry
    | PortControls
    | Decapitation
    | Truce
    | TrustShift
    | Presence,
    Field(discriminator="kind"),
]
KINDS: dict[str, type[EventBase]] = {
    "raid": Raid,
    "campaign": Campaign,
    "law": Law,
    "airstrips": Airstrips,
    "eradication": Eradication,
    "supply": Supply,
    "demand": DemandShift,
    "entry": Entry,
    "port_controls": PortControls,
    "decapitation": Decapitation,
    "truce": Truce,
    "trust": TrustShift,
    "presence": Presence,
}
KEYS = {key: None for kind in KINDS.values() for key in kind.model_fields}  # of any kind


class OfUnknownKind(EventBase):
    """An event whose kind is not known: what it has like any other can be checked all the same."""

    model_config = ConfigDict(extra="ignore")
