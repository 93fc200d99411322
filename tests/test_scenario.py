"""A scenario is read, checked and refused in one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios import library
from sim.errors import ScenarioError
from sim.parameters.registry import register
from sim.scenario.scenario import Scenario, build, file_schema

RAID = """
[[events]]
kind = "raid"
name = "a raid"
date = 2013-11-24
place = "PE_PASCO"
organisation = "MX_SINALOA"
gang = "BO_AFFILIATE"
kg = 270
"""


def write(folder: Path, text: str | bytes, name: str = "x.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: str | Path, overrides: object = ()) -> str:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path, overrides)  # type: ignore[arg-type]
    message = str(caught.value)
    assert all(line.strip() for line in message.splitlines())
    return message


@pytest.mark.parametrize("name", sorted(library()))
def test_a_scenario_of_the_library_loads_and_survives_writing(name: str, tmp_path: Path) -> None:
    scenario = Scenario.load(name)
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert Scenario.load(write(tmp_path, scenario.to_toml())) == scenario
    tree = json.loads(json.dumps(scenario.to_tree()))
    assert build(tree, "manifest", tmp_path, ()) == scenario
    assert Scenario.from_stored(tree) == scenario


@pytest.mark.parametrize("name", sorted(set(library()) - {"baseline"}))
def test_a_scenario_says_its_question_first_and_stays_short(name: str) -> None:
    lines = library()[name].read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ") and lines[0].endswith("?")
    assert len(lines) < 20 or name == "history"  # which lists all paths and events there are


def test_the_raid_of_the_source_story() -> None:
    (raid,) = Scenario.load("pasco_raid").events
    assert (raid.kind, raid.kg, raid.killed, raid.arrested) == ("raid", 270, 1, 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[ordering]\nhurdel = 0.2",
            "x.toml: unknown key 'ordering.hurdel'; did you mean 'ordering.hurdle'?",
        ),
        (
            "[ordering]\nhurdle = 3.0",
            "x.toml: ordering.hurdle = 3.0 share of purchase price is outside 0..0.5",
        ),
        ("hurdle = 0.2", "did you mean 'ordering.hurdle'?"),
        ("[ordring]\nhurdle = 0.2", "did you mean 'ordering'?"),
        ("parameters = 3", "unknown key 'parameters'"),
        ("[ordering]\nhurdle = true", "hurdle = true is not a number (share of purchase price"),
        ("[ordering]\nhurdle = 'a'", "hurdle = 'a' is not a number (share of purchase price"),
        ("[ordering]\nhurdle = nan", "hurdle = nan is not a finite number"),
        ("[ordering]\nhurdle = inf", "hurdle = inf is not a finite number"),
        ("ordering = 3", "ordering = 3 is not a table"),
        ("weeks = 3.5", "weeks = 3.5 is not a whole number (week, 1..5200)"),
        ("weeks = 0", "weeks = 0 week is outside 1..5200"),
        ("seed = -1", "seed = -1 is outside 0..4294967295"),
        ("start = 2010-01-05", "start = 2010-01-05 is a Tuesday, not a Monday"),
        ("start = 3", "start = 3 is not a date"),
        ("name = ''", "name = '' must not be empty"),
        ("[switches]\nlearning = 1", "switches.learning = 1 is not true or false"),
        ("[switches]\nlerning = true", "did you mean 'switches.learning'?"),
        ("barred = 'MX_CJNG'", "barred = 'MX_CJNG' is not a list"),
        ("held = 'MX_CJNG'", "held = 'MX_CJNG' is not a list"),
        ("barred = ['MX_SINALO']", "unknown organisation 'MX_SINALO'; did you mean 'MX_SINALOA'?"),
        ("held = ['MX_SINALO']", "unknown organisation 'MX_SINALO'; did you mean 'MX_SINALOA'?"),
        ("barred = ['MX_SINALOA:MK_UUS']", "unknown market 'MK_UUS'; did you mean 'MK_US'?"),
        ("held = ['MX_SINALOA:MK_UUS']", "unknown market 'MK_UUS'; did you mean 'MK_US'?"),
        ("[organisations.MX_SINALO]\ncapital_usd_m = 1", "did you mean 'MX_SINALOA'?"),
        (
            "[organisations.MX_SINALOA]\ncapital = 1",
            "did you mean 'organisations.MX_SINALOA.capital_usd_m'?",
        ),
        (
            "[organisations.MX_SINALOA]\ncapital_usd_m = -1",
            "capital_usd_m = -1 million USD is outside 0..100000",
        ),
        ("a b", "not valid TOML: "),
        (b"\xff\xfe", "not UTF-8 text"),
        ("data = 'nowhere'", "the data pack lacks this table"),
        ("extends = 'x.toml'", "extends runs in a circle: "),
        ("extends = 'basline'", "no scenario 'basline'; did you mean 'baseline'?"),
        ("extends = 'gone.toml'", "gone.toml: no such file"),
        ("extends = 3", "is not a name, a path or a list of them"),
        ("events = 3", "events = 3 is not a list"),
        ("events = [3]", "event 1: 3 is not a table"),
        (RAID.replace('"raid"', '"rad"'), "event 1: unknown kind 'rad'; did you mean 'raid'?"),
        (RAID.replace('kind = "raid"', ""), "event 1: key 'kind' is missing"),
        (RAID.replace("kg = 270", ""), "event 1 (raid): key 'kg' is missing"),
        (RAID.replace("kg =", "kgs ="), "event 1 (raid): unknown key 'kgs'; did you mean 'kg'?"),
        (RAID.replace("270", "-1"), "event 1 (raid): kg = -1 kg bulk is outside 0..20000"),
        (RAID.replace("PE_PASCO", "PE_PASCA"), "place 'PE_PASCA'; did you mean 'PE_PASCO'?"),
        (RAID.replace("MX_SINALOA", "BO_AFFILIATE"), "unknown cartel 'BO_AFFILIATE'"),
        (RAID.replace("2013", "1913"), "is outside the scenario: before its start, 2010-01-04"),
    ],
)
def test_a_mistake_in_a_file_is_one_line(text: str | bytes, says: str, tmp_path: Path) -> None:
    message = refusal(write(tmp_path, text))
    assert "\n" not in message
    assert says in message
    assert "x.toml: " in message


@pytest.mark.parametrize(
    ("kind", "rest", "says"),
    [
        ("airstrips", "factor = 0.3\nlegs = ['PE_VRAEM>BO_BENY']", "mean 'PE_VRAEM>BO_BENI'?"),
        ("airstrips", "factor = 1.3", "factor = 1.3 share of flights is outside 0..1"),
        ("campaign", "factor = 2\nmodes = ['ar']", "modes[1] = 'ar' is not one of 'air'"),
        ("campaign", "factor = 2\nagencies = ['AG_PEE']", "did you mean 'AG_PE'?"),
        ("eradication", "factor = 0.3\nplaces = ['PE_PASCO']", "unknown zone 'PE_PASCO'"),
        ("eradication", "factor = 0.3\nplaces = []", "must not be empty"),
        ("law", "death_prob = 2", "death_prob = 2 1/seizure is outside 0..1"),
        ("demand", "factor = 2", "key 'market' is missing"),
        ("entry", "organisation = 'MX_CJNG'\npermitted = 1", "permitted = 1 is not true or false"),
    ],
)
def test_each_kind_of_event_is_checked(kind: str, rest: str, says: str, tmp_path: Path) -> None:
    head = f"[[events]]\nkind = '{kind}'\nname = 'e'\ndate = 2014-01-06\n"
    assert says in refusal(write(tmp_path, head + rest))


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("ordering.hurdel=1", "--set: unknown key 'ordering.hurdel'; did you mean"),
        ("ordering.hurdle=1", "--set: ordering.hurdle = 1 share of purchase price is outside"),
        ("ordering.hurdle=0,2", "--set: ordering.hurdle = '0,2' is not a number"),
        ("ordering.hurdle", "give it as key=value"),
        ("=1", "give it as key=value"),
        ("extends=baseline", "'extends' belongs in a file"),
        ("start=2014-01-06", "is outside the scenario: before its start, 2014-01-06"),
    ],
)
def test_a_mistake_in_an_override_names_it(override: str, says: str) -> None:
    assert says in refusal("pasco_raid", [override])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("baslin", "did you mean 'baseline'?"),
        ("zzzz", "the library has airstrips_2014, baseline"),
        ("gone.toml", "gone.toml: no such file"),
        ("/", "this is a directory"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_a_scenario_that_is_not_there(name: str, says: str) -> None:
    assert says in refusal(name)


def test_a_longer_circle_is_named(tmp_path: Path) -> None:
    write(tmp_path, "extends = 'b.toml'", "a.toml")
    write(tmp_path, "extends = 'a.toml'", "b.toml")
    assert "a.toml > " in refusal(tmp_path / "a.toml")


def test_layers_merge_and_events_add_up(tmp_path: Path) -> None:
    write(tmp_path, "extends = 'pasco_raid'\n[ordering]\nhurdle = 0.1\n", "mid.toml")
    path = write(tmp_path, "extends = 'mid.toml'\n[ordering]\nzone_sharpness = 3.0\n" + RAID)
    scenario = Scenario.load(path, ["ordering.hurdle=0.2", "question=why?"])
    assert scenario.name == "x"
    assert scenario.question == "why?"
    assert scenario.parameters.ordering.hurdle == 0.2
    assert scenario.parameters.ordering.zone_sharpness == 3.0
    assert [event.name for event in scenario.events] == ["Raid on an airstrip in Pasco", "a raid"]


def test_a_mistake_is_blamed_on_the_file_that_made_it(tmp_path: Path) -> None:
    write(tmp_path, "[ordering]\nhurdle = 9\n" + RAID.replace("270", "-1"), "low.toml")
    path = write(tmp_path, "extends = 'low.toml'\n" + RAID)
    assert "low.toml: " in refusal(path)
    assert "low.toml: event 1 (raid): kg" in refusal(path, ["ordering.hurdle=0.1"])


def test_overrides_from_python() -> None:
    scenario = Scenario.load("baseline", {"ordering.hurdle": 0.2, "switches": {"salience": True}})
    assert scenario.parameters.ordering.hurdle == 0.2
    assert scenario.switches.salience
    changed = scenario.with_overrides(["ordering.hurdle=0.3", "weeks=10"])
    assert (changed.parameters.ordering.hurdle, changed.weeks) == (0.3, 10)
    assert changed.switches.salience
    assert scenario.parameters.ordering.hurdle == 0.2
    with pytest.raises(ScenarioError, match="outside 0..0.5"):
        scenario.with_overrides(["ordering.hurdle=3"])


def test_the_schema_accepts_the_library_and_refuses_mistakes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    import tomllib

    schema = file_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in library().values():
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        validator.validate(json.loads(json.dumps(content, default=str)))
    for wrong in ({"wekks": 3}, {"ordering": {"hurdle": 3}}, {"events": [{"kind": "rad"}]}):
        assert not validator.is_valid(wrong)
    assert schema["properties"]["weeks"]["description"].endswith("(unit: week)")


def test_the_register_is_complete() -> None:
    entries = list(register())
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.low <= entry.default <= entry.high, entry.name
        assert entry.unit and entry.source and entry.about, entry.name
        assert entry.role in ("uncertainty", "lever", "constant"), entry.name


def test_all_unknown_keys_at_the_top_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("weaks = 3\nsede = 1\n[switchs]\nlearning = false\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(file)
    told = str(caught.value)
    assert told.startswith("3 mistakes:")
    for wrong, right in (("weaks", "weeks"), ("sede", "seed"), ("switchs", "switches")):
        assert f"unknown key '{wrong}'; did you mean '{right}'?" in told
