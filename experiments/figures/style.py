"""How figures look: paper sizes, colours fixed per organisation group, bands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SINGLE_MM, DOUBLE_MM = 89.0, 183.0

# Okabe & Ito (2008), safe for colour-blind readers; where a hue serves two groups
# their line styles differ.
GROUPS: dict[str, tuple[str, str]] = {
    "Colombian": ("#E69F00", "-"),
    "Mexican": ("#009E73", "-"),
    "Brazilian": ("#0072B2", "-"),
    "Bolivian": ("#D55E00", "-"),
    "Peruvian": ("#CC79A7", "-"),
    "Italian": ("#56B4E9", "-"),
    "Balkan": ("#000000", "-"),
    "Dutch-Belgian": ("#D55E00", "--"),
    "Spanish": ("#E69F00", "--"),
    "Paraguayan": ("#009E73", "--"),
    "Caribbean": ("#56B4E9", "--"),
    "West African": ("#CC79A7", "--"),
    "Venezuelan": ("#0072B2", "--"),
    "Ecuadorian": ("#0072B2", ":"),
    "Central American": ("#009E73", ":"),
    "Other": ("#7F7F7F", "--"),
}
MODES: dict[str, tuple[str, str]] = {
    "air": ("#D55E00", "-"),
    "road": ("#5A5A5A", "-"),
    "river": ("#009E73", "-"),
    "sea": ("#0072B2", "-"),
}
MARKETS: dict[str, tuple[str, str, str]] = {
    "MK_US": ("United States", "#E69F00", "-"),
    "MK_EU": ("Europe", "#0072B2", "-"),
    "MK_BR": ("Brazil", "#009E73", "-"),
    "MK_SC": ("Southern Cone", "#D55E00", "--"),
    "MK_REST": ("Rest of world", "#7F7F7F", "--"),
}
SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.labelsize": 7.0,
    "axes.titlesize": 7.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "legend.frameon": False,
}


@contextmanager
def paper() -> Iterator[None]:
    """Apply the settings for a while; global state stays untouched."""
    with mpl.rc_context(SETTINGS):
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of a paper size, without pyplot's global state."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def quantiles(values: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 5 %, median and 95 % over the columns (replicates) of a table."""
    table = values.quantile([0.05, 0.5, 0.95], axis=1)  # leaves gaps where there are none
    low, middle, high = table.to_numpy(float)
    return low, middle, high


def band(axes: Axes, x: np.ndarray, values: pd.DataFrame, colour: str, style: str = "-",
         label: str | None = None) -> None:  # fmt: skip
    """Draw the median over replicates and, with two or more, the 5-95 % band."""
    low, middle, high = quantiles(values)
    if values.shape[1] > 1:
        axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, middle, color=colour, linestyle=style, label=label)


def by_replicate(table: pd.DataFrame, value: str, index: str = "date") -> pd.DataFrame:
    """Return a value with one column per replicate."""
    return table.pivot_table(index=index, columns="replicate", values=value, aggfunc="sum")


def mark_events(axes: Axes, events: pd.DataFrame, named: bool) -> None:
    """Draw a line at each dated event, with its name if wanted."""
    for event in events.drop_duplicates(["name", "date"]).itertuples():
        axes.axvline(event.date, color="#999999", linewidth=0.7, linestyle=":", zorder=0)
        if named:
            axes.annotate(
                str(event.name), (event.date, 1.0), xycoords=("data", "axes fraction"),
                xytext=(2, -2), textcoords="offset points", va="top", fontsize=6, color="#555555",
            )  # fmt: skip
