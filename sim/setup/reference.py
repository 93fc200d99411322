"""The reference equilibrium: what the data imply before anything happens."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.network import Network
from sim.parameters.sections import Parameters
from sim.rules.handling import reference_pass
from sim.rules.netback import charge_legs
from sim.rules.tolls import strangers_toll
from sim.setup.roster import organisation_ids
from sim.world.codes import WEEKS_PER_YEAR
from sim.world.state import AirLegs, Cartels, Gangs, Legs, Markets, Reference, Ways, Zones

PASSES = 25
DAMPING = 0.4  # part of the way that flows move towards those found, after the first pass
FITTING_ROUNDS = 200
USUAL_FILL = 0.8  # flow over capacity where the data give no capacity
SMALLEST_KG = 5_000.0 / WEEKS_PER_YEAR  # weekly capacity of a leg that nobody uses at the outset


def settle(
    network: Network,
    legs: Legs,
    air: AirLegs,
    markets: Markets,
    zones: Zones,
    cartels: Cartels,
    gangs: Gangs,
    parameters: Parameters,
) -> Reference:
    """Infer handling shares and flows; fill capacities and slots that follow from them.

    The pass is repeated, since fees depend on flows. A leg whose capacity the
    data lack is taken to be filled to four fifths; an air leg has slots for its
    usual flights and a headroom. A zone's price is what buyers pay, so its value
    is the price plus the normal margin.
    """
    reference = at_reference_prices(
        network,
        legs=legs,
        air=air,
        markets=markets,
        zones=zones,
        cartels=cartels,
        parameters=parameters,
    )
    strangers_toll(gangs, reference.toll_usd_per_kg)
    routing, unknown = parameters.routing.record(), np.isnan(legs.first_capacity_kg)
    charge_legs(legs, air, reference.ways, float(parameters.flying.aircraft_usd))
    for k in range(PASSES):
        reference_pass(reference, 1.0 if k == 0 else DAMPING, USUAL_FILL, routing)
    legs.capacity_kg[unknown] = np.maximum(legs.flow_kg[unknown] / USUAL_FILL, SMALLEST_KG)
    legs.first_capacity_kg[unknown] = legs.capacity_kg[unknown]
    legs.usual_trips[:] = np.maximum(legs.trips, 0.1)
    room = legs.capacity_kg[air.leg] / legs.load_kg[air.leg]
    air.slots[:] = np.maximum(np.ceil(parameters.flying.strip_headroom * room), 1.0)
    markets.coming_kg[:] = reference.bought_kg
    markets.year_bought_kg[:] = reference.bought_kg
    fate = (
        parameters.interdiction.death_prob
        + parameters.flying.liberty_share * parameters.interdiction.detention_prob
    )
    air.risk[:] = legs.prior_prob[air.leg] * fate
    return reference


def at_reference_prices(
    network: Network,
    legs: Legs,
    air: AirLegs,
    markets: Markets,
    zones: Zones,
    cartels: Cartels,
    parameters: Parameters,
) -> Reference:
    """Return the reference equilibrium before anything is inferred: its prices and sellers."""
    graph, access = network.graph, mean_of_sellers(network, cartels.access)
    n_markets, n_places, n_legs = len(network.goals), len(network.places), len(network.legs)
    target = np.tile(network.places["reference_price_usd_per_kg"].to_numpy(float), (n_markets, 1))
    margin = 1.0 + parameters.ordering.normal_margin
    zone_place = graph.zone_place[: len(network.zones)]
    target[:, zone_place] *= margin / access[:, zone_place]
    goals = np.arange(len(network.markets), n_markets)
    target[goals, graph.market_place[goals]] = markets.reference_usd_per_kg[goals]
    return Reference(
        graph=graph,
        legs=legs,
        ways=blank_ways(n_legs, n_places),
        air=air,
        markets=markets,
        zones=zones,
        access=access,
        tie=mean_of_sellers(network, cartels.tie),
        toll_usd_per_kg=np.zeros(n_places),
        target=target,
        value=np.zeros((n_markets, n_places)),
        share=np.zeros((n_markets, n_legs)),
        flow_kg=np.zeros((n_markets, n_legs)),
        bought_kg=np.zeros(n_markets),
        inflow_kg=np.zeros(n_places),
    )


def blank_ways(n_legs: int, n_places: int) -> Ways:
    """Return ways that nobody has looked at yet."""
    by_leg = [f.name for f in fields(Ways) if f.name != "access"]
    return Ways(access=np.zeros(n_places), **{name: np.zeros(n_legs) for name in by_leg})


def mean_of_sellers(network: Network, values: np.ndarray) -> np.ndarray:
    """Return, by market and place, the mean of (o, n) values over those who serve the market."""
    names = organisation_ids(network)
    out = np.ones((len(network.goals), len(network.places)))
    for m, market in enumerate(network.goals):
        rows = network.market_lines[network.market_lines["market"] == market]
        if len(rows):
            shares = rows["share"].to_numpy(float)
            out[m] = shares @ values[[names.index(o) for o in rows["cartel"]]] / shares.sum()
    return out


def set_origins(network: Network, zones: Zones, cartels: Cartels) -> None:
    """Find the pull of every zone for which sellers' ties give the observed origins.

    Sellers buy in proportion to pull times their ties in the zone, so the pull
    a(m, z) is found by proportional fitting (Deming & Stephan 1940) such that the
    purchases of all sellers of a market, at their shares, come from the zones as in
    the data. It is scaled to one over zones.
    """
    names, zone_place = organisation_ids(network), network.graph.zone_place
    for m, market in enumerate(network.goals):
        wanted = zones.origin_share[m]
        pull = wanted.copy()
        rows = network.market_lines[network.market_lines["market"] == market]
        shares = rows["share"].to_numpy(float)
        ties = cartels.tie[[names.index(o) for o in rows["cartel"]]][:, zone_place]
        for _ in range(FITTING_ROUNDS if len(rows) else 0):
            split = ties * pull
            split /= split.sum(axis=1, keepdims=True)
            found = shares @ split / shares.sum()
            pull *= np.where(found > 0, wanted / np.where(found > 0, found, 1.0), 0.0)
            pull /= pull.sum()
        zones.origin_weight[m] = pull
