"""Finished runs and studies in one tidy table, for figures and statistics of one's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from experiments.results.listing import find
from experiments.runner.outcomes import summarise
from experiments.runner.store import LABELS, read_summaries
from sim.errors import ScenarioError
from sim.results.folder import MANIFEST, expanded
from sim.run import Run

COLUMNS = ("folder", "scenario", "seed", "replicate", "outcome", "value", "run")
RUNS = "runs.txt"  # ids of the runs that a study has asked for
log = logging.getLogger("airbridge")


def load(*folders: str | Path) -> pd.DataFrame:
    """Put the finished runs and studies in some folders and below into one table.

    Parameters
    ----------
    *folders : str or Path
        Result folders, or folders that hold some. Results that are not finished, or
        broken, are left out and named in a warning.

    Returns
    -------
    DataFrame
        One row for each run and outcome: ``folder``, ``scenario``, ``seed``,
        ``replicate``, ``outcome`` (a name of ``experiments.runner.outcomes``), ``value``,
        and ``run``, the id of the run in its study, which tells the points of a sample
        apart; empty for a single run.

    Raises
    ------
    ScenarioError
        If a folder is none, or no finished result is there.

    Examples
    --------
    >>> import experiments
    >>> table = experiments.load("results")  # doctest: +SKIP
    >>> table.groupby(["scenario", "outcome"])["value"].mean()  # doctest: +SKIP
    """
    parts: list[pd.DataFrame] = []
    for result in find(folders):
        if result.state != "complete":
            log.warning(f"{result.folder}: is {result.state} and left out")
            continue
        path = expanded(result.folder)
        wide = of_run(path) if result.kind == "run" else of_study(path)
        if wide is not None:
            parts.append(tidy(wide.assign(folder=result.folder)))
    if not parts:
        told = ", ".join(str(folder) for folder in folders) or "no folder given"
        raise ScenarioError(f"{told}: no finished run or study is there")
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def tidy(wide: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each run and outcome; outcomes that a run does not have are left out."""
    labels = [column for column in COLUMNS if column in wide]
    long = wide.melt(labels, var_name="outcome", value_name="value")
    long = long[long["value"].notna()]
    return long.astype({"seed": "int64", "replicate": "int64", "value": "float64"})


def of_run(folder: Path) -> pd.DataFrame | None:
    """Return the summary outcomes of a saved run, a row for each replicate."""
    run = Run.load(folder)
    if set(run.tables) < {"markets", "cartels", "legs", "places", "pilots", "ledger"}:
        log.warning(f"{folder / MANIFEST}: is of no run and left out")
        return None
    rows = list(replicates_of(run))
    return pd.DataFrame(rows).assign(scenario=run.scenario.name, run="")


def replicates_of(run: Run) -> Iterator[dict[str, float]]:
    """Yield the summary outcomes of each replicate."""
    for number in sorted(run.tables["ledger"]["replicate"].unique()):
        mine = {
            name: table[table["replicate"] == number].reset_index(drop=True)
            for name, table in run.tables.items()
        }
        one = Run(run.scenario, run.network, mine, run.manifest)
        labels = {"seed": run.manifest.get("seed", -1), "replicate": int(number)}
        yield labels | summarise(one, "summary")["summary"]


def of_study(folder: Path) -> pd.DataFrame:
    """Return the summary outcomes of a study's runs, a row for each."""
    wide = read_summaries(folder / "runs")
    if (folder / RUNS).is_file():
        wide = wide[wide["id"].isin((folder / RUNS).read_text().split())]
    assert set(LABELS) <= set(wide)
    return wide.rename(columns={"name": "scenario", "id": "run"})
