"""What every table of a run holds: each column with its type, unit and weight basis.

The types are the same whether a table has rows or none. They are written into the Parquet
files, as metadata of each field, and into ``datapackage.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ScenarioError

Kind = Literal["whole", "number", "text", "label", "day"]
ARROW: dict[Kind, pa.DataType] = {
    "whole": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "label": pa.dictionary(pa.int32(), pa.string()),
    "day": pa.timestamp("ms"),
}
TEXT = pd.Series(["text"]).dtype  # as this version of pandas has it
DAY = "datetime64[s]"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    kind : str
        ``whole`` or other ``number``, ``text``, ``label`` (text of a few values, a pandas
        category) or ``day``.
    unit : str
        Empty where there is none, ``1`` for shares and factors.
    about : str
        What it says.
    basis : str
        ``bulk`` or ``pure`` where a weight, or a price of one, is meant.
    """

    kind: Kind
    unit: str
    about: str
    basis: str = ""

    def metadata(self) -> dict[str, str]:
        """Return unit, basis and meaning as metadata of a field."""
        given = {"unit": self.unit, "basis": self.basis, "description": self.about}
        return {key: value for key, value in given.items() if value}


def text(about: str) -> Column:
    """Declare a column of text."""
    return Column("text", "", about)


def label(about: str) -> Column:
    """Declare a column of a few repeated values."""
    return Column("label", "", about)


def bulk(about: str, unit: str = "kg") -> Column:
    """Declare a column of bulk weights, or of prices of bulk weight."""
    return Column("number", unit, about, "bulk")


def dollars(about: str) -> Column:
    """Declare a column of nominal dollars."""
    return Column("number", "USD", about)


def number(about: str, unit: str = "1") -> Column:
    """Declare a column of any other number."""
    return Column("number", unit, about)


def whole(about: str, unit: str = "1") -> Column:
    """Declare a column of whole numbers."""
    return Column("whole", unit, about)


REPLICATE = {"replicate": whole("Number of the replicate; replicates differ in their luck")}
DAY_OF_WEEK = {
    "week": whole("Week of the run, from 0, the first after the burn-in", "week"),
    "date": Column("day", "", "First day of the week"),
}
YEAR = {"year": whole("Calendar year", "year")}
WEEKLY = REPLICATE | DAY_OF_WEEK | YEAR
CARTEL = {"cartel": label("Id of the owner"), "group": label("Its nationality group")}
OWNER = {"cartel": text("Id of the owner"), "group": text("Its nationality group")}
DOER = {"organisation": text("Id of the organisation"), "group": text("Its nationality group")}
SCHEMAS: dict[str, dict[str, Column]] = {
    "markets": WEEKLY
    | {
        "market": label("Id of the end market"),
        "price_usd_per_kg": bulk("Wholesale price", "USD/kg"),
        "delivered_kg": bulk("Deliveries of the week"),
        "demand_kg": bulk("Demand of the week at the reference price"),
        "retail_usd_per_g": number("Retail price as sold; missing where none is known", "USD/g"),
    },
    "cartels": WEEKLY
    | CARTEL
    | {
        "market": label("Id of the end market that the line serves"),
        "order_kg": bulk("Order of the week"),
        "bought_kg": bulk("Bought from producers"),
        "delivered_kg": bulk("Delivered to the market"),
        "seized_kg": bulk("Seized"),
        "paid_usd": dollars("Paid for goods and their way"),
        "revenue_usd": dollars("Takings"),
        "profit_usd": dollars("Takings less what was paid"),
        "capital_usd": dollars("Working capital of the owner, over all its lines"),
        "margin": number("Expected profit over purchase price"),
    },
    "legs": REPLICATE
    | YEAR
    | {
        "leg": text("Name of the leg, FROM>TO"),
        "from": text("Id of the place where it begins"),
        "to": text("Id of the place where it ends"),
        "mode": text("air, road, river or sea"),
    }
    | OWNER
    | {
        "consignments": whole("Loads sent", "load"),
        "moved_kg": bulk("Sent"),
        "seized_kg": bulk("Seized on the way"),
        "seizures": whole("Loads seized", "load"),
    },
    "places": WEEKLY
    | {
        "place": label("Id of the place"),
        "price_usd_per_kg": bulk("Price there: farm-gate, wholesale or worth", "USD/kg"),
        "stock_kg": bulk("Stock there, of producers and cartels"),
        "killed_in_fights": number("Members of gangs killed in fights of the week", "persons"),
        "made_kg": bulk("Output of the week, of growers there"),
    },
    "pilots": WEEKLY
    | {
        "leg": label("Name of the leg, FROM>TO"),
        "hub": label("Id of the hub whose pilots fly it"),
        "flights_wanted": number("Flights asked for", "flight"),
        "flights": number("Flights flown", "flight"),
        "wage_usd_per_flight": number("Wage of a flight", "USD/flight"),
        "active": number("Pilots of the pool who fly", "persons"),
        "killed": number("Pilots killed", "persons"),
        "detained": number("Pilots detained", "persons"),
    },
    "territory": REPLICATE
    | YEAR
    | {"place": text("Id of the place")}
    | DOER
    | {
        "control": number("Share of the place that it controls at the end of the year"),
        "post": whole("1 where it keeps a post"),
        "trust": number("Trust that it enjoys there"),
        "affiliation": text("Id of the cartel it works for, or empty"),
        "members": number("Its members everywhere", "persons"),
        "toll_usd_per_kg": bulk("Toll on goods that leave the place", "USD/kg"),
    },
    "moves": WEEKLY
    | {"move": text("What was decided")}
    | DOER
    | {
        "place": text("Id of the place, or empty"),
        "other": text("Id of the market or patron concerned, or empty"),
        "usd": dollars("What it cost"),
    },
    "events": WEEKLY
    | {
        "kind": text("Kind of the event"),
        "name": text("Its name in the scenario"),
        "place": text("Ids of its places, ';' between them"),
        "leg": text("Names of its legs, ';' between them"),
    }
    | DOER
    | {
        "kg": bulk("Weight seized in it"),
        "usd": dollars("Money seized in it"),
        "aircraft": whole("Aircraft lost in it", "aircraft"),
        "killed": whole("Persons killed in it", "persons"),
        "detained": whole("Persons detained in it", "persons"),
        "effect": text("What it did, in words"),
        "note": text("Note of the scenario"),
    },
    "ownership": REPLICATE
    | YEAR
    | {"stage": text("Stage of the way: source, air_bridge, inland, border, port, sea or landing")}
    | DOER
    | {
        "owned_kg": bulk("Sent over the stage's legs, or bought at source, as owner"),
        "owned_share": number("Share of that in the stage"),
        "handled_kg": bulk("Passed on from the stage's places, by the control of gangs there"),
    },
    "purchases": REPLICATE
    | YEAR
    | DOER
    | {
        "goal": text("Id of the end market or exchange that it was bought for"),
        "source": text("Id of the zone or exchange where it was bought"),
        "kg": bulk("Bought"),
    },
    "trades": REPLICATE
    | YEAR
    | {
        "exchange": text("Id of the place where goods changed hands"),
        "seller": text("Id of who sold"),
        "seller_group": text("Its nationality group"),
        "buyer": text("Id of who bought, the seller itself for what it takes on"),
        "buyer_group": text("Its nationality group"),
        "kg": bulk("What changed hands"),
        "usd": dollars("Paid for it"),
        "contract_usd": dollars("Spent on dealing with strangers"),
    },
    "exchanges": WEEKLY
    | {
        "exchange": label("Id of the place"),
        "price_usd_per_kg": bulk("Price there", "USD/kg"),
        "arrived_kg": bulk("Offered there in the week"),
    },
    "ledger": REPLICATE
    | DAY_OF_WEEK
    | {
        "produced_kg": bulk("Output, in total since the first week of the burn-in"),
        "stock_kg": bulk("In stock"),
        "transit_kg": bulk("On the way"),
        "seized_kg": bulk("Seized, in total"),
        "lost_kg": bulk("Lost, in total"),
        "consumed_kg": bulk("Consumed, in total"),
        "residual_kg": bulk("Gap of the balance of weights"),
        "consumers_usd": dollars("Paid by consumers, in total"),
        "held_usd": dollars("Held by cartels, gangs, producers and pilots"),
        "spent_usd": dollars("Spent and withdrawn, in total"),
        "residual_usd": dollars("Gap of the balance of dollars"),
    },
}

