"""The worlds that finished results hold, fit to be compared: outcomes by seed and replicate."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.results.frame import KEYS, WHICH, outcomes_of
from experiments.results.listing import find
from sim.errors import ScenarioError
from sim.results.folder import expanded
from sim.results.question import SCENARIO
from sim.results.records import RECORDS
from sim.scenario.scenario import Scenario

LUCK = ["seed", "replicate"]  # two runs that have both in common share their luck
FILES = (SCENARIO, SCENARIO.replace(".", "_1."))  # the scenario of a result, or its first


def is_result(name: str) -> bool:
    """Say whether a name is that of a folder with results, and no scenario's."""
    from scenarios import library

    return name not in library() and not name.endswith(".toml") and Path(name).is_dir()


def worlds_in(folder: str, but: Path) -> dict[str, pd.DataFrame]:
    """Return the outcomes of the finished results in a folder and below, world by world.

    Parameters
    ----------
    folder : str
        A result's folder, or one that holds some.
    but : Path
        A folder that is left out: the one that the comparison goes into.

    Returns
    -------
    dict of str to DataFrame
        By the name of the folder, with that of the world where there are many: a row for
        each seed and replicate, a column for each outcome. Points of a sample that share
        both are one row, their mean.

    Raises
    ------
    ScenarioError
        If nothing finished is there.
    """
    top = expanded(folder)
    itself = any((top / name).is_file() for name in RECORDS)
    worlds: dict[str, pd.DataFrame] = {}
    for result in find([folder]):
        if expanded(result.folder) == expanded(but):
            continue
        if itself and result.state != "complete":
            raise ScenarioError(
                f"{folder}: is {result.state}{f' ({w})' if (w := result.why) else ''}"
            )
        wide = outcomes_of(result)
        if wide is None:
            continue
        names = list(dict.fromkeys(wide["world"]))
        for name in names:
            mine = wide[wide["world"] == name].drop(
                columns=[k for k in (*KEYS, *WHICH) if k not in LUCK]
            )
            label = result.folder if len(names) == 1 else f"{result.folder}: {name}"
            worlds[label] = mine.groupby(LUCK).mean().dropna(axis=1, how="all")
    if not worlds:
        raise ScenarioError(f"{folder}: no finished run or study is there")
    return worlds


def scenario_in(folder: str) -> Scenario | None:
    """Return a scenario of the first result in a folder, whose organisations have names."""
    for result in find([folder]):
        for name in FILES:
            if (path := expanded(result.folder) / name).is_file():
                return Scenario.load(path)
    return None
