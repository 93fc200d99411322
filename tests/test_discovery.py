"""Scenario discovery finds boxes that were planted, counts them right and says what they are."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments.results.workbench import for_workbench
from experiments.sensitivity.discovery import Box, discover, in_words
from experiments.words import in_digits, short_names
from sim.errors import ScenarioError

CASES = 800
ONE_PEEL = 0.05  # share of a range: how finely limits are found


def cases(seed: int = 1) -> pd.DataFrame:
    """Evenly spread points of three factors, one of them in millions."""
    x = np.random.default_rng(seed).uniform(size=(CASES, 3))
    return pd.DataFrame(x * [1e7, 1.0, 1.0], columns=["entry.capital", "risk.memory", "risk.noise"])


def planted(x: pd.DataFrame) -> np.ndarray:
    return ((x["entry.capital"] > 6e6) & (x["risk.memory"] < 0.5)).to_numpy()


@pytest.fixture(scope="module")
def noisy() -> tuple[pd.DataFrame, np.ndarray, list[Box]]:
    """Cases of which nine in ten are of interest inside a box and one in twenty outside."""
    x = cases()
    y = np.random.default_rng(2).random(CASES) < np.where(planted(x), 0.9, 0.05)
    return x, y, discover(x, y)


def held(x: pd.DataFrame, box: Box) -> np.ndarray:
    """Whether each case lies in a box, counted anew from its limits."""
    rows = box.limits.set_index("factor")
    return np.all([x[f].between(rows.loc[f, "low"], rows.loc[f, "high"]) for f in x], axis=0)


def test_a_planted_box_is_found_and_factors_without_effect_are_left_alone(noisy):
    limits = noisy[2][0].limits.set_index("factor")
    assert limits.loc["entry.capital", "low"] == pytest.approx(6e6, abs=1e7 * ONE_PEEL)
    assert limits.loc["risk.memory", "high"] == pytest.approx(0.5, abs=ONE_PEEL)
    assert list(limits["restricted"]) == [True, True, False]
    assert limits.loc["entry.capital", "qp_low"] < 1e-6
    assert limits[["qp_low", "qp_high"]].isna().to_numpy().tolist() == [
        [False, True],
        [True, False],
        [True, True],
    ]
    assert limits.loc["risk.noise", ["low", "high"]].tolist() == [
        noisy[0]["risk.noise"].min(),
        noisy[0]["risk.noise"].max(),
    ]


def test_coverage_density_and_mass_are_those_counted_by_hand(noisy):
    x, y, (box, *_) = noisy
    inside = held(x, box)
    assert box.coverage == pytest.approx((inside & y).sum() / y.sum())
    assert box.density == pytest.approx((inside & y).sum() / inside.sum())
    assert box.mass == pytest.approx(inside.mean())
    assert box.n_restricted == 2


def test_of_the_boxes_dense_enough_the_one_of_largest_coverage_is_chosen(noisy):
    box = noisy[2][0]
    path = box.trajectory
    chosen = path[path["chosen"]]
    assert len(chosen) == 1 and chosen["coverage"].item() == box.coverage
    assert box.density >= 0.8
    start = path.iloc[0]
    assert (start["coverage"], start["mass"], start["n_restricted"]) == (1.0, 1.0, 0)
    looser, stricter = (discover(*noisy[:2], density=d, boxes=1)[0] for d in (0.5, 0.9))
    assert looser.coverage > box.coverage >= stricter.coverage
    assert looser.density >= 0.5


def test_where_no_box_is_dense_enough_the_densest_is_chosen():
    x = cases()
    y = np.random.default_rng(3).random(CASES) < np.where(planted(x), 0.5, 0.1)
    box = discover(x, y, density=0.99, boxes=1)[0]
    assert 0.45 < box.density < 0.8
    assert box.limits["restricted"].tolist()[:2] == [True, True]


def test_a_second_box_is_sought_among_the_cases_left():
    x = cases(4)
    second = ((x["entry.capital"] < 3e6) & (x["risk.noise"] > 0.6)).to_numpy()
    y = planted(x) | second
    found = discover(x, y, boxes=3)
    assert len(found) == 2
    assert held(x, found[0])[planted(x)].mean() > 0.9
    limits = found[1].limits.set_index("factor")
    assert limits.loc["entry.capital", "high"] == pytest.approx(3e6, abs=1e7 * ONE_PEEL)
    assert limits.loc["risk.noise", "low"] == pytest.approx(0.6, abs=ONE_PEEL)
    assert found[0].coverage + found[1].coverage == pytest.approx(1.0, abs=0.1)
    left = ~held(x, found[0])
    assert found[1].density == pytest.approx(y[left & held(x, found[1])].mean())


def test_where_nothing_matters_the_box_is_everything():
    y = np.random.default_rng(5).random(CASES) < 0.3
    (box,) = discover(cases(), y)
    assert (box.n_restricted, box.coverage, box.mass) == (0, 1.0, 1.0)
    assert in_words(box) == (
        f"Entrants displace incumbents in {100 * y.mean():.0f} % of cases, and no range of the "
        "factors sets these apart"
    )


def test_whole_numbers_and_switches_are_factors_too():
    rng = np.random.default_rng(6)
    x = pd.DataFrame({"crews": rng.integers(1, 9, CASES), "allowed": rng.random(CASES) < 0.5})
    y = ((x["crews"] >= 5) & x["allowed"]).to_numpy()
    (box,) = discover(x, y, boxes=1)
    limits = box.limits.set_index("factor")
    assert 4 < limits.loc["crews", "low"] <= 5
    assert 0 < limits.loc["allowed", "low"] <= 1
    assert (box.coverage, box.density) == (1.0, 1.0)


def test_the_cases_are_left_as_they_were(noisy):
    x, y, _ = noisy
    before = x.copy(), y.copy()
    discover(x, y, boxes=1, mass_min=0.3)
    pd.testing.assert_frame_equal(x, before[0])
    assert (y == before[1]).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.arange(CASES) < 9, "only 9 of 800 cases are of interest; .* at least 10"),
        (np.ones(CASES, bool), "all 800 cases are of interest"),
        (np.ones(5, bool), "800 points but outcomes of shape"),
    ],
)
def test_too_few_or_only_cases_of_interest_are_refused(y, message):
    with pytest.raises(ScenarioError, match=message) as error:
        discover(cases(), y)
    assert "\n" not in str(error.value)


def test_missing_values_and_words_are_refused():
    x, y = cases(), planted(cases())
    x.loc[3, "risk.noise"] = np.nan
    with pytest.raises(ScenarioError, match=r"every value of: risk\.noise"):
        discover(x, y)
    with pytest.raises(ScenarioError, match=r"not words: risk\.noise"):
        discover(x.assign(**{"risk.noise": "much"}), y)


def made(*rows: tuple) -> Box:
    columns = ["factor", "low", "high", "full_low", "full_high", "qp_low", "qp_high", "restricted"]
    return Box(pd.DataFrame(rows, columns=columns), 0.712, 0.838, 0.12, 2, pd.DataFrame())


def test_a_box_in_words():
    none = np.nan
    capital = ("entry.capital", 3.1e6, 1e7, 0.0, 1e7, 1e-9, none, True)
    memory = ("risk.memory", 0.0, 0.2, 0.0, 1.0, none, 1e-4, True)
    noise = ("risk.noise", 0.0, 1.0, 0.0, 1.0, none, none, False)
    wage = ("wage", 12_345.0, 20_000.0, 0.0, 1e5, 1e-3, 0.01, True)
    assert in_words(
        made(memory, noise, capital),
        {"entry.capital": "A", "risk.memory": "B"},
        {"entry.capital": "USD"},
    ) == (
        "Entrants displace incumbents mostly where A is above 3.1 M USD and B below 0.2 "
        "(coverage 0.71, density 0.84, 12 % of cases)"
    )
    assert in_words(made(wage, memory, capital), what="Prices fall").startswith(
        "Prices fall mostly where capital is above 3.1 M, memory below 0.2 and wage between "
        "12,300 and 20,000 ("
    )
    assert "where memory is below 0.2 (" in in_words(made(memory))


def test_numbers_and_names_are_short():
    values = [0, 0.2003, -1.5, 999.4, 12_345, 3_140_000, 2.5e9]
    shown = ["0", "0.2", "-1.5", "999", "12,300", "3.14 M", "2.5 bn"]
    assert [in_digits(value) for value in values] == shown
    assert short_names(["a.x", "b.x", "a.y", "z"], {"z": "Zeal"}) == {
        "a.x": "a.x",
        "b.x": "b.x",
        "a.y": "y",
        "z": "Zeal",
    }


def test_results_load_straight_into_the_workbench():
    x = cases().set_index(np.arange(CASES) + 7)
    outcomes = pd.DataFrame({"displaced": planted(x).astype(float)})
    results = for_workbench(x, outcomes)
    experiments, arrays = results
    assert list(experiments.columns) == [*x.columns, "scenario", "policy", "model"]
    assert experiments[list(x.columns)].to_numpy() == pytest.approx(x.to_numpy())
    assert arrays["displaced"].tolist() == outcomes["displaced"].tolist()
    same = for_workbench(x, {"displaced": outcomes["displaced"].tolist()})[1]
    assert (same["displaced"] == arrays["displaced"]).all()
    with pytest.raises(ScenarioError, match="displaced: 3 values for 800 points"):
        for_workbench(x, {"displaced": [0, 1, 1]})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_workbench_scores_factors_from_these_results():
    discover(cases(), planted(cases()), boxes=1)  # has the library imported without its warnings
    from ema_workbench.analysis import feature_scoring

    experiments, arrays = for_workbench(cases(), {"displaced": 1.0 * planted(cases())})
    scores = feature_scoring.get_feature_scores_all(experiments, arrays)["displaced"]
    assert scores.nlargest(2).index.tolist() == ["entry.capital", "risk.memory"]


def test_the_workbench_is_imported_only_when_wanted():
    code = "import sys, experiments.sensitivity.discovery; sys.exit('ema_workbench' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
