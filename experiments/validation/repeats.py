"""How often a question is put to a world, with what luck, in how many processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from experiments.runner.executors import in_order
from sim.scenario.scenario import Scenario

T = TypeVar("T")


@dataclass(frozen=True)
class Repeats:
    """Replicates of worlds that share their luck, in so many processes."""

    replicates: int
    seed: int
    workers: int = 1
    progress: Callable[[], None] | None = None

    def ask(self, task: Callable[[Scenario, int, int], T], *worlds: Scenario) -> list[T]:
        """Return what a task gives for each replicate of each world, world by world."""
        rows = [(world, self.seed, r) for world in worlds for r in range(self.replicates)]
        return in_order(task, rows, self.workers, self.progress)

    def telling(self, progress: Callable[[], None]) -> Repeats:
        """Return the same replicates, with somebody to tell whenever one has ended."""
        return replace(self, progress=progress)

    def in_this_process(self) -> Repeats:
        """Return the same replicates, one after another."""
        return replace(self, workers=1, progress=None)
