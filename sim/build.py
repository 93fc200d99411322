"""How a world begins: arrays filled from a scenario and its data pack.

Everything starts at the reference equilibrium: prices as in the data, handling
shares inferred from them, order books at the observed shares, goods already on
their way. The burn-in lets what remains settle.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import state
from sim.accounts import KG_HEADINGS, PRODUCED, USD_HEADINGS
from sim.moves import LARGEST
from sim.network import REFERENCE_YEARS, Network, keys, split_ids
from sim.organisations import (
    build_cartels,
    build_gangs,
    line_pairs,
    organisation_ids,
    set_trust,
)
from sim.parameters import Parameters
from sim.phases import SHUT, TRADING
from sim.reference import Reference, set_origins, settle
from sim.rules.costs import annuity, post_upkeep, reach_cost
from sim.rules.expansion import SMALLEST_SHARE
from sim.rules.netback import value_routes
from sim.rules.ordering import split_over_zones
from sim.rules.retreat import post_earns
from sim.rules.territory import fight
from sim.rules.trust import pull_sources
from sim.streams import SETUP, log_normal, uniforms

if TYPE_CHECKING:
    from sim.scenario import Scenario

PRODUCERS_PER_ZONE = 16  # groups of growers; 14 zones give a cast of over 200
MARKET_FIELDS = {
    "MK_US": "us",
    "MK_EU": "europe",
    "MK_BR": "brazil",
    "MK_SC": "southern_cone",
    "MK_REST": "rest",
}


def build_world(scenario: Scenario, network: Network, seed: int) -> state.World:
    """Return the arrays of a world at its start."""
    p = scenario.parameters
    gangs = build_gangs(scenario, network)
    markets, zones = build_markets(network, p), build_zones(network, p)
    legs, air = build_legs(network, p), build_air(network, p)
    cartels = build_cartels(scenario, network, gangs)
    set_trust(network, cartels, gangs, p)
    set_origins(network, zones, cartels)
    reference = settle(network, legs, air, markets, zones, cartels, gangs, p)
    lines = build_lines(scenario, network, reference, legs, markets)
    pull_sources(network.graph, lines, cartels, zones)
    territory = build_territory(network, reference, legs, cartels, gangs, p)
    cartels.belief[:] = legs.prior_prob
    sizes = (
        len(lines.key),
        len(network.legs),
        len(cartels.capital_usd),
        len(network.places),
    )
    books = state.Books(np.zeros(KG_HEADINGS), np.zeros(USD_HEADINGS))
    books.kg[PRODUCED] = lines.arriving_kg.sum()
    agencies = state.Agencies(
        np.bincount(legs.agency, legs.effort, len(network.agencies)).astype(float),
        np.zeros(len(network.agencies)),
        np.zeros(len(legs.key)),
    )
    world = state.World(
        network.graph, legs, lines, build_week(*sizes), cartels,
        build_producers(network, reference, p, seed, len(cartels.capital_usd)), zones, markets,
        build_pilots(network, p, seed, gangs), air, gangs, territory,
        state.Moves(np.zeros(1, np.int64), np.zeros((LARGEST, 5), np.int64), np.zeros(LARGEST)),
        agencies, build_consignments(legs, p), books,
    )  # fmt: skip
    return own_arrays(world)


def own_arrays(world: state.World) -> state.World:
    """Return the world with arrays of its own: writable, in one layout, shared with nobody."""
    groups: list[Any] = [world.graph]
    for group in world[1:]:
        kind: Any = type(group)
        groups.append(kind(*(np.array(values) for values in group)))
    return state.World(*groups)


def build_markets(network: Network, p: Parameters) -> state.Markets:
    """Markets start at their reference price and demand."""
    rows = network.places.set_index("id").loc[network.markets]
    price = rows["reference_price_usd_per_kg"].to_numpy(float)
    fields = [MARKET_FIELDS.get(m, "rest") for m in network.markets]
    tonnes = np.array([getattr(p.demand, f"{f}_t_per_year") for f in fields])
    demand = tonnes * 1000.0 / p.market.bulk_purity / 52.0
    elasticity = np.array([getattr(p.demand, f"elasticity_{f}") for f in fields])
    handling = np.zeros((len(network.places), len(fields)))
    return state.Markets(price, elasticity, demand.copy(), demand.copy(), demand.copy(),
                         demand.copy(), demand.copy(), demand.copy(), price.copy(), price.copy(),
                         handling, np.zeros(len(fields)))  # fmt: skip


def build_zones(network: Network, p: Parameters) -> state.Zones:
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
    return state.Zones(price, price.copy(), np.ones(len(price)), weight, weight.copy())


def reachable(network: Network) -> np.ndarray:
    """Say, by market and zone, whether any leg leads from the zone to the market."""
    graph = network.graph
    out = np.zeros((len(network.markets), len(network.zones)), bool)
    for z, n in enumerate(graph.zone_place):
        legs = graph.out_leg[graph.first_out[n] : graph.first_out[n + 1]]
        out[:, z] = graph.reaches[:, legs].any(axis=1)
    return out


def build_legs(network: Network, p: Parameters) -> state.Legs:
    """Legs as in the data; capacity that the data lack is set by the reference flow."""
    table = network.legs
    effort_of = network.agencies.set_index("id")["effort"]
    agencies = list(network.agencies["id"])
    agency = np.array([agencies.index(a) for a in table["agency"]], np.int64)
    effort = table["agency"].map(effort_of).to_numpy(float)
    capacity = table["capacity_t_per_year"].to_numpy(float) * 1000.0 / 52.0
    weight = np.where(np.isnan(capacity), 25_000.0 / 52.0, capacity)
    base = table["seizure_prob"].to_numpy(float)
    scaled = np.minimum(base * p.interdiction.seizure_factor, 0.95)
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
        open_share=np.ones(n),
        flow_kg=np.zeros(n),
        trips=np.zeros(n),
        usual_trips=np.ones(n),
        fee_factor=np.ones(n),
        prior_prob=prior,
        prob=prior.copy(),
    )


def build_air(network: Network, p: Parameters) -> state.AirLegs:
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
    zero = [np.zeros(n) for _ in range(8)]
    return state.AirLegs(flown, pool, np.zeros(n), np.full(n, p.flying.wage_usd), np.zeros(n),
                         np.ones(n), *zero)  # fmt: skip


def build_lines(scenario: Scenario, network: Network, reference: Reference, legs: state.Legs,
                markets: state.Markets) -> state.Lines:  # fmt: skip
    """Order books at observed shares, with goods already on their way; others are shut.

    ``reach_kg`` holds the observed order until ``calibrate_reach``.
    """
    pairs, names, graph = line_pairs(network), organisation_ids(network), network.graph
    cartel = np.array([names.index(o) for o, _ in pairs], np.int64)
    market = np.array([network.markets.index(m) for _, m in pairs], np.int64)
    share, n_lines = np.zeros(len(pairs)), len(pairs)
    given = len(network.market_lines)
    share[:given] = network.market_lines["share"].to_numpy(float)
    order = share * reference.bought_kg[market]
    slots = int(graph.weeks.max()) + 1
    arriving = np.zeros((n_lines, len(network.places), slots))
    for row in range(given):
        for e in range(len(legs.key)):
            kg = share[row] * reference.flow_kg[market[row], e] * (1.0 - legs.prior_prob[e])
            arriving[row, graph.end[e], : graph.weeks[e]] += kg
    permitted = np.array([o not in scenario.barred and f"{o}:{m}" not in scenario.barred
                          for o, m in pairs])  # fmt: skip
    arriving[~permitted] = 0.0
    phase = np.where((np.arange(n_lines) < given) & permitted, TRADING, SHUT).astype(np.int64)
    order[~permitted] = 0.0
    by_line: list[Any] = [np.zeros(n_lines) for _ in range(2)]
    by_place: list[Any] = [np.zeros((n_lines, len(network.places))) for _ in range(2)]
    by_zone: list[Any] = [np.zeros((n_lines, len(network.zones))) for _ in range(3)]
    return state.Lines(
        keys([f"{o}:{m}" for o, m in pairs]), cartel, market, permitted, phase,
        order.copy(), np.ones(n_lines), np.zeros(n_lines, np.int64),
        by_line[0], np.where(permitted, order, 0.0), by_line[1], by_place[0],
        np.zeros((n_lines, len(legs.key))), by_place[1],
        np.full((n_lines, len(network.places)), -1, np.int64), arriving, *by_zone,
    )  # fmt: skip


def build_territory(network: Network, reference: Reference, legs: state.Legs,
                    cartels: state.Cartels, gangs: state.Gangs,
                    p: Parameters) -> state.Territory:  # fmt: skip
    """Work out what passes each place at the reference equilibrium, and what gangs make of it.

    A gang's local hold is inferred so that the observed presence is where contests
    settle, and its crowding so that its usual membership is.
    """
    graph, n_places = network.graph, len(network.places)
    n = len(gangs.members)
    names, lines = organisation_ids(network), network.market_lines
    by_market = np.zeros((len(network.markets), n_places))
    for m in range(len(by_market)):
        np.add.at(by_market[m], graph.start, reference.flow_kg[m])
    for _, row in lines.iterrows():
        o, m = names.index(row["cartel"]), network.markets.index(row["market"])
        cartels.through_kg[o] += float(row["share"]) * by_market[m]
    kg, usd = by_market.sum(axis=0), (by_market * reference.value).sum(axis=0)
    backed = np.zeros((n, n_places))
    hired = gangs.affiliation >= 0
    backed[hired] = cartels.through_kg[gangs.affiliation[hired]] / np.maximum(kg, 1e-9)
    gangs.local[:] = gangs.control / (1.0 + p.territory.backing * np.minimum(backed, 1.0))
    free = np.array([kg - (cartels.through_kg[a] if a >= 0 else 0.0) for a in gangs.affiliation])
    income = (gangs.control * free * gangs.worth_usd_per_kg).sum(axis=1) * gangs.toll_share
    gangs.income_usd[:] = gangs.usual_income_usd[:] = income
    territory = state.Territory(kg, usd, usd.copy(), np.zeros(n_places), np.ones(n_places))
    fight(graph, gangs, territory, p.territory.record())
    held = legs.trips * legs.prior_prob * p.interdiction.crew_prob
    for e in range(len(held)):
        if gangs.n_here[graph.start[e]] > 0:
            gangs.usual_held[gangs.here[graph.start[e], 0]] += held[e]
    t, some = p.territory, np.maximum(gangs.members, 1.0)
    net = t.recruitment_per_week - t.arrests_per_week - gangs.lost / some
    gangs.crowding[:] = np.maximum(net, 0.0) / some
    return territory


def build_week(lines: int, legs: int, cartels: int, places: int) -> state.Week:
    """Empty weekly and yearly accounts."""
    by_line: list[Any] = [np.zeros(lines) for _ in range(5)]
    by_owner: list[Any] = [np.zeros((legs, cartels)) for _ in range(4)]
    by_place: list[Any] = [
        np.zeros((cartels, places)),
        np.zeros(cartels),
        np.zeros((places, 2)),
        np.zeros((cartels, places)),
    ]
    by_leg: list[Any] = [np.zeros(legs) for _ in range(4)]
    accounts: list[Any] = by_line + by_owner + by_place + by_leg
    return state.Week(*accounts)


def spread(what: str, names: list[str], seed: int, log_width: float) -> np.ndarray:
    """Return one factor per name, log-normal with median 1, drawn by name."""
    return log_normal(seed, SETUP, keys([f"{what} {name}" for name in names]), log_width)


def build_producers(network: Network, reference: Reference, p: Parameters, seed: int,
                    n_cartels: int) -> state.Producers:  # fmt: skip
    """Growers of a zone share its reference output in unequal parts."""
    n_zones = len(network.zones)
    zone = np.repeat(np.arange(n_zones), PRODUCERS_PER_ZONE)
    names = [f"{network.zones[z]} {i % PRODUCERS_PER_ZONE}" for i, z in enumerate(zone)]
    size = spread("size", names, seed, 0.5)
    total = np.bincount(zone, size, n_zones)
    capacity = size / total[zone] * reference.supply_kg[zone] * p.production.potential_factor
    price = reference.zone_price[zone] * p.production.ask_share
    ask = price * spread("ask", names, seed, p.production.ask_spread)
    return state.Producers(zone, capacity.copy(), capacity.copy(), np.zeros(len(zone)), ask,
                           np.full((len(zone), n_cartels), 0.5), np.zeros(len(zone)))  # fmt: skip


def build_pilots(network: Network, p: Parameters, seed: int, gangs: state.Gangs) -> state.Pilots:
    """Aircrews, shared over pools; the affiliate's crews fly for its cartel alone."""
    n, f = int(p.flying.seats), p.flying
    edges = np.cumsum(network.air_pools["seat_share"].to_numpy(float))
    pool = np.searchsorted(edges / edges[-1], (np.arange(n) + 0.5) / n).astype(np.int64)
    hubs = list(network.air_pools["hub"])
    names = [f"{hubs[k]} {i}" for i, k in enumerate(pool)]
    employer = np.full(n, -1, np.int64)
    if "BO_AFFILIATE" in organisation_ids(network):
        employer[: min(6, n)] = organisation_ids(network).index("BO_AFFILIATE")
    return state.Pilots(
        keys(names), pool, np.zeros(n, np.int64),
        f.reservation_usd * spread("wage", names, seed, f.reservation_spread),
        f.life_usd * spread("life", names, seed, f.life_spread), spread("fear", names, seed, 0.3),
        f.risk_threshold / (1.0 - uniforms(seed, SETUP, keys([f"limit {n}" for n in names]))),
        employer, np.zeros(n, np.int64),
        np.zeros(n, np.int64), np.zeros(n),
    )  # fmt: skip


