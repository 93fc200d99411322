"""Fixtures that several tests share; plain functions are in ``support``."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_world import TABLES, stirred
from support import write_pack

from sim.model import TraffickingModel
from sim.run import Run
from sim.scenario.scenario import Scenario
from sim.world.state import World


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


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data pack of the small world, which has come to rest once; see ``small_world``."""
    folder = tmp_path_factory.mktemp("small")
    write_pack(folder, TABLES)
    stirred(folder, "usual")
    return folder


@pytest.fixture(scope="session")
def settled_small(small_pack: Path) -> TraffickingModel:
    """The small world stirred, at its first week; not to be changed."""
    return stirred(small_pack, "usual")


@pytest.fixture
def small(settled_small: TraffickingModel) -> TraffickingModel:
    """The small world stirred, whose arrays a test may spoil."""
    return copy.deepcopy(settled_small)


@pytest.fixture
def world(small: TraffickingModel) -> World:
    """The small world, whose groups a test cuts to its case."""
    return small.world


@pytest.fixture(scope="session")
def small_run(small_pack: Path) -> Run:
    """A run of the small world; not to be changed."""
    with np.errstate(over="ignore"):
        return stirred(small_pack, "usual").run()
