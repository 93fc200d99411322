"""What a result answers: two commands ask the same if nothing that decides differs.

Names, places on a disk, processes and figures decide nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.scenario.rows import TABLES
from sim.scenario.scenario import Scenario

DATA = "data"  # folder of a result with the tables that its runs have read
SCENARIO = "scenario.toml"  # the resolved scenario, which loads from beside that folder
Size = int | list[str]  # a number, or what is listed
READ = (*TABLES, "paths", "targets", "bookings", "observations")  # by a run and what shows it


@dataclass(frozen=True)
class Question:
    """What a command asks.

    Attributes
    ----------
    command : str
        Its name.
    asked : mapping
        All that decides the answer.
    label : str
        The same in a few words, for messages.
    sizes : mapping of str to int or list of str
        What may grow: a study of more replicates or outcomes takes up a smaller one.
    """

    command: str
    asked: Mapping[str, Any]
    label: str
    sizes: Mapping[str, Size] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A hash of what decides the answer."""
        text = json.dumps([self.command, self.asked], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def record(self) -> dict[str, Any]:
        """Return what a folder's record says of it."""
        return {"question": self.key, "answers": self.label, "sizes": dict(self.sizes)}

    def is_of(self, record: Mapping[str, Any]) -> bool:
        """Say whether a record is of this question, whatever its size."""
        return record.get("question") == self.key

    def gains(self, record: Mapping[str, Any]) -> Iterator[str]:
        """Say in what this is larger than the answer of a record."""
        for name, known, now in self._sizes(record):
            if isinstance(known, int) and isinstance(now, int):
                if now > known:
                    yield f"{name} {known} to {now}"
            elif new := items(now, without=known):
                yield f"{name} {new}"

    def losses(self, record: Mapping[str, Any]) -> Iterator[str]:
        """Say what the answer of a record has more than this."""
        for name, known, now in self._sizes(record):
            if isinstance(known, int) and isinstance(now, int):
                if now < known:
                    yield f"{name} = {known}, not {now}"
            elif gone := items(known, without=now):
                yield f"{name} {gone}"

    def _sizes(self, record: Mapping[str, Any]) -> Iterator[tuple[str, Size, Size]]:
        """Yield each size by name: that of a record, and this one's."""
        known = record.get("sizes")
        for name, now in self.sizes.items():
            there = known.get(name) if isinstance(known, dict) else None
            if not isinstance(there, type(now)):  # not known of earlier or damaged records
                there = type(now)()
            yield name, there, now


def items(listed: Size, without: Size) -> str:
    """Return what is in one list and not in another, as words."""
    if isinstance(listed, int) or isinstance(without, int):
        return ""
    return ", ".join(item for item in listed if item not in without)


def world_of(scenario: Scenario) -> dict[str, Any]:
    """Return all of a scenario and its data that decides a run."""
    tree = scenario.to_tree()
    return {
        "scenario": {k: v for k, v in tree.items() if k not in ("data", "name", "question")},
        "data": data_of(scenario),
    }


def deciding(paths: object) -> list[str]:
    """Return the tables that decide a run: that of paths only if it has any."""
    return [*TABLES, *(["paths"] if paths else [])]


def data_of(scenario: Scenario) -> dict[str, str]:
    """Return hashes of the tables that decide a run, without those that a pack lacks."""
    files = {name: scenario.data_folder / f"{name}.csv" for name in deciding(scenario.paths)}
    return {name: hash_file(path) for name, path in files.items() if path.is_file()}


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_world(scenario: Scenario, folder: Path, name: str = SCENARIO) -> None:
    """Write a scenario and the tables it reads, so that a result needs nothing from elsewhere."""
    data = folder / DATA
    data.mkdir(exist_ok=True)
    for table in READ:
        source = scenario.data_folder / f"{table}.csv"
        if source.is_file():
            shutil.copyfile(source, data / source.name)
    kept = scenario.model_copy(update={"data": Path(DATA)})
    (folder / name).write_text(kept.to_toml(), encoding="utf-8")
