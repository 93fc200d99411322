"""How a world comes to rest before it begins: sizes, margins and costs that hold it there.

A market that rests must do so for reasons that can be named. First everything but sizes
moves, with orders held at the observed shares, until what passes where has settled; sizes
are corrected until deliveries are as observed. Then costs are inferred from what
organisations are seen to do and not to do (``sim.setup.revealed``), gangs' local strength
from the places that they hold, and margins from what lines earn. At last all is free, for
some rounds of years in which sizes and margins are corrected once more.

This depends on the data, the parameters and the mechanisms, not on a run's luck, its bars,
its events or its war chests; so it is done once for all replicates and kept
(``sim.setup.kept_rest``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim import week as phases
from sim.network import Network
from sim.rules.netback import value_routes
from sim.rules.ordering import split_over_zones
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world
from sim.setup.given import build_given
from sim.setup.revealed import Looks, reveal_costs
from sim.world.codes import CLOCK, QUARTER, TRADING, WEEKS_PER_YEAR
from sim.world.records import blank_records
from sim.world.state import World
from sim.world.views import Given

SEED = 0x5E771E  # luck of the years in which a world comes to rest
SETTLING_YEARS = 14  # orders held
LOOKING_YEARS = 7  # of these, the last, in which costs are inferred
ROUNDS = 3  # of free years
ROUND_YEARS = 7
LEAST, MOST = 1.0 / 3.0, 3.0  # correction of a size at a time
FARTHEST = 10.0  # and in all: who cannot deliver here is not made to


@dataclass
class Years:
    """What lines delivered and earned, quarter by quarter."""

    delivered_kg: list[np.ndarray] = field(default_factory=list)
    margin: list[np.ndarray] = field(default_factory=list)

    def last(self, quarters: int) -> tuple[np.ndarray, np.ndarray]:
        """Return kilograms and mean margins of the last quarters."""
        kg, margin = self.delivered_kg[-quarters:], self.margin[-quarters:]
        return np.sum(kg, axis=0), np.mean(margin, axis=0)


def come_to_rest(scenario: Scenario, network: Network) -> World:
    """Return a world at rest, with the sizes of the data.

    Parameters
    ----------
    scenario : Scenario
        Its parameters, switches and organisations count; its luck, bars, events, war chests
        and length do not.
    """
    world = build_world(scenario, network, SEED)
    p = scenario.parameters
    value_routes(world, p.routing.record(), float(p.flying.aircraft_usd))
    lines = world.lines
    for row in np.flatnonzero(lines.phase == TRADING):
        margin = split_over_zones(row, lines, world.zones, p.ordering.zone_sharpness)
        lines.margin[row] = lines.year_margin[row] = lines.rest_margin[row] = margin
    give_working_capital(world, scenario)
    held = years_given(scenario, network, world, SETTLING_YEARS, settling=True)
    looks = hold_orders(world, held, wanted_shares(world, network))
    reveal_costs(world, looks, p, SEED)
    infer_strength(world, looks)
    for k in range(ROUNDS):
        free = years_given(scenario, network, world, ROUND_YEARS, settling=False, luck=1 + k)
        correct(world, free, wanted_shares(world, network), part=1.0 / (1 + k))
    tidy(world)
    return world


def wanted_shares(world: World, network: Network) -> np.ndarray:
    """Return the observed share of every line in its market, 0 of those that the data lack."""
    shares = np.zeros(len(world.lines.key))
    given = network.market_lines["share"].to_numpy(float)
    shares[: len(given)] = given
    shares[world.lines.phase != TRADING] = 0.0
    return shares


def give_working_capital(world: World, scenario: Scenario) -> None:
    """Give every owner the same number of weeks of purchases, and some for what follows."""
    lines, cartels, weeks = world.lines, world.cartels, scenario.parameters.ordering.capital_weeks
    cartels.capital_usd[:] = cartels.chest_usd[:] = 0.0
    cartels.chest_only[:] = False
    price = world.zones.price_usd_per_kg.mean()
    for row in np.flatnonzero(lines.phase == TRADING):
        cartels.capital_usd[lines.cartel[row]] += 3.0 * weeks * lines.order_kg[row] * price


def years_given(
    scenario: Scenario,
    network: Network,
    world: World,
    years: int,
    *,
    settling: bool,
    luck: int = 0,
) -> Given:
    """Return what is given in some years of held conditions, nothing of them written down."""
    weeks = int(years * WEEKS_PER_YEAR)
    quiet = scenario.model_copy(
        update={"weeks": 1, "burn_in_weeks": weeks, "events": (), "agencies": "fixed"}
    )
    n_markets = len(network.markets)
    given = build_given(
        quiet,
        network,
        world,
        seed=SEED + luck,
        demand_factors=np.ones((weeks + 1, n_markets)),
        place_prices=network.places["reference_price_usd_per_kg"].to_numpy(float).copy(),
        records=blank_records(world, 1),
        settling=settling,
    )
    given.demand_kg[:] = world.markets.first_demand_kg
    return given


def pass_quarter(world: World, given: Given, first: int, years: Years) -> None:
    """Pass a quarter, and note what lines delivered and earned in it."""
    kg, margin = np.zeros(len(world.lines.key)), np.zeros(len(world.lines.key))
    for t in range(QUARTER):
        phases.pass_weeks(world, given, first + t, 1)
        kg += world.week.delivered_kg
        margin += world.lines.margin / QUARTER
    years.delivered_kg.append(kg)
    years.margin.append(margin)


def hold_orders(world: World, given: Given, wanted: np.ndarray) -> Looks:
    """Pass years with orders held, correct sizes every year, and look at what would pay."""
    years, looks = Years(), Looks()
    usual = world.lines.reach_kg.copy()
    quarters = SETTLING_YEARS * 4
    for q in range(quarters):
        first = given.first_week + q * QUARTER
        pass_quarter(world, given, first, years)
        left = quarters - 1 - q
        if (q + 1) % 4 == 0 and left >= 2 * 4:
            kg, _ = years.last(4)
            scale = shortfall(world, kg, wanted) ** (0.6 if left > LOOKING_YEARS * 4 else 0.3)
            reach = world.lines.reach_kg * scale
            world.lines.reach_kg[:] = np.clip(reach, usual / FARTHEST, usual * FARTHEST)
        if left < LOOKING_YEARS * 4:
            looks.add(world, given, first + QUARTER)
    _, margin = years.last(LOOKING_YEARS * 4)
    set_rest(world, margin, wanted)
    return looks


def shortfall(world: World, delivered_kg: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the observed over the found share of every line in its market, within bounds.

    A line that delivers nothing has no way there, and is left as it is.
    """
    scale = np.ones(len(wanted))
    for m in range(len(world.markets.demand_kg)):
        mine = (world.lines.market == m) & (wanted > 0.0)
        total = delivered_kg[mine].sum()
        if total > 0.0:
            found = delivered_kg[mine] / total
            ratio = wanted[mine] / wanted[mine].sum() / np.maximum(found, 1e-6)
            scale[mine] = np.where(found > 0.0, np.clip(ratio, LEAST, MOST), 1.0)
    return scale


