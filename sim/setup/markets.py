"""How markets and growing zones begin: at their reference prices, demand and shares of output."""

from __future__ import annotations

import numpy as np

from sim.network import MARKET_FIELDS, REFERENCE_YEARS, Network
from sim.parameters.sections import Parameters
from sim.units import KG_PER_TONNE, bulk
from sim.world import state
from sim.world.codes import WEEKS_PER_YEAR


def build_markets(network: Network, parameters: Parameters) -> state.Markets:
    """Markets start at their reference price and demand."""
    rows = network.places.set_index("id").loc[network.markets]
    price = rows["reference_price_usd_per_kg"].to_numpy(float)
    fields = [MARKET_FIELDS.get(m, "rest") for m in network.markets]
    tonnes = np.array([getattr(parameters.demand, f"{f}_t_per_year") for f in fields])
    demand = bulk(tonnes * KG_PER_TONNE, parameters.market.bulk_purity) / WEEKS_PER_YEAR
    elasticity = np.array([getattr(parameters.demand, f"elasticity_{f}") for f in fields])
    return state.Markets(
        reference_usd_per_kg=price,
        elasticity=elasticity,
        first_demand_kg=demand,
        demand_kg=demand.copy(),
        smoothed_kg=demand.copy(),
        coming_kg=demand.copy(),
        year_bought_kg=demand.copy(),
        year_delivered_kg=demand.copy(),
        price_usd_per_kg=price.copy(),
        expected_usd_per_kg=price.copy(),
        handling=np.zeros((len(fields), len(network.places))),
        delivered_kg=np.zeros(len(fields)),
        rest_margin=np.full(len(fields), parameters.ordering.normal_margin),
        ends=np.ones(len(fields), bool),
    )


def build_zones(network: Network, parameters: Parameters) -> state.Zones:
    """Zones start at reference prices; a country's share is split by zone output."""
    rows = network.places.set_index("id").loc[network.zones]
    price = rows["reference_price_usd_per_kg"].to_numpy(float)
    table = network.cultivation
    seen = table[(table["measure"] == "zone_output") & table["year"].between(*REFERENCE_YEARS)]
    output = seen.groupby("zone")["value"].mean().reindex(network.zones).fillna(0.0).to_numpy()
    weight = np.zeros((len(network.markets), len(network.zones)))
    for _, row in network.origins.iterrows():
        inside = (rows["country"] == row["country"]).to_numpy()
        if row["market"] in network.markets and inside.any() and output[inside].sum() > 0:
            m = network.markets.index(row["market"])
            weight[m, inside] += row["share"] * output[inside] / output[inside].sum()
    weight *= reachable(network)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    return state.Zones(
        reference_usd_per_kg=price,
        price_usd_per_kg=price.copy(),
        supply_factor=np.ones(len(price)),
        given_supply=np.ones(len(price)),
        response=np.ones(len(price)),
        origin_share=weight,
        origin_weight=weight.copy(),
    )


def reachable(network: Network) -> np.ndarray:
    """Say, by market and zone, whether any leg leads from the zone to the market."""
    graph = network.graph
    out = np.zeros((len(network.markets), len(network.zones)), bool)
    for z, n in enumerate(graph.zone_place[: len(network.zones)]):
        legs = graph.out_leg[graph.first_out[n] : graph.first_out[n + 1]]
        out[:, z] = graph.reaches[: len(network.markets), legs].any(axis=1)
    return out
