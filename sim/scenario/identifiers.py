"""The ids of a data pack, and the check that a scenario names only those."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sim.errors import ScenarioError

Location = tuple[int | str, ...]
Problem = tuple[Location, object, str]  # where, the value, what is wrong


@dataclass(frozen=True)
class Identifiers:
    """Ids that a scenario may use, each kind in the order of its table."""

    place: tuple[str, ...]
    zone: tuple[str, ...]
    market: tuple[str, ...]
    leg: tuple[str, ...]
    organisation: tuple[str, ...]
    cartel: tuple[str, ...]
    gang: tuple[str, ...]
    agency: tuple[str, ...]

    @staticmethod
    def load(folder: Path) -> Identifiers:
        """Read the ids of the data pack in ``folder``."""
        paths = [folder / f"{name}.csv" for name in ("places", "legs", "organisations", "agencies")]
        for path in paths:
            if not path.is_file():
                raise ScenarioError(f"{path}: the data pack lacks this table")
        return _load(folder, tuple(path.stat().st_mtime_ns for path in paths))


@lru_cache(maxsize=8)
def _load(folder: Path, stamp: tuple[int, ...]) -> Identifiers:
    places = read_columns(folder / "places.csv", "id", "kind")
    organisations = read_columns(folder / "organisations.csv", "id", "kind")
    legs = read_columns(folder / "legs.csv", "from", "to")
    agencies = read_columns(folder / "agencies.csv", "id")
    return Identifiers(
        place=tuple(name for name, _ in places),
        zone=tuple(name for name, kind in places if kind == "zone"),
        market=tuple(name for name, kind in places if kind == "market"),
        leg=tuple(f"{start}>{end}" for start, end in legs),
        organisation=tuple(name for name, _ in organisations),
        cartel=tuple(name for name, kind in organisations if kind in ("cartel", "both")),
        gang=tuple(name for name, kind in organisations if kind in ("gang", "both")),
        agency=tuple(name for (name,) in agencies),
    )


def read_columns(path: Path, *columns: str) -> list[tuple[str, ...]]:
    """Return the named columns of a table as rows of text."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ScenarioError(f"{path}: column '{missing[0]}' is missing")
            return [tuple(row[name] or "" for name in columns) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError(f"{path}: not a table that can be read ({error})") from None
