"""Open what a study on the command line needs, and close it in order, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from experiments.runner.jobs import Failure
    from experiments.runner.laboratory import Laboratory


FAILURES = "failures.csv"
FAILURES_TOLD = 10  # one by one; the file holds all


@contextmanager
def laboratory(
    out: Path,
    seed: int,
    workers: int,
    scheduler: str | None,
    gaps: bool,
    keep: bool,
    settings: Sequence[str] = (),
) -> Iterator[Laboratory]:
    """Open the store and the executor behind a progress bar with rate and time left.

    What is done inside may be stopped at any moment: finished runs are kept. Failed runs
    are told at the end and listed in ``failures.csv``.
    """
    from experiments.extras import require
    from experiments.runner.executors import open_executor
    from experiments.runner.laboratory import Laboratory
    from experiments.runner.store import Store

    if scheduler is not None:
        require("cluster", "--scheduler")  # before a folder is made
    check_folder(out)
    failures: list[Failure] = []
    finished: set[str] = set()
    try:
        with (
            Store(out / "runs") as store,
            open_executor(workers, scheduler) as (executor, flying),
            run_progress() as bar,
        ):
            finished = store.done
            task = bar.add_task("runs", total=0)

            def expect(n: int) -> None:
                bar.update(task, total=(bar.tasks[0].total or 0) + n)

            yield Laboratory(
                store,
                executor,
                flying,
                seed,
                gaps,
                out / "weekly" if keep else None,
                tuple(settings),
                lambda n: bar.advance(task, n),
                expect,
                failures,
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
    from sim.errors import ScenarioError

    if out.exists() and not out.is_dir():
        raise ScenarioError(f"{out}: is a file, not a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / "runs").is_dir():
        raise ScenarioError(f"{out}: holds other files; name an empty folder or one of a study")


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


def with_progress(scenario, seed: int, replicates: int, workers: int):  # type: ignore[no-untyped-def]
    """Run all replicates behind a progress bar of weeks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, transient=True) as bar:
        weeks = replicates * (scenario.weeks + scenario.burn_in_weeks)
        task = bar.add_task(f"{scenario.name}: compiling, then weeks", total=weeks)
        bar.refresh()
        from experiments.runner.replicates import replicate

        return replicate(scenario, seed, replicates, workers, lambda n: bar.advance(task, n))