def set_rest(world: World, margin: np.ndarray, wanted: np.ndarray) -> None:
    """Take margins for those at rest, and sizes for what people support."""
    lines, markets = world.lines, world.markets
    there = wanted > 0.0
    lines.rest_margin[there] = margin[there]
    lines.year_margin[there] = margin[there]
    lines.base_kg[there] = lines.root_kg[there] = lines.reach_kg[there]
    for m in range(len(markets.demand_kg)):
        mine = there & (lines.market == m)
        if mine.any():
            markets.rest_margin[m] = np.average(margin[mine], weights=wanted[mine])


def infer_strength(world: World, looks: Looks) -> None:
    """Infer gangs' local strength so that contests leave places as they are held.

        local = control / (firmness x backing)

    with firmness and backing as they were on average; control settles where strength is.
    """
    gangs = world.gangs
    power = np.mean(looks.firmness, axis=0)[:, None] * np.mean(looks.backing, axis=0)
    gangs.local[:] = np.where(gangs.control > 0.0, gangs.control / np.maximum(power, 1e-9), 0.0)


def correct(world: World, given: Given, wanted: np.ndarray, part: float) -> None:
    """Pass free years; move roots towards the observed shares, and margins to what they were."""
    lines, years = world.lines, Years()
    for q in range(ROUND_YEARS * 4):
        pass_quarter(world, given, given.first_week + q * QUARTER, years)
    kg, margin = years.last(ROUND_YEARS * 4 - 6)
    there = (wanted > 0.0) & (lines.phase == TRADING)
    lines.root_kg[there] *= shortfall(world, kg, np.where(there, wanted, 0.0))[there] ** part
    lines.reach_kg[there] = lines.root_kg[there]
    mixed = lines.rest_margin + part * (margin - lines.rest_margin)
    set_rest(world, mixed, np.where(there, wanted, 0.0))


def tidy(world: World) -> None:
    """Begin accounts and memories of poor weeks anew."""
    lines, cartels, week = world.lines, world.cartels, world.week
    world.books.kg[:] = world.books.usd[:] = 0.0
    cartels.broke_weeks[:] = cartels.idle_weeks[:] = lines.poor_weeks[:] = 0
    world.moves.made[0] = 0
    for account in (week.moved_kg, week.taken_kg, week.hits, week.trips, week.source_kg):
        account[:] = 0.0
    # Goods on the way are told by the clock; the next week, CLOCK here, becomes week 0.
    lines.arriving_kg[:] = np.roll(lines.arriving_kg, -CLOCK, axis=2)
