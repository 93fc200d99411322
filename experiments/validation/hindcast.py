"""Does the model follow 2010-2023? Its observations against the data and simpler forecasts.

Each replicate draws its own luck and its own deviation of every path (a range of the
data is taken to hold 90 %), so that the band of the model holds luck and what is not
known of the drivers. Years to 2016 may be fitted; later years judge.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.runner.ensemble import Ensemble, split_variance
from experiments.runner.execute import execute
from experiments.runner.jobs import Job, make_jobs
from experiments.runner.laboratory import Laboratory
from experiments.validation.forecasts import (
    LAST_FITTED,
    LEVEL,
    MODEL,
    PERSISTENCE,
    TREND,
    score,
)
from experiments.validation.must_hold import Line, lines
from experiments.validation.scores import NINETY, difference
from sim.engine.streams import name_key
from sim.errors import ScenarioError
from sim.parameters.switches import Switches
from sim.results.spread import spread
from sim.scenario.evidence import read_evidence
from sim.scenario.paths import without
from sim.scenario.scenario import Scenario

OFF, EFFORT_HELD, NO_EXCHANGES = "strategy off", "effort held", "exchanges off"
BEFORE = "prior"  # the same forecast over worlds as they were thought possible before fitting
STRATEGY = ("expansion", "founding", "size", "affiliation", "territory")
FIT, JUDGE, REPORT = "fit 2010-2016", "judge 2017+", "report only"
TEXTS = ("group", "measure", "where", "unit", "use")
SPAN = (dt.date(2013, 1, 7), dt.date(2019, 12, 15))  # days that a history must cover


@dataclass(frozen=True)
class Hindcast:
    """What a hindcast found.

    Attributes
    ----------
    scores : DataFrame
        One row per observation; see ``experiments.validation.forecasts.score``.
    table : DataFrame
        By group and period: number of observations, share inside the 90 % band and mean
        relative CRPS of each contender, on the observations that all can tell.
    bands : DataFrame
        The model's 5 %, 50 % and 95 % of every series compared, in all years.
    must_hold : list of Line
        What a history must show, failures first.
    contenders : list of str
        The model first.
    replicates : int
    split : DataFrame or None
        Over an ensemble: by judged observation, the part of the forecast's variance that is luck.
    """

    scores: pd.DataFrame
    table: pd.DataFrame
    bands: pd.DataFrame
    must_hold: list[Line]
    contenders: list[str]
    replicates: int
    split: pd.DataFrame | None = None

    def gap(self, contender: str = MODEL, other: str = PERSISTENCE) -> tuple[float, float, float]:
        """Return a contender's CRPS less that of another over judged years, with interval."""
        judged = comparable(self.scores[self.scores["use"] == JUDGE], self.contenders)
        return difference(judged, f"{contender}.crps", f"{other}.crps")


def variants(scenario: Scenario) -> dict[str, Scenario]:
    """Return the worlds that are run: the model, and what it is without some of it."""
    off = {name: False for name in STRATEGY}
    worlds = {MODEL: scenario, OFF: scenario.with_switches(**off)}
    if "exchanges" in Switches.model_fields:
        worlds[NO_EXCHANGES] = scenario.with_switches(exchanges=False)
    worlds[EFFORT_HELD] = scenario.model_copy(update={"paths": without(scenario.paths, "effort")})
    return worlds


def drawn(
    scenario: Scenario, seed: int, replicate: int, ensemble: Ensemble | None = None
) -> Scenario:
    """Return a scenario in which every path has a deviation of its own, keyed by its name.

    Those of which an ensemble knows stay as its member has them.
    """
    paths = dict(scenario.paths)
    for name, path in scenario.paths.items():
        if ensemble is not None and ensemble.knows(name):
            continue
        key = [name_key("path"), seed, replicate, name_key(name)]
        draw = float(np.random.default_rng(key).standard_normal()) / NINETY
        deviation = min(max(path.deviation + draw, -2.0), 2.0)
        paths[name] = path.model_copy(update={"deviation": deviation})
    return scenario.model_copy(update={"paths": paths})


def read_observations(path: Path) -> pd.DataFrame:
    """Read what was observed: a table of evidence with the year and use of each observation.

    Raises
    ------
    ScenarioError
        If the table is missing or anything in it is wrong.
    """
    table = read_evidence(path, TEXTS, ("year", "value", "low", "high"))
    strange = sorted(set(table["use"]) - {FIT, JUDGE, REPORT})
    if strange:
        raise ScenarioError(f"{path}: use = {strange[0]} is not one of {FIT}, {JUDGE}, {REPORT}")
    late = (table["use"] == FIT) & (table["year"] > LAST_FITTED)
    if late.any():
        year = int(table.loc[late, "year"].iloc[0])
        raise ScenarioError(f"{path}: {year} is a judged year, and nothing is fitted to it")
    return table.astype({"year": int})


