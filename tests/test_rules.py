"""The rules on hand-worked cases and at their limits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, get_type_hints

import numpy as np
import pytest

from sim.engine.streams import log_normal, replicate_seed, stream_key, uniform
from sim.model import TraffickingModel
from sim.network import Network
from sim.parameters.sections import Parameters
from sim.rules.belief import learn, posterior
from sim.rules.dispatch import dispatch, draw_goal
from sim.rules.finance import withdraw
from sim.rules.flying import accepts, draw_availability, move_wage
from sim.rules.interdiction import interdict, patrol, seizure_prob
from sim.rules.netback import congestion_factor, leg_value, rents, value_line
from sim.rules.ordering import advantage_of, order_step, split_over_zones
from sim.rules.policing import reallocate
from sim.rules.pricing import demand_price
from sim.rules.production import produce
from sim.rules.purchase import buy, farm_gate_price, price_zones
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world
from sim.world.codes import QUARTER
from sim.world.records import blank
from sim.world.state import Cartels, Graph, Lines, Markets, Ways, World, Zones

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


# The value of a kilogram


def test_a_leg_without_risk_or_handlers_costs_its_charges() -> None:
    assert leg_value(1000.0, 0.0, 0.0, 1.0, 150.0, 1.0, 400.0) == 850.0


def test_a_leg_worked_by_hand() -> None:
    # 0.9 * 0.8 * 0.95 * 1000 - 50 - 0.1 * 300 - 0.5 * 0.1 * (950 + 300)
    assert leg_value(1000.0, 0.1, 0.2, 0.95, 50.0, 0.5, 300.0) == pytest.approx(541.5)


def test_congestion_at_capacity_and_far_below() -> None:
    p = P.routing.record()
    assert congestion_factor(10.0, 10.0, p) == pytest.approx(1.0 + p.congestion)
    assert congestion_factor(0.0, 10.0, p) == pytest.approx(1.0)
    assert congestion_factor(20.0, 10.0, p) == pytest.approx(1 + p.congestion * 16)


def bare(kind: Any, **members: Any) -> Any:
    """Return a group with the members given; every other array is empty."""
    hints = get_type_hints(kind)
    for name in hints.keys() - members.keys():
        members[name] = bare(hints[name]) if isinstance(hints[name], type) else np.zeros(0)
    return kind(**members)


def chain(sharpness: float, charges: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Value two parallel legs 0 > 1 and one leg 1 > 2 with a market worth 1000 at 2."""
    value, share, zero = np.zeros(3), np.zeros(3), np.zeros((1, 3))
    graph = bare(
        Graph,
        order=np.array([0, 1, 2]),
        start=np.array([0, 0, 1]),
        first_out=np.array([0, 2, 3, 3]),
        out_leg=np.array([0, 1, 2]),
        end=np.array([1, 1, 2]),
        market_place=np.array([2]),
        reaches=np.ones((1, 3), np.bool_),
    )
    world = bare(
        World,
        graph=graph,
        ways=blank(Ways, 3),
        markets=bare(Markets, expected_usd_per_kg=np.array([1000.0]), handling=zero),
        cartels=bare(Cartels, belief=zero, toll_usd_per_kg=zero),
    )
    routing = P.routing.model_copy(update={"aversion": 0.0, "choice_sharpness": sharpness})
    world.ways.fee_usd_per_kg[:], world.ways.size[:] = [*charges, 100.0], 1.0
    value_line(world, 0, 0, np.ones(3), np.ones(3), routing.record(), value, share)
    return value, share


def test_a_chain_worked_by_hand() -> None:
    value, share = chain(4.0, (50.0, 50.0))
    assert value == pytest.approx([850.0, 900.0, 1000.0])
    assert share == pytest.approx([0.5, 0.5, 1.0])


