"""What a row of each table of a data pack holds: columns, units, ranges, names of others.

The files of a pack and the rows that a scenario changes or adds are checked by the
same declarations. A column that is not declared here is for the reader only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.scenario.markets import Market
from sim.scenario.values import quantity

Ids = tuple[str, ...]
USUAL_KIND = "both"  # of a new organisation
Mode = Literal["air", "road", "river", "sea"]


class Row(BaseModel):
    """A row without the columns that tell it from others."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    needed: ClassVar[tuple[str, ...]] = ()  # of a new row
    refers: ClassVar[dict[str, str]] = {}  # column: kind of the id, or ids, that it holds
    files_lack: ClassVar[tuple[str, ...]] = ()  # columns that only a scenario has


class Place(Row):
    """Where goods are made, change hands, or are sold."""

    name: str | None = Field(None, description="Name, as tables and figures show it")
    country: str | None = Field(None, description="Country; it decides who flies from there")
    kind: Literal["zone", "hub", "port", "market"] | None = Field(
        None, description="zone (coca grows there), hub, port or market"
    )
    lat: float | None = quantity(None, "degrees", -90, 90, "Latitude")
    lon: float | None = quantity(None, "degrees", -180, 180, "Longitude")
    reference_price_usd_per_kg: float | None = quantity(
        None, "USD/kg bulk", 1, 1e6, "Wholesale price about 2013, farm-gate price in a zone"
    )
    output_t_per_year: float | None = quantity(
        None, "t pure", 0, 5_000, "Output of a new zone; weighs it within its country"
    )

    needed = ("country", "kind", "lat", "lon", "reference_price_usd_per_kg")
    files_lack = ("output_t_per_year",)


class Leg(Row):
    """A way from one place to another."""

    mode: Mode | None = Field(None, description="air, road, river or sea")
    consignment_kg: float | None = quantity(None, "kg bulk", 1, 50_000, "Size of a whole load")
    transit_weeks: float | None = quantity(None, "week", 0, 52, "Time on the way")
    cost_usd_per_kg: float | None = quantity(None, "USD/kg bulk", 0, 1e6, "Fee of the carrier")
    seizure_prob: float | None = quantity(
        None, "per consignment", 0, 0.95, "Chance that a load is seized at effort 1"
    )
    capacity_t_per_year: float | None = quantity(
        None,
        "t bulk",
        0.001,
        1e5,
        "Flow above which fees rise; left out, as its usual flow implies",
    )
    agency: str | None = Field(None, description="Id of the agency that polices it")

    needed = (
        "mode",
        "consignment_kg",
        "transit_weeks",
        "cost_usd_per_kg",
        "seizure_prob",
        "agency",
    )
    refers = {"agency": "agency"}


class Organisation(Row):
    """Who holds places (a gang), owns loads (a cartel), or both."""

    name: str | None = Field(None, description="Name, as tables and figures show it")
    kind: Literal["gang", "cartel", "both"] | None = Field(
        None, description="gang, cartel or both; a new one is both unless it says otherwise"
    )
    group: str | None = Field(None, min_length=1, description="Nationality group")
    home: str | None = Field(None, description="Id of the place where it has full trust")
    places: Ids | None = Field(None, description="Ids of places it holds; its home, left out")
    partners: Ids | None = Field(
        None, description="Ids of kin and allies: it is trusted where they are"
    )
    affiliation: str | None = Field(
        None, description="Id of the cartel a gang works for, or 'none'"
    )
    present_from: int | None = quantity(None, "year", 1900, 2100, "First year of presence")
    present_to: int | None = quantity(None, "year", 1900, 2100, "Last year of presence")
    members: float | None = quantity(None, "persons", 0, 1e6, "Members of a gang")
    capital_usd_m: float | None = quantity(None, "million USD", 0, 100_000, "Working capital")
    toll_usd_per_kg: float | None = quantity(
        None, "USD/kg bulk", 0, 10_000, "Toll on goods that leave its places"
    )
    trust: dict[str, float] | None = Field(
        None, description="Trust that needs no upkeep, 0 to 1, by place; else as home and kin give"
    )
    shares: dict[Market, float] | None = Field(
        None,
        description="Shares of deliveries, 0 to 1, by market; others make room in proportion. "
        "Left out, a new organisation owns no loads until that pays for it",
    )

    needed = ("group", "home")
    refers = {"home": "place", "places": "place", "partners": "organisation"}
    files_lack = ("trust", "shares")


