"""Where a result came from: versions, hashes, commit, machine-independent facts."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.engine.code import code_version
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
]


def provenance(
    scenario: Scenario, overrides: list[str], seed: int, replicates: int, started: dt.datetime
) -> dict[str, Any]:
    """Return what a reader needs to run the same again."""
    now = dt.datetime.now(dt.UTC)
    return {
        "command": " ".join(["airbridge", *sys.argv[1:]]),
        "overrides": overrides,
        "seed": seed,
        "replicates": replicates,
        "code_version": code_version(),
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: installed(name) for name in PACKAGES},
        "data_sha256": hashes(scenario.data_folder),
        "started_utc": started.isoformat(timespec="seconds"),
        "wall_time_s": round((now - started).total_seconds(), 3),
    }


def installed(name: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every table of a data pack."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.csv"))
    }


def commit() -> str | None:
    """Return the commit of the checkout this code is part of, if it is part of one."""
    here = Path(__file__)
    try:
        subprocess.run(
            ["git", "ls-files", "--error-unmatch", here.name],
            cwd=here.parent,
            capture_output=True,
            timeout=5,
            check=True,
        )
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=here.parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
