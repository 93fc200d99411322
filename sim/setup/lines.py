"""How order books begin: at the observed shares, with goods already on their way."""

from __future__ import annotations

import numpy as np

from sim.network import Network, keys
from sim.setup.roster import line_pairs, organisation_ids
from sim.world import state
from sim.world.codes import SHUT, TRADING


def build_lines(network: Network, reference: state.Reference) -> state.Lines:
    """Order books at observed shares, with goods already on their way; others are shut.

    Sizes are those of the data until the world has come to rest.
    """
    pairs, names = line_pairs(network), organisation_ids(network)
    cartel = np.array([names.index(o) for o, _ in pairs], np.int64)
    market = np.array([network.goals.index(m) for _, m in pairs], np.int64)
    share, n_lines = np.zeros(len(pairs)), len(pairs)
    given = len(network.market_lines)
    share[:given] = network.market_lines["share"].to_numpy(float)
    order = share * reference.bought_kg[market]
    phase = np.where(share > 0.0, TRADING, SHUT).astype(np.int64)
    by_place, by_zone = (n_lines, len(network.places)), (n_lines, len(network.sources))
    return state.Lines(
        key=keys([f"{o}:{m}" for o, m in pairs]),
        cartel=cartel,
        market=market,
        permitted=np.ones(n_lines, bool),
        phase=phase,
        reach_kg=order,
        base_kg=order.copy(),
        root_kg=order.copy(),
        rest_margin=np.zeros(n_lines),
        rent_usd_per_kg=np.zeros(n_lines),
        entry_usd=np.zeros(n_lines),
        watch_place=np.full(n_lines, -1, np.int64),
        watch_looks=np.zeros(n_lines, np.int64),
        held=np.zeros(n_lines, bool),
        poor_weeks=np.zeros(n_lines, np.int64),
        year_margin=np.zeros(n_lines),
        order_kg=order.copy(),
        margin=np.zeros(n_lines),
        value=np.zeros(by_place),
        share=np.zeros((n_lines, len(network.legs))),
        stock_kg=np.zeros(by_place),
        goal=np.full(by_place, -1, np.int64),
        arriving_kg=goods_on_their_way(network, reference, share, market),
        zone_order_kg=np.zeros(by_zone),
        zone_value=np.zeros(by_zone),
        zone_pull=np.zeros(by_zone),
        raided_kg=np.zeros(n_lines),
    )


def goods_on_their_way(
    network: Network, reference: state.Reference, share: np.ndarray, market: np.ndarray
) -> np.ndarray:
    """Return, by line, place and weeks to go, what has left and will not be seized."""
    graph, legs = network.graph, reference.legs
    arriving = np.zeros((len(share), len(network.places), int(graph.weeks.max()) + 1))
    for line in np.flatnonzero(share):
        for leg in range(len(legs.key)):
            flow = reference.flow_kg[market[line], leg]
            kg = share[line] * flow * (1.0 - legs.prior_prob[leg])
            arriving[line, graph.end[leg], : graph.weeks[leg]] += kg
    return arriving


def store_usual_stocks(
    lines: state.Lines, markets: state.Markets, exchanges: state.Exchanges
) -> None:
    """Put what usually lies in store at each exchange into the stocks of those who sell there."""
    for x, goal in enumerate(exchanges.goal):
        mine = lines.market == goal
        whole = exchanges.cover_weeks[x] * markets.first_demand_kg[goal]
        part = lines.order_kg[mine] / lines.order_kg[mine].sum()
        lines.stock_kg[mine, exchanges.place[x]] = part * whole
