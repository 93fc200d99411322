"""Rules worked by hand that need no world: closed forms, boundaries, who gains and who pays."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from support import cut

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.results.ledger import closes, complain, open_books, opening, total
from sim.results.weekly import clear
from sim.rules.affiliation import best_bids, price_to_win, turned_down
from sim.rules.belief import learn, owner_learns, watch_patrols
from sim.rules.best_effort import best_effort
from sim.rules.corridors import draw_zone
from sim.rules.handling import LARGEST_SHARE, infer_handling, reference_pass, spread_flow
from sim.rules.local_shocks import shake_strength
from sim.rules.paths import follow
from sim.rules.policing import police, reallocate
from sim.world.codes import ADAPTIVE, FIXED, RANDOM
from sim.world.records import LedgerRecord, blank
from sim.world.state import Agencies, Legs, Reference, World
from sim.world.views import Paths

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


@pytest.fixture
def world(small: TraffickingModel) -> World:
    """The small world, whose groups a test cuts to its case."""
    return small.world


# The reference equilibrium: two roads 0 > 1, then by air to the market at 2


def reference(w: World, target: float, capacity: tuple[float, ...] = (math.nan,) * 3) -> Reference:
    """Return the reference equilibrium of a short chain before anything is inferred."""
    graph = cut(
        w.graph,
        order=[0, 1, 2],
        first_out=[0, 2, 3, 3],
        out_leg=[0, 1, 2],
        start=[0, 0, 1],
        end=[1, 1, 2],
        market_place=[2],
        zone_place=[0],
        reaches=np.ones((1, 3)),
    )
    legs = cut(
        w.legs,
        3,
        weight=np.ones(3),
        fee_factor=np.ones(3),
        load_kg=[50, 100, 200],
        fee_usd_per_kg=[10, 10, 40],
        prior_prob=[0, 0, 0.1],
        first_capacity_kg=capacity,
    )
    return Reference(
        graph=graph,
        legs=legs,
        ways=cut(w.ways, 3, size=np.ones(3)),
        air=cut(w.air, leg=[2], wage_usd=[2000]),
        markets=cut(w.markets, handling=np.zeros((1, 3)), first_demand_kg=[90]),
        zones=cut(w.zones, origin_share=np.ones((1, 1))),
        access=np.array([[1.0, 1.0, 0.9]]),
        tie=np.ones((1, 3)),
        toll_usd_per_kg=np.array([0.0, 5.0, 0.0]),
        target=np.array([[100.0, target, 1000.0]]),
        value=np.zeros((1, 3)),
        share=np.zeros((1, 3)),
        flow_kg=np.zeros((1, 3)),
        bought_kg=np.zeros(1),
        inflow_kg=np.zeros(3),
    )


def test_handlers_keep_what_the_reference_prices_leave_them(world: World) -> None:
    """0.9 (1 - h) 900 - (40 + 5 + 2000 / 200) - 0.2 * 0.1 * 900 = 400 at 1: h = 1 - 473 / 810."""
    r, p = reference(world, 400.0), P.routing.model_copy(update={"aversion": 0.2})
    infer_handling(0, r, p.record())
    assert r.value[0] == pytest.approx([100.0, 400.0, 900.0])
    assert r.markets.handling[0, 1] == pytest.approx(1.0 - 473.0 / 810.0)
    assert r.markets.handling[0, 0] == pytest.approx(1.0 - 110.0 / 400.0)
    assert r.markets.handling[0, 2] == 0.0
    assert r.share[0] == pytest.approx([0.5, 0.5, 1.0])


def test_handlers_keep_nothing_where_the_price_cannot_be_paid_and_never_all(world: World) -> None:
    p = P.routing.model_copy(update={"aversion": 0.2}).record()
    dear, cheap = reference(world, 800.0), reference(world, -1e9)
    infer_handling(0, dear, p)
    assert dear.markets.handling[0, 1] == 0.0
    assert dear.value[0, 1] == pytest.approx(810.0 - 55.0 - 18.0)
    infer_handling(0, cheap, p)
    assert cheap.markets.handling[0, 1] == pytest.approx(LARGEST_SHARE)


def test_reference_flows_meet_demand_after_seizures_and_fill_the_legs(world: World) -> None:
    r, p = reference(world, 400.0, (1000.0, 20.0, math.nan)), P.routing
    for _ in range(60):
        reference_pass(r, 0.5, 0.8, p.record())
    assert r.bought_kg[0] == pytest.approx(90.0 / 0.9)
    assert r.flow_kg[0, 2] == pytest.approx(100.0) and r.flow_kg[0, :2].sum() == pytest.approx(100)
    assert r.legs.flow_kg == pytest.approx(r.flow_kg[0], rel=1e-6)
    assert r.legs.trips == pytest.approx(r.legs.flow_kg / [50.0, 100.0, 200.0])
    wide, narrow, air = r.legs.capacity_kg  # wide as in the data; grown to its flow; as filled
    assert wide == 1000.0 and narrow == pytest.approx(r.legs.flow_kg[1]) and narrow > 20.0
    assert air == pytest.approx(100.0 / 0.8)
    factor = 1.0 + p.congestion * (r.legs.flow_kg / r.legs.capacity_kg) ** p.congestion_power
    assert r.legs.fee_factor == pytest.approx(factor)


def test_flows_move_a_part_of_the_way_and_stop_where_no_way_leads_on(world: World) -> None:
    r = reference(world, 400.0)
    reference_pass(r, 0.25, 0.8, P.routing.record())
    assert r.legs.flow_kg == pytest.approx(0.25 * r.flow_kg[0])
    assert r.legs.capacity_kg == pytest.approx(r.legs.flow_kg / 0.8)
    r.share[0, 2] = 0.0
    spread_flow(0, r)
    assert r.bought_kg[0] == 0.0 and r.flow_kg[0] == pytest.approx([0.5, 0.5, 0.0])


# Agencies


def agency_legs(flow: list[float], agency: list[int]) -> Any:
    legs = blank(Legs, len(flow))
    legs.flow_kg[:], legs.base_prob[:], legs.effort[:] = flow, 0.3, 1.0
    return replace(legs, agency=np.array(agency))


def test_effort_that_knows_all_flows_goes_where_they_are_and_spare_effort_stays() -> None:
    p = P.interdiction.model_copy(update={"seizure_factor": 1.0})
    legs = agency_legs([100.0, 100.0, 0.0, 0.0, 0.0], [0, 0, 0, 0, 1])
    legs.effort[:] = [0.5, 0.5, 0.5, 0.5, 3.0]
    found = best_effort(legs, Agencies(np.array([2.0, 3.0]), np.zeros(2), np.zeros(5)), p)
    assert found == pytest.approx([1.0, 1.0, 0.0, 0.0, 3.0])


def test_no_leg_gets_more_than_four_times_the_mean_and_the_rest_is_spread_as_usual() -> None:
    legs = agency_legs([100.0] + [0.0] * 7, [0] * 8)
    legs.effort[:] = [0.5, 0.5, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    found = best_effort(legs, Agencies(np.array([8.0]), np.zeros(1), np.zeros(8)), P.interdiction)
    assert found == pytest.approx(np.array([4.0] + [0.0] * 7) + 4.0 * legs.effort / 8.0)


def test_the_last_unit_of_effort_seizes_alike_on_all_legs_that_get_some() -> None:
    legs = agency_legs([400.0, 200.0, 100.0, 50.0], [0] * 4)
    p = P.interdiction.model_copy(update={"seizure_factor": 2.0})  # 0.6
    found = best_effort(legs, Agencies(np.array([4.0]), np.zeros(1), np.zeros(4)), p)
    assert found.sum() == pytest.approx(4.0) and (np.diff(found) < 0.0).all()
    caught = legs.flow_kg * (1.0 - 0.4**found)
    for e in range(4):  # no half unit moved from one leg to another seizes more
        for other in set(range(4)) - {e}:
            if found[e] >= 0.5:
                moved = found.copy()
                moved[e] -= 0.5
                moved[other] += 0.5
                assert (legs.flow_kg * (1.0 - 0.4**moved)).sum() <= caught.sum() + 1e-9
    certain = agency_legs([100.0, 100.0], [0, 0])
    certain.base_prob[:] = [0.99, 0.95]  # within 0.95: the same
    even = best_effort(certain, Agencies(np.array([2.0]), np.zeros(1), np.zeros(2)), P.interdiction)
    assert even == pytest.approx([1.0, 1.0])


def policed(w: World) -> tuple[Any, Any, Any, np.ndarray]:
    """Two agencies, one with two legs and one with one, which seizes nothing yet."""
    legs = cut(w.legs, 3, effort=[1, 3, 2], agency=[0, 0, 1])
    week = cut(w.week, 3, leg_seized_kg=[26, 0, 0])
    agencies = Agencies(np.array([4.0, 2.0]), np.zeros(2), np.array([0.0, 1.0 / 25.0 * 26.0, 0.0]))
    return legs, week, agencies, legs.effort.copy()


def test_effort_moves_to_where_it_seized_by_hand(world: World) -> None:
    """Yields 26 / 26 = 1 and 26 / 25 (1 - 1 / 26) = 1: pulls 1 and 3, as the first effort."""
    legs, week, agencies, first = policed(world)
    p = P.interdiction.model_copy(update={"reallocation_per_year": 5.2, "exploration": 0.2})
    reallocate(legs, week, agencies, first, p.record())
    assert agencies.yield_kg == pytest.approx([1.0, 1.0, 0.0])
    assert legs.effort == pytest.approx([1.0, 3.0, 2.0])
    agencies.yield_kg[:], week.leg_seized_kg[:] = [4.0 * 26 / 25, 26 / 25, 0.0], 0.0
    reallocate(legs, week, agencies, first, p.record())
    share = 0.8 * 2.0 / 5.0 + 0.2 * 1.0 / 4.0  # pulls 2 and 3 of the first efforts 1 and 3
    assert legs.effort == pytest.approx(
        [1.0 + 0.1 * (4 * share - 1), 3.0 + 0.1 * (4 * (1 - share) - 3), 2.0]
    )
    at_once = P.interdiction.model_copy(update={"reallocation_per_year": 520.0, "exploration": 1.0})
    reallocate(legs, week, agencies, first, at_once.record())
    assert legs.effort == pytest.approx([1.0, 3.0, 2.0])  # all exploration: where it was


def test_who_polices_how_is_the_scenarios_rule(world: World) -> None:
    legs, week, agencies, first = policed(world)
    legs.presence[:] = 1.0
    w = replace(world, legs=legs, week=week, agencies=agencies)
    p = P.interdiction.record()
    for patrols, now in ((FIXED, 26), (RANDOM, 27)):
        police(w, first, p, patrols, 7, now)
        assert (legs.presence == 1.0).all() and agencies.yield_kg[0] == 0.0
    police(w, first, p, RANDOM, 7, 26)
    assert set(legs.presence) <= {0.0, 2.0} and agencies.yield_kg[0] == 0.0
    police(w, first, p, ADAPTIVE, 7, 27)
    assert agencies.yield_kg[0] == pytest.approx(1.0)


# Paths


def test_paths_put_their_week_into_force_and_leave_the_rest(world: World) -> None:
    two = np.array([[1.0, 2.0], [3.0, 4.0]])
    w = replace(
        world,
        legs=cut(world.legs, 2),
        zones=cut(world.zones, 2),
        producers=cut(world.producers, 3, zone=[0, 1, 1], ask_usd_per_kg=[9, 9, 9]),
    )
    none = np.zeros((0, 2))
    still = Paths(none, none, none, none, np.array([10.0, 20.0, 30.0]))
    follow(w, still, 1)
    assert (w.legs.steered == 0.0).all() and (w.zones.given_supply == 0.0).all()
    assert (w.legs.fee_usd_per_kg == 0.0).all() and (w.producers.ask_usd_per_kg == 9.0).all()
    follow(w, Paths(two, 10 * two, 100 * two, two, still.first_ask_usd_per_kg), 1)
    assert list(w.legs.steered) == [3.0, 4.0] and list(w.zones.given_supply) == [30.0, 40.0]
    assert list(w.legs.fee_usd_per_kg) == [300.0, 400.0]
    assert list(w.producers.ask_usd_per_kg) == [30.0, 80.0, 120.0]
    one = two[:1]  # a path of a single week is a path
    follow(w, Paths(one, one, one, one, still.first_ask_usd_per_kg), 0)
    assert list(w.legs.steered) == list(w.zones.given_supply) == [1.0, 2.0]
    assert list(w.legs.fee_usd_per_kg) == [1.0, 2.0]
    assert list(w.producers.ask_usd_per_kg) == [10.0, 40.0, 60.0]


# Beliefs


def seen(w: World) -> World:
    """One owner and two legs, one of them flown, at the beginning of a week's learning."""
    return replace(
        w,
        legs=cut(
            w.legs,
            2,
            prior_prob=[0.1, 0.1],
            known_prob=[0.2, 0.2],
            known_weight=[50, 50],
            prob=[0.4, 0],
        ),
        week=cut(w.week, 2, leg_seized=[3, 0], leg_trips=[10, 0]),
        cartels=cut(
            w.cartels,
            trades=[True],
            hits=[[2, 0]],
            runs=[[8, 0]],
            fresh_hits=[[1, 0]],
            fresh_runs=[[5, 0]],
            belief=[[0, 0]],
        ),
        air=cut(w.air, 1, leg=[0], hits=[4], runs=[20], death_prob=[0.25]),
    )


