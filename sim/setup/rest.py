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

import numpy as np

from sim.network import Network
from sim.rules.netback import value_routes
from sim.rules.ordering import split_over_zones
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world, own_arrays
from sim.setup.free_years import Standing, correct, live, put_back
from sim.setup.revealed import Looks, reveal_costs
from sim.setup.years import SEED, Years, pass_quarter, set_rest, shortfall, years_given
from sim.world.codes import CLOCK, QUARTER, TRADING, WITHDRAWN
from sim.world.state import World
from sim.world.views import Given

SETTLING_YEARS = 14  # orders held
LOOKING_YEARS = 7  # of these, the last, in which costs are inferred
FEWEST_ROUNDS, MOST_ROUNDS = 3, 8  # of futures
FUTURES, FUTURE_YEARS = 2, 15  # in a round
SETTLED_YEARS = 2  # after each, with sizes, sides, posts and places held
CLOSE = 0.01  # share of a market: nearer to rest is near enough
FADES = 0.7  # rounds count as (1, 2, 3, ...) to the power of minus this
FARTHEST = 10.0  # correction of a size in all: who cannot deliver here is not made to


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
    reveal_costs(world, looks, p, scenario.switches, SEED)
    infer_strength(world, looks)
    for k in range(MOST_ROUNDS):
        far = pass_round(world, scenario, network, k)
        if far < CLOSE and k + 1 >= FEWEST_ROUNDS:
            break
    tidy(world)
    return world


def pass_round(world: World, scenario: Scenario, network: Network, k: int) -> float:
    """Live through some futures, correct the world by them, and let it settle.

    Returns how far it was from rest, as a share of a market.
    """
    sized, wanted = scenario.with_switches(size=False), wanted_shares(world, network)
    before, futures = Standing.of(world), []
    for f in reversed(range(FUTURES)):  # the last goes on from here: what moves slowly settles
        place = own_arrays(world) if f else world
        luck = 1 + FUTURES * k + f
        free = years_given(sized, network, place, FUTURE_YEARS, settling=False, luck=luck)
        futures.append(live(place, free, FUTURE_YEARS))
    put_back(world, before)
    far = correct(world, futures, free, wanted, part=(1.0 + k) ** -FADES)
    held = years_given(scenario, network, world, SETTLED_YEARS, settling=True)
    for q in range(4 * SETTLED_YEARS):
        pass_quarter(world, held, q, Years())
        put_money_in(world, held)
    return far


def put_money_in(world: World, given: Given) -> None:
    """Let owners put in what they lack of their usual weeks of spending.

    Those in the data have lived through what they began with. While orders are held money
    must not bind: owners who lost theirs on the way to rest would leave their market to others.
    """
    cartels, weeks = world.cartels, given.numbers.ordering.capital_weeks
    lacking = np.maximum(weeks * cartels.spending_usd - cartels.capital_usd, 0.0)
    lacking[~cartels.trades] = 0.0
    cartels.capital_usd[:] += lacking
    world.books.usd[WITHDRAWN] -= lacking.sum()


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


def hold_orders(world: World, given: Given, wanted: np.ndarray) -> Looks:
    """Pass years with orders held, correct sizes every year, and look at what would pay."""
    years, looks = Years(), Looks()
    usual = world.lines.reach_kg.copy()
    quarters = SETTLING_YEARS * 4
    for q in range(quarters):
        pass_quarter(world, given, q, years)
        put_money_in(world, given)
        left = quarters - 1 - q
        if (q + 1) % 4 == 0 and left >= 2 * 4:
            kg, _ = years.last(4)
            scale = shortfall(world, kg, wanted) ** (0.6 if left > LOOKING_YEARS * 4 else 0.3)
            reach = world.lines.reach_kg * scale
            world.lines.reach_kg[:] = np.clip(reach, usual / FARTHEST, usual * FARTHEST)
        if left < LOOKING_YEARS * 4:
            looks.add(world, given, given.first_week + (q + 1) * QUARTER)
    _, margin = years.last(LOOKING_YEARS * 4)
    set_rest(world, margin, wanted)
    return looks


def infer_strength(world: World, looks: Looks) -> None:
    """Infer gangs' local strength so that contests leave places as they are held.

        local = control / (firmness x backing)

    with firmness and backing as they were on average; control settles where strength is.
    """
    gangs = world.gangs
    power = np.mean(looks.firmness, axis=0)[:, None] * np.mean(looks.backing, axis=0)
    gangs.local[:] = np.where(gangs.control > 0.0, gangs.control / np.maximum(power, 1e-9), 0.0)


def tidy(world: World) -> None:
    """Begin weekly accounts and memories of poor weeks anew."""
    lines, cartels, week = world.lines, world.cartels, world.week
    cartels.broke_weeks[:] = cartels.idle_weeks[:] = lines.poor_weeks[:] = 0
    world.moves.made[0] = 0
    trade = world.exchanges
    for account in (week.moved_kg, week.taken_kg, week.hits, week.trips, week.source_kg):
        account[:] = 0.0
    for account in (trade.traded_kg, trade.traded_usd, trade.contract_usd):
        account[:] = 0.0
    # Goods on the way are told by the clock; the next week, CLOCK here, becomes week 0.
    lines.arriving_kg[:] = np.roll(lines.arriving_kg, -CLOCK, axis=2)