def check(scenario: Scenario, path: Path | None = None) -> pd.DataFrame:
    """Refuse a scenario that does not cover the years; return the observations it covers.

    Parameters
    ----------
    path : Path, optional
        Other observations to judge with; the fitted years of the data pack, which
        persistence and the trend need, are added where it has none of its own.
    """
    years = (scenario.start.year, scenario.end.year)
    if scenario.start > SPAN[0] or scenario.end < SPAN[1]:
        raise ScenarioError(
            f"{scenario.name}: a hindcast needs {SPAN[0].year} to {SPAN[1].year} at least; "
            f"this runs from {scenario.start} to {scenario.end}"
        )
    own = scenario.data_folder / "observations.csv"
    table = read_observations(path or own)
    if path is not None and own.is_file():
        known = read_observations(own)
        both = pd.concat([table, known[known["use"] == FIT]], ignore_index=True)
        table = both.drop_duplicates(["measure", "where", "year"], ignore_index=True)
    return table[table["year"].between(*years)]


def hindcast(
    lab: Laboratory, scenario: Scenario, replicates: int, observations: pd.DataFrame
) -> Hindcast:
    """Run the model and its variants, and score them against what was observed."""
    worlds = {
        name: run_all(lab, world, replicates, name, lab.ensemble)
        for name, world in variants(scenario).items()
    }
    if lab.ensemble is not None:
        worlds[BEFORE] = run_all(lab, scenario, replicates, BEFORE, lab.ensemble.of_prior())
    without_effort = worlds.pop(EFFORT_HELD)
    found = score(observations, worlds)
    contenders = [*worlds, LEVEL, PERSISTENCE, TREND]
    return Hindcast(
        scores=found,
        table=tabulate(found, contenders),
        bands=bands_of(worlds[MODEL], observations),
        must_hold=lines(worlds[MODEL], without_effort, observations),
        contenders=contenders,
        replicates=replicates,
        split=None if lab.ensemble is None else split_by_series(worlds[MODEL], observations),
    )


def run_all(
    lab: Laboratory,
    world: Scenario,
    replicates: int,
    name: str,
    ensemble: Ensemble | None = None,
) -> pd.DataFrame:
    """Run all replicates of a world, over an ensemble if any; return what was observed of them."""
    jobs: list[Job] = []
    for r in range(replicates):
        one = world if ensemble is None else ensemble.world(world, r)
        one = drawn(one, lab.seed, r, ensemble)
        jobs += make_jobs(one, lab.seed, 1, detail="observed", first=r, note=name)
    if lab.expect is not None:
        lab.expect(len(jobs))
    told = lab.failures.append
    execute(
        jobs,
        lab.store,
        executor=lab.executor,
        in_flight=lab.in_flight,
        progress=lab.progress,
        keep=lab.keep,
        failed=told,
    )
    ids = [job.id for job in jobs]
    if lab.allow_gaps:
        ids = [one for one in ids if one in lab.store.done]
    return lab.store.table("observed", ids)


def bands_of(model: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return median and band over replicates of the series that are compared, by year."""
    keys = ["measure", "where", "year"]
    wanted = pd.MultiIndex.from_frame(observations[keys[:2]]).unique()
    mine = model[pd.MultiIndex.from_frame(model[keys[:2]]).isin(wanted)]
    found = [(*key, *spread(values)) for key, values in mine.groupby(keys)["value"]]
    return pd.DataFrame(found, columns=[*keys, "low", "median", "high"])


def split_by_series(model: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return, by judged observation, how much of the variance over replicates is luck."""
    judged = observations[observations["use"] == JUDGE]
    series = {key: rows for key, rows in model.groupby(["measure", "where", "year"])}
    found = []
    for row in judged.itertuples():
        mine = series.get((row.measure, row.where, row.year))
        if mine is not None and len(mine) > 1:
            values = mine.sort_values("replicate")["value"].to_numpy(float)
            share = split_variance(values).luck_share
            found.append((row.group, row.measure, row.where, row.year, share))
    return pd.DataFrame(found, columns=["group", "measure", "where", "year", "luck_share"])


def comparable(scores: pd.DataFrame, contenders: list[str]) -> pd.DataFrame:
    """Return the observations of which every contender can tell."""
    return scores[scores[[f"{name}.crps" for name in contenders]].notna().all(axis=1)]


def tabulate(scores: pd.DataFrame, contenders: list[str]) -> pd.DataFrame:
    """Return share inside and mean CRPS by group, period and contender, and over all groups."""
    whole = [scores, scores[scores["use"] != REPORT].assign(group="all")]
    rows = []
    for (group, use), mine in pd.concat(whole).groupby(["group", "use"], sort=False):
        told = comparable(mine, contenders)
        row: dict[str, object] = {
            "group": group,
            "period": use,
            "observations": len(mine),
            "not_in_model": int(mine[f"{MODEL}.crps"].isna().sum()),
            "compared": len(told),
            "model_inside_all": mine[f"{MODEL}.inside"].mean(),
        }
        for name in contenders:
            row[f"{name}.inside"] = told[f"{name}.inside"].mean()
            row[f"{name}.crps"] = told[f"{name}.crps"].mean()
        rows.append(row)
    order = {JUDGE: 0, FIT: 1, REPORT: 2}
    table = pd.DataFrame(rows)
    table["order"] = table["period"].map(order)
    return table.sort_values(["order", "group"], kind="stable", ignore_index=True).drop(
        columns="order"
    )