def switches(model: TraffickingModel, **on: bool) -> Any:
    return replace(model.given.on, **{"salience": True, **on})


def numbers() -> Any:
    changed = {
        "half_life_weeks": 1.0,
        "prior_consignments": 10.0,
        "public_discount": 0.5,
        "salience": 3.0,
        "watching_weeks": 26.0,
        "lasting_weeks": 26.0,
        "lasting_consignments": 30.0,
    }
    return P.learning.model_copy(update=changed).record()


def test_what_an_owner_and_pilots_believe_by_hand(small: TraffickingModel, world: World) -> None:
    """Of 3 hits in 10 runs, 1 in 5 its own: 1 + 0.5 * 2 = 2 hits in 7.5 runs, old ones halved."""
    w, p = seen(world), numbers()
    learn(w, p, 0.05, switches(small, salience=False, lasting_risk=False))
    belief = (10 * 0.2 + 1.0 + 2.0) / (10.0 + 4.0 + 7.5)
    assert w.cartels.belief[0] == pytest.approx([belief, 0.2])
    assert w.cartels.hits[0] == pytest.approx([3.0, 0.0])
    assert w.cartels.runs[0] == pytest.approx([11.5, 0.0])
    flown = (10 * 0.2 + 2.0 + 3.0) / (10.0 + 10.0 + 10.0)
    assert w.air.risk[0] == pytest.approx(flown * 0.30)
    assert (w.legs.known_prob == 0.2).all()  # without lasting risk nothing moves it
    w = seen(world)
    learn(w, p, 0.05, switches(small, lasting_risk=False))  # a loss counts three times
    assert w.cartels.hits[0, 0] == pytest.approx(1.0 + 3 * 2.0)
    assert w.air.hits[0] == pytest.approx(2.0 + 3 * 3.0) and w.air.runs[0] == pytest.approx(20.0)