PANDAS: dict[Kind, Any] = {
    "whole": "int64",
    "number": "float64",
    "text": TEXT,
    "label": "category",
    "day": DAY,
}


def own_columns(name: str) -> list[str]:
    """Return the declared columns of a table but the number of the replicate."""
    return [column for column in SCHEMAS[name] if column != "replicate"]


def conform(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the declared types, which a table without rows cannot show."""
    declared = SCHEMAS.get(name, {})
    wanted = {c: PANDAS[column.kind] for c, column in declared.items() if c in table}
    return table.astype({c: kind for c, kind in wanted.items() if table[c].dtype != kind})


def to_arrow(name: str, table: pd.DataFrame) -> pa.Table:
    """Return a table in Arrow with the declared types, checked.

    A table or column of the user's own that is not declared keeps the type that it has.

    Raises
    ------
    ScenarioError
        If a declared column is missing, or holds what its type cannot.
    """
    declared = SCHEMAS.get(name, {})
    missing = [column for column in declared if column not in table]
    if missing:
        raise ScenarioError(f"table {name}: column '{missing[0]}' is missing")
    made = pa.Table.from_pandas(table, preserve_index=False)
    fields = []
    for field in made.schema:
        if field.name in declared:
            column = declared[field.name]
            metadata = column.metadata() | categories_of(table[field.name])
            field = pa.field(field.name, ARROW[column.kind], metadata=metadata)
        fields.append(field)
    try:
        return made.cast(pa.schema(fields, metadata=made.schema.metadata), safe=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ScenarioError(f"table {name}: not as declared ({error})") from None


def categories_of(column: pd.Series) -> dict[str, str]:
    """Return the values a label may have as metadata: a file without rows would lose them."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return {}
    return {"categories": json.dumps(column.cat.categories.tolist(), default=str)}


def write_table(name: str, table: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet with the declared types; see ``to_arrow``."""
    pq.write_table(to_arrow(name, table), path)


def read_table(name: str, path: Path) -> pd.DataFrame:
    """Read a saved table as it was; Parquet keeps milliseconds where dates have seconds.

    Raises
    ------
    ScenarioError
        If the file is damaged.
    """
    try:
        read = pq.read_table(path)
        table = read.to_pandas()
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise ScenarioError(f"{path}: is damaged or no table ({first})") from None
    for field in read.schema:
        categories = (field.metadata or {}).get(b"categories")
        if categories is not None:
            values = table[field.name].astype("str" if TEXT == "str" else object)
            table[field.name] = pd.Categorical(values, json.loads(categories))
    return conform(name, table.astype(dict.fromkeys(table.select_dtypes("datetime"), DAY)))
