"""Factors of a study: names of the register with bounds and a distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ScenarioError, hint
from sim.network import Network
from sim.parameters.registry import Entry, register
from sim.scenario.rows import Organisation
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from experiments.sensitivity.study import FactorTable, Study


GRID_POINTS = 2  # of a factor in a grid, at least
DISTRIBUTIONS = {
    "uniform": "unif",
    "log_uniform": "logunif",
    "triangular": "triang",
    "normal": "truncnorm",
}  # names that SALib knows them by


@dataclass(frozen=True)
class Factor:
    """One number that varies, and how.

    Attributes
    ----------
    name, unit, label
        Name in the register, its unit, and a short name for figures.
    low, high
        Bounds, within the register's range.
    distribution
        ``uniform``, ``log_uniform``, ``triangular`` or ``normal`` (cut off at the bounds).
    mode, sd
        Peak of a triangular one; mean and standard deviation of a normal one.
    group
        Factors of one group move together; empty for one of its own.
    values
        Values of a grid; empty otherwise.
    """

    name: str
    unit: str
    label: str
    low: float
    high: float
    distribution: str = "uniform"
    mode: float = 0.0
    sd: float = 1.0
    group: str = ""
    values: tuple[float, ...] = ()

    @property
    def salib_bounds(self) -> list[float]:
        """Bounds as SALib wants them for this distribution."""
        if self.distribution == "triangular":
            return [self.low, self.high, (self.mode - self.low) / (self.high - self.low)]
        if self.distribution == "normal":
            return [self.low, self.high, self.mode, self.sd]
        return [self.low, self.high]


def spec_of(factors: list[Factor], outcomes: list[str]) -> dict[str, Any]:
    """Return the factors as the dictionary that SALib's ``ProblemSpec`` is made from."""
    spec: dict[str, Any] = {
        "names": [factor.name for factor in factors],
        "bounds": [factor.salib_bounds for factor in factors],
        "dists": [DISTRIBUTIONS[factor.distribution] for factor in factors],
        "outputs": outcomes,
    }
    if any(factor.group for factor in factors):
        spec["groups"] = [factor.group or factor.name for factor in factors]
    return spec


def rows_together(study: Study, factors: Sequence[Factor]) -> int:
    """Return how many rows of a sample belong together: those of one base point."""
    units = len({factor.group or factor.name for factor in factors})
    if "morris" in study.methods:
        return units + 1
    if "sobol" in study.methods:
        return 2 * units + 2 if study.second_order else units + 2
    return 1


def count_points(study: Study, factors: Sequence[Factor]) -> int:
    """Return how many points a study's sample will have."""
    if "grid" in study.methods:
        return prod(len(factor.values) for factor in factors)
    curves = len(factors) if "fast" in study.methods else 1
    return study.samples * rows_together(study, factors) * curves


def resolve_factors(study: Study, scenario: Scenario, label: str) -> list[Factor]:
    """Return the factors of a study, checked against register and data.

    Raises
    ------
    ScenarioError
        If a factor is unknown or stands twice, or its bounds are empty or out of range:
        a line for each.
    """
    entries = {entry.name: entry for entry in register()}
    told = list(names_wrong(study, entries, label))
    tables: dict[str, FactorTable | None] = dict.fromkeys(by_role(study, entries))
    tables |= {table.name: table for table in study.factors}
    chosen, lacking = [], []
    for name, table in tables.items():
        entry = entry_of(name, entries, scenario)
        if entry is None:
            told.append(
                f"{label}: unknown factor '{name}'{hint(name, [*entries, *path_factors(scenario)])}"
            )
            continue
        if "grid" in study.methods and (table is None or table.values is None):
            lacking.append(f"'{name}'")
            continue
        try:
            chosen.append(make_factor(table, entry, study, scenario, label))
        except ScenarioError as error:
            told += error.mistakes
    if lacking:
        told.append(f"{label}: factor {', '.join(lacking)} has no 'values' for the grid")
    if told:
        raise ScenarioError(*told)
    return chosen


def names_wrong(study: Study, entries: dict[str, Entry], label: str) -> Iterator[str]:
    """Yield unknown sections, unknown names that are excluded, and factors that stand twice."""
    sections = sorted({name.split(".")[0] for name in entries})
    for section in study.sections:
        if section not in sections:
            yield f"{label}: unknown section '{section}'{hint(section, sections)}"
    for name in study.exclude:
        if name not in entries:
            yield f"{label}: exclude: unknown factor '{name}'{hint(name, list(entries))}"
    for name, n in Counter(table.name for table in study.factors).items():
        if n > 1:
            yield f"{label}: factor '{name}' stands twice"


def by_role(study: Study, entries: dict[str, Entry]) -> list[str]:
    """Return the names that a study takes from the register by role and section."""
    return [
        name
        for name, entry in entries.items()
        if entry.role in study.roles
        and name not in study.exclude
        and (not study.sections or name.split(".")[0] in study.sections)
    ]


def entry_of(name: str, entries: dict[str, Entry], scenario: Scenario) -> Entry | None:
    """Return what a factor's name means: a number of the register, a path, an organisation."""
    known = entries.get(name) or path_factors(scenario).get(name)
    return known or organisation_entry(name, scenario)


