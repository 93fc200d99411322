"""History matching: which points can be ruled out, and how much of what was possible is left.

    I(x) = |z - E(x)| / sqrt(emulator + luck + observation + discrepancy variance)

is the implausibility of a point for one target (Craig et al. 1997; Vernon et al. 2010). A
point is ruled out if more targets than are tolerated have one above the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.calibration.emulator import Emulators
from experiments.calibration.targets import Target

BATCH = 2000  # points at a time


@dataclass(frozen=True)
class Data:
    """What the model is put to, as arrays: values and their variances without the model's."""

    value: np.ndarray
    observed_variance: np.ndarray
    discrepancy_variance: np.ndarray

    @classmethod
    def of(cls, targets: tuple[Target, ...]) -> Data:
        """Return what was observed."""
        return cls(
            np.array([t.value for t in targets]),
            np.array([t.observed_sd**2 for t in targets]),
            np.array([t.discrepancy_sd**2 for t in targets]),
        )

    @property
    def variance(self) -> np.ndarray:
        """Of observation and discrepancy together."""
        return self.observed_variance + self.discrepancy_variance


def implausibility(emulators: Emulators, data: Data, x: np.ndarray) -> np.ndarray:
    """Return the implausibility of points (rows) for all targets (columns)."""
    out = np.empty((len(x), len(data.value)))
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        mean, variance = emulators.predict(x[part])
        out[part] = np.abs(data.value - mean) / np.sqrt(variance + data.variance)
    return out


def worst(found: np.ndarray, tolerated: int) -> np.ndarray:
    """Return the largest implausibility of each point, some targets tolerated.

    Examples
    --------
    >>> worst(np.array([[1.0, 5.0, 2.0]]), 1)
    array([2.])
    """
    kept = min(tolerated, found.shape[1] - 1)
    return np.sort(found, axis=1)[:, -1 - kept]


def choose(u: np.ndarray, worst_of: np.ndarray, cut: float, wanted: int) -> tuple[np.ndarray, int]:
    """Return points for the next wave, from candidates in their order, and how many are left.

    Those that are not ruled out come first; where they are too few, the least implausible of
    the others join them, so that the next wave looks where least speaks against the model.
    """
    order = np.argsort(np.where(worst_of <= cut, 0.0, worst_of), kind="stable")
    return u[order[:wanted]], int((worst_of <= cut).sum())


def by_target(
    found: np.ndarray, worst_of: np.ndarray, cut: float, targets: tuple[Target, ...]
) -> pd.DataFrame:
    """Return for each target how far the model is from it: everywhere, and in what is left."""
    left = worst_of <= cut
    rows = []
    for k, target in enumerate(targets):
        mine = found[:, k]
        rows.append(
            {
                "target": target.name,
                "least_implausibility": float(mine.min()),
                "median_implausibility": float(np.median(mine)),
                "median_where_left": float(np.median(mine[left])) if left.any() else np.nan,
                "ruled_out_by_it": float((mine > cut).mean()),
            }
        )
    return pd.DataFrame(rows)


def depth(
    q: np.ndarray, worst_of: np.ndarray, cut: float, pair: tuple[int, int], bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return optical depth and least implausibility over two unknowns, on a grid.

    Optical depth is the share of points in a cell, whatever all other unknowns, that is not
    ruled out. Cells without a point are missing.

    Parameters
    ----------
    q : array
        Quantiles of the points' unknowns, 0..1.
    """
    cell = np.minimum((q[:, list(pair)] * bins).astype(int), bins - 1)
    where = cell[:, 0] * bins + cell[:, 1]
    count = np.bincount(where, minlength=bins**2)
    left = np.bincount(where, weights=worst_of <= cut, minlength=bins**2)
    least = np.full(bins**2, np.inf)
    np.minimum.at(least, where, worst_of)
    with np.errstate(invalid="ignore"):
        share = left / count
    least[count == 0] = np.nan
    return share.reshape(bins, bins), least.reshape(bins, bins)
