"""Open what a study on the command line needs, and close it in order, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from experiments.cli.options import RunOptions
    from experiments.runner.jobs import Failure
    from experiments.runner.laboratory import Laboratory
    from sim.run import Run
    from sim.scenario.scenario import Scenario


FAILURES = "failures.csv"
FAILURES_TOLD = 10  # one by one; the file holds all


@contextmanager
def laboratory(
    out: Path, seed: int, runs: RunOptions, settings: Sequence[str] = ()
) -> Iterator[Laboratory]:
    """Open the store and the executor behind a progress bar with rate and time left.

    What is done inside may be stopped at any moment: finished runs are kept. Failed runs
    are told at the end and listed in ``failures.csv``.
    """
    from experiments.extras import require
    from experiments.runner.executors import open_executor
    from experiments.runner.laboratory import Laboratory
    from experiments.runner.store import Store

    if runs.scheduler is not None:
        require("cluster", "--scheduler")  # before a folder is made
    check_folder(out)
    failures: list[Failure] = []
    finished: set[str] = set()
    try:
        with (
            Store(out / "runs") as store,
            open_executor(runs.workers, runs.scheduler) as (executor, flying),
            run_progress() as bar,
        ):
            finished = store.done
            task = bar.add_task("runs", total=0)
            yield Laboratory(
                store=store,
                executor=executor,
                in_flight=flying,
                seed=seed,
                allow_gaps=runs.allow_gaps,
                keep=out / "weekly" if runs.keep_weekly else None,
                settings=tuple(settings),
                progress=lambda n: bar.advance(task, n),
                expect=lambda n: bar.update(task, total=(bar.tasks[0].total or 0) + n),
                failures=failures,
            )
            if not failures:
                (out / FAILURES).unlink(missing_ok=True)  # of an earlier attempt
    except KeyboardInterrupt:
        typer.echo(
            f"airbridge: stopped; {len(finished)} finished runs are kept in {out}, "
            "the same command goes on",
            err=True,
        )
        raise SystemExit(130) from None
    finally:
        if failures:
            tell(failures, out / FAILURES)


def check_folder(out: Path) -> None:
    """Refuse an output folder that holds anything but a study."""
    from sim.results.folder import refuse_others

    ours = (out / "runs").is_dir()
    refuse_others(out, (path for path in out.glob("*") if not ours))


def run_progress() -> Progress:
    """Return a progress bar of runs with rate and time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(TextColumn):
        """Runs per second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0.0:.1f} runs/s")

    # A rate over ten minutes, since a run may take longer than the usual half a minute.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        transient=True,
        speed_estimate_period=600,
    )


def tell(failures: Sequence[Failure], path: Path) -> None:
    """Name the runs that failed, and list them in a file."""
    from experiments.runner.jobs import write_failures

    for failure in failures[:FAILURES_TOLD]:
        typer.echo(f"airbridge: run failed: {failure}", err=True)
    write_failures(failures, path)
    typer.echo(f"airbridge: {len(failures)} failed runs are listed in {path}", err=True)


@contextmanager
def count_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar; give the function that moves it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(what, total=total)
        bar.refresh()
        yield lambda n: bar.advance(task, n)


def with_progress(scenario: Scenario, seed: int, replicates: int, workers: int) -> Run:
    """Run all replicates behind a progress bar of weeks."""
    weeks = replicates * (scenario.weeks + scenario.burn_in_weeks)
    with count_progress(f"{scenario.name}: compiling, then weeks", weeks) as passed:
        from experiments.runner.replicates import replicate

        return replicate(scenario, seed, replicates, workers, passed)
