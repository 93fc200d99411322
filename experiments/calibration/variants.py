"""What would change what is known: other discrepancies, and targets left out by kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.calibration.emulator import Emulators
from experiments.calibration.matching import Data
from experiments.calibration.posterior import sample

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan

AS_BUILT = "as built"
BLIND = 1e6  # variance, log squared, with which a target says nothing
BAND = (0.05, 0.5, 0.95)


def variants(plan: Plan) -> Iterator[tuple[str, Data]]:
    """Yield the data as built, with other discrepancies, and without each kind of target."""
    data = Data.of(plan.targets)
    yield AS_BUILT, data
    for words, factor in (("discrepancies halved", 0.5), ("discrepancies doubled", 2.0)):
        yield words, replace(data, discrepancy_variance=factor**2 * data.discrepancy_variance)
    kinds = [str(target.parts["measure"].iloc[0]) for target in plan.targets]
    for kind in dict.fromkeys(kinds):
        gone = np.array([one == kind for one in kinds])
        blind = np.where(gone, BLIND, data.discrepancy_variance)
        yield f"without {kind}", replace(data, discrepancy_variance=blind)


def compare(plan: Plan, emulators: Emulators) -> pd.DataFrame:
    """Return by variant and unknown the median and 90 %, in its own units, and the contraction."""
    rows = []
    for n, (name, data) in enumerate(variants(plan)):
        size = plan.study.recovery.particles
        draws = sample(emulators, data, plan.prior, size, (plan.study.seed, 2, n))
        values = plan.prior.values(draws.u)
        for k, unknown in enumerate(plan.prior.names):
            low, middle, high = np.quantile(values[unknown], BAND)
            rows.append(
                {
                    "variant": name,
                    "unknown": unknown,
                    "low": low,
                    "median": middle,
                    "high": high,
                    "shift_in_prior_sd": float(draws.u[:, k].mean()),
                    "contraction": 1.0 - float(draws.u[:, k].std(ddof=1)),
                }
            )
    return pd.DataFrame(rows)


def largest_shifts(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each variant the unknown that moves most from where it was, in prior's sds."""
    wide = table.pivot(index="unknown", columns="variant", values="shift_in_prior_sd")
    moved = wide.sub(wide[AS_BUILT], axis=0).drop(columns=AS_BUILT)
    closed = table.groupby("variant", sort=False)["contraction"].mean()
    rows = []
    for name in dict.fromkeys(table["variant"]):
        if name == AS_BUILT:
            rows.append((name, "-", np.nan, closed[name]))
        else:
            most = str(moved[name].abs().idxmax())
            rows.append((name, most, float(moved.loc[most, name]), closed[name]))
    return pd.DataFrame(rows, columns=["variant", "moves_most", "by_prior_sd", "mean_contraction"])
