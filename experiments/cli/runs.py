"""Commands about one scenario: run it, check it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from experiments.cli.options import (
    Replicates,
    ResultFolder,
    ScenarioName,
    Seed,
    Settings,
    Workers,
)


def run(
    scenario: ScenarioName,
    seed: Seed = None,
    replicates: Replicates = 1,
    weeks: Annotated[int | None, typer.Option(min=1, help="Length of the run, weeks")] = None,
    settings: Settings = None,
    out: ResultFolder = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures")] = True,
    workers: Workers = 1,
) -> None:
    """Run a scenario and save its tables and figures."""
    from sim.results.folder import check_target
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    overrides = list(settings or []) + ([f"weeks={weeks}"] if weeks is not None else [])
    chosen = Scenario.load(scenario, overrides)
    if out is not None:
        check_target(out)
    from experiments.cli.session import with_progress
    from experiments.cli.summary import print_summary
    from experiments.runner.provenance import provenance

    base_seed = chosen.seed if seed is None else seed
    result = with_progress(chosen, base_seed, replicates, workers)
    result.manifest = provenance(
        [chosen], started, seed=base_seed, replicates=replicates, overrides=overrides
    )
    print_summary(result)
    if out is not None:
        result.save(out, figures=figures)
        typer.echo(f"Saved tables{' and figures' if figures else ''} in {out}")


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
