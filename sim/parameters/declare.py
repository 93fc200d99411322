"""How a number is declared: value, unit, range, source, meaning and role."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.engine.groups import group

Role = Literal["uncertainty", "lever", "constant"]


def number(
    default: float,
    unit: str,
    low: float,
    high: float,
    source: str,
    about: str,
    role: Role = "uncertainty",
) -> Any:
    """Declare one number of the register as a pydantic field."""
    return Field(
        default=default,
        ge=low,
        le=high,
        description=about,
        json_schema_extra={"unit": unit, "source": source, "role": role},
    )


class Section(BaseModel):
    """A group of numbers that one rule reads; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def record(self) -> Any:
        """Return the numbers as a group that compiled rules read by name."""
        kind = type(self)
        return _group_of(kind)(*(float(getattr(self, name)) for name in kind.model_fields))


@cache
def _group_of(section: type[Section]) -> Any:
    """Return the group class with the numbers of a section as its members."""
    members = dict.fromkeys(section.model_fields, float)
    return group(type(section.__name__, (), {"__annotations__": members}))
