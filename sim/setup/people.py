"""How growers and pilots begin: drawn by name, so that a change elsewhere moves nobody's draw."""

from __future__ import annotations

import numpy as np

from sim.engine.streams import SETUP, log_normal, uniforms
from sim.network import Network, keys
from sim.parameters.sections import Parameters
from sim.setup.roster import organisation_ids
from sim.world import state

PRODUCERS_PER_ZONE = 16  # groups of growers; 14 zones give a cast of over 200


def spread(what: str, names: list[str], seed: int, log_width: float) -> np.ndarray:
    """Return one factor per name, log-normal with median 1, drawn by name."""
    return log_normal(seed, SETUP, keys([f"{what} {name}" for name in names]), log_width)


def build_producers(
    network: Network, reference: state.Reference, parameters: Parameters, seed: int, n_cartels: int
) -> state.Producers:
    """Growers of a zone share its reference output in unequal parts.

    Nobody asks more than the zone's reference price: all of that output is sold at it.
    """
    n_zones = len(network.zones)
    zone = np.repeat(np.arange(n_zones), PRODUCERS_PER_ZONE)
    names = [f"{network.zones[z]} {i % PRODUCERS_PER_ZONE}" for i, z in enumerate(zone)]
    size = spread("size", names, seed, 0.5)
    total = np.bincount(zone, size, n_zones)
    supply = reference.zones.origin_share.T @ reference.bought_kg
    capacity = size / total[zone] * supply[zone] * parameters.production.potential_factor
    price = reference.zones.reference_usd_per_kg[zone]
    least = price * parameters.production.ask_share
    ask = np.minimum(least * spread("ask", names, seed, parameters.production.ask_spread), price)
    return state.Producers(
        zone=zone,
        reference_kg=capacity,
        capacity_kg=capacity.copy(),
        stock_kg=np.zeros(len(zone)),
        ask_usd_per_kg=ask,
        trust=np.full((len(zone), n_cartels), 0.5),
        cash_usd=np.zeros(len(zone)),
    )


def build_pilots(network: Network, parameters: Parameters, seed: int) -> state.Pilots:
    """Aircrews, shared over pools; the affiliate's crews fly for its cartel alone."""
    n, f = int(parameters.flying.seats), parameters.flying
    edges = np.cumsum(network.air_pools["seat_share"].to_numpy(float))
    pool = np.searchsorted(edges / edges[-1], (np.arange(n) + 0.5) / n).astype(np.int64)
    hubs = list(network.air_pools["hub"])
    names = [f"{hubs[k]} {i}" for i, k in enumerate(pool)]
    employer = np.full(n, -1, np.int64)
    if "BO_AFFILIATE" in organisation_ids(network):
        employer[: min(6, n)] = organisation_ids(network).index("BO_AFFILIATE")
    return state.Pilots(
        key=keys(names),
        pool=pool,
        status=np.zeros(n, np.int64),
        reservation_usd=f.reservation_usd * spread("wage", names, seed, f.reservation_spread),
        life_usd=f.life_usd * spread("life", names, seed, f.life_spread),
        fear=spread("fear", names, seed, 0.3),
        limit=f.risk_threshold / (1.0 - uniforms(seed, SETUP, keys([f"limit {n}" for n in names]))),
        employer=employer,
        flights_left=np.zeros(n, np.int64),
        flights=np.zeros(n, np.int64),
        cash_usd=np.zeros(n),
    )