def test_what_an_owner_keeps_of_handling_is_worked_by_hand() -> None:
    """Two legs 0 > 1 > 2: 0.95 * 0.3 * 0.2 * 1000 = 57 at 1; 0.9 * (0.3 * 0.4 * 0.9 * 800 + 57)."""
    graph = bare(
        Graph,
        order=np.array([0, 1, 2]),
        first_out=np.array([0, 1, 2, 2]),
        out_leg=np.array([0, 1]),
        end=np.array([1, 2]),
        market_place=np.array([2]),
    )
    world = bare(
        World,
        graph=graph,
        markets=bare(Markets, handling=np.array([[0.4, 0.2, 0.0]])),
        cartels=bare(Cartels, belief=np.array([[0.1, 0.05]])),
    )
    value, share, rent = np.array([500.0, 800.0, 1000.0]), np.ones(2), np.full(3, np.nan)
    access = np.array([1.0, 0.9, 0.5])  # access at the market is settled with the sale
    rents(world, 0, 0, access, value, share, rent, 0.3)
    assert rent == pytest.approx([0.9 * (86.4 + 57.0), 57.0, 0.0])
    rents(world, 0, 0, access, value, np.array([0.25, 1.0]), rent, 0.3)
    assert rent[0] == pytest.approx(0.25 * 0.9 * (86.4 + 57.0))
    rents(world, 0, 0, access, value, share, rent, 0.0)
    assert (rent == 0.0).all()


def test_route_shares_follow_the_logit_and_its_limits() -> None:
    _, share = chain(4.0, (0.0, 90.0))
    assert share[1] / share[0] == pytest.approx(math.exp(4.0 * (810.0 / 900.0 - 1.0)))
    assert chain(0.0, (0.0, 90.0))[1][:2] == pytest.approx([0.5, 0.5])
    value, share = chain(2000.0, (0.0, 90.0))
    assert share[0] == pytest.approx(1.0) and value[0] == pytest.approx(900.0)


def test_a_leg_that_costs_more_than_it_brings_is_not_taken() -> None:
    value, share = chain(4.0, (2000.0, 2000.0))
    assert value[0] == 0.0 and share[0] == share[1] == 0.0


# Orders and the farm gate


def split(netbacks: list[float], pulls: list[float], sharpness: float) -> tuple[float, np.ndarray]:
    """Return the margin and the split of one book over zones where a kilogram costs 1 USD."""
    lines = bare(
        Lines,
        zone_pull=np.array([pulls]),
        zone_value=np.array([netbacks]),
        zone_order_kg=np.full((1, len(pulls)), 7.0),
    )
    zones = bare(Zones, price_usd_per_kg=np.ones(len(pulls)))
    margin = float(split_over_zones(0, lines, zones, sharpness))
    return margin, lines.zone_order_kg[0]


def test_a_book_split_by_hand() -> None:
    margin, shares = split([2.0, 1.0, 0.0], [1.0, 2.0, 1.0], 2.0)
    pulls = [1.0, 2.0 * math.exp(-1.0), math.exp(-2.0)]
    assert margin == pytest.approx(2.0 * (1.0 + math.log(sum(pulls) / 4.0) / 2.0) - 1.0)
    assert shares == pytest.approx([*(np.array(pulls[:2]) / sum(pulls[:2])), 0.0])


def test_zones_alike_are_worth_what_each_is_worth() -> None:
    margin, shares = split([1.3, 1.3, 1.3], [5.0, 3.0, 2.0], 2.0)
    assert margin == pytest.approx(0.3) and shares == pytest.approx([0.5, 0.3, 0.2])


@pytest.mark.parametrize("sharpness", [0.2, 2.0, 10.0])
def test_a_margin_never_rises_when_a_way_is_lost(sharpness: float) -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        netbacks, pulls = rng.uniform(0.05, 3.0, 4), rng.uniform(0.1, 1.0, 4)
        whole, _ = split(list(netbacks), list(pulls), sharpness)
        assert np.average(netbacks, weights=pulls) - 1.0 <= whole + 1e-12
        assert whole <= netbacks.max() - 1.0 + 1e-12
        for z in range(4):
            less = netbacks.copy()
            less[z] = 0.0
            poorer, shares = split(list(less), list(pulls), sharpness)
            assert poorer < whole and shares[z] == 0.0


def test_a_book_without_a_way_to_its_market_buys_nothing() -> None:
    margin, shares = split([0.0, -0.2], [1.0, 1.0], 2.0)
    assert margin == -1.0 and not shares.any()


