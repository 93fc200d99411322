"""How much the runner itself costs: ``python -m experiments.runner_benchmark``.

Three measures: overhead at 0.1 s a run, what a second worker brings, and the
memory of the parent over ten thousand runs that cost nothing but carry the
outcomes of a real one. Ratios of one session; nothing here is a test.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil
from matplotlib.figure import Figure

from experiments import runner
from experiments.executors import SerialExecutor, open_executor
from experiments.figures.displacement import write
from experiments.figures.style import BLUE, SINGLE_COLUMN, paper
from experiments.runner import Job, Result, execute, make_jobs
from experiments.store import Store
from sim import Scenario

MANY = 10_000
MEBIBYTE = 2**20
real_outcome = None


def ready(job: Job, keep: Path | None = None) -> Result:
    """Return a copy of a real outcome at once."""
    assert real_outcome is not None
    return job.id, {**real_outcome, "summary": dict(real_outcome["summary"])}, ""


def slow(job: Job, keep: Path | None = None) -> Result:
    """Return a copy of a real outcome after a tenth of a second of work."""
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    return ready(job)


def overhead(jobs: list[Job]) -> float:
    """Return what the runner adds to runs of 0.1 s, as a share of their time."""
    runner.run_job = slow
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        start = time.process_time()
        execute(jobs, store, SerialExecutor())
        return (time.process_time() - start) / (0.1 * len(jobs)) - 1.0


def speed_up(scenario: Scenario, n: int) -> float:
    """Return the time of one worker over that of two, for real runs, both warm."""
    spent = []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store, \
                open_executor(workers) as (executor, flying):  # fmt: skip
            execute(make_jobs(scenario, 99, 2 * workers), store, executor, flying)
            start = time.perf_counter()
            execute(make_jobs(scenario, 1, n), store, executor, flying)
            spent.append(time.perf_counter() - start)
    return spent[0] / spent[1]


def memory(jobs: list[Job]) -> list[tuple[int, float]]:
    """Return the parent's memory in MiB after every hundredth run."""
    runner.run_job = ready
    process, seen, done = psutil.Process(), [], 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if done % 100 == 0:
            seen.append((done, process.memory_info().rss / MEBIBYTE))

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        execute(jobs, store, SerialExecutor(), progress=count)
    return seen


def draw(seen: list[tuple[int, float]]) -> Figure:
    """Draw the memory of the parent over the runs."""
    figure = Figure(figsize=(SINGLE_COLUMN, 0.6 * SINGLE_COLUMN), layout="constrained")
    axis = figure.subplots()
    axis.plot(*zip(*seen, strict=True), color=BLUE)
    axis.set_ylim(0)
    axis.set_xlabel("Runs finished")
    axis.set_ylabel("Memory of the parent, MiB")
    return figure


def main(folder: Path) -> None:
    """Measure, print and draw."""
    global real_outcome
    scenario = Scenario.load("baseline")
    run_job = runner.run_job
    _, real_outcome, error = run_job(make_jobs(scenario, 1, 1)[0])
    assert not error, error
    print(f"two workers over one: {speed_up(scenario, 24):.2f}x")
    print(f"overhead at 0.1 s a run: {overhead(make_jobs(scenario, 1, 128)):.1%}")
    seen = memory(make_jobs(scenario, 1, MANY))
    print(f"memory after {seen[4][0]:,} runs {seen[4][1]:.0f} MiB, after {seen[-1][0]:,} "
          f"{seen[-1][1]:.0f} MiB")  # fmt: skip
    with paper():
        write(draw(seen), folder, "runner_memory")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures"))