def test_without_learning_everybody_believes_what_was_known_at_the_outset(
    small: TraffickingModel, world: World
) -> None:
    w, p = seen(world), numbers()
    learn(w, p, 0.05, switches(small, learning=False))
    assert w.cartels.belief[0] == pytest.approx([0.1, 0.1])
    assert w.air.risk[0] == pytest.approx(0.1 * 0.30)
    assert (w.legs.known_prob == 0.2).all()
    w.cartels.trades[0] = False
    w.cartels.belief[:] = 0.7
    learn(w, p, 0.05, switches(small))
    assert (w.cartels.belief == 0.7).all()  # who owns no loads has no belief


def test_the_usual_risk_follows_seizures_and_then_patrols(
    small: TraffickingModel, world: World
) -> None:
    w, p = seen(world), numbers()
    learn(w, p, 0.0, switches(small, watching=False))
    assert w.legs.known_prob == pytest.approx([(50 * 0.2 + 3.0) / 60.0, 0.2])
    assert w.legs.known_weight == pytest.approx([60 * 0.5 ** (1 / 26), 50 * 0.5 ** (1 / 26)])
    w.legs.known_prob[:] = 0.2
    watch_patrols(w.legs, p)
    step = 1.0 - 0.5 ** (1 / 26)
    assert w.legs.known_prob == pytest.approx([0.2 + step * 0.2, 0.2 - step * 0.2])
    w.legs.known_weight[:] = 1.0
    w.week.leg_trips[:] = w.week.leg_seized[:] = 0.0
    learn(w, p, 0.0, switches(small, watching=False))
    assert (w.legs.known_weight == 30.0).all()


