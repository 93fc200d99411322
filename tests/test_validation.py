"""Targets and stylised facts measured on tables written by hand, and judged by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support import airbridge, check_refusal

from experiments.validation import fact_measures as measure
from experiments.validation import facts, targets
from experiments.validation.events import event
from experiments.validation.facts import FACTS, risk_world
from experiments.validation.targets import Measures, about_2013, compare
from sim.scenario.scenario import Scenario

START = measure.START
LEG = ["year", "leg", "mode", "cartel", "group", "moved_kg", "seized_kg", "consignments"]


def legs(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Yearly accounts of legs: year, FROM>TO, mode, owner, group, moved, seized, consignments."""
    table = pd.DataFrame(rows, columns=LEG)
    table["from"], table["to"] = table["leg"].str.split(">", expand=True).to_numpy().T
    return table.assign(replicate=0, seizures=np.ceil(table["seized_kg"] / 100.0).astype(int))


def weekly(key: str, what: Sequence[str], *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Weekly accounts: week, year, whose, and values; one replicate."""
    return pd.DataFrame(rows, columns=["week", "year", key, *what]).assign(replicate=0)


def run_of(network: Any = None, **tables: pd.DataFrame) -> Any:
    parameters = SimpleNamespace(market=SimpleNamespace(bulk_purity=0.5))
    return SimpleNamespace(
        scenario=SimpleNamespace(parameters=parameters), network=network, tables=tables
    )


# Targets

ROWS = (
    (2012, "PE_VRAEM>BO_BENI", "air", "A", "Mexican", 1000.0, 100.0, 5),
    (2013, "PE_VRAEM>BO_BENI", "air", "B", "Brazilian", 3000.0, 300.0, 9),
    (2013, "PE_VRAEM>PE_PASCO", "road", "B", "Brazilian", 4000.0, 400.0, 8),
    (2013, "PE_PASCO>BO_BENI", "air", "B", "Brazilian", 2000.0, 0.0, 7),
    (2013, "BO_BENI>BR_SANTOS", "road", "B", "Brazilian", 6000.0, 1000.0, 6),
    (2013, "BR_SANTOS>EU_ANTWERP", "sea", "B", "Brazilian", 4000.0, 1000.0, 5),
    (2013, "EU_ANTWERP>MK_EU", "road", "A", "Mexican", 1000.0, 0.0, 4),
    (2013, "EU_GALICIA>MK_EU", "road", "B", "Brazilian", 4000.0, 1000.0, 3),
    (2013, "CO_CARIBE>HN_MOSQUITIA", "sea", "A", "Mexican", 800.0, 80.0, 2),
    (2020, "PE_VRAEM>BO_BENI", "air", "A", "Mexican", 99e6, 0.0, 1),  # another year
)


@pytest.fixture
def measures() -> Measures:
    """Two years, 2012 and 2013, at a purity of a half; PE_VRAEM and PE_PASCO are zones."""
    table = legs(*ROWS)
    agency = table[["leg"]].drop_duplicates().assign(agency="AG_PE")
    agency.loc[agency["leg"].str.startswith("BR"), "agency"] = "AG_EU"
    agency.loc[agency["leg"].str.startswith("CO"), "agency"] = "AG_TRANSIT"
    delivered = ["delivered_kg"]
    market = (
        (0, 2012, "MK_EU", 1000.0, 40000.0, 70.0),
        (60, 2013, "MK_EU", 3000.0, 60000.0, 90.0),
        (60, 2013, "MK_BR", 500.0, 9000.0, np.nan),
        (600, 2021, "MK_EU", 1e9, 1.0, 1.0),
    )
    tables = {
        "legs": table,
        "markets": weekly(
            "market", ["delivered_kg", "price_usd_per_kg", "retail_usd_per_g"], *market
        ),
        "places": weekly(
            "place",
            ["price_usd_per_kg"],
            (0, 2012, "PE_VRAEM", 900.0),
            (60, 2013, "PE_VRAEM", 1100.0),
            (60, 2013, "BO_BENI", 1600.0),
            (600, 2021, "PE_VRAEM", 5.0),
        ),
        "pilots": weekly(
            "leg",
            ["flights"],
            (0, 2012, "PE_VRAEM>BO_BENI", 300),
            (60, 2013, "PE_VRAEM>BO_BENI", 500),
            (60, 2013, "PY_CHACO>BR_MSUL", 40),
        ),
        "cartels": weekly(
            "market",
            ["group", *delivered],
            (60, 2013, "MK_EU", "Mexican", 250.0),
            (60, 2013, "MK_EU", "Brazilian", 750.0),
            (60, 2013, "MK_BR", "Brazilian", 9.0),
        ),
    }
    other = {name: t.assign(replicate=1) for name, t in tables.items()}
    both = {name: pd.concat([tables[name], other[name]]) for name in tables}
    network = SimpleNamespace(legs=agency, zones=["PE_VRAEM", "PE_PASCO"])
    return Measures(run_of(network, **both), 0)


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("price:PE_VRAEM", 1000.0),
        ("price:PE_VRAEM+BO_BENI", 1200.0),
        ("price_ratio:BO_BENI/PE_VRAEM", 1.6),
        ("retail:MK_EU", 80.0),
        # (1 + 3 + 4 + 2) t leave zones, 4 - 0.4 come from another: 6.4 t bulk in two years
        ("produced_bulk_t:*", 3.2),
        ("produced_pure_t:*", 1.6),
        ("produced_bulk_t:PE_VRAEM", 4.0),
        ("produced_bulk_t:PE_PASCO", (2.0 - 3.6) / 2),
        ("produced_bulk_t:CO_*", 0.0),
        ("consumed_pure_t:MK_EU", 1.0),
        ("consumed_pure_t:*", 1.125),
        ("moved_t:PE_*>BO_*:air", 3.0),
        ("moved_pure_t:PE_*>BO_*:air", 1.5),
        ("moved_t:PE_VRAEM", 4.0),
        ("moved_t:northbound", 0.4),
        ("seized_t:AG_EU", 0.5),
        ("seized_t:AG_EU+PE_*>*:road", 0.7),
        ("seized_t:CO_*>*:AG_TRANSIT", 0.04),
        ("seized_t:CO_*>*:AG_PE", 0.0),
        ("seized_share:*", (3880.0 / 2000) / 3.2),
        ("seized_share:BR_SANTOS", 0.25),
        ("seized_share_of:AG_EU/*", 1000.0 / 3880.0),
        ("seized_bulk_over_produced_pure:*", (3880.0 / 2000) / 1.6),
        ("flights:PE_*", 400.0),
        ("air_share:PE_VRAEM", 0.5),
        # what stays between the two does not count as leaving
        ("air_share:PE_VRAEM+PE_PASCO", 1.0),
        ("group_share:Mexican@PE_VRAEM>BO_BENI", 0.25),
        ("group_share:Mexican@MK_EU", 0.25),
        ("via_share:EU_GALICIA@MK_EU", 0.75),
        ("market_share:EU_*@MK_EU", 1.0),
        ("market_share:EU_A*@MK_EU", 0.25),
    ],
)
def test_a_measure_by_hand(measures: Measures, asked: str, value: float) -> None:
    assert measures.compute(asked) == pytest.approx(value)


@pytest.mark.parametrize("asked", ["price_index:MK_US/2013", "nonsense:MK_US", "price:", "price"])
def test_what_a_run_cannot_tell_is_not_told(measures: Measures, asked: str) -> None:
    assert measures.compute(asked) is None


def test_every_target_to_be_fitted_can_be_measured_or_is_known_not_to_be() -> None:
    table = pd.read_csv(Scenario.load("baseline").data_folder / "targets.csv")
    fitted = table.loc[table["use"].str.startswith("fit"), "measure"].dropna()
    unknown = {m.split(":")[0] for m in fitted if not hasattr(Measures, f"_{m.split(':')[0]}")}
    assert unknown == {"origin_share", "price_index"}


@pytest.mark.parametrize(
    ("period", "near"),
    [("2013", True), ("2012-2015", True), ("2010-2012", True), ("2016", False), ("", False)],
)
def test_levels_of_about_2013(period: str, near: bool) -> None:
    assert about_2013(period) is near


def test_targets_are_judged_on_the_median_of_replicates(tmp_path: Path) -> None:
    values = (1.0, 1.5, 2.0, 9.0, 30.0)
    rows = [(0, 2013, "PE_VRAEM", value) for value in values]
    places = weekly("place", ["price_usd_per_kg"], *rows).assign(replicate=range(5))
    empty = pd.DataFrame({"replicate": [], "year": [], "leg": []})
    run = run_of(
        SimpleNamespace(legs=pd.DataFrame({"leg": [], "agency": []}), zones=[]),
        places=places,
        ledger=pd.DataFrame({"replicate": range(5)}),
        **dict.fromkeys(("legs", "markets", "cartels", "pilots"), empty),
    )
    run.scenario.data_folder = tmp_path
    head = "id,group,place,target,value,low,high,unit,period,confidence,use,measure"
    lines = [
        "A,p,,in range,2,1.5,2.5,u,2013,B,fit 2010-2016,price:PE_VRAEM",
        "B,p,,out of range,9,8,10,u,2013,B,fit 2010-2016,price:PE_VRAEM",
        "C,p,,another year,2,1,3,u,2016,B,fit 2010-2016,price:PE_VRAEM",
        "D,p,,no such measure,2,1,3,u,2013,B,fit 2010-2016,nonsense:PE_VRAEM",
        "E,p,,no measure,2,1,3,u,2013,B,fit 2010-2016,",
        "F,p,,nobody there,2,1,3,u,2013,B,fit 2010-2016,price:MK_US",
        "G,p,,not to be fitted,2,1,3,u,2013,B,judge 2017+,price:PE_VRAEM",
    ]
    (tmp_path / "targets.csv").write_text("\n".join([head, *lines]))
    found = compare(run).set_index("id")
    assert found["result"].to_dict() == {
        "A": "met",
        "B": "missed",
        "C": "another year",
        "D": "not in the tables",
        "E": "not in the tables",
        "F": "not in the tables",
    }
    row = found.loc["A"]
    assert row["simulated"] == 2.0 and (row["simulated_5"], row["simulated_95"]) == (
        pytest.approx(1.1),
        pytest.approx(25.8),
    )
    run.tables["ledger"] = run.tables["ledger"][:4]
    few = compare(run).set_index("id").loc["A"]
    assert few["simulated"] == 1.75 and few[["simulated_5", "simulated_95"]].isna().all()


def test_what_is_a_part_of_nothing_is_not_told(measures: Measures) -> None:
    measures.legs, measures.cartels = measures.legs[:0], measures.cartels[:0]
    measures.places = measures.places.assign(price_usd_per_kg=0.0)
    for asked in (
        "seized_share:*",
        "seized_share:PE_VRAEM",
        "seized_share_of:PE_*/*",
        "seized_bulk_over_produced_pure:*",
        "air_share:PE_VRAEM",
        "group_share:Mexican@MK_EU",
        "group_share:Mexican@PE_VRAEM>BO_BENI",
        "via_share:EU_GALICIA@MK_EU",
        "market_share:EU_*@MK_EU",
        "price_ratio:PE_VRAEM/PE_VRAEM",
    ):
        assert np.isnan(measures.compute(asked)), asked


@pytest.mark.parametrize("settings", [["weeks=104"], ["start=2016-01-04", "weeks=9"]])
def test_a_run_of_other_years_than_the_targets_is_refused_before_it(
    settings: list[str], tmp_path: Path
) -> None:
    words = [word for one in settings for word in ("--set", one)]
    done = airbridge("targets", "baseline", *words, "--out", "t.csv", cwd=tmp_path)
    check_refusal(done, "targets are of 2012 to 2015; this runs from")
    assert done.out == "" and list(tmp_path.iterdir()) == []


# Facts


def fights(*rows: tuple[int, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["week", "place", "killed_in_fights"])
    return table.assign(price_usd_per_kg=0.0)


def prices(*rows: tuple[int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["week", "place", "price_usd_per_kg"])


def held(*rows: tuple[int, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["year", "organisation", "place"])
    return table.assign(control=0.5)


def one_leg(year: int, leg: str, kg: float, mode: str = "road", owner: str = "A") -> tuple:
    return (year, leg, mode, owner, "Other", kg, 0.0, 1)


def test_doubled_effort_by_hand() -> None:
    network = SimpleNamespace(
        places=pd.DataFrame({"id": ["P", "Q"], "reference_price_usd_per_kg": [10.0, 40.0]})
    )
    year = measure.YEAR + 1
    usual = [(year, "P>Q", "road", "A", "x", 500.0, 100.0, 5)]
    usual += [(year, "Q>P", "road", "A", "x", 500.0, 100.0, 5)]
    double = [(year, "P>Q", "road", "A", "x", 500.0, 300.0, 5)]
    double += [(year - 1, "Q>P", "road", "A", "x", 500.0, 1e6, 5)]  # not the year looked at
    runs = {"as_is": run_of(network, legs=legs(*usual)), "double": run_of(legs=legs(*double))}
    assert measure.more_effort(runs) == {
        "seized_ratio": 1.5,
        "worth_per_seizure_ratio": pytest.approx(1000.0 / 2500.0),
        "change_of_active_places": -1.0,
    }


def test_one_corridor_by_hand() -> None:
    def world(santos: float, other: float, sold: float) -> Any:
        table = legs(
            one_leg(measure.YEAR, "BR_SANTOS>EU_ANTWERP", santos, "sea"),
            one_leg(measure.YEAR, "BR_SANTOS>WA_COAST", 1000.0, "sea"),
            one_leg(measure.YEAR, "EC_GUAYAQUIL>EU_ANTWERP", other, "sea"),
            one_leg(measure.YEAR, "WA_COAST>EU_GALICIA", 9e9, "sea"),  # already over the sea
            one_leg(measure.YEAR, "BR_SANTOS>PY_CHACO", 9e9),  # not by sea
            one_leg(measure.YEAR + 1, "BR_SANTOS>EU_ANTWERP", 9e9, "sea"),
        )
        rows = [(START, 2012, "MK_EU", sold), (START + 52, 2013, "MK_EU", 9e9)]
        return run_of(legs=table, markets=weekly("market", ["delivered_kg"], *rows))

    found = measure.one_corridor({"as_is": world(3e3, 400.0, 100.0), "double": world(1e3, 1e3, 95)})
    assert found == {
        "corridors": 1.0,  # the other carries under half a tonne
        "share_lost": 0.5,
        "lost_bulk_t": 2.0,
        "reappears_elsewhere_bulk_t": pytest.approx(0.6),
        "supply_change": pytest.approx(-0.05),
    }


def test_lethal_risk_is_read_off_between_the_risks_borne() -> None:
    def world(flights: float, risk: float) -> Any:
        year = measure.YEAR + 2
        rows = [(START, year, "PE_VRAEM>BO_BENI", flights), (START, year, "VE_APURE>HN_X", 9e9)]
        table = pd.DataFrame(
            {
                "year": [year],
                "leg": ["PE_VRAEM>BO_BENI"],
                "mode": ["air"],
                "seizures": [1000 * risk],
                "consignments": [1000],
            }
        )
        return run_of(pilots=weekly("leg", ["flights"], *rows), legs=table)

    runs = {"as_is": world(200.0, 0.03)}
    runs |= {
        f"risk_{p:g}": world(flights, 2 * p)
        for p, flights in zip(measure.RISKS, (160.0, 100.0, 50.0, 30.0, 10.0), strict=True)
    }
    found = measure.lethal_risk(runs)  # borne are 0.04, 0.1, 0.16, 0.24, 0.32
    assert found["flights_at_0.03"] == pytest.approx(1.0 - 0.75 * 0.2)
    assert found["flights_at_0.1"] == pytest.approx(0.5)
    assert found["flights_at_0.2"] == pytest.approx(0.2)


def test_prices_after_a_cut_of_the_air_are_means_over_half_a_year() -> None:
    first, last = START + 39, START + 64
    usual = run_of(places=prices(*((w, p, 100.0) for w in (first, last) for p in PLACES)))
    rows = [(w, p, value) for w, value in ((first, 50.0), (last, 70.0)) for p in PLACES]
    rows += [(w, "PE_VRAEM", 9e9) for w in (first - 1, last + 1)]
    found = measure.air_cut({"as_is": usual, "cut": run_of(places=prices(*rows))})
    assert found == pytest.approx({"vraem_price": 0.6, "beni_price": 0.6, "brazil_price": 0.6})


PLACES = ("PE_VRAEM", "BO_BENI", "MK_BR")


def test_share_by_land_counts_loads_that_are_flown_from_the_next_strip() -> None:
    def world(*years: int) -> Any:
        rows = [one_leg(y, "PE_VRAEM>BO_BENI", 300.0, "air") for y in years]
        rows += [one_leg(y, "PE_VRAEM>PE_PASCO", 500.0) for y in years]
        rows += [one_leg(y, "PE_VRAEM>PE_CALLAO", 200.0) for y in years]
        rows += [one_leg(y, "PE_PASCO>BO_BENI", 100.0, "air") for y in years]
        return run_of(legs=legs(*rows))

    year = measure.YEAR
    found = measure.by_land({"as_is": world(year), "cut": world(year + 1, year + 4)})
    assert list(found.values()) == pytest.approx([0.6, 0.6, 0.6])


def test_violence_that_displaced_flow_explains() -> None:
    def world(beni: float, killed: float, gangs: str = "AB") -> Any:
        table = legs(
            one_leg(measure.YEAR, "BO_BENI>BR_X", beni),
            one_leg(measure.YEAR, "PE_VRAEM>BO_BENI", 100.0),  # gains nothing
            one_leg(measure.YEAR, "BR_X>BR_Y", beni),  # not upstream
        )
        rows = [(START, "BO_BENI", killed), (START, "PE_VRAEM", 50.0), (START + 104, "BO_BENI", 9)]
        land = held(*((measure.YEAR, gang, "BO_BENI") for gang in gangs))
        return run_of(legs=table, places=fights(*rows), territory=land)

    runs = {"as_is": world(100.0, 6.0), "cut": world(120.0, 8.0)}
    found = measure.displaced_violence(runs)
    assert found == {"places": 1.0, "contested_places": 1.0, "explained": 0.25}
    calm = {"as_is": world(100.0, 0.0), "cut": world(120.0, 0.0)}
    assert np.isnan(measure.displaced_violence(calm)["explained"])
    runs["as_is"] = world(100.0, 6.0, "A")  # one gang: nobody to fight
    assert measure.displaced_violence(runs)["contested_places"] == 0.0


def test_a_fact_without_anybody_who_could_fight_is_neither_passed_nor_failed() -> None:
    f6 = next(fact for fact in FACTS if fact.id == "F6")
    assert f6.passes({"explained": 0.3, "contested_places": 0.0}) is None
    assert f6.passes({"explained": 0.5, "contested_places": 1.0}) is False


def test_violence_after_a_cut_of_supply() -> None:
    def world(killed: float) -> Any:
        rows = [(START + 13, "X", killed), (START + 38, "Y", killed), (START + 39, "X", 99.0)]
        return run_of(places=fights(*rows))

    kinds = {"inelastic": 10.0, "inelastic_cut": 12.0, "elastic": 10.0, "elastic_cut": 9.0}
    found = measure.supply_cut({name: world(killed) for name, killed in kinds.items()})
    assert found == pytest.approx({"fights_inelastic": 0.2, "fights_elastic": -0.1})


def test_violence_where_a_leader_is_removed_and_next_door() -> None:
    network = SimpleNamespace(legs=pd.DataFrame({"from": ["P", "Q"], "to": ["Q", "R"]}))
    land = held(*((measure.YEAR - 1, leader, "P") for leader in measure.LEADERS))

    def world(there: float, next_door: float) -> Any:
        table = fights((START, "P", there), (START, "Q", next_door), (START, "R", 77.0))
        return run_of(network, territory=land, places=table)

    runs = {"as_is": world(10.0, 20.0)}
    runs |= {f"without_{leader}": world(14.0, 22.0) for leader in measure.LEADERS}
    found = measure.leader_removed(runs)
    assert found == pytest.approx({"rise_at_its_places": 0.4, "rise_next_to_them": 0.1})


def test_turnover_of_those_that_move() -> None:
    rows = [(y, "STAYS", "P") for y in (2010, 2011, 2012, 2013)]
    rows += [(y, "MOVES", "P") for y in (2010, 2011, 2012, 2013)]
    rows += [(2011, "MOVES", "Q"), (2012, "MOVES", "Q")]  # comes in 2011, is gone in 2013
    network = SimpleNamespace(places=pd.DataFrame({"id": list("PQRS")}))
    found = measure.turnover({"long": run_of(network, territory=held(*rows))})
    assert found == pytest.approx(
        {
            "entry_per_year": (1 / 1 + 0 + 0) / 3,
            "exit_per_year": (0 + 0 + 1 / 2) / 3,
            "median_stay_years": 2.0,
            "largest_share_of_places": 0.25,
        }
    )


def test_an_entrant_that_finances_before_it_holds() -> None:
    rows = [one_leg(y, "PE_VRAEM>BO_BENI", 900.0) for y in (2011, 2022, 2023)]
    rows += [one_leg(2011, "PE_VRAEM>BO_BENI", 100.0, owner="MX_SINALOA")]
    rows += [one_leg(2023, "BO_BENI>BR_X", 600.0, owner="MX_SINALOA")]
    rows += [one_leg(2023, "BR_X>EU_Y", 9e9, owner="MX_SINALOA")]  # far downstream
    land = held(
        (2011, "A", "PE_VRAEM"),
        (2022, "A", "PE_VRAEM"),
        (2023, "A", "PE_VRAEM"),
        (2023, "A", "BO_BENI"),
        (2023, "MX_SINALOA", "CO_META"),
        (2023, "MX_SINALOA", "BR_X"),
    )
    found = measure.finance_first({"enters": run_of(legs=legs(*rows), territory=land)})
    assert found["financed_before"] == pytest.approx(0.1) and found["held_before"] == 0.0
    assert found["rise_financed"] == pytest.approx(600.0 / 2400.0 - 0.1)
    assert found["rise_held"] == pytest.approx(0.25)


def test_the_largest_cartel_broken_up() -> None:
    def world(cartels: dict[str, float], sold: float, price: float) -> Any:
        week = START + 91
        rows = [(week, 2013, who, kg) for who, kg in cartels.items()]
        market = [(week, 2013, "MK_US", sold, price), (week, 2013, "MK_EU", 9e9, 9e9)]
        names = ["delivered_kg", "price_usd_per_kg"]
        return run_of(
            cartels=weekly("cartel", ["delivered_kg"], *rows),
            markets=weekly("market", names, *market, (week + 26, 2014, "MK_US", 9e9, 9e9)),
        )

    runs = {
        "as_is": world({"A": 500.0, "B": 50.0}, 100.0, 20.0),
        "broken": world({"A": 200.0, "A/1": 300.0, "A/2": 101.0}, 99.0, 21.0),
    }
    assert measure.broken_up(runs) == pytest.approx(
        {"more_organisations": 2.0, "supply_ratio": 0.99, "price_ratio": 1.05}
    )


# For each fact, values that pass, and values any one of which makes it fail.
CASES: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "F1": (
        {"seized_ratio": 1.1, "worth_per_seizure_ratio": 0.9, "change_of_active_places": 0.0},
        {"seized_ratio": 0.9, "worth_per_seizure_ratio": 1.1, "change_of_active_places": -1.0},
    ),
    "F2": (
        {
            "corridors": 6.0,
            "supply_change": -0.05,
            "reappears_elsewhere_bulk_t": 1.0,
            "lost_bulk_t": 2.0,
        },
        {"corridors": 5.0, "supply_change": -0.15, "reappears_elsewhere_bulk_t": 0.9},
    ),
    "F3": (
        {"flights_at_0.1": 0.25, "flights_at_0.2": 0.06, "flights_at_0.03": 0.7},
        {"flights_at_0.1": 0.26, "flights_at_0.2": 0.05, "flights_at_0.03": 0.5},
    ),
    "F4": (
        {"vraem_price": 0.6, "beni_price": 1.1, "brazil_price": 1.1},
        {"vraem_price": 0.8, "beni_price": 0.9, "brazil_price": 0.9},
    ),
    "F5": (
        {"land_share_after": 0.6, "land_share_two_years_on": 0.3},
        {"land_share_after": 0.4, "land_share_two_years_on": 0.7},
    ),
    "F6": (
        {"explained": 0.3, "contested_places": 1.0},
        {"explained": 0.5, "contested_places": 0.0},
    ),
    "F7": (
        {"fights_inelastic": 0.1, "fights_elastic": -0.1},
        {"fights_inelastic": -0.1, "fights_elastic": 0.1},
    ),
    "F8": (
        {"rise_at_its_places": 0.3, "rise_next_to_them": 0.1},
        {"rise_at_its_places": 0.1, "rise_next_to_them": -0.1},
    ),
    "F17": (
        {
            "entry_per_year": 0.1,
            "exit_per_year": 0.1,
            "median_stay_years": 3.0,
            "largest_share_of_places": 0.3,
        },
        {
            "entry_per_year": 0.01,
            "exit_per_year": 0.01,
            "median_stay_years": 9.0,
            "largest_share_of_places": 0.5,
        },
    ),
    "F18": (
        {"rise_financed": 0.2, "rise_held": 0.1},
        {"rise_financed": 0.05, "rise_held": 0.3},
    ),
    "F19": (
        {"more_organisations": 1.0, "supply_ratio": 1.0, "price_ratio": 1.0},
        {"more_organisations": 0.0, "supply_ratio": 0.9, "price_ratio": 1.1},
    ),
}


def test_every_fact_has_its_case() -> None:
    assert set(CASES) == {fact.id for fact in FACTS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_passes_when_all_of_it_holds_and_fails_when_any_of_it_does_not(
    fact: facts.Fact,
) -> None:
    good, bad = CASES[fact.id]
    assert fact.passes(good)
    assert [name for name in bad if fact.passes({**good, name: bad[name]})] == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_the_worlds_of_a_fact_are_scenarios(fact: facts.Fact) -> None:
    for name, overrides in fact.worlds.items():
        named = [text.removeprefix("scenario=") for text in overrides if text[:9] == "scenario="]
        rest = [text for text in overrides if text[:9] != "scenario="]
        scenario = Scenario.load(*(named or ["baseline"]), rest)
        assert scenario.weeks >= 364, name


def test_an_event_is_written_as_toml() -> None:
    text = event("campaign", factor=2.0, places=("BR_SANTOS",), modes=("sea",), weeks=4)
    (found,) = Scenario.load("baseline", [text]).events
    assert (found.kind, found.factor, found.places, found.modes, found.weeks) == (
        "campaign",
        2.0,
        ("BR_SANTOS",),
        ("sea",),
        4,
    )


def test_a_risk_is_turned_into_effort() -> None:
    """At the usual risk q a flight survives with 1 - q; at effort f with (1 - q)^f = 1 - p."""
    (law,) = Scenario.load("baseline", risk_world(0.1)).events
    assert (1.0 - facts.USUAL_RISK) ** law.factor == pytest.approx(0.9)


def test_facts_are_judged_on_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {0: 0.1, 1: 0.2, 2: -9.0, 3: 0.3, 4: -0.5}

    def measured(base: str, ids: tuple[str, ...], seed: int | None, replicate: int) -> list:
        assert (base, ids, seed) == ("baseline", ("F18",), 7)
        return [("F18", "rise_financed", values[replicate]), ("F18", "rise_held", 0.0)]

    monkeypatch.setattr(facts, "measure_replicate", measured)
    told: list[int] = []
    table = facts.judge("baseline", ("F18",), 5, 1, 7, told.append).set_index("measure")
    assert table.loc["rise_financed", "median"] == 0.1 and table["passes"].all()
    assert table.loc["rise_financed", "low"] == pytest.approx(-9.0 + 0.2 * 8.5)
    assert told == [1] * 5
    few = facts.judge("baseline", ("F18",), 3, 1, 7).set_index("measure")
    assert few.loc["rise_financed", "median"] == 0.1 and few[["low", "high"]].isna().all(axis=None)


def test_worlds_that_facts_share_are_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []

    def world(base: str, overrides: tuple[str, ...], seed: int | None, replicate: int) -> Any:
        ran.append(overrides)
        return overrides

    monkeypatch.setattr(facts, "world", world)
    silent = [
        facts.Fact(f.id, f.check, f.grade, f.worlds, lambda runs: {"n": len(runs)}, bool)
        for f in FACTS
        if f.id in ("F4", "F5")
    ]
    monkeypatch.setattr(facts, "FACTS", silent)
    rows = facts.measure_replicate("baseline", ("F4", "F5"), 1, 0)
    assert rows == [("F4", "n", 2.0), ("F5", "n", 2.0)] and len(ran) == 2


def test_tables_of_results_print(capsys: pytest.CaptureFixture[str]) -> None:
    found = pd.DataFrame(
        {
            "fact": ["F8", "F8"],
            "measure": ["a", "b"],
            "median": [0.25, 1.0],
            "low": [0.1, 1.0],
            "high": [0.4, 1.0],
            "passes": [False, False],
        }
    )
    facts.print_facts(found)
    row = {"id": "T1", "target": "x", "value": 1.0, "low": 0.5, "high": 2.0, "unit": "t pure/yr"}
    seen = {"simulated": 1.5, "simulated_5": 1.0, "simulated_95": 2.0, "result": "met"}
    unseen = dict.fromkeys(("simulated", "simulated_5", "simulated_95"), np.nan)
    targets.print_targets(pd.DataFrame([row | seen, row | unseen | {"result": "another year"}]))
    facts.print_facts(found.assign(fact="F6", passes=None))
    text = capsys.readouterr().out
    assert "cannot tell" in text
    assert "FAIL" in text and "met: 1" in text and "another year: 1" in text
