"""What a number of a scenario or table may be, and what is wrong with one that is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo

WANTED = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text",
    "date": "a date such as 2010-01-04",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
    "path": "a path",
}


def quantity(default: Any, unit: str, low: float, high: float, about: str) -> Any:
    """Declare a number of a scenario with its unit and range; ``...`` makes it required."""
    return Field(default, ge=low, le=high, description=about, json_schema_extra={"unit": unit})


def reproach(mistake: Mapping[str, Any], field: FieldInfo | None) -> str:
    """Say what a value should have been, with unit and range."""
    unit, limits = unit_of(field), range_of(field)
    kind = mistake["type"]
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{unit} is outside {limits}" if unit else f"is outside {limits}"
    around = ", ".join(part for part in (unit, limits) if part)
    allowed = f" ({around})" if around else ""
    if kind == "greater_than":
        return f"is not above {mistake['ctx']['gt']:g}"
    if kind == "finite_number":
        return f"is not a finite number{allowed}"
    if kind == "literal_error":
        return f"is not one of {mistake['ctx']['expected']}"
    if kind in ("too_short", "string_too_short"):
        return "must not be empty"
    wanted = WANTED.get(kind.split("_")[0])
    return f"is not {wanted}{allowed}" if wanted else f"is refused: {mistake['msg']}"


def unit_of(field: FieldInfo | None) -> str:
    """Return the unit of a declared number, or nothing."""
    extra = field.json_schema_extra if field is not None else None
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return "" if unit == "1" else unit


def range_of(field: FieldInfo | None) -> str:
    """Return the allowed range of a declared number as ``low..high``, or nothing."""
    bounds = {type(m).__name__: m for m in (field.metadata if field is not None else ())}
    if "Ge" not in bounds or "Le" not in bounds:
        return ""
    low, high = bounds["Ge"].ge, bounds["Le"].le
    return f"{low:.10g}..{high:.10g}"


def shown(value: object) -> str:
    """Return a value, cut short, on one line."""
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