def build_consignments(legs: state.Legs, p: Parameters) -> state.Consignments:
    """Room for many times the loads of a usual week."""
    usual = float((legs.flow_kg / legs.load_kg).sum())
    room = int(20.0 * usual) + 2_000
    whole: list[Any] = [np.zeros(room, np.int64) for _ in range(5)]
    loads: list[Any] = [np.zeros(1, np.int64), *whole, np.zeros(room)]
    return state.Consignments(*loads)


def calibrate_reach(world: state.World, p: Parameters) -> None:
    """Infer each line's reach so that its observed share is where it settles.

    Owners with better access than the mean of their market earn more per
    kilogram; at the same share they are nearer their reach. The correction stays
    within a factor of three, so a line that the data place where it cannot pay is
    left to shrink. In the same way the cost of more reach is inferred: who earns
    more than others at the observed share, and has not grown, must find it dearer.
    """
    w, o = world, p.ordering.record()
    value_routes(w.graph, w.legs, w.lines, w.cartels, w.markets, w.air, p.routing.record(),
                 p.flying.aircraft_usd)  # fmt: skip
    scale = 2.0 * p.ordering.margin_scale
    usual = np.tanh((p.ordering.normal_margin - p.ordering.hurdle) / scale)
    for row in np.flatnonzero(w.lines.phase == TRADING):
        margin = split_over_zones(row, w.lines, w.zones, o.zone_sharpness)
        w.lines.margin[row] = w.lines.year_margin[row] = margin
        here = np.tanh((margin - p.ordering.hurdle) / scale) / usual
        w.lines.reach_kg[row] /= min(max(here, 1.0 / 9.0), 9.0) ** (1.0 / o.saturation_power)
    for row in np.flatnonzero(w.lines.phase == TRADING):
        w.lines.cost_factor[row] = infer_cost(w, int(row), p)
    set_upkeep(w, p)


