"""Paths: yearly series that move a world from outside, and the table that they stand in.

A path says which series of ``paths.csv`` moves what. A series has a value, a low and a
high for each year; between the middles of years it is a straight line, before the first
and after the last it stays. One ``deviation`` per path says where between low (-1) and
high (1) all its years lie: what is not known about a series is wrong in all years alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sim.errors import ScenarioError, hint, listed
from sim.scenario.markets import Market
from sim.scenario.pack import NUMBER, read_rows
from sim.scenario.rows import Ids, Mode
from sim.scenario.tree import Problem, Tree, data_of
from sim.scenario.values import quantity

TABLE = "paths.csv"
COLUMNS = ("path", "year", "value", "low", "high", "unit", "source", "confidence")
MIDDLE = 0.5  # of a year: there a yearly value stands
# What each kind of path may be told, besides series and deviation; of these, what it needs.
FIELDS: dict[str, tuple[str, ...]] = {
    "supply": ("places", "countries", "response"),
    "demand": ("market",),
    "effort": ("places", "ports", "legs", "agencies", "modes", "share", "booked_by"),
    "currency": ("countries", "market", "share"),
    "purity": (),
}
ONE_OF: dict[str, tuple[str, ...]] = {
    "supply": ("places", "countries"),
    "demand": ("market",),
    "effort": ("places", "ports", "legs", "agencies"),
    "currency": ("countries", "market"),
}


class YearlyPath(BaseModel):
    """A yearly series that moves capacity, demand, effort, a currency or purity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Literal["supply", "demand", "effort", "currency", "purity"] = Field(
        ..., description="supply, demand, effort, currency or purity"
    )
    series: str | None = Field(
        None, min_length=1, description="Series in paths.csv; left out, of the path's own name"
    )
    deviation: float = quantity(
        0.0, "1", -2, 2, "Where all years lie: -1 at their low, 0 at their value, 1 at their high"
    )
    places: Ids = Field((), description="Zones (supply), or places whose outgoing legs it moves")
    countries: Ids = Field((), description="Countries whose zones, or whose local costs, it moves")
    ports: Ids = Field((), description="Effort: sea legs that leave or reach these ports")
    legs: Ids = Field((), description="Effort: legs by name, 'FROM>TO'")
    agencies: Ids = Field((), description="Effort: only legs that these agencies police")
    modes: tuple[Mode, ...] = Field((), description="Effort: only legs of these modes")
    market: Market | None = Field(None, description="Demand, currency: end market, by name or id")
    share: float = quantity(
        1.0, "1", 0, 1, "Effort: part of it that the series moves. Currency: part that is felt"
    )
    response: float = quantity(
        0.0, "1", 0, 1, "Supply: part of capacity's usual response to price that is left"
    )
    booked_by: str | None = Field(
        None, description="Effort: who books what this part takes: departure, arrival or a country"
    )


def without(paths: Mapping[str, YearlyPath], *kinds: str) -> dict[str, YearlyPath]:
    """Return the paths that are left without some kinds.

    Without ``demand`` no currency moves a market either.
    """
    kept = {name: path for name, path in paths.items() if path.kind not in kinds}
    if "demand" not in kinds:
        return kept
    fees = {n: p.model_copy(update={"market": None}) for n, p in kept.items()}
    return {n: p for n, p in fees.items() if p.kind != "currency" or p.countries}


@dataclass(frozen=True)
class Series:
    """One series of the table: values by year, with their ranges."""

    years: tuple[int, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, dates: np.ndarray, deviation: float) -> np.ndarray:
        """Return the series at some dates, given in years such as 2010.5.

        With a deviation d a year's value is ``value + d (high - value)`` above 0 and
        ``value + d (value - low)`` below, at least 0.
        """
        value, low, high = np.array(self.value), np.array(self.low), np.array(self.high)
        side = high - value if deviation > 0 else value - low
        moved = np.maximum(value + deviation * side, 0.0)
        return np.interp(dates, np.array(self.years) + MIDDLE, moved)

    def over(self, year: int, dates: np.ndarray, deviation: float) -> np.ndarray:
        """Return the series over its undisturbed value in the middle of a year."""
        return self.at(dates, deviation) / float(self.at(np.array([year + MIDDLE]), 0.0)[0])


def read_series(folder: Path) -> dict[str, Series]:
    """Read and check the table of a data pack.

    Raises
    ------
    ScenarioError
        If it is missing or anything in it is wrong: a line for each mistake.
    """
    path = folder / TABLE
    if not path.is_file():
        raise ScenarioError(f"{path}: the data pack lacks this table, which paths stand in")
    stat = path.stat()
    return _read(path, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=8)
