"""Yearly series move capacity, demand, effort and currencies by hand-worked amounts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from support import same_tables

from scenarios import data_folder
from sim import Scenario, ScenarioError, TraffickingModel
from sim.scenario.paths import Series, read_series
from sim.setup.paths import demand_moved, effort_moved, in_years

HEAD = "path,year,value,low,high,unit,source,confidence,note\n"
SERIES = Series(years=(2010, 2012), value=(1.0, 2.0), low=(0.5, 1.5), high=(2.0, 4.0))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the data pack whose table of paths a test writes."""
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    return folder


def with_rows(pack: Path, *rows: str) -> Path:
    (pack / "paths.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return pack


def load(pack: Path, *settings: str, weeks: int = 4) -> Scenario:
    return Scenario.load(
        "baseline", [f"weeks={weeks}", "burn_in_weeks=2", f"data='{pack}'", *settings]
    )


STEP = (
    "doubles,2012,1,0.5,2,index,assumed,C,",
    "doubles,2013,1,0.5,2,index,assumed,C,",
    "doubles,2014,3,1,5,index,assumed,C,",
)


def test_a_series_is_straight_between_the_middles_of_years_and_stays_outside() -> None:
    dates = np.array([2000.0, 2010.5, 2011.5, 2012.5, 2030.0])
    assert SERIES.at(dates, 0.0).tolist() == [1.0, 1.0, 1.5, 2.0, 2.0]
    assert SERIES.at(dates, 1.0).tolist() == [2.0, 2.0, 3.0, 4.0, 4.0]
    assert SERIES.at(dates, -1.0).tolist() == [0.5, 0.5, 1.0, 1.5, 1.5]
    assert SERIES.at(np.array([2010.5]), -2.0).tolist() == [0.0]
    assert SERIES.over(2012, np.array([2010.5]), 1.0).tolist() == [1.0]


def test_the_burn_in_has_the_date_of_the_start() -> None:
    scenario = Scenario.load("baseline")
    dates = in_years(scenario, np.array([-260, 0, 52]))
    assert dates[0] == dates[1] == pytest.approx(2010 + 3 / 365.25)
    assert dates[2] == pytest.approx(2010 + 3 / 365.25 + 52 / 52.1775)


def test_demand_follows_its_path_and_a_currency_to_the_power_of_the_elasticity(
    pack: Path,
) -> None:
    with_rows(pack, *STEP, "real,2013,1,,,index,assumed,C,", "real,2014,0.25,,,index,assumed,C,")
    scenario = load(
        pack,
        'paths.doubles={kind="demand", market="europe"}',
        'paths.real={kind="currency", market="brazil", countries=["Brazil"], share=0.5}',
    )
    model = TraffickingModel(scenario)
    weeks = np.array([0, 52 * 6])  # 2010, and the end of 2015
    moved = demand_moved(scenario, model.network, weeks)
    europe, brazil = (model.network.markets.index(m) for m in ("MK_EU", "MK_BR"))
    assert moved[:, europe].tolist() == [1.0, 3.0]
    elasticity = scenario.parameters.demand.elasticity_brazil
    assert moved[:, brazil] == pytest.approx([1.0, 0.25 ** (0.5 * elasticity)])
    assert np.delete(moved, [europe, brazil], axis=1).tolist() == [[1.0] * 3] * 2


def test_supply_multiplies_capacity_and_price_erodes_it_no_more(pack: Path) -> None:
    with_rows(pack, *STEP)
    settings = ['paths.doubles={kind="supply", countries=["Colombia"]}', "start=2014-07-07"]
    model = TraffickingModel(load(pack, *settings, weeks=30))
    w, zones = model.world, model.network.zones
    mine = np.array([zone.startswith("CO_") for zone in zones])
    held = w.producers.capacity_kg.copy()
    w.zones.reference_usd_per_kg[:] *= 2.0  # a fallen price, seen from the growers
    model.run()
    assert (w.zones.given_supply == np.where(mine, 3.0, 1.0)).all()
    of_path = mine[w.producers.zone]
    assert w.producers.capacity_kg[of_path] == pytest.approx(held[of_path])
    assert (w.producers.capacity_kg[~of_path] < held[~of_path]).all()


def test_effort_moves_a_part_of_what_a_leg_has_and_parts_add_up(pack: Path) -> None:
    with_rows(pack, *STEP)
    scenario = load(
        pack,
        'paths.doubles={kind="effort", ports=["BR_SANTOS"], share=0.1}',
        'paths.other={kind="effort", series="doubles", ports=["EU_ANTWERP"], share=0.5}',
        "paths.other.deviation=1",
        "start=2015-01-05",
    )
    model = TraffickingModel(scenario)
    model.step()
    legs = list(model.network.legs["leg"])
    seen = {leg: model.world.legs.steered[legs.index(leg)] for leg in legs}
    assert seen["BR_SANTOS>EU_GIOIA"] == pytest.approx(1 + 0.1 * 2)
    assert seen["CO_URABA>EU_ANTWERP"] == pytest.approx(1 + 0.5 * 4)
    assert seen["BR_SANTOS>EU_ANTWERP"] == pytest.approx(1 + 0.1 * 2 + 0.5 * 4)
    assert seen["BR_SAOPAULO>BR_SANTOS"] == 1.0  # a road
    e = legs.index("BR_SANTOS>EU_ANTWERP")
    w, p = model.world.legs, scenario.parameters.interdiction
    caught = 1 - (1 - w.base_prob[e] * p.seizure_factor) ** (w.effort[e] * w.steered[e])
    assert 0.6 * caught <= w.prob[e] <= min(1.5 * caught, 0.95)
    dates = in_years(scenario, np.array([0]))
    assert effort_moved(scenario, model.network, dates).shape == (1, len(legs))


def test_a_currency_moves_fees_and_asks_of_its_country_alone(pack: Path) -> None:
    with_rows(pack, "peso,2013,1,,,index,assumed,C,", "peso,2014,0.5,,,index,assumed,C,")
    scenario = load(
        pack, 'paths.peso={kind="currency", countries=["Colombia"]}', "start=2015-01-05"
    )
    model = TraffickingModel(scenario)
    w = model.world
    fee, ask = w.legs.fee_usd_per_kg.copy(), w.producers.ask_usd_per_kg.copy()
    model.step()
    here = model.network.legs["from"].str.startswith("CO_").to_numpy()
    assert w.legs.fee_usd_per_kg == pytest.approx(np.where(here, 0.5, 1.0) * fee)
    grown = np.array([zone.startswith("CO_") for zone in model.network.zones])[w.producers.zone]
    assert w.producers.ask_usd_per_kg == pytest.approx(np.where(grown, 0.5, 1.0) * ask)


def test_paths_that_stand_at_one_change_nothing_where_price_answers_in_full(pack: Path) -> None:
    with_rows(pack, "flat,2010,1,0.5,2,index,assumed,C,")
    paths = [
        'paths.a={kind="demand", series="flat", market="us"}',
        'paths.b={kind="effort", series="flat", agencies=["AG_EU"]}',
        'paths.c={kind="currency", series="flat", countries=["Peru"]}',
        'paths.d={kind="supply", series="flat", countries=["Peru"], response=1}',
        'paths.e={kind="purity", series="flat"}',
    ]
    runs = [TraffickingModel(load(pack, *more, weeks=40)).run() for more in ([], paths)]
    assert same_tables(runs[0].tables, runs[1].tables)
    apart = load(pack, *paths, "paths.a.deviation=1", weeks=40)
    assert not same_tables(runs[0].tables, TraffickingModel(apart).run().tables)


def test_runs_with_paths_are_the_same_in_stretches_and_week_by_week() -> None:
    settings = [
        "weeks=60",
        "burn_in_weeks=4",
        'paths.supply_peru={kind="supply", countries=["Peru"]}',
        'paths.effort_air_peru={kind="effort", agencies=["AG_PE"], modes=["air"]}',
    ]
    scenario = Scenario.load("baseline", settings)
    stepped = TraffickingModel(scenario)
    while stepped.running:
        stepped.step()
    assert same_tables(TraffickingModel(scenario).run().tables, stepped.run().tables)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("x,2010,1,2,3,index,assumed,C,", "row 2: value = 1 is outside low 2 to high 3"),
        ("x,20x0,1,,,index,assumed,C,", "row 2: year = 20x0 is not a year, 1900..2100"),
        ("x,2010,one,,,index,assumed,C,", "row 2: value = one is not a number"),
        ("x,2010,-1,,,index,assumed,C,", "row 2: value = -1 is below 0"),
        ("x,2010,1,,,,assumed,C,", "row 2: unit is empty"),
        ("x,2010,1,,,index,,,", "row 2: source is empty"),
        ("x,2010,1,,,index,assumed,C,\nx,2010,2,,,i,a,C,", "row 3: x 2010 stands twice"),
    ],
)
def test_a_bad_table_is_refused_with_file_row_and_value(pack: Path, row: str, says: str) -> None:
    with_rows(pack, row)
    with pytest.raises(ScenarioError) as caught:
        load(pack, 'paths.x={kind="demand", market="us"}')
    assert f"paths.csv, {says}" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('paths.x={kind="demand", market="us"}', "paths.x: no series 'x' in paths.csv"),
        (
            'paths.p={kind="demand", market="us", series="supply_per"}',
            "no series 'supply_per' in paths.csv; did you mean 'supply_peru'?",
        ),
        ('paths.supply_peru={kind="supply"}', "a path of kind 'supply' needs 'places' or 'coun"),
        ('paths.supply_peru={countries=["Peru"]}', "key 'paths.supply_peru.kind' is missing"),
        (
            'paths.supply_peru={kind="supply", countries=["Peru"], market="us"}',
            "paths.supply_peru.market: a path of kind 'supply' takes kind, series, deviation, pl",
        ),
        (
            'paths.supply_peru={kind="supply", countries=["Pery"]}',
            "unknown country 'Pery'; did you mean 'Peru'?",
        ),
        (
            'paths.supply_peru={kind="supply", countries=["Peru"], deviation=3}',
            "paths.supply_peru.deviation = 3 is outside -2..2",
        ),
    ],
)
def test_a_bad_path_is_refused_in_words(setting: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load("baseline", [setting])
    assert says in str(caught.value)


def test_a_pack_without_the_table_is_sound_until_a_path_asks_for_it(pack: Path) -> None:
    (pack / "paths.csv").unlink()
    load(pack)
    with pytest.raises(ScenarioError, match=r"paths: .*paths\.csv: the data pack lacks this table"):
        load(pack, 'paths.x={kind="demand", market="us"}')


def test_every_series_of_the_data_has_all_years_or_one() -> None:
    for name, series in read_series(data_folder()).items():
        assert series.years in (tuple(range(2010, 2024)), (2013,)), name
        assert 2013 in series.years


def test_a_scenario_with_paths_writes_itself_and_is_a_study_s_factor(tmp_path: Path) -> None:
    from experiments.sensitivity.factors import path_factors

    setting = 'paths.supply_peru={kind="supply", countries=["Peru"], deviation=0.5}'
    scenario = Scenario.load("baseline", [setting])
    path = tmp_path / "again.toml"
    path.write_text(scenario.to_toml())
    assert Scenario.load(path).paths == scenario.paths
    (entry,) = path_factors(scenario).values()
    assert (entry.name, entry.default) == ("paths.supply_peru.deviation", 0.5)
    assert scenario.with_overrides({entry.name: -1.0}).paths["supply_peru"].deviation == -1.0


def test_a_study_varies_a_path_from_low_to_high_and_refuses_one_that_is_not_there(
    tmp_path: Path,
) -> None:
    from experiments.sensitivity.plan import load_study

    head = 'scenario="history"\nmethod="morris"\nsamples=2\nseed=1\n'
    head += 'outcomes=["MK_EU.price_usd_per_kg"]\nquestion="?"\n'
    factors = '[[factors]]\nname="paths.{}.deviation"\n[[factors]]\nname="ordering.hurdle"\n'
    path = tmp_path / "study.toml"
    path.write_text(head + factors.format("supply_peru"))
    factor = load_study(path).factors[0]
    assert (factor.name, factor.low, factor.high) == ("paths.supply_peru.deviation", -1.0, 1.0)
    path.write_text(head + factors.format("supply_per"))
    with pytest.raises(ScenarioError, match=r"did you mean 'paths\.supply_peru\.deviation'\?"):
        load_study(path)


def test_switched_off_drivers_and_held_conditions_leave_their_paths_out() -> None:
    from experiments.validation.rest import held
    from sim.scenario.paths import without

    scenario = Scenario.load("history")
    assert held(scenario, 8).paths == {}
    left = without(scenario.paths, "demand")
    assert "currency_euro" not in left and left["currency_brazil"].market is None
    assert all(path.kind != "demand" for path in left.values())
    assert {p.kind for p in without(scenario.paths, "effort").values()} == {
        "supply",
        "demand",
        "currency",
        "purity",
    }
