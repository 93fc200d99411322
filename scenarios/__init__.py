"""The library: scenario files and the data pack that travel with the software."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["LIBRARY", "data_folder", "library"]

LIBRARY = Path(str(files("scenarios")))


def library() -> dict[str, Path]:
    """Return the scenario files of the library by name, in alphabetical order."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.toml"))}


def data_folder() -> Path:
    """Return the folder of the packaged data tables."""
    return LIBRARY / "data"
