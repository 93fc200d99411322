"""Figures of displacement studies: shares, parts of the loss, waiting time, flows, drivers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.displacement.estimates import FEWEST_PAIRS, counted
from experiments.words import DRIVER_WORDS
from sim.figures.files import write
from sim.figures.labels import End, label_line_ends
from sim.figures.style import (
    BLUE,
    DARK,
    DASH,
    DOT,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SINGLE_COLUMN,
    SKY,
    Mark,
    group_mark,
    new_figure,
    paper,
    title_panels,
)
from sim.units import WEEKS_PER_CALENDAR_YEAR

if TYPE_CHECKING:
    from experiments.displacement.accounts import Displacement


PART_COLOURS = {
    "price": SKY,
    "source": ORANGE,
    "affiliates": PURPLE,
    "routes": BLUE,
    "volume": GREEN,
}
SHOWN = 5  # groups besides the entrant and those that the question names
NAMED = ("Colombian", "Brazilian")
ENTRANT = Mark(RED)
FLOW_PANELS = {
    "All legs": ("financed", "handled"),
    "Air bridge, Peru to Bolivia": ("air_bridge", "bridge_handled"),
    "Ports of Brazil": ("brazil_ports",),
}


def shares(found: Displacement) -> Figure:
    """Draw shares of the market over time, entrant barred and allowed side by side."""
    figure = new_figure(DOUBLE_COLUMN, 0.45 * DOUBLE_COLUMN)
    axes = figure.subplots(1, 2, sharey=True)
    table, entrant = found.shares, found.question.entrant
    largest = table.groupby("group")["median"].max().drop(entrant, errors="ignore")
    groups = list(largest.nlargest(SHOWN).index)
    groups += [group for group in NAMED if group in largest and group not in groups]
    ends: list[End] = []
    for axis, world in zip(axes, found.question.worlds_named[::-1], strict=True):
        ends = []
        for group in [*groups, entrant]:
            mine = table[(table["world"] == world) & (table["group"] == group)].sort_values("year")
            if len(mine) == 0:
                continue
            mark, name, width = look(group, found)
            draw_years(axis, mine, mark, width)
            ends.append((name, 100 * mine["median"].iloc[-1], mark))
        axis.set_ylim(0)
        axis.margins(x=0)
        axis.set_xlabel("Year")
    axes[0].set_ylabel("Share of deliveries, %")
    title_panels(axes, [f"Entrant {world}" for world in found.question.worlds_named[::-1]])
    figure.supxlabel(note(found), fontsize=6.5)
    figure.draw_without_rendering()
    label_line_ends(axes[1], ends)
    return figure


def look(group: str, found: Displacement) -> tuple[Mark, str, float]:
    """Return the look, the name and the line width of a group; the entrant is thick and red."""
    if group == found.question.entrant:
        return ENTRANT, found.entrant, 2.2
    mark = group_mark(group)
    return (Mark(DARK, DASH) if mark == group_mark("Mexican") else mark), group, 1.0


def draw_years(
    axis: Axes, table: pd.DataFrame, mark: Mark, width: float = 1.1, label: str | None = None
) -> None:
    """Draw a median in per cent by year over its band."""
    axis.fill_between(
        table["year"], 100 * table["low"], 100 * table["high"], color=mark.colour, alpha=0.08, lw=0
    )
    axis.plot(
        table["year"], 100 * table["median"], color=mark.colour, ls=mark.line, lw=width, label=label
    )


def note(found: Displacement) -> str:
    """Say in words what lines and bands show."""
    return f"Lines: medians; bands: 5–95 % of {len(found.pairs)} replicates"


def financed_handled(found: Displacement) -> Figure:
    """Draw the entrant's share of kilograms financed and handled, allowed and barred."""
    known = set(found.flows["flow"])
    panels = {title: flows for title, flows in FLOW_PANELS.items() if known & set(flows)}
    figure = new_figure(DOUBLE_COLUMN, 0.42 * DOUBLE_COLUMN)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, flows in zip(axes, panels.values(), strict=True):
        for flow, colour, what in zip(flows, (BLUE, ORANGE), ("financed", "handled"), strict=False):
            for world, line in zip(found.question.worlds_named[::-1], (DOT, "-"), strict=True):
                mine = found.flows[(found.flows["flow"] == flow) & (found.flows["world"] == world)]
                draw_years(
                    axis,
                    mine.sort_values("year"),
                    Mark(colour, line),
                    1.3,
                    f"{what}, entrant {world}",
                )
        axis.set_ylim(0)
        axis.margins(x=0)
        axis.set_xlabel("Year")
    axes[0].set_ylabel(f"Share of bulk weight moved, %:\n{found.entrant}")
    title_panels(axes, list(panels))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=4, title=note(found), title_fontsize=6.5
    )
    return figure


