"""The same posterior by approximate Bayesian computation, to compare with the likelihood's.

    make abc

pyabc needs some thirty packages that nothing else here does (a database, Redis, IPython), so it
is in no extra and no lock: ``make abc`` installs it beside the locked versions, reads the
points of a finished calibration and tries both ways on the same hidden points. Its simulator is
an emulator with its errors, its distance the errors' own: what is compared is the way from
emulators to weights. pyabc draws from NumPy's common generator, so that its digits change from
one time to the next.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.calibration.emulator import Emulators, fit_all
from experiments.calibration.matching import Data
from experiments.calibration.plan import load_plan
from experiments.calibration.posterior import sample, weighted_quantiles
from experiments.calibration.recovery import AS_HISTORY, BAND, data_of
from experiments.calibration.waves import HIDDEN
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan

POINTS = 3  # hidden points that are tried
POPULATION, GENERATIONS, MOST_RUNS = 300, 6, 30_000
FILES = ("points.parquet", "shown.parquet", "hidden.parquet")


def abc_draws(plan: Plan, emulators: Emulators, data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Return draws and weights of ABC-SMC (Toni et al. 2009) with emulators as the simulator."""
    import pyabc

    logging.getLogger("ABC").setLevel(logging.WARNING)
    names = [f"u{k}" for k in range(len(plan.prior))]
    noise = np.random.default_rng(plan.study.seed)
    root = np.linalg.cholesky(emulators.correlation)
    spread = np.sqrt(data.variance)

    def simulate(point: Mapping[str, float]) -> dict[str, np.ndarray]:
        u = np.array([[point[name] for name in names]])
        mean, variance = emulators.predict(plan.prior.scaled(u))
        luck = np.sqrt(variance[0]) * (root @ noise.standard_normal(len(spread)))
        return {"y": mean[0] + luck + spread * noise.standard_normal(len(spread))}

    scale = np.sqrt(data.variance + np.array([e.noise_variance for e in emulators.each]))

    def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
        return float(np.sqrt((((one["y"] - other["y"]) / scale) ** 2).mean()))

    prior = pyabc.Distribution(**{name: pyabc.RV("norm", 0.0, 1.0) for name in names})
    sampler = pyabc.sampler.SingleCoreSampler()
    abc = pyabc.ABCSMC(simulate, prior, distance, population_size=POPULATION, sampler=sampler)
    abc.new("sqlite://", {"y": data.value})
    history = abc.run(max_nr_populations=GENERATIONS, max_total_nr_simulations=MOST_RUNS)
    frame, weight = history.get_distribution()
    return frame[names].to_numpy(float), np.asarray(weight, float)


def compare(plan: Plan, folder: Path) -> pd.DataFrame:
    """Return what both ways say of each unknown at hidden points of a finished calibration.

    Raises
    ------
    ScenarioError
        If the folder lacks what a finished calibration leaves.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ScenarioError(f"{folder}: lacks {missing[0]}; airbridge calibrate makes it")
    points, shown, hidden = (pd.read_parquet(folder / name) for name in FILES)
    names = [target.name for target in plan.targets]
    emulators = fit_all(plan.prior.scaled(plan.prior.normal(points)), shown[names])
    truth = plan.prior.normal(hidden)
    rows = []
    for k in range(min(POINTS, len(hidden))):
        data = data_of(plan, hidden[names].to_numpy(float)[k], AS_HISTORY, k)
        size = plan.study.recovery.particles
        draws = sample(emulators, data, plan.prior, size, (plan.study.seed, HIDDEN, k, 0))
        ways = {"likelihood": (draws.u, draws.weight), "pyabc": abc_draws(plan, emulators, data)}
        for way, (u, weight) in ways.items():
            for n, name in enumerate(plan.prior.names):
                low, middle, high = weighted_quantiles(u[:, n], weight, (BAND[0], 0.5, BAND[1]))
                mean = float(weight @ u[:, n])
                rows.append(
                    {
                        "point": k,
                        "unknown": name,
                        "way": way,
                        "truth": truth[k, n],
                        "low": low,
                        "median": middle,
                        "high": high,
                        "sd": float(np.sqrt(weight @ (u[:, n] - mean) ** 2)),
                        "inside": bool(low <= truth[k, n] <= high),
                    }
                )
    return pd.DataFrame(rows)


def main(folder: Path, study: str = "calibration") -> None:
    """Compare both ways, write the table beside the calibration's and print what it says."""
    table = compare(load_plan(study), folder)
    table.to_csv(folder / "abc.csv", index=False)
    for way, mine in table.groupby("way", sort=False):
        print(
            f"{way}: {100 * mine['inside'].mean():.0f} % of {len(mine)} intervals of 90 % hold the "
            f"truth; mean standard deviation {mine['sd'].mean():.2f} of the prior's"
        )
    wide = table.pivot(index=["point", "unknown"], columns="way", values="median")
    print(f"correlation of their medians: {wide.corr().iloc[0, 1]:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
