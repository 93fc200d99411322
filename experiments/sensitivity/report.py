"""What a sensitivity study found: figures, and a report in words filled from its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.displacement.estimates import FEWEST_PAIRS, Estimate, percent, share_of
from experiments.displacement.verdicts import looked_at
from experiments.sensitivity.discovery import Box, discover, in_words
from experiments.sensitivity.figures import (
    bars,
    convergence,
    discovered,
    elementary,
    luck,
    phase,
    second_order,
)
from experiments.sensitivity.indices import LEADING, is_constant
from experiments.sensitivity.steps import save
from experiments.words import OF_A_PAIR, figure_of, in_digits, names_of, outcome_words
from sim.errors import ScenarioError
from sim.figures.files import write
from sim.figures.style import paper

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


LEADERS = 8  # factors named in a report
INTEREST = {"displaced": "Entrants displace incumbents"}
Tables = dict[str, pd.DataFrame]


def present(plan: Plan, tables: Tables, folder: Path) -> list[str]:
    """Write figures and report of a study; return the lines that say what came out."""
    boxes = find_boxes(plan, tables, folder)
    if "grid" in plan.study.methods:
        tables["phase"] = phase_table(plan, tables["outcomes"], tables["samples"])
        save(tables["phase"], folder, "phase")
    save_figures(plan, tables, boxes, folder / "figures")
    headline = list(headlines(plan, tables, boxes))
    (folder / "report.md").write_text("\n".join(report(plan, tables, headline)) + "\n")
    return headline


def labels_of(plan: Plan) -> dict[str, str]:
    """Return short names of factors and outcomes, for figures."""
    names = names_of(plan.scenario)
    outcomes = {name: OF_A_PAIR.get(name) or outcome_words(name, names) for name in plan.outcomes}
    return {factor.name: factor.label for factor in plan.factors} | outcomes


def units_of(plan: Plan) -> dict[str, str]:
    """Return units of factors."""
    return {factor.name: factor.unit for factor in plan.factors}


def find_boxes(plan: Plan, tables: Tables, folder: Path) -> list[Box]:
    """Discover the conditions under which an outcome is high, if the study asks for them."""
    asked = plan.study.discovery
    if asked is None:
        return []
    interest = (tables["means"][asked.outcome] > asked.above).to_numpy()
    try:
        boxes = discover(tables["samples"], interest, density=asked.density)
    except ScenarioError:  # too few cases of interest, or all: the headline says how many
        return []
    limits = [
        box.limits.assign(box=k + 1, coverage=box.coverage, density=box.density, mass=box.mass)
        for k, box in enumerate(boxes)
    ]
    paths = [box.trajectory.assign(box=k + 1) for k, box in enumerate(boxes)]
    save(pd.concat(limits, ignore_index=True), folder, "boxes")
    save(pd.concat(paths, ignore_index=True), folder, "peeling")
    return boxes


def phase_table(plan: Plan, outcomes: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Return what came out at each point of a grid: means of all outcomes, by point.

    Where displacement is looked at, value, low and high are its probability with Wilson's
    interval, and share is the entrant's mean share of the market.
    """
    rows = []
    there = outcomes[outcomes["point"].isin(samples.index)]
    for point, mine in there.groupby("point"):
        row: dict[str, Any] = dict(samples.loc[int(str(point))])
        if "displaced" in mine:
            hit = share_of(mine["displaced"].to_numpy() > 0.5)
            row |= {"value": hit.value, "low": hit.low, "high": hit.high}
        row["replicates"] = len(mine)
        if "entrant_share" in mine:
            row["share"] = mine["entrant_share"].mean()
        row |= {name: mine[name].mean() for name in plan.outcomes}
        rows.append(row)
    return pd.DataFrame(rows)


def point_lines(plan: Plan, table: pd.DataFrame) -> Iterator[str]:
    """Yield the table of a grid's points, in Markdown."""
    labels, units = labels_of(plan), units_of(plan)
    names = [factor.name for factor in plan.factors]
    heads = [f"{labels[name]}{f', {units[name]}' if units[name] else ''}" for name in names]
    others = [name for name in plan.outcomes if name != "displaced"]
    displaced = ["displaced in (95 % interval)"] if "value" in table else []
    columns = [*heads, *displaced, *(labels[name] for name in others), "replicates"]
    yield from ("", "## Points of the grid", "", f"| {' | '.join(columns)} |")
    yield "|" + "---|" * len(columns)
    for row in table.to_dict("records"):
        cells = [in_digits(float(row[name])) for name in names]
        if displaced:
            n = int(row["replicates"])
            hit = Estimate(row["value"], row["low"], row["high"], n)
            cells.append(f"{round(hit.value * n)} of {n}, {percent(hit)}")
        cells += [figure_of(float(row[name])) for name in others]
        yield f"| {' | '.join([*cells, str(row['replicates'])])} |"


