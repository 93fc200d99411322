"""How good a forecast was: the band it gave, and the continuous ranked probability score."""

from __future__ import annotations

import numpy as np
import pandas as pd

BAND = (0.05, 0.95)
NINETY = 1.645  # standard deviations on either side of which a normal has 90 %
RESAMPLES = 2000


def crps(members: np.ndarray, value: float) -> float:
    """Return the continuous ranked probability score of an ensemble, in the value's unit.

        CRPS = mean |x - v| - mean |x - x'| / 2

    It is the absolute error of a forecast without spread; less is better
    (Gneiting & Raftery 2007).

    Examples
    --------
    >>> crps(np.array([3.0]), 5.0)
    2.0
    >>> crps(np.array([4.0, 6.0]), 5.0)
    0.5
    """
    x = np.sort(members)
    n = len(x)
    spread = float(((2 * np.arange(1, n + 1) - n - 1) * x).sum()) / n**2
    return float(np.abs(x - value).mean()) - spread


def inside(members: np.ndarray, value: float) -> bool:
    """Say whether a value lies in the 90 % band of an ensemble."""
    low, high = np.quantile(members, BAND)
    return bool(low <= value <= high)


def log_sd(low: float, high: float) -> float:
    """Return the standard deviation, in logs, of a range that is taken to hold 90 %."""
    if not 0.0 < low < high:
        return 0.0
    return float(np.log(high / low) / (2 * NINETY))


def difference(scores: pd.DataFrame, one: str, other: str) -> tuple[float, float, float]:
    """Return the mean difference of two columns of scores and its 95 % interval.

    Series are resampled whole, since the years of one are not independent.
    """
    gap = (scores[one] - scores[other]).groupby([scores["measure"], scores["where"]])
    total, count = gap.sum().to_numpy(), gap.size().to_numpy()
    draws = np.random.default_rng(0).integers(len(total), size=(RESAMPLES, len(total)))
    means = total[draws].sum(axis=1) / count[draws].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(total.sum() / count.sum()), float(low), float(high)
