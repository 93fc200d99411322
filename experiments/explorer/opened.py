"""What is to be explored: a scenario, a run that is saved, or a study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.results.worlds import is_result, scenario_in
from sim.errors import ScenarioError
from sim.results.folder import expanded
from sim.results.records import MANIFEST, STUDY, read_record
from sim.run import Run
from sim.scenario.scenario import Scenario

REPORT = "report.md"


@dataclass(frozen=True)
class Opened:
    """A world to look at, and what is known of it already.

    Attributes
    ----------
    scenario : Scenario
    seed : int
        That of the saved run or study, or the scenario's.
    run : Run, optional
        The saved run: its first replicate, which then need not be made.
    report : Path, optional
        Folder with a report of what was found.
    """

    scenario: Scenario
    seed: int
    run: Run | None = None
    report: Path | None = None


def open_up(name: str) -> Opened:
    """Read what the command was given.

    Raises
    ------
    ScenarioError
        If it is no scenario, and no folder with a finished run or study.
    """
    if not is_result(name):
        scenario = Scenario.load(name)
        return Opened(scenario, scenario.seed)
    folder = expanded(name)
    record = read_record(folder / MANIFEST) or read_record(folder / STUDY)
    if record is None:
        raise ScenarioError(f"{folder}: holds no saved run or study")
    report = folder if (folder / REPORT).is_file() else None
    if next(folder.glob("*.parquet"), None) and (folder / "markets.parquet").is_file():
        run = first_replicate(Run.load(folder))
        return Opened(run.scenario, int(run.manifest["seed"]), run, report)
    kept = scenario_in(name)
    if kept is None:
        raise ScenarioError(f"{folder}: keeps no scenario that could be explored")
    seed = record.get("seed")
    return Opened(kept, kept.seed if seed is None else int(seed), None, report)


def first_replicate(run: Run) -> Run:
    """Return a run cut to the first of its replicates."""
    first = int(run.tables["ledger"]["replicate"].min())
    tables = {name: table[table["replicate"] == first] for name, table in run.tables.items()}
    manifest = {**run.manifest, "replicate": first}
    return Run(run.scenario, run.network, tables, manifest)
