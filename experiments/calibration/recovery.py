"""Recovery: what the code gets back where the model itself has made the data.

Each hidden point, drawn as the prior says, is run once. Its data are that run, disturbed by
errors of observation and by discrepancy as large as those that history is met with
(*as history*), or undisturbed and taken for exact to 2 %, so that luck alone is in the way
(*luck alone*). The emulators and the sampler are those that history is put to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.calibration.emulator import Emulators
from experiments.calibration.matching import Data
from experiments.calibration.posterior import Draws, sample
from experiments.calibration.waves import HIDDEN, Maker, generator, hidden_points, make_runs

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan

AS_HISTORY, LUCK_ALONE = "as history", "luck alone"
MODES = (AS_HISTORY, LUCK_ALONE)
IDENTIFIED = 0.3  # contraction of an unknown's own interval from which it is identified
COMBINED = 0.5  # variance of a combination, of the prior's, up to which that is identified
TAKES_PART = 0.2  # squared weight in such combinations from which an unknown takes part in them
LEAST_SD = 0.02  # log: the least error that anything is measured with, in data taken for exact
BAND = (0.05, 0.95)
ALONE, IN_COMBINATION, NOT_AT_ALL = "identified", "in combination", "not identified"


@dataclass(frozen=True)
class Recovery:
    """What came back.

    Attributes
    ----------
    points : DataFrame
        By mode, hidden point and unknown: truth, median, low and high (standard normal
        numbers), ``inside`` and ``contraction``.
    table : DataFrame
        By mode and unknown: mean contraction, correlation of truth and median, coverage,
        weight in combinations, verdict.
    coverage : DataFrame
        By mode: intervals that hold the truth, of identified unknowns and of all.
    hidden : DataFrame
        The hidden points in their own units, and what their runs show.
    """

    points: pd.DataFrame
    table: pd.DataFrame
    coverage: pd.DataFrame
    hidden: pd.DataFrame


def recover(plan: Plan, make: Maker, emulators: Emulators) -> Recovery:
    """Try the code at all hidden points."""
    truth = hidden_points(plan, plan.prior)
    made = make_runs(plan, make, truth, HIDDEN, 1)
    rows, covariances = [], {mode: list[np.ndarray]() for mode in MODES}
    for k, (u, shown) in enumerate(zip(made.u, made.shown.to_numpy(float), strict=True)):
        for n, mode in enumerate(MODES):
            data = data_of(plan, shown, mode, k)
            size = plan.study.recovery.particles
            draws = sample(emulators, data, plan.prior, size, (plan.study.seed, HIDDEN, k, n))
            covariances[mode].append(np.cov(draws.u.T))
            rows += compare(plan, mode, k, u, draws)
    points = pd.DataFrame(rows)
    table = pd.concat([judge(points, mode, covariances[mode]) for mode in MODES])
    hidden = pd.concat([made.table, made.shown], axis=1)
    return Recovery(points, table.reset_index(drop=True), covered(points, table), hidden)


def data_of(plan: Plan, shown: np.ndarray, mode: str, point: int) -> Data:
    """Return the data that a hidden point's run makes."""
    known = Data.of(plan.targets)
    if mode == LUCK_ALONE:
        return Data(np.nan_to_num(shown), np.full(len(shown), LEAST_SD**2), np.zeros(len(shown)))
    errors = generator(plan, 5, point).standard_normal(len(shown)) * np.sqrt(known.variance)
    return Data(np.nan_to_num(shown) + errors, known.observed_variance, known.discrepancy_variance)


def compare(
    plan: Plan, mode: str, point: int, truth: np.ndarray, draws: Draws
) -> list[dict[str, object]]:
    """Return for each unknown what came back at one point."""
    low, high = np.quantile(draws.u, BAND, axis=0)
    median, sd = np.median(draws.u, axis=0), draws.u.std(axis=0, ddof=1)
    return [
        {
            "mode": mode,
            "point": point,
            "unknown": name,
            "truth": truth[k],
            "median": median[k],
            "low": low[k],
            "high": high[k],
            "inside": bool(low[k] <= truth[k] <= high[k]),
            "contraction": 1.0 - sd[k],
        }
        for k, name in enumerate(plan.prior.names)
    ]


def judge(points: pd.DataFrame, mode: str, covariances: list[np.ndarray]) -> pd.DataFrame:
    """Return for each unknown whether it is identified, alone or in combination.

    Alone if its standard deviation falls by 30 % or more, in the mean over points. In
    combination if it has a good part in directions whose variance falls by half or more:
    directions of the mean covariance over points, of which unknowns that are identified alone
    are left out.
    """
    mine = points[points["mode"] == mode]
    names = list(dict.fromkeys(mine["unknown"]))
    by = mine.groupby("unknown", sort=False)
    contraction = by["contraction"].mean().reindex(names)
    alone = (contraction >= IDENTIFIED).to_numpy()
    part = np.zeros(len(names))
    rest = np.flatnonzero(~alone)
    if len(rest) > 1:
        mean = np.mean(covariances, axis=0)[np.ix_(rest, rest)]
        values, vectors = np.linalg.eigh(mean)
        part[rest] = (vectors[:, values <= COMBINED] ** 2).sum(axis=1)
    verdict = np.where(alone, ALONE, np.where(part >= TAKES_PART, IN_COMBINATION, NOT_AT_ALL))
    together = [
        float(np.corrcoef(rows["truth"], rows["median"])[0, 1]) if len(rows) > 2 else np.nan
        for _, rows in by
    ]
    return pd.DataFrame(
        {
            "mode": mode,
            "unknown": names,
            "contraction": contraction.to_numpy(),
            "correlation": together,
            "inside": by["inside"].mean().reindex(names).to_numpy(),
            "part_in_combinations": part,
            "verdict": verdict,
        }
    )


def covered(points: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return how many intervals of 90 % hold the truth, of identified unknowns and of all."""
    rows = []
    for mode in MODES:
        mine = points[points["mode"] == mode]
        named = table[(table["mode"] == mode) & (table["verdict"] == ALONE)]["unknown"]
        for what, some in (("identified", mine[mine["unknown"].isin(named)]), ("all", mine)):
            inside = int(some["inside"].sum())
            rows.append(
                {
                    "mode": mode,
                    "of": what,
                    "intervals": len(some),
                    "hold_the_truth": inside,
                    "coverage": inside / len(some) if len(some) else np.nan,
                }
            )
    return pd.DataFrame(rows)
