"""Commands for sensitivity studies: sensitivity, phase."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from experiments.cli.options import RunOptions, Settings
from experiments.cli.session import laboratory

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


@dataclass(frozen=True)
class StudyOptions:
    """Which study, where it is kept, and how much of it is carried out."""

    study: Annotated[str, typer.Argument(help="Name of a ready study, or path of a TOML file")]
    out: Annotated[
        Path | None, typer.Option(help="Folder of the study; left out, results/NAME of the study")
    ] = None
    only: Annotated[
        Literal["sample", "run", "analyse"] | None,
        typer.Option(help="Only one of the three steps"),
    ] = None
    settings: Settings = None


def sensitivity(asked: StudyOptions, runs: RunOptions) -> None:
    """Ask which uncertainties drive an outcome: sample, run and analyse with SALib."""
    carry_out("sensitivity", asked, runs)


def phase(asked: StudyOptions, runs: RunOptions) -> None:
    """Map the probability of displacement over two factors, on a grid."""
    carry_out("phase", asked, runs)


def load(command: str, asked: StudyOptions) -> Plan:
    """Read and check a study; phase is for grids, sensitivity for all else."""
    from experiments.sensitivity.plan import load_study
    from sim.errors import ScenarioError

    plan = load_study(asked.study, asked.settings or [])
    methods = plan.study.methods
    rightly = "phase" if methods == ("grid",) else "sensitivity"
    if command != rightly:
        raise ScenarioError(
            f"{plan.label}: method = {' + '.join(methods)} is for: "
            f"airbridge {rightly} {asked.study}"
        )
    return plan


def require_extras(plan: Plan, only: str | None, scheduler: str | None) -> None:
    """Make sure, before anything is made, that what the steps need is installed."""
    from experiments.extras import require

    if "grid" not in plan.study.methods:
        require("studies", f"method = {plan.study.method!r}")
    if scheduler is not None and only in (None, "run"):
        require("cluster", "--scheduler")
    if plan.study.discovery is not None and only in (None, "analyse"):
        require("discovery", "scenario discovery")


def carry_out(command: str, asked: StudyOptions, runs: RunOptions) -> None:
    """Carry out the steps of a study that are asked for."""
    plan = load(command, asked)
    require_extras(plan, asked.only, runs.scheduler)
    from experiments.sensitivity import steps

    folder = asked.out if asked.out is not None else Path("results") / plan.study.name
    only = asked.only
    if only in (None, "sample"):
        points = steps.sample(plan, folder)
        typer.echo(f"{len(points)} points of {len(plan.factors)} factors are in {folder}")
    if only in (None, "run"):
        steps.read(folder, "samples", "sample")  # before anything is opened or made there
        make_runs(plan, folder, runs)
    if only in (None, "analyse"):
        from experiments.sensitivity.report import present

        tables = steps.analyse_study(plan, folder, runs.allow_gaps)
        for line in present(plan, tables, folder):
            typer.echo(line)
        typer.echo(f"Tables, figures and report are in {folder}")


def make_runs(plan: Plan, folder: Path, runs: RunOptions) -> None:
    """Make the runs of a study that are not finished, and write down what made them."""
    from experiments.runner.provenance import provenance
    from experiments.sensitivity import steps
    from sim.results.folder import write_json

    started, start = dt.datetime.now(dt.UTC), time.perf_counter()
    with laboratory(folder, plan.study.seed, runs) as lab:
        before = len(lab.store.done)
        steps.run(plan, folder, lab)
        made = len(lab.store.done) - before
    content = provenance(
        [plan.scenario],
        started,
        study=plan.study.name,
        key=steps.plan_key(plan),
        seed=plan.study.seed,
        replicates=plan.study.replicates,
        overrides=list(plan.study.settings),
        new_runs=made,
    )
    write_json(folder / "study.json", content)
    typer.echo(f"{made} runs in {time.perf_counter() - start:.0f} s")
