"""Figures of regions: phase diagrams, trade-offs, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

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
TICKS = 4  # on a side of a map, as large values need room
NEAR_EDGE = 0.06  # of a map, within which a contour's value would be cut
ROOM = 0.09  # of a map, that the value of a contour takes
QUASI_P = (1.18, 1.34)  # where their columns stand, in widths of the full range
CONTOURS = (0.1, 0.25, 0.5, 0.75, 0.9)
# Darker with every step, so that it reads in grey as well; the points are black on both ends.
DISPLACEMENT_MAP = LinearSegmentedColormap.from_list("displacement", ["#FBF6EE", "#F6D9B8", RED])
SHARE_MAP = LinearSegmentedColormap.from_list("share", ["#F2F7F4", GREEN])


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
        figsize=(DOUBLE_COLUMN if two else SINGLE_COLUMN, 78 * MM), layout="constrained"
    )
    axes = figure.subplots(1, 2 if two else 1, squeeze=False)[0]
    logs = (log_x, log_y)
    drawn = _surface(
        axes[0],
        grid,
        columns=columns,
        what="value",
        logs=logs,
        colours=DISPLACEMENT_MAP,
        limits=(0.0, 1.0),
    )
    label = "Probability of displacement"
    figure.colorbar(drawn, ax=axes[0], label=label, ticks=[0, *CONTOURS, 1])
    _contours(axes[0], grid, columns=columns, what="value", logs=logs, levels=CONTOURS)
    if two:
        share = grid.assign(share=100 * grid["share"])
        _levels(
            figure,
            axes[1],
            grid=share,
            columns=columns,
            what="share",
            logs=logs,
            label="Mean share of the entrant, %",
        )
    names = short_names([x, y], labels)
    undecided = ~((grid["low"] > 0.5) | (grid["high"] < 0.5))
    for axis in axes:
        _points(axis, grid, columns, undecided)
        axis.set_xlabel(names[x] + _unit(x, units))
        axis.set_ylabel(names[y] + _unit(y, units))
    figure.legend(
        handles=[
            _dot(BLACK, "95 % interval leaves 0.5 out"),
            _dot("white", "95 % interval includes 0.5, or there is none"),
        ],
        loc="outside upper center",
        ncols=2 if two else 1,
    )
    return figure


def level_map(
    grid: pd.DataFrame,
    x: str,
    y: str,
    what: str,
    labels: Labels = None,
    *,
    log_x: bool = False,
    log_y: bool = False,
) -> Figure:
    """Draw the mean of an outcome in the plane of two factors, with labelled contours."""
    figure = Figure(figsize=(SINGLE_COLUMN, 78 * MM), layout="constrained")
    axis = figure.subplots()
    names = short_names([x, y], labels)
    _levels(
        figure,
        axis,
        grid=grid,
        columns=[x, y],
        what=what,
        logs=(log_x, log_y),
        label=(labels or {}).get(what, what),
    )
    _points(axis, grid, [x, y], pd.Series(False, grid.index))
    axis.set_xlabel(names[x])
    axis.set_ylabel(names[y])
    return figure


def _levels(
    figure: Figure,
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    label: str,
) -> None:
    """Fill the cells of a grid with a mean, from its lowest value or nothing upwards."""
    values = grid[what].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(values))), float(np.nanmax(values))
    if low == 0.0 and float(np.nanmin(values)) > high / 2:
        low = float(np.nanmin(values))  # a mean far from nothing shows its own differences
    high = high if high > low else low + 1e-6
    drawn = _surface(
        axis, grid, columns=columns, what=what, logs=logs, colours=SHARE_MAP, limits=(low, high)
    )
    figure.colorbar(drawn, ax=axis, label=label)
    inside = [tick for tick in MaxNLocator(5).tick_values(low, high) if low < tick < high]
    _contours(axis, grid, columns=columns, what=what, logs=logs, levels=inside)


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


def _table(grid: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return values by the second factor (rows) and the first (columns)."""
    return grid.pivot(index=columns[1], columns=columns[0], values=what)


