"""What is not known before anything is compared: ranges of numbers, deviations of paths.

Every unknown is a standard normal number ``u`` seen through its own distribution: a number of
the register is uniform, or uniform in logs, over its range; a path's deviation is normal,
with 90 % between the low and the high of its years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from experiments.sensitivity.factors import Factor
from experiments.validation.scores import NINETY

LARGEST = 2.0  # deviation of a path that a scenario may have
EDGE = 1e-9  # of a range, so that its ends have a finite u
HEAD, TAIL = "paths.", ".deviation"


def deviation_of(path: str) -> str:
    """Return the name of a path's deviation among factors."""
    return f"{HEAD}{path}{TAIL}"


@dataclass(frozen=True)
class Prior:
    """The unknown numbers of the register, and the paths whose deviations are unknown."""

    factors: tuple[Factor, ...]
    paths: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Names of all unknowns: numbers first, then deviations."""
        return [*(f.name for f in self.factors), *map(deviation_of, self.paths)]

    @property
    def labels(self) -> list[str]:
        """Short names of all unknowns, for figures."""
        return [*(f.label for f in self.factors), *(p.replace("_", " ") for p in self.paths)]

    @property
    def numbers(self) -> int:
        """How many of the unknowns are numbers of the register, which decide how a world rests."""
        return len(self.factors)

    def __len__(self) -> int:
        return len(self.factors) + len(self.paths)

    def values(self, u: np.ndarray) -> pd.DataFrame:
        """Return the unknowns in their own units, a column each, from standard normal numbers."""
        columns = {}
        for k, factor in enumerate(self.factors):
            q = ndtr(u[:, k])
            if factor.distribution == "log_uniform":
                low, high = np.log(factor.low), np.log(factor.high)
                value = np.exp(low + q * (high - low))
            else:
                value = factor.low + q * (factor.high - factor.low)
            columns[factor.name] = np.clip(value, factor.low, factor.high)
        for k, path in enumerate(self.paths, self.numbers):
            columns[deviation_of(path)] = np.clip(u[:, k] / NINETY, -LARGEST, LARGEST)
        return pd.DataFrame(columns)

    def normal(self, values: pd.DataFrame) -> np.ndarray:
        """Return the standard normal numbers that stand behind values."""
        out = np.empty((len(values), len(self)))
        for k, factor in enumerate(self.factors):
            value = values[factor.name].to_numpy(float)
            low, high = factor.low, factor.high
            if factor.distribution == "log_uniform":
                low, high, value = np.log(low), np.log(high), np.log(value)
            out[:, k] = ndtri(np.clip((value - low) / (high - low), EDGE, 1.0 - EDGE))
        for k, path in enumerate(self.paths, self.numbers):
            out[:, k] = values[deviation_of(path)].to_numpy(float) * NINETY
        return out

    def scaled(self, u: np.ndarray) -> np.ndarray:
        """Return the unknowns as emulators see them: numbers within -1..1, deviations about so."""
        x = np.array(u, float)
        x[:, : self.numbers] = 2.0 * ndtr(x[:, : self.numbers]) - 1.0
        x[:, self.numbers :] = np.clip(x[:, self.numbers :] / NINETY, -LARGEST, LARGEST) / LARGEST
        return x


def settings_of(row: pd.Series | dict[str, float], names: Sequence[str]) -> dict[str, float]:
    """Return the values of a row as changes to a scenario, by key."""
    return {name: float(row[name]) for name in names}


def spread_evenly(n: int, dimensions: int, draws: np.random.Generator) -> np.ndarray:
    """Return the points of a Latin hypercube as standard normal numbers.

    Each unknown has one point in each of n parts of equal probability (McKay et al. 1979).
    """
    cells = np.array([draws.permutation(n) for _ in range(dimensions)]).T.reshape(n, dimensions)
    return ndtri(np.clip((cells + draws.random((n, dimensions))) / n, EDGE, 1.0 - EDGE))
