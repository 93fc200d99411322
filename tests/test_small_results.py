"""What is told of a run, worked out once more by other means from a small world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_numbers import changes, stored
from small_world import observed_numbers, stirred, two_years

from sim import Run, ScenarioError
from sim.agents.cartel import Cartel
from sim.model import TraffickingModel
from sim.results.datapackage import describe
from sim.results.folder import ResultFolder, in_the_way, is_blank_store, shortened
from sim.results.observation import home, observe, share_of
from sim.results.question import Question, hash_file, items, keep_world
from sim.results.records import (
    BEGUN,
    MANIFEST,
    STUDY,
    is_ours,
    is_whole,
    listed,
    read_record,
    write_json,
)
from sim.results.schemas import read_table, write_table
from sim.results.stages import stage_legs
from sim.rules.looking import look
from sim.rules.posts import post_gain
from sim.rules.territory import expected_toll, held_toll
from sim.scenario.scenario import Scenario
from sim.world.codes import CLOCK, SHUT

pytestmark = pytest.mark.usefixtures("wrap_around")


# A look at what is not done


def test_a_look_tells_what_posts_places_and_markets_would_earn(small: TraffickingModel) -> None:
    w, given = small.world, small.given
    small._pass_phases()  # so that goods have passed
    cartels, gangs, p = w.cartels, w.gangs, given.numbers
    blank = np.full(cartels.roots.shape, np.nan)
    posts, tolls = blank.copy(), blank.copy()
    entries, offers = np.full(len(w.lines.key), -1e30), np.full(len(gangs.members), np.nan)
    look(w, given, CLOCK, posts, tolls, entries, offers)
    for o in range(len(gangs.members)):
        for n in range(len(w.graph.key)):
            wanted = cartels.trades[o] and cartels.roots[o, n] < 1.0
            assert np.isnan(posts[o, n]) != wanted
            if wanted:
                assert posts[o, n] == post_gain(o, n, w, p)
            if gangs.members[o] > 0.0 and gangs.control[o, n] > 0.0:
                assert tolls[o, n] == held_toll(o, n, w) > 0.0
            elif gangs.members[o] > 0.0:
                assert tolls[o, n] == expected_toll(o, n, w, p.territory)
            else:
                assert np.isnan(tolls[o, n])
    looked = (gangs.members > 0.0) & (gangs.affiliation != np.arange(len(gangs.members)))
    assert np.array_equal(~np.isnan(offers), looked) and (offers[looked] >= 0.0).all()
    shut = w.lines.phase == SHUT
    assert (entries[~shut] == -1e30).all() and (entries[shut] > -1e30).all()
    assert (entries > 0.0).any()


# The weekly numbers that Mesa collects


def test_weekly_numbers_are_those_of_the_tables_however_weeks_pass(small_pack: Path) -> None:
    stepped, ran = stirred(small_pack, "usual"), stirred(small_pack, "usual")
    for _ in range(6):
        stepped.step()
    assert list(stepped.datacollector.model_vars["week"]) == [-2, -1, 0, 1, 2, 3]
    stepped.datacollector.collect(stepped)  # a second time in a week
    assert len(stepped.datacollector.model_vars["week"]) == 6
    ran._pass(2), ran._collector.catch_up(-2, 0)
    ran._pass(4), ran._collector.catch_up(0, 4)
    one, two = (m.datacollector.get_model_vars_dataframe() for m in (stepped, ran))
    pd.testing.assert_frame_equal(one.iloc[2:], two.iloc[2:], check_dtype=False)
    assert two.drop(columns="week").iloc[:2].isna().all(axis=None)
    assert one["MK_EU.price_usd_per_kg"].notna().all()
    tables = stepped.recorder.tables()
    lines, markets = tables["cartels"], tables["markets"]
    last = lines[(lines["week"] == 3) & (lines["market"] == "MK_BR")]["delivered_kg"]
    assert one["MK_BR.delivered_kg"].iloc[-1] == pytest.approx(last.sum())
    share = last / last.sum()
    assert one["MK_BR.herfindahl"].iloc[-1] == pytest.approx((share**2).sum())
    price = markets[(markets["week"] == 3) & (markets["market"] == "MK_EU")]["price_usd_per_kg"]
    assert one["MK_EU.price_usd_per_kg"].iloc[-1] == price.item()
    flown = tables["pilots"].groupby("week")["flights"].sum()
    assert one["flights"].iloc[2:].tolist() == flown.tolist()
    assert one["seized_kg"].iloc[2:].sum() == pytest.approx(stepped.world.week.taken_kg.sum())
    owners = stepped.datacollector.get_agenttype_vars_dataframe(Cartel)
    lately = owners.xs(owners.index.get_level_values(0).max()).set_index("name")
    w, big = stepped.world, stepped.roster.row("BIG")
    assert lately.loc["BIG", "stock_kg"] == pytest.approx(
        w.lines.stock_kg[w.lines.cartel == big].sum()
    )
    assert lately.loc["BIG", "capital_usd"] == w.cartels.capital_usd[big]


# Years


def test_accounts_of_a_year_end_with_it(small: TraffickingModel) -> None:
    recorder = small.recorder
    assert [recorder.next_stop(week) for week in (-2, -1, 0, 51, 52, 55)] == [0, 0, 52, 52, 56, 56]
    trips = small.world.week.trips
    for week, left in ((-2, 1.0), (-1, 0.0), (0, 1.0), (50, 1.0), (51, 0.0), (53, 1.0), (55, 0.0)):
        trips[:] = 1.0
        recorder.close_year(week)
        assert (trips == left).all(), week
    assert [year[0] for year in recorder._years] == [2010, 2011]


def test_tables_in_mid_year_count_the_year_so_far(small_run: Run, small_pack: Path) -> None:
    small = stirred(small_pack, "usual")
    for _ in range(12):
        small.step()
    tables = small.recorder.tables(4)
    assert (tables["legs"]["year"] == 2010).all() and (tables["legs"]["replicate"] == 4).all()
    assert len(tables["ledger"]) == tables["markets"]["week"].nunique() == 10
    moved = tables["legs"].groupby("leg")["moved_kg"].sum()
    assert moved.sum() == pytest.approx(small.world.week.moved_kg.sum())
    assert tables["purchases"]["kg"].sum() == pytest.approx(
        tables["cartels"]["bought_kg"].sum(), rel=0.2
    )
    assert tables["territory"].empty
    assert set(small_run.tables["territory"]["year"]) == {2010, 2011}


def test_retail_prices_keep_a_part_of_the_mark_up(small_run: Run) -> None:
    rows = small_run.tables["markets"].query("market == 'MK_EU'")
    b = small_run.scenario.parameters.market.pass_through
    wholesale = rows["price_usd_per_kg"] / 1000.0
    retail = 77.0 + (1.0 + b * (77.0 / 40.0 - 1.0)) * (wholesale - 40.0)
    assert rows["retail_usd_per_g"].to_numpy() == pytest.approx(retail.to_numpy())


# What is observed


def test_what_is_observed_is_what_is_kept(small_run: Run) -> None:
    kept = stored("small_world")
    mine = kept[kept["measure"].str.startswith("observed ")]
    changed = changes(mine, observed_numbers(small_run))
    assert len(mine) > 50 and not changed, "\n".join(changed[:20])


def test_observed_seizures_are_booked_raised_and_late_by_hand(small_run: Run) -> None:
    """In the second year all is half as much again; a part of each year is told a year later."""
    plain = ["observation.load_spread=0", "observation.late_share=0.25"]
    run = two_years(replace(small_run, scenario=small_run.scenario.with_overrides(plain)))
    table = observe(run)
    legs = run.tables["legs"].query("year == 2010").groupby("leg")["seized_kg"].sum()
    raised = 52.1775 / 52 / 1000.0
    peru = (legs["PE_VRAEM>BO_BENI"] + legs["PE_VRAEM>BR_WEST"]) * raised
    found = table[table["measure"] == "seized_bulk_t"].set_index(["where", "year"])["value"]
    assert found["Peru", 2010] == pytest.approx(peru)
    assert found["Peru", 2011] == pytest.approx(peru * (0.75 * 1.5 + 0.25))
    arrived = 0.7 * (legs["BR_SANTOS>EU_PORT"] + legs["CO_COAST>EU_PORT"]) * raised
    inland = legs["EU_PORT>MK_EU"] * raised  # who arrives at a market is booked where it begins
    assert found["Belgium", 2010] == pytest.approx(arrived + inland)
    assert found["EU", 2010] == found["Belgium", 2010]
    assert found["World", 2010] == pytest.approx(legs.sum() * raised)
    shares = table[table["measure"] == "origin_share"].set_index(["where", "year"])["value"]
    santos = legs["BR_SANTOS>EU_PORT"] / (legs["BR_SANTOS>EU_PORT"] + legs["CO_COAST>EU_PORT"])
    assert shares["Brazil", 2010] == shares["Brazil@Belgium", 2010] == pytest.approx(santos)
    flights = run.tables["pilots"].query("year == 2010 and leg == 'PE_VRAEM>BO_BENI'")["flights"]
    bridge = table[(table["where"] == "air bridge") & (table["year"] == 2010)]
    bridge = bridge.set_index("measure")["value"]
    assert bridge["flights"] == pytest.approx(flights.sum() * 52.1775 / 52)
    out = run.tables["legs"].query("year == 2010 and leg.str.startswith('PE_')")
    flown = out[out["mode"] == "air"]
    assert bridge["air_share"] == pytest.approx(flown["moved_kg"].sum() / out["moved_kg"].sum())
    assert bridge["lost_per_flight"] == pytest.approx(
        flown["seizures"].sum() / flown["consignments"].sum()
    )


def test_names_of_several_countries_have_one_that_books() -> None:
    assert home("Belgium/Netherlands") == "Belgium"
    assert home("Puerto Rico (US)") == "United States"
    assert home("Bolivia (Plurinational State)") == "Bolivia" and home("Congo, DR") == "Congo"
    kg = pd.Series([1.0, 3.0, 0.0], pd.MultiIndex.from_tuples([(1, 2), (1, 3), (2, 2)]))
    kg.index.names = ["year", "where"]
    assert share_of(kg, ["year"]).tolist() == [0.25, 0.75, 0.0]


def test_every_leg_belongs_to_one_stage(small_run: Run) -> None:
    stages = stage_legs(small_run.network)
    assert stages == {
        "air_bridge": {"PE_VRAEM>BO_BENI"},
        "inland": set(),
        "border": {"PE_VRAEM>BR_WEST", "CO_SOUTH>BR_WEST", "BO_BENI>BR_WEST"},
        "port": {"CO_SOUTH>CO_COAST", "BO_BENI>BR_SANTOS", "BR_WEST>BR_SANTOS"},
        "sea": {"BR_SANTOS>EU_PORT", "CO_COAST>EU_PORT"},
        "landing": {"BR_SANTOS>MK_BR", "EU_PORT>MK_EU"},
    }


def test_owned_and_handled_by_hand(small_run: Run) -> None:
    table = small_run.tables["ownership"].query("year == 2010")
    legs, land = (small_run.tables[name].query("year == 2010") for name in ("legs", "territory"))
    bridge = legs[legs["leg"] == "PE_VRAEM>BO_BENI"].groupby("cartel")["moved_kg"].sum()
    mine = table[table["stage"] == "air_bridge"].set_index("organisation")
    owned = mine["owned_kg"][mine["owned_kg"] > 0.0]
    assert owned.to_dict() == pytest.approx(bridge.to_dict())
    assert (mine["owned_share"] == mine["owned_kg"] / bridge.sum()).all()
    held = land[land["place"] == "PE_VRAEM"].set_index("organisation")["control"]
    handled = mine["handled_kg"][mine["handled_kg"] > 0.0]
    assert handled.to_dict() == pytest.approx((held[held > 0.0] * bridge.sum()).to_dict())
    source = table[table["stage"] == "source"]
    zones = small_run.tables["purchases"].query(
        "year == 2010 and source in ['PE_VRAEM', 'CO_SOUTH']"
    )
    assert source["owned_kg"].sum() == pytest.approx(zones["kg"].sum())
    assert list(dict.fromkeys(table["stage"])) == [
        "source",
        "air_bridge",
        "border",
        "port",
        "sea",
        "landing",
    ]


# Questions and folders


def asked(question: str = "a", **sizes: int | list[str]) -> Question:
    return Question("run", {"what": question}, f"run of {question}", sizes)


def test_a_question_grows_and_shrinks_by_its_sizes() -> None:
    small, large = asked(replicates=2, outcomes=["x"]), asked(replicates=3, outcomes=["x", "y"])
    record = small.record()
    assert large.key == small.key and large.is_of(record) and not asked("b").is_of(record)
    assert list(large.gains(record)) == ["replicates 2 to 3", "outcomes y"]
    assert list(large.losses(record)) == [] == list(small.gains(record))
    assert list(small.losses(large.record())) == ["replicates = 3, not 2", "outcomes y"]
    assert list(small.losses(record)) == []
    assert list(small.gains({"sizes": {"replicates": "many"}})) == [
        "replicates 0 to 2",
        "outcomes x",
    ]
    assert list(small.gains({})) == ["replicates 0 to 2", "outcomes x"]
    assert items(["a", "b", "c"], without=["b"]) == "a, c" and items(3, without=["b"]) == ""
    assert Question("other", small.asked, "").key != small.key and len(small.key) == 24


def put(folder: ResultFolder, **files: str) -> None:
    """Publish files by name with their text."""
    with folder.working() as work:
        for name, text in files.items():
            (work / name).write_text(text)
        folder.publish(work, {"seed": 1})


def test_a_result_is_put_into_place_grows_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out"
    folder = ResultFolder(path, MANIFEST, asked(n=1))
    assert not path.exists() and not folder.holds_it and folder.grown == []
    put(folder, one="1", two="2")
    assert folder.holds_it and is_whole(path)
    assert sorted(p.name for p in path.iterdir()) == [MANIFEST, "one", "two"]
    record = read_record(path / MANIFEST) or {}
    assert record["files"] == {n: hash_file(path / n) for n in ("one", "two")}
    assert record["seed"] == 1 and "incoming" not in record and record["sizes"] == {"n": 1}
    more = ResultFolder(path, MANIFEST, asked(n=2))
    assert more.holds_it and more.grown == ["n 1 to 2"]
    put(more, two="22", three="3")
    assert {p.name: p.read_text() for p in path.iterdir() if p.name != MANIFEST} == {
        "one": "1",
        "two": "22",
        "three": "3",
    }
    with pytest.raises(ScenarioError, match="with n = 2, not 1. A folder does not shrink"):
        ResultFolder(path, MANIFEST, asked(n=1))
    with pytest.raises(ScenarioError, match="holds another result .run of a.; choose"):
        ResultFolder(path, MANIFEST, asked("b"))
    (path / "mine").write_text("mine")
    put(ResultFolder(path, MANIFEST, asked("b"), replace=True), four="4")
    assert sorted(p.name for p in path.iterdir()) == ["four", MANIFEST, "mine"]
    put(ResultFolder(path, STUDY, asked("c"), replace=True), five="5")
    assert sorted(p.name for p in path.iterdir()) == ["five", "mine", STUDY]


def test_nothing_that_is_not_ours_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "out"
    put(ResultFolder(path, MANIFEST, asked()), one="1", two="2")
    folder = ResultFolder(path, MANIFEST, asked())
    (path / "three").write_text("mine")
    with pytest.raises(ScenarioError, match="three stands where a result is to go"):
        put(folder, three="3")
    assert (path / "three").read_text() == "mine" and list(path.glob(".airbridge-*")) == []
    (path / "one").write_text("changed")
    with pytest.raises(ScenarioError, match="one is no longer as it was written"):
        ResultFolder(path, MANIFEST, asked())
    (path / "one").unlink()
    folder = ResultFolder(path, MANIFEST, asked())  # what is gone may be made again
    folder.drop("two"), folder.drop("three")
    assert not (path / "two").exists() and (path / "three").exists()
    (path / "late").write_text("late")
    folder.adopt(["late", "never"], {"state": "begun"})
    record = read_record(path / MANIFEST) or {}
    assert list(record["files"]) == ["late"] and record["state"] == BEGUN
    others = tmp_path / "others"
    others.mkdir()
    (others / "b").write_text(""), (others / "a").write_text("")
    with pytest.raises(ScenarioError, match=r"holds other files \(a\)"):
        ResultFolder(others, MANIFEST, asked())
    with pytest.raises(ScenarioError, match="is a file, not a folder"):
        ResultFolder(others / "a", MANIFEST, asked())


def test_a_folder_begins_with_its_record_and_leaves_no_trace_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out"
    folder = ResultFolder(path, STUDY, asked())
    with folder.working():
        assert len(list(path.iterdir())) == 1
    assert not path.exists()
    folder.begin({"state": BEGUN, "incoming": "nothing"})
    assert folder.holds_it and (read_record(path / STUDY) or {})["files"] == {}
    with folder.working() as work:
        (work / "x").write_text("x")
    assert [p.name for p in path.iterdir()] == [STUDY]
    put(folder, one="1")
    folder.begin({"state": BEGUN})
    assert list((read_record(path / STUDY) or {})["files"]) == ["one"]
    left = path / ".airbridge-left"
    left.mkdir()
    put(folder, two="2")
    assert not left.exists()


def test_files_are_ours_if_as_written_and_reached_by_no_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x").write_text("x")
    right = hash_file(tmp_path / "in" / "x")
    assert is_ours(tmp_path, "in/x", [right]) and is_ours(tmp_path, "in/x", ["no", None])
    assert not is_ours(tmp_path, "in/x", ["no"]) and not is_ours(tmp_path, "in", [None])
    (tmp_path / "link").symlink_to(tmp_path / "in")
    assert not is_ours(tmp_path, "link/x", [right]) and not is_ours(tmp_path, "in/y", [None])
    assert in_the_way(tmp_path, "in/y") is None and in_the_way(tmp_path, "new/y") is None
    assert in_the_way(tmp_path, "in/x") == tmp_path / "in" / "x"
    assert in_the_way(tmp_path, "link/y") == tmp_path / "link"
    assert in_the_way(tmp_path, "in/x/y") == tmp_path / "in" / "x"
    record = {"files": {"in/x": right, "/etc": "a", "../up": "b", "new": 3}, "old": ["in/x", 5]}
    assert list(listed(record, "files")) == [("in/x", right), ("new", None)]
    assert list(listed(record, "old")) == [("in/x", None)] and list(listed(record, "none")) == []
    write_json(tmp_path / MANIFEST, {"files": {"in/x": right}})
    assert is_whole(tmp_path) and not is_whole(tmp_path / "in")
    write_json(tmp_path / MANIFEST, {"files": {"in/x": right, "gone": right}})
    assert not is_whole(tmp_path)
    write_json(tmp_path / MANIFEST, {"files": {}, "incoming": {}})
    assert not is_whole(tmp_path)
    (tmp_path / MANIFEST).write_text("[1]")
    with pytest.raises(ScenarioError, match="is damaged"):
        read_record(tmp_path / MANIFEST)
    assert not is_whole(tmp_path)


def test_a_place_for_runs_is_blank_until_the_first_of_them(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert not is_blank_store(runs)
    runs.mkdir()
    (runs / ".lock").write_text(""), (runs / "journal.jsonl").write_text("")
    assert is_blank_store(runs) and not is_blank_store(tmp_path)
    ResultFolder(tmp_path, STUDY, asked())
    (runs / "journal.jsonl").write_text("1")
    assert not is_blank_store(runs)
    (runs / "journal.jsonl").unlink(), (runs / "part").write_text("")
    assert not is_blank_store(runs)
    (tmp_path / "other").symlink_to(runs)
    assert not is_blank_store(tmp_path / "other")


def test_long_paths_are_cut_in_the_middle() -> None:
    assert shortened(Path("/" + "a" * 119)) == "/" + "a" * 119
    long = "/" + "b" * 60 + "c" * 60
    assert shortened(Path(long)) == long[:60] + "..." + long[-40:]


def test_a_scenario_is_kept_with_what_it_reads(small_run: Run, tmp_path: Path) -> None:
    keep_world(small_run.scenario, tmp_path)
    keep_world(small_run.scenario, tmp_path)  # twice
    again = Scenario.load(tmp_path / "scenario.toml")
    assert again.data_folder == tmp_path / "data" and again.weeks == small_run.scenario.weeks
    there = {p.stem for p in (tmp_path / "data").iterdir()}
    assert {"places", "legs", "bookings", "exchanges"} <= there and "targets" not in there
    assert hash_file(tmp_path / "data" / "legs.csv") == hash_file(
        small_run.scenario.data_folder / "legs.csv"
    )


def test_saved_tables_come_back_and_describe_themselves(small_run: Run, tmp_path: Path) -> None:
    for name, table in small_run.tables.items():
        write_table(name, table, tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(read_table(name, tmp_path / f"{name}.parquet"), table)
    told = describe(small_run, tmp_path)
    assert [r["name"] for r in told["resources"]] == list(small_run.tables)
    markets = told["resources"][0]
    assert markets["format"] == "parquet" and markets["mediatype"].endswith("parquet")
    assert markets["bytes"] == (tmp_path / "markets.parquet").stat().st_size
    price = next(f for f in markets["schema"]["fields"] if f["name"] == "price_usd_per_kg")
    assert price["type"] == "number" and price["unit"] == "USD/kg"
    mine = small_run.tables["markets"].assign(mine=1)
    with pytest.raises(ScenarioError, match="column 'week' is missing"):
        write_table("markets", mine.drop(columns="week"), tmp_path / "x.parquet")
    with pytest.raises(ScenarioError, match="not as declared"):
        write_table("markets", mine.assign(week="soon"), tmp_path / "x.parquet")
