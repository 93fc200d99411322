"""What is observed of a run: booked, weighed, late, at another purity, and always alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import Run, Scenario, ScenarioError, TraffickingModel
from sim.results import observation
from sim.results.observation import bookings, observe, weighed

SETTINGS = ["weeks=160", "burn_in_weeks=4"]
SANTOS = (
    'paths.effort_santos={kind="effort", ports=["BR_SANTOS"], share=0.05, booked_by="departure"}'
)
PURITY = 'paths.purity_seizures={kind="purity"}'
PLAIN = ["observation.load_spread=0", "observation.late_share=0"]


def run_of(*settings: str) -> Run:
    return TraffickingModel(Scenario.load("baseline", [*SETTINGS, *settings]), seed=1).run()


@pytest.fixture(scope="module")
def run() -> Run:
    return run_of()


def again(run: Run, *settings: str) -> Run:
    """The same run, looked at by other numbers."""
    scenario = run.scenario.with_overrides([*settings])
    return Run(scenario, run.network, run.tables, run.manifest)


def values(table: pd.DataFrame, measure: str, where: str) -> pd.Series:
    rows = table[(table["measure"] == measure) & (table["where"] == where)]
    return rows.set_index("year")["value"]


def raised(run: Run) -> pd.Series:
    return 52.1775 / run.tables["markets"].groupby("year")["week"].nunique()


def test_only_whole_years_are_observed(run: Run) -> None:
    assert set(observe(run)["year"]) == {2010, 2011, 2012}
    assert observe(run_of("weeks=30")).empty


def test_without_luck_and_lag_the_world_books_what_was_seized(run: Run) -> None:
    table = observe(again(run, *PLAIN))
    kg = run.tables["legs"].groupby("year")["seized_kg"].sum() * raised(run)
    found = values(table, "seized_bulk_t", "World")
    assert found.to_numpy() == pytest.approx((kg.loc[found.index] / 1000).to_numpy())
    europe = [c for c in table["where"].unique() if c in {"Belgium", "Netherlands", "Spain"}]
    parts = sum(values(table, "seized_share", c) for c in europe)
    assert (parts > 0.5).all() and (parts < 1.0).all()


def test_purity_of_seizures_turns_pure_into_reported_weight(run: Run) -> None:
    plain = values(observe(again(run, *PLAIN)), "seized_bulk_t", "World")
    purer = again(run, *PLAIN, PURITY, "paths.purity_seizures.deviation=1")
    ratio = values(observe(purer), "seized_bulk_t", "World") / plain
    assert ratio.to_numpy() == pytest.approx(0.70 / 0.75)


def test_a_late_share_comes_a_year_later_and_nothing_is_lost(run: Run) -> None:
    first, late = (
        values(
            observe(again(run, PLAIN[0], f"observation.late_share={s}")), "seized_bulk_t", "Peru"
        )
        for s in (0.0, 0.5)
    )
    assert late[2010] == pytest.approx(first[2010])
    assert late[2011] == pytest.approx(0.5 * first[2011] + 0.5 * first[2010])


def test_a_leg_s_seizures_are_divided_as_the_table_says_and_effort_moves_the_parts() -> None:
    run = run_of(SANTOS, "weeks=2")
    table = bookings(run, np.array([2013, 2020]))
    assert table.groupby(["leg", "year"])["part"].sum().to_numpy() == pytest.approx(1.0)
    mine = table[table["leg"] == "BR_SANTOS>EU_ANTWERP"].pivot(
        index="country", columns="year", values="part"
    )
    index = 14.67 + (16 - 14.67) * (np.arange(12) / 12 + 1 / 24 + 0.5).clip(max=1.0)
    brazil = 0.05 + 0.05 * (index.mean() - 1)
    assert mine.loc["Brazil", 2020] == pytest.approx(brazil / (brazil + 0.95), rel=1e-3)
    assert mine.loc["Brazil", 2013] == pytest.approx(0.05, abs=0.01)
    north = table[(table["leg"] == "CO_NARINO>MX_SOUTH") & (table["year"] == 2013)]
    assert dict(zip(north["country"], north["part"], strict=True)) == {
        "United States": 0.5,
        "Colombia": 0.3,
        "Mexico": 0.2,
    }


def test_weights_are_one_on_average_and_lumpier_where_loads_are_few() -> None:
    few = np.array([weighed(7, year, "A>B", 3, 1.0) for year in range(3000)])
    many = np.array([weighed(7, year, "A>B", 300, 1.0) for year in range(300)])
    assert few.mean() == pytest.approx(1.0, abs=0.06) and many.mean() == pytest.approx(
        1.0, abs=0.03
    )
    assert few.std() == pytest.approx(np.sqrt(np.expm1(1.0) / 3), rel=0.2)
    assert few.std() > 5 * many.std()
    assert weighed(7, 2010, "A>B", 0, 1.0) == weighed(7, 2010, "A>B", 5, 0.0) == 1.0


def test_observing_is_always_alike_and_keyed_by_leg(run: Run, tmp_path: Path) -> None:
    table = observe(run)
    pd.testing.assert_frame_equal(table, observe(run))
    pd.testing.assert_frame_equal(table, Run.load(run.save(tmp_path / "run")).observed())
    other = replace(run, manifest={**run.manifest, "seed": 2})
    assert not observe(other).equals(table)
    fewer = dict(run.tables)
    legs = fewer["legs"]
    fewer["legs"] = legs[legs["leg"] != "BR_SANTOS>EU_ANTWERP"]
    kg = observation.seizures(run).set_index(["leg", "year"])["kg"]
    left = observation.seizures(Run(run.scenario, run.network, fewer, run.manifest))
    assert (
        left.set_index(["leg", "year"])["kg"]
        == kg.loc[list(zip(left["leg"], left["year"], strict=True))]
    ).all()


def test_what_is_observed_besides_adds_up(run: Run) -> None:
    table = observe(run)
    made = table[table["measure"] == "produced_pure_t"].pivot(
        index="year", columns="where", values="value"
    )
    assert made.drop(columns="World").sum(axis=1).to_numpy() == pytest.approx(made["World"])
    ledger = run.tables["ledger"]
    produced = ledger["produced_kg"].iloc[51] - ledger["produced_kg"].iloc[0]
    assert made.loc[2010, "World"] * 1000 / 0.7 == pytest.approx(produced * 52.1775 / 51, rel=0.01)
    share = table[table["measure"] == "origin_share"]
    of_one = share["where"].str.endswith("@Belgium")
    for rows in (share[of_one], share[~share["where"].str.contains("@")]):
        assert rows.groupby("year")["value"].sum().to_numpy() == pytest.approx(1.0)
    lost = values(table, "lost_per_flight", "air bridge")
    assert lost.between(0.005, 0.1).all()


def test_observing_changes_no_run_and_no_world_at_rest() -> None:
    from sim.setup.kept_rest import name_of

    one, other = (Scenario.load("baseline", [f"observation.load_spread={s}"]) for s in (0, 2))
    assert name_of(one) == name_of(other)


def test_a_bad_table_of_bookings_is_refused_with_file_and_row(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bookings.csv").write_text("agency,booked_by,share\nAG_EU,arrival,most\n")
    elsewhere = replace(run, network=replace(run.network, folder=tmp_path))
    with pytest.raises(ScenarioError, match=r"bookings\.csv, row 2: share = most is not a number"):
        observe(elsewhere)
    (tmp_path / "bookings.csv").unlink()
    table = bookings(elsewhere, np.array([2013]))
    assert (table["part"] == 1.0).all()  # without a table, the country of departure


def test_a_store_gives_back_what_was_observed(run: Run, tmp_path: Path) -> None:
    from experiments.runner.jobs import make_jobs, row_of
    from experiments.runner.outcomes import summarise
    from experiments.runner.store import Store

    (job,) = make_jobs(run.scenario, 1, 1, detail="observed")
    assert job.id != make_jobs(run.scenario, 1, 1)[0].id
    with Store(tmp_path) as store:
        store.add(row_of(job, summarise(run, "observed")))
        kept = store.table("observed", [job.id])
    pd.testing.assert_frame_equal(kept[list(observe(run))], observe(run))
