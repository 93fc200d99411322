"""The command answers, and a mistake of the user costs one line and nothing else."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import airbridge, check_refusal, check_success, end_of, start

MISTAKES = [
    ["run", "basline"],
    ["run", "gone.toml"],
    ["run", "/"],
    ["run", "baseline", "--set", "ordering.hurdel=1"],
    ["run", "baseline", "--set", "ordering.hurdle=3"],
    ["run", "baseline", "--set", "ordering.hurdle"],
    ["run", "baseline", "--set", "switches.learning=1"],
    ["run", "baseline", "--weeks", "0"],
    ["run", "baseline", "--weeks", "many"],
    ["run", "baseline", "--replicates", "0"],
    ["run", "baseline", "--seed", "-1"],
    ["run", "baseline", "--seed", "99999999999999999999"],
    ["run", "baseline", "--nonsense"],
    ["run", "baseline", "--out", "taken"],
    ["run", "baseline", "--out", "file"],
    ["run", "baseline", "--out", "file/below"],
    ["check", "bad.toml"],
    ["check"],
    ["targets", "basline"],
    ["facts", "--only", "F99"],
    ["compare", "baseline"],
    ["displace", "--out", "taken"],
    ["displace", "--since", "2012-13-01"],
    ["displace", "--since", "1999-01-04"],
    ["displace", "--entrant", "MX_SINALO"],
    ["displace", "--market", "europ"],
    ["nulls", "--workers", "0"],
    ["nonsense"],
]


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A folder with things of the user's in it."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "bad.toml").write_text("weeks = = 3")
    return tmp_path


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_bad_input_is_one_line_and_leaves_nothing(words: list[str], busy: Path) -> None:
    before = sorted(busy.rglob("*"))
    check_refusal(airbridge(*words, cwd=busy))
    assert sorted(busy.rglob("*")) == before


def test_bad_input_ends_the_process_with_code_two(busy: Path) -> None:
    check_refusal(end_of(start("run", "basline", cwd=busy)), "did you mean 'baseline'?")


def test_an_event_after_the_end_is_left_out_and_told(tmp_path: Path) -> None:
    done = end_of(start("check", "pasco_raid", "--set", "weeks=10", cwd=tmp_path))
    check_success(done)
    assert "Raid on an airstrip in Pasco" in done.err and "left out" in done.err


def test_a_market_may_go_by_its_name_in_the_register(tmp_path: Path) -> None:
    done = airbridge("displace", "--market", "zz", cwd=tmp_path)
    check_refusal(done, "there are us, europe, brazil, southern_cone, rest")


def test_scenarios_lists_the_library(tmp_path: Path) -> None:
    done = airbridge("scenarios", cwd=tmp_path)
    check_success(done)
    for name in ("baseline", "pasco_raid", "europe_rises", "airstrips_2014"):
        assert name in done.out


def test_check_accepts_the_library(tmp_path: Path) -> None:
    done = airbridge("check", "pasco_raid", cwd=tmp_path)
    check_success(done)
    assert "pasco_raid" in done.out


def test_schema_and_parameters_print(tmp_path: Path) -> None:
    schema = json.loads(airbridge("schema", cwd=tmp_path).out)
    assert schema["$schema"].endswith("2020-12/schema")
    table = airbridge("parameters", "--markdown", cwd=tmp_path).out
    assert "ordering.hurdle" in table and "share of purchase price" in table


def test_help_names_every_command_and_its_options_once(tmp_path: Path) -> None:
    text = airbridge("--help", cwd=tmp_path).out
    for command in ("run", "targets", "facts", "displace", "nulls", "compare", "phase"):
        assert f" {command} " in text
        options = airbridge(command, "--help", cwd=tmp_path).out
        assert options.count("--workers ") == 1 and options.count("--out ") == 1


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['airbridge', '--help']\n"
        "from experiments.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numba', 'mesa', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_manifest_says_what_made_a_result(tmp_path: Path) -> None:
    few = ["--weeks", "4", "--set", "burn_in_weeks=0", "--no-figures", "--out", "out"]
    check_success(airbridge("run", "baseline", *few, cwd=tmp_path))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["command"] == " ".join(["airbridge", "run", "baseline", *few])
    assert manifest["scenarios"] == ["baseline"] and manifest["replicates"] == 1
    assert manifest["overrides"] == ["burn_in_weeks=0", "weeks=4"]
    assert manifest["scenario"]["weeks"] == 4 and manifest["packages"]["mesa"]
    assert len(manifest["data_sha256"]["legs.csv"]) == 64


def test_what_the_system_refuses_is_told_by_place_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/some/where")

    monkeypatch.setattr("scenarios.library", refuse)
    done = airbridge("scenarios", cwd=tmp_path)
    assert (done.code, done.err) == (2, "airbridge: /some/where: Permission denied\n")