def test_an_owner_that_sees_all_or_only_its_own(world: World) -> None:
    for discount, hits in ((0.0, 1.0), (1.0, 3.0)):
        w = seen(world)
        p = P.learning.model_copy(update={"public_discount": discount}).record()
        owner_learns(0, w, p, 0.0, 1.0, True)
        assert w.cartels.hits[0, 0] == pytest.approx(hits)


# Bids for a gang


def bidders(w: World, offers: list[float], broke: int = -1) -> World:
    """Cartels that move kilograms past the one place of gang 0, which stands alone."""
    n = len(offers) + 1
    capital = np.ones(n)
    if broke >= 0:
        capital[broke] = 0.0
    return replace(
        w,
        cartels=cut(
            w.cartels,
            trades=np.arange(n) > 0,
            capital_usd=capital,
            through_kg=np.array([0.0, *offers])[:, None],
            roots=np.zeros((n, 1)),
            posted=np.zeros((n, 1)),
        ),
        gangs=cut(
            w.gangs,
            control=[[0.5], *[[0.0]] * len(offers)],
            toll_share=np.full(n, 0.02),
            worth_usd_per_kg=[1000],
            n_here=[1],
            affiliation=np.full(n, -1),
            root_patron=np.full(n, -1),
            loyalty_usd=np.full(n, 30),
        ),
        territory=cut(w.territory, through_kg=[100], through_usd=[100 * 2000]),
    )


