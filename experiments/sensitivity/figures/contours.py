"""Lines of equal value on a map, each with its value written on it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from experiments.words import in_digits
from sim.figures.style import (
    BLACK,
)

NEAR_EDGE = 0.06  # of a map, within which a contour's value would be cut
ROOM = 0.09  # of a map, that the value of a contour takes


def grid_of(grid: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return values by the second factor (rows) and the first (columns)."""
    return grid.pivot(index=columns[1], columns=columns[0], values=what)


def draw_contours(
    axis: Axes,
    grid: pd.DataFrame,
    columns: Sequence[str],
    what: str,
    logs: tuple[bool, bool],
    levels: Sequence[float],
) -> None:
    """Draw lines of equal value, each with its value on it."""
    table = grid_of(grid, columns, what)
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
