"""The reference equilibrium reproduces the data it is inferred from."""

from __future__ import annotations

import numpy as np
import pytest

from sim.network import Network
from sim.scenario.scenario import Scenario
from sim.setup.legs import build_air, build_legs
from sim.setup.markets import build_markets, build_zones
from sim.setup.organisations import build_cartels, build_gangs, set_trust
from sim.setup.reference import Reference, set_origins, settle
from sim.setup.roster import organisation_ids
from sim.world.state import Legs, Markets


@pytest.fixture(scope="module")
def found() -> tuple[Network, Reference, Markets, Legs]:
    scenario = Scenario.load("baseline")
    network, p = Network.load(scenario.data_folder), scenario.parameters
    gangs = build_gangs(network)
    markets, zones = build_markets(network, p), build_zones(network, p)
    legs, air = build_legs(network, p), build_air(network, p)
    cartels = build_cartels(network, gangs)
    set_trust(network, cartels, gangs, p)
    set_origins(network, zones, cartels)
    reference = settle(network, legs, air, markets, zones, cartels, gangs, p)
    return network, reference, markets, legs


def test_netbacks_equal_reference_prices_wherever_they_can(found) -> None:  # type: ignore[no-untyped-def]
    _, reference, markets, _ = found
    ratio = reference.value / reference.target
    there = reference.value > 0
    assert (ratio[there] < 1 + 1e-6).all()  # never above
    handled = markets.handling > 1e-9
    assert ratio[handled] == pytest.approx(np.ones(handled.sum()), rel=1e-6)
    assert (ratio[there] > 0.97).mean() > 0.75  # elsewhere the data ask more than can be paid


def test_reference_flows_deliver_demand_and_lose_what_the_legs_take(found) -> None:  # type: ignore[no-untyped-def]
    network, reference, markets, legs = found
    graph = network.graph
    for m, goal in enumerate(graph.market_place):
        into = graph.end == goal
        arrived = (reference.flow_kg[m] * (1 - legs.prior_prob))[into].sum()
        assert arrived == pytest.approx(markets.first_demand_kg[m], rel=1e-9)
        lost = (reference.flow_kg[m] * legs.prior_prob).sum()
        assert arrived + lost == pytest.approx(reference.bought_kg[m], rel=1e-9)


def test_handling_shares_are_shares(found) -> None:  # type: ignore[no-untyped-def]
    _, _, markets, _ = found
    assert markets.handling.min() >= 0.0 and markets.handling.max() < 0.95


def test_repeating_the_passes_has_converged(found) -> None:  # type: ignore[no-untyped-def]
    _, reference, _, legs = found
    total = reference.flow_kg.sum(axis=0)
    big = total > 100.0
    assert legs.flow_kg[big] == pytest.approx(total[big], rel=0.02)


def test_origins_follow_from_ties_as_in_the_data() -> None:
    scenario = Scenario.load("baseline")
    network, p = Network.load(scenario.data_folder), scenario.parameters
    gangs, zones = build_gangs(network), build_zones(network, p)
    cartels = build_cartels(network, gangs)
    set_trust(network, cartels, gangs, p)
    set_origins(network, zones, cartels)
    names = organisation_ids(network)
    for m, market in enumerate(network.markets):
        rows = network.market_lines[network.market_lines["market"] == market]
        who = [names.index(o) for o in rows["cartel"]]
        split = cartels.tie[who][:, network.graph.zone_place] * zones.origin_weight[m]
        split /= split.sum(axis=1, keepdims=True)
        shares = rows["share"].to_numpy()
        assert shares @ split / shares.sum() == pytest.approx(zones.origin_share[m], abs=1e-6)