def test_the_best_and_the_next_best_bid_for_a_gang(world: World) -> None:
    """A bid is 0.9 * 0.05 * 2000 = 90 USD a kilogram; the toll of 10 is worth what it costs."""
    p = P.routing.model_copy(update={"ally_trust": 0.9, "outsider_discount": 0.05}).record()
    assert best_bids(0, bidders(world, [2.0, 8.0, 5.0]), p) == pytest.approx(
        (2, 720.0, 450.0, 80.0)
    )
    assert best_bids(0, bidders(world, [2.0, 8.0, 5.0], broke=2), p)[:3] == pytest.approx(
        (3, 450, 180)
    )
    assert best_bids(0, bidders(world, [0.0]), p) == (-1, 30.0, 0.0, 0.0)  # its own loyalty
    w = bidders(world, [2.0, 8.0, 5.0])
    w.gangs.root_patron[0], w.gangs.loyalty_usd[0] = 3, 300.0  # 450 + 300 beats 720
    assert best_bids(0, w, p) == pytest.approx((3, 750.0, 720.0, 50.0))


def test_a_gang_that_left_the_patron_of_the_data_comes_back_at_a_like_offer(world: World) -> None:
    """It asks its loyalty to leave that one, and so much less to come back."""
    p = P.routing.model_copy(update={"ally_trust": 0.9, "outsider_discount": 0.05}).record()
    side = P.affiliation.model_copy(
        update={"switching_usd_per_week": 100.0, "switching_premium": 0.5}
    ).record()
    w = bidders(world, [2.0, 8.0, 9.0])
    w.gangs.root_patron[0] = w.gangs.affiliation[0] = 2
    w.gangs.loyalty_usd[0] = 500.0
    assert price_to_win(0, 3, w, p, side) == pytest.approx(1.5 * 720.0 + 90.0 + 100.0 + 500.0)
    w.gangs.affiliation[0] = 3
    assert price_to_win(0, 2, w, p, side) == pytest.approx(1.5 * 810.0 + 80.0 + 100.0 - 500.0)
    assert price_to_win(0, 1, w, p, side) == pytest.approx(1.5 * 810.0 + 20.0 + 100.0)
    assert best_bids(0, w, p)[:2] == pytest.approx((2, 1220.0))  # 720 and its loyalty


