"""Indices of a finished study, by SALib's analysers, as tidy tables.

Every table of indices has the columns method, outcome, index, factor, other (the
second factor of a second-order index), value, low, high and n, the base sample size.
Intervals are 95 %, by bootstrap where the method has one. ``seeded`` makes sure that the
study's seed, 0 included, arrives at SALib's analysers and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.extras import require
from experiments.sensitivity.factors import spec_of
from experiments.sensitivity.sampling import block_size, nested_sizes, rows_of

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


COLUMNS = ["method", "outcome", "index", "factor", "other", "value", "low", "high", "n"]
INDICES = {
    "morris": ("mu", "mu_star", "sigma"),
    "sobol": ("S1", "ST"),
    "fast": ("S1", "ST"),
    "rbd_fast": ("S1",),
    "delta": ("delta", "S1"),
    "pawn": ("median",),
    "hdmr": ("Sa", "Sb", "S", "ST"),
}
LEADING = {
    "morris": "mu_star",
    "sobol": "ST",
    "fast": "ST",
    "rbd_fast": "S1",
    "delta": "delta",
    "pawn": "median",
    "hdmr": "ST",
}
CONFIDENCE = 0.95
HDMR_BOOTSTRAP = 20
DELTA_RESAMPLES = 30  # each takes a second at a few thousand points


@contextmanager
def seeded(seed: int) -> Iterator[int]:
    """Give analysers a seed they cannot take for none, and leave global state as it was.

    0 counts as no seed to several of SALib's analysers, and some seed numpy's global
    generator with what they are given and draw from it.
    """
    state = np.random.get_state()  # noqa: NPY002
    shown = warnings.formatwarning
    try:
        with warnings.catch_warnings():
            yield seed + 1
    finally:
        warnings.formatwarning = shown
        np.random.set_state(state)  # noqa: NPY002


def analyse(plan: Plan, samples: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Return the indices of every method and outcome on the whole sample."""
    n = base_size(plan, samples)
    return table_of(
        [(method, name, n) for method in plan.study.methods for name in means], plan, samples, means
    )


