"""Worlds at rest, kept: in memory for the replicates of a process, on disk for the next.

Coming to rest takes longer than a run. What decides it (data, parameters, switches,
organisations, code) names it; a run that differs in luck, length, events, bars or war
chests finds it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.engine.code import code_version
from sim.engine.groups import members
from sim.engine.kept import kept_in
from sim.network import Network
from sim.scenario.pack import stamp_of
from sim.scenario.rows import TABLES
from sim.scenario.scenario import Scenario
from sim.setup.ahead import help_beside
from sim.setup.build import own_arrays
from sim.setup.rest import come_to_rest
from sim.world.state import World

CHANGED = ("organisations", "places", "legs")
IN_MEMORY = 8  # worlds; some 5 MB each
ON_DISK = 200  # worlds; under 1 MB each
UNREADABLE = (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)
_kept: OrderedDict[str, World] = OrderedDict()


def world_at_rest(scenario: Scenario, network: Network) -> World:
    """Return a world at rest with arrays of its own; see ``sim.setup.rest``."""
    name = name_of(scenario)
    if name not in _kept:
        _kept[name] = read(name, network) or rested(scenario, network)
        write(name, _kept[name])
        while len(_kept) > IN_MEMORY:
            _kept.popitem(last=False)
    _kept.move_to_end(name)
    return own_arrays(_kept[name])


def rested(scenario: Scenario, network: Network) -> World:
    """Let a world come to rest; what the first of all has to compile is done by two."""
    with help_beside():
        return come_to_rest(scenario, network)


def name_of(scenario: Scenario) -> str:
    """Return a hash of all that decides how a world comes to rest."""
    # As JSON, since 26 and 26.0 are the same number.
    parameters = scenario.parameters.model_dump(mode="json", exclude={"observation"})
    for number in list(parameters["demand"]):
        if number.startswith("growth_from") or number.endswith("growth_per_year"):
            del parameters["demand"][number]  # growth comes after rest
    changed = scenario.model_dump(mode="json", include=set(CHANGED), exclude_none=True)
    for row in changed["organisations"].values():
        row.pop("capital_usd_m", None)
    changed["organisations"] = {key: row for key, row in changed["organisations"].items() if row}
    parts = {
        "code": code_version(),
        "parameters": parameters,
        "switches": scenario.switches.model_dump(),
        "exchanges": scenario.exchanges,
        "changed": changed,
        "data": data_print(scenario.data_folder, stamp_of(scenario.data_folder)),
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@lru_cache(maxsize=8)
def data_print(folder: Path, _: tuple[tuple[int, int], ...]) -> str:
    """Return a hash of the tables of a data pack that decide a run."""
    digest = hashlib.sha256()
    for name in TABLES:
        path = folder / f"{name}.csv"
        digest.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def read(name: str, network: Network) -> World | None:
    """Read a world from disk; None if it is not there or cannot be read."""
    folder = kept_in()
    if folder is None:
        return None
    path = folder / f"rest-{name}.npz"
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            groups = []
            for label, kind in World.__annotations__.items():
                if label != "graph":
                    group = kinds()[str(kind)]
                    names = group.__annotations__
                    groups.append(group(**{n: file[f"{label}.{n}"] for n in names}))
        return World(network.graph, *groups)
    except UNREADABLE:
        with suppress(OSError):  # so that a whole one takes its place
            path.unlink(missing_ok=True)
        return None


def kinds() -> dict[str, type]:
    """Return the groups of a world by name."""
    from sim.world import state

    return {name: kind for name, kind in vars(state).items() if isinstance(kind, type)}


def write(name: str, world: World) -> None:
    """Write a world to disk, whole or not at all, and drop the oldest of too many."""
    folder = kept_in()
    if folder is None or (folder / f"rest-{name}.npz").exists():
        return
    with suppress(OSError):  # a disk that is full or cannot be written costs time, nothing else
        arrays: dict[str, np.ndarray] = {}
        for label, group in zip(World.__annotations__, members(world), strict=True):
            if label != "graph":
                arrays |= {f"{label}.{n}": getattr(group, n) for n in type(group).__annotations__}
        handle, work = tempfile.mkstemp(prefix=".rest-", suffix=".npz", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
            os.replace(work, folder / f"rest-{name}.npz")
        finally:
            with suppress(FileNotFoundError):
                os.remove(work)
        worlds = sorted(folder.glob("rest-*.npz"), key=lambda path: path.stat().st_mtime)
        for old in worlds[:-ON_DISK]:
            old.unlink(missing_ok=True)
