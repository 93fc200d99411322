"""What single causes move, in words, tables and a figure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.validation.lasting import BOOM_YEARS, years_until_half
from sim.figures.style import MM, SINGLE_COLUMN, new_figure

COLOURS = ("#88CCEE", "#332288", "#CC6677")  # colour-blind safe, as dark as they are lasting


def percent(value: float) -> str:
    """Return a share in percent, with its sign."""
    return f"{100 * value:+.1f} %"


def interval(low: float, high: float) -> str:
    """Return an interval in percent, or that there are too few pairs for one."""
    return f"{percent(low)} to {percent(high)}" if np.isfinite(low) else "too few pairs"


def summary(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the findings, a sentence each."""
    reasons, learning = tables["reasons"], tables["learning"]
    out = [
        f"{r.reason}: {r.measure} {percent(r.change)} ({interval(r.low, r.high)}), {r.pairs} "
        f"pairs; expected: {r.expected}; {r.holds}"
        for r in reasons.itertuples()
    ]
    out += [
        f"Effort tripled on legs with {r.consignments}: after five years beliefs have gone "
        f"{r.learnt:.0%} of the way, five years after its end {r.left:.0%} is left"
        for r in learning.itertuples()
    ]
    for time, years in years_until_half(tables["boom"]).items():
        gone = f"{years:.0f} years" if np.isfinite(years) else "more years than were watched"
        out.append(f"With forgetting_years {time} half of a boom's extra share is gone in {gone}")
    return out


def report(tables: Mapping[str, pd.DataFrame], command: str) -> str:
    """Return the page in Markdown."""
    rows = [
        f"| {r.reason} | {r.measure} | {percent(r.change)} ({interval(r.low, r.high)}) | "
        f"{'' if np.isnan(r.elasticity) else f'{r.elasticity:.2f}'} | {r.expected} | {r.holds} |"
        for r in tables["reasons"].itertuples()
    ]
    learnt = [
        f"| {r.consignments} | {r.legs} | {r.learnt:.0%} ({interval(r.learnt_low, r.learnt_high)})"
        f" | {r.left:.0%} ({interval(r.left_low, r.left_high)}) |"
        for r in tables["learning"].itertuples()
    ]
    lines = [
        "# Does the market answer to reasons?",
        "",
        "Pairs of worlds that share their luck and differ in one cause; means of years 9 to 12, "
        "95 % intervals.",
        "",
        "| cause | measure | change | elasticity | expected | holds |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        "Effort on a leg tripled for five years and taken back: how far beliefs have gone to the "
        "new risk after five years, and what is left of it five years later.",
        "",
        "| traffic of the leg | legs | learnt | left |",
        "|---|---|---|---|",
        *learnt,
        "",
        "European demand doubled for five years and back: the entrant's extra share.",
        "",
        "![Extra share](figures/boom.png)",
        "",
        *(f"- {line}." for line in summary(tables) if line.startswith("With ")),
        "",
        f"`{command}`",
    ]
    return "\n".join(lines) + "\n"


def draw_boom(boom: pd.DataFrame) -> Figure:
    """Draw the entrant's extra share of Europe, by year, for each speed of forgetting."""
    figure = new_figure(SINGLE_COLUMN, 70 * MM)
    axes = figure.subplots()
    axes.axvspan(0, BOOM_YEARS, color="0.92", label="demand doubled")
    for colour, (time, rows) in zip(COLOURS, boom.groupby("forgetting_years"), strict=False):
        years = rows["year"] + 0.5
        axes.plot(years, 100 * rows["extra_share"], color=colour, label=f"{time} years to forget")
        axes.fill_between(
            years, 100 * rows["low"], 100 * rows["high"], color=colour, alpha=0.2, linewidth=0
        )
    axes.axhline(0.0, color="0.4", linewidth=0.6)
    axes.set_xlabel("Years since the boom began")
    axes.set_ylabel("Extra share of Europe,\npercentage points")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure
