"""A study file: which factors vary, over what, by which method, and what is looked at.

A study is a TOML file beside the scenarios. Factors go by their names in the
register (``ordering.hurdle``) or by a number of an organisation
(``organisations.MX_SINALOA.capital_usd_m``); bounds and distribution are those of the
register unless the study says otherwise. See ``docs/sensitivity.md``.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.factors import Factor, resolve_factors
from experiments.paired import Question
from experiments.points import LOOKED_AT, outcome_names
from sim.calendar import quantity
from sim.complaint import explain
from sim.errors import ScenarioError
from sim.identifiers import hint
from sim.layer import Layer, read_toml
from sim.scenario import Scenario

READY = Path(__file__).parent / "studies"
Method = Literal["morris", "sobol", "fast", "rbd_fast", "delta", "pawn", "hdmr", "grid"]
Distribution = Literal["uniform", "log_uniform", "triangular", "normal"]
FREE = ("rbd_fast", "delta", "pawn", "hdmr")  # work on any sample; they share one
FEWEST = {"morris": 2, "sobol": 8, "fast": 65, "rbd_fast": 50, "delta": 100, "pawn": 50,
          "hdmr": 300, "grid": 2}  # fmt: skip


class Strict(BaseModel):
    """A table of a study file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FactorTable(Strict):
    """One factor of a study; what is left out is as in the register."""

    name: str = Field(..., min_length=1, description="Name in the register, or organisations.ID.X")
    low: float | None = Field(None, description="Lower bound")
    high: float | None = Field(None, description="Upper bound")
    distribution: Distribution | None = Field(None, description="How it is drawn")
    mode: float | None = Field(None, description="Peak of a triangular, mean of a normal one")
    sd: float | None = Field(None, gt=0, description="Standard deviation of a normal one")
    group: str | None = Field(None, min_length=1, description="Factors that move together")
    values: tuple[float, ...] | None = Field(None, description="Values of a grid")
    label: str | None = Field(None, min_length=1, description="Short name in figures")


class DiscoveryTable(Strict):
    """In which box of conditions an outcome is high: scenario discovery with PRIM."""

    outcome: str = Field(..., description="Outcome that makes a case one of interest")
    above: float = Field(0.5, description="A case is of interest above this value")
    density: float = quantity(0.8, "share", 0.05, 1, "Share of cases of interest wanted in a box")


