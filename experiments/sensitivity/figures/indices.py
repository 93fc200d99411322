"""Sensitivity indices in figures: what they are called, which lead, what is noted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.sensitivity.figures.text import _lines
from sim.errors import ScenarioError

SHOWN = 25  # factors in a figure that could hold more than are readable
LONG_NAME = 22  # letters, from which names of factors need the width of two columns
NAME_LETTERS = 44  # of the name of a factor beside an axis, on a line
# The leading index, by which factors are sorted, comes first.
INDICES = {
    "morris": ("mu_star",),
    "sobol": ("ST", "S1"),
    "fast": ("ST", "S1"),
    "rbd_fast": ("S1",),
    "delta": ("delta", "S1"),
    "pawn": ("median",),
    "hdmr": ("ST", "S"),
}
INDEX_NAMES = {
    "mu_star": r"Mean absolute effect $\mu^*$",
    "ST": "Total $S_T$",
    "S1": "First-order $S_1$",
    "S": "First-order $S$",
    "delta": r"Moment-independent $\delta$",
    "median": "Median distance",
}
METHODS = {
    "morris": "Elementary effects",
    "sobol": "Sobol′",
    "fast": "eFAST",
    "rbd_fast": "RBD-FAST",
    "delta": "Delta",
    "pawn": "PAWN",
    "hdmr": "HDMR",
}


def rows_of(indices: pd.DataFrame, outcome: str, method: str) -> pd.DataFrame:
    """Return the indices of one outcome by one method at its largest sample."""
    rows = indices[(indices["outcome"] == outcome) & (indices["method"] == method)]
    if rows.empty:
        raise ScenarioError(f"no {method} indices of {outcome}")
    rows = rows.assign(other=rows["other"].fillna(""))
    return rows[rows["n"] == rows["n"].max()]


def ranked(rows: pd.DataFrame, leading: str) -> list[str]:
    """Return factors from the one that matters most to the one that matters least."""
    mine = rows[(rows["index"] == leading) & (rows["other"] == "")]
    return list(mine.sort_values("value", ascending=False, kind="stable")["factor"])


def note_of(shown: int, known: int, intervals: bool, method: str = "") -> str:
    """Say what a reader of the axis should know: method, intervals, and factors left out."""
    parts = [method] * bool(method) + ["95 % interval"] * intervals
    if shown < known:
        parts.append(f"{shown} leading factors of {known}")
    return f"\n({'; '.join(parts)})" if parts else ""


def numbered(factors: Sequence[str]) -> list[tuple[int, str]]:
    """Return factors with their rank, from one."""
    return list(enumerate(factors, 1))


def wrapped(names: Mapping[str, str]) -> dict[str, str]:
    """Return names on as many lines as they need beside an axis."""
    return {factor: _lines(name, NAME_LETTERS) for factor, name in names.items()}
