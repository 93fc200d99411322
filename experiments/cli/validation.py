"""Commands that put the model to data: targets and stylised facts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.main import Settings, app
from experiments.cli.options import ScenarioName
from experiments.cli.session import with_progress


@app.command()
def targets(
    scenario: ScenarioName = "baseline",
    replicates: Annotated[int, typer.Option(min=1, help="Number of replicates")] = 8,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws")] = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole table")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes")] = 1,
) -> None:
    """Compare a scenario with every target of 2010-2016: met, missed, or why not compared."""
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.validation.targets import compare, print_targets

    base_seed = chosen.seed if seed is None else seed
    table = compare(with_progress(chosen, base_seed, replicates, workers))
    print_targets(table)
    if out is not None:
        table.to_csv(out, index=False)
        typer.echo(f"Saved {out}")


@app.command()
def facts(
    scenario: ScenarioName = "baseline",
    only: Annotated[list[str] | None, typer.Option(help="A fact's id; may be repeated")] = None,
    replicates: Annotated[int, typer.Option(min=1, help="Number of replicates")] = 8,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole table")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes")] = 1,
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
    table = judge(scenario, tuple(only or known), replicates, workers, seed)
    print_facts(table)
    if out is not None:
        table.to_csv(out, index=False)
        typer.echo(f"Saved {out}")
