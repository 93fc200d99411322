"""Figures of sensitivity indices: bars, planes, maps, convergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.typing import LineStyleType

from experiments.sensitivity.figures.text import Labels, _lines, _name, _short_ticks
from experiments.words import short_names
from sim.errors import ScenarioError
from sim.figures.labels import Label, place_labels
from sim.figures.style import (
    BLACK,
    BLUE,
    DASH,
    DOT,
    DOUBLE_COLUMN,
    FONT_POINTS,
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

SHOWN = 25  # factors in a figure that could hold more than are readable
NAMED = 8  # factors with their name beside the point
FOLLOWED = 6  # factors whose convergence is drawn
LONG_NAME = 22  # letters, from which names of factors need the width of two columns
NAME_LETTERS = 44  # of the name of a factor beside an axis, on a line
KEY_LETTERS = 40  # of its name in the key of a plane
LABEL_LETTERS = 34  # of a vertical label, on a line
# The leading index, by which factors are sorted, comes first.
INDICES = {
    "morris": ("mu_star",),
    "sobol": ("ST", "S1"),
    "fast": ("ST", "S1"),
    "rbd_fast": ("S1",),
    "delta": ("delta", "S1"),
    "pawn": ("median",),
    "hdmr": ("ST", "S"),
}
INDEX_NAMES = {
    "mu_star": r"Mean absolute effect $\mu^*$",
    "ST": "Total $S_T$",
    "S1": "First-order $S_1$",
    "S": "First-order $S$",
    "delta": r"Moment-independent $\delta$",
    "median": "Median distance",
}
MEANINGS = {
    "morris": r"Mean absolute elementary effect $\mu^*$ on ",
    "delta": "Delta and first-order index of ",
    "pawn": "PAWN index (median distance) of ",
}
# Light enough at their ends for black crosses.
FIRST_MAP = LinearSegmentedColormap.from_list("first order", ["#FFFFFF", ORANGE])
SECOND_MAP = LinearSegmentedColormap.from_list("second order", ["#FFFFFF", SKY])
SHARE_OF_VARIANCE = "Share of the variance of "
METHODS = {
    "morris": "Elementary effects",
    "sobol": "Sobol′",
    "fast": "eFAST",
    "rbd_fast": "RBD-FAST",
    "delta": "Delta",
    "pawn": "PAWN",
    "hdmr": "HDMR",
}
LOOKS = (
    Mark(BLUE, "-", "o"),
    Mark(RED, DASH, "s"),
    Mark(GREEN, "-", "^"),
    Mark(ORANGE, DASH, "D"),
    Mark(PURPLE, "-", "v"),
    Mark(SKY, DASH, "P"),
)
SLOPES: dict[float, LineStyleType] = {1.0: "-", 0.5: DASH, 0.1: DOT}  # sigma over mu*
SLOPE_KEY: Any = {"loc": "outside upper center", "ncols": 3}


def bars(indices: pd.DataFrame, outcome: str, method: str, labels: Labels = None) -> Figure:
    """Draw how much each factor matters for an outcome, largest first, with 95 % intervals."""
    rows = _rows(indices, outcome, method)
    rows = rows[rows["other"] == ""]
    kinds = [kind for kind in INDICES[method] if kind in set(rows["index"])]
    ranked = _ranked(rows, kinds[0])
    factors, names = ranked[:SHOWN], _wrapped(short_names(ranked, labels))
    wide = max(len(names[factor]) for factor in factors) > LONG_NAME
    lines = max(names[factor].count("\n") + 1 for factor in factors)
    row_height = max(3.4 if len(kinds) == 1 else 4.0, 3.2 * lines) * MM
    figure = Figure(
        figsize=(
            DOUBLE_COLUMN if wide else SINGLE_COLUMN,
            18 * MM + row_height * max(len(factors), 3),
        ),
        layout="constrained",
    )
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
    """Draw mean against spread of elementary effects: much effect right, non-linear up.

    The leading factors are numbered, and named beside the plane.
    """
    rows = _rows(indices, outcome, "morris")
    ranked = _ranked(rows, "mu_star")
    star, sigma = (
        rows[rows["index"] == kind].set_index("factor").loc[ranked] for kind in ("mu_star", "sigma")
    )
    x, y = star["value"].to_numpy(float), sigma["value"].to_numpy(float)
    figure = Figure(figsize=(DOUBLE_COLUMN, SINGLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    right = 1.08 * float(np.nanmax(np.fmax(star["high"].to_numpy(float), x)))
    top = 1.10 * float(np.nanmax(np.fmax(sigma["high"], y)))
    slopes = [
        axis.plot([0, right], [0, slope * right], color=GREY, ls=line, lw=0.7, label=_slope(slope))
        for slope, line in SLOPES.items()
    ]
    axis.hlines(y, star["low"], star["high"], color=SKY, lw=0.8)
    axis.vlines(x, sigma["low"], sigma["high"], color=SKY, lw=0.8)
    axis.plot(x, y, "o", color=BLUE, ms=3, mew=0)
    axis.set_xlim(0, right or 1.0)
    axis.set_ylim(0, top or 1.0)
    target = _name(outcome, labels)
    axis.set_xlabel(
        _lines(rf"Mean absolute elementary effect $\mu^*$ on {target}", 56)
        + _note(len(ranked), len(ranked), bool(star["low"].notna().any()))
    )
    axis.set_ylabel(_lines(rf"Standard deviation of elementary effects $\sigma$ on {target}", 56))
    _short_ticks(axis.xaxis)
    _short_ticks(axis.yaxis)
    figure.legend(handles=[line for drawn in slopes for line in drawn], **SLOPE_KEY)
    names, leading = short_names(ranked, labels), ranked[:NAMED]
    key = [
        fill(f"{k}  {names[f]}", KEY_LETTERS, subsequent_indent="    ") for k, f in _count(leading)
    ]
    figure.legend(
        handles=[Line2D([], [], ls="none", label=one) for one in key],
        loc="outside right center",
        title=f"Leading {len(leading)} of {len(ranked)} factors",
        alignment="left",
        handlelength=0,
        handletextpad=0,
        labelspacing=0.8,
    )
    figure.draw_without_rendering()  # places numbers where the final limits leave room
    written = [Label(str(k), x[k - 1], y[k - 1], x[k - 1], bold=True) for k, _ in _count(leading)]
    place_labels(axis, written, np.column_stack([x, y]), FONT_POINTS)
    return figure


def heat_map(indices: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw second-order indices of pairs of factors, first-order ones on the diagonal.

    Factors are numbered by rank; their names stand beside the rows. A cross marks a cell
    whose interval includes zero.
    """
    rows = _rows(indices, outcome, "sobol")
    leading = "ST" if (rows["index"] == "ST").any() else "S1"
    ranked = _ranked(rows, leading)
    factors, names = ranked[:SHOWN], _wrapped(short_names(ranked, labels))
    first, second, doubtful = _matrices(rows, factors)
    figure = Figure(figsize=_map_size(factors, names), layout="constrained")
    panels = figure.subplot_mosaic([["map", "first"], ["map", "second"]], width_ratios=[1, 0.035])
    axis = panels["map"]
    for name, values, colours, title in (
        ("first", first, FIRST_MAP, "First-order $S_1$"),
        ("second", second, SECOND_MAP, "Second-order $S_2$"),
    ):
        most = np.nanmax(values, initial=0.0)
        drawn = axis.imshow(
            values, cmap=colours, norm=Normalize(0, most if most > 0 else 1.0), aspect="auto"
        )
        low = "min" if np.nanmin(values, initial=0.0) < 0 else "neither"
        figure.colorbar(drawn, cax=panels[name], label=title, extend=low)
    rows_at, columns_at = np.nonzero(doubtful)
    size = min(3.5, 60 / len(factors))
    axis.plot(
        columns_at, rows_at, "x", color=BLACK, ms=size, mew=0.6, label="95 % interval includes 0"
    )
    axis.set_xticks(np.arange(len(factors)), [str(k) for k, _ in _count(factors)])
    axis.set_yticks(np.arange(len(factors)), [f"{names[f]}  {k}" for k, f in _count(factors)])
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
    panels = [
        (method, kind)
        for method in dict.fromkeys(rows["method"])
        for kind in INDICES.get(method, ())
        if ((rows["method"] == method) & (rows["index"] == kind)).any()
    ]
    if not panels:
        raise ScenarioError(f"no indices of {outcome}")
    method, leading = panels[0]
    ranked = _ranked(_rows(table, outcome, method), leading)
    factors, names = ranked[:FOLLOWED], short_names(ranked, labels)
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


