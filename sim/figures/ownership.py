"""Who owns goods at each stage of the way: groups as bands, two years side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.style import DOT, DOUBLE_COLUMN, MM, group_mark, new_figure, paper, title_panels

if TYPE_CHECKING:
    import pandas as pd

    from sim.results.tables import Tables

STAGES = {
    "source": "source",
    "air_bridge": "air\nbridge",
    "inland": "inland",
    "border": "border",
    "port": "port of\nloading",
    "sea": "sea",
    "landing": "landing",
}


def ownership(run: Tables) -> Figure:
    """Draw each group's share of title by stage, in the first and the last whole year.

    Shares are of the kilograms that moved in a stage, the mean over replicates.
    """
    years = whole_years(run)
    with paper():
        figure = new_figure(DOUBLE_COLUMN, 78 * MM)
        axes = list(figure.subplots(1, max(len(years), 1), squeeze=False, sharey=True).flat)
        shares = {year: stage_shares(run, year) for year in years}
        groups = sorted({g for table in shares.values() for g in table.columns})
        for ax, year in zip(axes, years, strict=False):
            draw_stages(ax, shares[year].reindex(columns=groups, fill_value=0.0))
        if years:
            axes[0].set_ylabel("Share of kilograms owned (%)")
            figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
        title_panels(axes, [str(year) for year in years])
    return figure


def whole_years(run: Tables) -> list[int]:
    """Return the first and the last year of which there are fifty weeks or more."""
    weeks = run.tables["markets"].groupby("year")["week"].nunique()
    long = [int(year) for year in weeks.index[weeks >= 50]] or [int(y) for y in weeks.index]
    return sorted({long[0], long[-1]}) if long else []


def stage_shares(run: Tables, year: int) -> pd.DataFrame:
    """Return shares of title of one year: stages by groups."""
    table = run.tables["ownership"]
    table = table[(table["year"] == year) & (table["owned_kg"] > 0.0)].astype(
        {"stage": str, "group": str}
    )
    kg = table.pivot_table("owned_kg", "stage", "group", "sum", fill_value=0.0)
    kg = kg.reindex([stage for stage in STAGES if stage in kg.index])
    return kg.div(kg.sum(axis=1), axis=0)


def draw_stages(ax: Axes, shares: pd.DataFrame) -> None:
    """Draw one year: a column a stage, a band a group."""
    at, floor = np.arange(len(shares)), np.zeros(len(shares))
    for group in shares.columns:
        height = 100 * shares[group].to_numpy(float)
        line = group_mark(group).line
        hatch = "" if line == "-" else "...." if line == DOT else "////"
        ax.bar(
            at,
            height,
            bottom=floor,
            width=0.85,
            color=group_mark(group).colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.4,
            label=group,
        )
        floor += height
    ax.set_xticks(at, [STAGES[stage] for stage in shares.index])
    ax.set_ylim(0, 100)
