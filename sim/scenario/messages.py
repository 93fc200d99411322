"""What is wrong with a scenario, a line for each mistake: file, key, value, unit, range."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import ScenarioError, hint
from sim.scenario.event_kinds import KEYS, KINDS, OfUnknownKind
from sim.scenario.layers import SECTIONS, SETTINGS, Layer
from sim.scenario.tree import CHANGED, Location, Tree, events_of, kind_of
from sim.scenario.values import reproach, shown

Mistake = Mapping[str, Any]  # loc, input, type and ctx, as pydantic tells them
EXTRA = "extra_forbidden"
BRANCH = re.compile(r"(literal|tuple|list|dict)\[")


def explain(
    found: ValidationError | Sequence[Mistake],
    model: type[BaseModel],
    layers: Sequence[Layer],
    told: Sequence[tuple[str, str]] = (),
) -> ScenarioError:
    """Return mistakes as one error: a line for each, by layer, with file and event.

    What was ``told`` while layers were read comes first within each.
    """
    listing = found.errors(include_url=False) if isinstance(found, ValidationError) else found
    mistakes: list[Mistake] = [{**one, "loc": without_branches(one["loc"])} for one in listing]
    places = {layer.label: n for n, layer in enumerate(layers)}
    lines = {line: places.get(label, -1) for label, line in told}  # the layer of each line
    for mistake in without_echoes(mistakes):
        label, event_number = origin(mistake["loc"], layers)
        lines.setdefault(f"{label}: {describe(mistake, model, event_number)}", places[label])
    return ScenarioError(*sorted(lines, key=lambda line: lines[line]))


def unknown_kinds(tree: Tree) -> Iterator[Mistake]:
    """Yield what is wrong in events of no known kind, whatever kind was meant.

    That is a key which no kind has, and what every event needs.
    """
    for n, event in events_of(tree):
        kind = kind_of(event)
        if kind in KINDS:
            continue
        where = ("events", n, kind)
        for key, value in event.items():
            if key not in KEYS:
                yield {"loc": (*where, key), "input": value, "type": EXTRA}
        try:
            OfUnknownKind.model_validate_json(json.dumps(event, default=str), strict=True)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                yield {**one, "loc": (*where, *one["loc"])}


def without_echoes(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Leave out what another mistake explains.

    A key is missing because it stands there misspelt; a value is refused where more is
    said about it, or in each of the ways in which it could be read; of a key that is not
    known its value says nothing.
    """
    extra = {mistake["loc"] for mistake in mistakes if mistake["type"] == EXTRA}
    said = {mistake["loc"] for mistake in mistakes if mistake["type"] == "unsound"} - extra
    told: set[Location] = set()
    strange = {(loc[:-1], str(loc[-1])) for loc in extra}
    kept = []
    for mistake in mistakes:
        where = mistake["loc"]
        lacks = lacking(mistake)
        misspelt = lacks is not None and any(
            hint(name, [str(lacks[-1])]) for parent, name in strange if parent == lacks[:-1]
        )
        more = mistake["type"] == "unsound" and where not in extra
        if more or not (misspelt or where in said or where in told):
            kept.append(mistake)
            told.add(where)
    return kept


def lacking(mistake: Mistake) -> Location | None:
    """Return where a key should stand that is missing, or nothing."""
    if mistake["type"] == "union_tag_not_found":
        return (*mistake["loc"], kind_of({}), "kind")
    return mistake["loc"] if mistake["type"] == "missing" else None


def without_branches(where: Location) -> Location:
    """Leave out of a place what pydantic calls the ways in which a value could be read."""
    return tuple(part for part in where if not BRANCH.match(str(part)))


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
    if keys[:1] == ["weeks"] and not any(layer.has(keys) for layer in layers):
        keys = ["until"]  # which gives the length where weeks are left out
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
        tag = f" ({where[2]!s:.40})" if len(where) > 2 else ""
        prefix = f"event {event_number}{tag}: "
    if kind == "unsound":
        return prefix + str(mistake["ctx"]["what"])
    if kind == "value_error":
        return prefix + str(mistake["ctx"]["error"])
    if kind == EXTRA:
        return f"{prefix}unknown key '{key}'{hint(key, known_keys(holder, key))}"
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
            here = KINDS.get(str(part), OfUnknownKind)
            names = []
            continue
        if isinstance(part, int):
            names[-1] += f"[{part + 1}]"
            continue  # a row is what its list holds
        if part != "parameters":
            names.append(part)
        fields = here.model_fields if here is not None else {}
        if part in fields:
            field = fields[str(part)]
            here = inner_model(field)
        elif where[0] not in (*CHANGED, "paths") or n != 1:
            here = field = None
    return ".".join(names), field, holder


def inner_model(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model that a field holds, itself or as the values of a table."""
    annotation = field.annotation
    options = (annotation, *getattr(annotation, "__args__", ()))
    return next((a for a in options if isinstance(a, type) and issubclass(a, BaseModel)), None)


def known_keys(holder: type[BaseModel] | None, key: str) -> Iterable[str]:
    """Return the keys that could have been meant by one, written as the file writes them."""
    fields = list(holder.model_fields) if holder is not None else [*SETTINGS, *SECTIONS]
    fields = list(KEYS) if holder is OfUnknownKind else fields
    front, dot, last = key.rpartition(".")
    return [f"{front}{dot}{name}" for name in fields if hint(last, [name])]


def meaning(field: FieldInfo | None) -> str:
    """Return what a missing key would say."""
    return f" ({field.description})" if field is not None and field.description else ""