def settle_book(advantage: float) -> float:
    p, order = P.ordering.record(), 10.0
    for _ in range(20_000):
        order *= math.exp(order_step(advantage, order, 100.0, p, True))
    return order


@pytest.mark.parametrize("advantage", [0.5, 1.0, 1.1, 1.8])
def test_an_order_book_settles_at_its_reach_times_a_power_of_its_advantage(
    advantage: float,
) -> None:
    closed = 100.0 * advantage**P.ordering.order_elasticity
    assert settle_book(advantage) == pytest.approx(closed, rel=1e-6)


def test_near_rest_a_gap_closes_at_the_speed_of_the_book() -> None:
    p, order = P.ordering.record(), 105.0
    for _ in range(20):
        order *= math.exp(order_step(1.0, order, 100.0, p, True))
    left = (1.0 - P.ordering.growth_per_week) ** 20
    assert math.log(order / 100.0) == pytest.approx(left * math.log(1.05), rel=1e-9)


def test_the_advantage_compares_netbacks_with_those_at_rest() -> None:
    assert advantage_of(0.2, 0.2) == 1.0
    assert advantage_of(0.5, 0.25) == pytest.approx(1.2)
    assert advantage_of(0.8, -0.1) == pytest.approx(2.0)
    # no way to the market: a twentieth of the price, and no division by nothing
    assert advantage_of(-1.0, 0.0) == pytest.approx(0.05)
    assert advantage_of(0.0, -1.0) == pytest.approx(20.0)
    assert advantage_of(-1.0, -1.0) == 1.0


def test_no_order_book_can_take_all() -> None:
    """The largest advantage over rest is that over having no way to the market at all."""
    largest = advantage_of(1.0, -1.0)
    closed = 100.0 * 40.0**P.ordering.order_elasticity
    assert settle_book(largest) == pytest.approx(closed, rel=1e-6)


def test_a_book_whose_way_is_lost_shrinks_to_a_power_of_a_twentieth() -> None:
    lost = settle_book(advantage_of(-1.0, 0.0)) / 100.0
    assert lost == pytest.approx(0.05**P.ordering.order_elasticity, rel=1e-6)
    assert lost < P.expansion.exit_share  # it is closed in the end


def test_without_saturation_nothing_holds_a_book_to_its_reach() -> None:
    p = P.ordering.record()
    near, far = (order_step(1.1, x, 100.0, p, False) for x in (10.0, 1e6))
    expected = P.ordering.growth_per_week * P.ordering.order_elasticity * math.log(1.1)
    assert near == far == pytest.approx(expected)


def test_an_order_never_moves_by_more_than_its_largest_step() -> None:
    p = P.ordering.record()
    steps = [order_step(a, x, 100.0, p, True) for a in (0.05, 1.0, 40.0) for x in (1e-3, 1e6)]
    assert max(map(abs, steps)) == P.ordering.largest_step_per_week


def settle_price(tightness: float) -> float:
    p, price = P.production.record(), 500.0
    for _ in range(500):
        price = farm_gate_price(price, 1150.0, tightness, p, 0.15)
    return price


def test_the_farm_price_leaves_buyers_the_normal_margin_when_orders_meet_supply() -> None:
    assert settle_price(1.0) == pytest.approx(1000.0)


def test_the_farm_price_never_passes_the_bid_and_falls_when_orders_are_short() -> None:
    assert settle_price(50.0) == pytest.approx(1150.0)
    assert settle_price(0.25) == pytest.approx(1000.0 * 0.25**P.production.price_elasticity)


def test_trade_at_the_farm_gate_conserves_goods_and_money(model: TraffickingModel) -> None:
    w = model.world
    w.week.bought_kg[:] = 0.0
    goods = w.producers.stock_kg.sum() + w.lines.stock_kg.sum()
    money = w.producers.cash_usd.sum() + w.cartels.capital_usd.sum()
    silent = int(np.argmax(w.producers.stock_kg))
    w.producers.ask_usd_per_kg[silent] = 1e9
    before = w.producers.stock_kg[silent]
    buy(w, model.given.numbers.production, model.given.farm_gate)
    assert w.producers.stock_kg.sum() + w.lines.stock_kg.sum() == pytest.approx(goods, rel=1e-12)
    assert w.producers.cash_usd.sum() + w.cartels.capital_usd.sum() == pytest.approx(money)
    assert w.week.bought_kg.sum() > 1000
    assert (w.week.bought_kg <= w.lines.zone_order_kg.sum(axis=1) + 1e-6).all()
    assert w.producers.stock_kg[silent] == before


