"""The command answers, and a mistake of the user costs one line and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CALL = "from experiments.cli.main import main; main()"


def airbridge(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CALL, *words], cwd=cwd, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "words",
    [
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
        ["run", "baseline", "--nonsense"],
        ["run", "pasco_raid", "--weeks", "10"],
        ["run", "baseline", "--out", "taken"],
        ["run", "baseline", "--out", "file"],
        ["run", "baseline", "--out", "file/below"],
        ["check", "bad.toml"],
        ["check"],
        ["facts", "--only", "F99"],
        ["nonsense"],
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "bad.toml").write_text("weeks = = 3")
    before = sorted(tmp_path.rglob("*"))
    done = airbridge(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_scenarios_lists_the_library(tmp_path: Path) -> None:
    done = airbridge("scenarios", cwd=tmp_path)
    assert done.returncode == 0
    for name in ("baseline", "pasco_raid", "europe_rises", "airstrips_2014"):
        assert name in done.stdout


def test_check_accepts_the_library(tmp_path: Path) -> None:
    done = airbridge("check", "pasco_raid", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pasco_raid" in done.stdout


def test_schema_and_parameters_print(tmp_path: Path) -> None:
    schema = json.loads(airbridge("schema", cwd=tmp_path).stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    table = airbridge("parameters", "--markdown", cwd=tmp_path).stdout
    assert "ordering.hurdle" in table and "share of purchase price" in table


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
