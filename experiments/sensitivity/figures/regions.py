"""Figures of regions: phase diagrams, trade-offs, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm, Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from experiments.sensitivity.figures.text import Labels, _unit
from experiments.words import in_digits, short_names
from sim.errors import ScenarioError
from sim.figures.style import (
    BLACK,
    BLUE,
    DARK,
    DASH,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    MM,
    RED,
    SINGLE_COLUMN,
)

PALE = "#D9D9D9"
CONTOURS = (0.1, 0.25, 0.5, 0.75, 0.9)
DISPLACEMENT_MAP = LinearSegmentedColormap.from_list("displacement", [BLUE, "#F7F7F7", RED])
SHARE_MAP = LinearSegmentedColormap.from_list("share", ["#FFFFFF", GREEN])


def phase(
    grid: pd.DataFrame,
    x: str,
    y: str,
    labels: Labels = None,
    *,
    log_x: bool = False,
    log_y: bool = False,
    units: Labels = None,
) -> Figure:
    """Draw where in the plane of two factors an entrant displaces the incumbents.

    The table has the columns value, low and high, those of the two factors (or x and y)
    and, for a second panel, share. A filled point is one whose interval leaves 0.5 out.
    """
    columns = [x if x in grid else "x", y if y in grid else "y"]
    two = "share" in grid
    figure = Figure(
        figsize=(DOUBLE_COLUMN if two else SINGLE_COLUMN, 72 * MM), layout="constrained"
    )
    axes = figure.subplots(1, 2 if two else 1, squeeze=False)[0]
    logs = (log_x, log_y)
    drawn = _surface(axes[0], grid, columns, "value", logs, DISPLACEMENT_MAP, 1.0)
    bar = figure.colorbar(
        drawn, ax=axes[0], label="Probability of displacement", ticks=[0, *CONTOURS, 1]
    )
    _contours(axes[0], grid, columns, "value", logs, CONTOURS, bar)
    if two:
        share = grid.assign(share=100 * grid["share"])
        most = max(float(share["share"].max()), 1e-6)
        drawn = _surface(axes[1], share, columns, "share", logs, SHARE_MAP, most)
        bar = figure.colorbar(drawn, ax=axes[1], label="Mean share of the entrant, %")
        levels = [tick for tick in MaxNLocator(5).tick_values(0, most) if 0 < tick < most]
        _contours(axes[1], share, columns, "share", logs, levels, bar)
    names = short_names([x, y], labels)
    _points(axes[0], grid, columns, (grid["low"] <= 0.5) & (grid["high"] >= 0.5))
    for axis in axes[1:]:
        _points(axis, grid, columns, pd.Series(False, grid.index))
    for axis in axes:
        axis.set_xlabel(names[x] + _unit(x, units))
        axis.set_ylabel(names[y] + _unit(y, units))
    figure.legend(
        handles=[
            _dot(BLACK, "95 % interval leaves 0.5 out"),
            _dot("white", "95 % interval includes 0.5"),
        ],
        loc="outside upper center",
        ncols=2,
    )
    return figure


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
    axis.set_xlim(-0.12, 1.34)
    axis.set_ylim(len(rows) - 0.4, -0.9)
    axis.set_yticks(
        np.arange(len(rows)), [fill(names[f] + _unit(f, units), 40) for f in rows["factor"]]
    )
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.spines["bottom"].set_bounds(0, 1)
    axis.set_xlabel("Position within the full range of the factor", x=0.62 / 1.46)
    if rows.empty:
        axis.text(0.5, -0.65, "No factor is restricted", ha="center", va="center", fontsize=7)
        return figure
    for column, text in ((1.17, "Quasi-p,\nlow"), (1.29, "Quasi-p,\nhigh")):
        axis.text(column, -0.65, text, ha="center", va="center", fontsize=6, color=DARK)
    for at, row in enumerate(rows.itertuples()):
        _range(axis, at, row)
    return figure


def _table(grid: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return values by the second factor (rows) and the first (columns)."""
    return grid.pivot(index=columns[1], columns=columns[0], values=what)


def _edges(at: np.ndarray, log: bool) -> np.ndarray:
    """Return the edges of the cells around the points of a grid, in the scale of its axis."""
    at = np.log(at) if log else np.asarray(at, float)
    middle = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _surface(
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    colours: Colormap,
    most: float,
) -> QuadMesh:
    """Fill the cell around each point of a grid with the colour of its value."""
    table = _table(grid, columns, what)
    if min(table.shape) < 2:
        raise ScenarioError("a phase map needs two or more values of each factor")
    x, y = (
        _edges(at.to_numpy(float), log)
        for at, log in zip((table.columns, table.index), logs, strict=True)
    )
    for log, scale in zip(logs, (axis.set_xscale, axis.set_yscale), strict=True):
        if log:
            scale("log")
    mesh = axis.pcolormesh(
        x, y, table.to_numpy(float), cmap=colours, vmin=0, vmax=most, rasterized=True
    )
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    if not logs[0]:
        axis.locator_params(axis="x", nbins=5)
    return mesh


def _contours(
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    levels: Sequence[float],
    bar: Any,
) -> None:
    """Draw lines of equal value, and the same lines on the colour bar."""
    table = _table(grid, columns, what)
    values = np.ma.masked_invalid(table.to_numpy(float))
    inside = [level for level in levels if values.min() < level < values.max()]
    if not inside:
        return
    widths = [1.4 if level == 0.5 else 0.7 for level in inside]
    limits = axis.get_xlim(), axis.get_ylim()
    x, y = (
        np.log(at.to_numpy(float)) if log else at.to_numpy(float)
        for at, log in zip((table.columns, table.index), logs, strict=True)
    )
    lines = axis.contour(x, y, values, levels=inside, colors=BLACK, linewidths=widths)
    # Lines are laid between points in the scale of the axes, then brought back to their units.
    for path in lines.get_paths():
        at = np.asarray(path.vertices, float)
        path.vertices = np.where(logs, np.exp(np.where(logs, at, 0.0)), at)
    axis.set(xlim=limits[0], ylim=limits[1])
    bar.add_lines(lines)


def _points(axis: Axes, grid: pd.DataFrame, columns: Sequence[str], undecided: pd.Series) -> None:
    """Draw the points of a grid, filled unless they are undecided."""
    for rows, colour in ((grid[~undecided], BLACK), (grid[undecided], "white")):
        axis.plot(
            rows[columns[0]],
            rows[columns[1]],
            ls="none",
            marker="o",
            ms=2.2,
            mfc=colour,
            mec=BLACK,
            mew=0.5,
        )


def _dot(colour: str, label: str) -> Line2D:
    """Return the entry of a legend for one kind of grid point."""
    return Line2D(
        [], [], ls="none", marker="o", ms=2.6, mfc=colour, mec=BLACK, mew=0.5, label=label
    )


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
            fontsize=6,
            color=DARK,
        )
    # Away from each other, so that the values of a narrow box stay apart.
    if row.low > row.full_low:
        axis.text(low + 0.005, at - 0.2, in_digits(row.low), ha="right", va="bottom", fontsize=6)
    if row.high < row.full_high:
        axis.text(high - 0.005, at - 0.2, in_digits(row.high), ha="left", va="bottom", fontsize=6)
    for x, p in ((1.17, row.qp_low), (1.29, row.qp_high)):
        text = "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"
        axis.text(x, at, text, ha="center", va="center", fontsize=6)
