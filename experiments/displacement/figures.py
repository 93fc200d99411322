"""Figures of displacement studies: shares, parts of the loss, waiting time, flows, drivers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.displacement.estimates import FEWEST_PAIRS, counted
from experiments.words import DRIVER_WORDS
from sim.figures.courses import Course, columns_for, draw_apart, draw_course
from sim.figures.files import write
from sim.figures.style import (
    BLACK,
    BLUE,
    DARK,
    DASH,
    DOT,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    MM,
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
    year_axis,
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
PART_HATCHES = {"source": "....", "routes": "////", "affiliates": "xxxx"}  # told apart in grey
SHOWN = 5  # groups besides the entrant and those that the question names
NAMED = ("Colombian", "Brazilian")
ENTRANT = Mark(RED)
KEPT_BACK = Mark(GREY, DASH)  # any group, with the entrant barred or held
ACROSS, PANEL_MM = 4, 34  # small panels in a row, and their height
FLOW_PANELS = {
    "All legs": ("financed", "handled"),
    "Air bridge, Peru to Bolivia": ("air_bridge", "bridge_handled"),
    "Ports of Brazil": ("brazil_ports",),
}


def shares(found: Displacement) -> Figure:
    """Draw shares of the market over time, a panel for each group, with both worlds in it."""
    table, entrant = found.shares, found.question.entrant
    allowed, kept_back = found.question.worlds_named
    largest = table.groupby("group")["median"].max().drop(entrant, errors="ignore")
    groups = list(largest.nlargest(SHOWN).index)
    groups += [group for group in NAMED if group in largest and group not in groups]
    panels: dict[str, list[Course]] = {}
    for group in [entrant, *groups]:
        mark, name = look(group, found)
        both = [
            course(table[(table["world"] == world) & (table["group"] == group)], world, drawn)
            for world, drawn in ((kept_back, KEPT_BACK), (allowed, Mark(mark.colour)))
        ]
        panels[name] = [one for one in both if len(one.at)]
    # The entrant first, for whom the figure is; then groups from large to small.
    sizes = {name: max((c.most for c in both), default=0.0) for name, both in panels.items()}
    first, *others = panels
    panels = {name: panels[name] for name in [first, *sorted(others, key=lambda n: -sizes[n])]}
    columns = columns_for(len(panels), ACROSS)
    figure = new_figure(DOUBLE_COLUMN, (16 + PANEL_MM * -(-len(panels) // columns)) * MM)
    figure.supylabel("Share of deliveries, bulk weight (%)")
    draw_apart(figure, panels, columns, year_axis, own_scale=True)
    figure.legend(
        handles=[
            Line2D([], [], color=GREY, linestyle=DASH, label=f"entrant {kept_back}"),
            Line2D([], [], color=BLACK, label=f"entrant {allowed} (in the colour of the group)"),
        ],
        loc="outside lower center",
        ncols=2,
        title=f"{note(found)}; each panel has its own scale from zero",
    )
    return figure


def look(group: str, found: Displacement) -> tuple[Mark, str]:
    """Return the look and the name of a group; the entrant is red."""
    if group == found.question.entrant:
        return ENTRANT, found.entrant
    mark = group_mark(group)
    return (Mark(DARK) if mark == group_mark("Mexican") else mark), group


def course(table: pd.DataFrame, name: str, mark: Mark) -> Course:
    """Return how the median of yearly shares goes, in per cent, with its band."""
    mine = table.sort_values("year")
    at, middle = mine["year"].to_numpy(float), 100 * mine["median"].to_numpy(float)
    if not np.isfinite(mine[["low", "high"]]).any(axis=None):
        return Course(name, mark, at=at, middle=middle)
    low, high = (100 * mine[key].to_numpy(float) for key in ("low", "high"))
    return Course(name, mark, at=at, middle=middle, low=low, high=high)


def note(found: Displacement) -> str:
    """Say in words what lines and bands show."""
    n = len(found.pairs)
    if n < FEWEST_PAIRS:
        return f"Lines: medians of {n} replicates, without bands, which take {FEWEST_PAIRS}"
    return f"Lines: medians; bands: 5–95 % of {n} replicates"


def financed_handled(found: Displacement) -> Figure:
    """Draw the entrant's share of kilograms financed and handled, on one scale."""
    known = set(found.flows["flow"])
    panels = {title: flows for title, flows in FLOW_PANELS.items() if known & set(flows)}
    allowed, kept_back = found.question.worlds_named
    figure = new_figure(DOUBLE_COLUMN, 0.46 * DOUBLE_COLUMN)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, flows in zip(axes, panels.values(), strict=True):
        for flow, colour, what in zip(flows, (BLUE, ORANGE), ("financed", "handled"), strict=False):
            mine = found.flows[found.flows["flow"] == flow]
            for world, line in ((kept_back, DASH), (allowed, "-")):
                drawn = course(
                    mine[mine["world"] == world], f"{what}, entrant {world}", Mark(colour, line)
                )
                if world == kept_back and drawn.low is not None:  # edges tell two bands apart
                    for edge in (drawn.low, drawn.high):
                        axis.plot(drawn.at, edge, color=colour, linestyle=DOT, linewidth=0.7)
                    drawn = replace(drawn, low=None, high=None)
                draw_course(axis, drawn, 1.3)
        axis.margins(x=0)
        year_axis(axis, 4)
        axis.set_xlabel("Year")
    axes[0].set_ylim(0, None)  # of all, when all are drawn: they share it
    axes[0].set_ylabel(f"Share of bulk weight moved (%):\n{found.entrant}")
    title_panels(axes, list(panels))
    handles, labels = axes[0].get_legend_handles_labels()
    banded = len(found.pairs) >= FEWEST_PAIRS
    marks = f" (shaded with the entrant {allowed}, dotted edges {kept_back})" if banded else ""
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=4,
        title=f"{note(found)}{marks}",
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
        axis.barh(
            y,
            value,
            left=start,
            color=colour,
            height=0.62,
            label=part,
            edgecolor="white",
            linewidth=0.4,
            hatch=PART_HATCHES.get(part),
        )
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
    axis.set_xlabel(f"Change of yearly margin, entrant allowed less {against} (million USD)")
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
