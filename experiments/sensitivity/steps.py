"""Sensitivity studies in three separable steps: sample, run, analyse.

Each step reads what the one before left in the study's folder, so runs can be made
anywhere, and stopped and resumed; analysis can be repeated without a run.

    samples      one row a point, one column a factor, in register units
    outcomes     one row a point and replicate, one column an outcome
    means        one row a point: outcomes over its replicates
    indices, convergence, noise, problem.json, figures/, report.md
"""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.runner.execute import execute
from experiments.sensitivity.factors import spec_of
from experiments.sensitivity.growth import RESOLVED, RESULT_ONLY, digest, growth, question_of
from experiments.sensitivity.indices import analyse, converge, noise_table
from experiments.sensitivity.points import (
    PointJob,
    collect,
    count_runs,
    make_point_jobs,
    mean_outcomes,
)
from experiments.sensitivity.sampling import draw_sample, whole_blocks
from sim.errors import ScenarioError
from sim.results.folder import refuse_others
from sim.results.question import world_of
from sim.results.records import STUDY, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from experiments.runner.laboratory import Laboratory
    from experiments.sensitivity.plan import Plan


PLAN = "plan.json"
STATE = (  # files that one step leaves for the next
    PLAN,
    "problem.json",
    *(f"{name}.{ending}" for name in ("samples", "outcomes") for ending in ("csv", "parquet")),
)
BATCH = 1000  # jobs made ready at a time


def plan_key(plan: Plan) -> str:
    """Return a hash of all in a study that decides its sample and its runs."""
    content = plan.study.model_dump(mode="json", exclude={*RESULT_ONLY, *RESOLVED})
    content["outcomes"] = plan.outcomes
    content["factors"] = [factor.__dict__ | {"label": ""} for factor in plan.factors]
    content["resolved"] = world_of(plan.scenario)
    if plan.ensemble is not None:
        content["ensemble"] = plan.ensemble.digest
    return digest(content)


def save(table: pd.DataFrame, folder: Path, name: str, index: bool = False) -> None:
    """Write a table as CSV and as Parquet, each put in place whole."""
    table = table.reset_index() if index else table
    for ending, write in (("csv", table.to_csv), ("parquet", table.to_parquet)):
        beside = folder / f".{name}.{ending}"
        write(beside, index=False)
        beside.replace(folder / f"{name}.{ending}")


def read(folder: Path, name: str, step: str) -> pd.DataFrame:
    """Read a table that an earlier step has left."""
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise ScenarioError(
            f"{folder}: has no {name} yet; say --only {step} first, or leave --only out"
        )
    return pd.read_parquet(path)


def sample(plan: Plan, folder: Path) -> pd.DataFrame:
    """Draw the points of a study, or find them drawn; they are a function of the study.

    A folder whose study differs only in that it has grown is extended: see
    ``experiments.sensitivity.growth``.

    Raises
    ------
    ScenarioError
        If the folder holds the sample of another study.
    """
    known = check_folder(plan, folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "key": plan_key(plan),
        **question_of(plan).record(),
        "study": plan.study.model_dump(mode="json"),
        "scenario": plan.scenario.to_tree(),
        "outcomes_of": known.get("outcomes_of"),
    }
    write_json(folder / PLAN, content)  # first, as it says whose folder this is
    (folder / "runs").mkdir(exist_ok=True)
    write_json(folder / "problem.json", spec_of(plan.factors, plan.outcomes))
    points = draw_sample(plan)
    save(points, folder, "samples")
    return points


def known_plan(folder: Path) -> dict[str, Any]:
    """Return what a folder says of its study; nothing if it holds none."""
    try:
        found = json.loads((folder / PLAN).read_text())
    except OSError:
        return {}
    except ValueError:
        return {"key": "unreadable"}
    return found if isinstance(found, dict) else {"key": "unreadable"}


def check_folder(plan: Plan, folder: Path) -> dict[str, Any]:
    """Refuse a folder with another study's sample, or with anything that is no study's.

    Returns what the folder says of its study. One whose study has grown may be extended.
    """
    ours = any((folder / name).exists() for name in (PLAN, STUDY))
    refuse_others(folder, (path for path in folder.glob("[!.]*") if not ours))
    known = known_plan(folder)
    if known and known.get("key") != plan_key(plan):
        growth(plan, known, folder)
    return known