class Study(Strict):
    """What a study asks and how it goes about it."""

    name: str = Field(..., min_length=1, description="Short name; a file's stem unless given")
    question: str = Field("", description="The question that the study asks")
    scenario: str = Field(..., min_length=1, description="Name in the library, or a path")
    settings: tuple[str, ...] = Field((), description="Changes to the scenario, 'key=value'")
    method: Method | tuple[Method, ...] = Field(..., description="How the factors are varied")
    samples: int = quantity(..., "1", 2, 1_000_000, "Base sample size N of the method")
    second_order: bool = Field(False, description="Sobol: second-order indices too")
    levels: int = quantity(4, "1", 2, 64, "Morris: levels of each factor; an even number")
    resamples: int = quantity(1000, "1", 20, 100_000, "Bootstrap samples of an interval")
    replicates: int = quantity(1, "1", 1, 10_000, "Replicates at every point")
    noise_points: int = quantity(0, "1", 0, 1_000_000, "Points at which luck is measured apart")
    noise_replicates: int = quantity(4, "1", 2, 10_000, "Replicates at those points")
    common_luck: bool = Field(True, description="All points share their random draws")
    seed: int = quantity(1, "1", 0, 2**31 - 2, "Seed of the sample, the luck and the intervals")
    entrant: str | None = Field(None, description="Id of the organisation allowed and barred")
    market: str = Field("europe", description="Market of the paired outcomes")
    since: dt.date | None = Field(None, description="Day from which the entrant may enter")
    outcomes: tuple[str, ...] = Field(..., min_length=1, description="What is looked at")
    roles: tuple[Literal["uncertainty", "lever"], ...] = Field(
        (), description="Take all numbers of the register with these roles as factors"
    )
    sections: tuple[str, ...] = Field((), description="... but only those of these sections")
    exclude: tuple[str, ...] = Field((), description="... and not these")
    span: float = quantity(1.0, "share", 0.01, 1, "Part of the register's range around the default")
    factors: tuple[FactorTable, ...] = Field((), description="Factors one by one")
    discovery: DiscoveryTable | None = Field(None, description="Scenario discovery")

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods, one or many that share a sample."""
        return (self.method,) if isinstance(self.method, str) else self.method

    @property
    def paired(self) -> bool:
        """Whether points are run with the entrant allowed and barred."""
        wanted = [*self.outcomes, *([self.discovery.outcome] if self.discovery else [])]
        return any(name in LOOKED_AT for name in wanted)


class Plan:
    """A study checked against its scenario: factors, question and outcomes are known.

    Attributes
    ----------
    study : Study
    scenario : Scenario
    question : Question or None
    factors : list of Factor
    outcomes : list of str
    """

    def __init__(self, study: Study, label: str, folder: Path) -> None:
        self.study, self.label = study, label
        path = folder / study.scenario
        name = path if study.scenario.endswith(".toml") and path.exists() else study.scenario
        self.scenario = Scenario.load(name, list(study.settings))
        self.question = self._ask()
        self.factors: list[Factor] = resolve_factors(study, self.scenario, label)
        self.outcomes = self._outcomes()
        self._check_method()

    def _ask(self) -> Question | None:
        study = self.study
        if not study.paired:
            return None
        if study.entrant is None:
            asked = next(name for name in study.outcomes if name in LOOKED_AT)
            raise ScenarioError(f"{self.label}: key 'entrant' is missing; '{asked}' compares "
                                "worlds in which it is allowed and barred")  # fmt: skip
        try:
            return Question.ask(self.scenario, study.entrant, study.market, study.since)
        except ScenarioError as error:
            raise ScenarioError(f"{self.label}: {str(error).replace('--', '')}") from None

    def _outcomes(self) -> list[str]:
        study, known = self.study, outcome_names(self.scenario)
        wanted = [*study.outcomes, *([study.discovery.outcome] if study.discovery else [])]
        for name in wanted:
            if name not in known:
                raise ScenarioError(f"{self.label}: unknown outcome '{name}'{hint(name, known)}")
        return list(dict.fromkeys(wanted))

    def _check_method(self) -> None:
        study, methods = self.study, self.study.methods
        if len(methods) > 1 and any(method not in FREE for method in methods):
            raise ScenarioError(f"{self.label}: method = {list(methods)}: only {', '.join(FREE)} "
                                "can share a sample")  # fmt: skip
        for method in methods:
            if study.samples < FEWEST[method]:
                raise ScenarioError(f"{self.label}: samples = {study.samples} is too few for "
                                    f"{method}: at least {FEWEST[method]}")  # fmt: skip
        if "sobol" in methods and study.samples & (study.samples - 1):
            raise ScenarioError(f"{self.label}: samples = {study.samples} is no power of two, "
                                "which Sobol's sequence needs")  # fmt: skip
        if "morris" in methods and study.levels % 2:
            raise ScenarioError(f"{self.label}: levels = {study.levels} is not an even number")
        grouped = any(factor.group for factor in self.factors)
        if grouped and not set(methods) <= {"morris", "sobol"}:
            raise ScenarioError(f"{self.label}: groups of factors need method morris or sobol")
        if "grid" in methods and len(self.factors) != 2:
            raise ScenarioError(f"{self.label}: a grid has two factors, not {len(self.factors)}")
        units = {factor.group or factor.name for factor in self.factors}
        if "grid" not in methods and len(units) < 2:
            raise ScenarioError(f"{self.label}: a study needs at least two factors or groups")


def load_study(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Plan:
    """Read a study, of the ready ones or of a file, and check all of it.

    Raises
    ------
    ScenarioError
        If anything is wrong: one line that names file, key, value and range.
    """
    path = Path(name_or_path)
    ready = {p.stem: p for p in sorted(READY.glob("*.toml"))}
    if str(name_or_path) in ready:
        path = ready[str(name_or_path)]
    if not path.is_file():
        offer = hint(path.stem, ready) or f"; ready are {', '.join(ready)}"
        raise ScenarioError(f"{name_or_path}: no such study{offer}")
    label = f"experiments/studies/{path.name}" if path.parent == READY else str(name_or_path)
    content = read_toml(path, label)
    content.setdefault("name", path.stem)
    return make_plan(content, label, path.parent, overrides)


def make_plan(content: dict[str, Any], label: str, folder: Path,
              overrides: Sequence[str] = ()) -> Plan:  # fmt: skip
    """Check the content of a study file and make a plan of it."""
    from sim.layer import split_pair

    content = content | dict(map(split_pair, overrides))
    try:
        study = Study.model_validate_json(json.dumps(content, default=str), strict=True)
    except ValidationError as error:
        raise explain(error, Study, [Layer(label, content)]) from None
    return Plan(study, label, folder)
