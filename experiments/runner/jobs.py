"""A job: one replicate of one scenario, its id, and its failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.runner import outcomes
from sim.engine.code import code_version
from sim.results.question import world_of
from sim.scenario.scenario import Scenario

Result = tuple[str, dict[str, Any] | None, str]
# Taken once, as the code that is loaded is the code that runs, whatever happens to its files.
CODE = {
    "code": code_version(),
    "outcomes": hashlib.sha256(Path(outcomes.__file__).read_bytes()).hexdigest(),
}


@dataclass(frozen=True)
class Job:
    """One replicate of one scenario to run."""

    id: str
    world: str  # the fingerprint of the scenario
    scenario: Scenario
    seed: int
    replicate: int
    detail: str = "accounts"  # how much is kept; see ``experiments.runner.outcomes``
    note: str = ""  # what a study has changed here, for the reader; not part of the id


@dataclass(frozen=True)
class Failure:
    """A run that ended in an error."""

    job: Job
    error: str

    def __str__(self) -> str:
        job = self.job
        name = f"{job.scenario.name} ({job.note})" if job.note else job.scenario.name
        return f"{name}, seed {job.seed}, replicate {job.replicate}: {self.error}"


def fingerprint(scenario: Scenario) -> str:
    """Return a hash of all that decides a run, seed and replicate apart."""
    parts = {**world_of(scenario), **CODE}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def make_jobs(
    scenario: Scenario,
    seed: int,
    replicates: int,
    detail: str = "accounts",
    first: int = 0,
    note: str = "",
) -> list[Job]:
    """Return the jobs for replicates of a scenario, numbered from ``first``."""
    world = fingerprint(scenario)
    jobs = []
    for r in range(first, first + replicates):
        key = hashlib.sha256(f"{world}/{detail}/{seed}/{r}".encode()).hexdigest()[:24]
        jobs.append(
            Job(
                id=key,
                world=world,
                scenario=scenario,
                seed=seed,
                replicate=r,
                detail=detail,
                note=note,
            )
        )
    return jobs


def row_of(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what a store keeps of a finished job."""
    labels = {"name": job.scenario.name, "seed": job.seed, "replicate": job.replicate}
    summary = {name: [value] for name, value in {**labels, **outcome["summary"]}.items()}
    return {"id": job.id, **outcome, "summary": summary}


def write_failures(failures: Sequence[Failure], path: Path) -> None:
    """Write a table of failed runs; with none, remove the one of an earlier attempt."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    rows = [
        {
            "name": f.job.scenario.name,
            "seed": f.job.seed,
            "replicate": f.job.replicate,
            "note": f.job.note,
            "error": f.error,
        }
        for f in failures
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
