"""Where a result came from: versions, hashes, commit, machine-independent facts."""

from __future__ import annotations

import datetime as dt
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.engine.code import code_version
from sim.results.question import hash_file
from sim.scenario.scenario import Scenario

PACKAGES = [
    "airbridge",
    "mesa",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "networkx",
    "matplotlib",
    "scipy",
    "SALib",
    "ema-workbench",
    "distributed",
]


def provenance(worlds: Sequence[Scenario], started: dt.datetime, **asked: Any) -> dict[str, Any]:
    """Return what a reader needs to make the same again: the manifest of a run or a study.

    Parameters
    ----------
    worlds : sequence of Scenario
        What was run; all on one data pack.
    started : datetime
        When work began, in UTC; it ends now.
    **asked
        What was asked for besides, such as seed, replicates and overrides.
    """
    now = dt.datetime.now(dt.UTC)
    return {
        "command": " ".join(["airbridge", *sys.argv[1:]]),
        "scenarios": [world.name for world in worlds],
        **asked,
        "code_version": code_version(),
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: installed(name) for name in PACKAGES},
        "data_sha256": hashes(worlds[0].data_folder) if worlds else {},
        "started_utc": started.isoformat(timespec="seconds"),
        "wall_time_s": max(round((now - started).total_seconds(), 3), 0.0),
    }


def installed(name: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every table of a data pack."""
    return {path.name: hash_file(path) for path in sorted(folder.glob("*.csv"))}


def commit() -> str | None:
    """Return the commit of the checkout this code is part of, if it is part of one."""
    here = Path(__file__)
    try:
        git("ls-files", "--error-unmatch", here.name)
        return git("rev-parse", "HEAD")
    except (OSError, subprocess.SubprocessError):
        return None


def git(*words: str) -> str:
    """Return what git says of the checkout that this file is in."""
    done = subprocess.run(
        ["git", *words],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=5,
        check=True,
    )
    return done.stdout.strip()
