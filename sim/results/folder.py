"""A folder of results: all of it or nothing, and nobody else's files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.errors import ScenarioError

MANIFEST = "manifest.json"


def check_target(target: Path) -> None:
    """Refuse a place that cannot be written, or that holds anything but a saved run.

    Called before a simulation starts, too, so that no work is lost. Makes nothing.

    Raises
    ------
    ScenarioError
        If results cannot go there.
    """
    ours = listed(target)
    refuse_others(target, (p for p in target.rglob("*") if p.relative_to(target) not in ours))
    parent = target.resolve().parent
    while not parent.exists():
        parent = parent.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".airbridge-", dir=parent):
            pass
    except OSError as error:
        raise ScenarioError(f"{target}: cannot be written ({error.strerror})") from None


def refuse_others(folder: Path, others: Iterable[Path]) -> None:
    """Refuse a place for results that is a file, or a folder that holds other things.

    Raises
    ------
    ScenarioError
        With the name of the first of the other things.
    """
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(f"{folder}: is a file, not a folder for results")
    first = min(others, default=None)
    if first is not None:
        raise ScenarioError(
            f"{folder}: holds other files ({first.relative_to(folder)}); choose a new folder, "
            "or one that this command has made"
        )


def listed(folder: Path) -> set[Path]:
    """Return what is part of the run saved in a folder, as its manifest lists it."""
    try:
        names = json.loads((folder / MANIFEST).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    files = [Path(MANIFEST), *map(Path, names)]
    return {part for file in files for part in (file, *file.parents)}


def files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below, as a manifest lists them."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, in place only when it is whole."""
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(content, indent=2, default=str) + "\n")
    beside.replace(path)


def swap(work: Path, target: Path) -> None:
    """Move a finished folder into place, keeping the old one until the new one is there."""
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        os.replace(target, old / "was")
    os.replace(work, target)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
