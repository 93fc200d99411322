"""Commands that put the model to data: targets, stylised facts, rest, a hindcast."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import (
    CsvFile,
    Pairs,
    Replicates,
    RunOptions,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
    Workers,
)
from experiments.cli.session import count_progress, laboratory, with_progress

if TYPE_CHECKING:
    import pandas as pd


def targets(
    scenario: ScenarioName = "baseline",
    replicates: Replicates = 8,
    seed: Seed = None,
    settings: Settings = None,
    out: CsvFile = None,
    workers: Workers = 1,
) -> None:
    """Compare a scenario with every target of 2010-2016: met, missed, or why not compared."""
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.validation.targets import compare, print_targets

    base_seed = chosen.seed if seed is None else seed
    table = compare(with_progress(chosen, base_seed, replicates, workers))
    print_targets(table)
    save(table, out)


def facts(
    scenario: ScenarioName = "baseline",
    only: Annotated[list[str] | None, typer.Option(help="A fact's id; may be repeated")] = None,
    replicates: Replicates = 8,
    seed: Seed = None,
    out: CsvFile = None,
    workers: Workers = 1,
) -> None:
    """Put the model to stylised facts in paired worlds: passed or failed."""
    from sim.errors import ScenarioError, hint
    from sim.scenario.scenario import Scenario

    Scenario.load(scenario)
    from experiments.validation.facts import FACTS, judge, print_facts

    known = [fact.id for fact in FACTS]
    for name in only or []:
        if name not in known:
            raise ScenarioError(f"--only {name}: no such fact{hint(name, known)}")
    with count_progress("replicates of all worlds", replicates) as passed:
        table = judge(scenario, tuple(only or known), replicates, workers, seed, passed)
    print_facts(table)
    save(table, out)


def rest(
    scenario: ScenarioName = "baseline",
    years: Annotated[int, typer.Option(min=8, max=100, help="Years in which nothing happens")] = 34,
    replicates: Replicates = 30,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/rest"),
    workers: Workers = 1,
) -> None:
    """Let years pass in which nothing happens: shares, prices and posts should rest."""
    from sim.results.folder import check_target, write_json
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(settings or []))
    check_target(out)
    from experiments.cli.summary import print_table
    from experiments.runner.provenance import provenance
    from experiments.validation import rest as resting
    from experiments.validation.rest_report import (
        draw,
        headline,
        price_lines,
        report,
        summary_table,
    )
    from sim.figures.files import write
    from sim.figures.style import paper

    number = chosen.seed if seed is None else seed
    with count_progress("replicates", replicates) as passed:
        found = resting.rest(chosen, years, replicates, number, workers, partial(passed, 1))
    content = provenance(
        [chosen], started, seed=number, replicates=replicates, years=years, overrides=settings or []
    )
    out.mkdir(parents=True, exist_ok=True)
    tables = {"shares": found.shares, "drift": found.drift, "prices": found.prices}
    for name, table in {**tables, "posts": found.posts}.items():
        table.to_csv(out / f"{name}.csv", index=False)
    (out / "report.md").write_text(report(found, years, content["command"]))
    with paper():
        write(draw(found), out / "figures", "rest")
    made = [*(f"{name}.csv" for name in (*tables, "posts")), "report.md"]
    made += [f"figures/rest.{form}" for form in ("pdf", "png")]
    write_json(out / "manifest.json", content | {"files": made})
    print_table(summary_table(found))
    for line in (headline(found, years), *price_lines(found)):
        typer.echo(line)
    typer.echo(f"Report, tables and figure are in {out}")


def hindcast(
    scenario: ScenarioName = "history",
    *,
    replicates: Pairs = 30,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/hindcast"),
    observations: Annotated[
        Path | None,
        typer.Option(help="Other observations: a table like that of the data pack"),
    ] = None,
    runs: RunOptions,
) -> None:
    """Compare a history with what was observed in 2010-2023, and with persistence."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.validation import hindcast as study

    seen = study.check(chosen, observations)
    from experiments.runner.provenance import provenance
    from experiments.validation import hindcast_report as pages
    from sim.figures.files import write
    from sim.figures.style import paper
    from sim.results.folder import write_json

    number = chosen.seed if seed is None else seed
    with laboratory(out, number, runs, settings or ()) as lab:
        found = study.hindcast(lab, chosen, replicates, seen)
        content = provenance(
            [chosen],
            started,
            seed=number,
            replicates=replicates,
            overrides=settings or [],
            observations=str(observations or "of the data pack"),
        )
        found.scores.to_csv(out / "scores.csv", index=False)
        found.table.to_csv(out / "table.csv", index=False)
        found.bands.to_csv(out / "bands.csv", index=False)
        (out / "report.md").write_text(pages.report(found, chosen.name, content["command"]))
        with paper():
            for group in found.scores["group"].unique():
                drawn = pages.draw(found, str(group))
                write(drawn, out / "figures", f"hindcast_{str(group).replace(' ', '_')}")
        write_json(out / "study.json", content)
    typer.echo(pages.headline(found))
    for line in found.must_hold:
        typer.echo(f"{'holds' if line.holds else 'FAILS'}: {line.asked}: {line.measured}")
    typer.echo(f"Report, tables and figures are in {out}")


def save(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table as CSV where one is asked for."""
    if out is not None:
        table.to_csv(out, index=False)
        typer.echo(f"Saved {out}")
