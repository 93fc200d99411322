"""A result that is one file: put in place when it is whole, and over no other unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import ScenarioError
from sim.results.folder import try_out
from sim.results.records import BESIDE


def refuse_taken(target: Path, replace: bool) -> None:
    """Refuse a place for a file, before there is a result to lose.

    Raises
    ------
    ScenarioError
        If something stands there already, or no file of that name can be written there.
    """
    try_out(target.parent, target.name)
    refuse_standing(target, replace)


def refuse_standing(target: Path, replace: bool) -> None:
    """Refuse a folder, and unless it is to be replaced a file, where a file is to go."""
    if target.is_dir():
        raise ScenarioError(f"{target}: is a folder; name a file")
    if os.path.lexists(target) and not replace:
        raise ScenarioError(f"{target}: is there already; name another, or say --replace")


@contextmanager
def room_beside(target: Path) -> Iterator[Path]:
    """Give a new folder beside a place for results, which is gone at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=BESIDE, dir=target.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def written_whole(target: Path, replace: bool) -> Iterator[Path]:
    """Give the path at which to write a file that is moved to its place at the end.

    It has the name that it will have there, in a folder of its own.

    Raises
    ------
    ScenarioError
        If something stands there by then.
    """
    with room_beside(target) as work:
        yield work / target.name
        refuse_standing(target, replace)
        (work / target.name).chmod(0o644)
        os.replace(work / target.name, target)
