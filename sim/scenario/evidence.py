"""Tables of evidence, read and checked: file, row, column and value of every mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.errors import ScenarioError, listed
from sim.scenario.pack import NUMBER, read_rows


def read_evidence(path: Path, texts: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Read a table whose columns of text must not be empty and whose numbers must be numbers.

    Where ``value``, ``low`` and ``high`` are asked for, the value lies between the others.

    Raises
    ------
    ScenarioError
        If the file is missing or anything in it is wrong: a line for each mistake.
    """
    if not path.is_file():
        raise ScenarioError(f"{path}: no such table")
    mistakes: list[str] = []
    rows = []
    for number, cells, whole in read_rows(path, [*texts, *numbers], mistakes):
        if not whole:
            continue
        wrong = list(row_mistakes(cells, texts, numbers))
        mistakes += [f"{path}, row {number}: {what}" for what in wrong]
        if not wrong:
            rows.append({**cells, **{name: float(cells[name]) for name in numbers}})
    if not (rows or mistakes):
        mistakes.append(f"{path}: has no rows")
    if mistakes:
        raise ScenarioError(listed(mistakes))
    return pd.DataFrame(rows)


def row_mistakes(
    cells: Mapping[str, str], texts: Sequence[str], numbers: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with one row."""
    yield from (f"{name} is empty" for name in texts if not cells[name].strip())
    bad = [name for name in numbers if not NUMBER.fullmatch(cells[name])]
    yield from (f"{name} = {cells[name]:.60} is not a number" for name in bad)
    if not bad and {"value", "low", "high"} <= set(numbers):
        low, value, high = (float(cells[name]) for name in ("low", "value", "high"))
        if not low <= value <= high:
            told = f"low {cells['low']} to high {cells['high']}"
            yield f"value = {cells['value']} is outside {told}"
