"""The explorer without a browser: levers, runs in the background, what views are made of."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import io
import json
import socket
import threading
import time
import tomllib
import weakref
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from support import SHORT, airbridge, check_refusal, check_success, same_tables

from experiments.explorer import downloads, sayings
from experiments.explorer.desk import Answer, Desk, carry_out, key_of
from experiments.explorer.extracts import ALL, Extract
from experiments.explorer.levers import (
    AS_IT_IS,
    Changes,
    Standing,
    changed,
    levers,
    raid_allowed,
    settings,
)
from experiments.explorer.opened import Opened, open_up
from experiments.explorer.server import HOST, Explorer, free_port
from experiments.words import names_of
from sim.errors import ScenarioError
from sim.model import TraffickingModel
from sim.parameters.registry import register
from sim.run import Run
from sim.scenario.scenario import Scenario

pytest.importorskip("panel")


@pytest.fixture(scope="module")
def base() -> Scenario:
    return Scenario.load("everything", ["weeks=230", "burn_in_weeks=4"])


@pytest.fixture(scope="module")
def run(base: Scenario) -> Run:
    return TraffickingModel(base, seed=3).run()


@pytest.fixture(scope="module")
def seen(run: Run) -> Extract:
    return Extract(run)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    made = Desk(1)
    yield made
    made.close()


# Levers.


def test_every_lever_of_the_register_is_a_control() -> None:
    assert {e.name for e in levers()} == {e.name for e in register() if e.role == "lever"}
    assert "demand.europe_growth_per_year" in {e.name for e in levers()}


@pytest.mark.parametrize(
    "setting",
    ["demand.europe_growth_per_year=0.5", "demand.europe_growth_per_year=much", "orderin.hurdle=1"],
)
def test_a_wrong_value_is_refused_in_the_words_of_the_command_line(
    setting: str, base: Scenario, tmp_path: Path
) -> None:
    name, _, value = setting.partition("=")
    asked = Changes(lines=(setting,)) if "orderin" in name else Changes(numbers={name: value})
    with pytest.raises(ScenarioError) as refused:
        changed(base, asked)
    done = airbridge("check", "baseline", "--set", setting, cwd=tmp_path)
    assert done.err == f"airbridge: {refused.value}\n"


def test_what_is_changed_is_what_the_world_has(base: Scenario) -> None:
    world = changed(
        base,
        Changes(
            numbers={"demand.europe_growth_per_year": "0.05"},
            agencies="adaptive",
            standing=Standing("MX_SINALOA", "barred", "MK_EU", "900"),
            off=(0,),
            raids=(("PE_PASCO", dt.date(2013, 6, 3)),),
            lines=("ordering.hurdle=0.2",),
        ),
    )
    assert world.parameters.demand.europe_growth_per_year == 0.05
    assert world.agencies == "adaptive" and world.parameters.ordering.hurdle == 0.2
    assert world.barred == ("MX_SINALOA:MK_EU",)
    assert world.organisations["MX_SINALOA"].capital_usd_m == 900
    assert world.events[:-1] == base.events[1:]
    raid = world.events[-1]
    assert (raid.kind, raid.place, raid.date) == ("raid", "PE_PASCO", dt.date(2013, 6, 3))


def test_no_change_is_the_same_world(base: Scenario) -> None:
    world = changed(base, Changes())
    assert settings(base, Changes()) == []
    assert world.model_copy(update={"name": base.name}) == base


@pytest.mark.parametrize(("place", "field"), [("barred", "barred"), ("held", "held")])
def test_an_organisation_is_kept_back_everywhere_or_let_in(
    base: Scenario, place: str, field: str
) -> None:
    kept = changed(base, Changes(standing=Standing("BR_PCC", place)))
    assert getattr(kept, field) == ("BR_PCC",)
    again = changed(kept, Changes(standing=Standing("BR_PCC", "allowed")))
    assert again.barred == ()


def test_paths_are_switched_off() -> None:
    history = Scenario.load("history")
    world = changed(history, Changes(still=("demand_us",)))
    assert set(history.paths) - set(world.paths) == {"demand_us"}


def test_a_raid_can_be_added_at_every_place_but_only_within_the_run(base: Scenario) -> None:
    for place in ("PE_PASCO", "BR_SANTOS", "PE_VRAEM", "MX_PACIFIC"):
        assert raid_allowed(base, place, dt.date(2012, 1, 2)) == ""
    assert "NOWHERE" in raid_allowed(base, "NOWHERE", dt.date(2012, 1, 2))


# Runs in the background.


def test_a_run_in_the_background_is_the_run(desk: Desk) -> None:
    scenario = Scenario.load("baseline", [*SHORT])
    ticket = desk.ask(scenario, 5, 2)
    answer = ticket.future.result(120)
    assert same_tables(answer.run.tables, TraffickingModel(scenario, seed=5).run().tables)
    assert list(answer.outcomes.index) == [(5, 0), (5, 1)]
    assert not answer.outcomes.iloc[0].equals(answer.outcomes.iloc[1])


def test_the_same_question_is_run_once_and_let_go_when_nobody_holds_it(desk: Desk) -> None:
    scenario = Scenario.load("baseline", [*SHORT])
    first, second = desk.ask(scenario, 6, 1), desk.ask(scenario, 6, 1)
    assert first is second and first.waiting == 2
    answer = first.future.result(120)
    for _ in range(100):
        if desk.known(scenario, 6, 1) is answer:
            break
        time.sleep(0.05)
    assert desk.known(scenario, 6, 1) is answer
    gone, key = weakref.ref(answer), key_of(scenario, 6, 1)
    del answer, first, second
    for _ in range(100):
        if gone() is None:
            break
        time.sleep(0.05)
    assert gone() is None and key not in desk.answers


def test_a_run_that_nobody_waits_for_ends_early(desk: Desk) -> None:
    scenario = Scenario.load("baseline", ["weeks=2600", "burn_in_weeks=0"])
    ticket = desk.ask(scenario, 1, 20)
    while ticket.passed == 0.0:
        time.sleep(0.02)
    other = desk.ask(scenario, 1, 20)
    desk.leave(other)
    time.sleep(0.3)
    assert not ticket.future.done()  # one still waits
    desk.leave(ticket)
    assert ticket.future.exception(60) is not None
    assert desk.known(scenario, 1, 20) is None


def test_progress_is_the_share_of_weeks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    write = Path.write_text
    monkeypatch.setattr(
        Path, "write_text", lambda path, text: (told.append(int(text)), write(path, text))[1]
    )
    scenario = Scenario.load("baseline", [*SHORT])
    carry_out(scenario, 1, 2, str(tmp_path / "slip"))
    assert told == sorted(told) and told[-1] == 2 * 64 and len(told) > 3


# What views are made of.


def test_prices_and_stocks_are_those_of_the_table(seen: Extract, run: Run) -> None:
    table = run.tables["places"]
    row = table[(table["place"] == "BO_BENI") & (table["week"] == 100)].iloc[0]
    k = seen.places.index("BO_BENI")
    assert seen.price_usd_per_kg[100, k] == row["price_usd_per_kg"]
    assert seen.stock_kg[100, k] == row["stock_kg"]
    assert seen.day_of(100) == row["date"].date() and seen.year_of(100) == row["year"]


def test_flows_of_all_owners_add_up_to_what_was_moved(seen: Extract, run: Run) -> None:
    legs = run.tables["legs"]
    air = legs[(legs["year"] == 2012) & (legs["mode"] == "air")]["moved_kg"].sum()
    flows = seen.flows(2012)
    assert sum(t for (mode, *_), _, t in flows if mode == "air") == pytest.approx(air / 1000)
    mine = seen.flows(2012, "Mexican")
    assert 0 < len(mine) < len(flows) and {group for _, group, _ in mine} == {"Mexican"}


def test_the_holder_of_a_place_is_who_controls_most(seen: Extract, run: Run) -> None:
    land = run.tables["territory"]
    mine = land[(land["year"] == 2011) & (land["place"] == "PE_VRAEM")]
    top = mine.sort_values("control", ascending=False).iloc[0]
    held = seen.holders
    row = held[(held["year"] == 2011) & (held["place"] == "PE_VRAEM")].iloc[0]
    assert row["organisation"] == top["organisation"] and row["control"] == top["control"]


def test_shares_add_up_to_one(seen: Extract) -> None:
    for table in (seen.shares("MK_EU").dropna(), seen.stage_shares("sea")):
        assert len(table) > 2
        assert np.allclose(table.sum(axis=1), 1.0)


def test_the_map_shows_the_week_and_the_owners(seen: Extract) -> None:
    from experiments.explorer.atlas import Atlas

    atlas = Atlas(seen.run.network, "x", "light")
    before = list(atlas.places.data["price"])
    atlas.show(seen, 10)
    assert list(atlas.places.data["price"]) == list(seen.price_usd_per_kg[10]) != before
    everyone = len(atlas._ways.data["x"])
    atlas.show(seen, 10, "Mexican")
    assert atlas.groups == {"Mexican"} and 0 < len(atlas._ways.data["x"]) < everyone
    atlas.show(seen, 10_000, ALL)  # past the end: the last week
    assert list(atlas.places.data["price"]) == list(seen.price_usd_per_kg[-1])


def test_words_say_what_is_shown(seen: Extract) -> None:
    said = sayings.map_words(seen, 100, ALL)
    assert f"{seen.day_of(100):%d %B %Y}" in said and "VRAEM" in said
    price = seen.price_usd_per_kg[100, seen.places.index("PE_PASCO")]
    assert f"{price:,.0f}" in sayings.place_words(seen, "PE_PASCO", 100).replace(",", ",")
    lines = list(sayings.event_lines(seen))
    assert len(lines) == len(seen.run.tables["events"].drop_duplicates(["date", "name"]))
    assert "no_such" not in sayings.flight_words(seen)


def test_differences_of_few_pairs_have_no_interval_and_a_world_none_from_itself(
    base: Scenario, run: Run
) -> None:
    from experiments.explorer.desk import outcomes_of

    answer = Answer(run, outcomes_of(run, 3, 0))
    table = sayings.difference_table(answer, answer, names_of(base))
    assert set(table["difference (95 %)"]) == {"0 (no interval)"}
    assert "1 pair" in sayings.pairs_words(answer, answer)


# What can be taken away.


def test_the_scenario_taken_away_loads_to_the_same(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(downloads.scenario_file(run).read())
    assert Scenario.load(path) == run.scenario
    assert tomllib.loads(path.read_text())["weeks"] == 230


def test_the_tables_taken_away_are_a_saved_run_that_can_be_explored(
    run: Run, tmp_path: Path
) -> None:
    with zipfile.ZipFile(downloads.tables_file(run)) as packed:
        packed.extractall(tmp_path / "run")
    found = open_up(str(tmp_path / "run"))
    assert found.run is not None and same_tables(found.run.tables, run.tables)
    assert found.seed == 3 and found.report == tmp_path / "run"
    record = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert record["command"] == "airbridge run scenario.toml --seed 3"
    words = record["command"].split()[1:]
    check_success(airbridge(*words, "--out", "again", cwd=tmp_path / "run"))
    again = Run.load(tmp_path / "run" / "again")
    assert same_tables(again.tables, run.tables)


def test_a_figure_taken_away_is_a_pdf(run: Run) -> None:
    assert downloads.figure_file(run, "flights").read(5) == b"%PDF-"
    assert isinstance(downloads.scenario_file(run), io.BytesIO)


# Sessions.


def until(what: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def served(run: Run, desk: Desk) -> Iterator[Explorer]:
    """An explorer of a saved run in this process."""
    from tornado.ioloop import IOLoop

    made = Explorer(Opened(run.scenario, 3, run), desk, free_port(None))
    ready, loops = threading.Event(), []

    def serve() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        server = made.serve(show=False, start=False)
        loops.append((server, IOLoop.current()))
        server.start()
        ready.set()
        IOLoop.current().start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(60)
    yield made
    server, loop = loops[0]
    loop.add_callback(server.stop)
    loop.add_callback(loop.stop)
    thread.join(30)


def test_a_session_that_is_idle_or_gone_holds_nothing(
    served: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bokeh.client import pull_session

    monkeypatch.setattr("experiments.explorer.session.IDLE_LOOK_MS", 200)
    one, two = (pull_session(url=served.address) for _ in range(2))
    until(lambda: len(served.sessions) == 2)
    both = list(served.sessions)
    assert both[0].base is both[1].base is served._saved  # one run, held once
    for session in both:
        session._idle_s = 0.0  # as if nobody had touched it for long
    until(lambda: [session.base for session in both] == [None, None])
    assert "At rest, to free memory" in both[0].message.object and not both[0]._seen
    one.close()
    two.close()
    until(lambda: not served.sessions)
    gone = weakref.ref(both[0])
    both.clear()
    until(lambda: gc.collect() >= 0 and gone() is None)


# What the command takes.


def test_a_scenario_a_run_and_a_study_can_be_opened(tmp_path: Path) -> None:
    assert open_up("pasco_raid").scenario.name == "pasco_raid"
    small = ["--set", "burn_in_weeks=0", "--set", "weeks=26"]
    words = ["run", "baseline", "--replicates", "2", "--seed", "9", "--no-figures", *small]
    check_success(airbridge(*words, "--out", "run", cwd=tmp_path))
    found = open_up(str(tmp_path / "run"))
    assert found.run is not None and found.run.replicates == 1 and found.seed == 9
    study = ["displace", "baseline", "--replicates", "2", *small]
    check_success(airbridge(*study, "--seed", "4", "--out", "study", cwd=tmp_path))
    found = open_up(str(tmp_path / "study"))
    assert found.run is None and found.scenario.weeks == 26
    assert found.seed == 4 and found.report == tmp_path / "study"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no_such"], "no scenario 'no_such'"),
        (["."], "holds no saved run or study"),
        (["baseline", "--port", "70000"], "65535"),
    ],
)
def test_what_cannot_be_opened_is_one_line(words: list[str], says: str, tmp_path: Path) -> None:
    check_refusal(airbridge("explore", *words, "--no-browser", cwd=tmp_path), says)
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        done = airbridge("explore", "--port", str(port), "--no-browser", cwd=tmp_path)
        check_refusal(done, f"--port {port}: cannot be had")
        assert free_port(None) != port
    assert threading.active_count() < 20


def test_as_it_is_is_no_setting(base: Scenario) -> None:
    assert settings(base, Changes(agencies=AS_IT_IS, standing=Standing("BR_PCC"))) == []
