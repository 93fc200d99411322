"""A figure of values with their intervals, panel by panel."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.style import BLUE, DOUBLE_COLUMN, GREY, new_figure

WIDEST = 4  # panels in a row


def intervals(
    table: pd.DataFrame, label: str, facet: str, titles: dict[str, str], line: float | None = None
) -> Figure:
    """Draw values with intervals by row, one panel for each kind of value.

    Parameters
    ----------
    label, facet : str
        Columns that name rows and panels; the table has value, low and high besides.
    titles : dict
        What stands under each panel, by facet.
    line : float, optional
        Where a dotted line stands; left out, at the first row's value.
    """
    rows = list(dict.fromkeys(table[label]))[::-1]
    deep = ceil(len(titles) / WIDEST)
    height = deep * (0.12 + 0.026 * len(rows)) * DOUBLE_COLUMN
    figure = new_figure(DOUBLE_COLUMN, height)
    grid = figure.subplots(deep, min(len(titles), WIDEST), sharey=True, squeeze=False)
    axes = list(grid.flat)
    for spare in axes[len(titles) :]:
        spare.remove()
    for axis, (name, title) in zip(axes, titles.items(), strict=False):
        mine = table[table[facet] == name].set_index(label).reindex(rows)
        at = np.arange(len(rows))
        known = np.isfinite(mine[["low", "high"]]).all(axis=1).to_numpy()
        some = mine[known]
        axis.errorbar(
            some["value"],
            at[known],
            color=BLUE,
            fmt="o",
            ms=3,
            capsize=1.5,
            lw=0.8,
            xerr=[some["value"] - some["low"], some["high"] - some["value"]],
        )
        axis.plot(mine["value"][~known], at[~known], "o", color=BLUE, ms=3, mfc="white")
        here = mine["value"].iloc[-1] if line is None else line
        if np.isfinite(here):
            axis.axvline(here, color=GREY, lw=0.6, ls=":", zorder=0)
        axis.set_xlabel(title)
    grid[0, 0].set_yticks(np.arange(len(rows)), rows)
    return figure
