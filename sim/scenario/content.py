"""What does not go together in a scenario's tree: its calendar, its names, its network.

Wrong numbers are found when the tree is made into a scenario; what is found here is
found in the same reading, whether or not the numbers are right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping
from typing import Any

from sim.scenario.additions import (
    changed_problems,
    network_problems,
    share_problems,
    unknown,
)
from sim.scenario.identifiers import Identifiers, market_words
from sim.scenario.pack import Pack
from sim.scenario.paths import path_ids, path_problems
from sim.scenario.tree import (
    START,
    Location,
    Problem,
    Tree,
    as_date,
    changes_of,
    events_of,
    kind_of,
    listed_names,
    spelled,
    within,
)

YEARS = (1950, 2100)  # in which a scenario may start
ANYBODY = ("entry", "decapitation", "presence", "trust")  # events about gangs as well as cartels
ZONES = ("eradication", "supply")  # events about zones


def problems(tree: Tree, pack: Pack | None) -> Iterator[Problem]:
    """Yield everything that does not go together in a tree, as files give it.

    Without a data pack, as where its own files are wrong, names are not looked at.
    """
    yield from day_problems((), tree)
    yield from calendar_problems(tree)
    if pack is None:
        return
    ids = Identifiers.of(pack, changes_of(tree))
    changed = list(changed_problems(tree, pack, ids))
    yield from changed
    if not changed:
        yield from network_problems(tree, pack)
        yield from share_problems(tree, pack, ids)
    yield from path_problems(tree)
    yield from unknown_ids(tree, ids)


def day_problems(
    where: Location, node: Any, dated: Container[Location] = (("start",), ("until",))
) -> Iterator[Problem]:
    """Yield days and times where there must be none: elsewhere than at keys that are ``dated``."""
    if isinstance(node, Mapping):
        here = within(where, node)
        for key, part in node.items():
            yield from day_problems((*here, str(key)), part, dated)
    elif isinstance(node, list | tuple):
        for n, part in enumerate(node):
            yield from day_problems((*where, n), part, dated)
    elif isinstance(node, dt.date | dt.time):
        event = where[:1] == ("events",) and where[-1] in ("date", "kind")  # a kind is looked up
        if where not in dated and not event:
            what = f"{spelled(where)} = {node} is a day or time; quote it if it is meant as text"
            yield where, node, what


def calendar_problems(tree: Tree) -> Iterator[Problem]:
    """Yield a start that is no Monday or far away, and events before it."""
    start = as_date(tree.get("start", START))
    if start is None:
        return
    if start.weekday() != 0:
        yield ("start",), start, f"start = {start} is a {start:%A}, not a Monday"
    if not YEARS[0] <= start.year <= YEARS[1]:
        yield ("start",), start, f"start = {start} is outside the years {YEARS[0]}..{YEARS[1]}"
        return
    if "until" in tree:
        until = as_date(tree["until"])
        if until is None:
            yield (
                ("until",),
                None,
                f"until = {tree['until']!r:.60} is not a date such as 2013-12-31",
            )
        elif until < start:
            yield ("until",), until, f"until = {until} is before the start, {start}"
    for n, event in events_of(tree):
        date = as_date(event.get("date"))
        if date is not None and date < start:
            what = f"date = {date} is outside the scenario: before its start, {start}"
            yield ("events", n, kind_of(event), "date"), date, what


def unknown_ids(tree: Tree, ids: Identifiers) -> Iterator[Problem]:
    """Yield every id that events and bars name and nothing has."""
    for where, kind, name in named_ids(tree):
        known = market_words(ids.market) if kind == "market" else getattr(ids, kind)
        if name not in known:
            keys = where[3:] if where[0] == "events" else where
            key = ".".join(part for part in keys if isinstance(part, str))
            yield where, name, f"{key}: {unknown(kind, name, ids)}"


def named_ids(tree: Tree) -> Iterator[tuple[Location, str, str]]:
    """Yield where events and bars name an id, of which kind, and the id."""
    for key in ("barred", "held"):
        listed = tree.get(key)
        for n, text in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if isinstance(text, str):
                cartel, colon, market = text.partition(":")
                yield (key, n), "organisation", cartel
                if colon:
                    yield (key, n), "market", market
    for n, name in enumerate(listed_names(tree.get("exchanges"))):
        yield ("exchanges", n), "exchange", name
    yield from path_ids(tree)
    for n, event in events_of(tree):
        kind = kind_of(event)
        kinds = {
            "organisation": "organisation" if kind in ANYBODY else "cartel",
            "gang": "gang",
            "market": "market",
            "place": "place",
            "legs": "leg",
            "places": "zone" if kind in ZONES else "place",
            "elsewhere": "place",
            "agencies": "agency",
        }
        for field, what in kinds.items():
            value = event.get(field)
            for name in (value,) if isinstance(value, str) else listed_names(value):
                yield ("events", n, kind, field), what, name
