"""What exchanges are like in the reference equilibrium: who buys where, how much, at what price.

The data say how often goods change hands at a place on their way to a market. With the
flows of the reference equilibrium without exchanges this gives, by carrying kilograms
along, where every goal's purchases are made, what an exchange turns over, and where that
ends. The price at an exchange leaves those who buy there the margin that is normal
there; what handling takes on the way there is inferred for sellers from that price, so
the margin of every hand-over is part of the reference equilibrium, and who carries through
earns no sum of margins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.network import Network, split_ids
from sim.parameters.sections import Parameters
from sim.setup.roster import organisation_ids, organisation_rows
from sim.world.state import Exchanges, Markets, Reference, Zones


@dataclass(frozen=True)
class Plan:
    """The exchanges of a network in the reference equilibrium; goals and sources as there."""

    bought_share: np.ndarray  # (goal, source) shares of purchases
    turnover_kg: np.ndarray  # (x) per week
    bound_for: np.ndarray  # (x, end market) shares
    price_usd_per_kg: np.ndarray  # (x)


def plan(network: Network, plain: Reference, parameters: Parameters) -> Plan:
    """Return where goods change hands, from the reference equilibrium without exchanges."""
    n_markets, trading = len(network.markets), network.trading
    sold = sold_shares(network)
    bought = np.zeros((len(network.goals), len(network.sources)))
    turnover = np.zeros((len(trading), n_markets))
    for m in range(n_markets):
        purchases = hand_on(network, plain, m, sold[:, m])
        bought[m] += purchases[:, -1]
        bought[n_markets:] += purchases[:, :-1].T
        turnover[:, m] = purchases[len(network.zones) :].sum(axis=1)
    whole = turnover.sum(axis=1)
    at = [network.place_index[name] for name in trading]
    worth = (plain.value * plain.access)[:, at].T  # (x, m) to who carries on
    margins = (1.0 + parameters.exchange.normal_margin) * (
        1.0 + usual_contracts(network, parameters)
    )
    return Plan(
        bought_share=bought / np.maximum(bought.sum(axis=1, keepdims=True), 1e-12),
        turnover_kg=whole,
        bound_for=turnover / np.maximum(whole[:, None], 1e-12),
        price_usd_per_kg=(turnover * worth).sum(axis=1) / np.maximum(whole, 1e-12) / margins,
    )


def sold_shares(network: Network) -> np.ndarray:
    """Return the share of passing kilograms that changes hands: (x, end market)."""
    out = np.zeros((len(network.trading), len(network.markets)))
    for _, row in network.handovers.iterrows():
        if row["exchange"] in network.trading and row["market"] in network.markets:
            x, m = network.trading.index(row["exchange"]), network.markets.index(row["market"])
            out[x, m] = float(row["sold_share"])
    return out


def hand_on(network: Network, plain: Reference, m: int, sold: np.ndarray) -> np.ndarray:
    """Return weekly purchases of goods that end in a market, by source and first goal, in kg.

    Goals are the exchanges, then the market. A kilogram leaves by the route shares of the
    reference equilibrium, is seized with the usual risk, and is sold at an exchange that it
    reaches with the share ``sold`` (x); it is bought again there for the next goal.
    """
    graph, share, kept = network.graph, plain.share[m], 1.0 - plain.legs.prior_prob
    x_of = {network.place_index[name]: x for x, name in enumerate(network.trading)}
    goal, n_zones = int(graph.market_place[m]), len(network.zones)
    reaches = np.zeros((len(network.places), len(x_of) + 1))  # first goals reached from a place
    for n in graph.order[::-1]:
        for e in graph.out_leg[graph.first_out[n] : graph.first_out[n + 1]]:
            far, part = int(graph.end[e]), share[e] * kept[e]
            if far == goal:
                reaches[n, -1] += part
            elif far in x_of:
                x = x_of[far]
                reaches[n, x] += part * sold[x]
                reaches[n] += part * (1.0 - sold[x]) * reaches[far]
            else:
                reaches[n] += part * reaches[far]
    bought = np.zeros((n_zones + len(x_of), len(x_of) + 1))
    kg = np.zeros(len(bought))
    kg[:n_zones] = plain.bought_kg[m] * plain.zones.origin_share[m]
    places = [*graph.zone_place[:n_zones], *x_of]
    for s in [*range(n_zones), *range(len(bought) - 1, n_zones - 1, -1)]:  # upstream first
        arrive = reaches[places[s]]
        if arrive.sum() > 0.0:
            bought[s] = kg[s] * arrive / arrive.sum()
            kg[n_zones:] += kg[s] * arrive[:-1]
    return bought


def usual_contracts(network: Network, parameters: Parameters) -> np.ndarray:
    """Return the usual contract cost at each exchange, as a share of the price: (x).

    Those who trade steadily have the tie at which its growth and fading meet. The factor of
    a scenario is left out: prices in the data were made at the usual costs.
    """
    share = network.exchanges.set_index("exchange")["contract_cost"].reindex(network.trading)
    rates = parameters.exchange.tie_fade_per_week, parameters.exchange.tie_growth_per_week
    return np.asarray(share.to_numpy(float) * rates[0] / (rates[0] + rates[1]))


def extend_markets(markets: Markets, planned: Plan) -> Markets:
    """Return the goals: end markets, and after them exchanges at their usual turnover."""
    turnover, price = planned.turnover_kg, planned.price_usd_per_kg
    zero = np.zeros(len(price))
    n_places = markets.handling.shape[1]
    more = {
        "reference_usd_per_kg": price,
        "elasticity": zero + np.nan,  # of final demand: there is none
        "first_demand_kg": turnover,
        "demand_kg": turnover,
        "smoothed_kg": turnover,
        "coming_kg": zero,
        "year_bought_kg": zero,
        "year_delivered_kg": zero,
        "price_usd_per_kg": price,
        "expected_usd_per_kg": price,
        "handling": np.zeros((len(price), n_places)),
        "delivered_kg": zero,
        "rest_margin": zero + markets.rest_margin[0],
        "ends": np.zeros(len(price), bool),
    }
    return Markets(
        **{name: np.concatenate([getattr(markets, name), new]) for name, new in more.items()}
    )


def extend_zones(zones: Zones, planned: Plan) -> Zones:
    """Return the sources: zones, and after them exchanges; purchases as planned."""
    price = planned.price_usd_per_kg
    return Zones(
        reference_usd_per_kg=np.concatenate([zones.reference_usd_per_kg, price]),
        price_usd_per_kg=np.concatenate([zones.price_usd_per_kg, price]),
        supply_factor=np.concatenate([zones.supply_factor, np.ones(len(price))]),
        given_supply=np.concatenate([zones.given_supply, np.ones(len(price))]),
        response=np.concatenate([zones.response, np.ones(len(price))]),
        origin_share=planned.bought_share,
        origin_weight=planned.bought_share.copy(),
    )


def build_exchanges(network: Network, planned: Plan, parameters: Parameters) -> Exchanges:
    """Return the exchanges at the outset: ties of kin and partners, all orders filled."""
    trading, n = network.trading, len(organisation_ids(network))
    rows = network.exchanges.set_index("exchange").reindex(trading)
    count = np.arange(len(trading))
    roots = root_ties(network, parameters)
    return Exchanges(
        goal=len(network.markets) + count,
        source=len(network.zones) + count,
        place=np.array([network.place_index[name] for name in trading], np.int64),
        contract_share=rows["contract_cost"].to_numpy(float),
        cover_weeks=rows["cover_weeks"].to_numpy(float),
        bound_for=planned.bound_for,
        root_tie=roots,
        tie=roots.copy(),
        contract=np.zeros((n, len(trading))),
        offered_kg=np.zeros((len(trading), n)),
        ordered_kg=np.zeros(len(trading)),
        sold_kg=np.zeros(len(trading)),
        filled=np.ones(len(trading)),
        own_usd=np.zeros(n),
        traded_kg=np.zeros((len(trading), n, n)),
        traded_usd=np.zeros((len(trading), n, n)),
        contract_usd=np.zeros((len(trading), n, n)),
    )


def root_ties(network: Network, parameters: Parameters) -> np.ndarray:
    """Return ties that need no trade: 1 with oneself, the trust of allies with partners."""
    names, rows = organisation_ids(network), organisation_rows(network)
    ties = np.eye(len(names))
    for o, name in enumerate(names):
        for partner in split_ids(rows[name]["partners"]) if name in rows else ():
            s = names.index(partner)
            ties[o, s] = ties[s, o] = max(ties[o, s], parameters.routing.ally_trust)
    return ties


def no_exchanges() -> Exchanges:
    """Return the exchanges of a network that has none."""
    shapes = {"bound_for": 2, "contract": 2, "offered_kg": 2, "root_tie": 2, "tie": 2}
    shapes |= dict.fromkeys(("traded_kg", "traded_usd", "contract_usd"), 3)
    empty: dict[str, Any] = {
        name: np.zeros((0,) * shapes.get(name, 1)) for name in Exchanges.__annotations__
    }
    for name in ("goal", "source", "place"):
        empty[name] = np.zeros(0, np.int64)
    return Exchanges(**empty)
