"""A calibration study checked against its scenario and the data pack."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from experiments.calibration.prior import Prior
from experiments.calibration.study import CalibrationStudy, TargetTable
from experiments.calibration.targets import Target, targets_of
from experiments.sensitivity.factors import resolve_factors
from experiments.sensitivity.plan import READY
from experiments.sensitivity.study import Study
from experiments.validation.forecasts import LAST_FITTED
from experiments.validation.hindcast import FIT, read_observations
from sim.errors import ScenarioError, hint, listed
from sim.scenario.layers import Layer, Reading, read_toml, split_pair
from sim.scenario.messages import explain
from sim.scenario.scenario import Scenario

FEWEST_FACTORS, POINTS_A_FACTOR = 2, 4


@dataclass(frozen=True)
class Plan:
    """A study checked against its scenario.

    Attributes
    ----------
    study : CalibrationStudy
    label : str
        The study's file, for messages.
    scenario : Scenario
        Ends with the last year that may be fitted: later years are not even run.
    prior : Prior
    targets : tuple of Target
    """

    study: CalibrationStudy
    label: str
    scenario: Scenario
    prior: Prior
    targets: tuple[Target, ...]

    @property
    def runs_of_waves(self) -> int:
        """Number of runs of all waves."""
        return sum(self.study.waves) * self.study.runs


def load_plan(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Plan:
    """Read a calibration study, of the ready ones or of a file, and check all of it.

    Raises
    ------
    ScenarioError
        If anything is wrong: a line for each mistake, with file, key, value and range.
    """
    ready = {path.stem: path for path in sorted(READY.glob("*.toml"))}
    path = ready.get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        offer = hint(path.stem, ready) or "; ready is calibration"
        raise ScenarioError(f"{name_or_path}: no such study{offer}")
    label = f"experiments/studies/{path.name}" if path.parent == READY else str(name_or_path)
    content = {"name": path.stem} | read_toml(path, label)
    return plan_of(read_study(content, label, overrides), label, path.parent)


def read_study(
    content: dict[str, Any], label: str, overrides: Sequence[str] = ()
) -> CalibrationStudy:
    """Return the study that a file's content and the user's changes make."""
    reading = Reading([Layer(label, content)])
    for text in overrides:
        try:
            key, value = split_pair(text)
            reading.layers.append(Layer("--set", {key: value}))
        except ScenarioError as error:
            reading.tell("--set", error)
    merged: dict[str, Any] = {}
    for layer in reading.layers:
        merged |= layer.content
    mistakes: list[Any] = []
    try:
        text = json.dumps(merged, default=str)
        study = CalibrationStudy.model_validate_json(text, strict=True)
    except ValidationError as error:
        mistakes = list(error.errors(include_url=False))
    if mistakes or reading.told:
        raise explain(mistakes, CalibrationStudy, reading.layers, reading.told)
    return study


def plan_of(study: CalibrationStudy, label: str, folder: Path) -> Plan:
    """Check a study against its scenario and the data pack."""
    if len(study.factors) < FEWEST_FACTORS or not study.targets:
        raise ScenarioError(
            f"{label}: a calibration needs {FEWEST_FACTORS} factors and one target at least"
        )
    path = folder / study.scenario
    near = study.scenario.endswith(".toml") and path.is_file()
    scenario = fitted_years(
        Scenario.load(path if near else study.scenario, list(study.settings)), label
    )
    least = POINTS_A_FACTOR * (len(study.factors) + 1)
    if study.waves[0] < least or min(study.waves) < 1:
        raise ScenarioError(
            f"{label}: waves = {list(study.waves)}: the first needs at least {least} points for "
            f"{len(study.factors)} factors, each later one at least 1"
        )
    stand_in = Study(
        name=study.name,
        scenario=study.scenario,
        method="delta",
        samples=2,
        outcomes=("flights_per_year",),
        factors=study.factors,
    )
    factors = resolve_factors(stand_in, scenario, label)
    odd = [f.name for f in factors if f.distribution not in ("uniform", "log_uniform")]
    if odd:
        raise ScenarioError(f"{label}: factor '{odd[0]}': distribution is uniform or log_uniform")
    if twice := [f.name for f in factors if f.name.startswith("paths.")]:
        raise ScenarioError(
            f"{label}: factor '{twice[0]}': deviations of paths are unknown without being listed"
        )
    prior = Prior(tuple(factors), tuple(scenario.paths))
    return Plan(study, label, scenario, prior, find_targets(study, scenario, label))


def fitted_years(scenario: Scenario, label: str) -> Scenario:
    """Return the scenario cut at the end of the last year that may be fitted.

    Events after it are taken away, so that nobody has to be told of each.
    """
    last = dt.date(LAST_FITTED, 12, 31)
    weeks = min(scenario.weeks, max((last - scenario.start).days // 7 + 1, 1))
    cut = scenario.model_copy(update={"weeks": weeks})
    if cut.start.year > LAST_FITTED:
        raise ScenarioError(f"{label}: scenario {scenario.name} begins after {LAST_FITTED}")
    events = tuple(event for event in cut.events if event.date <= cut.end)
    return cut.model_copy(update={"events": events})


def find_targets(study: CalibrationStudy, scenario: Scenario, label: str) -> tuple[Target, ...]:
    """Return the targets of a study with what was observed of them, in fitted years alone."""
    table = read_observations(scenario.data_folder / "observations.csv")
    table = table[(table["use"] == FIT) & (table["year"] <= LAST_FITTED)]
    mistakes: list[str] = []
    found: list[Target] = []
    for asked in study.targets:
        if asked.level is None and asked.change is None:
            mistakes.append(f"{label}: target '{asked.name}' has neither level nor change")
            continue
        mistakes += unknown(asked, table, label)
        if not mistakes:
            found += targets_of(asked, table, label)
    names = [target.name for target in found]
    mistakes += [f"{label}: target '{n}' stands twice" for n in set(names) if names.count(n) > 1]
    if mistakes:
        raise ScenarioError(listed(mistakes))
    return tuple(found)


def unknown(asked: TargetTable, table: pd.DataFrame, label: str) -> list[str]:
    """Return what of a target no observation in the fitted years tells."""
    measures = sorted(set(table["measure"]))
    start = f"{label}: target '{asked.name}'"
    if asked.measure not in measures:
        return [f"{start}: no measure '{asked.measure}'{hint(asked.measure, measures)}"]
    places = sorted(set(table.loc[table["measure"] == asked.measure, "where"]))
    return [
        f"{start}: no {asked.measure} of '{place}' in 2010-{LAST_FITTED}{hint(place, places)}"
        for place in asked.where
        if place not in places
    ]