def path_factors(scenario: Scenario) -> dict[str, Entry]:
    """Return the deviations of a scenario's paths as entries of the register, by name.

    A study varies one from the low to the high of its years unless it says otherwise.
    """
    return {
        f"paths.{name}.deviation": Entry(
            name=f"paths.{name}.deviation",
            default=path.deviation,
            unit="1",
            low=-1.0,
            high=1.0,
            source="paths.csv",
            role="uncertainty",
            about=f"Where all years of the path {name} lie between low (-1) and high (1)",
        )
        for name, path in scenario.paths.items()
    }


def organisation_entry(name: str, scenario: Scenario) -> Entry | None:
    """Return a number of an organisation as an entry of the register, or None."""
    head, _, rest = name.partition(".")
    who, _, what = rest.partition(".")
    known = set(Network.of(scenario).organisations["id"])
    field = Organisation.model_fields.get(what)
    if head != "organisations" or who not in known or field is None:
        return None
    bounds = {type(m).__name__: m for m in field.metadata}
    if "Ge" not in bounds or "Le" not in bounds:
        return None
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return Entry(
        name=name,
        default=float("nan"),
        unit=unit,
        low=float(bounds["Ge"].ge),
        high=float(bounds["Le"].le),
        source="",
        role="uncertainty",
        about=str(field.description),
    )


def make_factor(
    table: FactorTable | None, entry: Entry, study: Study, scenario: Scenario, label: str
) -> Factor:
    """Return a factor with its bounds, those of the register unless the study gives others."""
    low, high = around_default(entry, study.span, scenario)
    distribution, grid = entry.distribution, "grid" in study.methods
    mode, sd, group, short = None, None, "", None
    values: tuple[float, ...] = ()
    if table is not None:
        if table.values is not None:
            values = table.values
            low, high = check_grid(table.values, entry, grid, label)
        low = low if table.low is None else table.low
        high = high if table.high is None else table.high
        distribution = table.distribution or distribution
        mode, sd, group, short = table.mode, table.sd, table.group or "", table.label
    if np.isnan(entry.default) and not grid and (table is None or None in (table.low, table.high)):
        raise ScenarioError(f"{label}: factor '{entry.name}' needs 'low' and 'high'")
    check_bounds(entry, low, high, distribution, label)
    mode = (low + high) / 2 if mode is None else mode
    if distribution in ("triangular", "normal") and not low <= mode <= high:
        raise ScenarioError(
            f"{label}: factor '{entry.name}': mode = {mode:g} is outside {low:g}..{high:g}"
        )
    return Factor(
        entry.name,
        "" if entry.unit == "1" else entry.unit,
        label=short or words_of(entry),
        low=low,
        high=high,
        distribution=distribution,
        mode=mode,
        sd=(high - low) / 4 if sd is None else sd,
        group=group,
        values=tuple(values),
    )


def words_of(entry: Entry) -> str:
    """Return what a number is, as the register says it, without what stands in brackets."""
    if entry.name.startswith("organisations."):
        return entry.name.partition(".")[2]  # whose it is, stands in the name alone
    return entry.about.split(" (")[0]


def around_default(entry: Entry, span: float, scenario: Scenario) -> tuple[float, float]:
    """Return the part of the register's range that a study looks at.

    With a span s the range is cut to low' = x - s (x - low), high' = x + s (high - x)
    around the scenario's value x, in logs where the number is drawn log-uniform.
    """
    section, _, name = entry.name.partition(".")
    value = getattr(getattr(scenario.parameters, section, None), name, float("nan"))
    if span >= 1.0 or np.isnan(value):
        return entry.low, entry.high
    if entry.distribution == "log_uniform":
        return value * (entry.low / value) ** span, value * (entry.high / value) ** span
    return value - span * (value - entry.low), value + span * (entry.high - value)


def check_grid(
    values: tuple[float, ...], entry: Entry, grid: bool, label: str
) -> tuple[float, float]:
    """Refuse values of a grid that do not rise, or belong to no grid; return their bounds."""
    if not grid:
        raise ScenarioError(f"{label}: factor '{entry.name}': 'values' belong to method grid")
    if len(values) < GRID_POINTS or any(b <= a for a, b in zip(values, values[1:], strict=False)):
        raise ScenarioError(f"{label}: factor '{entry.name}': values must rise, two or more")
    return values[0], values[-1]


def check_bounds(entry: Entry, low: float, high: float, distribution: str, label: str) -> None:
    """Refuse an empty range, and one that leaves the register's."""
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    if not low < high:
        raise ScenarioError(
            f"{label}: factor '{entry.name}': the range {low:g}..{high:g}{unit} is empty"
        )
    for key, value in (("low", low), ("high", high)):
        if not entry.low <= value <= entry.high:
            raise ScenarioError(
                f"{label}: factor '{entry.name}': {key} = {value:g}{unit} is "
                f"outside {entry.low:g}..{entry.high:g}"
            )
    if distribution == "log_uniform" and low <= 0:
        raise ScenarioError(
            f"{label}: factor '{entry.name}': low = {low:g}{unit} is not above 0, "
            "which a log-uniform factor needs"
        )
