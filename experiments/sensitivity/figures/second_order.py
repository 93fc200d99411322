"""Second-order indices of pairs of factors: a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from experiments.sensitivity.figures.indices import (
    SHOWN,
    note_of,
    numbered,
    ranked,
    rows_of,
    wrapped,
)
from experiments.sensitivity.figures.text import Labels, _lines, _name
from experiments.words import short_names
from sim.figures.style import (
    BLACK,
    DOUBLE_COLUMN,
    MM,
    ORANGE,
    SINGLE_COLUMN,
    SKY,
)

# Light enough at their ends for black crosses.
FIRST_MAP = LinearSegmentedColormap.from_list("first order", ["#FFFFFF", ORANGE])
SECOND_MAP = LinearSegmentedColormap.from_list("second order", ["#FFFFFF", SKY])


def heat_map(indices: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw second-order indices of pairs of factors, first-order ones on the diagonal.

    Factors are numbered by rank; their names stand beside the rows. A cross marks a cell
    whose interval includes zero.
    """
    rows = rows_of(indices, outcome, "sobol")
    leading = "ST" if (rows["index"] == "ST").any() else "S1"
    ranks = ranked(rows, leading)
    factors, names = ranks[:SHOWN], wrapped(short_names(ranks, labels))
    first, second, doubtful = _matrices(rows, factors)
    figure = Figure(figsize=_map_size(factors, names), layout="constrained")
    panels = figure.subplot_mosaic([["map", "first"], ["map", "second"]], width_ratios=[1, 0.035])
    axis = panels["map"]
    for name, values, colours, title in (
        ("first", first, FIRST_MAP, "First-order $S_1$"),
        ("second", second, SECOND_MAP, "Second-order $S_2$"),
    ):
        most = np.nanmax(values, initial=0.0)
        drawn = axis.imshow(
            values, cmap=colours, norm=Normalize(0, most if most > 0 else 1.0), aspect="auto"
        )
        low = "min" if np.nanmin(values, initial=0.0) < 0 else "neither"
        figure.colorbar(drawn, cax=panels[name], label=title, extend=low)
    rows_at, columns_at = np.nonzero(doubtful)
    size = min(3.5, 60 / len(factors))
    axis.plot(
        columns_at, rows_at, "x", color=BLACK, ms=size, mew=0.6, label="95 % interval includes 0"
    )
    axis.set_xticks(np.arange(len(factors)), [str(k) for k, _ in numbered(factors)])
    axis.set_yticks(np.arange(len(factors)), [f"{names[f]}  {k}" for k, f in numbered(factors)])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    note = note_of(len(factors), len(ranks), False)
    axis.set_xlabel(_lines(f"Shares of the variance of {_name(outcome, labels)}", 50) + note)
    if doubtful.any():
        figure.legend(loc="outside upper center")
    return figure


def _matrices(
    rows: pd.DataFrame, factors: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first- and second-order indices by row and column, and which may be zero."""
    place = {factor: k for k, factor in enumerate(factors)}
    first, second = np.full((2, len(factors), len(factors)), np.nan)
    doubtful = np.zeros(first.shape, bool)
    for row in rows[rows["index"].isin(["S1", "S2"])].to_dict("records"):
        pair = [row["factor"], row["other"] or row["factor"]]
        if not set(pair) <= set(place):
            continue
        j, i = sorted(place[factor] for factor in pair)
        (first if row["index"] == "S1" else second)[i, j] = row["value"]
        doubtful[i, j] = row["low"] <= 0 <= row["high"]
    return first, second, doubtful


def _map_size(factors: Sequence[str], names: Mapping[str, str]) -> tuple[float, float]:
    """Return the size of a figure that holds a map, square if names allow, and names beside it."""
    longest = max(len(line) for factor in factors for line in names[factor].split("\n"))
    letters = longest * 1.25 * MM
    cells = len(factors)
    width = SINGLE_COLUMN if cells <= 8 and letters < 35 * MM else DOUBLE_COLUMN
    side = min(width - letters - 28 * MM, max(cells, 4) * 11 * MM)
    lines = max(names[factor].count("\n") + 1 for factor in factors)
    return width, max(side, cells * lines * 3.3 * MM) + 26 * MM
