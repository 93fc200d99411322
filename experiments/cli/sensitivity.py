"""Commands for sensitivity studies: sensitivity, phase."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from experiments.cli.options import RunOptions, Settings
from experiments.cli.session import chosen_ensemble, laboratory, tell_growth

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan
    from sim.results.folder import ResultFolder


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


def load(command: str, asked: StudyOptions, runs: RunOptions) -> Plan:
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
    plan.use(chosen_ensemble(runs, [plan.scenario], ()))
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
    plan = load(command, asked, runs)
    require_extras(plan, asked.only, runs.scheduler)
    from experiments.sensitivity import steps
    from sim.results.records import BEGUN

    path = asked.out if asked.out is not None else Path("results") / plan.study.name
    only = asked.only
    folder = claim(plan, path, runs.replace)
    if only in (None, "sample"):
        tell_growth(folder)
        folder.begin({"state": BEGUN})
        points = steps.sample(plan, folder.path)
        folder.adopt(steps.STATE, {"state": BEGUN})
        typer.echo(f"{len(points)} points of {len(plan.factors)} factors are in {path}")
    if only in (None, "run"):
        steps.check_sampled(plan, folder.path)  # before anything is opened or made there
        steps.read(folder.path, "samples", "sample")
        make_runs(plan, folder, runs)
    if only in (None, "analyse"):
        analyse(plan, folder, runs.allow_gaps)
        typer.echo(f"Tables, figures and report are in {path}")


def claim(plan: Plan, path: Path, replace: bool) -> ResultFolder:
    """Return the folder of a study, checked before there is anything to lose."""
    from experiments.sensitivity import steps
    from experiments.sensitivity.growth import question_of
    from sim.results.folder import ResultFolder, expanded, try_out
    from sim.results.records import STUDY, write_json

    question = question_of(plan)
    there = expanded(path)
    try_out(there)
    if (there / steps.PLAN).is_file() and not (there / STUDY).exists():
        known = steps.check_folder(plan, there)  # sampled from Python
        made = [name for name in steps.STATE if (there / name).is_file()]
        write_json(there / STUDY, {**{k: known.get(k) for k in question.record()}, "files": made})
    folder = ResultFolder(there, STUDY, question, replace)
    folder.refuse_in_the_way(steps.STATE)
    return folder


def analyse(plan: Plan, folder: ResultFolder, allow_gaps: bool) -> None:
    """Analyse a study whose runs are there; put tables, figures and report in place together."""
    from experiments.reports.page import write_page
    from experiments.sensitivity import steps
    from experiments.sensitivity.report import present
    from sim.results.records import COMPLETE, STUDY, read_record

    steps.results(plan, folder.path, allow_gaps)  # before anything is made
    with folder.working() as work:
        tables = steps.analyse_study(plan, folder.path, allow_gaps, work)
        for line in present(plan, tables, work):
            typer.echo(line)
        record = read_record(folder.path / STUDY) or {}
        write_page(work, record, folder.path)
        folder.publish(work, {**record, "state": COMPLETE})


def make_runs(plan: Plan, folder: ResultFolder, runs: RunOptions) -> None:
    """Make the runs of a study that are not finished, and write down what made them."""
    from experiments.runner.provenance import provenance
    from experiments.sensitivity import steps
    from sim.results.records import BEGUN

    started, start = dt.datetime.now(dt.UTC), time.perf_counter()
    with laboratory(folder, plan.study.seed, runs, worlds=[plan.scenario]) as lab:
        before = len(lab.store.done)
        steps.run(plan, folder.path, lab)
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
        lab.record = content | {"state": BEGUN}
        folder.adopt(steps.STATE, lab.record)
    typer.echo(f"{made} runs in {time.perf_counter() - start:.0f} s")
