"""Disks, clocks, homes and users that fail: one message or on it goes, to the same bytes."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import ROOT, airbridge, check_refusal, check_success, end_of, short, start
from test_runner import finished, wait_for

from experiments.runner import execute as runner
from experiments.runner.execute import execute
from experiments.runner.executors import SerialExecutor
from experiments.runner.jobs import Job, Result, make_jobs
from experiments.runner.provenance import provenance
from experiments.runner.store import KINDS, Store
from sim.engine.folders import SETTING
from sim.engine.kept import kept_in

FEW = ["--weeks", "4", "--set", "burn_in_weeks=0", "--no-figures"]
STUDY = ["displace", "baseline", "--set", "weeks=170", "--set", "burn_in_weeks=4"]


def numbered(job: Job, keep: Path | None = None) -> Result:
    """A run that takes no time and leaves some numbers."""
    column = {"x": [job.replicate + k / 7 for k in range(40)]}
    return job.id, {"summary": {"x": job.replicate}, **{k: column for k in KINDS[1:]}}, ""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs enough for two parts and a journal, that take no time."""
    monkeypatch.setattr(runner, "run_job", numbered)
    return make_jobs(short(), 1, 150)


def fill(folder: Path, jobs: list[Job]) -> list[str]:
    """Make what is missing in a store; return the text of all its tables."""
    ids = [job.id for job in jobs]
    with Store(folder) as store:
        assert execute(jobs, store, SerialExecutor()) == []
        return [store.table(kind, ids).to_csv() for kind in KINDS]


