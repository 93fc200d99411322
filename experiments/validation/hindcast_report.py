"""A hindcast in words and figures; what fails is told first."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.validation.forecasts import LAST_FITTED, LEVEL, MODEL, PERSISTENCE
from experiments.validation.hindcast import BEFORE, JUDGE, REPORT, Hindcast
from sim.figures.style import BLUE, DARK, DOUBLE_COLUMN, MM, ORANGE, new_figure, title_panels
from sim.results.spread import FEWEST

PANELS = 12  # of a figure: the largest of the series with nearly all years
LONG = 0.8  # of the years of the longest series
COLUMNS = 4


def headline(found: Hindcast) -> str:
    """Say in one sentence whether the model beats persistence over the judged years."""
    judged = found.table[(found.table["period"] == JUDGE) & (found.table["compared"] > 0)]
    groups = judged[judged["group"] != "all"]
    better = groups[groups[f"{MODEL}.crps"] < groups[f"{PERSISTENCE}.crps"]]
    names = ", ".join(better["group"]) or "none"
    if judged.empty:
        return "No judged observation can be compared: nothing is said of the model."
    row = judged[judged["group"] == "all"].iloc[0]
    gap, low, high = found.gap()
    verdict = "does not beat persistence"
    if high < 0.0:
        verdict = "beats persistence"
    elif low < 0.0:
        verdict = "cannot be told from persistence"
    if found.replicates < FEWEST:
        verdict = f"is not judged: fewer than {FEWEST} replicates"
    return (
        f"Over the judged years 2017-23 the model {verdict}: mean relative CRPS "
        f"{row[f'{MODEL}.crps']:.2f} against {row[f'{PERSISTENCE}.crps']:.2f} (difference "
        f"{gap:+.2f}, 95 % {low:+.2f} to {high:+.2f}, {int(row['compared'])} observations); "
        f"by group it is lower in {len(better)} of {len(groups)} ({names})."
    )


def second_line(found: Hindcast) -> str:
    """Say the same of the model with the level of every series fitted to 2010-16."""
    row = found.table[(found.table["period"] == JUDGE) & (found.table["group"] == "all")]
    if row.empty or found.replicates < FEWEST:
        return ""
    one = row.iloc[0]
    gap, low, high = found.gap(LEVEL)
    return (
        f"With the level of each series fitted to 2010-16, which leaves it only the movement "
        f"since, its CRPS is {one[f'{LEVEL}.crps']:.2f} (difference from persistence {gap:+.2f}, "
        f"{low:+.2f} to {high:+.2f}). Of all judged observations that the model has, "
        f"{100 * one['model_inside_all']:.0f} % lie in its 90 % band."
    )


def third_line(found: Hindcast) -> str:
    """Say what fitting has brought, and what part of the forecast's variance is luck."""
    if found.split is None or BEFORE not in found.contenders or found.replicates < FEWEST:
        return ""
    gap, low, high = found.gap(MODEL, BEFORE)
    verdict = "cannot be told from it"
    if high < 0.0:
        verdict = "is better"
    elif low > 0.0:
        verdict = "is worse"
    luck = 100 * float(found.split["luck_share"].median())
    return (
        f"Against the prior, the ensemble before fitting, the posterior {verdict} (difference of "
        f"CRPS {gap:+.2f}, {low:+.2f} to {high:+.2f}). Of the variance of its forecasts "
        f"{luck:.0f} % is luck and the rest ignorance (median over judged observations)."
    )


def over(found: Hindcast) -> str:
    """Say what replicates differ in."""
    if found.split is None:
        return "each with its own luck and its own deviation of every path"
    return "each with its own luck, in pairs over the members of an ensemble"


def report(found: Hindcast, scenario: str, command: str) -> str:
    """Return the page in Markdown."""
    failed = [line for line in found.must_hold if not line.holds]
    parts = [
        "# Hindcast of 2010-2023",
        "",
        headline(found),
        "",
        second_line(found),
        "",
        *([third_line(found), ""] if third_line(found) else []),
        f"Scenario `{scenario}`, {found.replicates} replicates, {over(found)}. What is "
        "compared is what would be observed of a run, never its flows. Scores are relative to "
        "the observed value; the error of the observation is in every forecast. Persistence is "
        "the last fitted year for ever (in the fitted years: the observation before), the trend "
        "a straight line through 2010-16 (in those years no forecast). Strategy off: nobody "
        "invests, grows, changes sides or contests places.",
        "",
        f"## What must hold: {len(failed)} of {len(found.must_hold)} do not",
        "",
        "| | asked | measured, median (5-95 %) |",
        "|---|---|---|",
        *(
            f"| {'holds' if line.holds else '**fails**'} | {line.asked} | {line.measured} |"
            for line in found.must_hold
        ),
        "",
        *score_tables(found),
        *worst(found),
        f"`{command}`",
        "",
    ]
    return "\n".join(parts)


