"""The plain loop that the model is timed against decides what it says; nothing is timed here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.benchmarks.week import Cartel, Market, PlainModel, Producer
from sim.model import TraffickingModel


@pytest.fixture(scope="module")
def plain(settled: TraffickingModel) -> PlainModel:
    return PlainModel(settled)


def test_the_plain_cast_is_that_of_the_model(plain: PlainModel, settled: TraffickingModel) -> None:
    w = settled.world
    counts = {kind.__name__: len(agents) for kind, agents in plain.agents_by_type.items()}
    assert counts["Producer"] == len(w.producers.zone) and counts["Pilot"] == len(w.pilots.pool)
    assert counts["Cartel"] == len(np.unique(w.lines.cartel[w.lines.phase > 0]))
    served = sum(len(cartel.markets) for cartel in plain.agents_by_type[Cartel])
    assert served == (w.lines.phase > 0).sum()
    assert len(plain.loads) == w.consignments.loaded[0] > 100


def test_a_plain_week_moves_everybody(plain: PlainModel) -> None:
    before = plain.agents_by_type[Producer][0].stock_kg
    plain.step()
    assert plain.agents_by_type[Producer][0].stock_kg > before
    trips = sum(trips for _, _, trips in plain.reports)
    assert 0.9 * len(plain.loads) < trips <= len(plain.loads)
    assert all(0.0 <= cartel.belief[0] < 1.0 for cartel in plain.agents_by_type[Cartel])


def test_two_ways_are_valued_by_hand(plain: PlainModel) -> None:
    """A market worth 1000 and two legs to it, which cost 100 and 190, safe as houses."""
    cartel = next(iter(plain.agents_by_type[Cartel]))
    usual = cartel.belief
    cartel.belief = [0.0, 0.0]
    pulls = cartel.value(Market(9, 1000.0, [(1, [(0, 9, 100.0), (1, 9, 190.0)])]))
    cartel.belief = usual
    assert pulls[1] == pytest.approx([1.0, math.exp(-0.4)])
