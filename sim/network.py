"""What the network is: places and legs, where goods can go, and who is there.

Places are zones (where coca grows), hubs, ports and end markets; legs are
directed ways between them by air, road, river or sea. The graph from zones to
markets has no cycle. A data pack with a cycle, an unreachable market or a
stranded zone is refused with the places named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import networkx as nx
import numpy as np
import pandas as pd

from sim.engine.streams import name_key
from sim.scenario.changes import Changes, change
from sim.scenario.markets import MARKET_NAMES
from sim.scenario.pack import REFERENCE_YEARS, read_pack, split_ids, stamp_of
from sim.scenario.rows import TABLES, Table
from sim.scenario.tree import CHANGED
from sim.world.state import Graph

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

MARKET_FIELDS = {market: name for name, market in MARKET_NAMES.items()}  # as numbers name them
__all__ = ["MARKET_FIELDS", "REFERENCE_YEARS", "Network", "build_graph", "keys", "split_ids"]


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
    added: frozenset[str] = frozenset()  # organisations that the scenario adds
    trust: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # given by the scenario

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
            Folder with the tables named in ``sim.scenario.rows``.

        Raises
        ------
        ScenarioError
            If anything is wrong with it: a line for each mistake, with file, row,
            column, value and range.
        """
        read_pack(folder)
        return _load(folder, stamp_of(folder))

    @staticmethod
    def of(scenario: Scenario) -> Network:
        """Return the network of a scenario: its data pack with the rows it changes or adds."""
        base = Network.load(scenario.data_folder)
        if not any(getattr(scenario, name) for name in CHANGED):
            return base
        text = scenario.model_dump_json(include=set(CHANGED), exclude_none=True)
        return _change(base.folder, stamp_of(base.folder), text)


@lru_cache(maxsize=8)
def _load(folder: Path, stamp: tuple[tuple[int, int], ...]) -> Network:
    return assemble(folder, {name: read_table(folder, name, TABLES[name]) for name in TABLES})


@lru_cache(maxsize=8)
def _change(folder: Path, stamp: tuple[tuple[int, int], ...], text: str) -> Network:
    base, changes = _load(folder, stamp), Changes.model_validate_json(text)
    tables = change({name: getattr(base, name) for name in TABLES}, changes)
    moved = changes.places or changes.legs
    network = assemble(folder, tables) if moved else replace(base, **tables)
    rows = changes.organisations
    return replace(
        network,
        added=frozenset(rows) - set(base.organisations["id"]),
        trust={name: row.trust for name, row in rows.items() if row.trust is not None},
    )


def assemble(folder: Path, tables: dict[str, pd.DataFrame]) -> Network:
    """Build the network from checked tables."""
    places, legs = tables["places"], tables["legs"].copy()
    legs["leg"] = legs["from"] + ">" + legs["to"]
    return Network(folder=folder, graph=build_graph(places, legs), **{**tables, "legs": legs})


def read_table(folder: Path, name: str, table: Table) -> pd.DataFrame:
    """Read one table of a data pack that has been checked; ids and names are text."""
    texts: dict[str, Any] = {column: str for column in table.keys if column != "year"}
    for column in table.columns:
        if column not in table.keys:
            kinds = get_args(table.row.model_fields[column].annotation)
            if not {float, int} & set(kinds):
                texts[column] = str
    path = folder / f"{name}.csv"
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=texts)


def build_graph(places: pd.DataFrame, legs: pd.DataFrame) -> Graph:
    """Turn the tables into the arrays that compiled rules walk over."""
    index = {name: i for i, name in enumerate(places["id"])}
    start = legs["from"].map(index).to_numpy(np.int64)
    end = legs["to"].map(index).to_numpy(np.int64)
    ways: nx.DiGraph[int] = nx.DiGraph()
    ways.add_nodes_from(range(len(places)))
    ways.add_edges_from(zip(start.tolist(), end.tolist(), strict=True))
    order = np.array(list(nx.lexicographical_topological_sort(ways)), np.int64)
    out_leg = np.argsort(start, kind="stable").astype(np.int64)
    first_out = np.searchsorted(start[out_leg], np.arange(len(places) + 1)).astype(np.int64)
    market_place = np.flatnonzero(places["kind"] == "market").astype(np.int64)
    reaches = np.zeros((len(market_place), len(legs)), np.bool_)
    for m, goal in enumerate(market_place):
        ahead = nx.ancestors(ways, int(goal)) | {int(goal)}
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
