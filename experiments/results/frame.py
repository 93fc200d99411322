"""Finished runs and studies in one tidy table, for figures and statistics of one's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from experiments.results.listing import Result, find
from experiments.runner.outcomes import summarise
from experiments.runner.store import LABELS, read_summaries
from sim.errors import ScenarioError
from sim.results.folder import expanded
from sim.results.records import COMPLETE, MANIFEST, listed, read_record
from sim.run import Run

KEYS = ("folder", "scenario", "seed", "replicate")
WHICH = ("world", "point", "run")
COLUMNS = (*KEYS, "outcome", "value", *WHICH)
RUNS = "runs.csv"  # the runs that a study has asked for: id, world, point of a sample
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
        and, as its study calls them, ``world``, ``point`` (row of the sample, where there
        is one) and ``run`` (id; empty for a single run).

    Raises
    ------
    ScenarioError
        If a folder is none, or no finished result is there.

    Notes
    -----
    Means over replicates, from results that are there::

        table = experiments.load("results")
        table.groupby(["scenario", "outcome"])["value"].mean()
    """
    parts = [tidy(wide) for wide in map(outcomes_of, find(folders)) if wide is not None]
    if not parts:
        told = ", ".join(str(folder) for folder in folders) or "no folder given"
        raise ScenarioError(f"{told}: no finished run or study is there")
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def tidy(wide: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each run and outcome; outcomes that a run does not have are left out."""
    labels = [column for column in COLUMNS if column in wide]
    long = wide.melt(labels, var_name="outcome", value_name="value")
    long = long[long["value"].notna()]
    kinds = {"seed": "int64", "replicate": "int64", "value": "float64"}
    return long.astype(kinds | ({"point": "Int64"} if "point" in long else {}))


def outcomes_of(result: Result) -> pd.DataFrame | None:
    """Return the outcomes of a result, a row for each run; none, and say so, if it has none."""
    path = expanded(result.folder)
    if result.state != COMPLETE:
        why = f" ({result.why})" if result.why else ""
        log.warning(f"{result.folder}: is {result.state}{why} and left out")
        return None
    if result.kind == "run":
        wide = of_run(path)
    else:
        wide = of_study(path)
    if wide is None or wide.empty:
        log.warning(f"{result.folder}: keeps no runs ({result.question}) and is left out")
        return None
    return wide.copy().assign(folder=result.folder)  # a copy has its columns side by side


def of_run(folder: Path) -> pd.DataFrame | None:
    """Return the summary outcomes of a saved run, a row for each replicate."""
    if "ledger.parquet" not in dict(listed(read_record(folder / MANIFEST) or {}, "files")):
        return None  # tables of something else, as of years at rest
    run = Run.load(folder)
    name = run.scenario.name
    wide = pd.DataFrame(list(replicates_of(run)))
    return wide.assign(scenario=name, world=name, point=pd.NA, run="")


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


def of_study(folder: Path) -> pd.DataFrame | None:
    """Return the summary outcomes of the runs that a study has asked for, a row for each."""
    if not (folder / RUNS).is_file():
        return None  # sampled, not run
    asked = pd.read_csv(folder / RUNS, dtype={"run": str, "world": str, "point": "Int64"})
    kept = read_summaries(folder / "runs").rename(columns={"name": "scenario", "id": "run"})
    assert {"scenario", "run", *LABELS[1:]} <= set(kept)
    return asked.merge(kept, on="run", how="inner")
