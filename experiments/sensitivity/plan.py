"""A study checked against its scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from experiments.displacement.question import Question
from experiments.displacement.verdicts import LOOKED_AT, outcome_names
from experiments.runner.ensemble import Ensemble
from experiments.sensitivity.factors import Factor, count_points, resolve_factors
from experiments.sensitivity.study import FREE, Study
from sim.errors import ScenarioError, hint
from sim.scenario.content import day_problems
from sim.scenario.layers import TOO_DEEP, Layer, Reading, read_toml, split_pair
from sim.scenario.messages import explain
from sim.scenario.scenario import Scenario, as_mistakes
from sim.scenario.tree import Location, Problem, plain

OF_A_GRID = ("displaced", "entrant_share")  # outcomes, where a grid names none
MOST_POINTS = 1_000_000  # of a sample; their table is held in memory whole
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
    ensemble : Ensemble or None
        Over whose members the replicates of every point are run; see ``use``.
    """

    def __init__(
        self, study: Study, label: str, folder: Path, told: ScenarioError | None = None
    ) -> None:
        self.study, self.label = study, label
        wrong = list(told.mistakes) if told else []
        wrong += self._method_problems()
        try:
            self.scenario = self._load(folder)
        except ScenarioError as error:
            raise ScenarioError(*wrong, *error.mistakes, *self._wrong_factors()) from None
        self.ensemble: Ensemble | None = None
        self.question: Question | None = None
        self.factors: list[Factor] = []
        for work in (self._ask, self._resolve):
            try:
                work()
            except ScenarioError as error:
                wrong += error.mistakes
        self.outcomes = list(dict.fromkeys(self._wanted()))
        known = outcome_names(self.scenario)
        wrong += [
            f"{label}: unknown outcome '{name}'{hint(name, known)}"
            for name in self.outcomes
            if name not in known
        ]
        wrong += [] if wrong else self._size_problems()
        if wrong:
            raise ScenarioError(*wrong)

    def use(self, ensemble: Ensemble | None) -> None:
        """Run replicates over the members of an ensemble; refuse factors that members decide."""
        if ensemble is not None:
            ensemble.refuse_clash([f"{factor.name}=" for factor in self.factors])
        self.ensemble = ensemble

    def _load(self, folder: Path) -> Scenario:
        """Load the scenario; what is wrong with it or with the settings is the study's mistake."""
        study = self.study
        try:
            path = folder / study.scenario
            near = study.scenario.endswith(".toml") and path.is_file()
            return Scenario.load(path if near else study.scenario, list(study.settings))
        except ScenarioError as error:
            raise ScenarioError(
                *(f"{self.label}: {told.replace('--set', 'settings')}" for told in error.mistakes)
            ) from None
        except (OSError, ValueError) as error:  # a name that no file can have
            what = f"scenario = {study.scenario!r:.60} is not a name or path"
            raise ScenarioError(f"{self.label}: {what}") from error

    def _wrong_factors(self) -> tuple[str, ...]:
        """Return what is wrong with factors of the register where there is no scenario."""
        own = tuple(t for t in self.study.factors if not t.name.startswith("organisations."))
        study = self.study.model_copy(update={"factors": own})
        try:
            resolve_factors(study, Scenario.load("baseline"), self.label)
        except ScenarioError as error:
            return error.mistakes
        return ()

    def _wanted(self) -> list[str]:
        study = self.study
        return [*study.outcomes, *([study.discovery.outcome] if study.discovery else [])]

    def _resolve(self) -> None:
        self.factors = resolve_factors(self.study, self.scenario, self.label)

    def _ask(self) -> None:
        study = self.study
        if not study.paired:
            return
        if study.entrant is None:
            first = next(name for name in self._wanted() if name in LOOKED_AT)
            raise ScenarioError(
                f"{self.label}: key 'entrant' is missing; '{first}' compares "
                "worlds in which it is allowed and barred or held"
            )
        try:
            asked = Question.ask(
                self.scenario, study.entrant, study.market, study.since, study.against
            )
            asked.worlds(self.scenario)  # refuses what the model cannot do, before all else
            self.question = asked
        except ScenarioError as error:
            told = (f"{self.label}: {one.replace('--', '')}" for one in error.mistakes)
            raise ScenarioError(*told) from None

    def _method_problems(self) -> Iterator[str]:
        """Yield what does not fit the method."""
        study, methods, label = self.study, self.study.methods, self.label
        if len(methods) > 1 and any(method not in FREE for method in methods):
            shared = f"only {', '.join(FREE)} can share a sample"
            yield f"{label}: method = {list(methods)}: {shared}"
            return
        if len(set(methods)) < len(methods):
            yield f"{label}: method = {list(methods)}: one stands twice"
        for method in methods:
            if study.samples < FEWEST[method]:
                what = f"samples = {study.samples} is too few for {method}"
                yield f"{label}: {what}: at least {FEWEST[method]}"
        few = "sobol" in methods and study.samples < FEWEST["sobol"]
        if "sobol" in methods and study.samples & (study.samples - 1) and not few:
            needs = "is no power of two, which Sobol's sequence needs"
            yield f"{label}: samples = {study.samples} {needs}"
        if "morris" in methods and study.levels % 2:
            yield f"{label}: levels = {study.levels} is not an even number"

    def _size_problems(self) -> Iterator[str]:
        """Yield why so many factors are too few, too many, or of no use to the method."""
        methods, label = self.study.methods, self.label
        grouped = any(factor.group for factor in self.factors)
        if grouped and not set(methods) <= {"morris", "sobol"}:
            yield f"{label}: groups of factors need method morris or sobol"
        if "grid" in methods and len(self.factors) != 2:
            yield f"{label}: a grid has two factors, not {len(self.factors)}"
        units = {factor.group or factor.name for factor in self.factors}
        if "grid" not in methods and len(units) < 2:
            yield f"{label}: a study needs at least two factors or groups"
        points = count_points(self.study, self.factors)
        if points > MOST_POINTS:
            what = f"{points:,} points, more than {MOST_POINTS:,}"
            yield f"{label}: samples = {self.study.samples} makes {what}"


