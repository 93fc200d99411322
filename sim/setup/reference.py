"""The reference equilibrium: what the data imply before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.network import Network
from sim.parameters.registry import Parameters
from sim.rules.handling import reference_pass
from sim.setup.roster import organisation_ids
from sim.world import state

PASSES = 25
FITTING_ROUNDS = 200
USUAL_FILL = 0.8  # flow over capacity where the data give no capacity
SMALLEST_KG = 5_000.0 / 52.0  # weekly capacity of a leg that nobody uses at the outset


@dataclass(frozen=True)
class Reference:
    """Flows, purchases and values at reference prices and conditions."""

    flow_kg: np.ndarray  # (m, e) per week
    bought_kg: np.ndarray  # (m) per week, all zones
    supply_kg: np.ndarray  # (z) per week, all markets
    value: np.ndarray  # (m, n) USD/kg
    target: np.ndarray  # (m, n) USD/kg, what the data ask for
    zone_price: np.ndarray  # (z) USD/kg


def settle(
    network: Network,
    legs: state.Legs,
    air: state.AirLegs,
    markets: state.Markets,
    zones: state.Zones,
    cartels: state.Cartels,
    gangs: state.Gangs,
    p: Parameters,
) -> Reference:
    """Infer handling shares and flows; fill capacities and slots that follow from them.

    The pass is repeated, since fees depend on flows. A leg whose capacity the
    data lack is taken to be filled to four fifths; an air leg has slots for its
    usual flights and a headroom. A zone's price is what buyers pay, so its value
    is the price plus the normal margin.
    """
    graph = network.graph
    n_markets, n_places, n_legs = (
        len(network.markets),
        len(network.places),
        len(network.legs),
    )
    kept = mean_of_sellers(network, cartels.access)
    tie = mean_of_sellers(network, cartels.tie)
    toll = (gangs.control * gangs.toll_share[:, None]).sum(axis=0) * gangs.worth_usd_per_kg
    target = np.tile(network.places["reference_price_usd_per_kg"].to_numpy(float), (n_markets, 1))
    margin = 1.0 + p.ordering.normal_margin
    target[:, graph.zone_place] *= margin / kept[:, graph.zone_place]
    value, share = np.zeros((n_markets, n_places)), np.zeros((n_markets, n_legs))
    flow, bought = np.zeros((n_markets, n_legs)), np.zeros(n_markets)
    unknown = np.isnan(legs.first_capacity_kg)
    for k in range(PASSES):
        damping = 1.0 if k == 0 else 0.4
        reference_pass(
            graph,
            legs,
            air,
            markets,
            zones,
            target,
            kept,
            tie,
            toll,
            value,
            share,
            flow,
            bought,
            np.zeros(n_places),
            damping,
            USUAL_FILL,
            p.routing.record(),
            p.flying.aircraft_usd,
        )
    legs.capacity_kg[unknown] = np.maximum(legs.flow_kg[unknown] / USUAL_FILL, SMALLEST_KG)
    legs.first_capacity_kg[unknown] = legs.capacity_kg[unknown]
    legs.usual_trips[:] = np.maximum(legs.trips, 0.1)
    room = legs.capacity_kg[air.leg] / legs.load_kg[air.leg]
    air.slots[:] = np.maximum(np.ceil(p.flying.strip_headroom * room), 1.0)
    markets.coming_kg[:] = bought
    markets.year_bought_kg[:] = bought
    supply = zones.origin_share.T @ bought
    fate = p.interdiction.death_prob + p.flying.liberty_share * p.interdiction.detention_prob
    air.risk[:] = legs.prior_prob[air.leg] * fate
    return Reference(flow, bought, supply, value, target, zones.reference_usd_per_kg)


def mean_of_sellers(network: Network, values: np.ndarray) -> np.ndarray:
    """Return, by market and place, the mean of (o, n) values over those who serve the market."""
    names = organisation_ids(network)
    out = np.ones((len(network.markets), len(network.places)))
    for m, market in enumerate(network.markets):
        rows = network.market_lines[network.market_lines["market"] == market]
        if len(rows):
            shares = rows["share"].to_numpy(float)
            out[m] = shares @ values[[names.index(o) for o in rows["cartel"]]] / shares.sum()
    return out


def set_origins(network: Network, zones: state.Zones, cartels: state.Cartels) -> None:
    """Find the pull of every zone for which sellers' ties give the observed origins.

    Sellers buy in proportion to pull times their ties in the zone, so the pull
    a(m, z) is found by proportional fitting (Deming & Stephan 1940) such that the
    purchases of all sellers of a market, at their shares, come from the zones as in
    the data. It is scaled to one over zones.
    """
    names, zone_place = organisation_ids(network), network.graph.zone_place
    for m, market in enumerate(network.markets):
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
