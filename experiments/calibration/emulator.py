"""Emulators: what the model would say at a point where it has not been run, and how surely.

For each target a straight line in the unknowns that matter, plus a Gaussian process
(Matérn 5/2, a length for each of these unknowns) for what the line leaves, plus noise: what
luck, and unknowns that hardly matter, do to a single run. Rasmussen and Williams (2006).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from experiments.extras import require

LEAST_T = 2.5  # of a term of the screening regression, from which its unknown matters
MOST_ACTIVE = 8  # unknowns of one emulator
LENGTHS = (0.2, 30.0)  # bounds, in unknowns scaled to -1..1
AMPLITUDE, NOISE = (1e-3, 10.0), (1e-2, 2.0)  # bounds, of the variance that the line leaves
FEWEST_RUNS = 20
MOST_FITTED = 200  # runs that lengths are fitted to: the cost grows with their cube
NINETY_Z = float(stats.norm.ppf(0.95))


@dataclass(frozen=True)
class Process:
    """A Gaussian process fitted by scikit-learn, as arrays that predict many points quickly.

    In single precision: a nugget of a hundredth or more keeps its errors under a thousandth.

    Attributes
    ----------
    near : array
        Unknowns of the runs over their lengths.
    length, amplitude, noise : array, float, float
        Of the kernel; variances in units of ``scale`` squared.
    alpha, root : array
        K^-1 y and L^-1, K = L L' the covariance of the runs.
    middle, scale : float
        Mean and standard deviation of what the process was fitted to.
    """

    near: np.ndarray
    length: np.ndarray
    amplitude: float
    noise: float
    alpha: np.ndarray
    root: np.ndarray
    middle: float
    scale: float

    @classmethod
    def of(cls, fitted: Any) -> Process:
        """Return the arrays of a fitted ``GaussianProcessRegressor``."""
        kernel = fitted.kernel_
        length = np.atleast_1d(kernel.k1.k2.length_scale)
        return cls(
            near=(fitted.X_train_ / length).astype(np.float32),
            length=length,
            amplitude=float(kernel.k1.k1.constant_value),
            noise=float(kernel.k2.noise_level),
            alpha=np.ravel(fitted.alpha_).astype(np.float32),
            root=np.linalg.inv(fitted.L_).astype(np.float32),
            middle=float(np.ravel(fitted._y_train_mean)[0]),
            scale=float(np.ravel(fitted._y_train_std)[0]),
        )

    def predict(self, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of a run at each point, noise included."""
        a, b = (near / self.length).astype(np.float32), self.near
        square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2.0 * (a @ b.T)
        far = np.sqrt(np.maximum(5.0 * square, 0.0))
        k = np.float32(self.amplitude) * (1.0 + far + far**2 / 3.0) * np.exp(-far)
        known = ((k @ self.root.T) ** 2).sum(axis=1)
        variance = np.maximum(self.amplitude - known, 0.0) + self.noise
        mean = self.middle + self.scale * (k @ self.alpha)
        return mean.astype(float), self.scale**2 * variance.astype(float)


@dataclass(frozen=True)
class Emulator:
    """What runs have told of one target.

    Attributes
    ----------
    name : str
        Of the target.
    active : array of int
        The unknowns that matter.
    line : array
        Constant and slopes of the straight line.
    process : Process
    noise_variance : float
        Of a single run: luck.
    errors, spreads : array
        Of every run left out in turn: truth less prediction, and its standard deviation.
    kept : array of bool
        Runs that have the target.
    variance : float
        Of the target over runs.
    """

    name: str
    active: np.ndarray
    line: np.ndarray
    process: Process
    noise_variance: float
    errors: np.ndarray
    spreads: np.ndarray
    kept: np.ndarray
    variance: float

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what a run at each point would show, and its variance: emulator and luck."""
        near = x[:, self.active]
        mean, variance = self.process.predict(near)
        return mean + self.line[0] + near @ self.line[1:], variance


def fit(name: str, x: np.ndarray, y: np.ndarray, active: np.ndarray | None = None) -> Emulator:
    """Fit an emulator to runs.

    Parameters
    ----------
    x : array
        Unknowns of each run, scaled.
    y : array
        The target; missing where a run does not have it.
    active : array of int, optional
        The unknowns that matter; left out, they are screened for.
    """
    require("calibrate", "an emulator")
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kept = np.isfinite(y)
    x, y = x[kept], y[kept]
    if active is None:
        active = matter(x, y)
    near = x[:, active]
    design = np.column_stack([np.ones(len(y)), near])
    line, *_ = np.linalg.lstsq(design, y, rcond=None)
    rest = y - design @ line
    kernel = ConstantKernel(0.5, AMPLITUDE) * Matern(
        np.full(len(active), 2.0), LENGTHS, nu=2.5
    ) + WhiteKernel(0.5, NOISE)
    some = np.unique(np.linspace(0, len(y) - 1, MOST_FITTED).astype(int))
    process = GaussianProcessRegressor(kernel, normalize_y=True, alpha=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound is an answer
        process.fit(near[some], rest[some])
    if len(some) < len(y):  # lengths from some of the runs, all else from all of them
        process = GaussianProcessRegressor(
            process.kernel_, normalize_y=True, alpha=1e-8, optimizer=None
        ).fit(near, rest)
    quick = Process.of(process)
    noise = quick.noise * quick.scale**2
    errors, spreads = left_out(quick)
    return Emulator(
        name=name,
        active=active,
        line=line,
        process=quick,
        noise_variance=noise,
        errors=errors,
        spreads=spreads,
        kept=kept,
        variance=float(np.var(y, ddof=1)),
    )


def matter(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the unknowns that matter for a target, at most ten, those that matter most first.

    A regression on all unknowns and their squares; an unknown matters if the t value of one
    of its two terms is above 2.5. The leading one is always among them.
    """
    n, d = x.shape
    design = np.column_stack([np.ones(n), x, x**2 - np.mean(x**2, axis=0)])
    if n < design.shape[1] + 10:
        design = design[:, : d + 1]
    solved, *_ = np.linalg.lstsq(design, y, rcond=None)
    free = max(n - design.shape[1], 1)
    variance = float(((y - design @ solved) ** 2).sum()) / free
    spread = np.sqrt(np.maximum(np.diag(np.linalg.pinv(design.T @ design)) * variance, 1e-300))
    t = np.abs(solved / spread)[1:]
    largest = t.reshape(-1, d).max(axis=0)
    order = np.argsort(-largest, kind="stable")
    chosen = [k for k in order[:MOST_ACTIVE] if largest[k] >= LEAST_T]
    return np.array(chosen or [order[0]])