def load_study(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Plan:
    """Read a study, of the ready ones or of a file, and check all of it.

    Raises
    ------
    ScenarioError
        If anything is wrong: a line for each mistake, with file, key, value and range.
    """
    if "\0" in str(name_or_path) or not str(name_or_path).strip():
        raise ScenarioError(f"{str(name_or_path)!r:.60} is not the name of a study or file")
    path = Path(name_or_path)
    ready = {p.stem: p for p in sorted(READY.glob("*.toml"))}
    if str(name_or_path) in ready:
        path = ready[str(name_or_path)]
    if path.is_dir():
        raise ScenarioError(f"{name_or_path}: this is a directory, not a study file")
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
    reading = Reading([Layer(label, content)])
    for text in overrides:
        try:
            key, value = split_pair(text)
            reading.layers.append(Layer("--set", {key: value}))
        except ScenarioError as error:
            reading.tell("--set", error)
    merged = dict(content)
    for layer in reading.layers[1:]:
        merged |= layer.content
    found: list[Problem] = []
    try:
        tree = plain(with_grid_defaults(merged), (), found)
    except RecursionError:
        raise ScenarioError(f"{label}: {TOO_DEEP}") from None
    found += day_problems((), tree, (("since",),))
    mistakes: list[Any] = as_mistakes(found)
    study = None
    try:
        study = Study.model_validate_json(json.dumps(tree, default=str), strict=True)
    except ValidationError as error:
        mistakes[:0] = error.errors(include_url=False)
        study = what_is_left(tree, [one["loc"] for one in mistakes])
    told = None
    if mistakes or reading.told:
        told = explain(mistakes, Study, reading.layers, reading.told)
    if study is None:
        assert told is not None
        raise told
    return Plan(study, label, folder, told)


def what_is_left(tree: Mapping[str, Any], wrong: Sequence[Location]) -> Study | None:
    """Return a study without what is wrong in its file, so that the rest is checked with it.

    What it cannot do without is put in place of what is wrong or missing.
    """
    left, factors = dict(tree), tree.get("factors")
    in_factors = {where[1] for where in wrong if where[0] == "factors" and len(where) > 1}
    for where in wrong:
        if where[0] != "factors" or len(where) == 1:
            left.pop(str(where[0]), None)
    if isinstance(factors, list) and "factors" in left:
        left["factors"] = [table for n, table in enumerate(factors) if n not in in_factors]
    grid = any(isinstance(t, dict) and "values" in t for t in left.get("factors", ()))
    stand_in = {"name": "-", "scenario": "baseline", "outcomes": ["flights_per_year"]}
    left = {**stand_in, "method": "grid" if grid else "morris", **left}
    methods = left["method"] if isinstance(left["method"], list) else [left["method"]]
    left.setdefault("samples", 2 ** max(FEWEST[method] for method in methods).bit_length())
    try:
        return Study.model_validate_json(json.dumps(left, default=str), strict=True)
    except ValidationError:
        return None