def test_what_a_gang_has_turned_down_is_what_rivals_offer_above_its_price(world: World) -> None:
    p = P.routing.model_copy(update={"ally_trust": 0.9, "outsider_discount": 0.05}).record()
    changed = {"switching_usd_per_week": 100.0, "switching_premium": 0.5}
    side = P.affiliation.model_copy(update=changed).record()
    w = bidders(world, [2.0, 8.0, 5.0])
    assert turned_down(0, w, p, side) == pytest.approx(720.0 + 80.0 - (80.0 + 130.0))
    w.gangs.affiliation[0] = w.gangs.root_patron[0] = 3  # its patron would match 450
    assert turned_down(0, w, p, side) == pytest.approx(720.0 - 1.5 * 450.0 - 130.0 + 85.0)
    w.gangs.affiliation[0] = 2
    assert turned_down(0, w, p, side) == 0.0
    w.gangs.affiliation[0] = w.gangs.root_patron[0] = -1
    w.gangs.loyalty_usd[0] = 1e6
    assert turned_down(0, w, p, side) == 0.0


# Luck of a place


def test_luck_of_a_place_has_its_spread_and_fades_in_its_time(world: World) -> None:
    n = 1500
    ones = np.ones((1, n))
    gangs = cut(world.gangs, control=ones, local=ones, local_shock=0.0 * ones)
    gangs.control[0, -1] = 0.0
    p = P.territory.model_copy(update={"local_shock_sd": 0.4, "local_shock_weeks": 20.0}).record()
    key = np.arange(n)
    shake_strength(0, gangs, key, np.uint64(3), p, 13.0)
    kept = math.exp(-13.0 / 20.0)
    assert gangs.local_shock[0].std() == pytest.approx(0.4 * math.sqrt(1 - kept**2), rel=0.08)
    assert np.log(gangs.local[0]) == pytest.approx(gangs.local_shock[0])
    for week in range(4):
        first = gangs.local_shock[0].copy()
        shake_strength(0, gangs, key, np.uint64(7 + week), p, 13.0)
    assert gangs.local_shock[0].std() == pytest.approx(0.4, rel=0.08)
    assert np.corrcoef(first, gangs.local_shock[0])[0, 1] == pytest.approx(kept, abs=0.08)
    assert gangs.local[0, -1] == 1.0 and gangs.local_shock[0, -1] == 0.0  # not its place


