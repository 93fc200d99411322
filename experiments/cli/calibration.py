"""The command that asks what history leaves of the model's unknown numbers: calibrate."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import RunOptions, Settings
from experiments.cli.session import laboratory

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan
    from sim.results.folder import ResultFolder


def calibrate(
    study: Annotated[
        str, typer.Argument(help="Name of a ready study, or path of a TOML file")
    ] = "calibration",
    *,
    settings: Settings = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the study; left out, results/NAME of the study")
    ] = None,
    runs: RunOptions,
) -> None:
    """Rule out what the years 2010-2016 speak against; weigh what is left into an ensemble."""
    from experiments.extras import require

    started = dt.datetime.now(dt.UTC)
    require("calibrate", "calibrate")
    from experiments.calibration import report as words
    from experiments.calibration import steps
    from experiments.calibration.figures import draw_all
    from experiments.calibration.plan import load_plan
    from experiments.runner.provenance import provenance
    from sim.figures.files import write
    from sim.figures.style import paper

    plan = load_plan(study, list(settings or []))
    path = out if out is not None else Path("results") / plan.study.name
    folder = claim(plan, path, runs.replace)
    with laboratory(folder, plan.study.seed, runs, settings or (), [plan.scenario]) as lab:
        found = steps.calibrate(lab, plan)
        lab.record = provenance(
            [plan.scenario], started, study=plan.study.name, seed=plan.study.seed
        )
        steps.save(found, lab.results, started)
        text = words.report(found, lab.record["command"])
        (lab.results / "report.md").write_text(text, encoding="utf-8")
        with paper():
            for name, figure in draw_all(found).items():
                write(figure, lab.results / "figures", name)
    typer.echo(words.headline(found))
    typer.echo(f"Report, tables, figures and the ensemble are in {path}")


def claim(plan: Plan, path: Path, replace: bool) -> ResultFolder:
    """Return the folder of a calibration, checked before there is anything to lose."""
    from sim.results.folder import ResultFolder
    from sim.results.question import Question, world_of
    from sim.results.records import STUDY

    study = plan.study.model_dump(mode="json", exclude={"name", "question"})
    label = f"calibrate {plan.study.name} on {plan.scenario.name}, seed {plan.study.seed}"
    question = Question("calibrate", {"study": study, "world": world_of(plan.scenario)}, label)
    return ResultFolder(path, STUDY, question, replace)
