"""What a result answers: two commands ask the same if nothing that decides differs.

Names, places on a disk, processes and figures decide nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.scenario.rows import TABLES
from sim.scenario.scenario import Scenario

DATA = "data"  # folder of a result with the tables that its runs have read
SCENARIO = "scenario.toml"  # the resolved scenario, which loads from beside that folder
READ = (*TABLES, "targets")  # tables that a run or its figures read


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
    sizes : mapping of str to int
        What may grow: a study of more replicates takes up a smaller one.
    """

    command: str
    asked: Mapping[str, Any]
    label: str
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A hash of what decides the answer."""
        text = json.dumps([self.command, self.asked], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def record(self) -> dict[str, Any]:
        """Return what a folder's record says of it."""
        return {"question": self.key, "answers": self.label, "sizes": dict(self.sizes)}


def world_of(scenario: Scenario) -> dict[str, Any]:
    """Return all of a scenario and its data that decides a run."""
    tree = scenario.to_tree()
    return {
        "scenario": {k: v for k, v in tree.items() if k not in ("data", "name", "question")},
        "data": {name: hash_file(scenario.data_folder / f"{name}.csv") for name in TABLES},
    }


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
