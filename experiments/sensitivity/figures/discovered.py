"""Discovered boxes: coverage against density, and their limits."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, Colormap
from matplotlib.figure import Figure

from experiments.sensitivity.figures.text import Labels, _unit
from experiments.words import in_digits, short_names
from sim.figures.style import (
    BLUE,
    DARK,
    DASH,
    DOUBLE_COLUMN,
    GREY,
    MM,
    RED,
    SINGLE_COLUMN,
)

PALE = "#D9D9D9"
QUASI_P = (1.18, 1.34)  # where their columns stand, in widths of the full range


def trade_off(trajectory: pd.DataFrame, chosen: int | None = None) -> Figure:
    """Draw coverage against density of the boxes on a peeling path, the chosen one ringed.

    ``chosen`` is the position of a row; without it the row marked as chosen is ringed.
    """
    if chosen is None:
        chosen = int(np.flatnonzero(trajectory["chosen"])[0])
    figure = Figure(figsize=(SINGLE_COLUMN, 0.8 * SINGLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    most = int(trajectory["n_restricted"].max())
    colours = _steps(most + 1)
    norm = BoundaryNorm(np.arange(-0.5, most + 1), most + 1)
    drawn = axis.scatter(
        trajectory["coverage"],
        trajectory["density"],
        s=14,
        c=trajectory["n_restricted"],
        cmap=colours,
        norm=norm,
        lw=0.3,
        edgecolors=DARK,
        zorder=3,
    )
    best = trajectory.iloc[chosen]
    axis.plot(
        best["coverage"],
        best["density"],
        "o",
        ms=9,
        mfc="none",
        mec=RED,
        mew=1.3,
        zorder=4,
        label="Chosen box",
    )
    unrestricted = trajectory.loc[trajectory["mass"].idxmax(), "density"]
    axis.axhline(unrestricted, color=GREY, ls=DASH, lw=0.7, label="No factor restricted")
    axis.set_xlim(0, 1.04)
    axis.set_ylim(0, 1.04)
    axis.set_xlabel("Coverage (share of cases of interest in the box)")
    axis.set_ylabel("Density (share of its cases that are of interest)")
    figure.legend(loc="outside upper center", ncols=2)
    ticks = np.unique(np.linspace(0, most, min(most + 1, 8)).round().astype(int))
    bar = figure.colorbar(drawn, ax=axis, label="Number of restricted factors", ticks=ticks)
    bar.minorticks_off()
    return figure


def box(limits: pd.DataFrame, labels: Labels = None, units: Labels = None) -> Figure:
    """Draw the limits of a discovered box within the full range of each restricted factor."""
    rows = limits[limits["restricted"]]
    certain = rows[["qp_low", "qp_high"]].min(axis=1).sort_values(kind="stable").index
    rows = rows.loc[certain].reset_index(drop=True)
    names = short_names(list(limits["factor"]), labels)
    figure = Figure(
        figsize=(DOUBLE_COLUMN, (16 + 9 * max(len(rows), 1)) * MM), layout="constrained"
    )
    axis = figure.subplots()
    axis.set_xlim(-0.12, QUASI_P[1] + 0.08)
    axis.set_ylim(len(rows) - 0.4, -0.9)
    axis.set_yticks(
        np.arange(len(rows)), [fill(names[f] + _unit(f, units), 40) for f in rows["factor"]]
    )
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.spines["bottom"].set_bounds(0, 1)
    axis.set_xlabel("Position within the full range of the factor", x=0.62 / (0.2 + QUASI_P[1]))
    if rows.empty:
        axis.text(0.5, -0.65, "No factor is restricted", ha="center", va="center")
        return figure
    for column, text in zip(QUASI_P, ("Quasi-p,\nlow", "Quasi-p,\nhigh"), strict=True):
        axis.text(column, -0.65, text, ha="center", va="center", color=DARK)
    for at, row in enumerate(rows.itertuples()):
        _range(axis, at, row)
    return figure


def _steps(n: int) -> Colormap:
    """Return as many colours as there are numbers of restricted factors, dark to bright."""
    return colormaps["cividis"].resampled(n)


def _range(axis: Axes, at: int, row: Any) -> None:
    """Draw one factor's full range and limits, with their values and quasi-p values."""
    width = row.full_high - row.full_low
    low, high = (row.low - row.full_low) / width, (row.high - row.full_low) / width
    axis.barh(at, 1, color=PALE, height=0.3)
    axis.barh(at, high - low, left=low, color=BLUE, height=0.3)
    digits = 3 - int(np.ceil(np.log10(width)))  # the ends of a sample are not round numbers
    for x, value, side in ((-0.01, row.full_low, "right"), (1.01, row.full_high, "left")):
        axis.text(
            x,
            at,
            in_digits(round(value, digits) + 0.0),
            ha=side,
            va="center",
            color=DARK,
        )
    # Away from each other, so that the values of a narrow box stay apart.
    if row.low > row.full_low:
        axis.text(low + 0.005, at - 0.2, in_digits(row.low), ha="right", va="bottom")
    if row.high < row.full_high:
        axis.text(high - 0.005, at - 0.2, in_digits(row.high), ha="left", va="bottom")
    for x, p in zip(QUASI_P, (row.qp_low, row.qp_high), strict=True):
        text = "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"
        axis.text(x, at, text, ha="center", va="center")
