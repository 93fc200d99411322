"""How figures look: sizes, colours and names that mean the same in every figure.

Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart;
their yellow is too pale for lines on white and gives way to grey. There are more
groups than colours, so line styles tell groups of one colour apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import LineStyleType as LineStyle

MM = 1 / 25.4  # inch
SINGLE_COLUMN = 89 * MM
DOUBLE_COLUMN = 183 * MM
BLACK, DARK, GREY = "#000000", "#4D4D4D", "#7F7F7F"
ORANGE, SKY, GREEN = "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, PURPLE = "#0072B2", "#D55E00", "#CC79A7"

DASH: LineStyle = (0, (4, 1.5))
DOT: LineStyle = (0, (1, 1.5))
DASH_DOT: LineStyle = (0, (5, 1.2, 1, 1.2))

FONT_POINTS = 7  # at the width of print; nothing in a figure is written smaller
RC: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures agree on any machine
    "font.size": FONT_POINTS,
    "axes.labelsize": FONT_POINTS,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 4,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": FONT_POINTS,
    "ytick.labelsize": FONT_POINTS,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": FONT_POINTS,
    "legend.title_fontsize": FONT_POINTS,
    "figure.labelsize": FONT_POINTS,
    "legend.frameon": False,
    "lines.linewidth": 1.1,
    "lines.markersize": 4,
    "pdf.fonttype": 42,  # text stays text
    "ps.fonttype": 42,
    "savefig.dpi": 300,
    "savefig.bbox": None,
}


@dataclass(frozen=True)
class Mark:
    """Look of one thing: a colour, a line style and a point marker."""

    colour: str
    line: LineStyle = "-"
    marker: str = "o"


GROUPS = {
    "Mexican": Mark(RED, "-", "o"),
    "Colombian": Mark(BLUE, "-", "s"),
    "Brazilian": Mark(GREEN, "-", "^"),
    "Bolivian": Mark(ORANGE, DASH, "D"),
    "Peruvian": Mark(PURPLE, DASH, "v"),
    "Paraguayan": Mark(SKY, "-", "P"),
    "Italian": Mark(PURPLE, "-", "X"),
    "Balkan": Mark(BLACK, DASH, "<"),
    "Dutch-Belgian": Mark(ORANGE, "-", ">"),
    "Spanish": Mark(SKY, DASH, "p"),
    "Caribbean": Mark(GREEN, DASH, "h"),
    "Central American": Mark(RED, DASH, "d"),
    "Venezuelan": Mark(BLUE, DASH, "*"),
    "Ecuadorian": Mark(PURPLE, DOT, "8"),
    "West African": Mark(BLACK, DOT, "H"),
    "Other": Mark(GREY, "-", "."),
}
STRANGER = Mark(GREY, DOT, "x")
MARKETS = {
    "MK_US": Mark(RED, "-", "o"),
    "MK_EU": Mark(BLUE, "-", "s"),
    "MK_BR": Mark(GREEN, "-", "^"),
    "MK_SC": Mark(ORANGE, "-", "D"),
    "MK_REST": Mark(GREY, "-", "v"),
}
MODES = {
    "air": Mark(RED, DASH),
    "road": Mark(DARK, "-"),
    "river": Mark(GREEN, DASH_DOT),
    "sea": Mark(BLUE, "-"),
}
KINDS = {
    "zone": Mark(GREEN, marker="^"),
    "hub": Mark("#FFFFFF", marker="o"),
    "port": Mark(SKY, marker="s"),
    "market": Mark(ORANGE, marker="*"),
}
LEG_MARKS = (
    Mark(BLUE),
    Mark(ORANGE),
    Mark(GREEN),
    Mark(PURPLE),
    Mark(SKY),
    Mark(RED),
    Mark(GREY),
    Mark(BLUE, DASH),
    Mark(ORANGE, DASH),
    Mark(GREEN, DASH),
    Mark(PURPLE, DASH),
)


STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 48, 60, 120, 240, 600)  # between two ticks


def paper() -> AbstractContextManager[None]:
    """Return a context with the settings of printed figures; the old ones come back after it."""
    return mpl.rc_context(RC)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches, that pyplot knows nothing of."""
    engine = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05)
    return Figure(figsize=(width, height), layout=engine)


def group_mark(group: str) -> Mark:
    """Return the look of an organisation group, the same in every figure."""
    return GROUPS.get(group, STRANGER)


def market_mark(market: str) -> Mark:
    """Return the look of a market, the same in every figure."""
    return MARKETS.get(market, STRANGER)


def date_axis(ax: Axes, most: int = 5) -> None:
    """Give a panel of dates few ticks, each a whole date; call it when its limits are final."""
    first, last = (np.datetime64("1970-01-01") + int(round(day)) for day in ax.get_xlim())
    ticks, words = date_ticks(first, last, most)
    ax.set_xticks(ticks.astype(float), words)


def date_ticks(
    first: np.datetime64, last: np.datetime64, most: int
) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Return dates in a span, at most so many, and how they are written: with their year.

    Examples
    --------
    >>> date_ticks(np.datetime64("2010-01-04"), np.datetime64("2023-12-25"), 2)[1]
    ['2015', '2020']
    >>> date_ticks(np.datetime64("2013-05-26"), np.datetime64("2014-05-25"), 3)[1]
    ['Jul 2013', 'Jan 2014']
    """
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    months = months[months.astype("datetime64[D]") >= first]
    since_year_0 = months.astype(int) + 12 * 1970
    for step in STEPS_MONTHS:
        kept = months[since_year_0 % step == 0]
        if 2 <= len(kept) <= most:
            form = "%Y" if step % 12 == 0 else "%b %Y"
            ticks = kept.astype("datetime64[D]")
            return ticks, [f"{day.item():{form}}" for day in ticks]
    ticks = np.unique(np.array([first, last]))
    return ticks, [f"{day.item().day} {day.item():%b %Y}" for day in ticks]


def year_axis(ax: Axes, most: int = 5) -> None:
    """Give a panel an axis of whole years with few ticks."""
    ax.xaxis.set_major_locator(MaxNLocator(most, integer=True, steps=[1, 2, 5, 10]))


def title_panels(
    axes: Sequence[Axes], titles: Sequence[str], letters: str = "abcdefghijkl"
) -> None:
    """Head each panel with a letter and what it shows."""
    for ax, letter, title in zip(axes, letters, titles, strict=False):
        ax.set_title(f"{letter}  {title}")


def days(dates: Any) -> np.ndarray[Any, Any]:
    """Return dates in the form that matplotlib plots without help from pandas."""
    return np.asarray(dates, "datetime64[D]")
