"""Open what a study on the command line needs, and close it in order, whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from experiments.cli.signals import exit_code

if TYPE_CHECKING:
    from rich.progress import Progress

    from experiments.cli.options import RunOptions
    from experiments.runner.ensemble import Ensemble
    from experiments.runner.jobs import Failure
    from experiments.runner.laboratory import Laboratory
    from sim.results.folder import ResultFolder
    from sim.run import Run
    from sim.scenario.scenario import Scenario


FAILURES = "failures.csv"
FAILURES_TOLD = 10  # one by one; the file holds all


@contextmanager
def laboratory(
    folder: ResultFolder,
    seed: int,
    runs: RunOptions,
    settings: Sequence[str] = (),
    worlds: Sequence[Scenario] = (),
    ensemble: Ensemble | None = None,
) -> Iterator[Laboratory]:
    """Open the store and the executor behind a progress bar with rate and time left.

    What is done inside may be stopped at any moment: finished runs are kept. What is
    written to ``results`` is put in place at the end, with the record. Failed runs are
    told at the end and listed in ``failures.csv``.

    Parameters
    ----------
    folder : ResultFolder
        Where the study goes.
    worlds : sequence of Scenario
        Kept in the folder with their data, so that it can go on anywhere.
    ensemble : Ensemble, optional
        Over whose members replicates are run.
    """
    import pandas as pd

    from experiments.extras import require
    from experiments.results.frame import RUNS
    from experiments.runner.executors import open_executor
    from experiments.runner.laboratory import Laboratory
    from experiments.runner.store import Store
    from sim.errors import ScenarioError
    from sim.results.records import COMPLETE

    if runs.scheduler is not None:
        require("cluster", "--scheduler")  # before a folder is made
    failures: list[Failure] = []
    finished: set[str] = set()
    try:
        with (
            Store(folder.path / "runs") as store,
            opened(folder, worlds) as results,
            open_executor(runs.workers, runs.scheduler) as (executor, flying),
            run_progress() as bar,
        ):
            finished = store.done
            task = bar.add_task("runs", total=0)
            lab = Laboratory(
                store=store,
                executor=executor,
                in_flight=flying,
                seed=seed,
                allow_gaps=runs.allow_gaps,
                keep=folder.path / "weekly" if runs.keep_weekly else None,
                settings=tuple(settings),
                ensemble=ensemble,
                progress=lambda n: bar.advance(task, n),
                expect=lambda n: bar.update(task, total=(bar.tasks[0].total or 0) + n),
                failures=failures,
                results=results,
            )
            yield lab
            if not failures:
                folder.drop(FAILURES)  # of an earlier attempt
            pd.DataFrame(lab.asked, columns=["run", "world", "point"], dtype=object).to_csv(
                results / RUNS, index=False
            )
            folder.publish(results, {"state": COMPLETE, **lab.record})
    except KeyboardInterrupt as stop:
        typer.echo(f"airbridge: stopped; {kept(finished, folder.path)}", err=True)
        raise SystemExit(exit_code(stop)) from None
    except OSError as error:
        text = f"{error.filename or folder.path}: {error.strerror or error}"
        raise ScenarioError(f"{text}; {kept(finished, folder.path)}") from None
    finally:
        if failures:
            tell(failures, folder)


def chosen_ensemble(
    runs: RunOptions, scenarios: Sequence[Scenario], settings: Sequence[str]
) -> Ensemble | None:
    """Return the ensemble that is asked for, if any, checked against all scenarios."""
    if runs.ensemble is None:
        return None
    from experiments.runner.ensemble import read_ensemble
    from sim.errors import ScenarioError

    if not scenarios:
        raise ScenarioError("--ensemble: no scenario is run, only finished results are compared")
    found = [read_ensemble(runs.ensemble, scenario) for scenario in scenarios]
    found[0].refuse_clash(settings)
    return found[0]


def asked_over(asked: Any, ensemble: Ensemble | None) -> Any:
    """Return what a study asks, and over which ensemble if any: both decide its answer."""
    return asked if ensemble is None else f"{asked}, over ensemble {ensemble.digest}"


@contextmanager
def opened(folder: ResultFolder, worlds: Sequence[Scenario]) -> Iterator[Path]:
    """Say whose the folder is, keep there what the study needs, and give room for results."""
    from sim.results.question import SCENARIO, keep_world
    from sim.results.records import BEGUN

    begun = {"state": BEGUN, "command": " ".join(["airbridge", *sys.argv[1:]])}
    folder.begin(begun)
    with folder.working() as work:
        for n, world in enumerate(worlds):
            keep_world(world, work, SCENARIO if len(worlds) == 1 else f"scenario_{n + 1}.toml")
        folder.publish(work, begun)
    with folder.working() as results:
        yield results


def tell_growth(folder: ResultFolder) -> None:
    """Say in what a study is larger than the one that its folder holds."""
    if folder.grown:
        typer.echo(f"The study in {folder.path} grows: {'; '.join(folder.grown)}")


def kept(finished: Collection[str], out: Path) -> str:
    """Say what is not lost."""
    return f"{len(finished)} finished runs are kept in {out}, the same command goes on"


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


def tell(failures: Sequence[Failure], folder: ResultFolder) -> None:
    """Name the runs that failed, and list them in a file."""
    path = folder.path / FAILURES
    from experiments.runner.jobs import write_failures
    from sim.results.records import STUDY, read_record

    for failure in failures[:FAILURES_TOLD]:
        typer.echo(f"airbridge: run failed: {failure}", err=True)
    folder.refuse_in_the_way([FAILURES])
    write_failures(failures, path)
    folder.adopt([FAILURES], read_record(folder.path / STUDY) or {})
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
