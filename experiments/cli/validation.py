"""Commands that put the model to data: targets and stylised facts."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import (
    CsvFile,
    Replace,
    Replicates,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
    Workers,
)
from experiments.cli.session import count_progress, with_progress

if TYPE_CHECKING:
    import pandas as pd


def targets(
    scenario: ScenarioName = "baseline",
    replicates: Replicates = 8,
    seed: Seed = None,
    settings: Settings = None,
    out: CsvFile = None,
    workers: Workers = 1,
    replace: Replace = False,
) -> None:
    """Compare a scenario with every target of 2010-2016: met, missed, or why not compared."""
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    refuse_taken(out, replace)
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
    replace: Replace = False,
) -> None:
    """Put the model to stylised facts in paired worlds: passed or failed."""
    from sim.errors import ScenarioError, hint
    from sim.scenario.scenario import Scenario

    Scenario.load(scenario)
    refuse_taken(out, replace)
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
    replace: Replace = False,
) -> None:
    """Let years pass in which nothing happens: shares, prices and posts should rest."""
    from sim.results.folder import MANIFEST, ResultFolder
    from sim.results.question import Question, keep_world, world_of
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(settings or []))
    number = chosen.seed if seed is None else seed
    decides = {**world_of(chosen), "seed": number, "years": years, "replicates": replicates}
    label = f"rest of {chosen.name}, {years} years, seed {number}"
    folder = ResultFolder(out, MANIFEST, Question("rest", decides, label), replace)
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

    with count_progress("replicates", replicates) as passed:
        found = resting.rest(chosen, years, replicates, number, workers, partial(passed, 1))
    content = provenance(
        [chosen], started, seed=number, replicates=replicates, years=years, overrides=settings or []
    )
    with folder.working() as work:
        tables = {"shares": found.shares, "drift": found.drift, "prices": found.prices}
        for name, table in {**tables, "posts": found.posts}.items():
            table.to_csv(work / f"{name}.csv", index=False)
        text = report(found, years, content["command"])
        (work / "report.md").write_text(text, encoding="utf-8")
        with paper():
            write(draw(found), work / "figures", "rest")
        keep_world(chosen, work)
        folder.publish(work, content)
    print_table(summary_table(found))
    for line in (headline(found, years), *price_lines(found)):
        typer.echo(line)
    typer.echo(f"Report, tables and figure are in {out}")


def refuse_taken(out: Path | None, replace: bool) -> None:
    """Refuse a file that is there already or cannot be written, before there is a table to lose."""
    from experiments.results.export import refuse_taken as refuse
    from sim.results.folder import expanded

    if out is not None:
        refuse(expanded(out), "file", replace)


def save(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table as CSV where one is asked for, in place when it is whole."""
    from sim.results.folder import BESIDE, expanded

    if out is not None:
        target = expanded(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{BESIDE}{target.name}")
        table.to_csv(beside, index=False)
        beside.replace(target)
        typer.echo(f"Saved {out}")
