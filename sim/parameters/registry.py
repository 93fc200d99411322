"""The register: every number of the model, declared once, a line each in ``register.csv``.

A line holds name, default, range, unit, role, source (or "assumed") and meaning.
Scenario checks, ``airbridge parameters``, the documentation table and the bounds of
sensitivity studies are all read from there. A name is a path, ``section.name``: the
same in a TOML file, in ``--set`` and in a study.

Roles
-----
uncertainty
    Not known well; a sensitivity study varies it over its range.
lever
    A policy or an experiment sets it; the default is the status quo.
constant
    A convention or a definition; changing it changes what is measured.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("register.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the register, as tables and checks read it."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    role: str
    source: str
    about: str

    @property
    def distribution(self) -> str:
        """How a sensitivity study draws it unless it says otherwise.

        Uniform over the range, or log-uniform where the range spans a factor of ten or
        more: then only the order of magnitude is known.
        """
        wide = self.low > 0 and self.high >= 10 * self.low
        return "log_uniform" if wide else "uniform"


@cache
def register() -> tuple[Entry, ...]:
    """Return every number of the model in the order of declaration."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(_entry(row) for row in csv.DictReader(lines, strict=True))


def _entry(row: dict[str, str]) -> Entry:
    """Read one line: three numbers, and words."""
    default, low, high = (float(row.pop(column)) for column in ("default", "low", "high"))
    return Entry(default=default, low=low, high=high, **row)
