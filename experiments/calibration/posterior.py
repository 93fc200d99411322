"""Weights within what is left: draws in proportion to prior and emulators' likelihood.

The likelihood of a point is that of the data under a normal distribution around what the
emulators say, with the covariance

    C(x) = S(x) R S(x) + observation + discrepancy,

S the standard deviations of emulator and luck, R the correlation of the emulators' errors.
Draws come from a sequence of tempered distributions (Del Moral et al. 2006). At each they are
moved by Crank-Nicolson steps preconditioned with a normal distribution of their own mean and
covariance (Cotter et al. 2013; Pinski et al. 2015), taken or not as Metropolis has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.calibration.emulator import Emulators
from experiments.calibration.matching import Data
from experiments.calibration.prior import Prior
from sim.engine.streams import name_key

HALF = 0.5  # effective draws that a tempering step leaves, of all
MOVES, LAST_MOVES = 5, 15  # at each temperature, and at the last
AIM = 0.3  # of moves that are taken
LEAST_STEP, MOST_STEP = 0.05, 0.95
LEAST_VARIANCE = 1e-5  # of steps in any direction, of the prior's
BOLD = 0.8  # power of the likelihood from which weighted draws are taken: broader than it


@dataclass(frozen=True)
class Draws:
    """Draws of the posterior as standard normal numbers, their log-likelihoods and weights."""

    u: np.ndarray
    loglik: np.ndarray
    weight: np.ndarray

    @property
    def effective(self) -> float:
        """How many draws of equal weight would tell as much."""
        return float(1.0 / (self.weight**2).sum())


def log_likelihood(emulators: Emulators, data: Data, x: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of every point."""
    mean, variance = emulators.predict(x)
    spread = np.sqrt(variance)
    covariance = spread[:, :, None] * emulators.correlation * spread[:, None, :]
    k = np.arange(len(data.value))
    covariance[:, k, k] += data.variance
    root = np.linalg.cholesky(covariance)
    gap = np.linalg.solve(root, (data.value - mean)[:, :, None])[:, :, 0]
    return -0.5 * (gap**2).sum(axis=1) - np.log(root[:, k, k]).sum(axis=1)


def sample(
    emulators: Emulators,
    data: Data,
    prior: Prior,
    size: int,
    seed: tuple[int, ...],
    power: float = 1.0,
) -> Draws:
    """Draw from prior x likelihood^power.

    Weights make up for a power below 1: they are in proportion to likelihood^(1 - power).
    """
    draws = np.random.default_rng([name_key("posterior"), *seed])
    u = draws.standard_normal((size, len(prior)))

    def at(points: np.ndarray) -> np.ndarray:
        return log_likelihood(emulators, data, prior.scaled(points))

    loglik, reached, step = at(u), 0.0, 0.5
    while reached < power:
        further = next_power(loglik, reached, power)
        kept = systematic(normal_weights((further - reached) * loglik), size, draws)
        u, loglik, reached = u[kept], loglik[kept], further
        guide = Guide.of(u)
        for _ in range(MOVES if reached < power else LAST_MOVES):
            tried = guide.step(u, step, draws)
            new = at(tried)
            odds = reached * (new - loglik) + guide.lean(tried) - guide.lean(u)
            taken = np.log(draws.random(size)) < odds
            u[taken], loglik[taken] = tried[taken], new[taken]
            step = float(np.clip(step * np.exp(float(taken.mean()) - AIM), LEAST_STEP, MOST_STEP))
    return Draws(u, loglik, normal_weights((1.0 - power) * loglik))


@dataclass(frozen=True)
class Guide:
    """A normal distribution like the draws, to which steps are fitted."""

    mean: np.ndarray
    root: np.ndarray

    @classmethod
    def of(cls, u: np.ndarray) -> Guide:
        """Return it with the mean and the covariance of draws."""
        covariance = np.atleast_2d(np.cov(u.T)) + LEAST_VARIANCE * np.eye(u.shape[1])
        return cls(u.mean(axis=0), np.linalg.cholesky(covariance))

    def step(self, u: np.ndarray, size: float, draws: np.random.Generator) -> np.ndarray:
        """Return steps that leave the guide as it is: u' = m + sqrt(1 - s^2) (u - m) + s L xi."""
        noise = draws.standard_normal(u.shape) @ self.root.T
        return self.mean + np.sqrt(1.0 - size**2) * (u - self.mean) + size * noise

    def lean(self, u: np.ndarray) -> np.ndarray:
        """Return the log of the prior's density over the guide's, but for a constant."""
        z = np.linalg.solve(self.root, (u - self.mean).T)
        return 0.5 * ((z**2).sum(axis=0) - (u**2).sum(axis=1))


def next_power(loglik: np.ndarray, reached: float, power: float) -> float:
    """Return the largest further power at which half of the draws still tell."""
    least, most = reached, power
    if effective(normal_weights((power - reached) * loglik)) >= HALF:
        return power
    for _ in range(50):
        middle = (least + most) / 2.0
        if effective(normal_weights((middle - reached) * loglik)) >= HALF:
            least = middle
        else:
            most = middle
    return most


def effective(weight: np.ndarray) -> float:
    """Return the share of draws that tell as much with equal weights."""
    return float(1.0 / (weight**2).sum()) / len(weight)


def normal_weights(logs: np.ndarray) -> np.ndarray:
    """Return weights with a sum of one from their logs."""
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def systematic(weight: np.ndarray, size: int, draws: np.random.Generator) -> np.ndarray:
    """Return draws in proportion to their weights, by a comb with one random offset."""
    comb = (np.arange(size) + draws.random()) / size
    return np.minimum(np.searchsorted(np.cumsum(weight), comb), len(weight) - 1)


def weighted_quantiles(values: np.ndarray, weight: np.ndarray, at: tuple[float, ...]) -> np.ndarray:
    """Return quantiles of weighted draws."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) - 0.5 * weight[order]
    return np.interp(at, below, values[order])
