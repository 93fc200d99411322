"""The evidence and network tables are complete, traceable and consistent."""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[1] / "scenarios" / "data"
TABLES = sorted(p.stem for p in DATA.glob("*.csv") if p.stem != "sources")
EVIDENCE = ["cultivation", "prices", "demand", "seizures", "events", "targets"]
KINDS = {"zone", "hub", "port", "market"}
GROUPS = {
    "Colombian",
    "Mexican",
    "Brazilian",
    "Bolivian",
    "Peruvian",
    "Paraguayan",
    "Italian",
    "Balkan",
    "Dutch-Belgian",
    "Spanish",
    "Caribbean",
    "Central American",
    "Venezuelan",
    "Ecuadorian",
    "West African",
    "Other",
}
USES = {"fit 2010-2016", "judge 2017+", "report only"}


def read(name: str) -> pd.DataFrame:
    """One table, all cells as text so that empty stays empty."""
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


def numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as floats; an empty cell becomes missing, anything else must parse."""
    return pd.to_numeric(frame[column].replace("", None))


def split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def network() -> nx.DiGraph:
    legs = read("legs")
    return nx.DiGraph(list(zip(legs["from"], legs["to"], strict=True)))


def places_of(kind: str) -> list[str]:
    frame = read("places")
    return list(frame.loc[frame["kind"] == kind, "id"])


def test_the_expected_tables_are_there() -> None:
    expected = {"places", "legs", "organisations", "agencies", "market_lines", *EVIDENCE}
    assert expected <= set(TABLES)
    assert len(read("places")) == 70
    assert len(read("legs")) == 169


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_that_resolves(name: str) -> None:
    keys = set(read("sources")["key"])
    frame = read(name)
    for column in ("source", "price_source"):
        for cell in frame.get(column, pd.Series(dtype=str)):
            if cell.startswith("derived:"):
                assert len(cell) > len("derived: "), cell
                continue
            assert cell, f"{name}: empty {column}"
            assert all(key in keys or key == "assumed" for key in split(cell)), cell


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_graded_and_assumptions_are_graded_low(name: str) -> None:
    frame = read(name)
    assert frame["confidence"].isin(["A", "B", "C"]).all()
    assert (frame.loc[frame["source"] == "assumed", "confidence"] == "C").all()
    if name == "places":
        assert (frame.loc[frame["price_source"] == "assumed", "price_confidence"] == "C").all()


def test_sources_can_be_found_by_an_outsider() -> None:
    frame = read("sources")
    assert frame["key"].is_unique
    assert (frame["citation"].str.len() >= 20).all()
    given = frame.loc[frame["url"] != "", "url"]
    assert given.str.match(r"^https?://[^\s]+\.[^\s]+$").all()
    # a citation without an address has to name a dated or a serial publication
    bare = frame.loc[frame["url"] == "", "citation"]
    assert bare.str.contains(r"20\d\d|yearly|open-data|paper|yearbook|assessments|Strategy").all()


def test_every_source_is_used() -> None:
    text = " ".join((DATA / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES)
    used = set(re.findall(r"[a-z0-9_]+", text))
    assert set(read("sources")["key"]) <= used


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence_has_units_and_ordered_ranges(name: str) -> None:
    frame = read(name)
    value, low, high = (numbers(frame, c) for c in ("value", "low", "high"))
    assert (frame.loc[value.notna(), "unit"] != "").all()
    if name != "events":
        assert value.notna().all()
    slack = 1e-9 + 1e-6 * value.abs()
    assert (low.isna() | value.isna() | (low <= value + slack)).all()
    assert (high.isna() | value.isna() | (high >= value - slack)).all()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("events", "place"),
        ("prices", "place"),
        ("targets", "place"),
        ("seizures", "place"),
        ("cultivation", "zone"),
        ("demand", "market"),
    ],
)
def test_places_named_in_evidence_exist(name: str, column: str) -> None:
    known = set(read("places")["id"]) | {""}
    assert set(read(name)[column]) <= known


def test_places_are_well_formed() -> None:
    frame = read("places")
    assert frame["id"].is_unique
    assert set(frame["kind"]) == KINDS
    price = numbers(frame, "reference_price_usd_per_kg")
    assert (price > 0).all()
    assert (numbers(frame, "price_low") <= price).all()
    assert (numbers(frame, "price_high") >= price).all()
    assert numbers(frame, "price_year").between(2010, 2016).all()
    assert numbers(frame, "lat").between(-60, 75).all()
    assert numbers(frame, "lon").between(-180, 180).all()


def test_legs_are_well_formed() -> None:
    frame = read("legs")
    ids = set(read("places")["id"])
    assert set(frame["from"]) | set(frame["to"]) <= ids
    assert not frame.duplicated(["from", "to"]).any()
    assert set(frame["mode"]) == {"air", "road", "river", "sea"}
    assert set(frame["agency"]) == set(read("agencies")["id"])
    assert (numbers(frame, "consignment_kg") > 0).all()
    assert (numbers(frame, "transit_weeks") > 0).all()
    for column, low, high in (
        ("cost_usd_per_kg", "cost_low", "cost_high"),
        ("seizure_prob", "seizure_low", "seizure_high"),
    ):
        middle = numbers(frame, column)
        assert (middle > 0).all()
        assert (numbers(frame, low) <= middle).all()
        assert (numbers(frame, high) >= middle).all()
    assert (numbers(frame, "seizure_high") < 1).all()


def test_the_network_is_acyclic_and_ends_in_markets() -> None:
    graph = network()
    assert nx.is_directed_acyclic_graph(graph)
    sinks = {node for node in graph if graph.out_degree(node) == 0}
    sources = {node for node in graph if graph.in_degree(node) == 0}
    assert sinks == set(places_of("market"))
    assert sources <= set(places_of("zone"))
    assert set(graph) == set(read("places")["id"])


def test_every_zone_reaches_a_market_and_every_country_all_but_one() -> None:
    graph = network()
    markets = set(places_of("market"))
    reach: dict[str, set[str]] = {"PE": set(), "BO": set(), "CO": set()}
    for zone in places_of("zone"):
        found = nx.descendants(graph, zone) & markets
        assert found, zone
        reach[zone[:2]] |= found
    # the network has no way from Colombia to the Southern Cone nor from Bolivia to the US
    assert reach["PE"] == markets
    assert markets - reach["CO"] == {"MK_SC"}
    assert markets - reach["BO"] == {"MK_US"}


def test_prices_rise_along_every_leg_by_more_than_cost_and_loss() -> None:
    legs, places = read("legs"), read("places")
    price = dict(zip(places["id"], numbers(places, "reference_price_usd_per_kg"), strict=True))
    net = legs["to"].map(price) * (1 - numbers(legs, "seizure_prob"))
    net -= numbers(legs, "cost_usd_per_kg")
    margin = net / legs["from"].map(price) - 1
    worst = legs.loc[margin < 0.03, ["from", "to"]].to_numpy().tolist()
    assert not worst


def test_reference_prices_lie_in_the_ranges_to_be_fitted() -> None:
    places, targets = read("places"), read("targets")
    price = dict(zip(places["id"], numbers(places, "reference_price_usd_per_kg"), strict=True))
    fitted = targets[
        (targets["use"] == "fit 2010-2016") & targets["measure"].str.startswith("price:")
    ]
    for row in fitted.itertuples():
        ids = str(row.measure).removeprefix("price:").split("+")
        mean = sum(price[i] for i in ids) / len(ids)
        assert float(str(row.low)) <= mean <= float(str(row.high)), row.id


def test_organisations_are_well_formed() -> None:
    frame = read("organisations")
    places = set(read("places")["id"])
    assert frame["id"].is_unique
    assert set(frame["kind"]) <= {"cartel", "gang", "both"}
    assert (frame["kind"] != "cartel").sum() >= 20
    assert set(frame["group"]) <= GROUPS
    owners = set(frame.loc[frame["kind"] != "gang", "id"])
    for row in frame.itertuples():
        held = split(str(row.places))
        assert row.home in held and set(held) <= places, row.id
        assert set(split(str(row.partners))) <= owners, row.id
        assert row.affiliation == "" or row.affiliation in owners, row.id
    assert frame.loc[frame["id"] == "BO_AFFILIATE", "affiliation"].tolist() == ["MX_SINALOA"]
    assert (numbers(frame, "capital_usd_m") > 0).all()
    assert (numbers(frame, "toll_usd_per_kg") >= 0).all()


def test_market_shares_sum_to_one() -> None:
    frame = read("market_lines")
    frame["share"] = numbers(frame, "share")
    kinds = read("organisations").set_index("id")["kind"]
    assert (kinds.loc[frame["cartel"]] != "gang").all()
    assert set(frame["market"]) == set(places_of("market"))
    assert not frame.duplicated(["cartel", "market"]).any()
    total = frame.groupby("market")["share"].agg(["sum", "count", "max"])
    assert ((total["sum"] - 1).abs() < 1e-9).all()
    assert (total["count"] >= 5).all()
    assert (total["max"] <= 0.45).all()


def test_targets_say_what_they_are_for() -> None:
    frame = read("targets")
    assert frame["id"].is_unique
    assert set(frame["use"]) == USES
    assert (frame["measure"].eq("") | frame["measure"].str.match(r"^[a-z_]+:\S+$")).all()
    assert frame.loc[frame["use"] != "report only", "measure"].ne("").mean() > 0.8


def test_targets_in_tonnes_say_which_weight_and_measure_that() -> None:
    frame = read("targets")
    tonnes = frame[frame["unit"].str.match(r"^t\b|.*tonne|t_per_year")]
    assert set(tonnes["unit"]) == {"t pure/yr", "t bulk/yr"} and len(tonnes) > 60
    known = tonnes[tonnes["measure"] != ""]
    is_pure = known["measure"].str.contains("_pure_t:")
    assert (is_pure == known["unit"].str.contains("pure")).all()


def test_zone_output_adds_up_to_the_national_potential() -> None:
    frame = read("cultivation")
    frame["value"] = numbers(frame, "value")
    frame = frame[frame["country"] == "Colombia"]
    zones = frame[frame["measure"] == "zone_output"].groupby("year")["value"].sum()
    whole = frame[(frame["measure"] == "potential_cocaine") & (frame["zone"] == "")]
    gap = whole.set_index("year")["value"].reindex(zones.index) / zones - 1
    assert (gap.abs() < 0.01).all()


@pytest.mark.parametrize("name", [*TABLES, "sources"])
def test_no_table_names_a_person_or_a_machine(name: str) -> None:
    frame = read(name)
    banned = {"person", "alias", "leader", "author_name", "born", "address", "phone"}
    assert not banned & set(frame.columns)
    text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
    assert not re.search(r"press review|literature review|snippet|/home/|/work/|/tmp/", text)
