"""Who delivers to which market, by nationality group."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import (
    DOUBLE_MM,
    GROUPS,
    MARKETS,
    band,
    mark_events,
    new_figure,
    paper,
)
from sim.record import Run

PANELS = ("MK_US", "MK_EU", "MK_BR", "MK_SC")


def market_shares(run: Run) -> Figure:
    """Draw each group's share of deliveries to four markets over time.

    Shares of 26-week sums; the line is the median and the band 5-95 % over
    replicates. Colours and styles are fixed per group in all figures.
    """
    with paper():
        figure = new_figure(DOUBLE_MM, 110)
        grid = figure.subplots(2, 2, sharex=True)
        seen: dict[str, Artist] = {}
        for k, (axes, market) in enumerate(zip(grid.ravel(), PANELS, strict=True)):
            draw_panel(axes, run, market)
            axes.set_title(f"{'abcd'[k]}  {MARKETS[market][0]}", loc="left")
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                seen.setdefault(label, handle)
        for axes in grid[1]:
            axes.set_xlabel("year")
        for axes in grid[:, 0]:
            axes.set_ylabel("share of deliveries (%)")
        order = [group for group in GROUPS if group in seen]
        figure.legend([seen[g] for g in order], order, loc="outside lower center", ncols=6)
    return figure


def shares(run: Run, market: str, weeks: int = 26) -> dict[str, pd.DataFrame]:
    """Return each group's share of a market's deliveries, one column per replicate."""
    table = run.tables["cartels"]
    mine = table[table["market"] == market]
    kg = mine.pivot_table(index="date", columns=["group", "replicate"], values="delivered_kg",
                          aggfunc="sum", observed=True)  # fmt: skip
    weeks = min(weeks, len(kg))
    summed = kg.rolling(weeks, min_periods=weeks).sum()
    total = summed.T.groupby(level="replicate").sum().T
    groups = [g for g in GROUPS if g in set(summed.columns.get_level_values("group"))]
    return {group: summed[group] / total[summed[group].columns] for group in groups}


def draw_panel(axes: Axes, run: Run, market: str) -> None:
    """Draw one market."""
    for group, share in shares(run, market).items():
        colour, style = GROUPS[group]
        band(axes, share.index.to_numpy(), 100.0 * share, colour, style, group)
    mark_events(axes, run.tables["events"], named=False)
    axes.set_ylim(bottom=0)
