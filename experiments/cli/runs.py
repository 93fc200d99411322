"""Commands about one scenario: run it, check it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import (
    MemberOptions,
    Replicates,
    SavingOptions,
    ScenarioName,
    Seed,
    Settings,
    Workers,
)

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def run(
    scenario: ScenarioName,
    seed: Seed = None,
    replicates: Replicates = 1,
    weeks: Annotated[int | None, typer.Option(min=1, help="Length of the run, weeks")] = None,
    settings: Settings = None,
    workers: Workers = 1,
    *,
    of: MemberOptions,
    saving: SavingOptions,
) -> None:
    """Run a scenario and save its tables and figures."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    overrides = list(settings or []) + ([f"weeks={weeks}"] if weeks is not None else [])
    chosen = Scenario.load(scenario, overrides)
    if of.ensemble is not None:
        from experiments.runner.ensemble import read_ensemble

        members = read_ensemble(of.ensemble, chosen)
        members.refuse_clash(overrides)
        chosen = members.as_member(chosen, of.member)
    base_seed = chosen.seed if seed is None else seed
    if saving.out is not None:
        check_out(saving.out, chosen, base_seed, replicates, saving)
    from experiments.cli.session import with_progress
    from experiments.cli.summary import print_summary
    from experiments.reports.of_run import write_report
    from experiments.runner.provenance import provenance

    result = with_progress(chosen, base_seed, replicates, workers)
    result.manifest = provenance(
        [chosen], started, seed=base_seed, replicates=replicates, overrides=overrides
    )
    print_summary(result)
    if saving.out is not None:
        result.save(saving.out, saving.figures, saving.replace, partial(write_report, result))
        typer.echo(f"Saved tables{' and figures' if saving.figures else ''} in {saving.out}")


def check_out(
    out: Path, scenario: Scenario, seed: int, replicates: int, saving: SavingOptions
) -> None:
    """Refuse a folder that a run could not go into, before there is a run to lose."""
    from experiments.reports.page import PAGE, WORDS
    from sim.figures.catalogue import FIGURES
    from sim.results.datapackage import DATAPACKAGE
    from sim.results.folder import ResultFolder as Folder
    from sim.results.question import DATA, READ, SCENARIO
    from sim.results.records import MANIFEST
    from sim.results.schemas import SCHEMAS
    from sim.run import question_of

    folder = Folder(out, MANIFEST, question_of(scenario, seed, range(replicates)), saving.replace)
    names = [f"{name}.parquet" for name in SCHEMAS] + [f"{DATA}/{name}.csv" for name in READ]
    if saving.figures:
        names += [f"figures/{name}.{form}" for name in FIGURES for form in ("pdf", "png")]
    folder.refuse_in_the_way([*names, SCENARIO, DATAPACKAGE, WORDS, PAGE])


def check(scenario: ScenarioName, settings: Settings = None) -> None:
    """Check a scenario file and its data; say nothing is wrong, or what is."""
    from sim.network import Network
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, settings or [])
    network = Network.of(chosen)
    typer.echo(
        f"{chosen.name}: all is well ({chosen.weeks} weeks from {chosen.start}, "
        f"{len(chosen.events)} events, {len(network.places)} places, {len(network.legs)} legs)"
    )
