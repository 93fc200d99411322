"""A figure of values with their intervals, panel by panel; hollow where there is none."""

from __future__ import annotations

from math import ceil
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.displacement.estimates import FEWEST_PAIRS, counted
from experiments.words import figure_of
from sim.figures.style import BLUE, DARK, DOUBLE_COLUMN, MM, new_figure

WIDEST = 4  # panels in a row
PAGE_MM = 235  # that all panels share, as far as rows can be read
ROW_MM, LEAST_ROW_MM = 4.8, 3.4
FAR = 4.0  # ranges of the intervals, beyond which a value without one is at the edge
TITLE_LETTERS = 24  # of a panel's title on a line, where panels are narrowest
PALE = "#E4E4E4"


def intervals(
    table: pd.DataFrame,
    label: str,
    facet: str,
    titles: dict[str, str],
    line: float | None = None,
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
    across = min(len(titles), WIDEST)
    deep = ceil(len(titles) / across)
    row_mm = float(np.clip((PAGE_MM / deep - 12) / len(rows), LEAST_ROW_MM, ROW_MM))
    figure = new_figure(DOUBLE_COLUMN, (deep * (12 + row_mm * max(len(rows), 2)) + 9) * MM)
    grid = figure.subplots(deep, across, sharey=True, squeeze=False)
    axes = list(grid.flat)
    for spare in axes[len(titles) :]:
        spare.remove()
    for axis, (name, title) in zip(axes, titles.items(), strict=False):
        mine = table[table[facet] == name].set_index(label).reindex(rows)
        draw_panel(axis, mine, line)
        axis.set_xlabel(fill(title, TITLE_LETTERS * WIDEST // across))
    grid[0, 0].set_yticks(np.arange(len(rows)), rows)
    at = f"as in “{rows[-1]}”" if line is None else f"{line:g}"
    scales = f"Dotted line: {at}; each panel has its own scale"
    figure.supxlabel(f"{note(table)}.\n{scales}", x=0.01, ha="left")
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
        ms=3.4,
        capsize=1.5,
        lw=0.9,
        xerr=[some["value"] - some["low"], some["high"] - some["value"]],
    )
    here = mine["value"].iloc[-1] if line is None else line
    if np.isfinite(here):
        axis.axvline(here, color=DARK, lw=0.8, ls=":", zorder=0)
    draw_bare(axis, mine["value"].to_numpy(float), known)
    axis.set_ylim(-0.6, len(mine) - 0.4)
    axis.locator_params(axis="x", nbins=4)
    axis.tick_params(axis="y", length=0)


def draw_bare(axis: Axes, value: np.ndarray, known: np.ndarray) -> None:
    """Draw values without an interval hollow; at the edge, with their number, where far off."""
    at = np.flatnonzero(~known & np.isfinite(value))
    left, right = axis.get_xlim()
    near = np.full(len(at), True)
    if known.any():
        reach = FAR * (right - left)
        near = (value[at] > left - reach) & (value[at] < right + reach)
    axis.plot(value[at[near]], at[near], "o", color=BLUE, ms=3.4, mfc="white")
    ends = axis.get_xlim()
    for row in at[~near]:
        below = value[row] < left
        mark = "<" if below else ">"
        axis.plot(ends[not below], row, mark, color=BLUE, ms=3.4, mfc="white", clip_on=False)
        axis.annotate(
            figure_of(float(value[row])).replace("-", "−"),
            (ends[not below], row),
            xytext=(5 if below else -5, 0),
            textcoords="offset points",
            ha="left" if below else "right",
            va="center",
        )
    if not near.all():
        axis.set_xlim(ends)


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
    return f"{text}; hollow marks have none (at the edge: far off)" if hollow.any() else text
