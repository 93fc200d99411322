"""A figure of values with their intervals, panel by panel; hollow where there is none."""

from __future__ import annotations

from math import ceil
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.displacement.estimates import FEWEST_PAIRS, counted
from sim.figures.style import BLUE, DOUBLE_COLUMN, GREY, MM, new_figure

WIDEST = 4  # panels in a row
FEW_ROWS = 40  # rows up to which so many panels stand in a row
ROW_MM = 4.4
TITLE_LETTERS = 24  # of a panel's title on a line, where panels are narrowest
PALE = "#E4E4E4"


def intervals(
    table: pd.DataFrame, label: str, facet: str, titles: dict[str, str], line: float | None = None
) -> Figure:
    """Draw values with intervals by row, one panel for each kind of value.

    Parameters
    ----------
    label, facet : str
        Columns that name rows and panels; the table has value, low, high and pairs besides.
    titles : dict
        What stands under each panel, by facet.
    line : float, optional
        Where a dotted line stands; left out, at the first row's value.
    """
    rows = list(dict.fromkeys(table[label]))[::-1]
    across = min(len(titles), WIDEST if len(rows) <= FEW_ROWS else WIDEST // 2)
    deep = ceil(len(titles) / across)
    figure = new_figure(DOUBLE_COLUMN, (deep * (11 + ROW_MM * len(rows)) + 6) * MM)
    grid = figure.subplots(deep, across, sharey=True, squeeze=False)
    axes = list(grid.flat)
    for spare in axes[len(titles) :]:
        spare.remove()
    for axis, (name, title) in zip(axes, titles.items(), strict=False):
        mine = table[table[facet] == name].set_index(label).reindex(rows)
        draw_panel(axis, mine, line)
        axis.set_xlabel(fill(title, TITLE_LETTERS * WIDEST // across))
    grid[0, 0].set_yticks(np.arange(len(rows)), rows)
    figure.supxlabel(note(table), fontsize=6.5, x=0.01, ha="left")
    return figure


def draw_panel(axis: Axes, mine: pd.DataFrame, line: float | None) -> None:
    """Draw the values of one panel by row, with a line at each row to read along."""
    at = np.arange(len(mine))
    known = np.isfinite(mine[["low", "high"]]).all(axis=1).to_numpy()
    some = mine[known]
    axis.hlines(at, 0, 1, transform=axis.get_yaxis_transform(), color=PALE, lw=0.4, zorder=0)
    axis.errorbar(
        some["value"],
        at[known],
        color=BLUE,
        fmt="o",
        ms=3.2,
        capsize=1.5,
        lw=0.9,
        xerr=[some["value"] - some["low"], some["high"] - some["value"]],
    )
    axis.plot(mine["value"][~known], at[~known], "o", color=BLUE, ms=3.2, mfc="white")
    here = mine["value"].iloc[-1] if line is None else line
    if np.isfinite(here):
        axis.axvline(here, color=GREY, lw=0.7, ls=":", zorder=0)
    axis.set_ylim(-0.6, len(mine) - 0.4)
    axis.locator_params(axis="x", nbins=5)
    axis.tick_params(axis="y", length=0)


def note(table: pd.DataFrame) -> str:
    """Say how many pairs values are of, and what hollow marks are."""
    pairs = int(table["pairs"].max())
    if pairs < FEWEST_PAIRS:
        return (
            f"Hollow marks: values of {counted(pairs)}, without an interval, "
            f"which takes {FEWEST_PAIRS}"
        )
    text = f"Values of {counted(pairs)} with 95 % intervals"
    hollow = ~np.isfinite(table[["low", "high"]]).all(axis=1) & np.isfinite(table["value"])
    return f"{text}; hollow marks have none" if hollow.any() else text
