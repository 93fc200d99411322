"""The README is true: its commands and its Python run, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, airbridge, check_success, end_of, start

from sim.figures.catalogue import FIGURES

README = (ROOT / "README.md").read_text()
COMMANDS = [line for line in README.splitlines() if line.startswith("airbridge ")]
STUDIES = {
    "displace": {"shares", "parts", "waiting", "financed_handled"},
    "nulls": {"nulls"},
    "placebo": {"placebo"},
    "compare": {"differences"},
    "hindcast": {
        f"hindcast_{group}"
        for group in ("supply", "prices", "seizures", "origins", "shares", "air_bridge")
    },
}
# What is left out of a command here, so that it does not take long: weeks, nothing else.
SHORT = ["--set", "burn_in_weeks=4"]
FEWER = {
    "run": [*SHORT, "--weeks", "60"],
    "targets": [*SHORT, "--set", "weeks=300"],
    "displace": SHORT,
    "nulls": ["--set", "burn_in_weeks=0", "--set", "weeks=26"],
    "compare": SHORT,
    "placebo": ["--set", "burn_in_weeks=0", "--set", "weeks=26"],
    "rest": SHORT,
    "hindcast": ["--set", "burn_in_weeks=0", "--set", "weeks=520"],
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    assert len([line for line in example.splitlines() if line]) <= 6
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Pasco" in done.stdout
    assert (tmp_path / "flights.pdf").stat().st_size > 5000


SLOW = ("responses", "nulls", "hindcast", "placebo")  # many worlds that have to come to rest
ALL = [
    pytest.param(line, marks=pytest.mark.slow) if line.split()[1] in SLOW else line
    for line in COMMANDS
]


def type_in(command: str, folder: Path) -> tuple[str, list[str]]:
    """Type a command of the README in a folder; return its name and words."""
    name, *words = shlex.split(command)[1:]
    words = [str(ROOT / word) if word.endswith(".toml") else word for word in words]
    check_success(airbridge(name, *words, *FEWER.get(name, []), cwd=folder))
    return name, words


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_typed_twice(command: str, tmp_path: Path) -> None:
    type_in(command, tmp_path)
    type_in(command, tmp_path)


@pytest.mark.parametrize("command", ALL)
def test_every_command_runs(command: str, tmp_path: Path) -> None:
    name, words = type_in(command, tmp_path)
    if "--out" not in words:
        return
    out = tmp_path / words[words.index("--out") + 1]
    if name in STUDIES:
        figures = {path.stem for path in (out / "figures").glob("*.p*")}
        assert figures == STUDIES[name]
        assert list((out / "runs").glob("part-*")) and (out / "study.json").is_file()
    elif name in ("sensitivity", "phase"):
        assert (out / "samples.csv").is_file() and (out / "problem.json").is_file()
    elif name == "rest":
        assert (out / "manifest.json").is_file() and (out / "drift.csv").is_file()
        assert {path.stem for path in (out / "figures").iterdir()} == {"rest"}
    elif name == "responses":
        assert (out / "learning.csv").is_file()
        assert {path.stem for path in (out / "figures").iterdir()} == {"boom"}
    else:
        assert (out / "manifest.json").is_file() and (out / "markets.parquet").is_file()
        figures = {f"{name}.{form}" for name in FIGURES for form in ("pdf", "png")}
        assert {path.name for path in (out / "figures").iterdir()} == figures


def test_a_command_runs_in_a_shell(tmp_path: Path) -> None:
    (command,) = [line for line in COMMANDS if line.startswith("airbridge run baseline ")]
    done = end_of(start(*shlex.split(command)[1:], *FEWER["run"], "--no-figures", cwd=tmp_path))
    check_success(done)
    assert (tmp_path / "results" / "baseline" / "manifest.json").is_file()


def test_the_make_targets_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


@pytest.mark.slow
def test_the_demo_leaves_tables_and_figures(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "clone")], check=True)
    subprocess.run(["make", "demo"], cwd=tmp_path / "clone", check=True, capture_output=True)
    for name in ("baseline", "pasco_raid"):
        out = tmp_path / "clone" / "out" / name
        assert (out / "manifest.json").is_file()
        assert len(list((out / "figures").glob("*.png"))) == len(FIGURES)