def infer_cost(world: state.World, row: int, p: Parameters) -> float:
    """Infer how much dearer or cheaper than usual more reach is to a line.

    At its observed share and margin a network must grow as fast as it wears. It
    grows when an error of judgement makes a project look worth its cost, so the cost
    is the one at which that happens often enough: chance = wear / (steps a year x
    step over reach), and cost = A margin exp(spread z) with z the normal quantile of
    that chance.
    """
    lines, e = world.lines, p.expansion
    owner, m = lines.cartel[row], lines.market[row]
    whole = lines.reach_kg[lines.cartel == owner].sum()
    demand, steps = world.markets.demand_kg[m], 52.0 / e.review_weeks
    step = min(e.step_share * demand, max(e.growth_step * whole, SMALLEST_SHARE * demand))
    chance = e.wear_per_year / steps * lines.reach_kg[row] / step
    z = NormalDist().inv_cdf(1.0 - min(max(chance, 1e-3), 0.5))
    margin = min(max(lines.margin[row], 0.02), 1.0)
    usual = reach_cost(1.0, lines.reach_kg[row] / demand, e.record())
    return float(annuity(e.record()) * margin * math.exp(e.judgement_spread * z) / usual)


def set_upkeep(world: state.World, p: Parameters) -> None:
    """Set what posts cost to keep: those of the data at most half of what they earn.

    They have been kept, so they must pay; how much their upkeep differs from the usual
    is inferred, as for reach.
    """
    w, routing, expansion = world, p.routing.record(), p.expansion.record()
    for o, n in zip(*np.nonzero(w.cartels.posted), strict=True):
        usual = post_upkeep(w.cartels, o, n, expansion)
        earned = post_earns(o, n, w.graph, w.lines, w.cartels, w.zones, w.territory, routing)
        w.cartels.upkeep_usd[o, n] = min(usual, 0.5 * earned)
