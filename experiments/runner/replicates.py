"""Replicates of one scenario, one after another or in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from sim.model import TraffickingModel
from sim.run import Run
from sim.scenario.scenario import Scenario


def one(scenario: Scenario, seed: int, replicate: int) -> Run:
    """Run one replicate."""
    return TraffickingModel(scenario, seed=seed, replicate=replicate).run()


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
        runs = [
            TraffickingModel(scenario, seed=seed, replicate=r).run(progress)
            for r in range(replicates)
        ]
        return Run.combine(runs)
    total = scenario.weeks + scenario.burn_in_weeks
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = [pool.submit(one, scenario, seed, r) for r in range(replicates)]
        runs = []
        for job in jobs:
            runs.append(job.result())
            if progress is not None:
                progress(total)
    return Run.combine(runs)
