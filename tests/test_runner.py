"""The runner: same bits on any executor, nothing finished is lost, failures are named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from experiments import runner
from experiments.runner import SerialExecutor, execute, make_jobs, open_executor
from experiments.store import KINDS, Store
from sim import Scenario
from sim.errors import ScenarioError

SHORT = ["weeks=60", "burn_in_weeks=4"]


def scenario(*more: str) -> Scenario:
    return Scenario.load("baseline", [*SHORT, *more])


def tables(folder: Path, workers: int = 1, scheduler: str | None = None, n: int = 4) -> list:
    jobs = make_jobs(scenario(), 3, n)
    with Store(folder) as store, open_executor(workers, scheduler) as (executor, flying):
        assert execute(jobs, store, executor, flying) == []
        return [store.table(kind, [job.id for job in jobs]) for kind in KINDS]


def same(a: list[pd.DataFrame], b: list[pd.DataFrame]) -> bool:
    return all(x.equals(y) for x, y in zip(a, b, strict=True))


def test_serial_and_two_processes_give_the_same_bits(tmp_path: Path) -> None:
    assert same(tables(tmp_path / "a"), tables(tmp_path / "b", 2))


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, 'tests')\n"
        "from test_runner import tables\n"
        "if __name__ == '__main__':\n    tables(Path(sys.argv[1]), 2, 'local')\n"
    )
    script = tmp_path / "cluster.py"
    script.write_text(code)
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, str(script), str(tmp_path / "b")], cwd=root, timeout=240,
                          env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert same(tables(tmp_path / "a"), tables(tmp_path / "b"))


def fake_run(job: runner.Job, keep: Path | None = None) -> runner.Result:
    """A run that takes no time."""
    one = {"x": [job.replicate]}
    return job.id, {"summary": {"x": job.replicate}, **{kind: one for kind in KINDS[1:]}}, ""


def test_an_interrupted_study_resumes_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = make_jobs(scenario(), 1, 150)
    ran: list[str] = []

    def stops(job: runner.Job, keep: Path | None = None) -> runner.Result:
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
    jobs = make_jobs(scenario(), 1, 3)
    with Store(tmp_path) as store:
        execute(jobs[:2], store, SerialExecutor())
    row = runner.row_of(jobs[0], fake_run(jobs[0])[1] or {})
    text = json.dumps(row) + "\n" + json.dumps(row)[: len(json.dumps(row)) // 2]
    (tmp_path / "journal.jsonl").write_text(text)  # killed after the part, before the journal
    with Store(tmp_path) as store:
        assert len(store.done) == 2
        execute(jobs, store, SerialExecutor())
        assert store.table("summary", [job.id for job in jobs])["x"].tolist() == [0, 1, 2]


def test_killed_without_warning_it_keeps_what_was_finished(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, 'tests')\n"
        "from test_runner import tables\ntables(Path(sys.argv[1]), 1, None, 400)\n"
    )
    root = Path(__file__).parents[1]
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=root,
                               env={**os.environ, "PYTHONPATH": str(root)})  # fmt: skip
    journal = tmp_path / "journal.jsonl"
    for _ in range(1200):
        if journal.exists() and journal.read_text().count("\n") >= 3:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Store(tmp_path) as store:
        kept = len(store.done)
    assert 3 <= kept < 400
    assert same(tables(tmp_path, n=4), tables(tmp_path / "whole", n=4))


def test_changed_worlds_get_new_ids_and_names_do_not_matter() -> None:
    ids = {make_jobs(world, seed, 1)[0].id for world, seed in (
        (scenario(), 1), (scenario(), 2), (scenario("ordering.hurdle=0.2"), 1))}  # fmt: skip
    assert len(ids) == 3
    renamed = scenario().model_copy(update={"name": "other"})
    assert make_jobs(renamed, 1, 1)[0].id == make_jobs(scenario(), 1, 1)[0].id


def test_a_failed_run_is_named_and_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = make_jobs(scenario(), 1, 5)

    seen: list[int] = []

    def sometimes(job: runner.Job, keep: Path | None = None) -> runner.Result:
        seen.append(job.replicate)
        return (job.id, None, "ValueError: no sense") if job.replicate == 2 else fake_run(job)

    monkeypatch.setattr(runner, "run_job", sometimes)
    with Store(tmp_path) as store:
        (failure,) = execute(jobs, store, SerialExecutor())
        assert str(failure) == "baseline, seed 1, replicate 2: ValueError: no sense"
        with pytest.raises(ScenarioError, match="1 of 5 runs are missing"):
            store.table("summary", [job.id for job in jobs])


def test_an_error_inside_a_run_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(run: object) -> None:
        raise ValueError("no sense")

    monkeypatch.setattr(runner.outcomes, "summarise", broken)
    _, outcome, error = runner.run_job(make_jobs(scenario(), 1, 1)[0])
    assert outcome is None and error == "ValueError: no sense"


def test_two_writers_are_refused(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(ScenarioError, match="another process"):
        Store(tmp_path)
