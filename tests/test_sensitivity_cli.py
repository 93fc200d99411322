"""The commands for sensitivity studies, typed as a user would, with real runs."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pandas as pd
import pytest
from support import airbridge, check_refusal, check_success, end_of, start

STUDY = """
question = "What drives flights?"
scenario = "baseline"
settings = ["weeks=20", "burn_in_weeks=0"]
method = "morris"
samples = 3
resamples = 50
replicates = 2
seed = 0
outcomes = ["flights_per_year", "entrant_share"]
entrant = "MX_SINALOA"

[[factors]]
name = "flying.availability"

[[factors]]
name = "demand.us_growth_per_year"  # needs no new world at rest
"""
RUNS = 3 * 3 * 2 * 2  # trajectories, points of each, replicates, worlds; some points twice


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study carried out from beginning to end in this process."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "mine.toml").write_text(STUDY)
    done = airbridge("sensitivity", "mine.toml", "--out", "out", cwd=folder)
    check_success(done)
    made = re.search(r"^(\d+) runs in \d+ s$", done.out, re.MULTILINE)
    assert made is not None and 12 < int(made[1]) <= RUNS and "report are in out" in done.out
    return folder


def test_a_study_leaves_tables_figures_and_a_report(whole: Path) -> None:
    out = whole / "out"
    for name in ("samples", "outcomes", "means", "indices", "convergence", "noise"):
        table, text = pd.read_parquet(out / f"{name}.parquet"), pd.read_csv(out / f"{name}.csv")
        assert list(table) == list(text) and len(table) == len(text) > 0
    figures = {path.name for path in (out / "figures").iterdir()}
    assert {"morris_flights_per_year.pdf", "plane_flights_per_year.png", "noise.png"} <= figures
    report = (out / "report.md").read_text()
    assert report.startswith("# What drives flights?")
    # Words for readers, and the name that a study or a scenario takes.
    assert "Chance that a flight of a pilot can be made at all (`flying.availability`)" in report
    found = pd.read_csv(out / "indices.csv").query("outcome == 'flights_per_year'")
    moved = found[found["index"] == "mu_star"].set_index("factor")["value"]
    assert moved["flying.availability"] > 10.0
    assert moved["flying.availability"] > moved["demand.us_growth_per_year"]


def test_killed_without_warning_and_resumed_in_two_processes_no_digit_changes(
    whole: Path,
) -> None:
    words = ("sensitivity", "mine.toml", "--out", "parts")
    check_success(airbridge(*words, "--only", "sample", cwd=whole))
    journal = whole / "parts" / "runs" / "journal.jsonl"
    process = start(*words, "--only", "run", "--workers", "2", cwd=whole)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if journal.exists() and journal.read_text().count("\n") > 2:
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    end_of(process)
    assert 0 < journal.read_text().count("\n") < RUNS
    check_success(airbridge(*words, "--workers", "2", cwd=whole))
    for name in ("samples", "outcomes", "means", "indices", "convergence", "noise"):
        for ending in ("csv", "parquet"):
            a, b = (whole / folder / f"{name}.{ending}" for folder in ("out", "parts"))
            assert a.read_bytes() == b.read_bytes(), f"{name}.{ending}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sensitivity", "mine.tml"], "mine.tml: no such study"),
        (["sensitivity", "screenin"], "did you mean 'screening'?"),
        (["phase", "screening"], "is for: airbridge sensitivity screening"),
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
        (["sensitivity", "mine.toml", "--set", "seed=2", "--out", "out"], "holds another result"),
    ],
)
def test_mistakes_end_in_one_line_and_leave_nothing(
    whole: Path, words: list[str], message: str
) -> None:
    check_refusal(airbridge(*words, cwd=whole), message)
    assert not (whole / "new" / "outcomes.csv").exists() and not (whole / "results").exists()
