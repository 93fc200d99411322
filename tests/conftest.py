"""Fixtures that several tests share; plain functions are in ``support``."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest

from sim.model import TraffickingModel
from sim.scenario.scenario import Scenario


@pytest.fixture
def wrap_around() -> Iterator[None]:
    """The hash of the draws wraps around by design, also with the compiler off."""
    with np.errstate(over="ignore"):
        yield


@pytest.fixture(scope="session")
def settled() -> TraffickingModel:
    """A market at the end of its burn-in; not to be changed."""
    model = TraffickingModel(Scenario.load("baseline", ["weeks=4", "burn_in_weeks=30"]))
    with np.errstate(over="ignore"):
        while model.week < 0:
            model.step()
    return model


@pytest.fixture
def model(settled: TraffickingModel) -> TraffickingModel:
    """A running model whose arrays a test may spoil."""
    return copy.deepcopy(settled)
