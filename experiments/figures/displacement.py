"""Figures of displacement studies: shares, parts of the loss, waiting time, drivers, variants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures.style import (
    BLUE,
    DARK,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    GROUPS,
    ORANGE,
    PURPLE,
    RED,
    SINGLE_COLUMN,
    SKY,
    paper,
)

if TYPE_CHECKING:
    from experiments.studies import Displacement

PART_COLOURS = {"price": SKY, "source": ORANGE, "affiliates": PURPLE, "routes": BLUE,
                "volume": GREEN}  # fmt: skip
SHOWN = 6  # groups


def write(figure: Figure, folder: Path, name: str) -> None:
    """Save a figure as PDF and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})
    figure.savefig(folder / f"{name}.png", dpi=300)


def shares(found: Displacement) -> Figure:
    """Draw shares of the market over time, entrant allowed and barred side by side."""
    figure = Figure(figsize=(DOUBLE_COLUMN, 0.42 * DOUBLE_COLUMN), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    table, entrant = found.shares, found.question.entrant
    largest = table.groupby("group")["median"].max().drop(entrant, errors="ignore")
    groups = [entrant, *largest.nlargest(SHOWN).index]
    for axis, world in zip(axes, ("barred", "allowed"), strict=True):
        for group in groups:
            mine = table[(table["world"] == world) & (table["group"] == group)].sort_values("year")
            mark = GROUPS.get("Mexican" if group == entrant else group, GROUPS["Other"])
            colour, line = (RED, "-") if group == entrant else (mark.colour, mark.line)
            width = 2.0 if group == entrant else 1.0
            axis.plot(mine["year"], 100 * mine["median"], color=colour, ls=line, lw=width,
                      marker=mark.marker, ms=2.5, label=group)  # fmt: skip
            axis.fill_between(mine["year"], 100 * mine["low"], 100 * mine["high"], color=colour,
                              alpha=0.13, lw=0)  # fmt: skip
        axis.set_title(f"Entrant {world}")
        axis.set_xlabel("Year")
        axis.set_ylim(0)
    axes[0].set_ylabel("Share of deliveries, %\n(median and 5–95 %)")
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
    return figure


def parts(found: Displacement) -> Figure:
    """Draw each group's change of margin and the parts that make it up."""
    wide = found.parts.pivot(index="group", columns="part", values="usd_per_year") / 1e6
    error = found.parts[found.parts["part"] == "total"].set_index("group")
    order = wide["total"].abs().sort_values().index[-(SHOWN + 1) :]
    figure = Figure(figsize=(DOUBLE_COLUMN, 0.5 * DOUBLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    y = np.arange(len(order))
    right, left = np.zeros(len(order)), np.zeros(len(order))
    for part, colour in PART_COLOURS.items():
        value = wide.loc[order, part].to_numpy()
        start = np.where(value >= 0, right, left)
        axis.barh(y, value, left=start, color=colour, height=0.62, label=part)
        right, left = right + np.maximum(value, 0), left + np.minimum(value, 0)
    total = wide.loc[order, "total"].to_numpy()
    spread = [total - error.loc[order, "low"].to_numpy() / 1e6,
              error.loc[order, "high"].to_numpy() / 1e6 - total]  # fmt: skip
    axis.errorbar(total, y, xerr=spread, fmt="D", color="black", ms=3.5, capsize=2, lw=0.8,
                  label="total, 95 % interval")  # fmt: skip
    axis.axvline(0, color=GREY, lw=0.6)
    axis.set_yticks(y, order)
    axis.set_xlabel("Change of yearly margin, entrant allowed less barred, million USD")
    axis.legend(loc="lower left", ncols=2)
    return figure


def waiting(found: Displacement) -> Figure:
    """Draw the share of replicates in which the entrant has not yet passed each share."""
    figure = Figure(figsize=(SINGLE_COLUMN, 0.75 * SINGLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    for (name, curve), colour, line in zip(found.survival.items(), (BLUE, ORANGE, DARK),
                                           ("-", "--", ":"), strict=True):  # fmt: skip
        years = curve["week"] / 52.18
        axis.step(years, curve["share"], where="post", color=colour, ls=line, label=f"{name} share")
        axis.fill_between(years, curve["low"], curve["high"], step="post", color=colour, alpha=0.15,
                          lw=0)  # fmt: skip
    axis.set_ylim(0, 1.03)
    axis.set_xlabel("Years since the start of the run")
    axis.set_ylabel("Share of replicates not yet there\n(95 % interval)")
    axis.legend(loc="lower left")
    return figure


def drivers(table: pd.DataFrame) -> Figure:
    """Draw the Shapley split of the entrant's gain and the incumbents' loss."""
    effects = list(dict.fromkeys(table["effect"]))
    figure = Figure(figsize=(DOUBLE_COLUMN, 0.36 * DOUBLE_COLUMN), layout="constrained")
    axes = figure.subplots(1, len(effects), sharey=True, squeeze=False)[0]
    for axis, effect in zip(axes, effects, strict=True):
        mine = table[table["effect"] == effect].iloc[::-1]
        spread = [mine["value"] - mine["low"], mine["high"] - mine["value"]]
        colours = [GREY if d in ("all", "none of them") else BLUE for d in mine["driver"]]
        axis.barh(mine["driver"], mine["value"], color=colours, height=0.6)
        axis.errorbar(mine["value"], mine["driver"], xerr=spread, fmt="none", color="black",
                      capsize=2, lw=0.8)  # fmt: skip
        axis.axvline(0, color=GREY, lw=0.6)
        axis.set_xlabel(f"{effect[0].upper()}{effect[1:]}\n(95 % interval)")
    return figure


def intervals(table: pd.DataFrame, label: str, facet: str, titles: dict[str, str]) -> Figure:
    """Draw values with intervals by row, one panel for each kind of value."""
    rows = list(dict.fromkeys(table[label]))[::-1]
    figure = Figure(figsize=(DOUBLE_COLUMN, (0.12 + 0.028 * len(rows)) * DOUBLE_COLUMN),
                    layout="constrained")  # fmt: skip
    axes = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    for axis, (name, title) in zip(axes, titles.items(), strict=True):
        mine = table[table[facet] == name].set_index(label).reindex(rows)
        spread = [mine["value"] - mine["low"], mine["high"] - mine["value"]]
        axis.errorbar(mine["value"], np.arange(len(rows)), xerr=spread, fmt="o", color=BLUE, ms=3,
                      capsize=1.5, lw=0.8)  # fmt: skip
        first = mine["value"].iloc[-1]
        if np.isfinite(first):
            axis.axvline(first, color=GREY, lw=0.6, ls=":")
        axis.set_xlabel(title)
    axes[0].set_yticks(np.arange(len(rows)), rows)
    return figure


def save_displacement(found: Displacement, folder: Path) -> None:
    """Draw and save all figures of a displacement study."""
    with paper():
        write(shares(found), folder, "shares")
        write(parts(found), folder, "parts")
        write(waiting(found), folder, "waiting")
        if found.shapley is not None:
            write(drivers(found.shapley), folder, "drivers")
