"""From points of a sample to runs, and from runs to the outcomes of points.

At every point the scenario takes the point's values; where an outcome compares
worlds, each replicate is run with the entrant allowed, and barred or held. Points share their
random draws or, if the study says so, each has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.displacement.verdicts import LOOKED_AT, column, compare_worlds
from experiments.runner.jobs import Job, make_jobs
from experiments.runner.laboratory import summaries
from experiments.runner.store import Store

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan
    from sim.scenario.scenario import Scenario


STRIDE = 10_000  # replicates a point may have: its numbers stay its own when a study grows
PointJob = tuple[int, int, str, Job]  # point, replicate, world


def replicates_at(plan: Plan, n_points: int) -> np.ndarray:
    """Return how many replicates each point gets.

    Every point gets ``replicates``; ``noise_points`` of them, spread evenly over the
    sample, get ``noise_replicates`` where that is more.
    """
    study = plan.study
    counts = np.full(n_points, study.replicates)
    if study.noise_points:
        some = np.linspace(0, n_points - 1, min(study.noise_points, n_points)).round().astype(int)
        counts[some] = max(study.noise_replicates, study.replicates)
    return counts


def count_runs(plan: Plan, n_points: int) -> int:
    """Return how many runs a study takes in all."""
    worlds = 1 if plan.question is None else 2
    return int(replicates_at(plan, n_points).sum()) * worlds


def make_point_jobs(plan: Plan, samples: pd.DataFrame) -> Iterator[PointJob]:
    """Yield (point, replicate, world, job) of a study, point by point.

    Worlds and, with common luck, points share seed and replicate, which are all that
    decides a run's draws; with luck of their own, point i has replicates that no other has.
    With an ensemble, the replicates of a point are run over its members.
    """
    study = plan.study
    counts = replicates_at(plan, len(samples))
    for point, values in enumerate(samples.to_dict("records")):
        scenario = plan.scenario.with_overrides({str(k): float(v) for k, v in values.items()})
        first = 0 if study.common_luck else point * STRIDE
        for world, changed in worlds_of(plan, scenario).items():
            jobs = jobs_at(plan, changed, int(counts[point]), first, f"point {point}")
            for replicate, job in enumerate(jobs):
                yield point, replicate, world, job


def jobs_at(plan: Plan, world: Scenario, replicates: int, first: int, note: str) -> list[Job]:
    """Return the jobs of a world at a point, over the members of an ensemble if any."""
    seed, ensemble = plan.study.seed, plan.ensemble
    if ensemble is None:
        return make_jobs(world, seed, replicates, detail="summary", first=first, note=note)
    return [
        job
        for r in range(replicates)
        for job in make_jobs(
            ensemble.world(world, r), seed, 1, detail="summary", first=first + r, note=note
        )
    ]


def worlds_of(plan: Plan, scenario: Scenario) -> dict[str, Scenario]:
    """Return the worlds that a point is run in."""
    if plan.question is None:
        return {"run": scenario}
    return dict(zip(plan.question.worlds_named, plan.question.worlds(scenario), strict=True))


def collect(plan: Plan, store: Store, ids: pd.DataFrame, gaps: bool) -> pd.DataFrame:
    """Return the outcomes of every replicate of every point, from a store.

    Parameters
    ----------
    ids : DataFrame
        Columns point, replicate and one per world with the ids of its runs.
    gaps : bool
        Leave out replicates with a failed run, instead of refusing.
    """
    worlds = [name for name in ids if name not in ("point", "replicate")]
    if gaps:
        there = np.logical_and.reduce([ids[w].isin(store.done).to_numpy() for w in worlds])
        ids = ids[there]
    tables = {w: summaries(store, list(ids[w])) for w in worlds}
    out = ids[["point", "replicate"]].reset_index(drop=True)
    if plan.question is None:
        plain = tables["run"]
    else:
        plain = tables["allowed"]
        paired = compare_worlds(
            plan.question, *(tables[world] for world in plan.question.worlds_named)
        )
    for name in plan.outcomes:
        out[name] = paired[name] if name in LOOKED_AT else column(plain, name)
    return out


def mean_outcomes(plan: Plan, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of each point: means over its first ``replicates`` replicates."""
    first = outcomes[outcomes["replicate"] < plan.study.replicates]
    return first.groupby("point")[plan.outcomes].mean()
