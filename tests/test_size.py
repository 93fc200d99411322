"""How large lines are and what they know of risk: closed forms and hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.rules.belief import follow_lasting_risk, watch_patrols
from sim.rules.size import (
    affordable_growth,
    gain_experience,
    growth_bill,
    see_line,
    wanted_reach,
)
from sim.scenario.scenario import Scenario
from sim.world.codes import TRADING
from sim.world.moves import NAMES

P = Parameters()
MONTH = 4
pytestmark = pytest.mark.usefixtures("wrap_around")


# What a margin calls for


def reach_at(margin: float) -> float:
    p = P.expansion.record()
    return float(wanted_reach(100.0, margin, 0.2, p, P.ordering.record()))


def test_at_the_margin_of_rest_a_line_is_as_large_as_its_people_support() -> None:
    assert reach_at(0.2) == 100.0


def test_a_worth_higher_by_the_normal_margin_calls_for_the_size_response() -> None:
    more = reach_at(1.2 * (1.0 + P.ordering.normal_margin) - 1.0)
    assert math.log(more / 100.0) == pytest.approx(P.expansion.size_response * math.tanh(1.0))
    little = 1e-4 * math.log(1.0 + P.ordering.normal_margin)
    slope = math.log(reach_at(1.2 * math.exp(little) - 1.0) / 100.0) / 1e-4
    assert slope == pytest.approx(P.expansion.size_response, rel=1e-6)


def test_what_counts_is_worth_over_price_compared_with_rest() -> None:
    """A tenth more is a tenth more, at a margin of rest of 0.2 as at one of 9."""
    p, ordering = P.expansion.record(), P.ordering.record()
    thin, fat = (
        wanted_reach(100.0, 1.1 * (1.0 + rest) - 1.0, rest, p, ordering) for rest in (0.2, 9.0)
    )
    assert float(thin) == pytest.approx(float(fat), rel=1e-12)


def test_gains_and_losses_count_alike_and_neither_without_limit() -> None:
    assert reach_at(1.2 * 1.25 - 1.0) * reach_at(1.2 / 1.25 - 1.0) == pytest.approx(100.0**2)
    limit = math.exp(P.expansion.size_response)
    assert reach_at(1e6) == pytest.approx(100.0 * limit)
    assert reach_at(-1e6) == pytest.approx(100.0 / limit)


# What people and money allow

amounts = st.floats(1e-2, 1e6)


@settings(max_examples=200, deadline=None)
@given(people=amounts, cost=amounts, budget=amounts)
def test_a_budget_pays_exactly_for_the_growth_that_it_allows(
    people: float, cost: float, budget: float
) -> None:
    growth = affordable_growth(math.inf, people, cost, budget)
    assert growth_bill(growth, people, cost) == pytest.approx(budget, rel=1e-6)


@settings(max_examples=200, deadline=None)
@given(growth=amounts, people=amounts, cost=amounts)
def test_a_growth_is_affordable_for_its_bill(growth: float, people: float, cost: float) -> None:
    bill = growth_bill(growth, people, cost)
    assert bill >= cost * growth * (1.0 - 1e-12)
    assert affordable_growth(math.inf, people, cost, bill) == pytest.approx(growth, rel=1e-6)


def test_growth_beyond_ones_own_people_costs_more_by_hand() -> None:
    assert growth_bill(8.0, 10.0, 3.0) == 24.0
    assert growth_bill(20.0, 10.0, 3.0) == pytest.approx(3.0 * (20.0 + 10.0))
    assert affordable_growth(12.0, 10.0, 3.0, 1e9) == 12.0  # no more than is wanted
    assert affordable_growth(12.0, 0.0, 3.0, 1e9) == 0.0  # nobody to build it
    assert affordable_growth(12.0, 10.0, 3.0, 0.0) == 0.0
    assert affordable_growth(-1.0, 10.0, 3.0, 1e9) == 0.0


# Experience


def one_line(model: TraffickingModel, base: float, root: float) -> int:
    """Return a trading line of a given size in a market of the first year's demand."""
    w = model.world
    row = int(np.argmax(w.lines.phase == TRADING))
    w.lines.base_kg[row], w.lines.root_kg[row] = base, root
    w.markets.demand_kg[:] = w.markets.first_demand_kg
    return row


def test_a_lasting_advantage_ends_as_the_short_response_and_its_experience(
    model: TraffickingModel,
) -> None:
    """ln(reach / root) = a (1 + forgetting / experience), a the short response."""
    w, p = model.world, P.expansion.model_copy(update={"forgetting_years": 10.0})
    row, short = one_line(model, 100.0, 100.0), 0.2
    for _ in range(13 * 200):
        w.lines.reach_kg[row] = w.lines.base_kg[row] * math.exp(short)
        gain_experience(w, p.record(), MONTH)
    long = math.log(w.lines.reach_kg[row] / 100.0)
    assert long == pytest.approx(short * (1.0 + 10.0 / P.expansion.experience_years), rel=1e-6)


def test_what_is_left_of_an_advantage_halves_while_it_is_forgotten(
    model: TraffickingModel,
) -> None:
    w, years = model.world, math.log(2.0) * P.expansion.forgetting_years
    row = one_line(model, 150.0, 100.0)
    for _ in range(round(13 * years)):
        w.lines.reach_kg[row] = w.lines.base_kg[row]  # the advantage has passed
        gain_experience(w, P.expansion.record(), MONTH)
    left = math.log(w.lines.base_kg[row] / 100.0) / math.log(1.5)
    assert left == pytest.approx(0.5, abs=0.005)


