"""Phase diagrams: an outcome in the plane of two factors, with contours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from experiments.sensitivity.figures.contours import draw_contours, grid_of
from experiments.sensitivity.figures.text import Labels, _unit
from experiments.words import in_digits, short_names
from sim.errors import ScenarioError
from sim.figures.style import (
    BLACK,
    DOUBLE_COLUMN,
    GREEN,
    MM,
    RED,
    SINGLE_COLUMN,
)

TICKS = 4  # on a side of a map, as large values need room
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
    draw_contours(axes[0], grid, columns=columns, what="value", logs=logs, levels=CONTOURS)
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
    draw_contours(axis, grid, columns=columns, what=what, logs=logs, levels=inside)


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
    table = grid_of(grid, columns, what)
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
