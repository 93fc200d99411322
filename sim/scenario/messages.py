"""What is wrong with a scenario, said in one line: file, key, value, unit, range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import ScenarioError, hint
from sim.scenario.event_kinds import KINDS
from sim.scenario.identifiers import Location
from sim.scenario.layers import SECTIONS, SETTINGS, Layer

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


def explain(
    error: ValidationError, model: type[BaseModel], layers: Sequence[Layer]
) -> ScenarioError:
    """Turn the first mistake that was found into one line; count the others."""
    mistakes = sorted(error.errors(include_url=False), key=lambda m: m["type"] != "extra_forbidden")
    first = mistakes[0]  # an unknown key often explains why another one is missing
    where = first["loc"]
    label, event_number = origin(where, layers)
    text = describe(first, model, event_number)
    more = f" (and {len(mistakes) - 1} more)" if mistakes[1:] else ""
    return ScenarioError(f"{label}: {text}{more}")


def origin(where: Location, layers: Sequence[Layer]) -> tuple[str, int]:
    """Return the layer that gave a value, and the number of the event within it."""
    if where[:1] == ("events",) and len(where) > 1 and isinstance(where[1], int):
        before = 0
        for layer in layers:
            count = len(layer.content.get("events", []))
            if where[1] < before + count:
                return layer.label, where[1] - before + 1
            before += count
    keys = [part for part in where if part != "parameters"]
    while keys:
        for layer in reversed(layers):
            if layer.has(keys):
                return layer.label, 0
        keys.pop()
    return layers[-1].label, 0


def describe(mistake: Any, model: type[BaseModel], event_number: int) -> str:
    """Say what is wrong with one value."""
    where, value, kind = mistake["loc"], mistake["input"], mistake["type"]
    key, field, holder = resolve(where, model)
    prefix = ""
    if where[:1] == ("events",) and len(where) > 1:
        tag = f" ({where[2]})" if len(where) > 2 else ""
        prefix = f"event {event_number}{tag}: "
    if kind == "unsound":
        return prefix + str(mistake["ctx"]["what"])
    if kind == "value_error":
        return prefix + str(mistake["ctx"]["error"])
    if kind == "extra_forbidden":
        return f"{prefix}unknown key '{key}'{hint(key, known_keys(holder, where))}"
    if kind == "missing":
        return f"{prefix}key '{key}' is missing{meaning(field)}"
    if kind == "union_tag_not_found":
        return f"{prefix}key 'kind' is missing; it is one of {', '.join(KINDS)}"
    if kind == "union_tag_invalid":
        tag = str(mistake["ctx"]["tag"])
        offer = hint(tag, KINDS) or f"; it is one of {', '.join(KINDS)}"
        return f"{prefix}unknown kind '{tag}'{offer}"
    subject = f"{key} = {shown(value)}" if key else shown(value)
    return f"{prefix}{subject} {reproach(mistake, field)}"


def reproach(mistake: Any, field: FieldInfo | None) -> str:
    """Say what a value should have been, with unit and range."""
    unit, limits = unit_of(field), range_of(field)
    kind = mistake["type"]
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{unit} is outside {limits}" if unit else f"is outside {limits}"
    around = ", ".join(part for part in (unit, limits) if part)
    allowed = f" ({around})" if around else ""
    if kind == "finite_number":
        return f"is not a finite number{allowed}"
    if kind == "literal_error":
        return f"is not one of {mistake['ctx']['expected']}"
    if kind in ("too_short", "string_too_short"):
        return "must not be empty"
    wanted = WANTED.get(kind.split("_")[0])
    return f"is not {wanted}{allowed}" if wanted else f"is refused: {mistake['msg']}"


def resolve(
    where: Location, model: type[BaseModel]
) -> tuple[str, FieldInfo | None, type[BaseModel] | None]:
    """Return the key as a file writes it, its declaration, and the model that holds it."""
    names: list[str] = []
    field: FieldInfo | None = None
    here: type[BaseModel] | None = model
    holder: type[BaseModel] | None = model
    for n, part in enumerate(where):
        holder = here
        if where[0] == "events" and n in (1, 2):
            here = KINDS.get(str(part), here)
            names = []
            continue
        if isinstance(part, int):
            names[-1] += f"[{part + 1}]"
        elif part != "parameters":
            names.append(part)
        fields = here.model_fields if here is not None else {}
        if part in fields:
            field = fields[str(part)]
            here = inner_model(field)
        elif where[0] != "organisations" or n != 1:
            here = None
            field = field if isinstance(part, int) else None
    return ".".join(names), field, holder


def inner_model(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model that a field holds, itself or as the values of a table."""
    annotation = field.annotation
    options = (annotation, *getattr(annotation, "__args__", ()))
    return next((a for a in options if isinstance(a, type) and issubclass(a, BaseModel)), None)


def known_keys(holder: type[BaseModel] | None, where: Location) -> Iterable[str]:
    """Return the keys that could have been meant, written as the file writes them."""
    fields = list(holder.model_fields) if holder is not None else [*SETTINGS, *SECTIONS]
    if where[0] == "events":
        return fields
    front = ".".join(str(part) for part in where[:-1] if part != "parameters")
    return [f"{front}.{name}" if front else name for name in fields]


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


def meaning(field: FieldInfo | None) -> str:
    """Return what a missing key would say."""
    return f" ({field.description})" if field is not None and field.description else ""


def shown(value: object) -> str:
    """Return a value, cut short, on one line."""
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
