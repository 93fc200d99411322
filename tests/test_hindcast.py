"""Scores by hand, forecasts that are known, and a hindcast from the command to its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import airbridge, check_refusal, check_success

from experiments.validation import forecasts, hindcast, must_hold
from experiments.validation.forecasts import LEVEL, MODEL, PERSISTENCE, TREND, score
from experiments.validation.hindcast_report import headline, report, third_line
from experiments.validation.scores import crps, difference, inside, log_sd
from scenarios import data_folder
from sim import Scenario

YEARS = range(2010, 2024)


def observed(values: dict[int, float], spread: float = 0.0) -> pd.DataFrame:
    """One series of the data, exact unless a spread is given."""
    rows = [
        {
            "group": "prices",
            "measure": "price_usd_per_kg",
            "where": "A",
            "year": year,
            "value": value,
            "low": value * (1 - spread),
            "high": value * (1 + spread),
            "use": "fit 2010-2016" if year <= 2016 else "judge 2017+",
        }
        for year, value in values.items()
    ]
    return pd.DataFrame(rows)


def world(values: dict[int, list[float]]) -> pd.DataFrame:
    """What replicates show of that series."""
    return pd.DataFrame(
        [
            {
                "measure": "price_usd_per_kg",
                "where": "A",
                "year": year,
                "replicate": r,
                "value": v,
                "unit": "USD",
            }
            for year, members in values.items()
            for r, v in enumerate(members)
        ]
    )


def test_crps_is_that_of_a_normal_and_falls_to_the_error_of_a_point() -> None:
    draws = np.random.default_rng(1).standard_normal(20_000)
    # Gneiting & Raftery (2007): CRPS of N(0, 1) at its mean is 1/sqrt(pi) (sqrt(2) - 1)
    assert crps(draws, 0.0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=0.01)
    assert crps(np.array([2.0, 2.0]), 5.0) == 3.0
    by_hand = (
        np.abs(np.array([1, 4, 7]) - 2.0).mean()
        - 0.5 * np.abs(np.subtract.outer([1, 4, 7], [1, 4, 7])).mean()
    )
    assert crps(np.array([4.0, 7.0, 1.0]), 2.0) == pytest.approx(by_hand)
    assert inside(np.arange(101.0), 50.0) and not inside(np.arange(101.0), 99.0)


def test_a_range_holds_ninety_per_cent() -> None:
    sd = log_sd(np.exp(-1.645), np.exp(1.645))
    assert sd == pytest.approx(1.0) and log_sd(0.0, 1.0) == log_sd(2.0, 2.0) == 0.0


def test_persistence_keeps_the_last_fitted_year_and_the_trend_its_line() -> None:
    data = observed({year: float(year - 2000) for year in YEARS})
    said = forecasts.simple(data[data["year"] <= 2016], 2023)
    assert said[PERSISTENCE] is not None and set(said[PERSISTENCE]) == {16.0}
    assert said[TREND] == pytest.approx(np.full(forecasts.DRAWS, 23.0))
    assert forecasts.simple(data[data["year"] <= 2016], 2010) == {PERSISTENCE: None, TREND: None}


def test_a_model_that_is_right_has_no_score_and_its_level_is_fitted_to_early_years_alone() -> None:
    data = observed({year: float(year - 2000) for year in YEARS})
    right = {year: [float(year - 2000)] * 5 for year in YEARS}
    half = {year: [0.5 * (year - 2000)] * 5 for year in YEARS}
    late = {year: [0.5 * (year - 2000) * (1 if year <= 2016 else 3)] * 5 for year in YEARS}
    perfect = score(data, {MODEL: world(right)})
    assert (perfect[f"{MODEL}.crps"] == 0).all() and (perfect[f"{MODEL}.inside"] == 1).all()
    assert perfect[f"{PERSISTENCE}.crps"].iloc[-1] == pytest.approx(7 / 23)
    scaled = score(data, {MODEL: world(half)})
    assert scaled[f"{MODEL}.crps"].to_numpy() == pytest.approx(0.5)
    assert scaled[f"{LEVEL}.crps"].to_numpy() == pytest.approx(0.0, abs=1e-12)
    # what is wrong in judged years is not mended by them
    wrong = score(data, {MODEL: world(late)})
    judged = wrong["year"] > 2016
    assert wrong.loc[judged, f"{LEVEL}.crps"].to_numpy() == pytest.approx(2.0)


def test_what_the_model_lacks_is_missing_and_not_compared() -> None:
    data = observed(dict.fromkeys(YEARS, 10.0), spread=0.1)
    found = score(data, {MODEL: world({2012: [9.0, 11.0]})})
    assert found[f"{MODEL}.crps"].notna().sum() == 1
    names = [MODEL, LEVEL, PERSISTENCE, TREND]
    assert list(hindcast.comparable(found, names)["year"]) == [2012]
    table = hindcast.tabulate(found, names).set_index(["group", "period"])
    row = table.loc[("prices", "judge 2017+")]
    assert (row["observations"], row["not_in_model"], row["compared"]) == (7, 7, 0)


def test_the_interval_of_a_difference_resamples_series_whole() -> None:
    rows = [
        {"measure": "m", "where": str(k), "one": 1.0 + (k % 2), "other": 1.0}
        for k in range(20)
        for _ in range(7)
    ]
    mean, low, high = difference(pd.DataFrame(rows), "one", "other")
    assert mean == 0.5 and 0.2 < low < 0.35 and 0.65 < high < 0.8


def test_replicates_draw_deviations_by_path_and_hold_ninety_per_cent() -> None:
    scenario = Scenario.load("history")
    drawn = [hindcast.drawn(scenario, 1, r) for r in range(400)]
    one = np.array([world.paths["supply_peru"].deviation for world in drawn])
    other = np.array([world.paths["supply_bolivia"].deviation for world in drawn])
    assert (np.abs(one) <= 1).mean() == pytest.approx(0.9, abs=0.04)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.15
    assert hindcast.drawn(scenario, 1, 3).paths == drawn[3].paths


def test_what_must_hold_is_measured_and_failures_come_first() -> None:
    def table(flights: dict[int, float], output: float) -> pd.DataFrame:
        things = {
            ("produced_pure_t", "World"): lambda y: output,
            ("price_usd_per_kg", "MK_EU"): lambda y: 100.0 if y < 2019 else 70.0,
            ("flights", "air bridge"): lambda y: flights.get(y, 600.0),
            ("seized_bulk_t", "World"): lambda y: 60.0 if y < 2017 else 70.0,
            ("origin_share", "Ecuador"): lambda y: 0.1 if y < 2019 else 0.2,
        }
        rows = [
            {"measure": m, "where": w, "year": y, "replicate": r, "value": of(y)}
            for (m, w), of in things.items()
            for y in YEARS
            for r in range(5)
        ]
        return pd.DataFrame(rows)

    data = pd.DataFrame(
        [{"measure": "produced_pure_t", "where": "World", "year": y, "value": 100.0} for y in YEARS]
    )
    model = table({2016: 200.0, 2018: 500.0, 2019: 500.0}, 100.0)
    without = model.copy()
    late = (without["measure"] == "seized_bulk_t") & (without["year"] >= 2017)
    without.loc[late, "value"] = 60.0
    assert all(line.holds for line in must_hold.lines(model, without, data))
    bad = table({2016: 200.0}, 130.0).replace({600.0: 600.0})
    bad.loc[(bad["measure"] == "flights") & (bad["year"] > 2016), "value"] = 250.0
    found = must_hold.lines(bad, bad, data)
    assert [line.holds for line in found] == [False] * 3 + [True] * 3
    assert found[0].measured.startswith("0 of 14 years; outside 2010: +30 %")
    assert "+12 (+12 to +12) % of the loss made good" in found[1].measured


def test_a_scenario_that_misses_the_years_is_refused_before_anything_runs(tmp_path: Path) -> None:
    done = airbridge("hindcast", "history", "--set", "weeks=260", cwd=tmp_path)
    check_refusal(done, "history: a hindcast needs 2013 to 2019 at least")
    assert not (tmp_path / "results").exists()


def test_the_observations_can_all_be_told_by_a_run_or_are_named() -> None:
    table = hindcast.read_observations(data_folder() / "observations.csv")
    assert set(table["measure"]) == {
        "produced_pure_t",
        "price_usd_per_kg",
        "seized_bulk_t",
        "seized_share",
        "origin_share",
        "group_share",
        "flights",
        "air_share",
        "lost_per_flight",
    }
    late = table["year"] > 2016
    assert (table.loc[late, "use"] != "fit 2010-2016").all()
    assert (table.loc[~late, "use"] != "judge 2017+").all()
    assert not table.duplicated(["measure", "where", "year"]).any()
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


@pytest.mark.slow
def test_a_hindcast_leaves_its_page_tables_and_figures_and_goes_on_from_its_store(
    tmp_path: Path,
) -> None:
    words = ("hindcast", "history", "--replicates", "2", "--set", "burn_in_weeks=0", "--out", "out")
    done = airbridge(*words, "--set", "weeks=520", cwd=tmp_path)
    check_success(done)
    out = tmp_path / "out"
    page = (out / "report.md").read_text()
    assert page.splitlines()[2].startswith("Over the judged years 2017-23 the model is not judged:")
    assert "cannot tell" in page and page.count("**fails**") + page.count("| holds |") == 6
    table = pd.read_csv(out / "table.csv")
    assert {"supply", "prices", "seizures", "origins", "air bridge", "shares", "all"} == set(
        table["group"]
    )
    figures = {path.name for path in (out / "figures").iterdir()}
    assert {"hindcast_seizures.pdf", "hindcast_air_bridge.png"} <= figures and len(figures) == 12
    before = (out / "table.csv").read_text()
    check_success(airbridge(*words, "--set", "weeks=520", cwd=tmp_path))
    assert (out / "table.csv").read_text() == before


def test_the_headline_says_what_the_interval_says() -> None:
    data = pd.concat(
        [observed({y: 10.0 + (y > 2016) for y in YEARS}).assign(where=str(k)) for k in range(6)]
    )
    right = {y: [10.0 + (y > 2016)] * 5 for y in YEARS}
    worlds = pd.concat([world(right).assign(where=str(k)) for k in range(6)])
    scores = score(data, {MODEL: worlds})
    names = [MODEL, LEVEL, PERSISTENCE, TREND]
    bands = hindcast.bands_of(worlds, data)
    assert len(bands) == 6 * 14 and (bands["low"] == bands["high"]).all()
    found = hindcast.Hindcast(scores, hindcast.tabulate(scores, names), bands, [], names, 5)
    assert "the model beats persistence" in headline(found)
    assert "is not judged" in headline(
        hindcast.Hindcast(scores, found.table, bands, [], names, replicates=4)
    )


def test_over_an_ensemble_the_page_tells_posterior_from_prior_and_luck_from_ignorance() -> None:
    data = pd.concat(
        [observed({y: 10.0 + (y > 2016) for y in YEARS}).assign(where=str(k)) for k in range(6)]
    )
    # Two members, two lucks each: they differ by 1, luck by 0.1.
    right = {y: [10.0, 10.1, 11.0, 11.1, 10.0, 10.1] for y in YEARS}
    wrong = {y: [20.0 + k for k in range(6)] for y in YEARS}
    worlds = {
        name: pd.concat([world(values).assign(where=str(k)) for k in range(6)])
        for name, values in ((MODEL, right), (hindcast.BEFORE, wrong))
    }
    scores = score(data, worlds)
    names = [MODEL, hindcast.BEFORE, LEVEL, PERSISTENCE, TREND]
    split = hindcast.split_by_series(worlds[MODEL], data)
    assert len(split) == 6 * 7 and split["year"].min() == 2017
    # Within pairs 0.005; between their means 1/3, of which luck is 0.0025.
    assert split["luck_share"].to_numpy() == pytest.approx(0.005 / (1 / 3 - 0.0025 + 0.005))
    bands = hindcast.bands_of(worlds[MODEL], data)
    table = hindcast.tabulate(scores, names)
    found = hindcast.Hindcast(scores, table, bands, [], names, 6, split)
    assert "the posterior is better" in third_line(found) and "1 % is luck" in third_line(found)
    assert "members of an ensemble" in report(found, "history", "command")
    assert third_line(hindcast.Hindcast(scores, table, bands, [], names, 6)) == ""


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "supply,produced_pure_t,World,2018,2,1,x,t,judge 2017+",
            "row 2: high = x is not a number",
        ),
        ("supply,produced_pure_t,World,2018,5,1,3,t,judge 2017+", "value = 5 is outside low 1"),
        ("supply,,World,2018,2,1,3,t,judge 2017+", "row 2: measure is empty"),
        ("supply,produced_pure_t,World,2018,2,1,3,t,train", "use = train is not one of fit 2010"),
        ("supply,produced_pure_t,World,2018,2,1,3,t,fit 2010-2016", "2018 is a judged year"),
    ],
)
def test_other_observations_are_refused_in_words(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"group,measure,where,year,value,low,high,unit,use\n{row}\n")
    done = airbridge("hindcast", "--observations", path, cwd=tmp_path)
    check_refusal(done, "mine.csv", says)


def test_other_observations_judge_and_the_fitted_years_stay(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    head = "group,measure,where,year,value,low,high,unit,use\n"
    path.write_text(head + "seizures,seized_bulk_t,Peru,2019,50,40,60,t bulk,judge 2017+\n")
    table = hindcast.check(Scenario.load("history"), path)
    judged = table[table["use"] == hindcast.JUDGE]
    assert list(judged["value"]) == [50.0] and judged["where"].item() == "Peru"
    assert (table["use"] == hindcast.FIT).sum() == 279
