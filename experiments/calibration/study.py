"""A calibration study: what is unknown, what it is put to, and how far the model may miss.

A study is a TOML file beside those of sensitivity. Factors go by their names in the
register; the deviations of all the scenario's paths are unknown besides. Targets are series
of ``observations.csv`` in the fitted years; each says how far the model may miss it for
reasons of its own, and why. See ``docs/guide/calibration.md``.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, ValidationError

from experiments.calibration.prior import Prior
from experiments.calibration.targets import Target, targets_of
from experiments.sensitivity.factors import resolve_factors
from experiments.sensitivity.plan import READY
from experiments.sensitivity.study import FactorTable, Strict, Study
from experiments.validation.forecasts import LAST_FITTED
from experiments.validation.hindcast import FIT, read_observations
from sim.errors import ScenarioError, hint, listed
from sim.scenario.layers import Layer, Reading, read_toml, split_pair
from sim.scenario.messages import explain
from sim.scenario.scenario import Scenario, as_mistakes
from sim.scenario.values import quantity


class TargetTable(Strict):
    """One series, or several of a kind, that the model is put to."""

    name: str = Field(..., min_length=1, description="What it is, in a few words")
    measure: str = Field(..., min_length=1, description="As in observations.csv")
    where: tuple[str, ...] = Field(
        ..., min_length=1, description="As in observations.csv; of several the mean of logs"
    )
    level: float | None = Field(
        None, gt=0, le=5, description="Discrepancy of the mean over years, log; left out, no target"
    )
    change: float | None = Field(
        None, gt=0, le=5, description="Discrepancy of the change over the years, log"
    )
    reason: str = Field(..., min_length=1, description="Why the model may miss by so much")


class RecoveryTable(Strict):
    """How the code is tried on data that the model itself has made."""

    points: int = quantity(10, "1", 0, 100, "Hidden points; without any there is no trial")
    particles: int = quantity(600, "1", 100, 20_000, "Draws of the posterior at each")


class CalibrationStudy(Strict):
    """What a calibration asks and how it goes about it."""

    name: str = Field(..., min_length=1, description="Short name; a file's stem unless given")
    question: str = Field("", description="The question that the study asks")
    scenario: str = Field(..., min_length=1, description="Name in the library, or a path")
    settings: tuple[str, ...] = Field((), description="Changes to the scenario, 'key=value'")
    seed: int = quantity(1, "1", 0, 2**31 - 2, "Seed of the points and of the luck")
    waves: tuple[int, ...] = Field(..., min_length=1, description="Points of each wave")
    runs: int = quantity(
        2, "1", 1, 100, "Runs at each point, each with its own luck and deviations of paths"
    )
    cut: float = quantity(3.0, "standard deviations", 1, 10, "Implausibility that rules out")
    tolerated: int = quantity(
        2, "1", 0, 50, "Targets that a point may miss by more before it is ruled out"
    )
    candidates: int = quantity(20_000, "1", 1000, 10_000_000, "Draws by which volume is measured")
    particles: int = quantity(1000, "1", 100, 100_000, "Draws of the posterior")
    members: int = quantity(200, "1", 20, 10_000, "Points of the ensemble")
    recovery: RecoveryTable = RecoveryTable()
    factors: tuple[FactorTable, ...] = Field(..., min_length=2, description="What is unknown")
    targets: tuple[TargetTable, ...] = Field(..., min_length=1, description="What is to be met")


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
        mistakes = as_mistakes([]) + error.errors(include_url=False)
    if mistakes or reading.told:
        raise explain(mistakes, CalibrationStudy, reading.layers, reading.told)
    return study


def plan_of(study: CalibrationStudy, label: str, folder: Path) -> Plan:
    """Check a study against its scenario and the data pack."""
    path = folder / study.scenario
    near = study.scenario.endswith(".toml") and path.is_file()
    scenario = fitted_years(
        Scenario.load(path if near else study.scenario, list(study.settings)), label
    )
    few = [n for n in study.waves if n < 4 * (len(study.factors) + 1)]
    if few:
        least = 4 * (len(study.factors) + 1)
        raise ScenarioError(
            f"{label}: waves = {few[0]} points are too few for {len(study.factors)} factors: "
            f"at least {least}"
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
