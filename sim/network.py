"""What the network is: places and legs, where goods can go, and who is there.

Places are zones (where coca grows), hubs, ports and end markets; legs are
directed ways between them by air, road, river or sea. The graph from zones to
markets has no cycle. A data pack with a cycle, an unreachable market or a
stranded zone is refused with the places named.

``Network`` says what there is; the functions below it read it from the tables of a data pack
(``docs/model/data.md``), with the rows that a scenario changes or adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from io import StringIO
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
    organisations: pd.DataFrame  # gangs and cartels
    market_lines: pd.DataFrame  # what share of which market a cartel has
    agencies: pd.DataFrame
    air_pools: pd.DataFrame  # where pilots are hired
    origins: pd.DataFrame  # from which country a market's goods come
    cultivation: pd.DataFrame  # output of zones, by year
    exchanges: pd.DataFrame
    handovers: pd.DataFrame  # how much of what passes for a market is sold at an exchange
    exchange_sellers: pd.DataFrame  # who sells there
    graph: Graph
    trading: tuple[str, ...] = ()  # exchanges of the scenario, the furthest downstream first
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
    def goals(self) -> list[str]:
        """Ids of what a line can be bound for: the end markets, then the exchanges."""
        return [*self.markets, *self.trading]

    @cached_property
    def sources(self) -> list[str]:
        """Ids of where a line can buy: the zones, then the exchanges."""
        return [*self.zones, *self.trading]

    @cached_property
    def market_places(self) -> np.ndarray:
        """Rows of the places of the end markets."""
        return self.graph.market_place[: len(self.markets)]

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
        """Return the network of a scenario: its data pack with the rows it changes or adds.

        With exchanges, these are goals beside the end markets and sources beside the zones.
        """
        base = Network.load(scenario.data_folder)
        text = ""
        if any(getattr(scenario, name) for name in CHANGED):
            text = scenario.model_dump_json(include=set(CHANGED), exclude_none=True)
        stamp = stamp_of(base.folder)
        if scenario.exchanges:
            return _trade(base.folder, stamp, text, scenario.exchanges)
        return _change(base.folder, stamp, text) if text else base


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


@lru_cache(maxsize=8)
def _trade(
    folder: Path, stamp: tuple[tuple[int, int], ...], text: str, opened: bool | tuple[str, ...]
) -> Network:
    base = _change(folder, stamp, text) if text else _load(folder, stamp)
    return open_exchanges(base, opened)


def open_exchanges(network: Network, opened: bool | tuple[str, ...]) -> Network:
    """Return a network in which organisations sell to organisations at some places.

    Parameters
    ----------
    opened : bool or tuple of str
        All exchanges of the data pack, or these.
    """
    known, places = list(network.exchanges["exchange"]), list(network.places["id"])
    chosen = known if opened is True else [name for name in known if name in tuple(opened or ())]
    downstream = [places[n] for n in network.graph.order[::-1]]
    trading = tuple(sorted(chosen, key=downstream.index))
    if not trading:
        return network
    sellers = network.exchange_sellers.rename(columns={"exchange": "market"})
    sellers = sellers[sellers["market"].isin(trading)]
    lines = pd.concat([network.market_lines, sellers], ignore_index=True)
    graph = build_graph(network.places, network.legs, trading)
    return replace(network, graph=graph, market_lines=lines, trading=trading)


def assemble(folder: Path, tables: dict[str, pd.DataFrame]) -> Network:
    """Build the network from checked tables."""
    places, legs = tables["places"], tables["legs"].copy()
    legs["leg"] = legs["from"] + ">" + legs["to"]
    return Network(folder=folder, graph=build_graph(places, legs), **{**tables, "legs": legs})


def read_table(folder: Path, name: str, table: Table) -> pd.DataFrame:
    """Read the rows of a checked table that decide something; ids and names are text."""
    texts: dict[str, Any] = {column: str for column in table.keys if column != "year"}
    for column in table.columns:
        if column not in table.keys:
            kinds = get_args(table.row.model_fields[column].annotation)
            if not {float, int} & set(kinds):
                texts[column] = str
    path = folder / f"{name}.csv"
    if table.optional and not path.is_file():
        return pd.DataFrame(columns=table.columns)
    source: Path | StringIO = path
    if table.read:  # other rows may hold anything
        every = pd.read_csv(source, keep_default_na=False, dtype=str)
        wanted = (every[list(table.read)] == pd.Series(table.read)).all(axis=1)
        source = StringIO(every[wanted].to_csv(index=False))
    return pd.read_csv(source, keep_default_na=False, na_values=[""], dtype=texts)


def build_graph(places: pd.DataFrame, legs: pd.DataFrame, exchanges: tuple[str, ...] = ()) -> Graph:
    """Turn the tables into the arrays that compiled rules walk over.

    Exchanges are goals, after the end markets, and sources, after the zones.
    """
    index = {name: i for i, name in enumerate(places["id"])}
    start = legs["from"].map(index).to_numpy(np.int64)
    end = legs["to"].map(index).to_numpy(np.int64)
    ways: nx.DiGraph[int] = nx.DiGraph()
    ways.add_nodes_from(range(len(places)))
    ways.add_edges_from(zip(start.tolist(), end.tolist(), strict=True))
    order = np.array(list(nx.lexicographical_topological_sort(ways)), np.int64)
    out_leg = np.argsort(start, kind="stable").astype(np.int64)
    first_out = np.searchsorted(start[out_leg], np.arange(len(places) + 1)).astype(np.int64)
    on_the_way = np.array([index[name] for name in exchanges], np.int64)
    ends = np.flatnonzero(places["kind"] == "market").astype(np.int64)
    zones = np.flatnonzero(places["kind"] == "zone").astype(np.int64)
    market_place = np.concatenate([ends, on_the_way])
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
        zone_place=np.concatenate([zones, on_the_way]),
    )


def keys(names: list[str]) -> np.ndarray:
    """Return the rows of random draws for named things."""
    return np.array([name_key(name) for name in names], np.int64)