def test_capacity_converges_to_its_long_run_level(model: TraffickingModel) -> None:
    """Closed form: the log gap to k_ref (p / p_ref)^E shrinks by 1 - s/52 a week."""
    w, p = model.world, model.given.numbers.production
    w.zones.price_usd_per_kg[:] = 1.3 * w.zones.reference_usd_per_kg
    w.producers.capacity_kg[:] = w.producers.reference_kg
    for _ in range(100):
        produce(w.producers, w.zones, w.books, p)
    target = P.production.long_run_elasticity * math.log(1.3)
    left = (1.0 - P.production.adjustment_per_year / 52.0) ** 100
    gap = np.log(w.producers.capacity_kg / w.producers.reference_kg)
    assert gap == pytest.approx(np.full(gap.size, target * (1 - left)), rel=1e-9)


# Dispatch, flying, interdiction


def test_kilograms_follow_the_route_shares() -> None:
    share, load = np.array([0.6, 0.3, 0.1]), np.array([40.0, 300.0, 1500.0])
    draws = (np.arange(50_000) + 0.5) / 50_000
    graph = bare(Graph, first_out=np.array([0, 3]), out_leg=np.arange(3))
    legs = np.array([draw_goal(0, graph, share, load, u) for u in draws])
    kg = np.bincount(legs, load[legs], 3)
    assert kg / kg.sum() == pytest.approx(share, abs=0.005)


def test_dispatch_loses_nothing_and_never_overloads(model: TraffickingModel) -> None:
    w = model.world
    before = w.lines.stock_kg.sum()
    dispatch(w, model.given.numbers.routing, 7, 10_000)
    n = w.consignments.loaded[0]
    loads = w.consignments.kg[:n]
    assert n > 100
    assert w.lines.stock_kg.sum() + loads.sum() == pytest.approx(before, rel=1e-12)
    assert (loads <= w.legs.load_kg[w.consignments.leg[:n]] + 1e-9).all()
    assert (loads >= P.routing.minimum_load_share * w.legs.load_kg[w.consignments.leg[:n]]).all()


def test_availability_is_binomial_and_at_most_four(model: TraffickingModel) -> None:
    w, p = model.world, model.given.numbers.flying
    w.pilots.status[:] = 0
    flights = []
    for week in range(200):
        draw_availability(w.pilots, p, 1, week)
        flights.append(w.pilots.flights_left.copy())
    drawn = np.concatenate(flights)
    assert drawn.max() <= 4
    assert drawn.mean() == pytest.approx(4 * P.flying.availability, rel=0.03)
    none = (1 - P.flying.availability) ** 4
    assert (drawn == 0).mean() == pytest.approx(none, rel=0.02)


def test_pilots_need_more_pay_for_more_risk(model: TraffickingModel) -> None:
    pilots = model.world.pilots

    def willing(wage: float, risk: float) -> int:
        return sum(accepts(pilots, i, wage, risk, True) for i in range(pilots.pool.size))

    assert willing(0.0, 0.0) == 0
    assert willing(20_000.0, 0.0) > willing(20_000.0, 0.02) > willing(20_000.0, 0.2)
    assert willing(60_000.0, 0.05) > willing(20_000.0, 0.05)
    i = int(np.argmax(pilots.limit / pilots.fear))  # the boldest
    wage = pilots.reservation_usd[i] + pilots.fear[i] * 0.05 * pilots.life_usd[i]
    assert accepts(pilots, i, wage + 1.0, 0.05, True)
    assert not accepts(pilots, i, wage - 1.0, 0.05, True)