def save_figures(plan: Plan, tables: Tables, boxes: list[Box], folder: Path) -> None:
    """Draw and save the figures that fit the study's methods."""
    labels, noise = labels_of(plan), tables["noise"]
    with paper():
        if noise["noise_share"].notna().any():
            write(luck.noise(noise, labels), folder, "noise")
        if "phase" in tables:
            save_maps(plan, tables["phase"], labels, folder)
        for outcome in tables["means"] if "indices" in tables else ():
            save_indices(plan, tables, str(outcome), labels, folder)
        for k, box in enumerate(boxes):
            write(discovered.trade_off(box.trajectory), folder, f"peeling_{k + 1}")
            if box.n_restricted:
                write(discovered.box(box.limits, labels, units_of(plan)), folder, f"box_{k + 1}")


def save_maps(plan: Plan, table: pd.DataFrame, labels: dict[str, str], folder: Path) -> None:
    """Draw the map of displacement; where it is not looked at, one of each outcome."""
    x, y = plan.factors
    names = {f.name: f"{f.label}, {f.unit}" if f.unit else f.label for f in plan.factors}
    log_x, log_y = (factor.distribution == "log_uniform" for factor in (x, y))
    if "value" in table:
        figure = phase.phase(table, x.name, y.name, names, log_x=log_x, log_y=log_y)
        write(figure, folder, "phase")
        return
    for name in plan.outcomes:
        figure = phase.level_map(
            table, x.name, y.name, name, names | {name: labels[name]}, log_x=log_x, log_y=log_y
        )
        write(figure, folder, f"phase_{name}")


def save_indices(
    plan: Plan, tables: Tables, outcome: str, labels: dict[str, str], folder: Path
) -> None:
    """Draw the indices of one outcome by every method."""
    found = tables["indices"]
    if not (found.loc[found["outcome"] == outcome, "value"].abs() > 0).any():
        return  # an outcome that is the same everywhere
    for method in plan.study.methods:
        write(bars.bars(found, outcome, method, labels), folder, f"{method}_{outcome}")
        if method == "morris":
            write(elementary.morris_plane(found, outcome, labels), folder, f"plane_{outcome}")
        if method == "sobol" and plan.study.second_order:
            write(second_order.heat_map(found, outcome, labels), folder, f"pairs_{outcome}")
        path = tables["convergence"]
        path = path[(path["method"] == method) & (path["outcome"] == outcome)]
        if path["n"].nunique() > 1:
            write(
                convergence.convergence(path, outcome, labels),
                folder,
                f"convergence_{method}_{outcome}",
            )


def leaders(plan: Plan, tables: Tables, outcome: str, method: str) -> pd.DataFrame:
    """Return the factors that matter most for an outcome, most first."""
    found = tables["indices"]
    rows = (found["outcome"] == outcome) & (found["method"] == method)
    rows &= found["index"] == LEADING[method]
    return found[rows].nlargest(LEADERS, "value")


def headlines(plan: Plan, tables: Tables, boxes: list[Box]) -> Iterator[str]:
    """Yield what came out, a sentence each."""
    labels = labels_of(plan)
    if "indices" in tables:
        for outcome in plan.outcomes:
            if said := constancy(tables, outcome):
                yield f"{labels[outcome]}: {said}"
                continue
            for method in plan.study.methods:
                top = leaders(plan, tables, outcome, method).head(3)
                names = ", ".join(
                    f"{labels.get(r.factor, r.factor)} {r.value:.2g} ({r.low:.2g} to {r.high:.2g})"
                    for r in top.itertuples()
                )
                yield f"{labels[outcome]}: {method} {LEADING[method]}: {names}"
    if "phase" in tables:
        yield from grid_headlines(plan, tables["phase"])
    asked = plan.study.discovery
    if asked is None:
        return
    if asked is not None:
        share = (tables["means"][asked.outcome] > asked.above).mean()
        yield f"{asked.outcome} is above {asked.above:g} at {share:.0%} of the points"
    for box in boxes:
        yield in_words(
            box,
            labels,
            units_of(plan),
            INTEREST.get(asked.outcome, (f"{asked.outcome} is above {asked.above:g}")),
        )