def check_sampled(plan: Plan, folder: Path) -> dict[str, Any]:
    """Refuse a folder whose sample is not that of the study as it is now."""
    known = check_folder(plan, folder)
    if known and known.get("key") != plan_key(plan):
        raise ScenarioError(
            f"{folder}: has the sample of the study before it grew; say --only sample first, or "
            "leave --only out"
        )
    return known


def run(plan: Plan, folder: Path, lab: Laboratory) -> pd.DataFrame:
    """Run every point that is not finished yet, and collect the outcomes.

    Jobs are made as they are needed and forgotten when done: memory does not grow with
    what a run leaves, only with the ids of the runs.
    """
    known = check_sampled(plan, folder)
    points = read(folder, "samples", "sample")
    if lab.expect is not None:
        lab.expect(count_runs(plan, len(points)))
    seen: list[tuple[int, int, str, str]] = []
    for batch in batches(make_point_jobs(plan, points)):
        lab.asked += [(job.id, world, point) for point, _, world, job in batch]
        seen += [(point, replicate, world, job.id) for point, replicate, world, job in batch]
        lab.failures += execute(
            [row[-1] for row in batch],
            lab.store,
            executor=lab.executor,
            in_flight=lab.in_flight,
            progress=lab.progress,
            keep=lab.keep,
        )
    ids = pd.DataFrame(seen, columns=["point", "replicate", "world", "id"])
    ids = ids.pivot(index=["point", "replicate"], columns="world", values="id").reset_index()
    outcomes = collect(plan, lab.store, ids, lab.allow_gaps)
    save(outcomes, folder, "outcomes")
    write_json(folder / PLAN, known | {"outcomes_of": plan_key(plan)})
    return outcomes


def batches(jobs: Iterator[PointJob]) -> Iterator[list[PointJob]]:
    """Return jobs a thousand at a time."""
    while batch := list(islice(jobs, BATCH)):
        yield batch


def results(plan: Plan, folder: Path, allow_gaps: bool) -> tuple[pd.DataFrame, ...]:
    """Return samples, outcomes and means of a finished study, without gaps.

    Where gaps are allowed, base points with a missing row are dropped whole, so that
    what is left is a sample of the method still; eFAST cannot spare a point.
    """
    known = check_sampled(plan, folder)
    points, outcomes = read(folder, "samples", "sample"), read(folder, "outcomes", "run")
    if known.get("outcomes_of") != plan_key(plan):
        raise ScenarioError(
            f"{folder}: has the outcomes of the study before it grew; say --only run first, or "
            "leave --only out"
        )
    means = mean_outcomes(plan, outcomes).reindex(range(len(points)))
    complete = means.notna().all(axis=1).to_numpy()
    if not complete.all():
        missing = f"{folder}: {int((~complete).sum())} of {len(points)} points have no result"
        if not allow_gaps:
            raise ScenarioError(f"{missing}; run the same command again, or say --allow-gaps")
        if "fast" in plan.study.methods:
            raise ScenarioError(f"{missing}; eFAST cannot do without a point")
        kept = whole_blocks(plan, complete)
        points, means = points[kept], means[kept]  # which keep their numbers
    return points, outcomes, means


def analyse_study(
    plan: Plan, folder: Path, allow_gaps: bool = False, into: Path | None = None
) -> dict[str, pd.DataFrame]:
    """Work out indices, their convergence and the noise of a finished study, and save them.

    They are saved in the study's folder, or in another that is given as ``into``.
    """
    points, outcomes, means = results(plan, folder, allow_gaps)
    into = folder if into is None else into
    save(means.rename_axis("point"), into, "means", index=True)
    tables: dict[str, pd.DataFrame] = {"noise": noise_table(plan, outcomes, means)}
    if "grid" not in plan.study.methods:
        tables["indices"] = analyse(plan, points, means)
        tables["convergence"] = converge(plan, points, means)
    for name, table in tables.items():
        save(table, into, name)
    drawn = pd.DataFrame({"points": [len(read(folder, "samples", "sample"))]})
    tables["points_drawn"] = drawn
    return tables | {"samples": points, "outcomes": outcomes, "means": means}
