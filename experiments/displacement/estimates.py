"""Displacement accounting: what an entrant takes from incumbents, and by which way.

All measures compare two worlds that share their luck and differ in one thing: in
one the entrant may serve the market, in the other it is barred. The definitions,
with how to read them, are in ``docs/guide/displacement.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from scipy import stats

from experiments.words import figure_of

PARTS = ("price", "source", "affiliates", "routes", "volume")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def mean_of(values: np.ndarray) -> Estimate:
    """Return the mean over replicates with Student's interval; unknown ones are left out."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    if len(values) < 2 or np.ptp(values) == 0.0:
        return Estimate(float(values.mean()), float(values.mean()), float(values.mean()))
    half = stats.sem(values) * stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)
    return Estimate(float(values.mean()), float(values.mean() - half), float(values.mean() + half))


def share_of(hits: np.ndarray) -> Estimate:
    """Return the share of replicates in which something happened, with Wilson's interval."""
    test = stats.binomtest(int(np.sum(hits)), len(hits))
    low, high = test.proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(float(np.mean(hits)), float(low), float(high))


def diversion(entrant_gain: np.ndarray, incumbents_loss: np.ndarray) -> Estimate:
    """Return the diversion ratio: the incumbents' loss per unit of the entrant's gain.

        D = sum_r (I_barred - I_allowed) / sum_r (E_allowed - E_barred)

    1 is pure displacement, 0 pure growth, below 0 the incumbents gain. Sums over
    replicates, since the ratio of one replicate has no mean where the entrant may
    stay away; the interval is a bootstrap over pairs. It has no bounds where the gain
    itself cannot be told from luck, and the ratio is NaN where there is no gain.

    Examples
    --------
    >>> print(diversion(np.array([10.0, 20.0]), np.array([5.0, 10.0])))
    0.50 (0.50 to 0.50)
    """
    gain, loss = np.asarray(entrant_gain, float), np.asarray(incumbents_loss, float)
    if gain.sum() <= 0.0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    value = float(loss.sum() / gain.sum())
    if len(gain) < 3 or np.ptp(loss - value * gain) <= 1e-12 * np.abs(gain).sum():
        return Estimate(value, value, value)
    rows = np.random.default_rng(0).integers(len(gain), size=(4999, len(gain)))
    gains, tail = gain[rows].sum(axis=1), (1.0 - CONFIDENCE) / 2
    if np.mean(gains <= 0.0) > tail:
        return Estimate(value, -np.inf, np.inf)
    kept = gains > 0.0
    low, high = np.quantile(loss[rows].sum(axis=1)[kept] / gains[kept], [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high))


def decompose(allowed: pd.DataFrame, barred: pd.DataFrame) -> pd.DataFrame:
    """Split each incumbent's change of margin into five parts that add up exactly.

    The margin of a line is revenue less all it paid,

        M = p Q - (z + t + w) B

    with Q delivered and B bought, p the price got, z the price paid at source, t the
    tolls to gangs that are not its own and w all else on the way (fees, flights, losses
    of aircraft), each per kilogram. Between two worlds, with a bar for their mean,

        dM = Qbar dp - Bbar dz - Bbar dt - Bbar dw + (pbar dQ - cbar dB)

    price, source, affiliates, routes and volume; c = z + t + w. Where a line has
    nothing in one world it takes the other's prices, and all is volume.

    Parameters
    ----------
    allowed, barred : DataFrame
        Same index; columns delivered_kg, bought_kg, revenue_usd, paid_usd,
        source_usd_per_kg, toll_usd_per_kg.

    Returns
    -------
    DataFrame
        One column per part and ``total``, the change of margin, in USD.
    """
    one, two = unit_values(barred), unit_values(allowed)
    for name in ("p", "z", "t", "w"):
        one[name] = one[name].fillna(two[name])
        two[name] = two[name].fillna(one[name])
    one, two = one.fillna(0.0), two.fillna(0.0)
    step, mid = two - one, (one + two) / 2.0
    out = pd.DataFrame(
        {
            "price": mid["Q"] * step["p"],
            "source": -mid["B"] * step["z"],
            "affiliates": -mid["B"] * step["t"],
            "routes": -mid["B"] * step["w"],
            "volume": mid["p"] * step["Q"] - (mid["z"] + mid["t"] + mid["w"]) * step["B"],
        }
    )
    margin = [table["revenue_usd"] - table["paid_usd"] for table in (barred, allowed)]
    idle = [
        m.where((t["delivered_kg"] <= 0) | (t["bought_kg"] <= 0), 0.0)
        for m, t in zip(margin, (barred, allowed), strict=True)
    ]
    out["volume"] += idle[1] - idle[0]  # sales from stock alone, purchases not yet sold
    out["total"] = margin[1] - margin[0]
    return out


