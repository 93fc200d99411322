"""Where runs are made and kept: a store, an executor, a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.runner.ensemble import Ensemble
from experiments.runner.execute import execute
from experiments.runner.jobs import Failure, Job, make_jobs
from experiments.runner.store import LABELS, Store
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

Asked = tuple[str, str, int | None]  # id of a run, its world, its point in a sample


@dataclass
class Laboratory:
    """Where runs are made and kept: a store, an executor, a seed."""

    store: Store
    executor: Executor
    in_flight: int
    seed: int
    allow_gaps: bool = False
    keep: Path | None = None
    settings: Sequence[str] = ()  # what the user has changed, for the names of failed runs
    ensemble: Ensemble | None = None  # over whose members replicates are run
    progress: Callable[[int], None] | None = None
    expect: Callable[[int], None] | None = None
    failures: list[Failure] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    results: Path = Path()  # where tables and figures are written before they are put in place
    record: dict[str, Any] = field(default_factory=dict)  # what the folder's record will say

    def run(self, worlds: Mapping[str, Scenario], replicates: int) -> dict[str, list[str]]:
        """Run all replicates of some worlds; return the ids of each, in pairs by position.

        Where gaps are allowed, a replicate that failed in one world is left out of all.
        """
        jobs = {
            name: self.jobs(scenario, replicates, self.note(name, scenario))
            for name, scenario in worlds.items()
        }
        self.asked += [(job.id, name, None) for name, mine in jobs.items() for job in mine]
        mixed: list[Job] = [job for row in zip(*jobs.values(), strict=True) for job in row]
        if self.expect is not None:
            self.expect(len(mixed))
        execute(
            mixed,
            self.store,
            self.executor,
            in_flight=self.in_flight,
            progress=self.progress,
            keep=self.keep,
            failed=self.failures.append,
        )
        keep = list(range(replicates))
        if self.allow_gaps:
            done = self.store.done
            keep = [r for r in keep if all(js[r].id in done for js in jobs.values())]
            if len(keep) < 2:
                raise ScenarioError("too many runs have failed: fewer than two replicates are left")
        return {name: [js[r].id for r in keep] for name, js in jobs.items()}

    def jobs(self, scenario: Scenario, replicates: int, note: str) -> list[Job]:
        """Return the jobs for replicates of a scenario, over the members of an ensemble if any."""
        if self.ensemble is None:
            return make_jobs(scenario, self.seed, replicates, note=note)
        made: dict[int, Scenario] = {}
        jobs = []
        for r in range(replicates):
            member = self.ensemble.member(r)
            if member not in made:
                made[member] = self.ensemble.world(scenario, r)
            jobs += make_jobs(made[member], self.seed, 1, first=r, note=note)
        return jobs

    def note(self, world: str, scenario: Scenario) -> str:
        """Say what a world is and what the user has changed, as far as its name does not."""
        here = [] if world in scenario.name else [world]
        return ", ".join([*here, *self.settings])


def summaries(store: Store, ids: Sequence[str], by_luck: bool = False) -> pd.DataFrame:
    """Return the summary outcomes of runs, one row each, in the order of the ids.

    An id may stand twice: points of a sample that are alike share a run. They are named by
    id or, ``by_luck``, by seed and replicate.
    """
    table = store.table("summary", list(dict.fromkeys(ids)))
    table = table.set_index("id").loc[list(ids)]
    if by_luck:
        return table.set_index(["seed", "replicate"]).drop(columns="name")
    return table.drop(columns=list(LABELS))
