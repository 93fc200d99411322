"""The tree that a scenario's files and overrides merge into, and how parts of it are found.

A tree is looked at as it stands, before any of it is believed: each part may be of any type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from scenarios import data_folder
from sim.scenario.rows import Leg, Organisation, Place, Row

Location = tuple[int | str, ...]
Problem = tuple[Location, object, str]  # where, the value, what is wrong
Tree = Mapping[str, Any]

START = dt.date(2010, 1, 4)  # first day unless a scenario says otherwise
CHANGED: dict[str, type[Row]] = {"places": Place, "legs": Leg, "organisations": Organisation}


LARGEST = 10**4_300  # the first whole number that Python does not write down


def plain(node: Any, where: Location, found: list[Problem]) -> Any:
    """Return a tree in the types that files have; what has none becomes None, and is told."""
    if isinstance(node, BaseModel):
        node = node.model_dump(exclude_none=True)
    elif hasattr(node, "tolist"):  # a number or array of numpy
        node = node.tolist()
    if isinstance(node, Mapping):
        here = within(where, node)
        return {str(key): plain(part, (*here, str(key)), found) for key, part in node.items()}
    if isinstance(node, list | tuple):
        return [plain(part, (*where, n), found) for n, part in enumerate(node)]
    if isinstance(node, Path):
        return str(node)
    if isinstance(node, int) and not -LARGEST < node < LARGEST:
        what = "a whole number has more than 4,300 digits"
    elif node is not None and not isinstance(node, str | int | float | dt.date | dt.time):
        what = f"a {type(node).__name__} cannot stand in a scenario"
    else:
        return node
    found.append((where, None, f"{spelled(where)}: {what}"))
    return None


def within(where: Location, node: Tree) -> Location:
    """Return the place that the keys of a table have; an event's kind is a part of it."""
    event = where[:1] == ("events",) and len(where) == 2
    return (*where, kind_of(node)) if event else where


def kind_of(event: Tree) -> str:
    """Return the kind of an event; a mark where it is no text."""
    kind = event.get("kind")
    return kind if isinstance(kind, str) else "?"


def spelled(where: Location) -> str:
    """Return a place in a tree as its file spells it; of an event, what stands within it."""
    parts = where[3:] if where[:1] == ("events",) and len(where) > 2 else where
    name = ""
    for part in parts:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        elif part != "parameters":
            name += f".{part}" if name else part
    return name


def data_of(tree: Tree) -> Path:
    """Return the folder of the data pack."""
    given = tree.get("data")
    return Path(given) if isinstance(given, str | Path) else data_folder()


def changes_of(tree: Tree) -> dict[str, dict[str, Tree]]:
    """Return the rows that a tree changes or adds, by table and id."""
    tables = {name: tree.get(name) for name in CHANGED}
    return {
        name: {key: row for key, row in table.items() if isinstance(row, Mapping)}
        if isinstance(table, Mapping)
        else {}
        for name, table in tables.items()
    }


def events_of(tree: Tree) -> Iterator[tuple[int, Tree]]:
    """Yield the events that are tables, with their places in the list."""
    events = tree.get("events")
    for n, event in enumerate(events if isinstance(events, list | tuple) else ()):
        if isinstance(event, Mapping):
            yield n, event


def listed_names(value: Any) -> Iterator[str]:
    """Yield the names in a list, whatever else stands in it."""
    if isinstance(value, list | tuple):
        yield from (name for name in value if isinstance(name, str))


def as_date(value: Any) -> dt.date | None:
    """Return a day, or None where there is none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def in_weeks(tree: Tree) -> dict[str, Any]:
    """Return a tree whose length is in weeks, the last of which has the day of ``until``."""
    settled = dict(tree)
    until, start = as_date(settled.pop("until", None)), as_date(tree.get("start", START))
    if until is not None and start is not None and until >= start:
        settled["weeks"] = (until - start).days // 7 + 1
    return settled
