"""Who supplies each market: shares of deliveries by organisation group over time."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.bands import SMOOTHING_WEEKS, band_note, draw_band, group_shares
from sim.figures.labels import End, label_line_ends
from sim.figures.style import (
    DOUBLE_COLUMN,
    MM,
    date_axis,
    group_mark,
    new_figure,
    paper,
    title_panels,
)
from sim.names import place_name

if TYPE_CHECKING:
    from sim.results.tables import Tables


LARGE_SHARE = 0.05  # of all deliveries


def market_shares(run: Tables) -> Figure:
    """Draw the share of each large market's deliveries by group, over 13 weeks.

    A market is large when it takes at least a twentieth of all deliveries. Lines are
    medians over replicates, so the lines of a panel sum to one exactly with a single
    replicate and about so with several.
    """
    markets = large_markets(run)
    rows, columns = max(1, ceil(len(markets) / 2)), min(2, max(1, len(markets)))
    with paper():
        figure = new_figure(DOUBLE_COLUMN, (8 + 52 * rows) * MM)
        grid = list(figure.subplots(rows, columns, squeeze=False).flat)
        axes = grid[: len(markets)]
        for ax in grid[len(markets) :]:
            ax.remove()
        ends = [draw_shares(ax, run, market) for ax, market in zip(axes, markets, strict=True)]
        for ax in axes[:-columns]:
            ax.set_xlabel("")
        title_panels(axes, [place_name(market, run.network.places) for market in markets])
        figure.supxlabel(
            f"Bulk kg delivered in the last {SMOOTHING_WEEKS} weeks: {band_note(run.replicates)}",
            fontsize=6.5,
        )
        figure.draw_without_rendering()
        for ax, names in zip(axes, ends, strict=True):
            label_line_ends(ax, names)
    return figure


def large_markets(run: Tables) -> list[str]:
    """Return the markets with at least a twentieth of all deliveries, largest first."""
    table = run.tables["cartels"]
    kg = table.groupby(table["market"].astype(str))["delivered_kg"].sum()
    kg = kg.sort_values(ascending=False, kind="stable")
    return [str(market) for market in kg.index[kg >= LARGE_SHARE * kg.sum()]]


def draw_shares(ax: Axes, run: Tables, market: str) -> list[End]:
    """Draw the shares of one market; return the ends of its lines."""
    ends: list[End] = []
    for group, share in group_shares(run.tables["cartels"], market).items():
        mark = group_mark(group)
        ends.append((group, draw_band(ax, 100 * share, mark, group, alpha=0.13).last, mark))
    ax.margins(x=0)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Share of deliveries (%)")
    date_axis(ax)
    return ends
