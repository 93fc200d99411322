"""How a world begins: arrays filled from a scenario and its data pack.

Everything starts at the reference equilibrium: prices as in the data, handling
shares inferred from them, order books at the observed shares, goods already on
their way. The burn-in lets what remains settle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.groups import members
from sim.engine.streams import SETUP, log_normal, uniforms
from sim.network import MARKET_FIELDS, REFERENCE_YEARS, Network, build_graph, keys, split_ids
from sim.parameters.sections import Parameters
from sim.rules.stakes import watch_rents
from sim.rules.trust import pull_sources
from sim.rules.violence import fight
from sim.setup.exchanges import build_exchanges, extend_markets, extend_zones, no_exchanges, plan
from sim.setup.organisations import build_cartels, build_gangs, set_trust
from sim.setup.reference import set_origins, settle
from sim.setup.roster import line_pairs, organisation_ids
from sim.units import KG_PER_TONNE, bulk
from sim.world import state
from sim.world.codes import (
    KG_HEADINGS,
    PRODUCED,
    SHUT,
    TRADING,
    USD_HEADINGS,
    WEEKS_PER_YEAR,
)
from sim.world.moves import LARGEST

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


PRODUCERS_PER_ZONE = 16  # groups of growers; 14 zones give a cast of over 200
USUAL_CAPACITY_KG = 25_000.0 / WEEKS_PER_YEAR  # size in route choice of a leg without capacity


def build_world(scenario: Scenario, network: Network, seed: int) -> state.World:
    """Return the arrays of a world at its start."""
    p = scenario.parameters
    gangs = build_gangs(network)
    markets, zones = build_markets(network, p), build_zones(network, p)
    exchanges = no_exchanges()
    if network.trading:
        planned = plan(network, plain_reference(network, p), p)
        markets, zones = extend_markets(markets, planned), extend_zones(zones, planned)
        exchanges = build_exchanges(network, planned, p)
    legs, air = build_legs(network, p), build_air(network, p)
    cartels = build_cartels(network, gangs)
    set_trust(network, cartels, gangs, p)
    set_origins(network, zones, cartels)
    reference = settle(network, legs, air, markets, zones, cartels, gangs, p)
    lines = build_lines(scenario, network, reference, legs, markets)
    pull_sources(network.graph, lines, cartels, zones)
    territory = build_territory(network, reference, legs, cartels, gangs, scenario)
    cartels.belief[:] = legs.prior_prob
    store_usual_stocks(lines, markets, exchanges)
    sizes = (
        len(lines.key),
        len(network.sources),
        len(network.legs),
        len(cartels.capital_usd),
        len(network.places),
    )
    books = state.Books(np.zeros(KG_HEADINGS), np.zeros(USD_HEADINGS))
    books.kg[PRODUCED] = lines.arriving_kg.sum() + lines.stock_kg.sum()
    agencies = state.Agencies(
        budget=np.bincount(legs.agency, legs.effort, len(network.agencies)).astype(float),
        seized_kg=np.zeros(len(network.agencies)),
        yield_kg=np.zeros(len(legs.key)),
    )
    world = state.World(
        graph=network.graph,
        legs=legs,
        ways=reference.ways,
        lines=lines,
        week=build_week(*sizes),
        cartels=cartels,
        producers=build_producers(network, reference, p, seed, len(cartels.capital_usd)),
        zones=zones,
        markets=markets,
        exchanges=exchanges,
        pilots=build_pilots(network, p, seed),
        air=air,
        gangs=gangs,
        territory=territory,
        moves=build_moves(),
        agencies=agencies,
        consignments=build_consignments(legs),
        books=books,
    )
    return own_arrays(world)


def plain_reference(network: Network, p: Parameters) -> state.Reference:
    """Return the reference equilibrium of a network as if it had no exchanges."""
    given = network.market_lines["market"].isin(network.markets)
    plain = replace(
        network,
        trading=(),
        market_lines=network.market_lines[given],
        graph=build_graph(network.places, network.legs),
    )
    gangs, legs, air = build_gangs(plain), build_legs(plain, p), build_air(plain, p)
    markets, zones = build_markets(plain, p), build_zones(plain, p)
    cartels = build_cartels(plain, gangs)
    set_trust(plain, cartels, gangs, p)
    set_origins(plain, zones, cartels)
    return settle(plain, legs, air, markets, zones, cartels, gangs, p)


def store_usual_stocks(
    lines: state.Lines, markets: state.Markets, exchanges: state.Exchanges
) -> None:
    """Put what usually lies in store at each exchange into the stocks of those who sell there."""
    for x, goal in enumerate(exchanges.goal):
        mine = lines.market == goal
        whole = exchanges.cover_weeks[x] * markets.first_demand_kg[goal]
        part = lines.order_kg[mine] / lines.order_kg[mine].sum()
        lines.stock_kg[mine, exchanges.place[x]] = part * whole


def own_arrays(world: state.World) -> state.World:
    """Return the world with arrays of its own: writable, in one layout, shared with nobody."""
    graph, *others = members(world)
    owned = (type(group)(*(values.copy() for values in members(group))) for group in others)
    return state.World(graph, *owned)


def build_markets(network: Network, p: Parameters) -> state.Markets:
    """Markets start at their reference price and demand."""
    rows = network.places.set_index("id").loc[network.markets]
    price = rows["reference_price_usd_per_kg"].to_numpy(float)
    fields = [MARKET_FIELDS.get(m, "rest") for m in network.markets]
    tonnes = np.array([getattr(p.demand, f"{f}_t_per_year") for f in fields])
    demand = bulk(tonnes * KG_PER_TONNE, p.market.bulk_purity) / WEEKS_PER_YEAR
    elasticity = np.array([getattr(p.demand, f"elasticity_{f}") for f in fields])
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
        rest_margin=np.full(len(fields), p.ordering.normal_margin),
        ends=np.ones(len(fields), bool),
    )


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


def build_legs(network: Network, p: Parameters) -> state.Legs:
    """Legs as in the data; capacity that the data lack is set by the reference flow."""
    table = network.legs
    effort_of = network.agencies.set_index("id")["effort"]
    agencies = list(network.agencies["id"])
    agency = np.array([agencies.index(a) for a in table["agency"]], np.int64)
    effort = table["agency"].map(effort_of).to_numpy(float)
    capacity = table["capacity_t_per_year"].to_numpy(float) * KG_PER_TONNE / WEEKS_PER_YEAR
    weight = np.where(np.isnan(capacity), USUAL_CAPACITY_KG, capacity)
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
        steered=np.ones(n),
        open_share=np.ones(n),
        flow_kg=np.zeros(n),
        trips=np.zeros(n),
        usual_trips=np.ones(n),
        fee_factor=np.ones(n),
        prior_prob=prior,
        known_prob=prior.copy(),
        known_weight=np.full(n, float(p.learning.lasting_consignments)),
        presence=np.ones(n),
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
    counted = (
        "slots",
        "rent_usd",
        "hits",
        "runs",
        "risk",
        "wanted",
        "flown",
        "willing",
        "killed",
        "detained",
    )
    return state.AirLegs(
        leg=flown,
        pool=pool,
        wage_usd=np.full(n, float(p.flying.wage_usd)),
        fill=np.ones(n),
        death_prob=np.full(n, p.interdiction.death_prob),
        **{name: np.zeros(n) for name in counted},
    )


def build_lines(
    scenario: Scenario,
    network: Network,
    reference: state.Reference,
    legs: state.Legs,
    markets: state.Markets,
) -> state.Lines:
    """Order books at observed shares, with goods already on their way; others are shut.

    Sizes are those of the data until the world has come to rest.
    """
    pairs, names, graph = line_pairs(network), organisation_ids(network), network.graph
    cartel = np.array([names.index(o) for o, _ in pairs], np.int64)
    market = np.array([network.goals.index(m) for _, m in pairs], np.int64)
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
        share=np.zeros((n_lines, len(legs.key))),
        stock_kg=np.zeros(by_place),
        goal=np.full(by_place, -1, np.int64),
        arriving_kg=arriving,
        zone_order_kg=np.zeros(by_zone),
        zone_value=np.zeros(by_zone),
        zone_pull=np.zeros(by_zone),
        raided_kg=np.zeros(n_lines),
    )


def build_territory(
    network: Network,
    reference: state.Reference,
    legs: state.Legs,
    cartels: state.Cartels,
    gangs: state.Gangs,
    scenario: Scenario,
) -> state.Territory:
    """Work out what passes each place at the reference equilibrium, and what gangs make of it.

    A gang's local hold is inferred so that the observed presence is where contests
    settle, and its crowding so that its usual membership is.
    """
    graph, n_places, p = network.graph, len(network.places), scenario.parameters
    n = len(gangs.members)
    names, lines = organisation_ids(network), network.market_lines
    by_market = np.zeros((len(network.goals), n_places))
    for m in range(len(by_market)):
        np.add.at(by_market[m], graph.start, reference.flow_kg[m])
    for _, row in lines.iterrows():
        o, m = names.index(row["cartel"]), network.goals.index(row["market"])
        cartels.through_kg[o] += float(row["share"]) * by_market[m]
    kg, usd = by_market.sum(axis=0), (by_market * reference.value).sum(axis=0)
    backed = np.zeros((n, n_places))
    hired = gangs.affiliation >= 0
    backed[hired] = cartels.through_kg[gangs.affiliation[hired]] / np.maximum(kg, 1e-9)
    gangs.local[:] = gangs.control / (1.0 + p.territory.backing * np.minimum(backed, 1.0))
    free = np.array([kg - (cartels.through_kg[a] if a >= 0 else 0.0) for a in gangs.affiliation])
    income = (gangs.control * free * gangs.worth_usd_per_kg).sum(axis=1) * gangs.toll_share
    gangs.income_usd[:] = gangs.usual_income_usd[:] = income
    territory = state.Territory(
        through_kg=kg,
        through_usd=usd,
        usual_usd=usd.copy(),
        rents_usd=usd.copy(),
        usual_rents_usd=usd.copy(),
        pressure=np.zeros(n_places),
        fights=np.zeros(n_places),
        truce=np.ones(n_places),
    )
    discount = p.routing.outsider_discount
    watch_rents(gangs, territory, discount, scenario.switches.contested_rents)
    territory.usual_rents_usd[:] = territory.rents_usd
    fight(graph, gangs, territory, p.territory.record())
    held = legs.trips * legs.prior_prob * p.interdiction.crew_prob
    for e in range(len(held)):
        if gangs.n_here[graph.start[e]] > 0:
            gangs.usual_held[gangs.here[graph.start[e], 0]] += held[e]
    t, some = p.territory, np.maximum(gangs.members, 1.0)
    net = t.recruitment_per_week - t.arrests_per_week - gangs.lost / some
    gangs.crowding[:] = np.maximum(net, 0.0) / some
    return territory


def build_week(lines: int, sources: int, legs: int, cartels: int, places: int) -> state.Week:
    """Empty weekly and yearly accounts."""
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(
            ("bought_kg", "delivered_kg", "seized_kg", "paid_usd", "revenue_usd"), (lines,)
        ),
        "source_kg": (lines, sources),
        **dict.fromkeys(("moved_kg", "taken_kg", "hits", "trips"), (legs, cartels)),
        **dict.fromkeys(("toll_usd", "passed_kg"), (cartels, places)),
        **dict.fromkeys(("through_kg", "through_usd"), (places,)),
        **dict.fromkeys(("leg_trips", "leg_seized", "leg_kg", "leg_seized_kg"), (legs,)),
        "gang_usd": (cartels,),
    }
    return state.Week(**{name: np.zeros(shape) for name, shape in shapes.items()})


def spread(what: str, names: list[str], seed: int, log_width: float) -> np.ndarray:
    """Return one factor per name, log-normal with median 1, drawn by name."""
    return log_normal(seed, SETUP, keys([f"{what} {name}" for name in names]), log_width)


def build_producers(
    network: Network, reference: state.Reference, p: Parameters, seed: int, n_cartels: int
) -> state.Producers:
    """Growers of a zone share its reference output in unequal parts."""
    n_zones = len(network.zones)
    zone = np.repeat(np.arange(n_zones), PRODUCERS_PER_ZONE)
    names = [f"{network.zones[z]} {i % PRODUCERS_PER_ZONE}" for i, z in enumerate(zone)]
    size = spread("size", names, seed, 0.5)
    total = np.bincount(zone, size, n_zones)
    supply = reference.zones.origin_share.T @ reference.bought_kg
    capacity = size / total[zone] * supply[zone] * p.production.potential_factor
    price = reference.zones.reference_usd_per_kg[zone] * p.production.ask_share
    ask = price * spread("ask", names, seed, p.production.ask_spread)
    return state.Producers(
        zone=zone,
        reference_kg=capacity,
        capacity_kg=capacity.copy(),
        stock_kg=np.zeros(len(zone)),
        ask_usd_per_kg=ask,
        trust=np.full((len(zone), n_cartels), 0.5),
        cash_usd=np.zeros(len(zone)),
    )


def build_pilots(network: Network, p: Parameters, seed: int) -> state.Pilots:
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


def build_moves() -> state.Moves:
    """Return an empty log."""
    whole = ("clock", "kind", "who", "place", "other")
    return state.Moves(
        made=np.zeros(1, np.int64),
        usd=np.zeros(LARGEST),
        **{name: np.zeros(LARGEST, np.int64) for name in whole},
    )


def build_consignments(legs: state.Legs) -> state.Consignments:
    """Room for many times the loads of a usual week."""
    usual = float((legs.flow_kg / legs.load_kg).sum())
    room = int(20.0 * usual) + 2_000
    whole = ("line", "leg", "number", "pilot", "fate")
    return state.Consignments(
        loaded=np.zeros(1, np.int64),
        kg=np.zeros(room),
        **{name: np.zeros(room, np.int64) for name in whole},
    )
