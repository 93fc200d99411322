"""Many runs over any executor: serial, local processes or a Dask cluster.

A job is one replicate of one scenario. Its id is a hash of the resolved scenario,
the data, the seed, the replicate and the code, so a changed scenario never meets
old runs, and the same command finds what is finished.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from pathlib import Path
from typing import Any

from experiments.runner import outcomes
from experiments.runner.executors import DIED, Processes
from experiments.runner.interrupts import first_ended, held_off
from experiments.runner.jobs import Failure, Job, Result, fingerprint, row_of
from experiments.runner.store import Store
from sim.errors import ScenarioError
from sim.model import TraffickingModel
from sim.results.records import is_whole

TRIES = 3  # deaths of its worker after which a job is given up


def run_job(job: Job, keep: Path | None = None) -> Result:
    """Run one job and summarise it; an error becomes part of the result."""
    try:
        if fingerprint(job.scenario) != job.world:
            raise ScenarioError("code or data here are not those that the study began with")
        run = TraffickingModel(job.scenario, seed=job.seed, replicate=job.replicate).run()
        if keep is not None:
            run.manifest |= {"run_id": job.id}
            run.save(keep / job.id)
        return job.id, outcomes.summarise(run, job.detail), ""
    except Exception as error:  # the others go on; the user is told which one and why
        return job.id, None, f"{type(error).__name__}: {error}"


def execute(
    jobs: Sequence[Job],
    store: Store,
    executor: Executor,
    in_flight: int = 1,
    progress: Callable[[int], None] | None = None,
    keep: Path | None = None,
    failed: Callable[[Failure], None] | None = None,
) -> list[Failure]:
    """Run the jobs that a store does not hold yet, and keep each as it ends.

    Parameters
    ----------
    in_flight : int
        Jobs handed to the executor at a time; memory does not grow with their number.
    progress : callable, optional
        Told how many jobs have ended since the last call.
    keep : Path, optional
        Folder for the full weekly tables of every run.
    failed : callable, optional
        Told of every failure as it happens.

    Returns
    -------
    list of Failure
        The runs that ended in an error; they are tried again next time.
    """

    def is_finished(job: Job) -> bool:
        return job.id in store.done and (keep is None or is_whole(keep / job.id))

    # By id, since worlds that differ in name only share their runs.
    todo = {job.id: job for job in jobs if not is_finished(job)}
    if progress is not None:
        progress(len(jobs) - len(todo))
    failures: list[Failure] = []
    for job, outcome, error in landed(list(todo.values()), executor, in_flight, keep):
        if outcome is not None:
            store.add(row_of(job, outcome))
        else:
            failures.append(Failure(job, error))
            if failed is not None:
                failed(failures[-1])
        if progress is not None:
            progress(1)
    return failures


def landed(
    jobs: Sequence[Job], executor: Executor, in_flight: int, keep: Path | None
) -> Iterator[tuple[Job, dict[str, Any] | None, str]]:
    """Yield each job with its outcome or its error, as it ends.

    A local worker that dies takes all jobs in the air with it. They fly again one by
    one, so that a job that kills its worker is found out and the others lose only time.
    """
    pool = executor if isinstance(executor, Processes) else None
    waiting, suspects = deque(jobs), deque[Job]()
    deaths = Counter[str]()
    flying: dict[Future[Result], Job] = {}
    try:
        while waiting or suspects or flying:
            queue, room = (suspects, 1) if suspects else (waiting, in_flight)
            while queue and len(flying) < room:
                job = queue.popleft()
                flying[launch(executor, job, keep)] = job
            ended, alone = first_ended(flying), len(flying) == 1
            if pool is not None and any(map(is_crash, ended)):
                with held_off():
                    ended = wait(flying).done  # at once: the dead pool fails them all
                    pool.renew()
            for future in ended:
                job = flying.pop(future)
                if pool is not None and is_crash(future):
                    deaths[job.id] += alone
                    if deaths[job.id] < TRIES:
                        suspects.append(job)
                        continue
                yield job, *verdict(future)
    finally:
        with held_off():
            for future in flying:
                future.cancel()


def launch(executor: Executor, job: Job, keep: Path | None) -> Future[Result]:
    """Hand a job to an executor; one that refuses it gives a failed future."""
    try:
        return executor.submit(run_job, job, keep)
    except Exception as error:
        refused: Future[Result] = Future()
        refused.set_exception(error)
        return refused


def is_crash(future: Future[Result]) -> bool:
    """Tell whether a job ended because a worker process died."""
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


def verdict(future: Future[Result]) -> tuple[dict[str, Any] | None, str]:
    """Return the outcome of an ended job, or None and its error.

    Raises
    ------
    ScenarioError
        If a cluster has dropped the job, as it then drops all others.
    """
    try:
        _, outcome, error = future.result()
    except CancelledError:
        raise ScenarioError(
            "the scheduler has gone; finished runs are kept, the same command goes on"
        ) from None
    except BrokenExecutor:
        return None, DIED
    except Exception as error:  # of the executor: run_job catches those of a run
        return None, f"{type(error).__name__}: {error}"
    return outcome, error