def test_beyond_his_limit_no_wage_moves_a_pilot(model: TraffickingModel) -> None:
    pilots = model.world.pilots
    for i in range(pilots.pool.size):
        risk = pilots.limit[i] / pilots.fear[i]
        assert accepts(pilots, i, 1e12, 0.999 * risk, True)
        assert not accepts(pilots, i, 1e12, 1.001 * risk, True)


def test_wages_and_strip_rents_follow_scarcity(model: TraffickingModel) -> None:
    w, p = model.world, model.given.numbers.flying
    a = 0
    wage = w.air.wage_usd[a]
    w.air.rent_usd[a], w.air.wanted[a], w.air.flown[a], w.air.willing[a] = 0.0, 10.0, 1.0, 1.0
    move_wage(a, w.legs, w.air, p)
    assert w.air.wage_usd[a] > wage and w.air.rent_usd[a] == 0.0  # pilots short, strips not
    wage = w.air.wage_usd[a]
    w.air.wanted[a], w.air.willing[a] = 200.0, 500.0
    move_wage(a, w.legs, w.air, p)
    assert w.air.rent_usd[a] > 0.0 and w.air.wage_usd[a] < wage  # strips short, pilots idle
    for _ in range(50):
        w.air.wanted[a] = 1.0
        move_wage(a, w.legs, w.air, p)
    assert w.air.rent_usd[a] == 0.0


def test_seizure_probability_by_hand_and_its_limits() -> None:
    assert seizure_prob(0.1, 2.0, 10.0, 10.0, 0.3) == pytest.approx(0.19)
    assert seizure_prob(0.1, 0.0, 10.0, 10.0, 0.3) == 0.0
    assert seizure_prob(0.1, 1.0, 1000.0, 10.0, 0.3) == pytest.approx(0.06)  # floor of crowding
    assert seizure_prob(0.9, 50.0, 1.0, 10.0, 0.3) == 0.95


def send(model: TraffickingModel, prob: float, crash: float, death: float) -> None:
    """Send everything in stock on its way with a given seizure probability."""
    w, numbers = model.world, model.given.numbers
    dispatch(w, numbers.routing, 7, 10_000)
    patrol(w.legs, numbers.interdiction)
    w.legs.prob[:] = prob
    w.air.death_prob[:] = death
    changed = {"crash_prob": crash, "detention_prob": 0.0}
    interdiction = P.interdiction.model_copy(update=changed).record()
    numbers = replace(numbers, interdiction=interdiction)
    for c in range(w.consignments.loaded[0]):
        if w.graph.air[w.consignments.leg[c]] >= 0:
            w.consignments.pilot[c] = c % w.pilots.pool.size
    interdict(w, numbers, 7, 10_000)


@pytest.fixture
def fresh(model: TraffickingModel) -> TraffickingModel:
    w = model.world
    w.books.kg[:], w.books.usd[:], w.pilots.status[:] = 0.0, 0.0, 0
    w.week.seized_kg[:] = 0.0
    return model


def test_every_load_gets_through_or_is_seized_or_crashes(fresh: TraffickingModel) -> None:
    w = fresh.world
    transit = w.lines.arriving_kg.sum()
    send(fresh, 0.4, 0.1, 0.5)
    sent = w.consignments.kg[: w.consignments.loaded[0]].sum()
    through = w.lines.arriving_kg.sum() - transit
    assert through + w.books.kg[1] + w.books.kg[2] == pytest.approx(sent, rel=1e-12)
    assert 0.3 < w.books.kg[1] / sent < 0.5


def test_a_seized_flight_costs_its_owner_the_aircraft(fresh: TraffickingModel) -> None:
    w = fresh.world
    send(fresh, 1.0, 0.0, 0.0)
    air = int((w.graph.air[w.consignments.leg[: w.consignments.loaded[0]]] >= 0).sum())
    assert air > 5
    assert w.books.usd[3] == pytest.approx(air * P.flying.aircraft_usd)
    assert (w.pilots.status == 0).all()  # at death and detention probability 0 nobody is lost


def test_without_interdiction_nothing_is_seized(fresh: TraffickingModel) -> None:
    send(fresh, 0.0, 0.0, 1.0)
    assert fresh.world.books.kg[1] == 0.0 and (fresh.world.pilots.status == 0).all()


