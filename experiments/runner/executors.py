"""Where runs are made: in this process, in processes beside it, or on a Dask cluster.

Each is a ``concurrent.futures.Executor``. What a run gives does not depend on which.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from experiments.extras import require
from experiments.runner.interrupts import first_ended, held_off
from sim.errors import ScenarioError

AHEAD = 64  # least number of jobs that a cluster is given at a time, as workers may still join
DIED = "its worker process died; out of memory?"
PATIENCE, WORKER_PATIENCE = 10, 600  # seconds to wait for a scheduler, and for its first worker


T = TypeVar("T")


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


class Processes(Executor):
    """Runs tasks in processes of this machine, which can be replaced when one has died."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=end_with_parent)

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Hand a task to a process, which is started if need be."""
        with held_off(), deaf_to_interrupts():
            return self._pool.submit(fn, *args, **kwargs)

    def renew(self) -> None:
        """Replace the processes, of which one has died."""
        self.shutdown()
        self._pool = self._start()

    def stop(self) -> None:
        """End the processes at once, with what they are at."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()  # at once, also one that is compiling

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes once they have done what they are at."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def end_with_parent() -> None:
    """Let a worker end when its parent does, even if that is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: whoever started them ends them in order."""
    resource_tracker.ensure_running()  # else the first process starts it, and with it interrupts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        require("cluster", "--scheduler")
        with ExitStack() as opened:
            client = connect(opened, workers, scheduler)
            cores = sum(client.ncores().values())
            yield client.get_executor(pure=False, retries=2), max(AHEAD, 2 * cores + 2)
    elif workers == 1:
        yield SerialExecutor(), 1
    else:
        pool = Processes(workers)
        try:
            yield pool, 2 * workers + 2
        except BaseException:
            pool.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def in_order(
    task: Callable[..., T],
    rows: Sequence[tuple[Any, ...]],
    workers: int,
    ended: Callable[[], None] | None = None,
) -> list[T]:
    """Return what a task gives for each row of arguments, in their order.

    Parameters
    ----------
    workers : int
        Processes; results are the same for any number.
    ended : callable, optional
        Called when a task has ended.

    Raises
    ------
    ScenarioError
        If a process dies.
    """
    results = []
    with open_executor(min(workers, len(rows))) as (executor, _):
        for future in [executor.submit(task, *row) for row in rows]:
            first_ended([future])
            try:
                results.append(future.result())
            except BrokenExecutor:
                raise ScenarioError(f"a run has failed: {DIED}") from None
            if ended is not None:
                ended()
    return results


def connect(opened: ExitStack, workers: int, scheduler: str) -> Any:
    """Return a client of a Dask cluster that has at least one worker.

    Raises
    ------
    ScenarioError
        If no scheduler answers, or it has no workers.
    """
    from distributed import Client, LocalCluster

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # told in our words
    cluster: Any = scheduler
    try:
        if scheduler == "local":
            with deaf_to_interrupts():
                cluster = opened.enter_context(
                    LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        dashboard_address="",
                        silence_logs=logging.ERROR,
                    )
                )
        client = opened.enter_context(Client(cluster, timeout=PATIENCE))
    except Exception as error:  # Dask raises many kinds for a mistaken address
        text = f"--scheduler {scheduler}: no scheduler answers there"
        raise ScenarioError(f"{text} ({error})" if str(error) else text) from None
    try:
        client.wait_for_workers(1, timeout=WORKER_PATIENCE)
    except TimeoutError:
        raise ScenarioError(f"--scheduler {scheduler}: no worker has come") from None
    return client
