"""The runner: same bits on any executor, nothing finished is lost, failures are named."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pytest
from support import ROOT, airbridge, check_refusal, check_success, end_of, same_tables, short, start

from experiments.runner import execute as runner
from experiments.runner import executors
from experiments.runner.execute import execute
from experiments.runner.executors import SerialExecutor, open_executor
from experiments.runner.interrupts import first_ended, held_off
from experiments.runner.jobs import Failure, Job, Result, make_jobs, row_of, write_failures
from experiments.runner.store import KINDS, Store, read_line, write_line
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

COMPARE = ["compare", "baseline", "us_falls", "--set", "weeks=170", "--set", "burn_in_weeks=4"]


def tables(folder: Path, workers: int = 1, scheduler: str | None = None, n: int = 4) -> list:
    jobs = make_jobs(short(), 3, n)
    with Store(folder) as store, open_executor(workers, scheduler) as (executor, flying):
        assert execute(jobs, store, executor, flying) == []
        return kept(store, jobs)


def kept(store: Store, jobs: list[Job]) -> list[pd.DataFrame]:
    """All tables that a store keeps of some jobs."""
    return [store.table(kind, [job.id for job in jobs]) for kind in KINDS]


def script(folder: Path, *arguments: object) -> list[str]:
    """The command of a process of its own that fills a store by ``tables``."""
    path = folder.parent / f"{folder.name}.py"
    path.write_text(
        f"import sys\nfrom pathlib import Path\nsys.path[:0] = [{str(ROOT / 'tests')!r}, "
        f"{str(ROOT)!r}]\nfrom test_runner import tables\n"
        f"if __name__ == '__main__':\n    tables(Path({str(folder)!r}), *{arguments!r})\n"
    )
    return [sys.executable, str(path)]


def test_serial_and_two_processes_give_the_same_bits(tmp_path: Path) -> None:
    assert same_tables(tables(tmp_path / "a"), tables(tmp_path / "b", 2))


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    made = tmp_path / "b"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # for the cluster's workers
    done = subprocess.run(
        script(made, 1, "local"), timeout=240, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert same_tables(tables(tmp_path / "a"), tables(made))


def fake_run(job: Job, keep: Path | None = None) -> Result:
    """A run that takes no time."""
    one = {"x": [job.replicate]}
    return job.id, {"summary": {"x": job.replicate}, **{kind: one for kind in KINDS[1:]}}, ""


def test_an_interrupted_study_resumes_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = make_jobs(short(), 1, 150)
    ran: list[str] = []

    def stops(job: Job, keep: Path | None = None) -> Result:
        ran.append(job.id)
        if len(ran) % 8 == 0:
            raise KeyboardInterrupt
        return fake_run(job)

    monkeypatch.setattr(runner, "run_job", stops)
    stopped = 0
    for _ in range(40):
        try:
            with Store(tmp_path) as store:
                execute(jobs, store, SerialExecutor())
                break
        except KeyboardInterrupt:
            stopped += 1
    assert stopped >= 20 and len(ran) == 150 + stopped
    with Store(tmp_path) as store:
        found = store.table("summary", [job.id for job in jobs])
    assert found["replicate"].tolist() == list(range(150))


def test_a_torn_line_and_a_doubled_part_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run_job", fake_run)
    jobs = make_jobs(short(), 1, 3)
    with Store(tmp_path) as store:
        execute(jobs[:2], store, SerialExecutor())
    row = row_of(jobs[0], fake_run(jobs[0])[1] or {})
    text = write_line(row) + write_line(row)[: len(write_line(row)) // 2]
    (tmp_path / "journal.jsonl").write_text(text)  # killed after the part, before the journal
    with Store(tmp_path) as store:
        assert len(store.done) == 2
        execute(jobs, store, SerialExecutor())
        assert store.table("summary", [job.id for job in jobs])["x"].tolist() == [0, 1, 2]


def test_a_journal_gives_back_the_same_bits() -> None:
    values = [0.1 + 0.2, -0.0, 1e-310, float("nan"), float("inf"), *map(float, range(20))]
    row = {
        "id": "a",
        "summary": {"x": [0.1 + 0.2]},
        "yearly": {"kg": values, "year": list(range(25)), "who": ["a"] * 25},
    }
    back = read_line(write_line(row))
    assert repr(back) == repr(row)


def test_killed_without_warning_it_keeps_what_was_finished(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    process = subprocess.Popen(script(folder, 1, None, 400))
    journal = folder / "journal.jsonl"
    wait_for(lambda: journal.exists() and journal.read_text().count("\n") >= 3)
    process.kill()
    process.wait()
    with Store(folder) as store:
        assert 3 <= len(store.done) < 400
    assert same_tables(tables(folder), tables(tmp_path / "whole"))


def test_changed_worlds_get_new_ids_and_names_do_not_matter() -> None:
    ids = {
        make_jobs(world, seed, 1)[0].id
        for world, seed in ((short(), 1), (short(), 2), (short("ordering.hurdle=0.2"), 1))
    }
    assert len(ids) == 3
    renamed = short().model_copy(update={"name": "other"})
    assert make_jobs(renamed, 1, 1)[0].id == make_jobs(short(), 1, 1)[0].id


def test_a_failed_run_is_named_and_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = make_jobs(short(), 1, 5)

    seen: list[int] = []

    def sometimes(job: Job, keep: Path | None = None) -> Result:
        seen.append(job.replicate)
        return (job.id, None, "ValueError: no sense") if job.replicate == 2 else fake_run(job)

    monkeypatch.setattr(runner, "run_job", sometimes)
    with Store(tmp_path) as store:
        (failure,) = execute(jobs, store, SerialExecutor())
        assert str(failure) == "baseline, seed 1, replicate 2: ValueError: no sense"
        with pytest.raises(ScenarioError, match="1 of 5 runs are missing"):
            store.table("summary", [job.id for job in jobs])


def test_an_error_inside_a_run_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(run: object, detail: str) -> None:
        raise ValueError("no sense")

    monkeypatch.setattr(runner.outcomes, "summarise", broken)
    _, outcome, error = runner.run_job(make_jobs(short(), 1, 1)[0])
    assert outcome is None and error == "ValueError: no sense"


def test_two_writers_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(ScenarioError, match="another process"):
        Store(tmp_path)


def test_a_failed_run_says_what_its_point_has_changed(tmp_path: Path) -> None:
    (job,) = make_jobs(short("ordering.hurdle=0.2"), 1, 1, note="ordering.hurdle=0.2")
    assert job.id == make_jobs(short("ordering.hurdle=0.2"), 1, 1)[0].id
    failure = Failure(job, "ValueError: no sense")
    assert (
        str(failure) == "baseline (ordering.hurdle=0.2), seed 1, replicate 0: ValueError: no sense"
    )
    path = tmp_path / "failures.csv"
    write_failures([failure], path)
    assert pd.read_csv(path).to_dict("records") == [
        {
            "name": "baseline",
            "seed": 1,
            "replicate": 0,
            "note": "ordering.hurdle=0.2",
            "error": "ValueError: no sense",
        }
    ]
    write_failures([], path)
    assert not path.exists()


def test_worlds_that_differ_in_name_only_are_run_and_kept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run_job", fake_run)
    jobs = make_jobs(short(), 1, 3)
    told: list[int] = []
    with Store(tmp_path) as store:
        execute([*jobs, *jobs], store, SerialExecutor(), progress=told.append)
        assert len(store.table("yearly", [job.id for job in jobs])) == 3
    assert sum(told) == 6


def test_weekly_tables_asked_for_later_are_made(tmp_path: Path) -> None:
    jobs = make_jobs(short("weeks=4"), 1, 1)
    with Store(tmp_path / "runs") as store:
        execute(jobs, store, SerialExecutor())
        execute(jobs, store, SerialExecutor(), keep=tmp_path / "weekly")
        assert len(store.table("summary", [jobs[0].id])) == 1
    assert (tmp_path / "weekly" / jobs[0].id / "markets.parquet").is_file()


def test_a_worker_with_other_code_or_data_is_refused() -> None:
    (job,) = make_jobs(short(), 1, 1)
    _, outcome, error = runner.run_job(replace(job, world="of last week"))
    assert outcome is None and "not those that the study began with" in error


def test_a_part_written_before_an_interruption_is_not_written_again(tmp_path: Path) -> None:
    jobs = make_jobs(short(), 1, 2)
    with Store(tmp_path) as store:
        for job in jobs:
            store.add(row_of(job, fake_run(job)[1] or {}))
        parts = list(store._parts)
        store.flush()
        store._parts, store._fresh = parts, [row_of(jobs[0], fake_run(jobs[0])[1] or {})]
        store.flush()  # as after Ctrl-C between the rename and all that follows it
        assert len(store.table("yearly", [job.id for job in jobs])) == 2


def test_a_killed_worker_changes_no_bit(tmp_path: Path) -> None:
    jobs = make_jobs(short(), 3, 6)
    ended: list[int] = []
    killed: list[multiprocessing.process.BaseProcess] = []

    def kill_one(n: int) -> None:
        ended.append(n)
        if len(ended) == 2:  # the first call tells of runs that were there before
            killed.append(multiprocessing.active_children()[0])
            killed[0].kill()

    with Store(tmp_path / "b") as store, open_executor(2) as (executor, flying):
        assert execute(jobs, store, executor, flying, kill_one) == []
        found = kept(store, jobs)
    (gone,) = killed
    assert gone.exitcode == -signal.SIGKILL
    assert same_tables(found, tables(tmp_path / "a", n=6))


def deadly(job: Job, keep: Path | None = None) -> Result:
    """A run that one replicate does not survive, nor its process."""
    if job.replicate == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return fake_run(job)


def test_a_run_that_kills_its_worker_is_named_and_the_others_finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run_job", deadly)
    monkeypatch.setattr(runner, "TRIES", 2)
    jobs = make_jobs(short(), 1, 6)
    with Store(tmp_path) as store, open_executor(2) as (executor, flying):
        (failure,) = execute(jobs, store, executor, flying)
        assert len(store.done) == 5
    assert failure.job.replicate == 2 and "worker process died" in failure.error


def study(out: Path, *more: str, replicates: int = 4) -> subprocess.Popen[str]:
    """Start a study in a process of its own."""
    return start(*COMPARE, "--replicates", str(replicates), "--out", out, *more)


def finished(out: Path) -> int:
    """Count the runs that a study has kept, while it goes on."""
    journal = out / "runs" / "journal.jsonl"
    in_parts = sum(
        len(pd.read_parquet(p, columns=["id"]))
        for p in (out / "runs").glob("part-*/summary.parquet")
    )
    return in_parts + (journal.read_text().count("\n") if journal.exists() else 0)


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def result(out: Path) -> bytes:
    return (out / "differences.csv").read_bytes()


LOCAL_CLUSTER = pytest.param(("--scheduler", "local"), marks=pytest.mark.slow)


@pytest.mark.parametrize("where", [("--workers", "1"), ("--workers", "2"), LOCAL_CLUSTER])
def test_ctrl_c_ends_in_a_word_on_what_is_kept(tmp_path: Path, where: tuple[str, str]) -> None:
    process = study(tmp_path, *where, replicates=40)
    wait_for(lambda: finished(tmp_path) >= 2 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes at once
    done = end_of(process)
    assert done.code == 130
    assert "finished runs are kept" in done.err and "Traceback" not in done.err
    assert finished(tmp_path) >= 2


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    process = study(tmp_path, "--workers", "2", replicates=40)
    wait_for(lambda: finished(tmp_path) >= 1 or process.poll() is not None)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert workers and not alive


def interrupt_and_resume(out: Path, times: int, seed: int, replicates: int) -> None:
    """Stop a study at random moments by Ctrl-C or kill -9, then let it finish."""
    moments = random.Random(seed)
    for _ in range(times):
        before = finished(out)
        process = study(out, "--workers", "2", replicates=replicates)
        if moments.random() < 0.7:  # else at any moment, even before the first run
            wait_for(lambda p=process, n=before: finished(out) > n or p.poll() is not None)  # type: ignore[misc]
        time.sleep(moments.uniform(0.0, 1.0))
        how = signal.SIGKILL if moments.random() < 0.5 else signal.SIGINT
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.communicate(timeout=60)
    check_success(end_of(study(out, replicates=replicates)))


def interrupted_is_as_whole(folder: Path, times: int, replicates: int) -> None:
    interrupt_and_resume(folder / "stopped", times, 1, replicates)
    check_success(end_of(study(folder / "whole", replicates=replicates)))
    assert result(folder / "stopped") == result(folder / "whole")
    jobs = make_jobs(Scenario.load("baseline", COMPARE[4::2]), 1, replicates)
    with Store(folder / "stopped" / "runs") as a, Store(folder / "whole" / "runs") as b:
        assert a.done == b.done and len(a.done) == 2 * replicates
        assert same_tables(kept(a, jobs), kept(b, jobs))


@pytest.mark.slow
def test_a_study_stopped_twice_gives_the_same_bits(tmp_path: Path) -> None:
    interrupted_is_as_whole(tmp_path, 2, 6)


@pytest.mark.slow
def test_a_study_stopped_twenty_times_gives_the_same_bits(tmp_path: Path) -> None:
    interrupted_is_as_whole(tmp_path, 20, 60)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """Start a Dask scheduler and its workers as processes; give its address and the workers."""
    file = folder / "scheduler.json"

    def dask(module: str, *words: str) -> psutil.Popen:
        here = ("--scheduler-file", str(file), "--no-dashboard", *words)
        return psutil.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *here],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )

    started = [dask("dask_scheduler", "--host", "127.0.0.1", "--port", "0")]
    try:
        wait_for(lambda: file.exists() and bool(file.read_text()))
        scratch = ("--local-directory", str(folder / "scratch"))
        started.append(dask("dask_worker", "--nworkers", str(workers), "--nthreads", "1", *scratch))
        yield json.loads(file.read_text())["address"], started[1]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)


@pytest.mark.slow
def test_a_dask_scheduler_gives_the_same_bits_though_a_worker_is_killed(tmp_path: Path) -> None:
    with cluster(tmp_path, 2) as (address, workers):
        process = study(tmp_path / "dask", "--scheduler", address, replicates=8)
        wait_for(lambda: finished(tmp_path / "dask") >= 2 or process.poll() is not None)
        max(workers.children(recursive=True), key=lambda p: p.memory_info().rss).kill()
        check_success(end_of(process))
    check_success(end_of(study(tmp_path / "serial", replicates=8)))
    assert result(tmp_path / "dask") == result(tmp_path / "serial")


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    with cluster(tmp_path, 1) as (address, _):
        process = study(tmp_path / "dask", "--scheduler", address, replicates=40)
        wait_for(lambda: finished(tmp_path / "dask") >= 2 or process.poll() is not None)
    check_refusal(end_of(process), "the scheduler has gone")
    assert finished(tmp_path / "dask") >= 2


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_address_is_one_line_and_code_two(tmp_path: Path) -> None:
    done = airbridge(*COMPARE, "--out", "out", "--scheduler", "nowhere", cwd=tmp_path)
    check_refusal(done, "no scheduler answers there")


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 1)
    with (
        pytest.raises(ScenarioError, match="no scheduler answers"),
        open_executor(1, "tcp://127.0.0.1:9"),
    ):
        pass


# Signals and locks


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_locks_are_given_back(
    number: signal.Signals,
) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, end)
    done = []
    try:
        with pytest.raises(KeyboardInterrupt), held_off():
            os.kill(os.getpid(), number)
            time.sleep(0.01)
            os.kill(os.getpid(), number)
            done.append("with the lock")
        assert done == ["with the lock"] and signal.getsignal(number) is end
        never: Future[None] = Future()
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        with pytest.raises(KeyboardInterrupt):
            first_ended([never])
        assert never._condition.acquire(blocking=False)  # its lock is free
    finally:
        signal.signal(number, before)


def test_an_ignored_signal_stays_ignored_while_signals_wait() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_off():
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