def part_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*/*"))


@pytest.mark.parametrize("kind", [f"{kind}.parquet" for kind in KINDS] + ["hashes.json"])
@pytest.mark.parametrize("how", ["cut", "changed", "empty", "gone"])
def test_a_damaged_part_is_set_aside_and_made_again(
    kind: str, how: str, tmp_path: Path, quick: list[Job], caplog: pytest.LogCaptureFixture
) -> None:
    whole = fill(tmp_path, quick)
    path = tmp_path / "part-000001" / kind
    content = path.read_bytes()
    middle = len(content) // 2
    damaged = {
        "cut": content[:middle],
        "changed": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
        "empty": b"",
    }
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(damaged[how])
    assert fill(tmp_path, quick) == whole
    assert "part-000001: is damaged and set aside" in caplog.text
    assert len(list(tmp_path.glob("damaged-*"))) == 1  # nothing is thrown away


@pytest.mark.parametrize("junk", [b"\xff\xfe\n", b"17\n", b"{}\n", b"[]\tffffffff\n", b"\n"])
def test_a_damaged_line_of_the_journal_costs_that_line(
    junk: bytes, tmp_path: Path, quick: list[Job]
) -> None:
    whole = fill(tmp_path / "whole", quick)
    with Store(tmp_path / "a") as store:
        execute(quick[:9], store, SerialExecutor())
        store._fresh = []  # as if killed: the journal stays
    journal = tmp_path / "a" / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 9
    wrong = lines[5].replace(b'"replicate": [5]', b'"replicate": [6]')
    assert wrong != lines[5]
    journal.write_bytes(b"".join([*lines[:3], junk, *lines[3:5], wrong, *lines[6:]]))
    with Store(tmp_path / "a") as store:
        assert store.done == {job.id for job in quick[:9]} - {quick[5].id}
        store._fresh = []
    assert fill(tmp_path / "a", quick) == whole


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Put a small disk of its own on a folder; skip where that is not allowed."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_one_message_and_nothing_is_left(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=200k") as disk:
        (disk / "mine").write_text("mine")
        done = airbridge("run", "baseline", *FEW, "--out", disk / "r", cwd=tmp_path)
        check_refusal(done, "cannot be written (No space left on device)")
        assert [path.name for path in disk.iterdir()] == ["mine"]


def test_a_study_on_a_full_disk_goes_on_when_there_is_room(tmp_path: Path) -> None:
    words = ["compare", "baseline", "us_falls", "--set", "weeks=60", "--set", "burn_in_weeks=0"]
    words += ["--replicates", "8"]
    check_success(airbridge(*words, "--out", "whole", cwd=tmp_path))
    with mounted(tmp_path / "disk", "size=500k") as disk:
        done = airbridge(*words, "--out", disk / "c", cwd=tmp_path)
        check_refusal(done, "No space left on device", "runs are kept", "the same command goes on")
        more = ["mount", "-o", "remount,size=20m", str(disk)]
        subprocess.run(more, check=True)
        check_success(airbridge(*words, "--out", disk / "c", cwd=tmp_path))
        made, whole = (folder / "differences.csv" for folder in (disk / "c", tmp_path / "whole"))
        assert made.read_bytes() == whole.read_bytes()


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "ro,size=1m") as disk:
        for words in (["run", "baseline", *FEW], [*STUDY, "--replicates", "2"]):
            for out in (disk, disk / "below"):
                done = airbridge(*words, "--out", out, cwd=tmp_path)
                check_refusal(done, "cannot be written (Read-only file system)")
                assert done.out == ""


def study(out: Path, *more: str) -> subprocess.Popen[str]:
    return start(*STUDY, "--replicates", "40", "--out", out, "--workers", "2", *more)


def test_ctrl_c_twice_ends_within_seconds(tmp_path: Path) -> None:
    process = study(tmp_path / "d")
    wait_for(lambda: finished(tmp_path / "d") >= 2 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    done = end_of(process)
    assert time.monotonic() - began < 8 and done.code == 130
    assert done.err.count("\n") == 1 and "the same command goes on" in done.err, done.err
    assert finished(tmp_path / "d") >= 2


def test_a_request_to_end_is_silent_but_for_what_is_kept(tmp_path: Path) -> None:
    process = study(tmp_path / "d")
    wait_for(lambda: finished(tmp_path / "d") >= 1 or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    done = end_of(process)
    assert done.code == 143
    assert done.err.count("\n") == 1 and "the same command goes on" in done.err, done.err


def test_ctrl_c_in_a_run_leaves_nothing(tmp_path: Path) -> None:
    process = start("run", "baseline", "--replicates", "400", "--out", tmp_path / "r")
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    done = end_of(process)
    assert done.code == 130 and done.err.strip() == "airbridge: stopped; nothing was saved"
    assert list(tmp_path.iterdir()) == []


def test_a_second_study_in_a_folder_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    words = ["compare", "baseline", "us_falls", *STUDY[2:], "--replicates", "2"]
    check_success(airbridge(*words, "--out", "c", cwd=tmp_path))
    before = (tmp_path / "c" / "study.json").read_bytes()
    with Store(tmp_path / "c" / "runs"):
        for more in ([], ["--seed", "2", "--replace"]):
            done = airbridge(*words, *more, "--out", "c", cwd=tmp_path)
            check_refusal(done, "another process is writing runs there")
    assert (tmp_path / "c" / "study.json").read_bytes() == before


def test_a_clock_set_back_does_no_harm() -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert provenance([short()], tomorrow)["wall_time_s"] == 0.0


def test_a_plain_locale_and_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """What is compiled is kept in a private folder among the temporary; here it lies there."""
    kept = kept_in()
    assert kept is not None
    private = tmp_path / f"airbridge-{os.getuid()}"
    private.mkdir(mode=0o700)
    shutil.copytree(kept, private / kept.name)
    poor = {"LC_ALL": "C", "HOME": "/proc/nowhere", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "experiments.cli.main", "run", "baseline", "--weeks", "2"]
    usual = {k: v for k, v in os.environ.items() if k != SETTING and not k.startswith("XDG_")}
    done = subprocess.run(
        [*command, "--set", "burn_in_weeks=0", "--out", "r"],
        cwd=tmp_path,
        env=usual | poor | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert str(private).encode() in done.stderr.replace(b"\n", b"")
    assert (tmp_path / "r" / "figures" / "flights.pdf").is_file()


HUGE = "1" + "0" * 5000


def test_numbers_of_thousands_of_digits_are_one_message(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(f'method = "sobol"\nsamples = {HUGE}\n')
    (tmp_path / "world.toml").write_text(f'extends = "baseline"\nweeks = {HUGE}\n')
    (tmp_path / "hex.toml").write_text(f'extends = "baseline"\nweeks = 0x{"f" * 5000}\n')
    asks = [
        ["run", "baseline", "--set", f"weeks={HUGE}"],
        ["run", "world.toml"],
        ["run", "hex.toml"],
        ["run", "baseline", "--weeks", HUGE],
        ["run", "baseline", "--seed", HUGE],
        ["displace", "baseline", "--replicates", HUGE],
        ["compare", "baseline", "world.toml"],
        ["sensitivity", "study.toml"],
        ["sensitivity", "screening", "--set", f"samples={HUGE}"],
        ["sensitivity", "screening", "--set", f"settings=['weeks={HUGE}']"],
        ["phase", "phase_europe_capital", "--set", f"replicates={HUGE}"],
    ]
    for words in asks:
        done = airbridge(*words, cwd=tmp_path)
        assert done.code == 2 and "Traceback" not in done.err, words[:2]
        assert len(done.err) < 8000
