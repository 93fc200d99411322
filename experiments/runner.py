"""Many runs over any executor: serial, local processes or a Dask cluster.

A job is one replicate of one scenario. Its id is a hash of the resolved scenario,
the data, the seed, the replicate and the code, so a changed scenario never meets
old runs, and the same command finds what is finished.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments import outcomes
from experiments.provenance import hashes
from experiments.store import Store
from sim.compiled import code_version
from sim.errors import ScenarioError
from sim.model import TraffickingModel
from sim.scenario import Scenario

Result = tuple[str, dict[str, Any] | None, str]


@dataclass(frozen=True)
class Job:
    """One replicate of one scenario to run."""

    id: str
    scenario: Scenario
    seed: int
    replicate: int
    detail: str = "accounts"  # or "summary": how much is kept; see ``experiments.outcomes``


@dataclass(frozen=True)
class Failure:
    """A run that ended in an error."""

    job: Job
    error: str

    def __str__(self) -> str:
        return f"{self.job.scenario.name}, seed {self.job.seed}, replicate {self.job.replicate}: " \
               f"{self.error}"  # fmt: skip


class SerialExecutor(Executor):
    """Runs each task at once in this process; an executor for debugging and small studies."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Run a task and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def fingerprint(scenario: Scenario) -> str:
    """Return a hash of all that decides a run, seed and replicate apart."""
    parts = {
        "scenario": {
            k: v for k, v in scenario.to_tree().items() if k not in ("data", "name", "question")
        },
        "data": hashes(scenario.data_folder),
        "code": code_version(),
        "outcomes": hashlib.sha256(Path(outcomes.__file__).read_bytes()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def make_jobs(scenario: Scenario, seed: int, replicates: int,
              detail: str = "accounts") -> list[Job]:  # fmt: skip
    """Return the jobs for all replicates of a scenario."""
    base = f"{fingerprint(scenario)}/{detail}"
    return [Job(hashlib.sha256(f"{base}/{seed}/{r}".encode()).hexdigest()[:24], scenario, seed, r,
                detail) for r in range(replicates)]  # fmt: skip


def row_of(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what a store keeps of a finished job."""
    labels = {"name": job.scenario.name, "seed": job.seed, "replicate": job.replicate}
    summary = {name: [value] for name, value in {**labels, **outcome["summary"]}.items()}
    return {"id": job.id, **outcome, "summary": summary}


def run_job(job: Job, keep: Path | None = None) -> Result:
    """Run one job and summarise it; an error becomes part of the result."""
    try:
        run = TraffickingModel(job.scenario, seed=job.seed, replicate=job.replicate).run()
        if keep is not None:
            run.manifest |= {"run_id": job.id}
            run.save(keep / job.id)
        return job.id, outcomes.summarise(run, job.detail), ""
    except Exception as error:  # the others go on; the user is told which one and why
        return job.id, None, f"{type(error).__name__}: {error}"


@contextmanager
def open_executor(workers: int, scheduler: str | None = None) -> Iterator[tuple[Executor, int]]:
    """Give an executor and how many jobs to keep in flight.

    Parameters
    ----------
    workers : int
        Local processes; 1 runs in this process.
    scheduler : str, optional
        Address of a Dask scheduler, or ``"local"`` for a cluster on this machine.
    """
    if scheduler is not None:
        from distributed import Client, LocalCluster

        try:
            client = (
                Client(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=""))
                if scheduler == "local" else Client(scheduler, timeout=15)
            )  # fmt: skip
        except OSError:
            raise ScenarioError(f"--scheduler {scheduler}: no scheduler answers there") from None
        cluster = client.cluster if scheduler == "local" else None
        try:
            cores = sum(client.ncores().values()) or workers
            yield client.get_executor(), 2 * cores + 2
        finally:
            client.close()
            if cluster is not None:
                cluster.close()
    elif workers == 1:
        yield SerialExecutor(), 1
    else:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context)
        try:
            yield pool, 2 * workers + 2
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def execute(jobs: Sequence[Job], store: Store, executor: Executor, in_flight: int = 1,
            progress: Callable[[int], None] | None = None,
            keep: Path | None = None) -> list[Failure]:  # fmt: skip
    """Run the jobs that a store does not hold yet, and keep each as it ends.

    Parameters
    ----------
    in_flight : int
        Jobs handed to the executor at a time; memory does not grow with their number.
    keep : Path, optional
        Folder for the full weekly tables of every run.

    Returns
    -------
    list of Failure
        The runs that ended in an error; they are tried again next time.
    """
    waiting = iter([job for job in jobs if job.id not in store.done])
    if progress is not None:
        progress(sum(job.id in store.done for job in jobs))
    flying: dict[Future[Result], Job] = {}
    failures: list[Failure] = []
    try:
        while True:
            while len(flying) < in_flight and (job := next(waiting, None)) is not None:
                flying[executor.submit(run_job, job, keep)] = job
            if not flying:
                return failures
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                job = flying.pop(future)
                _, outcome, error = future.result()
                if outcome is None:
                    failures.append(Failure(job, error))
                else:
                    labels = {"name": job.scenario.name, "seed": job.seed,
                              "replicate": job.replicate}  # fmt: skip
                    outcome["summary"] = {
                        k: [v] for k, v in {**labels, **outcome["summary"]}.items()
                    }
                    store.add({"id": job.id, **outcome})
                if progress is not None:
                    progress(1)
    finally:
        for future in flying:
            future.cancel()
