"""How much the runner itself costs: ``python -m experiments.benchmarks.runner``.

Three measures: overhead at 0.1 s a run, what a second worker brings, and the memory of
the parent over ten thousand runs. Those cost nothing but carry the outcomes of a real
one, so that the runner alone is seen; beside them a thousand real runs, which are as
short as can be, show that models are forgotten, too. Ratios of one session; nothing here
is a test.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from matplotlib.figure import Figure

from experiments.runner import execute as runner
from experiments.runner.execute import execute
from experiments.runner.executors import SerialExecutor, open_executor
from experiments.runner.jobs import Job, Result, make_jobs
from experiments.runner.store import Store
from sim.figures.files import write
from sim.figures.style import BLUE, ORANGE, SINGLE_COLUMN, new_figure, paper
from sim.scenario.scenario import Scenario

MANY, REAL = 10_000, 1_000
MEBIBYTE = 2**20
real_outcome = None
spent_inside = 0.0


def ready(job: Job, keep: Path | None = None) -> Result:
    """Return a copy of a real outcome at once."""
    assert real_outcome is not None
    return job.id, {**real_outcome, "summary": dict(real_outcome["summary"])}, ""


def slow(job: Job, keep: Path | None = None) -> Result:
    """Return a copy of a real outcome after a tenth of a second of work."""
    global spent_inside
    start = time.perf_counter()
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    out = ready(job)
    spent_inside += time.perf_counter() - start
    return out


def overhead(jobs: list[Job]) -> float:
    """Return what the runner adds to runs of 0.1 s, waits for the disk too, per time of a run."""
    runner.run_job = slow
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        start = time.perf_counter()
        execute(jobs, store, SerialExecutor())
        store.flush()
        return (time.perf_counter() - start - spent_inside) / spent_inside


def speed_up(scenario: Scenario, n: int) -> float:
    """Return the time of one worker over that of two, for real runs, both warm."""
    spent = []
    for workers in (1, 2):
        with (
            tempfile.TemporaryDirectory() as folder,
            Store(Path(folder)) as store,
            open_executor(workers) as (executor, flying),
        ):
            execute(make_jobs(scenario, 99, 2 * workers), store, executor, flying)
            start = time.perf_counter()
            execute(make_jobs(scenario, 1, n), store, executor, flying)
            spent.append(time.perf_counter() - start)
    return spent[0] / spent[1]


def memory(jobs: list[Job], run: Callable[..., Result]) -> list[tuple[int, float]]:
    """Return the parent's memory in MiB after every hundredth run."""
    runner.run_job = run
    process, seen, done = psutil.Process(), [], 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if n and done % 100 == 0:
            seen.append((done, process.memory_info().rss / MEBIBYTE))

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        execute(jobs, store, SerialExecutor(), progress=count)
    return seen


def draw(seen: dict[str, list[tuple[int, float]]]) -> Figure:
    """Draw the memory of the parent over the runs."""
    figure = new_figure(SINGLE_COLUMN, 0.7 * SINGLE_COLUMN)
    axis = figure.subplots()
    for (label, points), colour in zip(seen.items(), (BLUE, ORANGE), strict=True):
        axis.plot(*zip(*points, strict=True), color=colour, label=label)
    axis.set_ylim(0, 1.15 * max(mib for points in seen.values() for _, mib in points))
    axis.set_xlabel("Runs finished")
    axis.set_ylabel("Memory of the parent, MiB")
    axis.legend(loc="lower right")
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
    shortest = Scenario.load("baseline", ["weeks=4", "burn_in_weeks=0"])
    seen = {
        "runs without a model": memory(make_jobs(scenario, 1, MANY), ready),
        "real runs of four weeks": memory(make_jobs(shortest, 1, REAL), run_job),
    }
    for label, points in seen.items():
        print(
            f"{label}: {points[2][1]:.0f} MiB after {points[2][0]:,}, {points[-1][1]:.0f} MiB "
            f"after {points[-1][0]:,}"
        )
    with paper():
        write(draw(seen), folder, "runner_memory")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures"))
