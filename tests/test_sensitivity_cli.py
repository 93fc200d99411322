"""The commands for sensitivity studies, typed as a user would, with real runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
STUDY = """
question = "What drives flights?"
scenario = "baseline"
settings = ["weeks=20", "burn_in_weeks=0"]
method = "morris"
samples = 5
resamples = 50
replicates = 2
seed = 0
outcomes = ["flights_per_year", "entrant_share"]
entrant = "MX_SINALOA"

[[factors]]
name = "flying.availability"

[[factors]]
name = "flying.seats"
low = 100
high = 500
"""
RUNS = 5 * 3 * 2 * 2  # trajectories, points of each, replicates, worlds; some points twice


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "experiments.cli.main", *map(str, words)]


def airbridge(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study carried out from beginning to end in one process."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "mine.toml").write_text(STUDY)
    done = airbridge(folder, "sensitivity", "mine.toml", "--out", "out")
    assert done.returncode == 0, done.stderr
    made = re.search(r"^(\d+) runs in \d+ s$", done.stdout, re.MULTILINE)
    assert made is not None and 20 < int(made[1]) <= RUNS and "report are in out" in done.stdout
    return folder


def test_a_study_leaves_tables_figures_and_a_report(whole: Path) -> None:
    out = whole / "out"
    for name in ("samples", "outcomes", "means", "indices", "convergence", "noise"):
        table, text = pd.read_parquet(out / f"{name}.parquet"), pd.read_csv(out / f"{name}.csv")
        assert list(table) == list(text) and len(table) == len(text) > 0
    figures = {path.name for path in (out / "figures").iterdir()}
    assert {"morris_flights_per_year.pdf", "plane_flights_per_year.png", "noise.png"} <= figures
    report = (out / "report.md").read_text()
    assert report.startswith("# What drives flights?") and "availability" in report
    found = pd.read_csv(out / "indices.csv").query("outcome == 'flights_per_year'")
    assert found.loc[found["index"] == "mu_star", "value"].min() > 10.0


def test_killed_without_warning_and_resumed_in_two_processes_no_digit_changes(
    whole: Path,
) -> None:
    journal = whole / "parts" / "runs" / "journal.jsonl"
    airbridge(whole, "sensitivity", "mine.toml", "--out", "parts", "--only", "sample")
    words = ("sensitivity", "mine.toml", "--out", "parts", "--only", "run", "--workers", "2")
    process = subprocess.Popen(
        command(*words),
        cwd=whole,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if journal.exists() and journal.read_text().count("\n") > 2:
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < journal.read_text().count("\n") < RUNS
    done = airbridge(whole, "sensitivity", "mine.toml", "--out", "parts", "--workers", "2")
    assert done.returncode == 0, done.stderr
    for name in ("samples", "outcomes", "means", "indices", "convergence", "noise"):
        for ending in ("csv", "parquet"):
            a, b = (whole / folder / f"{name}.{ending}" for folder in ("out", "parts"))
            assert a.read_bytes() == b.read_bytes(), f"{name}.{ending}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sensitivity", "mine.tml"], "mine.tml: no such study"),
        (["sensitivity", "screenin"], "did you mean 'screening'?"),
        (["phase", "screening"], "phase needs a grid; say: airbridge sensitivity screening"),
        (["sensitivity", "phase_europe_capital"], "is for: airbridge phase phase_europe_capital"),
        (
            ["sensitivity", "mine.toml", "--set", "method=sobol", "--set", "samples=3"],
            "samples = 3 is too few for sobol",
        ),
        (["sensitivity", "mine.toml", "--only", "run", "--out", "new"], "say --only sample first"),
        (
            ["sensitivity", "mine.toml", "--only", "analyse", "--out", "new"],
            "say --only sample first",
        ),
        (["sensitivity", "mine.toml", "--set", "seed=2", "--out", "out"], "of another study"),
    ],
)
def test_mistakes_end_in_one_line_and_leave_nothing(
    whole: Path, words: list[str], message: str
) -> None:
    done = airbridge(whole, *words)
    assert done.returncode == 2 and message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
    assert not (whole / "new" / "outcomes.csv").exists() and not (whole / "results").exists()
