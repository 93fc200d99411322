"""Elementary effects of factors: their mean against their spread."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from experiments.sensitivity.figures.indices import (
    note_of,
    numbered,
    ranked,
    rows_of,
)
from experiments.sensitivity.figures.text import Labels, _lines, _name, _short_ticks
from experiments.words import short_names
from sim.figures.labels import Label, place_labels
from sim.figures.style import (
    BLUE,
    DASH,
    DOT,
    DOUBLE_COLUMN,
    FONT_POINTS,
    GREY,
    SINGLE_COLUMN,
    SKY,
)

NAMED = 8  # factors with their name beside the point
KEY_LETTERS = 40  # of its name in the key of a plane
SLOPES: dict[float, LineStyleType] = {1.0: "-", 0.5: DASH, 0.1: DOT}  # sigma over mu*
SLOPE_KEY: Any = {"loc": "outside upper center", "ncols": 3}


def morris_plane(indices: pd.DataFrame, outcome: str, labels: Labels = None) -> Figure:
    """Draw mean against spread of elementary effects: much effect right, non-linear up.

    The leading factors are numbered, and named beside the plane.
    """
    rows = rows_of(indices, outcome, "morris")
    ranks = ranked(rows, "mu_star")
    star, sigma = (
        rows[rows["index"] == kind].set_index("factor").loc[ranks] for kind in ("mu_star", "sigma")
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
        + note_of(len(ranks), len(ranks), bool(star["low"].notna().any()))
    )
    axis.set_ylabel(_lines(rf"Standard deviation of elementary effects $\sigma$ on {target}", 56))
    _short_ticks(axis.xaxis)
    _short_ticks(axis.yaxis)
    figure.legend(handles=[line for drawn in slopes for line in drawn], **SLOPE_KEY)
    names, leading = short_names(ranks, labels), ranks[:NAMED]
    key = [
        fill(f"{k}  {names[factor]}", KEY_LETTERS, subsequent_indent="    ")
        for k, factor in numbered(leading)
    ]
    figure.legend(
        handles=[Line2D([], [], ls="none", label=one) for one in key],
        loc="outside right center",
        title=f"Leading {len(leading)} of {len(ranks)} factors",
        alignment="left",
        handlelength=0,
        handletextpad=0,
        labelspacing=0.8,
    )
    figure.draw_without_rendering()  # places numbers where the final limits leave room
    written = [Label(str(k), x[k - 1], y[k - 1], x[k - 1], bold=True) for k, _ in numbered(leading)]
    place_labels(axis, written, np.column_stack([x, y]), FONT_POINTS)
    return figure


def _slope(slope: float) -> str:
    """Return a ratio of spread to mean as the key writes it."""
    return r"$\sigma=\mu^*$" if slope == 1 else rf"$\sigma={slope}\,\mu^*$"
