"""Replicates of one scenario, one after another or in several processes."""

from __future__ import annotations

from collections.abc import Callable

from experiments.runner.executors import in_order
from sim.model import TraffickingModel
from sim.run import Run
from sim.scenario.scenario import Scenario


def one(
    scenario: Scenario,
    seed: int,
    replicate: int,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Run one replicate."""
    return TraffickingModel(scenario, seed=seed, replicate=replicate).run(progress)


def replicate(
    scenario: Scenario,
    seed: int,
    replicates: int,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Run all replicates and put them together.

    Parameters
    ----------
    workers : int
        Processes; results are the same for any number.
    progress : callable, optional
        Called with the number of weeks passed since the last call.
    """
    if workers == 1 or replicates == 1:
        return Run.combine([one(scenario, seed, r, progress) for r in range(replicates)])

    def ended() -> None:
        if progress is not None:
            progress(scenario.weeks + scenario.burn_in_weeks)

    rows = [(scenario, seed, r) for r in range(replicates)]
    return Run.combine(in_order(one, rows, workers, ended))
