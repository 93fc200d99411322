"""All mistakes of a file are told at once, wherever they stand, and nothing that is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import airbridge, check_refusal, check_success

import scenarios

STUDY = """
scenario = "baseline"
method = "morris"
samples = 4
outcomes = ["flights_per_year"]
factors = [{ name = "ordering.hurdle" }, { name = "ordering.own_share" }]
"""


def told(folder: Path, *words: str) -> list[str]:
    """Return the lines of a refusal, without the folder that they name."""
    done = airbridge(*words, cwd=folder)
    assert done.code == 2, done.err
    text = done.err.removeprefix("airbridge: ").replace(f"{folder}/", "")
    first, *rest = text.strip().splitlines()
    assert not rest or first == f"{len(rest)} mistakes:"
    return [line.strip() for line in rest] or [first]


def test_mistakes_at_the_top_hide_none_further_in(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("extends = 'baseline'\nwat = 3\n[ordering]\nhurdel = 1\n")
    (tmp_path / "a.toml").write_text(
        "extends = ['base', 'base.toml']\nweeks = 'x'\nhurdle = 1\nstart = 2010-01-05\n"
        "[[events]]\nkind = 'rade'\n"
    )
    assert told(tmp_path, "check", "a.toml", "--set", "weeks", "--set", "agencies=4") == [
        "base.toml: unknown key 'wat'",
        "base.toml: unknown key 'ordering.hurdel'; did you mean 'ordering.hurdle'?",
        "a.toml: unknown key 'hurdle'; did you mean 'ordering.hurdle'?",
        "a.toml: extends: no scenario 'base'; did you mean 'baseline'?",
        "a.toml: weeks = 'x' is not a whole number (week, 1..5200)",
        "a.toml: event 1: unknown kind 'rade'; did you mean 'raid'?",
        "a.toml: start = 2010-01-05 is a Tuesday, not a Monday",
        "--set weeks: give it as key=value, e.g. ordering.hurdle=0.2",
        "--set: agencies = 4 is not one of 'fixed', 'random', 'adaptive' or 'optimal'",
    ]


def test_a_missing_base_makes_no_other_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("extends = 'gone.toml'\nbarred = ['ITS_OWN']\nseed = -1\n")
    assert told(tmp_path, "check", "a.toml") == [
        "a.toml: extends: gone.toml: no such file",
        "a.toml: seed = -1 is outside 0..4294967295",
    ]


def test_mistakes_of_a_pack_and_of_the_scenario_come_together(tmp_path: Path) -> None:
    def spoil(name: str, old: str, new: str) -> None:
        path = tmp_path / "pack" / f"{name}.csv"
        path.write_text(path.read_text().replace(old, new, 1))

    shutil.copytree(scenarios.LIBRARY / "data", tmp_path / "pack")
    (tmp_path / "a.toml").write_text("extends = 'baseline'\ndata = 'pack'\nseed = -1\n")
    (tmp_path / "pack" / "agencies.csv").unlink()
    spoil("places", ",hub,", ",hbu,")
    spoil("legs", "PE_PASCO", "PE_PASCA")
    assert told(tmp_path, "check", "a.toml") == [
        "a.toml: pack/places.csv, row 16: kind = hbu is not one of 'zone', 'hub', 'port' or "
        "'market'",
        "a.toml: pack/agencies.csv: the data pack lacks this table",
        "a.toml: pack/legs.csv, row 2: to: unknown place 'PE_PASCA'; did you mean 'PE_PASCO'?",
        "a.toml: seed = -1 is outside 0..4294967295",
    ]


ODD_TABLES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "semicolons": (lambda b: b.replace(b",", b";"), "has one column; ';' stands between names"),
    "utf-16": (lambda b: b.decode().encode("utf-16"), "places.csv: not UTF-8 text (byte 0)"),
    "a sign that does not print": (
        lambda b: b.replace(b"\nPE_PASCO,", b"\nPE_\0PASCO,"),
        r"id = PE_\x00PASCO: an id holds no",
    ),
    "digits of another script": (
        lambda b: b.replace(b",hub,", ",hub,１".encode(), 1),
        "is not a number (degrees, -90..90)",
    ),
}


@pytest.mark.parametrize("fault", ODD_TABLES)
def test_a_table_written_in_another_way_is_refused(fault: str, tmp_path: Path) -> None:
    change, says = ODD_TABLES[fault]
    shutil.copytree(scenarios.LIBRARY / "data", tmp_path / "pack")
    (tmp_path / "a.toml").write_text("extends = 'baseline'\ndata = 'pack'\n")
    path = tmp_path / "pack" / "places.csv"
    path.write_bytes(change(path.read_bytes()))
    assert any(says in line for line in told(tmp_path, "check", "a.toml"))


def test_rows_that_decide_nothing_may_hold_anything(tmp_path: Path) -> None:
    shutil.copytree(scenarios.LIBRARY / "data", tmp_path / "pack")
    (tmp_path / "a.toml").write_text("extends = 'baseline'\ndata = 'pack'\n")
    path = tmp_path / "pack" / "cultivation.csv"
    columns = path.read_text().splitlines()[0].split(",")
    row = {"measure": "mine", "zone": "Narnia", "year": "about 2013"}
    path.write_text(path.read_text() + ",".join(row.get(name, "") for name in columns) + "\n")
    few = ["--weeks", "1", "--set", "burn_in_weeks=0"]
    check_success(airbridge("run", "a.toml", *few, cwd=tmp_path))


def test_all_mistakes_of_a_study_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        "scenario = 'baselin'\nsettings = ['x', 'ordering.hurdle=9']\nmethod = 'mooris'\n"
        "samples = 4\noutcomes = ['flight_per_year']\nresamples = 1\nquestion = 2012-01-01\n"
        "replicats = 3\nsections = ['orderin']\n"
        "factors = [{ name = 'ordering.hurdel' }, { name = 'ordering.hurdle', low = 2 }, {}]\n"
    )
    assert told(tmp_path, "sensitivity", "s.toml", "--set", "levels") == [
        "--set levels: give it as key=value, e.g. ordering.hurdle=0.2",
        "s.toml: method = 'mooris' is not one of 'morris', 'sobol', 'fast', 'rbd_fast', 'delta', "
        "'pawn', 'hdmr' or 'grid'",
        "s.toml: resamples = 1 is outside 20..100000",
        "s.toml: key 'factors[3].name' is missing (In the register, organisations.ID.X or "
        "paths.X.deviation)",
        "s.toml: unknown key 'replicats'; did you mean 'replicates'?",
        "s.toml: question = 2012-01-01 is a day or time; quote it if it is meant as text",
        "s.toml: no scenario 'baselin'; did you mean 'baseline'?",
        "s.toml: settings x: give it as key=value, e.g. ordering.hurdle=0.2",
        "s.toml: settings: ordering.hurdle = 9 share of purchase price is outside 0..0.5",
        "s.toml: unknown section 'orderin'; did you mean 'ordering'?",
        "s.toml: unknown factor 'ordering.hurdel'; did you mean 'ordering.hurdle'?",
        "s.toml: factor 'ordering.hurdle': the range 2..0.5 share of purchase price is empty",
    ]
    text = STUDY + "sections = ['orderin']\nexclude = ['x']\nsince = 2012-01-01T00:00:00\n"
    (tmp_path / "s.toml").write_text(text.replace("flights", "flight").replace("e.own", "e.on"))
    assert told(tmp_path, "sensitivity", "s.toml") == [
        "s.toml: since = '2012-01-01 00:00:00' is not a date such as 2010-01-04",
        "s.toml: unknown section 'orderin'; did you mean 'ordering'?",
        "s.toml: exclude: unknown factor 'x'",
        "s.toml: unknown outcome 'flight_per_year'; did you mean 'flights_per_year'?",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("samples = 4", "samples = 1000000"), "makes 3,000,000 points, more than 1,000,000"),
        (("samples = 4", "samples = 0x1" + "0" * 4000), "samples: a whole number has more than"),
        (("samples = 4", "samples = inf"), "samples = inf is not a whole number"),
        (('"morris"', '["pawn", "pawn"]'), "one stands twice"),
        (('"morris"', "[]"), "method = [] is not one of"),
        (('share" }', 'share", sd = 0.0 }'), "factors[2].sd = 0.0 is not above 0"),
        (('"baseline"', '"a\\u0000"'), r"'a\x00' is not the name of a scenario or file"),
        (('"baseline"', '"."'), "this is a directory, not a scenario file"),
        (("samples = 4", "samples = " + "[" * 3000), "stand too deep within each other"),
    ],
)
def test_odd_values_of_a_study_are_refused(
    change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    (tmp_path / "s.toml").write_text(STUDY.replace(*change))
    assert says in " ".join(told(tmp_path, "sensitivity", "s.toml", "--only", "sample"))
    assert not (tmp_path / "results").exists()


def test_a_kind_of_event_that_is_a_huge_number_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        f"extends = 'baseline'\nevents = [{{ kind = 0x1{'0' * 4000} }}]"
    )
    assert "event 1 (?): kind: a whole number has more than 4,300 digits" in " ".join(
        told(tmp_path, "check", "a.toml")
    )


def test_a_message_is_of_a_length_and_of_signs_that_a_terminal_shows(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        f'extends = "baseline"\n"{"x" * 5000}" = 1\n"a\\u001b[31m" = 1'
    )
    for line in told(tmp_path, "check", "a.toml"):
        assert line.isprintable() and len(line) < 700
    check_refusal(airbridge("check", "", cwd=tmp_path), "'' is not the name of a scenario")