def test_where_every_seizure_kills_the_dead_are_counted(fresh: TraffickingModel) -> None:
    send(fresh, 1.0, 0.0, 1.0)
    assert (fresh.world.pilots.status == 2).sum() == fresh.world.air.killed.sum() > 0


def test_owners_take_out_what_the_business_does_not_need(model: TraffickingModel) -> None:
    w, p = model.world, model.given.numbers.ordering
    w.week.paid_usd[:] = 0.0
    w.cartels.spending_usd[:], w.cartels.capital_usd[:] = 0.0, 100.0
    w.cartels.chest_usd[:] = 0.0
    w.books.usd[:] = 0.0
    withdraw(w, p)
    assert w.cartels.capital_usd == pytest.approx(
        np.full(w.cartels.capital_usd.size, 100.0 * (1 - P.ordering.withdrawal_per_week))
    )
    assert w.books.usd[4] + w.cartels.capital_usd.sum() == pytest.approx(
        100.0 * w.cartels.capital_usd.size
    )
    w.cartels.spending_usd[:] = 1e9
    before = w.cartels.capital_usd.copy()
    withdraw(w, p)
    assert np.array_equal(before, w.cartels.capital_usd)


def test_owners_leave_what_their_purchases_need(model: TraffickingModel) -> None:
    """Who spends a twentieth of its capital a week needs 20 weeks of it, not the usual 10."""
    changed = {"capital_weeks": 10.0, "spending_share_per_week": 0.05}
    w, p = model.world, P.ordering.model_copy(update=changed).record()
    w.week.paid_usd[:] = w.cartels.chest_usd[:] = 0.0
    w.cartels.chest_only[:] = False
    w.cartels.spending_usd[:] = 100.0 / (1.0 - 1.0 / QUARTER)  # 100 after this week's smoothing
    w.cartels.capital_usd[:] = 2000.0
    withdraw(w, p)
    assert w.cartels.capital_usd == pytest.approx(2000.0)
    w.cartels.spending_usd[:] = 100.0 / (1.0 - 1.0 / QUARTER)
    w.cartels.capital_usd[:] = 2100.0
    withdraw(w, p)
    taken = 100.0 * P.ordering.withdrawal_per_week
    assert w.cartels.capital_usd == pytest.approx(2100.0 - taken)


def test_what_is_held_back_presses_no_price(model: TraffickingModel) -> None:
    w, numbers = model.world, model.given.numbers
    first, made = w.zones.price_usd_per_kg.copy(), w.producers
    dear = np.arange(len(made.zone)) % 2 == 0  # every other one asks more than anybody pays
    made.ask_usd_per_kg[:] = np.where(dear, 1e9, 0.0)
    args = (w.lines, made, w.zones, numbers.production, numbers.ordering.normal_margin)
    price_zones(*args)
    held_back = w.zones.price_usd_per_kg.copy()
    w.zones.price_usd_per_kg[:] = first
    made.capacity_kg[dear] = made.stock_kg[dear] = 0.0
    price_zones(*args)
    assert np.array_equal(held_back, w.zones.price_usd_per_kg)


def test_where_all_is_held_back_the_price_rises_towards_the_bid(model: TraffickingModel) -> None:
    w, numbers = model.world, model.given.numbers
    first, orders = w.zones.price_usd_per_kg.copy(), w.lines.zone_order_kg
    bid = (orders * w.lines.zone_value).sum(axis=0) / np.maximum(orders.sum(axis=0), 1e-9)
    w.producers.ask_usd_per_kg[:] = 1e9
    price_zones(w.lines, w.producers, w.zones, numbers.production, numbers.ordering.normal_margin)
    step = (bid - first) / P.production.price_smoothing_weeks
    there = orders.sum(axis=0) > 0.0
    assert there.any()
    assert w.zones.price_usd_per_kg[there] == pytest.approx((first + step)[there])