def _read(path: Path, _: tuple[int, int]) -> dict[str, Series]:
    mistakes: list[str] = []
    rows: dict[str, dict[int, tuple[float, float, float]]] = {}
    for number, cells, whole in read_rows(path, COLUMNS, mistakes):
        if not whole:
            continue
        wrong = list(row_mistakes(cells))
        known = rows.setdefault(cells["path"], {})
        if not wrong and int(cells["year"]) in known:
            wrong = [f"{cells['path']} {cells['year']} stands twice"]
        mistakes += [f"{path}, row {number}: {what}" for what in wrong]
        if not wrong:
            value = float(cells["value"])
            known[int(cells["year"])] = (
                value,
                float(cells["low"] or value),
                float(cells["high"] or value),
            )
    if mistakes:
        raise ScenarioError(listed(mistakes))
    return {name: series_of(years) for name, years in rows.items()}


def series_of(years: Mapping[int, tuple[float, float, float]]) -> Series:
    """Return a series from its rows."""
    order = sorted(years)
    value, low, high = zip(*(years[year] for year in order), strict=True)
    return Series(tuple(order), value, low, high)


def row_mistakes(cells: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with one row."""
    for column in ("path", "unit", "source", "confidence"):
        if not cells[column].strip():
            yield f"{column} is empty"
    if not (cells["year"].isdecimal() and 1900 <= int(cells["year"]) <= 2100):
        yield f"year = {cells['year']:.60} is not a year, 1900..2100"
    numbers = {}
    for column in ("value", "low", "high"):
        text = cells[column]
        if NUMBER.fullmatch(text) and math.isfinite(float(text)):
            numbers[column] = float(text)
            if numbers[column] < 0:
                yield f"{column} = {text:.60} is below 0"
        elif text or column == "value":
            yield f"{column} = {text:.60} is not a number"
    value = numbers.get("value")
    if value is not None and not (numbers.get("low", value) <= value <= numbers.get("high", value)):
        yield f"value = {cells['value']} is outside low {cells['low']} to high {cells['high']}"


def path_problems(tree: Tree) -> Iterator[Problem]:
    """Yield paths without a series, and what does not go with their kind."""
    paths = tree.get("paths")
    rows = paths if isinstance(paths, Mapping) else {}
    found = {name: row for name, row in rows.items() if isinstance(row, Mapping)}
    if not found:
        return
    try:
        known = list(read_series(data_of(tree)))
    except ScenarioError as error:
        for line in str(error).splitlines():
            yield ("paths",), None, f"paths: {line}"
        return
    for name, row in found.items():
        series = row.get("series", name)
        if isinstance(series, str) and series not in known:
            where = ("paths", name, "series") if "series" in row else ("paths", name)
            what = f"paths.{name}: no series '{series}' in {TABLE}{hint(series, known)}"
            yield where, series, what
        yield from kind_problems(name, row)


def kind_problems(name: str, row: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield keys that a path's kind has no use for, and what it lacks."""
    kind = str(row.get("kind"))
    if kind not in FIELDS:
        return
    taken = ("kind", "series", "deviation", *FIELDS[kind])
    for key in row:
        if key not in taken and says_something(key, row[key]):
            what = f"paths.{name}.{key}: a path of kind '{kind}' takes {', '.join(taken)}"
            yield ("paths", name, key), row[key], what
    wanted = ONE_OF.get(kind, ())
    if wanted and not any(row.get(key) for key in wanted):
        choice = " or ".join(f"'{key}'" for key in wanted)
        yield ("paths", name), None, f"paths.{name}: a path of kind '{kind}' needs {choice}"


def says_something(key: str, value: object) -> bool:
    """Say whether a value differs from what a path has where nothing is said."""
    field = YearlyPath.model_fields.get(key)
    usual = field.default if field is not None else value
    return value != usual and not (usual == () and value == [])


def path_ids(tree: Tree) -> Iterator[tuple[tuple[int | str, ...], str, str]]:
    """Yield where paths name an id, of which kind, and the id."""
    paths = tree.get("paths")
    for name, row in paths.items() if isinstance(paths, Mapping) else ():
        if not isinstance(row, Mapping):
            continue
        kinds = {
            "places": "zone" if row.get("kind") == "supply" else "place",
            "ports": "place",
            "legs": "leg",
            "agencies": "agency",
            "countries": "country",
            "market": "market",
        }
        for field, kind in kinds.items():
            value = row.get(field)
            for one in (value,) if isinstance(value, str) else value or ():
                if isinstance(one, str):
                    yield ("paths", name, field), kind, one