class MarketLine(Row):
    """A cartel's share of an end market about 2013."""

    share: float | None = quantity(None, "share of deliveries", 0, 1, "Share of deliveries")

    needed = ("share",)


class Agency(Row):
    """The interdiction force of a country or region."""

    effort: float | None = quantity(None, "1", 0, 100, "Factor on seizure odds of its legs")

    needed = ("effort",)


class AirPool(Row):
    """Aircrews that share a hub and fly from some countries."""

    start_countries: Ids | None = Field(None, description="Countries its flights leave from")
    seat_share: float | None = quantity(None, "share of seats", 0, 1, "Share of all seats")

    needed = ("seat_share",)


class Origin(Row):
    """Where an end market's cocaine comes from."""

    share: float | None = quantity(None, "share of purchases", 0, 1, "Share of purchases")

    needed = ("share",)


class Exchange(Row):
    """A place where organisations sell to organisations."""

    contract_cost: float | None = quantity(
        None, "share of price", 0, 1, "What dealing with a stranger costs a buyer"
    )
    cover_weeks: float | None = quantity(
        None, "week", 0.5, 26, "Weeks of sales that usually lie in store there"
    )

    needed = ("contract_cost", "cover_weeks")


class Handover(Row):
    """How often goods change hands at an exchange on their way to a market."""

    sold_share: float | None = quantity(
        None, "share of what passes", 0, 0.95, "Share of what passes that is sold there"
    )

    needed = ("sold_share",)


class ExchangeSeller(Row):
    """A cartel's share of what is sold at an exchange about 2013."""

    share: float | None = quantity(None, "share of sales", 0, 1, "Share of what is sold there")

    needed = ("share",)


class Cultivation(Row):
    """A measure of cultivation; the model reads output by zone."""

    value: float | None = quantity(None, "1", 0, 1e9, "Value")

    needed = ("value",)


@dataclass(frozen=True)
class Table:
    """A file of the pack: the columns that tell rows apart, and what a row holds besides."""

    row: type[Row]
    keys: dict[str, str]  # column: kind of the id that stands there; "" for a new one
    read: dict[str, str] | None = None  # only rows with these values decide anything
    optional: bool = False  # a pack without it has no such thing

    @property
    def columns(self) -> list[str]:
        """Names of all declared columns of the file."""
        held = [name for name in self.row.model_fields if name not in self.row.files_lack]
        return [*self.keys, *held]


TABLES = {
    "places": Table(Place, {"id": ""}),
    "legs": Table(Leg, {"from": "place", "to": "place"}),
    "organisations": Table(Organisation, {"id": ""}),
    "market_lines": Table(MarketLine, {"cartel": "cartel", "market": "market"}),
    "agencies": Table(Agency, {"id": ""}),
    "air_pools": Table(AirPool, {"hub": "place"}),
    "origins": Table(Origin, {"market": "market", "country": "country of zones"}),
    "cultivation": Table(
        Cultivation, {"measure": "", "zone": "zone", "year": "year"}, {"measure": "zone_output"}
    ),
    "exchanges": Table(Exchange, {"exchange": "place on the way"}, optional=True),
    "handovers": Table(Handover, {"exchange": "exchange", "market": "market"}, optional=True),
    "exchange_sellers": Table(
        ExchangeSeller, {"exchange": "exchange", "cartel": "cartel"}, optional=True
    ),
}
