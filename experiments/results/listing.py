"""Which results are in a folder and below, what they answer, and how far they are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from experiments.runner.store import count_runs, is_whole
from sim.errors import ScenarioError
from sim.results.folder import expanded
from sim.results.records import COMPLETE, MANIFEST, RECORDS, STUDY, is_ours, listed, read_record

INSIDE = ("runs", "weekly", "data", "figures")  # folders of a result, which hold no other


@dataclass(frozen=True)
class Result:
    """A result on disk.

    Attributes
    ----------
    folder : str
    kind : str
        ``run`` or ``study``.
    question : str
        What it answers, in a few words.
    runs : int
        Finished runs.
    bytes : int
        What the folder takes on the disk.
    state : str
        ``complete``; ``resumable``: the same command goes on; or ``broken``.
    why : str
        What is broken.
    command : str
        What made it.
    """

    folder: str
    kind: str
    question: str
    runs: int
    bytes: int
    state: str
    why: str = ""
    command: str = ""

    def line(self) -> str:
        """Return it as one line."""
        megabytes = f"{self.bytes / 1e6:.1f} MB"
        runs = f"{self.runs} run{'s' if self.runs != 1 else ''}"
        state = f"{self.state} ({self.why})" if self.why else self.state
        return f"{self.folder}: {self.question}; {runs}, {megabytes}; {state}"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def find(folders: Iterable[str | Path]) -> list[Result]:
    """Return the results in some folders and below, in the order of their names.

    Raises
    ------
    ScenarioError
        If a folder is none.
    """
    found: dict[Path, Result] = {}
    for given in folders:
        top = expanded(given)
        if not top.is_dir():
            raise ScenarioError(f"{given}: is no folder")
        for folder in results_below(top):
            shown = Path(given) / folder.relative_to(top)
            found.setdefault(folder, look(folder, str(shown)))
    return [found[folder] for folder in sorted(found)]


def results_below(top: Path) -> Iterator[Path]:
    """Yield the folders with a record; links are not followed."""
    for place, folders, files in os.walk(top):
        if set(RECORDS) & set(files):
            yield Path(place)
            folders[:] = [name for name in folders if name not in INSIDE]
        folders[:] = [name for name in folders if not name.startswith(".")]


def look(folder: Path, shown: str) -> Result:
    """Return what a folder with a record holds."""
    name = MANIFEST if (folder / MANIFEST).is_file() else STUDY
    kind = "run" if name == MANIFEST else "study"
    try:
        record = read_record(folder / name) or {}
    except ScenarioError as error:
        why = str(error).removeprefix(f"{folder / name}: ").split(";")[0]
        return Result(
            shown,
            kind,
            question="unknown",
            runs=0,
            bytes=size_of(folder),
            state="broken",
            why=f"{name} {why}",
        )
    runs = record.get("replicates", 1) if kind == "run" else count_runs(folder / "runs")
    question = record.get("answers") or ", ".join(record.get("scenarios") or []) or "unknown"
    state, why = state_of(folder, kind, record)
    command = str(record.get("command", ""))
    return Result(
        shown,
        kind,
        question=str(question),
        runs=int(runs),
        bytes=size_of(folder),
        state=state,
        why=why,
        command=command,
    )


def state_of(folder: Path, kind: str, record: dict[str, Any]) -> tuple[str, str]:
    """Return how far a result is, and what is broken."""
    if "incoming" in record:
        return "resumable", "stopped while it was put in place"
    for name, digest in listed(record, "files"):
        if not (folder / name).is_file():
            return "broken", f"{name} is missing"
        if not is_ours(folder, name, [digest]):
            return "broken", f"{name} is no longer as it was written"
    for part in sorted((folder / "runs").glob("part-*")):
        if not is_whole(part):
            return "resumable", f"runs/{part.name} is damaged; its runs are made again"
    return ("complete" if kind == "run" or record.get("state") == COMPLETE else "resumable"), ""


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder and below."""
    sizes = (path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    return sum(sizes)


def as_json(results: Iterable[Result]) -> str:
    """Return results as a list in JSON."""
    return json.dumps([result.to_json() for result in results], indent=2)