def _edges(at: np.ndarray, log: bool) -> np.ndarray:
    """Return the edges of the cells around the points of a grid, in the scale of its axis.

    Cells end half-way between points, and at the first and the last point: nothing is
    drawn where nothing was run.
    """
    at = np.log(at) if log else np.asarray(at, float)
    edges = np.concatenate([at[:1], (at[1:] + at[:-1]) / 2, at[-1:]])
    return np.exp(edges) if log else edges


def _surface(
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    colours: Colormap,
    limits: tuple[float, float],
) -> QuadMesh:
    """Fill the cell around each point of a grid with the colour of its value."""
    table = _table(grid, columns, what)
    if min(table.shape) < 2:
        raise ScenarioError("a phase map needs two or more values of each factor")
    ends = [at.to_numpy(float) for at in (table.columns, table.index)]
    x, y = (_edges(at, log) for at, log in zip(ends, logs, strict=True))
    for log, scale in zip(logs, (axis.set_xscale, axis.set_yscale), strict=True):
        if log:
            scale("log")
    mesh = axis.pcolormesh(
        x, y, table.to_numpy(float), cmap=colours, vmin=limits[0], vmax=limits[1], rasterized=True
    )
    axis.set_xlim(ends[0][0], ends[0][-1])
    axis.set_ylim(ends[1][0], ends[1][-1])
    for side, at in zip((axis.xaxis, axis.yaxis), ends, strict=True):
        shown = at[:: -(-len(at) // TICKS)]
        side.set_major_locator(FixedLocator(shown))
        side.set_major_formatter(FuncFormatter(lambda value, _: in_digits(value).replace("-", "−")))
        side.set_minor_locator(NullLocator())
    return mesh


def _contours(
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    levels: Sequence[float],
) -> None:
    """Draw lines of equal value, each with its value on it."""
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
    taken = _in_axes(axis, grid[[*columns]].to_numpy(float))
    for level, path in zip(inside, lines.get_paths(), strict=True):
        for part in path.to_polygons(closed_only=False):  # each line of its own
            written = _write_level(axis, level, _in_axes(axis, np.asarray(part)), taken)
            taken = np.concatenate([taken, written])


def _in_axes(axis: Axes, points: np.ndarray) -> np.ndarray:
    """Return points as shares of the width and height of a panel."""
    return np.asarray(axis.transLimits.transform(axis.transScale.transform(points)), float)


def _write_level(axis: Axes, level: float, line: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Write the value of a contour on it, off the edges, the points and other values.

    Spots are shares of the panel. Returns where the value stands, or nothing if the line is
    too short to have one.
    """
    if np.hypot(*np.diff(line, axis=0).T).sum() < ROOM:
        return np.empty((0, 2))
    along = np.linspace(0.0, 1.0, 21)[:, None]
    spots = np.concatenate([(1 - along) * a + along * b for a, b in pairwise(line)])
    edge = np.minimum(spots, 1 - spots).min(axis=1)
    away = np.hypot(*(spots[:, None] - taken).transpose(2, 0, 1)).min(axis=1)
    # Room beyond what a value takes is worth nothing, the middle of the map a little.
    room = np.minimum(edge, NEAR_EDGE) / NEAR_EDGE + np.minimum(away, ROOM) / ROOM
    best = spots[(room + 0.1 * edge).argmax()]
    x, y = np.clip(best, NEAR_EDGE, 1 - NEAR_EDGE)
    axis.text(
        float(x),
        float(y),
        in_digits(level),
        transform=axis.transAxes,
        ha="center",
        va="center",
        zorder=6,
        path_effects=[withStroke(linewidth=1.6, foreground="white", alpha=0.85)],
    )
    return best[None]


def _points(axis: Axes, grid: pd.DataFrame, columns: Sequence[str], undecided: pd.Series) -> None:
    """Draw the points of a grid, filled unless they are undecided."""
    for rows, colour in ((grid[~undecided], BLACK), (grid[undecided], "white")):
        if rows.empty:
            continue  # nothing, where it is not clipped, would upset the layout
        axis.plot(
            rows[columns[0]],
            rows[columns[1]],
            ls="none",
            marker="o",
            ms=2.2,
            mfc=colour,
            mec=BLACK,
            mew=0.5,
            clip_on=False,  # points stand on the edges of the map
            zorder=5,
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