def left_out(process: Process) -> tuple[np.ndarray, np.ndarray]:
    """Return the error at each run if it were left out, and its standard deviation.

    From the inverse K of the covariance: error K^-1 y / diag(K^-1), variance 1 / diag(K^-1).
    """
    diagonal = (process.root.astype(float) ** 2).sum(axis=0)
    errors = process.alpha.astype(float) / diagonal * process.scale
    return errors, process.scale / np.sqrt(diagonal)


@dataclass(frozen=True)
class Emulators:
    """Emulators of all targets, and how their errors go together.

    Attributes
    ----------
    each : list of Emulator
    correlation : array
        Of errors at runs left out, shrunk towards none: two prices miss together.
    """

    each: list[Emulator]
    correlation: np.ndarray

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of a run at each point, a column each target."""
        found = [emulator.predict(x) for emulator in self.each]
        return np.column_stack([m for m, _ in found]), np.column_stack([v for _, v in found])


def fit_all(x: np.ndarray, table: pd.DataFrame) -> Emulators:
    """Fit an emulator for every column of a table of targets, a row a run."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # so that any number of cores gives the same bits
        each = [fit(str(name), x, table[name].to_numpy(float)) for name in table]
    return Emulators(each, together(each, len(table)))


def together(each: Sequence[Emulator], runs: int) -> np.ndarray:
    """Return how the errors of emulators at runs left out correlate, shrunk towards none.

    With n runs and p targets a part p / (n + p) of each correlation is taken away.
    """
    errors = np.full((runs, len(each)), np.nan)
    for k, emulator in enumerate(each):
        errors[emulator.kept, k] = emulator.errors / emulator.spreads
    found = pd.DataFrame(errors).corr(min_periods=FEWEST_RUNS).fillna(0.0).to_numpy(copy=True)
    keep = runs / (runs + len(each))
    found *= keep
    np.fill_diagonal(found, 1.0)
    # Correlations of which each has runs of its own need not be possible together.
    values, vectors = np.linalg.eigh(found)
    mended = vectors @ np.diag(np.maximum(values, 1e-6)) @ vectors.T
    root = np.sqrt(np.diag(mended))
    return mended / np.outer(root, root)


def checks(emulators: Emulators, labels: Sequence[str]) -> pd.DataFrame:
    """Return how good each emulator is, from runs left out in turn.

    ``explained`` is the part of a run's variance that is foreseen, ``luck`` the part that is
    noise, ``coverage`` the share of runs within their 90 % interval (90 % if all is well).
    """
    rows = []
    for one in emulators.each:
        z = one.errors / one.spreads
        rows.append(
            {
                "target": one.name,
                "runs": int(one.kept.sum()),
                "explained": 1.0 - float(np.mean(one.errors**2)) / one.variance,
                "luck": min(one.noise_variance / one.variance, 1.0),
                "error_sd": float(np.sqrt(np.mean(one.errors**2))),
                "coverage": float(np.mean(np.abs(z) <= NINETY_Z)),
                "matters": ", ".join(labels[k] for k in one.active[:4]),
            }
        )
    return pd.DataFrame(rows)
