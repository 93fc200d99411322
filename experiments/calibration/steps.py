"""A calibration from its study to its ensemble: waves, draws, members, trial on known truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.calibration.matching import Data
from experiments.calibration.posterior import (
    BOLD,
    Draws,
    sample,
    weighted_quantiles,
)
from experiments.calibration.recovery import Recovery, recover
from experiments.calibration.variants import compare
from experiments.calibration.waves import Runs, Wave, all_waves, generator, maker, memory
from experiments.runner.ensemble import write_ensemble
from sim.engine.code import code_version

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan
    from experiments.runner.laboratory import Laboratory

BAND = (0.05, 0.5, 0.95)
ENSEMBLE = "ensemble.parquet"


@dataclass(frozen=True)
class Calibration:
    """What a calibration has found.

    Attributes
    ----------
    waves : list of Wave
    runs : Runs
        Of all waves.
    draws : Draws
        Of the posterior.
    members : Draws
        Of the ensemble: bolder draws, with weights that make up for it.
    unknowns : DataFrame
        Prior and posterior of each unknown, in its own units.
    fits : DataFrame
        By target: data, their errors, what the emulators say before and after.
    variants : DataFrame
        The posterior with other discrepancies and without each kind of target.
    recovery : Recovery or None
    """

    plan: Plan
    waves: list[Wave]
    runs: Runs
    draws: Draws
    members: Draws
    unknowns: pd.DataFrame
    fits: pd.DataFrame
    variants: pd.DataFrame
    recovery: Recovery | None


def calibrate(lab: Laboratory, plan: Plan) -> Calibration:
    """Carry out a calibration; what an earlier attempt has run is found again."""
    make = maker(lab, plan)
    waves, runs = all_waves(plan, make, memory(lab, plan))
    study, last, data = plan.study, waves[-1], Data.of(plan.targets)
    draws = sample(last.emulators, data, plan.prior, study.particles, (study.seed, 0))
    members = sample(last.emulators, data, plan.prior, study.members, (study.seed, 1), power=BOLD)
    return Calibration(
        plan=plan,
        waves=waves,
        runs=runs,
        draws=draws,
        members=members,
        unknowns=unknowns(plan, draws),
        fits=fits(plan, last, draws),
        variants=compare(plan, last.emulators),
        recovery=recover(plan, make, last.emulators) if study.recovery.points else None,
    )


def unknowns(plan: Plan, draws: Draws) -> pd.DataFrame:
    """Return prior and posterior of each unknown: median and 90 %, and how far it has closed in."""
    values = plan.prior.values(draws.u)
    corners = plan.prior.values(np.array([[-1.645], [0.0], [1.645]]) * np.ones(len(plan.prior)))
    rows = []
    for k, name in enumerate(plan.prior.names):
        low, middle, high = weighted_quantiles(values[name].to_numpy(), draws.weight, BAND)
        before = corners[name].to_numpy()
        rows.append(
            {
                "unknown": name,
                "label": plan.prior.labels[k],
                "unit": plan.prior.factors[k].unit if k < plan.prior.numbers else "",
                "prior_low": before[0],
                "prior_median": before[1],
                "prior_high": before[2],
                "low": low,
                "median": middle,
                "high": high,
                "contraction": 1.0 - float(draws.u[:, k].std(ddof=1)),
            }
        )
    return pd.DataFrame(rows)


def fits(plan: Plan, wave: Wave, draws: Draws) -> pd.DataFrame:
    """Return by target what a run would show before and after, beside the data."""
    generator_ = generator(plan, 6)
    prior = generator_.standard_normal((len(draws.u), len(plan.prior)))
    rows: dict[str, list[Any]] = {target.name: [] for target in plan.targets}
    for u in (prior, draws.u):
        mean, variance = wave.emulators.predict(plan.prior.scaled(u))
        shown = mean + np.sqrt(variance) * generator_.standard_normal(mean.shape)
        for k, target in enumerate(plan.targets):
            rows[target.name] += list(np.quantile(shown[:, k], BAND))
    names = [f"{when}_{q}" for when in ("prior", "posterior") for q in ("low", "median", "high")]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    table.insert(0, "data", [target.value for target in plan.targets])
    table.insert(1, "observation_sd", [target.observed_sd for target in plan.targets])
    table.insert(2, "discrepancy_sd", [target.discrepancy_sd for target in plan.targets])
    table["luck_sd"] = [np.sqrt(one.noise_variance) for one in wave.emulators.each]
    return table.rename_axis("target").reset_index()


def save(found: Calibration, into: Path, started: dt.datetime) -> None:
    """Write all tables of a calibration, and its ensemble."""
    progress(found).to_csv(into / "waves.csv", index=False)
    found.runs.table.to_parquet(into / "points.parquet", index=False)
    found.runs.shown.to_parquet(into / "shown.parquet", index=False)
    found.unknowns.to_csv(into / "unknowns.csv", index=False)
    found.fits.to_csv(into / "fits.csv", index=False)
    found.variants.to_csv(into / "variants.csv", index=False)
    last = found.waves[-1]
    last.checks.to_csv(into / "emulators.csv", index=False)
    last.targets.to_csv(into / "targets.csv", index=False)
    if found.recovery is not None:
        for name in ("points", "table", "coverage"):
            table = getattr(found.recovery, name)
            table.to_csv(into / f"recovery_{name}.csv", index=False)
        found.recovery.hidden.to_parquet(into / "hidden.parquet", index=False)
    values = found.plan.prior.values
    prior = generator(found.plan, 7).standard_normal((len(found.members.u), len(found.plan.prior)))
    write_ensemble(
        into / ENSEMBLE,
        values(found.members.u).assign(weight=found.members.weight),
        values(prior).assign(weight=1.0 / len(prior)),
        about(found, started),
    )


def about(found: Calibration, started: dt.datetime) -> dict[str, Any]:
    """Return where an ensemble comes from."""
    plan = found.plan
    return {
        "study": plan.study.model_dump(mode="json"),
        "code_version": code_version(),
        "date": started.date().isoformat(),
        "fitted_years": [
            min(t.years[0] for t in plan.targets),
            max(t.years[-1] for t in plan.targets),
        ],
        "targets": [target.name for target in plan.targets],
        "runs": found.waves[-1].runs,
        "effective_members": round(found.members.effective, 1),
    }


def progress(found: Calibration) -> pd.DataFrame:
    """Return what each wave has come to, a row a wave."""
    return pd.DataFrame(
        [
            {
                "wave": wave.number,
                "points": found.plan.study.waves[wave.number - 1],
                "runs_so_far": wave.runs,
                "failed_runs": wave.failed,
                "volume_left": wave.volume,
                "candidates_left": wave.left,
                "least_implausibility": float(wave.worst.min()),
                "explained_median": float(wave.checks["explained"].median()),
                "coverage_mean": float(wave.checks["coverage"].mean()),
            }
            for wave in found.waves
        ]
    )