def unit_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return Q, B and prices and costs per kilogram; NaN where there is nothing."""
    q, b = table["delivered_kg"], table["bought_kg"]
    active = (q > 0) & (b > 0)
    z, t = table["source_usd_per_kg"], table["toll_usd_per_kg"]
    safe_b = b.where(active)
    out = pd.DataFrame(
        {"p": table["revenue_usd"] / q.where(active), "z": z.where(active), "t": t.where(active)}
    )
    out["w"] = table["paid_usd"] / safe_b - out["z"] - out["t"]
    # A line without a sale or a purchase has no unit values: what it got or paid is volume.
    out["Q"], out["B"] = q.where(active, 0.0), b.where(active, 0.0)
    return out


def survival(weeks: np.ndarray, last_week: int) -> pd.DataFrame:
    """Return the share of replicates that have not passed a milestone, by week.

    Kaplan and Meier's estimate with Wilson's interval, which fits as runs that never
    pass are all censored at the last week.
    """
    weeks = np.asarray(weeks, float)
    passed = np.sort(weeks[np.isfinite(weeks)])
    x = np.concatenate([[0.0], np.unique(passed), [float(last_week)]])
    left = [len(weeks) - int(np.searchsorted(passed, week, side="right")) for week in x]
    left[0] = len(weeks)
    rows = [share_of(np.arange(len(weeks)) < count) for count in left]
    rows[0] = Estimate(1.0, 1.0, 1.0)  # at the start nobody is there, for certain
    return pd.DataFrame(
        {
            "week": x,
            "share": [e.value for e in rows],
            "low": [e.low for e in rows],
            "high": [e.high for e in rows],
        }
    )


def shapley(names: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Return each driver's mean marginal effect over all orders; they add up to the whole.

    Examples
    --------
    >>> shapley(["a", "b"], lambda s: 3.0 * ("a" in s) + 2.0 * ("a" in s and "b" in s))
    {'a': 4.0, 'b': 1.0}
    """
    n, out = len(names), {}
    for name in names:
        rest = [other for other in names if other != name]
        total = 0.0
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for others in combinations(rest, size):
                total += weight * (value(frozenset({*others, name})) - value(frozenset(others)))
        out[name] = total
    return out


def variance_ratio(allowed: np.ndarray, barred: np.ndarray) -> float:
    """Return the variance of paired differences over that of unpaired ones."""
    together = np.var(allowed, ddof=1) + np.var(barred, ddof=1)
    return float(np.var(allowed - barred, ddof=1) / together) if together > 0 else float("nan")


def herfindahl(kg: np.ndarray) -> float:
    """Return the Herfindahl index: the sum of squared shares; NaN where there is nothing."""
    total = float(np.sum(kg))
    return float(np.sum((np.asarray(kg) / total) ** 2)) if total > 0 else float("nan")


def shown(e: Estimate) -> str:
    """Return an estimate with its interval, or why there is none."""
    if e.value != e.value:
        return "none: the entrant gains nothing"
    if e.low in (float("-inf"), float("inf")):
        return f"{figure_of(e.value)} (no bounds: the gain cannot be told from luck)"
    return f"{figure_of(e.value)} ({figure_of(e.low)} to {figure_of(e.high)})"


def percent(e: Estimate) -> str:
    """Return a share in per cent with its interval."""
    if e.value != e.value:
        return "none: there is nothing to share"
    value, low, high = (figure_of(100 * x) for x in (e.value, e.low, e.high))
    return f"{value} % ({low} to {high})"
