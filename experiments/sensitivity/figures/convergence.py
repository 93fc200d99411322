"""How indices settle as the sample grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from experiments.sensitivity.figures.indices import (
    INDEX_NAMES,
    INDICES,
    LONG_NAME,
    METHODS,
    ranked,
    rows_of,
)
from experiments.sensitivity.figures.text import Labels, _lines
from experiments.words import short_names
from sim.errors import ScenarioError
from sim.figures.style import (
    BLUE,
    DASH,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    MM,
    ORANGE,
    PURPLE,
    RED,
    SINGLE_COLUMN,
    SKY,
    Mark,
)

FOLLOWED = 6  # factors whose convergence is drawn
LABEL_LETTERS = 34  # of a vertical label, on a line
LOOKS = (
    Mark(BLUE, "-", "o"),
    Mark(RED, DASH, "s"),
    Mark(GREEN, "-", "^"),
    Mark(ORANGE, DASH, "D"),
    Mark(PURPLE, "-", "v"),
    Mark(SKY, DASH, "P"),
)


def convergence(table: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw how indices of the leading factors settle as the sample grows, with intervals.

    One panel for each method and index; the factors are those that lead at the largest
    sample by the first method.
    """
    rows = table[(table["outcome"] == outcome) & (table["other"].fillna("") == "")]
    panels = [
        (method, kind)
        for method in dict.fromkeys(rows["method"])
        for kind in INDICES.get(method, ())
        if ((rows["method"] == method) & (rows["index"] == kind)).any()
    ]
    if not panels:
        raise ScenarioError(f"no indices of {outcome}")
    method, leading = panels[0]
    ranks = ranked(rows_of(table, outcome, method), leading)
    factors, names = ranks[:FOLLOWED], short_names(ranks, labels)
    figure = Figure(
        figsize=(
            SINGLE_COLUMN if len(panels) == 1 else DOUBLE_COLUMN,
            (62 + 52 * ((len(panels) - 1) // 2)) * MM,
        ),
        layout="constrained",
    )
    grid = figure.subplots(-(-len(panels) // 2), min(len(panels), 2), squeeze=False).ravel()
    for axis, (method, kind) in zip(grid, panels, strict=False):
        mine = rows[(rows["method"] == method) & (rows["index"] == kind)]
        _follow(axis, mine, [(names[factor], factor) for factor in factors])
        title = _lines(f"{METHODS[method]}: {INDEX_NAMES[kind]}", LABEL_LETTERS)
        axis.set_ylabel(f"{title}\n(95 % interval)")
    for axis in grid[len(panels) :]:
        axis.remove()
    longest = max(len(names[factor]) for factor in factors)
    columns = (1 if longest > LONG_NAME else 2) * (1 if len(panels) == 1 else 2)
    figure.legend(
        *grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=min(columns, 3)
    )
    return figure


def _follow(axis: Axes, rows: pd.DataFrame, factors: Sequence[tuple[str, str]]) -> None:
    """Draw indices of some factors against the size of the sample."""
    for (name, factor), look in zip(factors, LOOKS, strict=False):
        mine = rows[rows["factor"] == factor].sort_values("n")
        axis.fill_between(mine["n"], mine["low"], mine["high"], color=look.colour, alpha=0.15, lw=0)
        axis.plot(
            mine["n"],
            mine["value"],
            color=look.colour,
            ls=look.line,
            marker=look.marker,
            ms=2.8,
            label=name,
        )
    sizes = np.unique(rows["n"])
    axis.set_xscale("log", base=2)
    axis.xaxis.set_minor_locator(NullLocator())
    shown = sizes[:: -(-len(sizes) // 7)]
    axis.set_xticks(shown, [f"{size:,.0f}" for size in shown])
    axis.axhline(0, color=GREY, lw=0.6)
    axis.set_xlabel("Base size of the sample")
