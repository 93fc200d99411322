"""A study checked against its scenario."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from experiments.displacement.question import Question
from experiments.displacement.verdicts import LOOKED_AT, outcome_names
from experiments.sensitivity.factors import Factor, resolve_factors
from experiments.sensitivity.study import FREE, Study
from sim.errors import ScenarioError, hint
from sim.scenario.layers import Layer, read_toml
from sim.scenario.messages import explain
from sim.scenario.scenario import Scenario

OF_A_GRID = ("displaced", "entrant_share")  # outcomes, where a grid names none
READY = Path(__file__).parent.parent / "studies"
FEWEST = {
    "morris": 2,
    "sobol": 8,
    "fast": 65,
    "rbd_fast": 50,
    "delta": 100,
    "pawn": 50,
    "hdmr": 300,
    "grid": 2,
}


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
            first = next(name for name in study.outcomes if name in LOOKED_AT)
            raise ScenarioError(
                f"{self.label}: key 'entrant' is missing; '{first}' compares "
                "worlds in which it is allowed and barred or held"
            )
        try:
            asked = Question.ask(
                self.scenario, study.entrant, study.market, study.since, study.against
            )
            asked.worlds(self.scenario)  # refuses what the model cannot do, before all else
            return asked
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
            raise ScenarioError(
                f"{self.label}: method = {list(methods)}: only {', '.join(FREE)} can share a sample"
            )
        for method in methods:
            if study.samples < FEWEST[method]:
                raise ScenarioError(
                    f"{self.label}: samples = {study.samples} is too few for "
                    f"{method}: at least {FEWEST[method]}"
                )
        if "sobol" in methods and study.samples & (study.samples - 1):
            raise ScenarioError(
                f"{self.label}: samples = {study.samples} is no power of two, "
                "which Sobol's sequence needs"
            )
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


def with_grid_defaults(content: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a grid does not need to be told: its method, its size, what it looks at.

    Two factors that both have values are a grid unless a method is named.
    """
    tables = content.get("factors")
    listed = isinstance(tables, list) and all(isinstance(table, dict) for table in tables)
    if listed and tables and all("values" in table for table in tables):
        content = {"method": "grid"} | content
    if content.get("method") not in ("grid", ["grid"]):
        return content
    usual = {"outcomes": list(OF_A_GRID)} if "entrant" in content else {}
    return {"samples": FEWEST["grid"]} | usual | content  # the points are those of the values


def make_plan(
    content: dict[str, Any], label: str, folder: Path, overrides: Sequence[str] = ()
) -> Plan:
    """Check the content of a study file and make a plan of it."""
    from sim.scenario.layers import split_pair

    content = with_grid_defaults(content | dict(map(split_pair, overrides)))
    try:
        study = Study.model_validate_json(json.dumps(content, default=str), strict=True)
    except ValidationError as error:
        raise explain(error, Study, [Layer(label, content)]) from None
    return Plan(study, label, folder)
