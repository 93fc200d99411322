"""What the network is: places and legs, where goods can go, and who is there.

Places are zones (where coca grows), hubs, ports and end markets; legs are
directed ways between them by air, road, river or sea. The graph from zones to
markets has no cycle. A data pack with a cycle, an unreachable market or a
stranded zone is refused with the places named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from sim.engine.streams import name_key
from sim.errors import ScenarioError
from sim.world.state import Graph

MARKET_FIELDS = {
    "MK_US": "us",
    "MK_EU": "europe",
    "MK_BR": "brazil",
    "MK_SC": "southern_cone",
    "MK_REST": "rest",
}
REFERENCE_YEARS = (2012, 2015)  # conditions "of about 2013": the mean of these years
TABLES = {
    "places": ["id", "name", "country", "kind", "lat", "lon", "reference_price_usd_per_kg"],
    "legs": [
        "from",
        "to",
        "mode",
        "consignment_kg",
        "transit_weeks",
        "cost_usd_per_kg",
        "seizure_prob",
        "capacity_t_per_year",
        "agency",
    ],
    "organisations": [
        "id",
        "name",
        "kind",
        "group",
        "home",
        "places",
        "partners",
        "affiliation",
        "present_from",
        "present_to",
        "members",
        "capital_usd_m",
        "toll_usd_per_kg",
    ],
    "market_lines": ["cartel", "market", "share"],
    "agencies": ["id", "effort"],
    "air_pools": ["hub", "start_countries", "seat_share"],
    "origins": ["market", "country", "share"],
    "cultivation": ["measure", "zone", "year", "value"],
}


@dataclass(frozen=True)
class Network:
    """The data pack of a scenario as tables, and its graph as arrays."""

    folder: Path
    places: pd.DataFrame
    legs: pd.DataFrame
    organisations: pd.DataFrame
    market_lines: pd.DataFrame
    agencies: pd.DataFrame
    air_pools: pd.DataFrame
    origins: pd.DataFrame
    cultivation: pd.DataFrame
    graph: Graph

    @cached_property
    def place_index(self) -> dict[str, int]:
        """Row of each place by id."""
        return {name: i for i, name in enumerate(self.places["id"])}

    @cached_property
    def leg_index(self) -> dict[str, int]:
        """Row of each leg by its name, ``FROM>TO``."""
        return {name: i for i, name in enumerate(self.legs["leg"])}

    @cached_property
    def zones(self) -> list[str]:
        """Ids of the producing zones, in order."""
        return list(self.places.loc[self.places["kind"] == "zone", "id"])

    @cached_property
    def markets(self) -> list[str]:
        """Ids of the end markets, in order."""
        return list(self.places.loc[self.places["kind"] == "market", "id"])

    @cached_property
    def air_legs(self) -> np.ndarray:
        """Rows of the legs that are flown."""
        return np.flatnonzero(self.legs["mode"] == "air")

    @staticmethod
    def load(folder: Path) -> Network:
        """Read and check a data pack.

        Parameters
        ----------
        folder : Path
            Folder with the tables named in ``TABLES``.

        Raises
        ------
        ScenarioError
            If a table or column is missing, a number is no number, a leg names an
            unknown place, or the graph has a cycle, an unreachable market or a
            stranded zone.
        """
        stamp = tuple(
            (folder / f"{name}.csv").stat().st_mtime_ns if (folder / f"{name}.csv").exists() else 0
            for name in TABLES
        )
        return _load(folder, stamp)


@lru_cache(maxsize=8)
def _load(folder: Path, stamp: tuple[int, ...]) -> Network:
    tables = {name: read_table(folder, name, columns) for name, columns in TABLES.items()}
    return assemble(folder, tables)


def assemble(folder: Path, tables: dict[str, pd.DataFrame]) -> Network:
    """Check tables and build the network from them."""
    places, legs = tables["places"], tables["legs"].copy()
    legs["leg"] = legs["from"] + ">" + legs["to"]
    check_values(folder, places, legs)
    check_graph(folder, places, legs)
    return Network(folder=folder, graph=build_graph(places, legs), **{**tables, "legs": legs})


def read_table(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """Read one table of a data pack and check that its columns are there."""
    path = folder / f"{name}.csv"
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise ScenarioError(f"{path}: the data pack lacks this table") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: not a table that can be read ({error})") from None
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ScenarioError(f"{path}: column '{missing[0]}' is missing")
    return table


def check_values(folder: Path, places: pd.DataFrame, legs: pd.DataFrame) -> None:
    """Refuse numbers that are none or out of range, and legs to unknown places."""
    ranges = {
        "consignment_kg": (1, 50_000, "kg"),
        "transit_weeks": (0, 52, "week"),
        "cost_usd_per_kg": (0, 1e6, "USD/kg"),
        "seizure_prob": (0, 0.95, "per consignment"),
    }
    for column, (low, high, unit) in ranges.items():
        values = pd.to_numeric(legs[column], errors="coerce")
        bad = legs[~values.between(low, high)]
        if len(bad):
            row = bad.iloc[0]
            raise ScenarioError(
                f"{folder / 'legs.csv'}: {row['leg']}: {column} = {row[column]} {unit} "
                f"is outside {low}..{high}"
            )
    known = set(places["id"])
    for end in ("from", "to"):
        strange = legs[~legs[end].isin(known)]
        if len(strange):
            row = strange.iloc[0]
            raise ScenarioError(f"{folder / 'legs.csv'}: {row['leg']}: unknown place '{row[end]}'")
    for column in ("id",):
        twice = places[places[column].duplicated()]
        if len(twice):
            raise ScenarioError(f"{folder / 'places.csv'}: '{twice.iloc[0]['id']}' stands twice")


def check_graph(folder: Path, places: pd.DataFrame, legs: pd.DataFrame) -> None:
    """Refuse a cycle, a market that no zone reaches, and a zone that reaches no market."""
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(places["id"])
    graph.add_edges_from(zip(legs["from"], legs["to"], strict=True))
    if not nx.is_directed_acyclic_graph(graph):
        ring = " > ".join(start for start, _ in nx.find_cycle(graph))
        raise ScenarioError(f"{folder / 'legs.csv'}: the legs form a cycle: {ring}")
    zones = set(places.loc[places["kind"] == "zone", "id"])
    markets = set(places.loc[places["kind"] == "market", "id"])
    for market in sorted(markets):
        if not zones & nx.ancestors(graph, market):
            raise ScenarioError(f"{folder / 'legs.csv'}: no zone reaches the market '{market}'")
    for zone in sorted(zones):
        if not markets & nx.descendants(graph, zone):
            raise ScenarioError(f"{folder / 'legs.csv'}: the zone '{zone}' reaches no market")


def build_graph(places: pd.DataFrame, legs: pd.DataFrame) -> Graph:
    """Turn the tables into the arrays that compiled rules walk over."""
    index = {name: i for i, name in enumerate(places["id"])}
    start = legs["from"].map(index).to_numpy(np.int64)
    end = legs["to"].map(index).to_numpy(np.int64)
    tree: nx.DiGraph[int] = nx.DiGraph()
    tree.add_nodes_from(range(len(places)))
    tree.add_edges_from(zip(start.tolist(), end.tolist(), strict=True))
    order = np.array(list(nx.lexicographical_topological_sort(tree)), np.int64)
    out_leg = np.argsort(start, kind="stable").astype(np.int64)
    first_out = np.searchsorted(start[out_leg], np.arange(len(places) + 1)).astype(np.int64)
    market_place = np.flatnonzero(places["kind"] == "market").astype(np.int64)
    reaches = np.zeros((len(market_place), len(legs)), np.bool_)
    for m, goal in enumerate(market_place):
        ahead = nx.ancestors(tree, int(goal)) | {int(goal)}
        reaches[m] = [int(j) in ahead for j in end]
    air = np.full(len(legs), -1, np.int64)
    flown = np.flatnonzero(legs["mode"] == "air")
    air[flown] = np.arange(len(flown))
    weeks = np.maximum(1, np.ceil(legs["transit_weeks"].to_numpy(float))).astype(np.int64)
    return Graph(
        key=keys(list(places["id"])),
        order=order,
        first_out=first_out,
        out_leg=out_leg,
        start=start,
        end=end,
        weeks=weeks,
        air=air,
        reaches=reaches,
        market_place=market_place,
        zone_place=np.flatnonzero(places["kind"] == "zone").astype(np.int64),
    )


def keys(names: list[str]) -> np.ndarray:
    """Return the rows of random draws for named things."""
    return np.array([name_key(name) for name in names], np.int64)


def split_ids(cell: object) -> list[str]:
    """Return the ids of a cell that separates them by semicolons."""
    return [part.strip() for part in str(cell).split(";") if part.strip()] if cell == cell else []