def test_a_line_that_grows_with_its_market_learns_nothing_by_it(model: TraffickingModel) -> None:
    w = model.world
    row = one_line(model, 100.0, 100.0)
    w.markets.demand_kg[:] = 2.0 * w.markets.first_demand_kg
    w.lines.reach_kg[row] = 200.0
    gain_experience(w, P.expansion.record(), MONTH)
    assert w.lines.base_kg[row] == pytest.approx(100.0, rel=1e-12)


def test_a_step_goes_part_of_the_way_to_what_is_wanted(model: TraffickingModel) -> None:
    w = model.world
    row = one_line(model, 100.0, 100.0)
    step, cost = np.zeros(len(w.lines.key)), np.zeros(len(w.lines.key))
    w.lines.year_margin[row] = w.lines.rest_margin[row]
    w.lines.reach_kg[row] = 80.0
    see_line(row, w, model.given.numbers, step, cost, MONTH)
    part = 1.0 - math.exp(-P.expansion.size_adjustment_per_year * MONTH / 52.0)
    assert step[row] == pytest.approx(part * math.log(100.0 / 80.0), rel=1e-3)
    assert cost[row] > 0.0
    w.lines.permitted[row] = False  # who is barred does not build
    see_line(row, w, model.given.numbers, step, cost, MONTH)
    assert step[row] == 0.0


# Held lines


def test_a_held_line_keeps_its_reach_and_opens_nothing() -> None:
    settings = ["weeks=156", "burn_in_weeks=26", 'held=["MX_SINALOA"]']
    model = TraffickingModel(Scenario.load("baseline", settings))
    w, o = model.world, model.roster.row("MX_SINALOA")
    mine = w.lines.cartel == o
    reach, others = w.lines.reach_kg[mine].copy(), w.lines.reach_kg[~mine].copy()
    phase = w.lines.phase[mine].copy()
    moves = model.run().tables["moves"]
    assert (reach > 0.0).any() and np.array_equal(w.lines.reach_kg[mine], reach)
    assert np.array_equal(w.lines.phase[mine], phase)
    assert not np.array_equal(w.lines.reach_kg[~mine], others)
    opened = moves["move"].isin(["opens place", "opens line"])
    assert {"opens place", "opens line"} <= set(NAMES)
    assert "MX_SINALOA" not in set(moves[opened]["organisation"])


# What everybody takes for the usual risk


def see(model: TraffickingModel, e: int, weeks: int, trips: float, prob: float) -> float:
    """Let some weeks pass in which a leg's consignments are seized as often as is usual."""
    w = model.world
    for _ in range(weeks):
        w.week.leg_trips[e], w.week.leg_seized[e] = trips, prob * trips
        follow_lasting_risk(w.legs, w.week, P.learning.record())
    return float(w.legs.known_prob[e])


def known(model: TraffickingModel, prob: float, weight: float) -> int:
    """Return a leg whose usual risk is known, with nothing seen of the others."""
    w = model.world
    w.week.leg_trips[:] = w.week.leg_seized[:] = 0.0
    w.legs.known_prob[0], w.legs.known_weight[0] = prob, weight
    return 0


def test_a_busy_leg_learns_a_tripled_risk_within_five_years_and_unlearns_it(
    model: TraffickingModel,
) -> None:
    e = known(model, 0.02, 30.0)
    assert see(model, e, 2600, 20.0, 0.02) == pytest.approx(0.02)
    up = see(model, e, 260, 20.0, 0.06)
    assert up == pytest.approx(0.02 + 0.04 * (1.0 - 2.0 ** (-260 / P.learning.lasting_weeks)))
    assert 0.02 + 0.7 * 0.04 < up < 0.06
    down = see(model, e, 260, 20.0, 0.02)
    assert down == pytest.approx(0.02 + (up - 0.02) * 2.0 ** (-260 / P.learning.lasting_weeks))


def test_one_false_alarm_is_forgotten(model: TraffickingModel) -> None:
    e = known(model, 0.02, 30.0)
    see(model, e, 2600, 20.0, 0.02)
    alarm = see(model, e, 1, 20.0, 1.0)
    assert 0.025 < alarm < 0.04
    later = see(model, e, 2 * round(P.learning.lasting_weeks), 20.0, 0.02)
    assert later - 0.02 == pytest.approx((alarm - 0.02) / 4.0, rel=1e-6)


def test_a_quiet_leg_moves_by_its_consignments_and_not_by_time(model: TraffickingModel) -> None:
    least = P.learning.lasting_consignments
    e = known(model, 0.1, least)
    for _ in range(20):
        see(model, e, 1, 1.0, 0.0)
        see(model, e, 25, 0.0, 0.0)
    now = float(model.world.legs.known_prob[e])
    assert now == pytest.approx(0.1 * (least / (least + 1.0)) ** 20, rel=1e-12)
    assert see(model, e, 520, 0.0, 0.0) == now
    assert see(model, e, 1, 1.0, 1.0) == pytest.approx((least * now + 1.0) / (least + 1.0))


def test_a_leg_that_nobody_uses_is_known_by_its_patrols(model: TraffickingModel) -> None:
    legs, p = model.world.legs, P.learning.record()
    e = known(model, 0.02, 30.0)
    legs.prob[:] = 0.1
    for _ in range(round(p.watching_weeks)):
        watch_patrols(legs, p)
    assert legs.known_prob[e] == pytest.approx(0.06)