def score_tables(found: Hindcast) -> list[str]:
    """Return a table per period: share inside the band and CRPS of every contender."""
    out: list[str] = []
    for period, mine in found.table.groupby("period", sort=False):
        heads = ["group", "observations", "compared", *found.contenders]
        out += [f"## {words_of(str(period))}", "", f"| {' | '.join(heads)} |"]
        out += ["|" + "---|" * len(heads)]
        for row in mine.to_dict("records"):
            cells = [str(row["group"]), str(row["observations"]), str(row["compared"])]
            cells += [cell_of(row, name, found.replicates) for name in found.contenders]
            out.append(f"| {' | '.join(cells)} |")
        out += ["", "CRPS (share inside the 90 % band), on the observations compared.", ""]
    return out


def cell_of(row: dict[object, object], name: str, replicates: int) -> str:
    """Return a score as CRPS and share inside."""
    score, share = float(row[f"{name}.crps"]), float(row[f"{name}.inside"])  # type: ignore[arg-type]
    if np.isnan(score):
        return "-"
    told = f"{100 * share:.0f} %" if replicates >= FEWEST else "cannot tell"
    return f"{score:.2f} ({told})"


def words_of(period: str) -> str:
    """Return a period as a heading."""
    known = {JUDGE: "Judged years, 2017-23", REPORT: "For report only"}
    return known.get(period, "Fitted years, 2010-16")


def worst(found: Hindcast) -> list[str]:
    """List the judged series that the model misses most."""
    judged = found.scores[found.scores["use"] == JUDGE].dropna(subset=[f"{MODEL}.crps"])
    mean = judged.groupby(["group", "measure", "where"])[f"{MODEL}.crps"].mean().nlargest(12)
    ratio = (judged["model_median"] / judged["value"]).groupby(
        [judged["group"], judged["measure"], judged["where"]]
    )
    middle = ratio.median()
    rows = [
        f"| {group} | {measure} | {where} | {score:.2f} | {middle[group, measure, where]:.2f} |"
        for (group, measure, where), score in mean.items()
    ]
    heads = ["| group | measure | where | CRPS | model over data |", "|---|---|---|---|---|"]
    return ["## Missed most in the judged years", "", *heads, *rows, ""]


def draw(found: Hindcast, group: str) -> Figure:
    """Draw one group: observations with ranges, the model's band, and persistence."""
    scores = found.scores[found.scores["group"] == group]
    sizes = scores.groupby(["measure", "where"])["value"].agg(["size", "mean"])
    sizes["long"] = sizes["size"] >= LONG * sizes["size"].max()
    counts = sizes.sort_values(["long", "mean"], ascending=False)
    shown = sorted(counts.index[:PANELS])
    columns = min(COLUMNS, len(shown))
    rows = ceil(len(shown) / columns)
    figure = new_figure(DOUBLE_COLUMN, (12 + 38 * rows) * MM)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    titles = []
    for ax, (measure, where) in zip(axes, shown, strict=False):
        mine = scores[(scores["measure"] == measure) & (scores["where"] == where)]
        bands = found.bands
        band = bands[(bands["measure"] == measure) & (bands["where"] == where)]
        draw_series(ax, mine.sort_values("year"), band, found.replicates)
        ax.set_ylabel(unit_of(str(measure)))
        titles.append(str(where))
    for ax in axes[len(shown) :]:
        ax.remove()
    title_panels(axes[: len(shown)], titles)
    band = "5 to 95 %" if found.replicates >= FEWEST else "none, too few replicates"
    note = f"Points: observed, with range. Line: model's median, band: {band}. Dashes: "
    note += "persistence from 2016. Shaded years judge."
    if len(counts) > len(shown):
        note += f" {len(shown)} of {len(counts)} series."
    figure.supxlabel(note, fontsize=6.5)
    return figure


def draw_series(ax: Axes, mine: pd.DataFrame, band: pd.DataFrame, replicates: int) -> None:
    """Draw one series: the model's band and median, persistence, what was observed."""
    years, value = mine["year"].to_numpy(float), mine["value"].to_numpy(float)
    ax.axvspan(LAST_FITTED + 0.5, 2023.5, color=DARK, alpha=0.05, linewidth=0)
    x = band["year"].to_numpy(float)
    if replicates >= FEWEST:
        ax.fill_between(
            x, band["low"].to_numpy(), band["high"].to_numpy(), color=BLUE, alpha=0.2, linewidth=0
        )
    ax.plot(x, band["median"].to_numpy(), color=BLUE)
    fitted = mine[mine["year"] <= LAST_FITTED]
    if len(fitted):
        last = fitted.iloc[-1]
        ax.plot([last["year"], 2023.5], [last["value"]] * 2, color=ORANGE, linestyle="--")
    errors = np.abs([value - mine["low"].to_numpy(float), mine["high"].to_numpy(float) - value])
    ax.errorbar(years, value, yerr=errors, fmt="o", color=DARK, markersize=2, linewidth=0.7)
    ax.set_xlim(2009.5, 2023.5)
    ax.set_ylim(bottom=0)
    ax.set_xticks([2010, 2015, 2020])


def unit_of(measure: str) -> str:
    """Return the label of a series' axis."""
    units = {
        "produced_pure_t": "t pure a year",
        "seized_bulk_t": "t bulk a year",
        "price_usd_per_kg": "USD/kg bulk",
        "flights": "flights a year",
        "air_share": "share by air",
        "lost_per_flight": "lost per flight",
    }
    return units.get(measure, "share")