def _rows(indices: pd.DataFrame, outcome: str, method: str) -> pd.DataFrame:
    """Return the indices of one outcome by one method at its largest sample."""
    rows = indices[(indices["outcome"] == outcome) & (indices["method"] == method)]
    if rows.empty:
        raise ScenarioError(f"no {method} indices of {outcome}")
    rows = rows.assign(other=rows["other"].fillna(""))
    return rows[rows["n"] == rows["n"].max()]


def _count(factors: Sequence[str]) -> list[tuple[int, str]]:
    """Return factors with their rank, from one."""
    return list(enumerate(factors, 1))


def _slope(slope: float) -> str:
    """Return a ratio of spread to mean as the key writes it."""
    return r"$\sigma=\mu^*$" if slope == 1 else rf"$\sigma={slope}\,\mu^*$"


def _wrapped(names: Mapping[str, str]) -> dict[str, str]:
    """Return names on as many lines as they need beside an axis."""
    return {factor: _lines(name, NAME_LETTERS) for factor, name in names.items()}


def _ranked(rows: pd.DataFrame, leading: str) -> list[str]:
    """Return factors from the one that matters most to the one that matters least."""
    mine = rows[(rows["index"] == leading) & (rows["other"] == "")]
    return list(mine.sort_values("value", ascending=False, kind="stable")["factor"])


def _note(shown: int, known: int, intervals: bool, method: str = "") -> str:
    """Say what a reader of the axis should know: method, intervals, and factors left out."""
    parts = [method] * bool(method) + ["95 % interval"] * intervals
    if shown < known:
        parts.append(f"{shown} leading factors of {known}")
    return f"\n({'; '.join(parts)})" if parts else ""


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
    """Return the size of a figure that holds a map, square if names allow, and names beside it."""
    longest = max(len(line) for factor in factors for line in names[factor].split("\n"))
    letters = longest * 1.25 * MM
    cells = len(factors)
    width = SINGLE_COLUMN if cells <= 8 and letters < 35 * MM else DOUBLE_COLUMN
    side = min(width - letters - 28 * MM, max(cells, 4) * 11 * MM)
    lines = max(names[factor].count("\n") + 1 for factor in factors)
    return width, max(side, cells * lines * 3.3 * MM) + 26 * MM


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
