"""Commands that put the model to data: targets and stylised facts."""

from __future__ import annotations

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
    check_file(out, replace)
    from experiments.validation.targets import check, compare, print_targets

    check(chosen)
    base_seed = chosen.seed if seed is None else seed
    table = compare(with_progress(chosen, base_seed, replicates, workers))
    print_targets(table)
    save(table, out, replace)


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
    check_file(out, replace)
    from experiments.validation.facts import FACTS, judge, print_facts

    known = [fact.id for fact in FACTS]
    for name in only or []:
        if name not in known:
            raise ScenarioError(f"--only {name}: no such fact{hint(name, known)}")
    with count_progress("replicates of all worlds", replicates) as passed:
        table = judge(
            scenario,
            tuple(only or known),
            replicates=replicates,
            workers=workers,
            seed=seed,
            progress=passed,
        )
    print_facts(table)
    save(table, out, replace)


def check_file(out: Path | None, replace: bool) -> None:
    """Refuse a place where a table could not go, before there is a table to lose."""
    from experiments.results.one_file import refuse_taken
    from sim.results.folder import expanded

    if out is not None:
        refuse_taken(expanded(out), replace)


def save(table: pd.DataFrame, out: Path | None, replace: bool) -> None:
    """Write a table as CSV where one is asked for."""
    from experiments.results.one_file import written_whole
    from sim.results.folder import expanded

    if out is not None:
        with written_whole(expanded(out), replace) as path:
            table.to_csv(path, index=False)
        typer.echo(f"Saved {out}")
