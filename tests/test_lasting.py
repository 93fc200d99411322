"""Reasons, lasting risks and booms: how what is found is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.validation import rest_points
from experiments.validation.lasting import BOOM_YEARS, years_until_half
from experiments.validation.repeats import Repeats
from experiments.validation.responses import REASONS, holds
from experiments.validation.responses_report import draw_boom, report
from experiments.validation.rest import drift_of
from sim.parameters import register
from sim.scenario.scenario import Scenario


@pytest.mark.parametrize(
    ("expected", "low", "high", "says"),
    [
        (1, 0.01, 0.2, "yes"),
        (1, -0.1, 0.2, "cannot tell"),
        (1, -0.2, -0.1, "no"),
        (-1, -0.2, -0.1, "yes"),
        (-1, 0.1, 0.2, "no"),
        (0, -0.04, 0.03, "yes"),
        (0, -0.1, 0.3, "no"),
        (1, np.nan, np.nan, "cannot tell: too few pairs"),
    ],
)
def test_a_sign_is_told_beyond_luck_only(expected: int, low: float, high: float, says: str) -> None:
    assert holds(expected, low, high) == says


def boom_table(fade: float) -> pd.DataFrame:
    """Return an extra share of four points that halves every so many years after the boom."""
    years = np.arange(30)
    after = np.maximum(years - (BOOM_YEARS - 1), 0)
    share = np.minimum(years / (BOOM_YEARS - 1), 1.0) * 0.04 * 0.5 ** (after / fade)
    rows = {"year": years, "extra_share": share, "low": share - 0.01, "high": share + 0.01}
    return pd.DataFrame(rows | {"forgetting_years": 20, "pairs": 5})


def test_the_half_life_of_a_boom_is_found_again() -> None:
    assert years_until_half(boom_table(6.0))[20] == pytest.approx(6.0, abs=1.5)
    assert years_until_half(boom_table(1e9))[20] == np.inf


def test_a_share_that_comes_back_is_not_gone() -> None:
    table = boom_table(1e9)
    table.loc[table["year"].between(10, 13), "extra_share"] = 0.0
    assert years_until_half(table)[20] == np.inf


def test_the_report_has_a_row_for_every_reason() -> None:
    reasons = pd.DataFrame(
        {
            "reason": [r.name for r in REASONS],
            "measure": [r.of for r in REASONS],
            "change": 0.1,
            "low": 0.05,
            "high": 0.15,
            "elasticity": np.nan,
            "pairs": 5,
            "expected": "rises",
            "holds": "yes",
        }
    )
    columns = ("learnt", "learnt_low", "learnt_high", "left", "left_low", "left_high")
    learning = pd.DataFrame([{"consignments": "under 12", "legs": 7} | dict.fromkeys(columns, 0.5)])
    tables = {"reasons": reasons, "learning": learning, "boom": boom_table(6.0)}
    text = report(tables, "airbridge responses")
    assert text.count("| yes |") == len(REASONS)
    assert "| under 12 | 7 | 50% (+50.0 % to +50.0 %) |" in text
    assert len(draw_boom(tables["boom"]).axes[0].lines) == 2


# Worlds over the register's ranges


def test_points_lie_within_the_register_and_are_drawn_again_the_same() -> None:
    points = rest_points.draw_points(20, 3)
    assert points == rest_points.draw_points(20, 3) != rest_points.draw_points(20, 4)
    ranges = {entry.name: entry for entry in register()}
    for point in points:
        for name, value in point.items():
            assert ranges[name].low <= value <= ranges[name].high
            assert ranges[name].role != "constant"
    assert not any("growth_per_year" in name for name in points[0])


@pytest.mark.parametrize(
    ("replicates", "dead", "lost"), [(4, 1, False), (4, 2, True), (10, 1, False), (10, 2, True)]
)
def test_one_death_tells_of_no_rate_and_two_in_ten_do(
    replicates: int, dead: int, lost: bool
) -> None:
    rows = [
        {"unit": "cartel", "market": "MK_EU", "name": "A", "replicate": r, "year": year}
        | {"share": 0.0 if r < dead and year > 4 else 0.1}
        for r in range(replicates)
        for year in range(8)
    ]
    data = pd.Series({("cartel", "MK_EU", "A"): 0.1})
    found = drift_of(pd.DataFrame(rows), data, 8)
    assert bool(found["lost"].iloc[0]) is lost


def test_a_world_against_the_prices_of_the_data_is_told_apart() -> None:
    row = rest_points.watch_point(
        Scenario.load("baseline"), {"interdiction.seizure_factor": 2.5}, 8, Repeats(1, seed=1)
    )
    assert row["rests"] is None and str(row["says"]).startswith("inconsistent: ")
    line = rest_points.points_line(pd.DataFrame([{"rests": True, "says": ""}, row]))
    assert "Of 1 worlds" in line and "in 1 more the numbers contradict" in line


def test_a_world_that_is_refused_is_told_and_not_counted() -> None:
    row = rest_points.watch_point(
        Scenario.load("baseline"), {"demand.nothing": 1.0}, 8, Repeats(1, seed=1)
    )
    assert row["rests"] is None
    assert "demand.nothing" in str(row["says"])
    table = pd.DataFrame(
        [
            {"point": 0, "rests": True, "says": ""},
            {"point": 1, "rests": False, "says": "", "moved": 2, "groups": 29, "lost": ""}
            | {"who": "Mexican", "market": "MK_EU", "largest_change": 0.05},
            {"point": 2, **row},
        ]
    )
    line = rest_points.points_line(table)
    assert "Of 2 worlds" in line and "1 rest (50%)" in line and "1 more" in line
    text = rest_points.points_table(table)
    assert "| 1 | 2 of 29 groups; Mexican in MK_EU by +5.0 points | none |" in text
    assert "| 2 |" in text and "| 0 |" not in text
