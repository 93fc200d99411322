"""How a world begins: arrays filled from a scenario and its data pack.

Everything starts at the reference equilibrium: prices as in the data, handling
shares inferred from them, order books at the observed shares, goods already on
their way. The burn-in lets what remains settle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.engine.groups import members
from sim.network import Network, build_graph
from sim.parameters.sections import Parameters
from sim.rules.trust import pull_sources
from sim.setup.accounts import (
    build_agencies,
    build_books,
    build_consignments,
    build_moves,
    build_week,
)
from sim.setup.exchanges import build_exchanges, extend_markets, extend_zones, no_exchanges, plan
from sim.setup.legs import build_air, build_legs
from sim.setup.lines import build_lines, store_usual_stocks
from sim.setup.markets import build_markets, build_zones
from sim.setup.organisations import build_cartels, build_gangs, set_trust
from sim.setup.people import build_pilots, build_producers
from sim.setup.reference import set_origins, settle
from sim.setup.territory import build_territory
from sim.world import state

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def build_world(scenario: Scenario, network: Network, seed: int) -> state.World:
    """Return the arrays of a world at its start."""
    parameters = scenario.parameters
    markets, zones = build_markets(network, parameters), build_zones(network, parameters)
    exchanges = no_exchanges()
    if network.trading:
        planned = plan(network, plain_reference(network, parameters), parameters)
        markets, zones = extend_markets(markets, planned), extend_zones(zones, planned)
        exchanges = build_exchanges(network, planned, parameters)
    reference, cartels, gangs = settled(network, parameters, markets, zones)
    legs = reference.legs
    lines = build_lines(network, reference)
    pull_sources(network.graph, lines, cartels, zones)
    territory = build_territory(network, reference, cartels, gangs, scenario)
    cartels.belief[:] = legs.prior_prob
    store_usual_stocks(lines, markets, exchanges)
    world = state.World(
        graph=network.graph,
        legs=legs,
        ways=reference.ways,
        lines=lines,
        week=build_week(network, lines, cartels),
        cartels=cartels,
        producers=build_producers(network, reference, parameters, seed, len(cartels.capital_usd)),
        zones=zones,
        markets=markets,
        exchanges=exchanges,
        pilots=build_pilots(network, parameters, seed),
        air=reference.air,
        gangs=gangs,
        territory=territory,
        moves=build_moves(),
        agencies=build_agencies(network, legs),
        consignments=build_consignments(legs),
        books=build_books(),
    )
    return own_arrays(world)


def plain_reference(network: Network, parameters: Parameters) -> state.Reference:
    """Return the reference equilibrium of a network as if it had no exchanges."""
    given = network.market_lines["market"].isin(network.markets)
    plain = replace(
        network,
        trading=(),
        market_lines=network.market_lines[given],
        graph=build_graph(network.places, network.legs),
    )
    markets, zones = build_markets(plain, parameters), build_zones(plain, parameters)
    reference, *_ = settled(plain, parameters, markets, zones)
    return reference


def settled(
    network: Network, parameters: Parameters, markets: state.Markets, zones: state.Zones
) -> tuple[state.Reference, state.Cartels, state.Gangs]:
    """Return the reference equilibrium of markets and zones, and who was there to reach it."""
    gangs = build_gangs(network)
    cartels = build_cartels(network, gangs)
    set_trust(network, cartels, gangs, parameters)
    set_origins(network, zones, cartels)
    reference = settle(
        network=network,
        legs=build_legs(network, parameters),
        air=build_air(network, parameters),
        markets=markets,
        zones=zones,
        cartels=cartels,
        gangs=gangs,
        parameters=parameters,
    )
    return reference, cartels, gangs


def own_arrays(world: state.World) -> state.World:
    """Return the world with arrays of its own: writable, in one layout, shared with nobody."""
    graph, *others = members(world)
    owned = (type(group)(*(values.copy() for values in members(group))) for group in others)
    return state.World(graph, *owned)
