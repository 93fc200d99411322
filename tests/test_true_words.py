"""What commands say is true: of short runs, of events, of worlds without Peru."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from support import airbridge, check_success, short
from test_odd_files import small_world

from experiments.displacement.verdicts import looked_at
from experiments.runner.outcomes import Late, summarise
from sim.model import TraffickingModel
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR

EVENT = (
    "[[events]]\nkind = 'demand'\nname = 'fall'\ndate = 2010-01-18\nmarket = 'MK_0'\nfactor = 0.7\n"
)


@pytest.mark.parametrize("weeks", [1, 3, 20, 80])
def test_tonnes_a_year_of_a_short_run_are_of_the_time_that_it_has_passed(weeks: int) -> None:
    run = TraffickingModel(short(f"weeks={weeks}")).run()
    kg = run.tables["cartels"].groupby("market", observed=True)["delivered_kg"].sum()
    found = summarise(run)["summary"]
    for market, sold in kg.items():
        a_year = sold / KG_PER_TONNE / (weeks / WEEKS_PER_CALENDAR_YEAR)
        assert found[f"{market}.delivered_t_per_year"] == pytest.approx(a_year)
    flights = run.tables["pilots"]["flights"].sum() / (weeks / WEEKS_PER_CALENDAR_YEAR)
    assert found["flights_per_year"] == pytest.approx(flights)


def test_years_that_lack_two_weeks_count_as_whole() -> None:
    years = pd.DataFrame({"year": [2020, 2021, 2022, 2023], "weeks": [52, 52, 52, 50]})
    assert Late.of(years) == Late(range(2021, 2024), 3)
    assert Late.of(years.assign(weeks=[52, 52, 52, 26])).length == pytest.approx(130 / 52.1775)
    assert Late.of(years[:1].assign(weeks=4)) == Late(range(2020, 2021), 4 / 52.1775)


def test_a_summary_says_what_events_did_and_names_no_place_that_is_not_there(
    tmp_path: Path,
) -> None:
    small_world(tmp_path)
    (tmp_path / "a.toml").write_text(f"extends = 'small.toml'\n{EVENT}")
    done = airbridge("run", "a.toml", cwd=tmp_path)
    check_success(done)
    assert "fall: demand x 0.7 in MK_0" in done.out and "0 killed" not in done.out
    assert "Peru" not in done.out and "price, USD/kg bulk" not in done.out


def test_a_run_in_which_nothing_moves_is_summed_up() -> None:
    run = TraffickingModel(short("weeks=4", "burn_in_weeks=0")).run()
    run.tables["legs"] = run.tables["legs"].iloc[:0]
    assert len(summarise(run)["organisations"]["organisation"])


def test_an_outcome_of_a_pair_names_the_world_that_it_is_compared_with() -> None:
    assert "less held" in looked_at("entrant_gain_t", "held")
    assert "less barred" in looked_at("entrant_gain_t", "barred")
    assert looked_at("flights_per_year", "held") == ""
