"""Waves: points are run, emulators learn from them, and the next points lie in what is left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.calibration.emulator import Emulators, checks, fit_all
from experiments.calibration.matching import Data, by_target, choose, implausibility, worst
from experiments.calibration.prior import Prior, settings_of, spread_evenly
from experiments.calibration.targets import measured
from experiments.runner.execute import execute
from experiments.runner.jobs import Job, make_jobs
from sim.engine.streams import name_key
from sim.errors import ScenarioError
from sim.results.question import world_of

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan
    from experiments.runner.laboratory import Laboratory

OWN_LUCK = 100_000  # replicates of a wave: every run of a study has luck of its own
HIDDEN = 99  # number of the "wave" of hidden points
OTHERS = 32  # sets of deviations that are tried for a further run at a point
ANSWERS = ("name", "question", "candidates", "particles", "members", "recovery", "waves")


@dataclass(frozen=True)
class Wave:
    """What one wave has found.

    Attributes
    ----------
    number : int
    emulators : Emulators
        Of all runs so far.
    checks : DataFrame
        How good each is.
    candidates : array
        Draws of the prior, as standard normal numbers.
    worst : array
        The implausibility of each, by these emulators.
    targets : DataFrame
        How far the model is from each target.
    left : int
        Candidates that are not ruled out.
    runs : int
        Of all waves so far.
    failed : int
        Runs that ended in an error.
    """

    number: int
    emulators: Emulators
    checks: pd.DataFrame
    candidates: np.ndarray
    worst: np.ndarray
    targets: pd.DataFrame
    left: int
    runs: int
    failed: int

    @property
    def volume(self) -> float:
        """The share of what was possible that is left."""
        return self.left / len(self.worst)


@dataclass(frozen=True)
class Runs:
    """Runs of all waves: their unknowns, and what they show of each target.

    Attributes
    ----------
    u : array
        Unknowns, as standard normal numbers.
    table : DataFrame
        ``wave``, ``point``, ``luck`` and the unknowns in their own units.
    shown : DataFrame
        A column each target.
    failed : int
    """

    u: np.ndarray
    table: pd.DataFrame
    shown: pd.DataFrame
    failed: int = 0

    def and_more(self, other: Runs) -> Runs:
        """Return these runs and others."""
        return Runs(
            np.vstack([self.u, other.u]),
            pd.concat([self.table, other.table], ignore_index=True),
            pd.concat([self.shown, other.shown], ignore_index=True),
            self.failed + other.failed,
        )


Maker = Callable[[pd.DataFrame], pd.DataFrame]  # rows of unknowns to what their runs show


def generator(plan: Plan, *what: int) -> np.random.Generator:
    """Return draws that are keyed by the study's seed and by what they are for."""
    return np.random.default_rng([name_key("calibration"), plan.study.seed, *what])


def first_points(plan: Plan) -> np.ndarray:
    """Return the points of the first wave, a row a run: Latin hypercubes over all that is possible.

    The runs of a point share its numbers of the register, with which a world comes to rest
    once; deviations of paths have a hypercube of their own over all runs.
    """
    n, runs, prior = plan.study.waves[0], plan.study.runs, plan.prior
    draws = generator(plan, 1)
    numbers = np.repeat(spread_evenly(n, prior.numbers, draws), runs, axis=0)
    return np.hstack([numbers, spread_evenly(n * runs, len(prior.paths), draws)])


def next_points(plan: Plan, wave: Wave, data: Data) -> np.ndarray:
    """Return the points of the next wave, a row a run, in what the last one has left.

    Every further run of a point has the same numbers and other deviations, the first of some
    tried with which the point is not ruled out either.
    """
    study, prior = plan.study, plan.prior
    chosen, _ = choose(wave.candidates, wave.worst, study.cut, study.waves[wave.number])
    if study.runs == 1:
        return chosen
    draws = generator(plan, 2, wave.number)
    tried = np.repeat(chosen, OTHERS, axis=0)
    rows = [chosen]
    for _ in range(study.runs - 1):
        tried[:, prior.numbers :] = draws.standard_normal((len(tried), len(prior.paths)))
        found = implausibility(wave.emulators, data, prior.scaled(tried))
        bad = worst(found, study.tolerated).reshape(-1, OTHERS)
        best = np.argmax(bad <= study.cut, axis=1)
        none = ~(bad <= study.cut).any(axis=1)
        best[none] = bad[none].argmin(axis=1)
        rows.append(tried[np.arange(len(chosen)) * OTHERS + best])
    return np.stack(rows, axis=1).reshape(-1, len(prior))


