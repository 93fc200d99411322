"""Whose luck a model has: what ``seed``, ``rng`` and Mesa's ``batch_run`` say about it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from sim.errors import ScenarioError

LARGEST_SEED = 2**63 - 1


def whole_number(what: str, value: Any) -> int:
    """Return a seed or the number of a replicate.

    Raises
    ------
    ScenarioError
        If it is anything but a whole number from 0 to ``LARGEST_SEED``.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ScenarioError(f"{what} = {value!r:.60} is not a whole number, 0..2^63-1")
    if not 0 <= value <= LARGEST_SEED:
        sign = "below 0" if value < 0 else "above 2^63-1"
        raise ScenarioError(f"{what} is {sign}; it is a whole number, 0..2^63-1")
    return int(value)


def base_seed(usual: int, seed: Any, rng: Any) -> int:
    """Return the seed of all draws: what is given, else the usual one.

    Parameters
    ----------
    usual : int
        The scenario's own seed.
    seed, rng : int, sequence of int, numpy SeedSequence, Generator or BitGenerator, optional
        One of them at most, as in Mesa. A generator is drawn from once: equal
        generators give equal seeds, and the same one asked again gives the next.

    Raises
    ------
    ScenarioError
        If both are given, or if it is none of these.
    """
    if seed is not None and rng is not None:
        raise ScenarioError("seed and rng both given: one of them decides all draws")
    name, given = ("seed", seed) if rng is None else ("seed, given as rng", rng)
    if given is None:
        return usual
    if isinstance(given, np.random.BitGenerator):
        given = np.random.Generator(given)
    if isinstance(given, np.random.Generator):
        return int(given.integers(LARGEST_SEED, endpoint=True))
    if isinstance(given, list | tuple | np.ndarray):
        parts = [whole_number(f"{name}[{k + 1}]", part) for k, part in enumerate(given)]
        given = np.random.SeedSequence(parts)
    if isinstance(given, np.random.SeedSequence):
        return int(given.generate_state(1, np.uint64)[0]) >> 1
    return whole_number(name, given)


def batch_iteration() -> int:
    """Return the iteration for which Mesa's ``batch_run`` is making a model; 0 outside of it.

    ``batch_run`` makes the models of all its iterations from the same arguments and
    tells none of them which it is. Without a look at who is asking, all would share
    the scenario's seed and be alike.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == "mesa.batchrunner":
            number = frame.f_locals.get("iteration")
            if isinstance(number, int):
                return number
    return 0
