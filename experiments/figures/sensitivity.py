"""Figures of sensitivity studies: indices, convergence, phase maps, discovered boxes, noise.

Tables of indices have the columns method, outcome, index, factor, other, value, low, high
and n, where ``other`` is the second factor of a second-order index and ``n`` the base
size of the sample. Of several sizes the largest is drawn, except where convergence is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm, Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from experiments.discovery import in_digits, short_names
from experiments.figures.labels import Label, place_labels
from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    DASH,
    DOT,
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
from sim.errors import ScenarioError

Labels = Mapping[str, str] | None

SHOWN = 25  # factors in a figure that could hold more than are readable
NAMED = 8  # factors with their name beside the point
FOLLOWED = 6  # factors whose convergence is drawn
LONG_NAME = 22  # letters, from which names of factors need the width of two columns
LABEL_LETTERS = 34  # of a vertical label, on a line
PALE = "#D9D9D9"

# The leading index, by which factors are sorted, comes first.
INDICES = {
    "morris": ("mu_star",), "sobol": ("ST", "S1"), "fast": ("ST", "S1"), "rbd_fast": ("S1",),
    "delta": ("delta", "S1"), "pawn": ("median",), "hdmr": ("ST", "S"),
}  # fmt: skip
INDEX_NAMES = {
    "mu_star": r"Mean absolute effect $\mu^*$", "ST": "Total $S_T$", "S1": "First-order $S_1$",
    "S": "First-order $S$", "delta": r"Moment-independent $\delta$", "median": "Median distance",
}  # fmt: skip
MEANINGS = {
    "morris": r"Mean absolute elementary effect $\mu^*$ on ",
    "delta": "Delta and first-order index of ",
    "pawn": "PAWN index (median distance) of ",
}
SHARE_OF_VARIANCE = "Share of the variance of "
METHODS = {
    "morris": "Elementary effects", "sobol": "Sobol′", "fast": "eFAST", "rbd_fast": "RBD-FAST",
    "delta": "Delta", "pawn": "PAWN", "hdmr": "HDMR",
}  # fmt: skip
LOOKS = (
    Mark(BLUE, "-", "o"), Mark(RED, DASH, "s"), Mark(GREEN, "-", "^"), Mark(ORANGE, DASH, "D"),
    Mark(PURPLE, "-", "v"), Mark(SKY, DASH, "P"),
)  # fmt: skip
SLOPES = {1.0: "-", 0.5: DASH, 0.1: DOT}  # sigma over mu*

CONTOURS = (0.1, 0.25, 0.5, 0.75, 0.9)
DISPLACEMENT_MAP = LinearSegmentedColormap.from_list("displacement", [BLUE, "#F7F7F7", RED])
SHARE_MAP = LinearSegmentedColormap.from_list("share", ["#FFFFFF", GREEN])


def bars(indices: pd.DataFrame, outcome: str, method: str, labels: Labels = None) -> Figure:
    """Draw how much each factor matters for an outcome, largest first, with 95 % intervals."""
    rows = _rows(indices, outcome, method)
    rows = rows[rows["other"] == ""]
    kinds = [kind for kind in INDICES[method] if kind in set(rows["index"])]
    ranked = _ranked(rows, kinds[0])
    factors, names = ranked[:SHOWN], short_names(ranked, labels)
    wide = max(len(names[factor]) for factor in factors) > LONG_NAME
    row_height = (3.0 if len(kinds) == 1 else 3.7) * MM
    figure = Figure(figsize=(DOUBLE_COLUMN if wide else SINGLE_COLUMN,
                             18 * MM + row_height * max(len(factors), 3)),
                    layout="constrained")  # fmt: skip
    axis = figure.subplots()
    height = 0.78 / len(kinds)
    for k, (kind, colour) in enumerate(zip(kinds, (BLUE, ORANGE), strict=False)):
        mine = rows[rows["index"] == kind].set_index("factor").reindex(factors)
        at = np.arange(len(factors)) + (k - (len(kinds) - 1) / 2) * height
        axis.barh(at, mine["value"], height=height, color=colour, label=INDEX_NAMES[kind])
        axis.hlines(at, mine["low"], mine["high"], color=BLACK, lw=0.8)
    axis.axvline(0, color=GREY, lw=0.6)
    axis.set_ylim(len(factors) - 0.4, -0.6)
    axis.set_yticks(np.arange(len(factors)), [names[factor] for factor in factors])
    meaning = MEANINGS.get(method, SHARE_OF_VARIANCE) + _name(outcome, labels)
    named = "" if method in MEANINGS else METHODS[method]
    note = _note(len(factors), len(ranked), bool(rows["low"].notna().any()), named)
    _short_ticks(axis.xaxis)
    axis.set_xlabel(_lines(meaning, 64 if wide else 36) + note)
    if len(kinds) > 1:
        figure.legend(loc="outside upper center", ncols=len(kinds))
    return figure


def morris_plane(indices: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw mean against spread of elementary effects: much effect right, non-linear up."""
    rows = _rows(indices, outcome, "morris")
    ranked = _ranked(rows, "mu_star")
    star, sigma = (rows[rows["index"] == kind].set_index("factor").loc[ranked]
                   for kind in ("mu_star", "sigma"))  # fmt: skip
    x, y = star["value"].to_numpy(float), sigma["value"].to_numpy(float)
    figure = Figure(figsize=(SINGLE_COLUMN, SINGLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    ends = np.fmax(star["high"].to_numpy(float), x)
    right = 1.25 * float(np.nanmax(ends))  # room for names
    top = 1.10 * float(np.nanmax(np.fmax(sigma["high"], y)))
    for slope, line in SLOPES.items():
        name = r"$\sigma=\mu^*$" if slope == 1 else rf"$\sigma={slope}\,\mu^*$"
        axis.plot([0, right], [0, slope * right], color=GREY, ls=line, lw=0.7, label=name)
    axis.hlines(y, star["low"], star["high"], color=SKY, lw=0.8)
    axis.vlines(x, sigma["low"], sigma["high"], color=SKY, lw=0.8)
    axis.plot(x, y, "o", color=BLUE, ms=3, mew=0)
    axis.set_xlim(0, right or 1.0)
    axis.set_ylim(0, top or 1.0)
    target = _name(outcome, labels)
    axis.set_xlabel(_lines(rf"Mean absolute elementary effect $\mu^*$ on {target}", 56)
                    + _note(len(ranked), len(ranked), bool(star["low"].notna().any())))  # fmt: skip
    axis.set_ylabel(_lines(rf"Standard deviation of elementary effects $\sigma$ on {target}", 56))
    _short_ticks(axis.xaxis)
    _short_ticks(axis.yaxis)
    figure.legend(loc="outside upper center", ncols=len(SLOPES))
    names = short_names(ranked, labels)
    figure.draw_without_rendering()  # places names where the final limits leave room
    written = [Label(names[f], ends[i], y[i], x[i]) for i, f in enumerate(ranked[:NAMED])]
    place_labels(axis, written, _along(star, x, y), 6.0)
    return figure


def heat_map(indices: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw second-order indices of pairs of factors, first-order ones on the diagonal.

    A cross marks a cell whose interval includes zero.
    """
    rows = _rows(indices, outcome, "sobol")
    leading = "ST" if (rows["index"] == "ST").any() else "S1"
    ranked = _ranked(rows, leading)
    factors, names = ranked[:SHOWN], short_names(ranked, labels)
    first, second, doubtful = _matrices(rows, factors)
    figure = Figure(figsize=_map_size(factors, names), layout="constrained")
    panels = figure.subplot_mosaic([["map", "first"], ["map", "second"]], width_ratios=[1, 0.035])
    axis = panels["map"]
    for name, values, colours, title in (
        ("first", first, "Oranges", "First-order $S_1$"),
        ("second", second, "Blues", "Second-order $S_2$"),
    ):
        most = np.nanmax(values, initial=0.0)
        drawn = axis.imshow(values, cmap=colours, norm=Normalize(0, most if most > 0 else 1.0))
        low = "min" if np.nanmin(values, initial=0.0) < 0 else "neither"
        figure.colorbar(drawn, cax=panels[name], label=title, extend=low)
    rows_at, columns_at = np.nonzero(doubtful)
    size = min(3.5, 60 / len(factors))
    axis.plot(columns_at, rows_at, "x", color=DARK, ms=size, mew=0.6,
              label="95 % interval includes 0")  # fmt: skip
    axis.set_xticks(np.arange(len(factors)), [names[f] for f in factors], rotation=90)
    axis.set_yticks(np.arange(len(factors)), [names[f] for f in factors])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    note = _note(len(factors), len(ranked), False)
    axis.set_xlabel(_lines(f"Shares of the variance of {_name(outcome, labels)}", 50) + note)
    if doubtful.any():
        figure.legend(loc="outside upper center")
    return figure


def convergence(table: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw how indices of the leading factors settle as the sample grows, with intervals.

    One panel for each method and index; the factors are those that lead at the largest
    sample by the first method.
    """
    rows = table[(table["outcome"] == outcome) & (table["other"].fillna("") == "")]
    panels = [(method, kind) for method in dict.fromkeys(rows["method"])
              for kind in INDICES.get(method, ())
              if ((rows["method"] == method) & (rows["index"] == kind)).any()]  # fmt: skip
    if not panels:
        raise ScenarioError(f"no indices of {outcome}")
    method, leading = panels[0]
    ranked = _ranked(_rows(table, outcome, method), leading)
    factors, names = ranked[:FOLLOWED], short_names(ranked, labels)
    figure = Figure(figsize=(SINGLE_COLUMN if len(panels) == 1 else DOUBLE_COLUMN,
                             (62 + 52 * ((len(panels) - 1) // 2)) * MM),
                    layout="constrained")  # fmt: skip
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
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center",
                  ncols=min(columns, 3))  # fmt: skip
    return figure


def phase(grid: pd.DataFrame, x: str, y: str, labels: Labels = None, *, log_x: bool = False,
          log_y: bool = False, units: Labels = None) -> Figure:  # fmt: skip
    """Draw where in the plane of two factors an entrant displaces the incumbents.

    The table has the columns value, low and high, those of the two factors (or x and y)
    and, for a second panel, share. A filled point is one whose interval leaves 0.5 out.
    """
    columns = [x if x in grid else "x", y if y in grid else "y"]
    two = "share" in grid
    figure = Figure(figsize=(DOUBLE_COLUMN if two else SINGLE_COLUMN, 72 * MM),
                    layout="constrained")  # fmt: skip
    axes = figure.subplots(1, 2 if two else 1, squeeze=False)[0]
    logs = (log_x, log_y)
    drawn = _surface(axes[0], grid, columns, "value", logs, DISPLACEMENT_MAP, 1.0)
    bar = figure.colorbar(drawn, ax=axes[0], label="Probability of displacement",
                          ticks=[0, *CONTOURS, 1])  # fmt: skip
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
    figure.legend(handles=[_dot(BLACK, "95 % interval leaves 0.5 out"),
                           _dot("white", "95 % interval includes 0.5")],
                  loc="outside upper center", ncols=2)  # fmt: skip
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
    drawn = axis.scatter(trajectory["coverage"], trajectory["density"], s=14,
                         c=trajectory["n_restricted"], cmap=colours, norm=norm, lw=0.3,
                         edgecolors=DARK, zorder=3)  # fmt: skip
    best = trajectory.iloc[chosen]
    axis.plot(best["coverage"], best["density"], "o", ms=9, mfc="none", mec=RED, mew=1.3, zorder=4,
              label="Chosen box")  # fmt: skip
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
    figure = Figure(figsize=(DOUBLE_COLUMN, (16 + 9 * max(len(rows), 1)) * MM),
                    layout="constrained")  # fmt: skip
    axis = figure.subplots()
    axis.set_xlim(-0.12, 1.34)
    axis.set_ylim(len(rows) - 0.4, -0.9)
    axis.set_yticks(np.arange(len(rows)), [
        fill(names[f] + _unit(f, units), 40) for f in rows["factor"]
    ])  # fmt: skip
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


def noise(table: pd.DataFrame, labels: Labels = None) -> Figure:
    """Draw how much of each outcome's variance is noise between replicates.

    The table has the columns outcome and noise_share and, for intervals, low and high.
    Outcomes that are the same everywhere have no share and are left out.
    """
    known = table[table["noise_share"].notna()]
    table = known.sort_values("noise_share", kind="stable").reset_index(drop=True)
    names = [_name(outcome, labels) for outcome in table["outcome"]]
    wide = max(map(len, names)) > LONG_NAME
    figure = Figure(figsize=(DOUBLE_COLUMN if wide else SINGLE_COLUMN,
                             (26 + 5 * len(table)) * MM), layout="constrained")  # fmt: skip
    axis = figure.subplots()
    at, share = np.arange(len(table)), 100 * table["noise_share"].to_numpy(float)
    axis.barh(at, 100 - share, color=BLUE, height=0.66, label="Signal: differs between points")
    axis.barh(at, share, left=100 - share, color=PALE, height=0.66,
              label="Noise: differs between replicates")  # fmt: skip
    if {"low", "high"} <= set(table):
        axis.hlines(at, 100 * (1 - table["high"]), 100 * (1 - table["low"]), color=BLACK, lw=0.9)
    axis.set_xlim(0, 100)
    axis.set_ylim(len(table) - 0.4, -0.6)
    axis.set_yticks(at, names)
    axis.set_xlabel("Share of the variance over the points, %"
                    + ("\n(95 % interval)" if "low" in table else ""))  # fmt: skip
    figure.legend(loc="outside upper center", ncols=2 if wide else 1)
    return figure


def _rows(indices: pd.DataFrame, outcome: str, method: str) -> pd.DataFrame:
    """Return the indices of one outcome by one method at its largest sample."""
    rows = indices[(indices["outcome"] == outcome) & (indices["method"] == method)]
    if rows.empty:
        raise ScenarioError(f"no {method} indices of {outcome}")
    rows = rows.assign(other=rows["other"].fillna(""))
    return rows[rows["n"] == rows["n"].max()]


def _ranked(rows: pd.DataFrame, leading: str) -> list[str]:
    """Return factors from the one that matters most to the one that matters least."""
    mine = rows[(rows["index"] == leading) & (rows["other"] == "")]
    return list(mine.sort_values("value", ascending=False, kind="stable")["factor"])


def _name(outcome: str, labels: Labels) -> str:
    """Return an outcome as it stands in the label of an axis."""
    return (labels or {}).get(outcome, outcome.replace("_", " "))


def _unit(factor: str, units: Labels) -> str:
    """Return the unit of a factor in brackets, or nothing."""
    unit = (units or {}).get(factor, "")
    return f" ({unit})" if unit else ""


def _short_ticks(side: Axis) -> None:
    """Write few ticks, large values in thousands or millions."""
    side.set_major_locator(MaxNLocator(6))
    side.set_major_formatter(lambda value, _: in_digits(value).replace("-", "−"))


def _lines(text: str, width: int) -> str:
    """Break a label into as few lines as hold it, of about equal length."""
    n = -(-len(text) // width)
    return fill(text, min(width, len(text) // n + 8), break_long_words=False)


def _note(shown: int, known: int, intervals: bool, method: str = "") -> str:
    """Say what a reader of the axis should know: method, intervals, and factors left out."""
    parts = [method] * bool(method) + ["95 % interval"] * intervals
    if shown < known:
        parts.append(f"{shown} leading factors of {known}")
    return f"\n({'; '.join(parts)})" if parts else ""


def _along(star: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return points and places along their intervals, none of which a name may cover."""
    low, high = star["low"].fillna(star["value"]), star["high"].fillna(star["value"])
    over = np.linspace(low.to_numpy(float), high.to_numpy(float), 9)
    return np.column_stack([np.append(x, over.ravel()), np.append(y, np.tile(y, len(over)))])


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
    """Return the size of a figure that holds a square map and the names at two of its sides."""
    letters = max(len(names[factor]) for factor in factors) * 1.25 * MM
    cells = len(factors)
    width = SINGLE_COLUMN if cells <= 8 and letters < 35 * MM else DOUBLE_COLUMN
    side = min(width - letters - 22 * MM, max(cells, 4) * 11 * MM)
    return width, side + letters + 14 * MM


def _follow(axis: Axes, rows: pd.DataFrame, factors: Sequence[tuple[str, str]]) -> None:
    """Draw indices of some factors against the size of the sample."""
    for (name, factor), look in zip(factors, LOOKS, strict=False):
        mine = rows[rows["factor"] == factor].sort_values("n")
        axis.fill_between(mine["n"], mine["low"], mine["high"], color=look.colour, alpha=0.15,
                          lw=0)  # fmt: skip
        axis.plot(mine["n"], mine["value"], color=look.colour, ls=look.line, marker=look.marker,
                  ms=2.8, label=name)  # fmt: skip
    sizes = np.unique(rows["n"])
    axis.set_xscale("log", base=2)
    axis.xaxis.set_minor_locator(NullLocator())
    shown = sizes[:: -(-len(sizes) // 7)]
    axis.set_xticks(shown, [f"{size:,.0f}" for size in shown])
    axis.axhline(0, color=GREY, lw=0.6)
    axis.set_xlabel("Base size of the sample")


def _table(grid: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return values by the second factor (rows) and the first (columns)."""
    return grid.pivot(index=columns[1], columns=columns[0], values=what)


def _edges(at: np.ndarray, log: bool) -> np.ndarray:
    """Return the edges of the cells around the points of a grid, in the scale of its axis."""
    at = np.log(at) if log else np.asarray(at, float)
    middle = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _surface(axis: Axes, grid: pd.DataFrame, columns: Sequence[str], what: str,
             logs: tuple[bool, bool], colours: Colormap, most: float) -> QuadMesh:  # fmt: skip
    """Fill the cell around each point of a grid with the colour of its value."""
    table = _table(grid, columns, what)
    if min(table.shape) < 2:
        raise ScenarioError("a phase map needs two or more values of each factor")
    x, y = (_edges(at.to_numpy(float), log)
            for at, log in zip((table.columns, table.index), logs, strict=True))  # fmt: skip
    for log, scale in zip(logs, (axis.set_xscale, axis.set_yscale), strict=True):
        if log:
            scale("log")
    mesh = axis.pcolormesh(x, y, table.to_numpy(float), cmap=colours, vmin=0, vmax=most,
                           rasterized=True)  # fmt: skip
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    if not logs[0]:
        axis.locator_params(axis="x", nbins=5)
    return mesh


def _contours(axis: Axes, grid: pd.DataFrame, columns: Sequence[str], what: str,
              logs: tuple[bool, bool], levels: Sequence[float], bar: Any) -> None:  # fmt: skip
    """Draw lines of equal value, and the same lines on the colour bar."""
    table = _table(grid, columns, what)
    values = np.ma.masked_invalid(table.to_numpy(float))
    inside = [level for level in levels if values.min() < level < values.max()]
    if not inside:
        return
    widths = [1.4 if level == 0.5 else 0.7 for level in inside]
    limits = axis.get_xlim(), axis.get_ylim()
    x, y = (np.log(at.to_numpy(float)) if log else at.to_numpy(float)
            for at, log in zip((table.columns, table.index), logs, strict=True))  # fmt: skip
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
        axis.plot(rows[columns[0]], rows[columns[1]], ls="none", marker="o", ms=2.2, mfc=colour,
                  mec=BLACK, mew=0.5)  # fmt: skip


def _dot(colour: str, label: str) -> Line2D:
    """Return the entry of a legend for one kind of grid point."""
    return Line2D([], [], ls="none", marker="o", ms=2.6, mfc=colour, mec=BLACK, mew=0.5,
                  label=label)  # fmt: skip


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
        axis.text(x, at, in_digits(round(value, digits) + 0.0), ha=side, va="center", fontsize=6,
                  color=DARK)  # fmt: skip
    # Away from each other, so that the values of a narrow box stay apart.
    if row.low > row.full_low:
        axis.text(low + 0.005, at - 0.2, in_digits(row.low), ha="right", va="bottom", fontsize=6)
    if row.high < row.full_high:
        axis.text(high - 0.005, at - 0.2, in_digits(row.high), ha="left", va="bottom", fontsize=6)
    for x, p in ((1.17, row.qp_low), (1.29, row.qp_high)):
        text = "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"
        axis.text(x, at, text, ha="center", va="center", fontsize=6)