def learn(plan: Plan, runs: Runs, data: Data, number: int) -> Wave:
    """Fit emulators to all runs so far, and say what they rule out."""
    study, prior = plan.study, plan.prior
    emulators = fit_all(prior.scaled(runs.u), runs.shown)
    candidates = generator(plan, 3, number).standard_normal((study.candidates, len(prior)))
    found = implausibility(emulators, data, prior.scaled(candidates))
    bad = worst(found, study.tolerated)
    return Wave(
        number=number,
        emulators=emulators,
        checks=checks(emulators, prior.labels),
        candidates=candidates,
        worst=bad,
        targets=by_target(found, bad, study.cut, plan.targets),
        left=int((bad <= study.cut).sum()),
        runs=len(runs.u),
        failed=runs.failed,
    )


def make_runs(plan: Plan, make: Maker, u: np.ndarray, wave: int, per_point: int) -> Runs:
    """Run rows of unknowns; those whose run fails are left out."""
    values = plan.prior.values(u)
    values.insert(0, "luck", OWN_LUCK * wave + np.arange(len(u)))
    values.insert(0, "point", np.arange(len(u)) // per_point)
    values.insert(0, "wave", wave)
    shown = make(values)
    there = np.isin(np.arange(len(u)), shown.index)
    return Runs(
        u[there],
        values[there].reset_index(drop=True),
        shown.reset_index(drop=True),
        int((~there).sum()),
    )


def all_waves(
    plan: Plan, make: Maker, remember: Callable[[int, np.ndarray], np.ndarray]
) -> tuple[list[Wave], Runs]:
    """Carry out all waves.

    Parameters
    ----------
    make : callable
        Makes runs.
    remember : callable
        Given a wave's number and points, returns those that an earlier attempt at it had, and
        keeps them otherwise.
    """
    data, waves = Data.of(plan.targets), list[Wave]()
    runs: Runs | None = None
    for number in range(1, len(plan.study.waves) + 1):
        u = first_points(plan) if runs is None else next_points(plan, waves[-1], data)
        made = make_runs(plan, make, remember(number, u), number, plan.study.runs)
        runs = made if runs is None else runs.and_more(made)
        waves.append(learn(plan, runs, data, number))
    assert runs is not None
    return waves, runs


def maker(lab: Laboratory, plan: Plan) -> Maker:
    """Return what makes runs in a laboratory and reads the targets from them.

    Raises
    ------
    ScenarioError
        If runs have failed and gaps are not allowed, or too few are left.
    """

    def make(rows: pd.DataFrame) -> pd.DataFrame:
        jobs = [job_of(lab.seed, plan, row) for _, row in rows.iterrows()]
        if lab.expect is not None:
            lab.expect(len(jobs))
        execute(
            jobs,
            lab.store,
            executor=lab.executor,
            in_flight=lab.in_flight,
            progress=lab.progress,
            failed=lab.failures.append,
        )
        there = {job.id: k for k, job in enumerate(jobs) if job.id in lab.store.done}
        gone = len(jobs) - len(there)
        if gone and not lab.allow_gaps:
            raise ScenarioError(
                f"{gone} of {len(jobs)} runs have failed; say --allow-gaps to go on without them"
            )
        observed = lab.store.table("observed", list(there))
        observed["row"] = observed["id"].map(there)
        return measured(plan.targets, observed, sorted(there.values()))

    return make


def job_of(seed: int, plan: Plan, row: pd.Series) -> Job:
    """Return the run of a row of unknowns."""
    scenario = plan.scenario.with_overrides(settings_of(row, plan.prior.names))
    luck, note = int(row["luck"]), f"wave {int(row['wave'])}, point {int(row['point'])}"
    return make_jobs(scenario, seed, 1, detail="observed", first=luck, note=note)[0]


def memory(lab: Laboratory, plan: Plan) -> Callable[[int, np.ndarray], np.ndarray]:
    """Return what keeps the points of waves beside their runs, so that a study goes on as begun."""
    fixed = plan.study.model_dump(mode="json", exclude=set(ANSWERS))
    text = json.dumps([fixed, world_of(plan.scenario)], sort_keys=True, default=str)

    def remember(number: int, u: np.ndarray) -> np.ndarray:
        sizes = plan.study.waves[:number]
        key = hashlib.sha256(f"{text}/{sizes}/{u[0].round(6)}".encode()).hexdigest()[:16]
        path = lab.store.folder / f"points-{number}-{key}.npy"
        if path.is_file():
            return np.asarray(np.load(path))
        np.save(path, u)
        return u

    return remember


def hidden_points(plan: Plan, prior: Prior) -> np.ndarray:
    """Return the points at which the model makes its own data."""
    return generator(plan, 4).standard_normal((plan.study.recovery.points, len(prior)))
