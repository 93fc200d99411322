"""A folder of results: all of it or nothing, and nobody else's files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

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
    if target.exists() and not target.is_dir():
        raise ScenarioError(f"{target}: is a file, not a folder for results")
    if target.is_dir():
        strangers = sorted(p.name for p in target.iterdir() if not belongs(p))
        if strangers:
            raise ScenarioError(
                f"{target}: holds other files ({strangers[0]}); choose an empty or new folder"
            )
    parent = target.resolve().parent
    while not parent.exists():
        parent = parent.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".airbridge-", dir=parent):
            pass
    except OSError as error:
        raise ScenarioError(f"{target}: cannot be written ({error.strerror})") from None


def belongs(path: Path) -> bool:
    """Say whether a file or folder is part of a saved run."""
    return path.name in (MANIFEST, "figures") or path.suffix == ".parquet"


def swap(work: Path, target: Path) -> None:
    """Move a finished folder into place, keeping the old one until the new one is there."""
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        os.replace(target, old / "was")
    os.replace(work, target)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
