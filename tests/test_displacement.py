"""Displacement accounting: hand-worked worlds, identities, limits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.displacement.accounts import band
from experiments.displacement.estimates import (
    PARTS,
    decompose,
    diversion,
    herfindahl,
    largest_effect,
    logit_diversion,
    mean_of,
    often,
    shapley,
    share_of,
    shown,
    survival,
    variance_ratio,
)
from experiments.displacement.question import DRIVERS, Question, with_drivers
from experiments.displacement.verdicts import judge
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

COLUMNS = [
    "delivered_kg",
    "bought_kg",
    "revenue_usd",
    "paid_usd",
    "source_usd_per_kg",
    "toll_usd_per_kg",
]


def test_diversion_is_one_zero_and_negative_where_it_must_be() -> None:
    gain = np.array([10.0, 30.0, 20.0, 5.0, 15.0])
    for ratio in (1.0, 0.0, -0.4):  # pure displacement, pure growth, complement
        found = diversion(gain, ratio * gain)
        assert (found.value, found.low, found.high) == pytest.approx((ratio,) * 3)
    noisy = diversion(gain, gain + np.array([4.0, -4.0, 3.0, -3.0, 0.0]))
    assert noisy.low < 1.0 < noisy.high and noisy.value == pytest.approx(1.0)
    assert math.isnan(diversion(np.zeros(3), np.ones(3)).value)


def line(q: float, b: float, price: float, source: float, toll: float, way: float) -> list[float]:
    return [q, b, q * price, b * (source + toll + way), source, toll]


@pytest.mark.parametrize(
    ("part", "after", "expected"),
    [
        ("price", (90, 100, 270, 10, 5, 20), -2700.0),
        ("source", (90, 100, 300, 12, 5, 20), -200.0),
        ("affiliates", (90, 100, 300, 10, 9, 20), -400.0),
        ("routes", (90, 100, 300, 10, 5, 26), -600.0),
        ("volume", (45, 50, 300, 10, 5, 20), -13500.0 + 1750.0),
    ],
)
def test_each_part_answers_to_its_own_cause(
    part: str, after: tuple[float, ...], expected: float
) -> None:
    barred = pd.DataFrame([line(90, 100, 300, 10, 5, 20)], columns=COLUMNS)
    allowed = pd.DataFrame([line(*after)], columns=COLUMNS)
    found = decompose(allowed, barred).iloc[0]
    assert found[part] == pytest.approx(expected)
    assert found.drop([part, "total"]).abs().max() < 1e-9


numbers = st.lists(st.floats(0.0, 1e4), min_size=6, max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_the_parts_add_up_exactly(rows: list[tuple[list[float], list[float]]]) -> None:
    barred, allowed = (pd.DataFrame([row[k] for row in rows], columns=COLUMNS) for k in (0, 1))
    for table in (barred, allowed):
        table.loc[table["delivered_kg"] < 1e-3, "delivered_kg"] = 0.0
        table.loc[table["bought_kg"] < 1e-3, "bought_kg"] = 0.0
    found = decompose(allowed, barred)
    sizes = [
        t["bought_kg"] * (t["source_usd_per_kg"] + t["toll_usd_per_kg"])
        + t["revenue_usd"]
        + t["paid_usd"]
        for t in (barred, allowed)
    ]
    scale = 1e-9 * (1.0 + sizes[0] + sizes[1] + found.abs().max(axis=1))
    assert ((found[list(PARTS)].sum(axis=1) - found["total"]).abs() <= scale).all()


def test_shapley_adds_up_and_treats_equals_alike() -> None:
    value = {
        frozenset(): 1.0,
        frozenset("a"): 3.0,
        frozenset("b"): 3.0,
        frozenset("c"): 1.0,
        frozenset("ab"): 9.0,
        frozenset("ac"): 3.0,
        frozenset("bc"): 3.0,
        frozenset("abc"): 9.0,
    }
    split = shapley(["a", "b", "c"], value.__getitem__)
    assert split == pytest.approx({"a": 4.0, "b": 4.0, "c": 0.0})


def test_waiting_times_are_censored_not_dropped() -> None:
    curve = survival(np.array([10.0, 20.0, np.nan, np.nan]), 100)
    assert curve["share"].iloc[0] == 1.0 and curve["share"].iloc[-1] == 0.5
    assert (survival(np.full(3, np.nan), 100)["share"] == 1.0).all()


def test_intervals_have_their_limits() -> None:
    assert mean_of(np.full(5, 2.0)).low == 2.0
    some = mean_of(np.array([-1.0, 0.0, 0.0, 0.0, 1.0]))  # s = 0.7071, t(4) = 2.776
    assert some.value == 0.0 and some.high == pytest.approx(2.776 * 0.7071 / 5**0.5, rel=1e-3)
    none = share_of(np.zeros(10, bool))
    assert none.low == pytest.approx(0.0, abs=1e-12) and 0.2 < none.high < 0.35
    assert herfindahl(np.array([1.0, 3.0])) == pytest.approx(0.625)
    assert math.isnan(herfindahl(np.zeros(2)))
    a = np.array([1.0, 2.0, 3.0])
    assert variance_ratio(a + 5.0, a) == 0.0
    assert variance_ratio(a, -a) == pytest.approx(2.0)


def test_no_interval_from_fewer_than_five_pairs() -> None:
    gain = np.array([10.0, 30.0, 20.0, 5.0])
    for found in (mean_of(gain), share_of(gain > 7.0), diversion(gain, gain)):
        assert math.isnan(found.low) and math.isnan(found.high) and found.pairs == 4
        assert "(no interval)" in shown(found)
    assert often(share_of(gain > 7.0)) == "3 of 4 pairs, 75 % (no interval)"
    assert mean_of(np.append(gain, 8.0)).low > 0.0
    waiting = survival(np.array([10.0, 20.0, np.nan, np.nan]), 100)
    assert waiting[["low", "high"]].isna().all(axis=None)
    flat = band(pd.Series(gain))
    assert flat["median"] == 15.0 and math.isnan(flat["low"]) and math.isnan(flat["high"])


@pytest.mark.parametrize(
    ("gains", "loss_per_gain", "kind"),
    [
        ([20.0, 30.0], 1.0, "few"),
        ([0.0] * 5, 1.0, "none"),
        ([0.1, -0.1, 0.1, -0.1, 0.0], 1.0, "small"),
        ([9.0, -9.0, 8.0, -8.0, 5.0], 1.0, "untold"),
        ([-9.0, -9.5, -9.2, -9.1, -8.0], 1.0, "loses"),
        ([20.0, 30.0, 25.0, 22.0, 24.0], 0.9, "mostly"),
        ([20.0, 30.0, 25.0, 22.0, 24.0], 0.2, "new"),
        ([20.0, 30.0, 25.0, 22.0, 24.0], -0.2, "together"),
    ],
)
def test_a_verdict_is_what_the_intervals_allow(
    gains: list[float], loss_per_gain: float, kind: str
) -> None:
    gain = np.array(gains)
    found = judge(gain, diversion(gain, loss_per_gain * gain), least=1.0)
    assert found.kind == kind and found.gains == (kind in ("mostly", "new", "together"))


def test_no_effect_larger_than_what_the_90_percent_interval_leaves() -> None:
    gains = np.array([-1.0, 0.0, 0.0, 0.0, 1.0])  # half of 90 %: t(4) = 2.132
    assert largest_effect(gains) == pytest.approx(2.132 * 0.7071 / 5**0.5, rel=1e-3)
    assert math.isnan(largest_effect(gains[:4]))
    nothing = diversion(gains, gains)
    assert judge(gains, nothing, least=0.7).kind == "small"
    assert judge(gains, nothing, least=0.6).kind == "untold"


def test_a_logit_takes_from_all_in_proportion() -> None:
    # 100 kg are sold at elasticity 0.5, so buyers could take 150. The entrant has 20 of them
    # and gains 26: of the other 130 a fifth is gone, 16 kg of it from the incumbents' 80.
    found = logit_diversion(np.array([20.0, 0.0, 0.0]), np.array([80.0, 60.0, 0.0]), 0.5)
    assert found == pytest.approx([16.0 / 26.0, 1.0 / 1.5, 0.0])
    rigid = logit_diversion(np.array([20.0]), np.array([80.0]), 0.0)
    assert rigid == pytest.approx([1.0])  # what is fixed in all is taken from others


def test_an_entrant_is_barred_or_held() -> None:
    scenario = Scenario.load("baseline")
    question = Question.ask(scenario, "MX_SINALOA", "europe", None, "held")
    assert question.worlds_named == ("allowed", "held") and question.about == "growth"
    if "held" in Scenario.model_fields:
        allowed, held = question.worlds(scenario)
        assert allowed == scenario and held.barred == scenario.barred
        assert "MX_SINALOA:MK_EU" in getattr(held, "held", ())
    else:
        with pytest.raises(ScenarioError, match="say --against barred"):
            question.worlds(scenario)
    with pytest.raises(ScenarioError, match="leave out --since"):
        Question.ask(scenario, "MX_SINALOA", "europe", scenario.start, "held")


def test_worlds_differ_in_the_entrant_alone() -> None:
    scenario = Scenario.load("sinaloa_enters")
    question = Question.ask(scenario, "MX_SINALOA", "europe", None)
    allowed, barred = question.worlds(scenario)
    assert allowed == scenario and "MX_SINALOA:MK_EU" in barred.barred
    assert [e.name for e in barred.events] == ["Brazil opens to it"]
    since = Question.ask(scenario, "MX_SINALOA", "europe", scenario.start.replace(year=2013))
    later, never = since.worlds(scenario)
    assert set(later.events) - set(never.events) == {later.events[-1]}
    assert later.barred == never.barred


def test_drivers_can_be_taken_away() -> None:
    scenario = Scenario.load("everything")
    question = Question.ask(scenario, "MX_SINALOA", "MK_EU", None)
    assert with_drivers(scenario, DRIVERS, question) == scenario
    calm = with_drivers(scenario, ("demand", "capital"), question)
    kinds = {event.kind for event in calm.events}
    assert "demand" in kinds and not kinds & {"raid", "law", "airstrips", "campaign"}
    still = with_drivers(scenario, ("interdiction",), question)
    assert still.parameters.demand.europe_growth_per_year == 0.0
    assert "demand" not in {event.kind for event in still.events}
    assert still.organisations == {}


def test_without_its_war_chest_the_entrant_has_what_is_usual() -> None:
    rich = Scenario.load("sinaloa_enters", ["organisations.MX_SINALOA.members=9000"])
    question = Question.ask(rich, "MX_SINALOA", "MK_EU", None)
    poor = with_drivers(rich, ("demand", "interdiction"), question)
    assert rich.organisations["MX_SINALOA"].capital_usd_m == 1780
    assert poor.organisations["MX_SINALOA"].capital_usd_m is None
    assert poor.organisations["MX_SINALOA"].members == 9000
    assert poor.model_copy(update={"organisations": rich.organisations}) == rich
    new = {"group": "Other", "home": "EU_ANTWERP", "capital_usd_m": 9000}
    added = Scenario.load("baseline", {"organisations": {"ZZ_NEW": new}})
    question = Question.ask(added, "ZZ_NEW", "MK_EU", None)
    usual = with_drivers(added, (), question).organisations["ZZ_NEW"].capital_usd_m
    assert usual is not None and 0 < usual < 1780


@pytest.mark.parametrize(("entrant", "market"), [("MX_SINALO", "europe"), ("MX_CJNG", "europ")])
def test_a_wrong_name_is_answered_with_the_right_one(entrant: str, market: str) -> None:
    with pytest.raises(ScenarioError, match="did you mean"):
        Question.ask(Scenario.load("baseline"), entrant, market, None)