def test_nobody_asks_more_than_the_price_of_the_data() -> None:
    scenario = Scenario.load("baseline", ["production.ask_share=0.6", "production.ask_spread=0.6"])
    world = build_world(scenario, Network.of(scenario), 1)
    price = world.zones.reference_usd_per_kg[world.producers.zone]
    share = world.producers.ask_usd_per_kg / price
    assert share.max() == 1.0 and share.min() < 0.4


# Markets, beliefs, agencies, draws


def test_the_market_price_has_constant_elasticity() -> None:
    assert demand_price(100.0, 80.0, 80.0, 0.7) == pytest.approx(100.0)
    up = math.log(demand_price(100.0, 79.2, 80.0, 0.5) / 100.0)
    assert up == pytest.approx(-math.log(0.99) / 0.5)


def test_at_unit_elasticity_revenue_does_not_depend_on_quantity() -> None:
    revenue = [q * demand_price(100.0, q, 50.0, 1.0) for q in (20.0, 50.0, 120.0)]
    assert revenue == pytest.approx([5000.0] * 3)


def test_beliefs_are_beta_means_and_stay_below_one() -> None:
    assert posterior(0.1, 30.0, 0.0, 0.0) == pytest.approx(0.1)
    assert posterior(0.1, 10.0, 4.0, 10.0) == pytest.approx(0.25)
    assert posterior(0.1, 10.0, 1e9, 1e9) == 0.95


def test_belief_returns_to_the_prior_in_two_quiet_years(model: TraffickingModel) -> None:
    w = model.world
    w.cartels.hits[:], w.cartels.runs[:] = 10.0, 20.0
    for account in (
        w.week.leg_seized,
        w.week.leg_trips,
        w.cartels.fresh_hits,
        w.cartels.fresh_runs,
    ):
        account[...] = 0.0
    w.legs.known_prob[:] = w.legs.prior_prob  # the usual risk, which is held here
    p, on = model.given.numbers.learning, replace(model.given.on, lasting_risk=False)
    first = None
    for _ in range(104):
        learn(w, p, 0.3, on)
        first = w.cartels.belief.copy() if first is None else first
    traders = w.cartels.trades
    before = np.abs(first - w.legs.prior_prob)[traders].max()
    assert 0.0 < np.abs(w.cartels.belief - w.legs.prior_prob)[traders].max() < 0.15 * before
    learn(w, p, 0.3, replace(on, learning=False))
    assert np.array_equal(w.cartels.belief[0], w.legs.prior_prob)


def test_agencies_spend_their_budget_exactly_and_follow_results(model: TraffickingModel) -> None:
    w = model.world
    first = w.legs.effort.copy()
    mine = np.flatnonzero(w.legs.agency == w.legs.agency[0])
    w.week.leg_seized_kg[:] = 1.0
    w.week.leg_seized_kg[mine[0]] = 500.0
    for _ in range(52):
        reallocate(w.legs, w.week, w.agencies, first, model.given.numbers.interdiction)
    spent = np.bincount(w.legs.agency, w.legs.effort, w.agencies.budget.size)
    assert spent == pytest.approx(w.agencies.budget, rel=1e-9)
    assert w.legs.effort[mine[0]] > first[mine[0]]


def test_draws_are_uniform_and_keyed() -> None:
    key = stream_key(1, 2, 3)
    drawn = np.array([uniform(key, row, 0) for row in range(20_000)])
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert drawn.var() == pytest.approx(1 / 12, abs=0.002)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.02
    assert uniform(key, 77, 0) == drawn[77]  # whatever was drawn before
    others = {uniform(stream_key(*k), 77, 0) for k in ((2, 2, 3), (1, 3, 3), (1, 2, 4))}
    assert len(others | {drawn[77]}) == 4
    assert len({replicate_seed(1, r) for r in range(1000)}) == 1000


def test_log_normal_factors_have_median_one_and_keep_their_row() -> None:
    rows = np.arange(10_000)
    drawn = log_normal(5, 0, rows, 0.7)
    assert np.median(drawn) == pytest.approx(1.0, rel=0.03)
    assert np.log(drawn).std() == pytest.approx(0.7, rel=0.03)
    assert np.array_equal(log_normal(5, 0, rows[5:9], 0.7), drawn[5:9])
