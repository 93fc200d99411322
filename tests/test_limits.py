"""What rules do at their limits, worked by hand: full lists, empty purses, bounds of every kind."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import cut

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.rules.costs import foothold_scale, place_cost, reach_cost
from sim.rules.dispatch import dispatch
from sim.rules.exchange import CLOSED, contract_cost, mean_contract, supply_at, trade
from sim.rules.expansion import draw_new_line, largest_step, mean_price, purse
from sim.rules.flying import draw_availability, possible_flights, scarcity
from sim.rules.interdiction import leading_gang, patrol, seizure_prob
from sim.rules.membership import draw_of_income, hazard_of_arrest, recruit
from sim.rules.netback import congest, congestion_factor
from sim.rules.posts import post_rate
from sim.rules.pricing import demand_price, form_expectations, sell
from sim.rules.production import produce
from sim.rules.retreat import goods_of, review_line
from sim.rules.size import pay_networks, resize_lines
from sim.rules.stakes import watch_rents
from sim.rules.territory import (
    all_strength,
    draw_by_rents,
    expected_toll,
    firmness,
    newcomer_strength,
    review_territory,
    strength,
)
from sim.rules.tolls import adjust_tolls
from sim.rules.trust import settled_trust
from sim.rules.violence import fight_rate, forget_pressure, heal, spill_over
from sim.world.codes import CLOCK, NETWORKS, RUNNING_DOWN, SHUT, TRADING
from sim.world.state import World

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


@pytest.fixture
def world(small: TraffickingModel) -> World:
    return small.world


def with_numbers(section: Any, **numbers: float) -> Any:
    return section.model_copy(update=numbers).record()


# Goods on their way


def test_stock_stays_where_no_more_loads_can_be_listed(small: TraffickingModel) -> None:
    w, p = small.world, small.given.numbers.routing
    small._pass_phases()
    w.lines.stock_kg[:] = 0.0
    n = int(np.flatnonzero(w.graph.key == w.graph.key[0])[0])
    row = int(
        np.flatnonzero(
            (w.lines.phase == TRADING)
            & (
                w.lines.share[
                    :, w.graph.out_leg[w.graph.first_out[n] : w.graph.first_out[n + 1]]
                ].sum(axis=1)
                > 0
            )
        )[0]
    )
    w.lines.stock_kg[row, n] = 10_000.0
    loads = cut(w.consignments, 3)
    short = replace(w, consignments=replace(loads, loaded=np.zeros(1, np.int64)))
    dispatch(short, p, 7, CLOCK)
    assert short.consignments.loaded[0] == 3
    left = short.lines.stock_kg.sum() + short.consignments.kg.sum()
    assert left == pytest.approx(10_000.0) and short.lines.stock_kg[row, n] > 5_000.0


def test_a_crowd_is_cover_until_the_force_is_used_to_it(world: World) -> None:
    """Ten times the usual traffic: the full relief at first, none once it is usual."""
    same = {"base_prob": [0.2, 0.2], "effort": [1, 1], "campaign": [1, 1], "steered": [1, 1]}
    legs = cut(world.legs, 2, trips=[10.0, 0.0], usual_trips=[1, 1], presence=[1, 1], **same)
    p = with_numbers(P.interdiction, seizure_factor=1.0, dilution=0.15, crowd_weeks=10.0)
    patrol(legs, p)
    assert legs.usual_trips == pytest.approx([1.9, 0.9])
    assert legs.prob == pytest.approx([0.2 * (10.0 / 1.9) ** -0.15, 0.3])
    for _ in range(200):
        patrol(legs, p)
    assert legs.usual_trips == pytest.approx([10.0, 0.1])
    assert legs.prob[0] == pytest.approx(0.2)


def test_seizure_never_passes_its_bounds(world: World) -> None:
    legs = cut(
        world.legs,
        4,
        base_prob=[0.2, 0.9, 0.2, 0.0],
        effort=[1, 1, 2, 1],
        campaign=[2, 1, 0.5, 1],
        steered=[1, 1, 3, 1],
        trips=[1, 1, 1, 1],
        usual_trips=[1, 1, 1, 1],
        presence=[1, 1, 2, 1],
    )
    patrol(legs, with_numbers(P.interdiction, seizure_factor=2.0, dilution=0.0))
    twice, thrice = 1.0 - 0.6**2, 2.0 * (1.0 - 0.6**3)
    assert legs.prob == pytest.approx([twice, 0.95, min(thrice, 0.95), 0.0])
    legs.effort[:], legs.presence[:] = 0.1, 1.0
    patrol(legs, with_numbers(P.interdiction, seizure_factor=2.0, dilution=0.0))
    assert legs.prob[1] == pytest.approx(1.0 - 0.05**0.1)  # 1.8 counts as 0.95
    assert seizure_prob(0.1, 1.0, 1.0, 1000.0, 0.5) == pytest.approx(0.15)  # few among few
    assert seizure_prob(0.1, 1.0, 0.0, 0.0, 0.5) == pytest.approx(0.1)


def test_congestion_follows_smoothed_flow_and_capacity_the_lasting_one(world: World) -> None:
    legs = cut(
        world.legs,
        2,
        flow_kg=[10, 10],
        trips=[4, 4],
        capacity_kg=[50, 50],
        first_capacity_kg=[40, math.nan],
        fee_factor=[9, 9],
    )
    week = cut(world.week, 2, leg_kg=[110, 10], leg_trips=[14, 4])
    p = P.routing.model_copy(update={"congestion_weeks": 10.0, "capacity_adaptation_per_year": 5.2})
    congest(legs, week, p.record(), False)
    assert legs.flow_kg == pytest.approx([20.0, 10.0]) and legs.trips == pytest.approx([5.0, 4.0])
    assert legs.capacity_kg[0] == pytest.approx(50.0 + 0.1 * (40.0 - 50.0))
    assert (legs.fee_factor == 1.0).all()
    legs.flow_kg[0] = week.leg_kg[0] = 200.0
    congest(legs, week, p.record(), True)
    assert legs.capacity_kg[0] == pytest.approx(49.0 + 0.1 * (200.0 - 49.0))
    factor = 1.0 + p.congestion * (200.0 / legs.capacity_kg[0]) ** p.congestion_power
    assert legs.fee_factor[0] == pytest.approx(factor)
    assert congestion_factor(1e9, 1.0, p.record()) == pytest.approx(
        1.0 + p.congestion * 10.0**p.congestion_power
    )


# Flights


def test_where_nothing_keeps_pilots_down_all_fly_as_often_as_they_can(world: World) -> None:
    pilots = cut(world.pilots, 4, key=[1, 2, 3, 4], status=[0, 1, 2, 0], flights_left=[9, 9, 9, 9])
    p = with_numbers(P.flying, availability=1.0, largest_flights_per_week=3.0)
    draw_availability(pilots, p, 1, 0)
    assert list(pilots.flights_left) == [3, 0, 0, 3]


def test_flights_are_as_many_as_open_strips_allow_and_scarcity_is_even(world: World) -> None:
    legs = cut(world.legs, 2, open_share=[1, 0.3])
    air = cut(world.air, 1, leg=[1], slots=[10])
    assert possible_flights(0, legs, air) == 3.0
    legs.open_share[1] = 0.31
    assert possible_flights(0, legs, air) == 4.0
    assert scarcity(3.0, 1.0) == -scarcity(1.0, 3.0) == 0.5 and scarcity(0.0, 2.0) == -1.0


# Markets and producers


def test_market_prices_stay_between_a_tenth_and_ten_times_the_reference() -> None:
    assert demand_price(100.0, 1e-12, 50.0, 0.5) == 1000.0
    assert demand_price(100.0, 1e12, 50.0, 0.5) == 10.0
    assert demand_price(100.0, 49.0, 50.0, 1.0) == pytest.approx(100.0 * 50.0 / 49.0)


def market_of(w: World, **members: Any) -> Any:
    usual = {
        "reference_usd_per_kg": [100],
        "elasticity": [1],
        "demand_kg": [50],
        "smoothed_kg": [40],
        "coming_kg": [30],
        "year_bought_kg": [20],
        "year_delivered_kg": [10],
        "expected_usd_per_kg": [100],
        "delivered_kg": [62],
        "ends": [True],
    }
    return cut(w.markets, 1, **(usual | members))


def test_traders_expect_what_is_on_its_way_to_bring_its_price(world: World) -> None:
    lines = cut(world.lines, 2, market=[0, 0], cartel=[0, 0])
    week = cut(world.week, 2, bought_kg=[20, 50])
    for foresight in (0.0, 0.5, 1.0):
        markets = market_of(world)
        p = with_numbers(P.market, expectation_weeks=4.0, foresight=foresight)
        form_expectations(lines, week, markets, p)
        coming = 30.0 + (70.0 - 30.0) / 4.0
        bought, delivered = 20.0 + 50.0 / 52.0, 10.0 + 52.0 / 52.0
        assert markets.coming_kg[0] == pytest.approx(coming)
        assert markets.year_bought_kg[0] == pytest.approx(bought)
        assert markets.year_delivered_kg[0] == pytest.approx(delivered)
        kg = 40.0 ** (1.0 - foresight) * (coming * delivered / bought) ** foresight
        price = 100.0 * 50.0 / kg
        assert markets.expected_usd_per_kg[0] == pytest.approx(100.0 + (price - 100.0) / 4.0)
    exchange = market_of(world, ends=[False])
    form_expectations(lines, week, exchange, p)
    assert exchange.coming_kg[0] == 30.0 and exchange.expected_usd_per_kg[0] == 100.0


def test_sellers_get_the_price_less_what_partners_keep(world: World) -> None:
    markets = market_of(world, price_usd_per_kg=[1])
    w = replace(
        world,
        markets=markets,
        graph=cut(world.graph, market_place=[0]),
        lines=cut(world.lines, 2, market=[0, 0], cartel=[0, 1]),
        week=cut(world.week, 2, delivered_kg=[10, 0]),
        cartels=cut(world.cartels, 2, access=[[0.9], [1.0]], capital_usd=[5, 5]),
        books=cut(world.books, kg=np.zeros(4), usd=np.zeros(9)),
    )
    sell(w, with_numbers(P.market, smoothing_weeks=11.0))
    price = 100.0 * 50.0 / 42.0  # 40 + (62 - 40) / 11
    assert markets.price_usd_per_kg[0] == pytest.approx(price)
    assert w.cartels.capital_usd == pytest.approx([5.0 + 9.0 * price, 5.0])
    assert w.week.revenue_usd == pytest.approx([9.0 * price, 0.0])
    assert w.books.kg[3] == 10.0 and w.books.usd[0] == pytest.approx(10.0 * price)
    assert w.books.usd[2] == pytest.approx(price)


def test_output_spoils_and_capacity_knows_no_price_below_a_thousandth(world: World) -> None:
    producers = cut(
        world.producers,
        2,
        zone=[0, 1],
        reference_kg=[100, 0],
        capacity_kg=[50, 7],
        stock_kg=[200, 0],
    )
    zones = cut(
        world.zones,
        2,
        reference_usd_per_kg=[1000, 1000],
        price_usd_per_kg=[1e-9, 1000],
        supply_factor=[0.5, 1],
        given_supply=[3, 1],
        response=[0.5, 1],
    )
    books = cut(world.books, kg=np.zeros(4))
    p = P.production.model_copy(update={"spoilage_per_week": 0.02, "long_run_elasticity": 2.0})
    produce(producers, zones, books, p.record())
    speed = p.adjustment_per_year / 52.0
    capacity = 50.0 * math.exp(speed * (0.5 * 2.0 * math.log(1e-3) + math.log(2.0)))
    assert producers.capacity_kg == pytest.approx([capacity, 7.0])
    assert producers.stock_kg == pytest.approx([200.0 - 4.0 + 1.5 * capacity, 7.0])
    assert books.kg[:3] == pytest.approx([1.5 * capacity + 7.0, 0.0, 4.0])


# Exchanges


def test_what_strangers_pay_and_who_is_left_to_sell(world: World) -> None:
    assert (
        contract_cost(0.5, 0.2, 2.0) == pytest.approx(0.2) and contract_cost(1.0, 9.0, 9.0) == 0.0
    )
    p = with_numbers(P.exchange, contract_factor=2.0, stock_release_per_week=0.25)
    ex = cut(
        world.exchanges,
        3,
        offered_kg=[[10, 30, 0]],
        tie=[[1, 0.5, 0], [0, 0, 0], [1, 1, 1]],
        contract_share=[0.4],
        cover_weeks=[2],
        goal=[0],
    )
    near, far = 10.0 * 1.0, 30.0 * 0.6  # served as 0.2 + 0.8 tie
    assert mean_contract(0, 0, ex, p) == pytest.approx(far * 0.4 / (near + far))
    assert mean_contract(1, 0, ex, p) == pytest.approx(0.8)
    assert mean_contract(2, 0, ex, p) == 0.0
    dear = with_numbers(P.exchange, contract_factor=2.5)
    assert mean_contract(1, 0, ex, dear) == CLOSED  # as dear as the goods
    w = replace(world, exchanges=ex, markets=cut(world.markets, smoothed_kg=[12]))
    assert supply_at(0, w, p) == pytest.approx(12.0 + 0.25 * (40.0 - 24.0))
    w.exchanges.offered_kg[:] = 0.0
    w.markets.smoothed_kg[0], w.exchanges.cover_weeks[0] = 12.0, 20.0
    assert supply_at(0, w, p) == pytest.approx(1.2)


def test_an_exchange_where_nobody_orders_is_remembered_as_it_was(small: TraffickingModel) -> None:
    w, p = small.world, small.given.numbers.exchange
    small._pass_phases()
    w.lines.zone_order_kg[:, w.exchanges.source[0]] = 0.0
    w.exchanges.ordered_kg[0], w.exchanges.filled[0] = 0.0, 0.7
    trade(w, p)
    assert w.exchanges.filled[0] == 0.7 and w.exchanges.sold_kg[0] == 0.0


# Investment


def test_purses_are_shares_of_what_is_not_needed_and_never_less_than_nothing(world: World) -> None:
    cartels = cut(
        world.cartels,
        4,
        trades=[True, True, False, False],
        capital_usd=[1000, 100, 50, -500],
        spending_usd=[10, 10, 10, 10],
    )
    gangs = cut(world.gangs, 4, cash_usd=[7, 7, 350, 350])
    p = with_numbers(P.expansion, capital_share=0.1, founding_share=0.5)
    found = [purse(o, cartels, gangs, p, 20.0) for o in range(4)]
    assert found == pytest.approx([0.1 * 800.0, 0.0, 0.5 * 400.0, 0.0])


def test_a_step_is_bounded_by_market_and_people_who_are_more_than_a_newcomers() -> None:
    p = with_numbers(P.expansion, growth_step=0.1, step_share=0.05)
    assert largest_step(1000.0, 300.0, p) == pytest.approx(30.0)
    assert largest_step(1000.0, 0.0, p) == pytest.approx(2.0)
    assert largest_step(1000.0, 3000.0, p) == pytest.approx(50.0)
    expansion = P.expansion.model_copy(update={"reach_cost_years": 1.0, "concentration_cost": 1.0})
    assert reach_cost(10.0, 3.0, expansion.record()) == pytest.approx(520.0 * math.e)
    assert reach_cost(10.0, -1.0, expansion.record()) == pytest.approx(520.0 / math.e)


def test_costs_of_places_by_hand(world: World) -> None:
    cartels = cut(world.cartels, distance_km=[[0, 500]])
    p = P.expansion.model_copy(
        update={"place_usd": 100.0, "away_per_1000_km": 0.4, "discount_per_year": 0.0}
    )
    assert place_cost(cartels, 0, 0, p.record()) == 100.0
    assert place_cost(cartels, 0, 1, p.record()) == pytest.approx(120.0)
    weekly = 1.0 / (52.0 * p.horizon_years) + p.upkeep_per_year / 52.0
    assert post_rate(p.record()) == pytest.approx(weekly, rel=1e-4)
    scale = with_numbers(P.territory, foothold_members=100.0, foothold_power=0.5)
    assert foothold_scale(400.0, scale) == pytest.approx(2.0)


def test_new_markets_are_drawn_from_those_that_are_shut_and_free(world: World) -> None:
    lines = cut(
        world.lines,
        6,
        cartel=[0, 0, 0, 0, 0, 1],
        phase=[SHUT, TRADING, SHUT, SHUT, SHUT, SHUT],
        permitted=[True, True, False, True, True, True],
        held=[False, False, False, True, False, False],
    )
    assert [draw_new_line(0, lines, u) for u in (0.0, 0.49, 0.5, 0.999)] == [0, 0, 4, 4]
    assert draw_new_line(1, lines, 0.3) == 5 and draw_new_line(2, lines, 0.3) == -1
    zones = cut(world.zones, 2, price_usd_per_kg=[100, 400])
    orders = replace(lines, zone_order_kg=np.array([[3.0, 1.0], [0.0, 0.0]]))
    assert mean_price(0, orders, zones, 9.0) == 175.0 and mean_price(1, orders, zones, 9.0) == 9.0


def owner(w: World, capital: float, **members: Any) -> World:
    """One cartel with a line of 100 kg, another that it runs down, and one of somebody else."""
    usual = {
        "cartel": [0, 0, 1],
        "phase": [TRADING, RUNNING_DOWN, TRADING],
        "market": [0, 0, 0],
        "reach_kg": [100, 100, 100],
    }
    return replace(
        w,
        lines=cut(w.lines, 3, **(usual | members)),
        markets=cut(w.markets, demand_kg=[1000]),
        cartels=cut(w.cartels, 2, trades=[True, True], capital_usd=[capital, 0]),
        gangs=cut(w.gangs, 2),
        books=cut(w.books, usd=np.zeros(9)),
    )


def resized(w: World, model: TraffickingModel, step: float, **numbers: float) -> float:
    """Resize the line of an owner, whose network costs 10 USD a kilogram; return its reach."""
    usual = {"wear_per_year": 0.13, "growth_step": 0.2, "review_weeks": 4.0, "capital_share": 0.5}
    p = with_numbers(P.expansion, **(usual | numbers))
    given = replace(model.given.numbers, expansion=p)
    resize_lines(0, w, given, np.array([step, step, step]), np.full(3, 10.0), 4)
    assert list(w.lines.reach_kg[1:]) == [100.0, 100.0] and w.cartels.capital_usd[1] == 0.0
    return float(w.lines.reach_kg[0])


def test_who_can_pay_makes_wear_good_and_grows_as_it_wants(small: TraffickingModel) -> None:
    """Wear is 1 % of 100 kg: 10 USD. Growth by a tenth is 10 kg: 100 USD more."""
    w = owner(small.world, 10_000.0)
    assert resized(w, small, math.log(1.1)) == pytest.approx(110.0)
    assert w.cartels.capital_usd[0] == pytest.approx(9_890.0)
    assert w.books.usd[NETWORKS] == pytest.approx(110.0)


def test_growth_is_held_back_by_people_and_by_money(small: TraffickingModel) -> None:
    """20 people build 20 kg; 30 more cost c (50 + 30^2 / 20). A purse of 60 USD builds 6 kg."""
    w = owner(small.world, 1e6)
    assert resized(w, small, math.log(1.5)) == pytest.approx(150.0)
    assert w.books.usd[NETWORKS] == pytest.approx(10.0 + 10.0 * (50.0 + 900.0 / 20.0))
    w = owner(small.world, 130.0)
    assert resized(w, small, math.log(1.5)) == pytest.approx(106.0)
    w = owner(small.world, 1e6)  # people of a newcomer: 2 of 1000 kg
    assert resized(w, small, math.log(1.02), growth_step=0.001) == pytest.approx(102.0)
    assert w.books.usd[NETWORKS] == pytest.approx(10.0 + 20.0)


def test_who_cannot_pay_wears_and_who_shrinks_shrinks(small: TraffickingModel) -> None:
    w = owner(small.world, 2.5)
    assert resized(w, small, 0.0) == pytest.approx(100.0 * (1.0 - 0.75 * 0.01))
    assert w.cartels.capital_usd[0] == pytest.approx(0.0)
    w = owner(small.world, -50.0)
    assert resized(w, small, 0.0) == pytest.approx(99.0)
    assert w.cartels.capital_usd[0] == -50.0
    w = owner(small.world, -50.0, held=[True, False, False])
    assert resized(w, small, 0.0) == 100.0
    w = owner(small.world, 1e6)
    assert resized(w, small, math.log(0.8)) == pytest.approx(80.0)
    pay_networks(1, 5.0, w)
    assert w.cartels.capital_usd[1] == -5.0


# Leaving


def test_a_line_is_poor_below_its_share_and_shut_when_all_is_sold(world: World) -> None:
    lines = cut(
        world.lines,
        3,
        phase=[TRADING, TRADING, RUNNING_DOWN],
        permitted=[True, False, True],
        order_kg=[9, 1, 0],
        base_kg=[100, 100, 100],
        poor_weeks=[12, 12, 0],
    )
    lines = replace(lines, stock_kg=np.zeros((3, 2)), arriving_kg=np.zeros((3, 2, 2)))
    lines = replace(lines, zone_order_kg=np.ones((3, 2)))
    p = with_numbers(P.expansion, exit_share=0.1, patience_weeks=13.0)
    for row in (0, 1):
        review_line(row, lines, world.moves, p, CLOCK)
    assert list(lines.poor_weeks) == [13, 0, 0] and lines.phase[0] == TRADING
    lines.order_kg[0] = 10.0  # not below a tenth
    review_line(0, lines, world.moves, p, CLOCK)
    assert lines.poor_weeks[0] == 0
    lines.order_kg[0], lines.poor_weeks[0] = 1.0, 13
    review_line(0, lines, world.moves, p, CLOCK)
    assert lines.phase[0] == RUNNING_DOWN and not lines.zone_order_kg[0].any()
    lines.arriving_kg[2, 1, 1] = 0.5
    assert goods_of(2, lines) == 0.5
    weeks = [now for now in range(CLOCK, CLOCK + 13) if (now + 2) % 13 == 0]
    review_line(2, lines, world.moves, p, weeks[0])
    assert lines.phase[2] == RUNNING_DOWN
    lines.arriving_kg[:] = 0.0
    review_line(2, lines, world.moves, p, weeks[0] + 1)
    assert lines.phase[2] == RUNNING_DOWN  # once a quarter
    review_line(2, lines, world.moves, p, weeks[0])
    assert lines.phase[2] == SHUT


# Gangs


def gangs_at(w: World, **members: Any) -> Any:
    """Two gangs at the one place 0, and one elsewhere."""
    usual = {
        "here": [[0, 1, -1], [2, -1, -1]],
        "n_here": [2, 1],
        "control": [[0.75, 0], [0.25, 0], [0, 1]],
        "local": [[0.6, 0], [0.2, 0], [0, 1]],
        "members": [100, 50, 10],
        "usual_members": [50, 50, 0],
        "places": [2, 1, 0],
        "usual_places": [1, 1, 0],
        "cohesion": [1, 0.5, 1],
        "affiliation": [1, -1, -1],
        "toll_share": [0.1, 0.2, 0.3],
        "worth_usd_per_kg": [1000, 1000],
    }
    return cut(w.gangs, 3, **(usual | members))


def test_firmness_and_strength_by_hand(world: World) -> None:
    gangs = gangs_at(world)
    firm = firmness(gangs)
    assert firm == pytest.approx([2.0 / 2.0, 0.5, 10.0])
    w = replace(
        world,
        gangs=gangs,
        territory=cut(world.territory, 2, through_kg=[100, 0]),
        cartels=cut(world.cartels, 3, through_kg=[[0, 0], [50, 0], [0, 0]]),
    )
    assert strength(0, 0, 1.0, w, 0.4) == pytest.approx(0.6 * (1.0 + 0.4 * 0.5))
    w.cartels.through_kg[1, 0] = 300.0  # at most all that passes
    assert strength(0, 0, 2.0, w, 0.4) == pytest.approx(1.2 * 1.4)
    w.territory.through_kg[0] = 0.0
    assert strength(0, 0, 1.0, w, 0.4) == 0.6 and strength(1, 0, 0.5, w, 0.4) == 0.1
    assert leading_gang(0, gangs) == 0
    gangs.control[:2, 0] = 0.4, 0.6
    assert leading_gang(0, gangs) == 1
    gangs.control[:2, 0] = 0.5
    assert leading_gang(0, gangs) == 0


def test_a_newcomer_is_weaker_far_from_home_and_counts_on_its_part(world: World) -> None:
    gangs = gangs_at(world)
    cartels = cut(world.cartels, 3, distance_km=[[0, 0], [0, 0], [400, 0]])
    p = with_numbers(P.territory, away_strength=0.5, muscle_km=800.0)
    local = 0.5 * 0.4 * math.exp(-0.5)
    assert newcomer_strength(2, 0, cartels, gangs, p) == pytest.approx(local)
    assert all_strength(0, gangs) == pytest.approx(0.8)
    w = replace(
        world,
        gangs=gangs,
        cartels=cartels,
        territory=cut(world.territory, 2, through_kg=[100, 0]),
    )
    toll = local / (local + 0.8) * 0.3 * 1000.0 * 100.0
    assert expected_toll(2, 0, w, p) == pytest.approx(toll)
    gangs.n_here[0] = 0
    assert newcomer_strength(2, 0, cartels, gangs, p) == pytest.approx(0.5 * math.exp(-0.5))


def test_nobody_moves_in_where_there_is_no_room(small: TraffickingModel) -> None:
    w, numbers, on = small.world, small.given.numbers, small.given.on
    w.gangs.cash_usd[:] = 1e9
    w.cartels.capital_usd[:] = 1e9
    room = w.gangs.here.shape[1]
    held = w.gangs.n_here.copy()
    w.gangs.here[:], w.gangs.n_here[:] = 0, room
    before = w.gangs.control.copy()
    weeks = range(CLOCK, CLOCK + 5)
    for now in weeks:
        review_territory(w, numbers.territory, numbers.expansion, on, 3, now)
    assert np.array_equal(w.gangs.control, before) and (w.gangs.n_here == room).all()
    w.gangs.n_here[:] = np.minimum(held, room - 1)
    for now in weeks:
        review_territory(w, numbers.territory, numbers.expansion, on, 3, now)
    assert not np.array_equal(w.gangs.control, before)


def test_neighbours_are_drawn_by_their_rents(world: World) -> None:
    graph = cut(
        world.graph,
        start=[0, 0, 1, 2],
        end=[1, 2, 3, 3],
        first_out=[0, 2, 3, 4, 4],
        out_leg=[0, 1, 2, 3],
    )
    gangs = cut(world.gangs, control=[[1, 0, 0, 0]])
    rents = np.array([9.0, 3.0, 1.0, 100.0])
    drawn = [draw_by_rents(graph, gangs, 0, rents, (k + 0.5) / 8) for k in range(8)]
    assert drawn.count(1) == 6 and drawn.count(2) == 2
    gangs.control[0] = [0, 0, 0, 1]  # 3 is a market: nothing leaves it
    assert {draw_by_rents(graph, gangs, 0, rents, u) for u in (0.1, 0.9)} == {1, 2}
    gangs.control[0] = 0.0
    assert draw_by_rents(graph, gangs, 0, rents, 0.5) == -1


def test_rents_are_tolls_and_what_protection_is_worth(world: World) -> None:
    territory = cut(world.territory, 2, through_kg=[10, 5], through_usd=[20_000, 3_000])
    watch_rents(gangs_at(world), territory, 0.05, True)
    tolls = (0.75 * 0.1 + 0.25 * 0.2) * 1000.0 * 10.0
    assert territory.rents_usd == pytest.approx([tolls + 1000.0, 0.3 * 5000.0 + 150.0])
    watch_rents(gangs_at(world), territory, 0.05, False)
    assert list(territory.rents_usd) == [20_000.0, 3_000.0]


def test_tolls_follow_what_passes_within_a_tenth_and_ten_times(world: World) -> None:
    p = with_numbers(P.territory, toll_per_year=1.3, toll_power=0.5)
    for passing, ratio in ((4.0, 4.0), (1e9, 10.0), (1e-9, 0.1)):
        gangs = gangs_at(world, usual_toll_share=[0.1, 0.2, 0.3], toll_share=[0.2, 0.2, 0.3])
        usual, usd = np.array([8.0, 0.0]), np.array([8.0 * passing, 0.0])
        territory = cut(world.territory, 2, through_usd=usd, usual_usd=usual)
        adjust_tolls(gangs, territory, p, 4)
        target = np.array([0.1, 0.2]) * ratio**0.5
        assert gangs.toll_share[:2] == pytest.approx(
            [0.2 + 0.1 * (target[0] - 0.2), 0.2 + 0.1 * (target[1] - 0.2)]
        )
        assert gangs.toll_share[2] == 0.3  # nothing passes its place
    at_once = with_numbers(P.territory, toll_per_year=100.0, toll_power=0.0)
    adjust_tolls(gangs, territory, at_once, 4)
    assert gangs.toll_share[0] == pytest.approx(0.1)


def test_fights_follow_stakes_truce_and_memory_within_bounds(world: World) -> None:
    p = with_numbers(P.territory, stakes_power=1.0, fight_rate=1e-6, pressure_gain=0.5)
    territory = cut(
        world.territory,
        4,
        rents_usd=[200, 1e9, 0, 3],
        usual_rents_usd=[100, 100, 100, 0],
        truce=[0.5, 1, 1, 1],
        pressure=[2, 0, 0, 0],
    )
    rates = [fight_rate(n, territory, p) / 1e-6 for n in range(4)]
    assert rates == pytest.approx([0.5 * 2.0 * 2.0, 20.0, 0.05, 3.0])
    forget_pressure(territory, 4.0, True)
    assert territory.pressure[0] == pytest.approx(1.5)
    forget_pressure(territory, 4.0, False)
    assert not territory.pressure.any()
    gangs = gangs_at(world)
    heal(gangs, with_numbers(P.territory, cohesion_weeks=10.0))
    assert gangs.cohesion == pytest.approx([1.0, 0.55, 1.0])
    graph = cut(world.graph, start=[0, 2, 1], end=[1, 0, 3])
    fights = np.array([9.0, 0.0, 0.0, 0.0])
    spill_over(graph, 0, 4.0, fights)
    assert list(fights) == [5.0, 2.0, 2.0, 0.0]
    spill_over(cut(world.graph, start=[1], end=[2]), 0, 4.0, fights)
    assert list(fights) == [5.0, 2.0, 2.0, 0.0]  # nowhere to flee


def test_recruitment_follows_income_and_nobody_falls_below_one(small: TraffickingModel) -> None:
    w = small.world
    gangs = gangs_at(
        w,
        members=[100, 50, 1],
        income_usd=[40, 0, 0],
        usual_income_usd=[10, 10, 0],
        lost=[10, 40, 0.2],
        usual_held=[1, 0, 0],
        crowding=[1e-4, 0, 0],
    )
    cartels = cut(w.cartels, 3)
    p = P.territory.model_copy(
        update={
            "income_power": 0.5,
            "largest_recruitment": 3.0,
            "other_income_share": 0.5,
            "recruitment_per_week": 0.01,
            "arrests_per_week": 0.002,
        }
    )
    draw = [draw_of_income(g, cartels, gangs, p.record(), False) for g in range(3)]
    assert draw == pytest.approx([2.0, math.sqrt(1e-3), 1.0])
    assert draw_of_income(0, cartels, gangs, p.record(), True) == pytest.approx(math.sqrt(2.5))
    gangs.income_usd[0] = 1e6
    assert draw_of_income(0, cartels, gangs, p.record(), False) == 3.0
    cartels.trades[0] = True
    assert draw_of_income(0, cartels, gangs, p.record(), False) == 1.0
    hazard = hazard_of_arrest(gangs, p.record(), True)
    assert hazard == pytest.approx(0.002 * 100.0 / 151.0)
    assert hazard_of_arrest(gangs, p.record(), False) == 0.002
    on = replace(small.given.on, fixed_arrests=False, other_income=False)
    recruit(cartels, gangs, p.record(), on)
    assert gangs.members[0] == pytest.approx(100.0 * (1 + 0.01 - 0.002 - 0.1 - 0.01) + 1.0)
    assert gangs.members[1] == pytest.approx(50.0 * (1 + 0.01 * math.sqrt(1e-3) - 0.002 - 0.5))
    assert gangs.members[2] == 1.0
    assert gangs.killed == pytest.approx([10.0, 25.0, 0.2])  # at most half
    assert gangs.arrested == pytest.approx([0.2, 0.1, 0.002])


def test_trust_settles_at_the_best_of_roots_posts_and_gangs(world: World) -> None:
    gangs = gangs_at(world, control=[[0.1, 0], [0.9, 0], [0, 1]], affiliation=[0, 0, 2])
    cartels = cut(
        world.cartels,
        3,
        roots=[[0.3, 0], [0, 0], [0, 0]],
        posted=np.zeros((3, 2)),
        standing=np.zeros((3, 2)),
    )
    p = with_numbers(P.routing, ally_trust=0.8)

    def settles(o: int, n: int) -> float:
        return float(settled_trust(o, n, cartels, gangs, p, 0.2))

    assert settles(0, 0) == pytest.approx(0.8)  # an ally that holds enough
    gangs.affiliation[1] = -1
    assert settles(0, 0) == pytest.approx(0.5)  # its own arm holds half of that
    gangs.control[0, 0] = 0.05
    assert settles(0, 0) == pytest.approx(0.3)  # roots
    cartels.posted[0, 0] = 1
    assert settles(0, 0) == 1.0 and settles(2, 1) == 1.0 and settles(1, 0) == 0.0
    cartels.standing[0, 0], cartels.standing[1, 0], cartels.standing[2, 1] = -0.4, 0.3, 0.5
    assert settles(0, 0) == pytest.approx(0.6) and settles(1, 0) == 0.3 and settles(2, 1) == 1.0
    cartels.standing[1, 0] = -0.3
    assert settles(1, 0) == 0.0
