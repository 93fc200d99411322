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
from sim.results.spread import FEWEST

PARTS = ("price", "source", "affiliates", "routes", "volume")
CONFIDENCE = 0.95
EQUIVALENCE = 0.90  # two one-sided tests at 5 % are an interval of 90 %
FEWEST_PAIRS = FEWEST  # of which there is an interval
NAN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A value, its 95 % interval, and the number of pairs or replicates it is of.

    From fewer than ``FEWEST_PAIRS`` there is no interval: ``low`` and ``high`` are NaN.
    They are infinite for a ratio whose denominator cannot be told from nothing.
    """

    value: float
    low: float
    high: float
    pairs: int = 0

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def mean_of(values: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean over pairs with Student's interval; unknown ones are left out."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return Estimate(NAN, NAN, NAN)
    mean = float(values.mean())
    if n < FEWEST_PAIRS:
        return Estimate(mean, NAN, NAN, n)
    if np.ptp(values) == 0.0:
        return Estimate(mean, mean, mean, n)
    half = float(stats.sem(values) * stats.t.ppf(0.5 + confidence / 2, n - 1))
    return Estimate(mean, mean - half, mean + half, n)


def largest_effect(values: np.ndarray) -> float:
    """Return the largest effect, of either sign, that the 90 % interval of a mean leaves.

    Equivalence is told from it: an effect is shown to be smaller than X, at the 5 % level
    of two one-sided tests, where the 90 % interval lies within -X..X. NaN from too few pairs.

    Examples
    --------
    >>> round(largest_effect(np.array([-1.0, 0.0, 0.0, 0.0, 1.0])), 3)
    0.674
    """
    found = mean_of(values, EQUIVALENCE)
    return max(abs(found.low), abs(found.high)) if np.isfinite(found.low) else NAN


def share_of(hits: np.ndarray) -> Estimate:
    """Return the share of pairs in which something happened, with Wilson's interval."""
    n = len(hits)
    if n == 0:
        return Estimate(NAN, NAN, NAN)
    if n < FEWEST_PAIRS:
        return Estimate(float(np.mean(hits)), NAN, NAN, n)
    test = stats.binomtest(int(np.sum(hits)), n)
    low, high = test.proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(float(np.mean(hits)), float(low), float(high), n)


def diversion(entrant_gain: np.ndarray, incumbents_loss: np.ndarray) -> Estimate:
    """Return the diversion ratio: the incumbents' loss per unit of the entrant's gain.

        D = sum_r (I_barred - I_allowed) / sum_r (E_allowed - E_barred)

    1 is pure displacement, 0 pure growth, below 0 the incumbents gain. Sums over
    replicates, since the ratio of one replicate has no mean where the entrant may
    stay away; the interval is a bootstrap over pairs. It has no bounds where the gain
    itself cannot be told from luck, and the ratio is NaN where there is no gain.

    Examples
    --------
    >>> gain = np.array([10.0, 20.0, 10.0, 20.0, 10.0])
    >>> print(diversion(gain, gain / 2.0))
    0.50 (0.50 to 0.50)
    """
    gain, loss = np.asarray(entrant_gain, float), np.asarray(incumbents_loss, float)
    if gain.sum() <= 0.0:
        return Estimate(NAN, NAN, NAN, len(gain))
    value = float(loss.sum() / gain.sum())
    if len(gain) < FEWEST_PAIRS:
        return Estimate(value, NAN, NAN, len(gain))
    if np.ptp(loss - value * gain) <= 1e-12 * np.abs(gain).sum():
        return Estimate(value, value, value, len(gain))
    rows = np.random.default_rng(0).integers(len(gain), size=(4999, len(gain)))
    gains, tail = gain[rows].sum(axis=1), (1.0 - CONFIDENCE) / 2
    if np.mean(gains <= 0.0) > tail:
        return Estimate(value, -np.inf, np.inf, len(gain))
    kept = gains > 0.0
    low, high = np.quantile(loss[rows].sum(axis=1)[kept] / gains[kept], [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high), len(gain))


def logit_diversion(
    entrant_kg: np.ndarray, incumbents_kg: np.ndarray, elasticity: float
) -> np.ndarray:
    """Return the diversion ratio of a plain logit, from sales in the world without the gain.

    Buyers choose a seller, or nothing, with odds that no other option sways. What an
    option gains it then takes from all others in proportion to their size, nothing
    included: of a gain g incumbents lose, for any g,

        D = I0 / (M - E0),        M = (E0 + I0) (1 + e),

    with E0 and I0 the kilograms of entrant and incumbents, and M all that buyers could
    take. Nothing has the share e / (1 + e) of M, so that the straight line through the
    market's price and quantity with its elasticity e meets M at a price of nothing.

    Parameters
    ----------
    entrant_kg, incumbents_kg : array
        What they deliver, the entrant barred or held, by pair.
    elasticity : float
        Price elasticity of the market's demand, absolute.

    Examples
    --------
    >>> round(float(logit_diversion(np.array([20.0]), np.array([80.0]), 0.5)[0]), 3)
    0.615
    """
    entrant, incumbents = np.asarray(entrant_kg, float), np.asarray(incumbents_kg, float)
    others = (entrant + incumbents) * (1.0 + elasticity) - entrant
    return np.divide(incumbents, others, out=np.zeros(len(others)), where=others > 0.0)


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
    if len(weeks) >= FEWEST_PAIRS:
        rows[0] = Estimate(1.0, 1.0, 1.0, len(weeks))  # at the start nobody is there, for certain
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


def around(e: Estimate, scale: float = 1.0) -> str:
    """Return the interval of an estimate in brackets, or why there is none."""
    if np.isinf(e.low):
        return "(no bounds: the gain cannot be told from luck)"
    if np.isnan(e.low):
        return "(no interval)"
    return f"({figure_of(scale * e.low)} to {figure_of(scale * e.high)})"


def counted(pairs: int) -> str:
    """Return a number of pairs in words; without any, worlds are compared by their means."""
    if pairs == 0:
        return "worlds that share no luck"
    return f"{pairs} pair{'' if pairs == 1 else 's'}"


def shown(e: Estimate) -> str:
    """Return an estimate with its interval, or why there is none."""
    if e.value != e.value:
        return "none: the entrant gains nothing"
    return f"{figure_of(e.value)} {around(e)}"


def percent(e: Estimate) -> str:
    """Return a share in per cent with its interval."""
    if e.value != e.value:
        return "none: there is nothing to share"
    return f"{figure_of(100 * e.value)} % {around(e, 100)}"


def often(e: Estimate) -> str:
    """Return how often something happened: in how many of the pairs, per cent and interval."""
    return f"{round(e.value * e.pairs)} of {counted(e.pairs)}, {percent(e)}"