def converge(plan: Plan, samples: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Return the leading indices on growing parts of the same sample."""
    whole = base_size(plan, samples)
    steps = [
        (method, name, n)
        for method in plan.study.methods
        for name in means
        for n in nested_sizes(plan, whole)
        if n >= fewest(method) or n == whole
    ]
    table = table_of(steps, plan, samples, means)
    return table[table["index"] == table["method"].map(LEADING)].reset_index(drop=True)


def base_size(plan: Plan, samples: pd.DataFrame) -> int:
    """Return the base sample size of a sample, whole or with base points dropped."""
    if "fast" in plan.study.methods:
        return len(samples) // len(plan.factors)
    return len(samples) // block_size(plan)


def fewest(method: str) -> int:
    """Return the smallest part of a sample that a method can say something about."""
    return {"morris": 4, "sobol": 32, "hdmr": 300}.get(method, 64)


def table_of(
    steps: Sequence[tuple[str, str, int]], plan: Plan, samples: pd.DataFrame, means: pd.DataFrame
) -> pd.DataFrame:
    """Return one tidy table for methods, outcomes and sizes."""
    parts = []
    for method, outcome, n in steps:
        rows = rows_of(plan, n)
        x, y = samples.to_numpy(float)[rows], means[outcome].to_numpy(float)[rows]
        found = indices(plan, method, x, y)
        parts.append(found.assign(method=method, outcome=outcome, n=n)[COLUMNS])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def indices(plan: Plan, method: str, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Return the indices of one outcome by one method.

    An outcome that is the same at all points has none: its indices are NaN.
    """
    names = list(dict.fromkeys(f.group or f.name for f in plan.factors))  # groups: not in FREE
    if is_constant(y):
        unknown = np.full(len(names), np.nan)
        return pd.concat([rows(names, index, unknown) for index in INDICES[method]])
    require("studies", f"method = {method!r}")
    from threadpoolctl import threadpool_limits

    # What SALib warns of is checked before, or documented; recording it keeps it from the user.
    # One thread: small systems are solved faster, and the same way on every machine.
    with (
        seeded(plan.study.seed) as seed,
        warnings.catch_warnings(record=True),
        threadpool_limits(1),
    ):
        warnings.simplefilter("ignore")
        return ANALYSERS[method](plan, names, x, y, seed)


def is_constant(values: np.ndarray | pd.Series) -> bool:
    """Say whether an outcome is the same everywhere, so that nothing can explain it."""
    y = np.asarray(values, float)
    return bool(np.ptp(y) <= 1e-12 * max(1.0, np.abs(y).max()))


def rows(names: list[str], index: str, value: Any, half: Any = None, other: str = "") -> Any:
    """Return one index of all factors, with its interval, as rows."""
    value = np.asarray(np.ma.filled(value, np.nan), float)
    half = np.full(len(value), np.nan) if half is None else np.asarray(half, float)
    return pd.DataFrame(
        {
            "index": index,
            "factor": names,
            "other": other,
            "value": value,
            "low": value - half,
            "high": value + half,
        }
    )


def _morris(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    found = _run(
        plan,
        "morris",
        x,
        y,
        num_levels=plan.study.levels,
        **_resampled(plan),
        seed=seed,
    )
    return pd.concat(
        [
            rows(names, "mu", found["mu"]),
            rows(names, "mu_star", found["mu_star"], found["mu_star_conf"]).assign(
                low=lambda table: table["low"].clip(lower=0.0)
            ),
            rows(names, "sigma", found["sigma"]),
        ]
    )


def _sobol(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    found = _run(
        plan,
        "sobol",
        x,
        y,
        calc_second_order=plan.study.second_order,
        **_resampled(plan),
        seed=seed,
    )
    parts = [rows(names, k, found[k], found[f"{k}_conf"]) for k in ("S1", "ST")]
    if plan.study.second_order:
        for i, j in combinations(range(len(names)), 2):
            parts.append(
                rows(
                    [names[i]],
                    "S2",
                    found["S2"][i : i + 1, j],
                    found["S2_conf"][i : i + 1, j],
                    names[j],
                )
            )
    return pd.concat(parts)


def _fast(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    # Bootstrap intervals of eFAST are unreliable (SALib says so itself): indicative only.
    found = _run(plan, "fast", x, y, **_resampled(plan, 100), seed=seed)
    return pd.concat([rows(names, k, found[k], found[f"{k}_conf"]) for k in ("S1", "ST")])


def _rbd_fast(
    plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int
) -> pd.DataFrame:
    found = _run(plan, "rbd_fast", x, y, **_resampled(plan, 100), seed=seed)
    return rows(names, "S1", found["S1"], found["S1_conf"])


def _resampled(plan: Plan, most: int | None = None) -> dict[str, Any]:
    """Return the confidence and the bootstrap samples of an interval, as SALib names them."""
    wanted = plan.study.resamples
    return {
        "conf_level": CONFIDENCE,
        "num_resamples": wanted if most is None else min(wanted, most),
    }


def _delta(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    with redirect_stdout(StringIO()):  # it prints remarks on its bins
        found = _run(plan, "delta", x, y, **_resampled(plan, DELTA_RESAMPLES), seed=seed)
    raw = "delta_raw" if "delta_raw" in found else "delta"  # its name before SALib 1.6
    return pd.concat(
        [
            rows(names, "delta", found[raw], found[f"{raw}_conf"]),
            rows(names, "S1", found["S1"], found["S1_conf"]),
        ]
    )


def _pawn(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    """PAWN has no interval of its own: bootstrap over points."""
    value = _run(plan, "pawn", x, y, seed=seed)["median"]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(min(plan.study.resamples, 100)):
        some = rng.integers(len(y), size=len(y))
        drawn.append(_run(plan, "pawn", x[some], y[some], seed=seed)["median"])
    low, high = np.quantile(drawn, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2], axis=0)
    return rows(names, "median", value).assign(low=low, high=high)


def _hdmr(plan: Plan, names: list[str], x: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    found = _run(
        plan,
        "enhanced_hdmr",
        x,
        y,
        bootstrap=HDMR_BOOTSTRAP,
        alpha=CONFIDENCE,
        poly_order=polynomial_order(len(names), len(y)),
        seed=seed,
    )
    n = len(names)
    parts = [rows(names, k, found[k][:n], found[f"{k}_conf"][:n]) for k in ("Sa", "Sb", "S")]
    return pd.concat([*parts, rows(names, "ST", found["ST"][:n], found["ST_conf"][:n])])


def polynomial_order(factors: int, points: int) -> int:
    """Return the order of HDMR's polynomials: as high as the points can carry, 2 to 7.

    First- and second-order terms together take k p + k (k - 1) p^2 / 2 coefficients, of
    which there should be four points each. Beyond 7 the fit becomes unstable.
    """
    for order in range(7, 2, -1):
        if factors * order + factors * (factors - 1) / 2 * order**2 <= points / 4:
            return order
    return 2


def _run(plan: Plan, analyser: str, x: np.ndarray, y: np.ndarray, **options: Any) -> Any:
    """Run one of SALib's analysers on a sample and its results."""
    from SALib import ProblemSpec

    spec = spec_of(plan.factors, ["Y"])
    spec["names"] = [f"x{k}" for k in range(len(plan.factors))]  # SALib forbids some endings
    problem = ProblemSpec(spec)
    problem.set_samples(x)
    problem.set_results(y)
    getattr(problem, f"analyze_{analyser}")(**options)
    return problem.analysis


ANALYSERS: dict[str, Callable[..., pd.DataFrame]] = {
    "morris": _morris,
    "sobol": _sobol,
    "fast": _fast,
    "rbd_fast": _rbd_fast,
    "delta": _delta,
    "pawn": _pawn,
    "hdmr": _hdmr,
}


def noise_table(plan: Plan, outcomes: pd.DataFrame, means: pd.DataFrame) -> pd.DataFrame:
    """Return how much of the variance of each outcome over points is noise.

        noise of one run = mean over points of the variance over replicates,
        noise of the mean = that / replicates,   share = noise of the mean / variance of means

    NaN where no point has two replicates. With common luck a point's replicates are other
    draws than its neighbours' by number, but the same from point to point.
    """
    by_point = outcomes.groupby("point")[list(means)]
    counts = by_point.size()
    several = counts.index[counts >= 2]
    total = means.var(ddof=1)
    noise = by_point.var(ddof=1).loc[several].mean() if len(several) else total * np.nan
    of_mean = noise / plan.study.replicates
    share = (of_mean / total.where(total > 0)).clip(upper=1.0)
    return pd.DataFrame(
        {
            "outcome": list(means),
            "mean": means.mean().to_numpy(),
            "variance": total.to_numpy(),
            "noise_of_one_run": noise.to_numpy(),
            "noise_of_mean": of_mean.to_numpy(),
            "noise_share": share.to_numpy(),
            "constant": [is_constant(means[name]) for name in means],
            "points": len(several),
        }
    )
