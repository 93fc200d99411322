"""Where worlds are run: in processes beside the server, with progress, and shared.

The same world with the same luck is run once, whichever browser asks; an answer lives as
long as somebody holds it. A run ends early when nobody waits for it any more.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import pandas as pd

from experiments.runner.executors import Processes
from sim.run import Run, question_of
from sim.scenario.scenario import Scenario

WORKERS = 2


class Cancelled(Exception):
    """Nobody waits for this run any more."""


@dataclass(eq=False)
class Answer:
    """What became of a world: its first replicate whole, and the outcomes of all.

    ``outcomes`` has a row for each seed and replicate, as ``experiments.displacement`` wants.
    """

    run: Run
    outcomes: pd.DataFrame


@dataclass(eq=False)
class Ticket:
    """A run that is under way."""

    key: str
    slip: Path  # the worker writes the weeks passed here, and stops where a file beside it says so
    weeks: int
    future: Future[Answer]
    waiting: int = 1

    @property
    def passed(self) -> float:
        """Share of the weeks that have passed, from 0 to 1."""
        try:
            return min(int(self.slip.read_text() or 0) / self.weeks, 1.0)
        except (OSError, ValueError):
            return 0.0


class Desk:
    """Takes worlds to be run, and hands out answers.

    Parameters
    ----------
    workers : int
        Processes.
    """

    def __init__(self, workers: int = WORKERS) -> None:
        self._room = Path(tempfile.mkdtemp(prefix="airbridge-explore-"))
        self._pool = Processes(workers)
        self._lock = threading.Lock()
        self._under_way: dict[str, Ticket] = {}
        self._asked = 0
        self.answers: WeakValueDictionary[str, Answer] = WeakValueDictionary()

    def known(self, scenario: Scenario, seed: int, replicates: int) -> Answer | None:
        """Return the answer that somebody holds already."""
        return self.answers.get(key_of(scenario, seed, replicates))

    def keep(self, scenario: Scenario, seed: int, answer: Answer) -> None:
        """Hand out an answer that is there already, as long as somebody holds it."""
        self.answers[key_of(scenario, seed, 1)] = answer

    def ask(self, scenario: Scenario, seed: int, replicates: int) -> Ticket:
        """Let a world be run, or wait with others for the same."""
        key = key_of(scenario, seed, replicates)
        with self._lock:
            if key in self._under_way:
                self._under_way[key].waiting += 1
                return self._under_way[key]
            self._asked += 1
            slip = self._room / str(self._asked)
            future = self._submit(scenario, seed, replicates, str(slip))
            weeks = replicates * (scenario.weeks + scenario.burn_in_weeks)
            ticket = Ticket(key, slip, weeks, future)
            self._under_way[key] = ticket
        # Without the ticket: a ring of references would keep the answer in memory.
        future.add_done_callback(partial(self._ended, key, slip))
        return ticket

    def warm(self, scenario: Scenario) -> None:
        """Let a process load the compiled model before anybody asks."""
        self._submit(scenario.model_copy(update={"weeks": 1}), 0, 1, str(self._room / "warm"))

    def leave(self, ticket: Ticket) -> None:
        """Wait no longer; the run ends unless others wait for it."""
        with self._lock:
            ticket.waiting -= 1
            if ticket.waiting > 0 or ticket.future.done():
                return
            self._under_way.pop(ticket.key, None)
        ticket.slip.with_suffix(".stop").touch()
        ticket.future.cancel()

    def close(self) -> None:
        """End all runs and processes."""
        self._pool.stop()
        shutil.rmtree(self._room, ignore_errors=True)

    def _submit(self, *asked: Any) -> Future[Answer]:
        try:
            return self._pool.submit(carry_out, *asked)
        except BrokenExecutor:  # a process has died of an earlier run
            self._pool.renew()
            return self._pool.submit(carry_out, *asked)

    def _ended(self, key: str, slip: Path, done: Future[Answer]) -> None:
        with self._lock:
            ticket = self._under_way.get(key)
            if ticket is not None and ticket.slip == slip:
                del self._under_way[key]
        if not done.cancelled() and done.exception() is None:
            self.answers[key] = done.result()
        for name in (slip, slip.with_suffix(".stop")):
            name.unlink(missing_ok=True)


def key_of(scenario: Scenario, seed: int, replicates: int) -> str:
    """Return what tells one question from another."""
    return question_of(scenario, seed, range(replicates)).key


def carry_out(scenario: Scenario, seed: int, replicates: int, slip: str) -> Answer:
    """Run a world in a process of its own, telling the weeks that have passed."""
    from experiments.runner.replicates import one

    path, stop, passed = Path(slip), Path(slip).with_suffix(".stop"), 0

    def tell(weeks: int) -> None:
        nonlocal passed
        passed += weeks
        if stop.exists():
            raise Cancelled
        if path.parent.is_dir():
            path.write_text(str(passed))

    first, rows = None, []
    for replicate in range(replicates):
        run = one(scenario, seed, replicate, tell)
        rows.append(outcomes_of(run, seed, replicate))
        first = first or run
    assert first is not None
    return Answer(first, pd.concat(rows))


def outcomes_of(run: Run, seed: int, replicate: int) -> pd.DataFrame:
    """Return the summary outcomes of a replicate as a row named by its luck."""
    from experiments.runner.outcomes import summarise

    row = pd.DataFrame([summarise(run, "summary")["summary"]])
    row.index = pd.MultiIndex.from_tuples([(seed, replicate)], names=["seed", "replicate"])
    return row
