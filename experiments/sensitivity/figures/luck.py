"""Figures of sensitivity studies: indices, convergence, phase maps, discovered boxes, noise.

Tables of indices have the columns method, outcome, index, factor, other, value, low, high
and n, where ``other`` is the second factor of a second-order index and ``n`` the base
size of the sample. Of several sizes the largest is drawn, except where convergence is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.sensitivity.figures.discovered import PALE
from experiments.sensitivity.figures.indices import LONG_NAME
from experiments.sensitivity.figures.text import Labels, _name
from sim.figures.style import BLACK, BLUE, DOUBLE_COLUMN, MM, SINGLE_COLUMN


def noise(table: pd.DataFrame, labels: Labels = None) -> Figure:
    """Draw how much of each outcome's variance is noise between replicates.

    The table has the columns outcome and noise_share and, for intervals, low and high.
    Outcomes that are the same everywhere have no share and are left out.
    """
    known = table[table["noise_share"].notna()]
    table = known.sort_values("noise_share", kind="stable").reset_index(drop=True)
    names = [_name(outcome, labels) for outcome in table["outcome"]]
    wide = max(map(len, names)) > LONG_NAME
    figure = Figure(
        figsize=(DOUBLE_COLUMN if wide else SINGLE_COLUMN, (26 + 5 * len(table)) * MM),
        layout="constrained",
    )
    axis = figure.subplots()
    at, share = np.arange(len(table)), 100 * table["noise_share"].to_numpy(float)
    axis.barh(at, 100 - share, color=BLUE, height=0.66, label="Signal: differs between points")
    axis.barh(
        at,
        share,
        left=100 - share,
        color=PALE,
        height=0.66,
        label="Noise: differs between replicates",
    )
    if {"low", "high"} <= set(table):
        axis.hlines(at, 100 * (1 - table["high"]), 100 * (1 - table["low"]), color=BLACK, lw=0.9)
    axis.set_xlim(0, 100)
    axis.set_ylim(len(table) - 0.4, -0.6)
    axis.set_yticks(at, names)
    axis.set_xlabel(
        "Share of the variance over the points, %" + ("\n(95 % interval)" if "low" in table else "")
    )
    figure.legend(loc="outside upper center", ncols=2 if wide else 1)
    return figure
