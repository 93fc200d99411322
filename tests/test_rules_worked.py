"""More rules worked by hand: order books, sizes, availability, contests, tolls, trade at source."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
from support import cut, with_numbers

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.rules.exchange import see_offers
from sim.rules.flying import draw_availability, match_pilots
from sim.rules.interdiction import draw_fates, hold_crews
from sim.rules.ordering import place_orders
from sim.rules.purchase import fill_shares, list_buyers, weigh_offers
from sim.rules.size import gain_experience, resize
from sim.rules.territory import contest
from sim.rules.tolls import pay_gangs
from sim.world.codes import (
    ACTIVE,
    CLOCK,
    CRASHED,
    DEAD,
    GROUNDED,
    MONTH,
    RUNNING_DOWN,
    SEIZED_LOAD,
    SHUT,
    THROUGH,
    TRADING,
    WEEKS_PER_YEAR,
)
from sim.world.state import World
from sim.world.views import FarmGate

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


# Order books


def books(w: World, capital_usd: float) -> World:
    """Two lines of one owner that buy in two zones at 100 and 200 USD/kg, and one run down."""
    lines = cut(
        w.lines,
        cartel=[0, 0, 0],
        market=[0, 1, 0],
        phase=[TRADING, TRADING, RUNNING_DOWN],
        permitted=[True, True, True],
        order_kg=[10, 20, 5],
        reach_kg=[10, 20, 5],
        rest_margin=[1.0, 0.5, 0.0],
        year_margin=[1.0, 0.5, 0.0],
        margin=np.zeros(3),
        zone_pull=[[1, 0], [0, 1], [1, 0]],
        zone_value=[[200, 0], [0, 300], [200, 0]],
        zone_order_kg=[[0, 0], [0, 0], [5, 0]],
    )
    zones = cut(w.zones, price_usd_per_kg=[100, 200])
    return replace(w, lines=lines, zones=zones, cartels=cut(w.cartels, capital_usd=[capital_usd]))


def test_order_books_at_rest_stay_where_they_are_if_there_is_money(world: World) -> None:
    w = books(world, capital_usd=1e9)
    place_orders(w, P.ordering.record(), True, False)
    assert w.lines.order_kg == pytest.approx([10, 20, 5])
    assert w.lines.zone_order_kg[:2] == pytest.approx(np.array([[10, 0], [0, 20]]))
    assert w.lines.margin[:2] == pytest.approx([1.0, 0.5])
    assert w.lines.zone_order_kg[2] == pytest.approx([5, 0])  # not one that trades


def test_purchases_are_cut_alike_to_what_capital_pays_for(world: World) -> None:
    """They would cost 10 x 100 + 20 x 200 = 5,000 USD; a tenth of 10,000 pays for a fifth."""
    w = books(world, capital_usd=10_000.0)
    place_orders(w, with_numbers(P.ordering, spending_share_per_week=0.1), True, False)
    assert w.lines.zone_order_kg[:2] == pytest.approx(np.array([[2, 0], [0, 4]]))
    assert w.lines.order_kg[:2] == pytest.approx([10, 20])  # the wish stays
    broke = books(world, capital_usd=-1.0)
    place_orders(broke, P.ordering.record(), True, False)
    assert not broke.lines.zone_order_kg[:2].any()


def test_the_margin_of_the_year_follows_a_week_by_its_part_of_the_year(world: World) -> None:
    w = books(world, capital_usd=1e9)
    w.lines.zone_value[0, 0] = 300.0  # a margin of 2 where 1 is usual
    place_orders(w, P.ordering.record(), True, False)
    assert w.lines.year_margin[0] == pytest.approx(1.0 + 1.0 / WEEKS_PER_YEAR)
    assert w.lines.order_kg[0] > 10.0
    settling = books(world, capital_usd=1e9)
    settling.lines.zone_value[0, 0] = 300.0
    place_orders(settling, P.ordering.record(), True, True)
    assert settling.lines.order_kg[0] == pytest.approx(10.0)  # every margin is the usual one


# Sizes


def test_sizes_stay_while_a_world_settles_or_a_line_is_held(small: TraffickingModel) -> None:
    def after(settling: bool, held: bool) -> np.ndarray:
        w = copy.deepcopy(small.world)
        w.lines.held[:] = held
        w.cartels.capital_usd[:] = 1e12  # who cannot pay for a network sees it wear
        resize(w, small.given.numbers, small.given.on, settling, MONTH)
        return np.asarray(w.lines.reach_kg)

    trading = small.world.lines.phase == TRADING
    small.world.lines.year_margin[trading] *= 1.5
    settling, held = after(settling=True, held=False), after(settling=False, held=True)
    assert np.array_equal(settling, small.world.lines.reach_kg) and np.array_equal(settling, held)
    assert (after(settling=False, held=False)[trading] > held[trading]).any()


def test_a_size_follows_reach_and_returns_to_its_roots_by_hand(world: World) -> None:
    """A base of 2 between a reach of 4 and a root of 1, ten years and twenty: half of ln 2 / 10."""
    lines = cut(
        world.lines,
        cartel=[0, 0, 0, 0],
        market=[0, 0, 0, 0],
        phase=[TRADING, TRADING, SHUT, TRADING],
        held=[False, True, False, False],
        reach_kg=[4, 4, 4, 0],
        base_kg=[2, 2, 2, 2],
        root_kg=[1, 1, 1, 1],
    )
    w = replace(world, lines=lines)
    w.markets.demand_kg[:] = w.markets.first_demand_kg
    years = with_numbers(P.expansion, experience_years=10.0, forgetting_years=20.0)
    gain_experience(w, years, int(WEEKS_PER_YEAR))
    part = int(WEEKS_PER_YEAR) / WEEKS_PER_YEAR
    wanted = 2.0 * math.exp(part * (math.log(2.0) / 10.0 - math.log(2.0) / 20.0))
    assert lines.base_kg == pytest.approx([wanted, 2, 2, 2])


# Pilots


def crew(w: World, pilots: int, slots: int) -> World:
    one = np.ones(pilots, int)
    made = cut(
        w.pilots,
        pool=0 * one,
        key=np.arange(pilots),
        status=np.where(np.arange(pilots) % 10 == 9, DEAD, ACTIVE),
        flights_left=one * slots,
    )
    return replace(w, pilots=made)


@pytest.mark.parametrize("availability", [0.3, 0.7])
def test_days_to_fly_are_binomial(world: World, availability: float) -> None:
    numbers = with_numbers(P.flying, availability=availability, largest_flights_per_week=4)
    w = crew(world, 20_000, 4)
    draw_availability(w.pilots, numbers, 7, CLOCK)
    living = w.pilots.status == ACTIVE
    left = w.pilots.flights_left[living]
    assert not w.pilots.flights_left[~living].any()
    for k in range(5):
        chance = math.comb(4, k) * availability**k * (1 - availability) ** (4 - k)
        assert (left == k).mean() == pytest.approx(chance, abs=0.012)


def test_who_always_has_a_day_has_all_of_them(world: World) -> None:
    numbers = with_numbers(P.flying, availability=1.0, largest_flights_per_week=3)
    w = crew(world, 20, 3)
    draw_availability(w.pilots, numbers, 7, CLOCK)
    assert (w.pilots.flights_left == np.where(w.pilots.status == ACTIVE, 3, 0)).all()


def test_no_more_fly_than_pilots_and_strips_allow(small: TraffickingModel) -> None:
    w, numbers = small.world, small.given.numbers
    for _ in range(4):
        small._pass_phases()
    before = w.pilots.flights.copy()
    air, loads = w.air, w.consignments
    loads.loaded[0] = 12
    loads.leg[:12], loads.line[:12], loads.pilot[:12] = air.leg[0], 0, -1
    air.slots[0] = 5.0
    match_pilots(w, numbers.flying, small.given.seed, CLOCK + 9, False)
    flown = (loads.pilot[:12] >= 0).sum()
    assert air.wanted[0] == 12 and air.flown[0] == flown <= 5
    assert (w.pilots.flights - before).sum() == flown


# Fates


def fates(w: World) -> World:
    """Four loads: on the road and safe, on the road and lost, in the air twice, one without kg."""
    loads = cut(
        w.consignments,
        line=np.zeros(4),
        leg=[0, 1, 2, 2],
        number=[1, 1, 1, 2],
        kg=[10, 10, 10, 0],
        fate=np.zeros(4),
        loaded=[4],
    )
    return replace(
        w,
        consignments=loads,
        legs=cut(w.legs, key=[1, 2, 3], prob=[0.0, 1.0, 0.0]),
        graph=cut(w.graph, air=[-1, -1, 0], start=[0, 0, 0]),
    )


def test_fates_at_their_limits(world: World) -> None:
    w = fates(world)
    draw_fates(w, with_numbers(P.interdiction, crash_prob=1.0), 1, CLOCK)
    assert list(w.consignments.fate) == [THROUGH, SEIZED_LOAD, CRASHED, GROUNDED]
    draw_fates(w, with_numbers(P.interdiction, crash_prob=0.0), 1, CLOCK)
    assert list(w.consignments.fate) == [THROUGH, SEIZED_LOAD, THROUGH, GROUNDED]


def test_a_seizure_costs_the_leading_gang_of_the_place_a_member(world: World) -> None:
    w = fates(world)
    gangs = cut(
        w.gangs,
        here=[[0, 1]],
        n_here=[2],
        control=[[0.3], [0.7]],
        members=[5, 5],
        arrested=[0, 0],
    )
    w = replace(w, gangs=gangs)
    w.consignments.fate[:] = [THROUGH, SEIZED_LOAD, CRASHED, GROUNDED]
    hold_crews(w, with_numbers(P.interdiction, crew_prob=1.0), 1, CLOCK)
    assert list(gangs.members) == [5, 4] and list(gangs.arrested) == [0, 1]
    hold_crews(w, with_numbers(P.interdiction, crew_prob=0.0), 1, CLOCK)
    gangs.members[1] = 0.5  # nobody left to hold
    hold_crews(w, with_numbers(P.interdiction, crew_prob=1.0), 1, CLOCK)
    assert list(gangs.members) == [5, 0.5] and list(gangs.arrested) == [0, 1]


# Places


def test_tolls_go_to_those_who_charge_them(world: World) -> None:
    """At one place two gangs, half of it each, charge 1 to 3; at the other there is nobody."""
    gangs = cut(
        world.gangs,
        here=[[0, 1], [0, 0]],
        n_here=[2, 0],
        control=[[0.5, 0.0], [0.5, 0.0]],
        affiliation=[0, 1, 2],
        toll_share=[0.1, 0.3, 0.9],
        worth_usd_per_kg=[10.0, 10.0],
        members=[10, 10, 0],
    )
    week = cut(world.week, toll_usd=[[0, 0], [0, 0], [80, 9]], gang_usd=[0, 0, 0])
    pay_gangs(week, gangs)
    assert week.gang_usd == pytest.approx([20, 60, 0])


def test_control_moves_towards_strength_and_sums_to_one(small: TraffickingModel) -> None:
    w, territory = small.world, small.given.numbers.territory
    before = w.gangs.control.copy()
    contest(w, territory, CLOCK)
    held = w.gangs.control.sum(axis=0)
    assert held[held > 0] == pytest.approx(1.0)
    most = territory.contest_per_year / WEEKS_PER_YEAR
    lost = (before > 0) & (w.gangs.control == 0)
    change = np.abs(w.gangs.control - before)[~lost]
    assert change.max() <= most / (1.0 - territory.smallest_hold * 3) and change.max() > 0


# At source and at exchanges


def test_offers_are_weighed_by_order_and_trust(world: World) -> None:
    """100 kg, of which orders of 30 and 30 take 60 %; trust 1 and 0 split it 1 : 0.2."""
    lines = cut(
        world.lines, cartel=[0, 1, 0], zone_order_kg=[[30.0], [30.0], [0.0]], phase=[TRADING] * 3
    )
    producers = cut(
        world.producers,
        zone=[0, 0],
        stock_kg=[100, 50],
        ask_usd_per_kg=[90, 110],
        trust=[[1.0, 0.0], [1.0, 0.0]],
        capacity_kg=[1, 1],
    )
    zones = cut(world.zones, price_usd_per_kg=[100.0])
    gate = FarmGate(
        buyers=np.zeros((1, 3), np.int64),
        n_buyers=np.zeros(1, np.int64),
        fill=np.zeros(1),
        weight=np.zeros((2, 3)),
        wish=np.zeros((3, 1)),
    )
    w = replace(world, lines=lines, producers=producers, zones=zones)
    list_buyers(lines, gate)
    assert gate.n_buyers[0] == 2 and list(gate.buyers[0, :2]) == [0, 1]
    fill_shares(lines, producers, zones, gate)
    assert gate.fill[0] == pytest.approx(0.6)  # the second producer asks too much
    weigh_offers(w, gate)
    assert gate.weight[:, :2] == pytest.approx(np.array([[50.0, 10.0], [0.0, 0.0]]))
    assert gate.wish[:, 0] == pytest.approx([50.0, 10.0, 0.0])


def test_a_buyer_whom_nobody_serves_looks_elsewhere(small: TraffickingModel) -> None:
    w = small.world
    if w.exchanges.goal.size == 0:
        pytest.skip("the small world has no exchange")
    see_offers(w, small.given.numbers.exchange)
    open_lines = w.lines.phase != SHUT
    pull = w.lines.zone_pull[open_lines][:, w.exchanges.source]
    assert (pull >= 0.0).all() and pull.any()