def test_no_source_is_drawn_where_there_is_none() -> None:
    assert draw_zone(np.zeros(3), 0.5) == -1
    assert draw_zone(np.array([0.0, 2.0, 0.0]), 0.999_999) == 1
    assert draw_zone(np.array([1.0, 1.0]), 0.0) == 0


# The books


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 23, 24, 40])
def test_a_total_counts_everything_once(size: int) -> None:
    assert total(3.0 ** np.arange(size) % 1013) == (3.0 ** np.arange(size) % 1013).sum()
    for k in range(size):
        one = np.zeros(size)
        one[k] = 5.0
        assert total(one) == 5.0


def test_books_close_within_a_billionth_of_what_was_made_or_paid() -> None:
    ledger = blank(LedgerRecord, 2)
    ledger.produced_kg[:], ledger.consumers_usd[:] = 2e6, 3e9
    ledger.residual_kg[:], ledger.residual_usd[:] = [-2.1e-3, -1.9e-3], [0.0, 4.9]
    assert not closes(ledger, 0, 2e9) and closes(ledger, 1, 2e9) and closes(ledger, 1, -2e9)
    assert not closes(ledger, 1, 1.8e9)
    ledger.residual_usd[1] = -5.1
    assert not closes(ledger, 1, 2e9)
    empty = blank(LedgerRecord, 1)
    empty.residual_kg[0] = empty.residual_usd[0] = 0.9e-9
    assert closes(empty, 0, 0.0)
    empty.residual_kg[0] = 1.1e-9
    assert not closes(empty, 0, 0.0)
    empty.residual_kg[0], empty.residual_usd[0] = 0.0, 1.1e-9
    assert not closes(empty, 0, 0.0)


def test_a_week_that_does_not_close_is_told_with_its_terms_and_whose_rules() -> None:
    ledger = blank(LedgerRecord, 1)
    ledger.residual_kg[0] = 1.5
    plain, own = complain(7, ledger, 0), complain(7, ledger, 0, ["grow", "mine"])
    assert str(plain).startswith("week 7: the books do not close: produced_kg 0, ")
    assert "residual_kg 1.5" in str(plain) and "own" not in str(plain)
    assert str(own) == str(plain) + "; not the model's own: grow, mine"


def test_books_open_with_what_is_in_store_and_in_hand(world: World) -> None:
    w = replace(
        world,
        producers=cut(world.producers, stock_kg=[1, 2], cash_usd=[10]),
        lines=cut(world.lines, stock_kg=np.full((2, 2), 3), arriving_kg=np.full((1, 2, 2), 5)),
        cartels=cut(world.cartels, capital_usd=[100, -30]),
        gangs=cut(world.gangs, cash_usd=[1000]),
        pilots=cut(world.pilots, cash_usd=[10_000]),
        books=cut(world.books, kg=np.ones(4), usd=np.ones(9)),
    )
    open_books(w)
    assert list(w.books.kg) == [35.0, 0.0, 0.0, 0.0] and not w.books.usd.any()
    assert opening(w) == 11_080.0


def test_weekly_accounts_are_emptied_and_yearly_ones_kept(world: World) -> None:
    names = [f.name for f in fields(world.week)]
    week = replace(world.week, **{n: np.ones_like(getattr(world.week, n)) for n in names})
    lines = cut(world.lines, raided_kg=np.arange(len(week.seized_kg)))
    lines = replace(lines, cartel=np.arange(len(week.seized_kg)))
    ones = np.ones((2, 2))
    cartels = cut(world.cartels, fresh_hits=ones, fresh_runs=ones)
    clear(week, lines, cartels)
    yearly = {"moved_kg", "taken_kg", "hits", "trips", "source_kg"}
    assert list(week.seized_kg) == list(range(len(week.seized_kg))) and not lines.raided_kg.any()
    for name in set(names) - {"seized_kg"}:
        assert (getattr(week, name) == (1.0 if name in yearly else 0.0)).all(), name
    assert not cartels.fresh_hits.any() and not cartels.fresh_runs.any()