def grid_headlines(plan: Plan, grid: pd.DataFrame) -> Iterator[str]:
    """Yield what came out of a grid: at how many points, and how surely."""
    labels, points = labels_of(plan), len(grid)
    if "value" in grid:
        likely, sure = int((grid["value"] > 0.5).sum()), int((grid["low"] > 0.5).sum())
        yield f"Incumbents are displaced in most replicates at {likely} of {points} points"
        n = int(grid["replicates"].min())
        if n < FEWEST_PAIRS:
            yield (
                f"Whether that is luck cannot be told from {n} replicates a point: an interval "
                f"takes {FEWEST_PAIRS}"
            )
        else:
            unlikely = int((grid["high"] < 0.5).sum())
            yield (
                f"The 95 % interval lies above one half at {sure} points and below it at {unlikely}"
            )
    for name in plan.outcomes:
        if name != "displaced":
            low, high = grid[name].min(), grid[name].max()
            said = "the same at all points" if low == high else f"up to {figure_of(high)}"
            yield f"{labels[name]}: {figure_of(low)}, {said}"


def constancy(tables: Tables, outcome: str) -> str:
    """Say that an outcome is the same at all points, with its value; nothing if it varies."""
    values = tables["means"][outcome]
    if not is_constant(values):
        return ""
    return (
        f"constant, {figure_of(float(values.iloc[0]))} at all {len(values)} points: "
        "there is nothing for factors to explain"
    )


def report(plan: Plan, tables: Tables, headline: list[str]) -> Iterator[str]:
    """Yield the lines of the report, in Markdown."""
    study, points = plan.study, len(tables["samples"])
    yield f"# {study.question or study.name}"
    yield ""
    yield (
        f"Study `{study.name}`: scenario `{study.scenario}`, {' and '.join(study.methods)}, "
        f"{len(plan.factors)} factors, {points} points, "
        f"{study.replicates} replicate{'' if study.replicates == 1 else 's'} a point, "
        f"seed {study.seed}, "
        f"{'common' if study.common_luck else 'separate'} luck."
    )
    yield ""
    yield from (f"- {line}" for line in headline)
    yield from left_out_lines(plan, tables)
    if "indices" in tables:
        yield from index_lines(plan, tables)
    if "phase" in tables:
        yield from point_lines(plan, tables["phase"])
    labels = labels_of(plan)
    yield from (
        "",
        "## How much is noise",
        "",
        "| outcome | mean | variance over points | share that is noise |",
        "|---|---|---|---|",
    )
    for row in tables["noise"].itertuples():
        share = "not measured" if row.noise_share != row.noise_share else f"{row.noise_share:.0%}"
        share = "constant" if row.constant else share
        yield f"| {labels[row.outcome]} | {row.mean:.3g} | {row.variance:.3g} | {share} |"
    yield ""
    yield "## What was looked at"
    yield ""
    yield from (f"- `{n}`: {looked_at(n, plan.study.against) or labels[n]}" for n in plan.outcomes)


def left_out_lines(plan: Plan, tables: Tables) -> Iterator[str]:
    """Yield what the numbers do not hold: points with failed runs, later events."""
    drawn = tables.get("points_drawn")
    missing = 0 if drawn is None else int(drawn["points"].iloc[0]) - len(tables["samples"])
    if missing:
        yield f"- Left out: {missing} points, as runs of theirs or of their base point failed"
    later = plan.scenario.left_out
    if later:
        events = ", ".join(f"{event.name} ({event.date})" for event in later)
        yield f"- Left out: events after the end of the scenario, {plan.scenario.end}: {events}"


def index_lines(plan: Plan, tables: Tables) -> Iterator[str]:
    """Yield a table of the leading factors of every outcome."""
    labels = labels_of(plan)
    for outcome in plan.outcomes:
        yield from ("", f"## {labels[outcome]}", "")
        if said := constancy(tables, outcome):
            yield f"{said[0].upper()}{said[1:]}."
            continue
        yield from (
            "| method | index | factor | value | 95 % interval |",
            "|---|---|---|---|---|",
        )
        for method in plan.study.methods:
            for row in leaders(plan, tables, outcome, method).itertuples():
                around = f"{row.low:.3g} to {row.high:.3g}" if row.low == row.low else ""
                name = labels.get(row.factor, "")
                yield (
                    f"| {method} | {LEADING[method]} | {name} (`{row.factor}`) | "
                    f"{row.value:.3g} | {around} |"
                )