def parts(found: Displacement) -> Figure:
    """Draw each group's change of margin and the parts that make it up."""
    wide = found.parts.pivot(index="group", columns="part", values="usd_per_year") / 1e6
    error = found.parts[found.parts["part"] == "total"].set_index("group")
    order = list(wide["total"].abs().sort_values().index)
    order = [g for k, g in enumerate(order, SHOWN + 1 - len(order)) if k >= 0 or g in NAMED]
    figure = new_figure(DOUBLE_COLUMN, 0.5 * DOUBLE_COLUMN)
    axis = figure.subplots()
    y = np.arange(len(order))
    right, left = np.zeros(len(order)), np.zeros(len(order))
    for part, colour in PART_COLOURS.items():
        value = wide.loc[order, part].to_numpy()
        start = np.where(value >= 0, right, left)
        axis.barh(y, value, left=start, color=colour, height=0.62, label=part)
        right, left = right + np.maximum(value, 0), left + np.minimum(value, 0)
    total = wide.loc[order, "total"].to_numpy()
    spread = [
        total - error.loc[order, "low"].to_numpy() / 1e6,
        error.loc[order, "high"].to_numpy() / 1e6 - total,
    ]
    known = bool(np.isfinite(spread).all())
    axis.errorbar(
        total,
        y,
        xerr=spread if known else None,
        fmt="D",
        color="black",
        mfc="black" if known else "white",
        ms=3.5,
        capsize=2,
        lw=0.8,
        label=f"total{', 95 % interval' if known else ', no interval'} "
        f"({counted(len(found.pairs))})",
    )
    axis.axvline(0, color=GREY, lw=0.6)
    axis.set_yticks(y, order)
    against = found.question.against
    axis.set_xlabel(f"Change of yearly margin, entrant allowed less {against}, million USD")
    figure.legend(loc="outside lower center", ncols=6)
    return figure


def waiting(found: Displacement) -> Figure:
    """Draw the share of replicates in which the entrant has not yet passed each share."""
    figure = new_figure(SINGLE_COLUMN, 0.9 * SINGLE_COLUMN)
    axis = figure.subplots()
    first = 0.0 if found.start is None else year_of(found.start)
    n = len(found.pairs)
    # Thinner lines over thicker ones, so that milestones that coincide can all be seen.
    looks = ((SKY, 3.0), (ORANGE, 1.7), (DARK, 0.7))
    for (name, curve), (colour, width) in zip(found.survival.items(), looks, strict=True):
        years = first + curve["week"] / WEEKS_PER_CALENDAR_YEAR
        passed = n - round(n * curve["share"].iloc[-1])
        axis.step(
            years,
            100 * curve["share"],
            where="post",
            color=colour,
            lw=width,
            solid_capstyle="butt",
            label=f"{name[:-1]} % of the market: reached in {passed} of {n}",
        )
        axis.fill_between(
            years,
            100 * curve["low"],
            100 * curve["high"],
            step="post",
            color=colour,
            alpha=0.12,
            lw=0,
        )
    if found.question.since is not None:
        axis.axvline(year_of(found.question.since), color=GREY, lw=0.6, ls=":")
    axis.set_ylim(0, 103)
    axis.margins(x=0.01)
    axis.set_xlabel("Years since the start" if found.start is None else "Year")
    known = n >= FEWEST_PAIRS
    axis.set_ylabel(f"Replicates still below the share, %\n({'95 %' if known else 'no'} interval)")
    figure.legend(loc="outside lower center", ncols=1)
    return figure


def year_of(day: dt.date) -> float:
    """Return a day as a year with its fraction."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def drivers(table: pd.DataFrame) -> Figure:
    """Draw the Shapley split of the entrant's gain and the incumbents' loss."""
    effects = list(dict.fromkeys(table["effect"]))
    figure = new_figure(DOUBLE_COLUMN, 0.36 * DOUBLE_COLUMN)
    axes = figure.subplots(1, len(effects), sharey=True, squeeze=False)[0]
    for axis, effect in zip(axes, effects, strict=True):
        mine = table[table["effect"] == effect].iloc[::-1]
        names = [DRIVER_WORDS.get(d, d) for d in mine["driver"]]
        spread = [mine["value"] - mine["low"], mine["high"] - mine["value"]]
        colours = [GREY if d in ("all", "none of them") else BLUE for d in mine["driver"]]
        axis.barh(names, mine["value"], color=colours, height=0.6)
        known = bool(np.isfinite(spread).all(axis=None))
        if known:
            axis.errorbar(
                mine["value"], names, xerr=spread, fmt="none", color="black", capsize=2, lw=0.8
            )
        axis.axvline(0, color=GREY, lw=0.6)
        pairs = counted(int(mine["pairs"].iloc[0]))
        axis.set_xlabel(f"t bulk a year ({'95 %' if known else 'no'} interval, {pairs})")
    title_panels(axes, [f"{e[0].upper()}{e[1:]}".removesuffix(", t bulk a year") for e in effects])
    return figure


def save_displacement(found: Displacement, folder: Path) -> None:
    """Draw and save all figures of a displacement study."""
    with paper():
        write(shares(found), folder, "shares")
        write(parts(found), folder, "parts")
        write(waiting(found), folder, "waiting")
        write(financed_handled(found), folder, "financed_handled")
        if found.shapley is not None:
            write(drivers(found.shapley), folder, "drivers")
