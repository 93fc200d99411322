"""Commands for sensitivity studies: sensitivity, phase."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from experiments.cli.options import Gaps, Keep, Scheduler, Workers
from experiments.cli.session import laboratory

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


StudyName = Annotated[str, typer.Argument(help="Name of a ready study, or path of a TOML file")]
Folder = Annotated[
    Path | None, typer.Option(help="Folder of the study [default: results/NAME of the study]")
]
Only = Annotated[
    Literal["sample", "run", "analyse"] | None, typer.Option(help="Only one of the three steps")
]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the study")
]


def sensitivity(
    study: StudyName,
    out: Folder = None,
    only: Only = None,
    settings: Changes = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    allow_gaps: Gaps = False,
    keep_weekly: Keep = False,
) -> None:
    """Ask which uncertainties drive an outcome: sample, run and analyse with SALib."""
    from experiments.sensitivity.plan import load_study
    from sim.errors import ScenarioError

    plan = load_study(study, list(settings or []))
    if "grid" in plan.study.methods:
        raise ScenarioError(f"{plan.label}: method = 'grid' is for: airbridge phase {study}")
    carry_out(plan, out, only, workers, scheduler, allow_gaps, keep_weekly)


def phase(
    study: StudyName,
    out: Folder = None,
    only: Only = None,
    settings: Changes = None,
    workers: Workers = 1,
    scheduler: Scheduler = None,
    allow_gaps: Gaps = False,
    keep_weekly: Keep = False,
) -> None:
    """Map the probability of displacement over two factors, on a grid."""
    from experiments.sensitivity.plan import load_study
    from sim.errors import ScenarioError

    plan = load_study(study, list(settings or []))
    if plan.study.methods != ("grid",):
        raise ScenarioError(
            f"{plan.label}: method = {plan.study.method!r}: phase needs a grid; "
            f"say: airbridge sensitivity {study}"
        )
    carry_out(plan, out, only, workers, scheduler, allow_gaps, keep_weekly)


def require_extras(plan: Plan, only: str | None, scheduler: str | None) -> None:
    """Make sure, before anything is made, that what the steps need is installed."""
    from experiments.extras import require

    if "grid" not in plan.study.methods:
        require("studies", f"method = {plan.study.method!r}")
    if scheduler is not None and only in (None, "run"):
        require("cluster", "--scheduler")
    if plan.study.discovery is not None and only in (None, "analyse"):
        require("discovery", "scenario discovery")


def carry_out(
    plan: Plan,
    out: Path | None,
    only: str | None,
    workers: int,
    scheduler: str | None,
    gaps: bool,
    keep: bool,
) -> None:
    """Carry out the steps of a study that are asked for."""
    require_extras(plan, only, scheduler)
    from experiments.sensitivity import steps

    folder = out if out is not None else Path("results") / plan.study.name
    if only in (None, "sample"):
        points = steps.sample(plan, folder)
        typer.echo(f"{len(points)} points of {len(plan.factors)} factors are in {folder}")
    if only in (None, "run"):
        steps.read(folder, "samples", "sample")  # before anything is opened or made there
        with laboratory(folder, plan.study.seed, workers, scheduler, gaps, keep) as lab:
            before, start = len(lab.store.done), time.perf_counter()
            steps.run(plan, folder, lab)
            spent, made = time.perf_counter() - start, len(lab.store.done) - before
        steps.put(folder / "study.json", steps.manifest(plan, made, spent))
        typer.echo(f"{made} runs in {spent:.0f} s")
    if only in (None, "analyse"):
        from experiments.sensitivity.report import present

        tables = steps.analyse_study(plan, folder, gaps)
        for line in present(plan, tables, folder):
            typer.echo(line)
        typer.echo(f"Tables, figures and report are in {folder}")
