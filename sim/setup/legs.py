"""How legs begin: as in the data, at the usual effort and wage."""

from __future__ import annotations

import numpy as np

from sim.network import Network, keys, split_ids
from sim.parameters.sections import Parameters
from sim.units import KG_PER_TONNE
from sim.world import state
from sim.world.codes import WEEKS_PER_YEAR

USUAL_CAPACITY_KG = 25_000.0 / WEEKS_PER_YEAR  # size in route choice of a leg without capacity


def build_legs(network: Network, parameters: Parameters) -> state.Legs:
    """Legs as in the data; capacity that the data lack is set by the reference flow."""
    table = network.legs
    effort_of = network.agencies.set_index("id")["effort"]
    agencies = list(network.agencies["id"])
    agency = np.array([agencies.index(a) for a in table["agency"]], np.int64)
    effort = table["agency"].map(effort_of).to_numpy(float)
    capacity = table["capacity_t_per_year"].to_numpy(float) * KG_PER_TONNE / WEEKS_PER_YEAR
    weight = np.where(np.isnan(capacity), USUAL_CAPACITY_KG, capacity)
    base = table["seizure_prob"].to_numpy(float)
    scaled = np.minimum(base * parameters.interdiction.seizure_factor, 0.95)
    prior = 1.0 - (1.0 - scaled) ** effort
    n = len(table)
    return state.Legs(
        key=keys(list(table["leg"])),
        load_kg=table["consignment_kg"].to_numpy(float),
        fee_usd_per_kg=table["cost_usd_per_kg"].to_numpy(float),
        base_prob=base,
        weight=weight,
        capacity_kg=weight.copy(),
        first_capacity_kg=capacity,
        agency=agency,
        effort=effort,
        campaign=np.ones(n),
        steered=np.ones(n),
        open_share=np.ones(n),
        flow_kg=np.zeros(n),
        trips=np.zeros(n),
        usual_trips=np.ones(n),
        fee_factor=np.ones(n),
        prior_prob=prior,
        known_prob=prior.copy(),
        known_weight=np.full(n, float(parameters.learning.lasting_consignments)),
        presence=np.ones(n),
        prob=prior.copy(),
    )


def build_air(network: Network, parameters: Parameters) -> state.AirLegs:
    """Air legs start at the usual wage with every wanted flight flown."""
    flown = network.air_legs.astype(np.int64)
    countries = network.places.set_index("id")["country"]
    pool = np.zeros(len(flown), np.int64)
    for a, e in enumerate(flown):
        country = countries[network.legs["from"].iloc[e]]
        for k, row in network.air_pools.iterrows():
            if country in split_ids(row["start_countries"]):
                pool[a] = k
    n = len(flown)
    counts = ("runs", "hits", "wanted", "flown", "willing", "killed", "detained")
    return state.AirLegs(
        leg=flown,
        pool=pool,
        wage_usd=np.full(n, float(parameters.flying.wage_usd)),
        fill=np.ones(n),
        death_prob=np.full(n, parameters.interdiction.death_prob),
        **{name: np.zeros(n) for name in ("slots", "rent_usd", "risk", *counts)},
    )
