"""The plain loop that the model is timed against decides what it says; nothing is timed here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.benchmarks.vectorised import ArrayModel
from experiments.benchmarks.week import Cartel, Gang, Market, Pilot, PlainModel, Producer
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


def test_the_arrays_decide_what_the_plain_loop_decides(settled: TraffickingModel) -> None:
    """After two weeks of one world: same stocks, control and values, as many loads sent."""
    plain = PlainModel(settled)
    arrays = ArrayModel(plain)
    for _ in range(2):
        sent = np.array([(hits, trips) for _, hits, trips in plain.reports]).T
        arrays.seized, arrays.sent = sent  # the luck of last week, which is not the same
        plain.step()
        arrays.step()
    kinds = plain.agents_by_type
    assert arrays.stock_kg == pytest.approx([one.stock_kg for one in kinds[Producer]])
    for held, gang in zip(arrays.control, kinds[Gang], strict=True):
        assert held == pytest.approx(gang.control)
    cartels = list(kinds[Cartel])
    assert arrays.belief == pytest.approx(np.array([one.belief for one in cartels]))
    seen = 0
    for side, values in zip(arrays.sides, arrays.values, strict=True):
        for line, owner in enumerate(side.owner):
            cartel = cartels[owner]
            k = next(k for k, m in enumerate(cartel.markets) if m.place == side.market.place)
            for place, _ in side.market.ways:
                assert (values[line, place] > 0.0) == (place in cartel.pulls[k])
                seen += place in cartel.pulls[k]
    assert seen > 500
    trips = sum(trips for _, _, trips in plain.reports)
    assert arrays.sent.sum() == trips
    flights = sum(one.flights for one in kinds[Pilot])
    assert arrays.flights.sum() == pytest.approx(flights, rel=0.25)
