"""How much each factor matters for an outcome: a bar for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.sensitivity.figures.indices import (
    INDEX_NAMES,
    INDICES,
    LONG_NAME,
    METHODS,
    SHOWN,
    note_of,
    ranked,
    rows_of,
    wrapped,
)
from experiments.sensitivity.figures.text import Labels, _lines, _name, _short_ticks
from experiments.words import short_names
from sim.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN,
    GREY,
    MM,
    ORANGE,
    SINGLE_COLUMN,
)

MEANINGS = {
    "morris": r"Mean absolute elementary effect $\mu^*$ on ",
    "delta": "Delta and first-order index of ",
    "pawn": "PAWN index (median distance) of ",
}
SHARE_OF_VARIANCE = "Share of the variance of "


def bars(indices: pd.DataFrame, outcome: str, method: str, labels: Labels = None) -> Figure:
    """Draw how much each factor matters for an outcome, largest first, with 95 % intervals."""
    rows = rows_of(indices, outcome, method)
    rows = rows[rows["other"] == ""]
    kinds = [kind for kind in INDICES[method] if kind in set(rows["index"])]
    ranks = ranked(rows, kinds[0])
    factors, names = ranks[:SHOWN], wrapped(short_names(ranks, labels))
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
    note = note_of(len(factors), len(ranks), bool(rows["low"].notna().any()), named)
    _short_ticks(axis.xaxis)
    axis.set_xlabel(_lines(meaning, 64 if wide else 36) + note)
    if len(kinds) > 1:
        figure.legend(loc="outside upper center", ncols=len(kinds))
    return figure
