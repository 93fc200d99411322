"""The reference equilibrium: what the data imply before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import state
from sim.network import Network
from sim.parameters import Parameters
from sim.rules.handling import reference_pass

PASSES = 25
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


def settle(network: Network, legs: state.Legs, air: state.AirLegs, markets: state.Markets,
           zones: state.Zones, cartels: state.Cartels, gangs: state.Gangs,
           p: Parameters) -> Reference:  # fmt: skip
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
    kept = mean_access(network, cartels)
    toll = (gangs.control * gangs.toll_usd_per_kg[:, None]).sum(axis=0)
    target = np.tile(network.places["reference_price_usd_per_kg"].to_numpy(float), (n_markets, 1))
    margin = 1.0 + p.ordering.normal_margin
    target[:, graph.zone_place] *= margin / kept[:, graph.zone_place]
    value, share = np.zeros((n_markets, n_places)), np.zeros((n_markets, n_legs))
    flow, bought = np.zeros((n_markets, n_legs)), np.zeros(n_markets)
    unknown = np.isnan(legs.first_capacity_kg)
    for k in range(PASSES):
        damping = 1.0 if k == 0 else 0.4
        reference_pass(graph, legs, air, markets, zones, target, kept, toll, value, share, flow,
                       bought, np.zeros(n_places), damping, USUAL_FILL, p.routing.record(),
                       p.flying.aircraft_usd)  # fmt: skip
    legs.capacity_kg[unknown] = np.maximum(legs.flow_kg[unknown] / USUAL_FILL, SMALLEST_KG)
    legs.first_capacity_kg[unknown] = legs.capacity_kg[unknown]
    legs.usual_trips[:] = np.maximum(legs.trips, 0.1)
    room = legs.capacity_kg[air.leg] / legs.load_kg[air.leg]
    air.slots[:] = np.maximum(np.ceil(p.flying.strip_headroom * room), 1.0)
    markets.coming_kg[:] = bought
    markets.year_bought_kg[:] = bought
    supply = zones.origin_weight.T @ bought
    fate = p.interdiction.death_prob + p.flying.liberty_share * p.interdiction.detention_prob
    air.risk[:] = legs.prior_prob[air.leg] * fate
    return Reference(flow, bought, supply, value, target, zones.reference_usd_per_kg)


def mean_access(network: Network, cartels: state.Cartels) -> np.ndarray:
    """Return, by market and place, the mean access of those who serve the market."""
    names = [name for name, kind in zip(network.organisations["id"],
             network.organisations["kind"], strict=True) if kind in ("cartel", "both")]  # fmt: skip
    out = np.ones((len(network.markets), len(network.places)))
    for m, market in enumerate(network.markets):
        rows = network.market_lines[network.market_lines["market"] == market]
        if len(rows):
            shares = rows["share"].to_numpy(float)
            access = cartels.access[[names.index(o) for o in rows["cartel"]]]
            out[m] = shares @ access / shares.sum()
    return out
