"""What must go together in the rows of a data pack, with those that a scenario adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sim.scenario.markets import MARKET_NAMES

RESERVED = "HEIR_"  # names of rows for the chapters of organisations that break up


def id_problem(name: str) -> str:
    """Say why a name cannot be an id, or nothing."""
    if not name.strip() or name != name.strip():
        return "an id is text without blanks at its ends"
    if any(mark in name for mark in ">;:\n") or not name.isprintable():
        return "an id holds no '>', ';', ':', line end or sign that does not print"
    if name in MARKET_NAMES:
        return f"that is a name of the market {MARKET_NAMES[name]}"
    if name.startswith(RESERVED):
        return f"ids that begin with {RESERVED} are the model's own"
    return ""


def organisation_problems(
    name: str, row: Mapping[str, Any], kinds: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield (column, what) for columns of an organisation that do not go together."""
    kind, first, last = kinds[name], row.get("present_from"), row.get("present_to")
    patron = row.get("affiliation")
    if patron not in (None, "none"):
        if patron == name:
            yield "affiliation", f"'{name}' cannot work for itself"
        elif kind != "gang":
            yield "affiliation", f"'{name}' is no gang but {kind}; only gangs work for others"
        elif kinds.get(str(patron)) == "gang":
            yield "affiliation", f"'{patron}' is a gang; a gang works for a cartel"
    if isinstance(first, int | float) and isinstance(last, int | float) and first > last:
        yield "present_to", f"{last!s:.20} is before present_from, {first!s:.20}"
    if kind != "gang" and row.get("capital_usd_m") is None:
        yield "capital_usd_m", f"'{name}' is {kind}, owns loads, and needs capital"
    if kind == "gang" and row.get("shares"):
        yield "shares", f"'{name}' is a gang, which owns no loads to deliver"


def graph_problems(kinds: Mapping[str, str], edges: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a cycle, markets that no zone reaches, and zones that reach no market.

    Parameters
    ----------
    kinds : mapping
        Kind of each place by id.
    edges : iterable of (start, end)
        Legs between those places.
    """
    try:
        zones = zones_behind(kinds, edges)
    except CycleError as error:
        yield f"the legs form a cycle: {' > '.join(error.args[1])}"
        return
    markets = sorted(place for place, kind in kinds.items() if kind == "market")
    reached = set().union(*(zones[market] for market in markets))
    if not markets:
        yield "no place is a market"
    for market in markets:
        if not zones[market]:
            yield f"no zone reaches the market '{market}'"
    for zone in sorted(place for place, kind in kinds.items() if kind == "zone"):
        if markets and zone not in reached:
            yield f"the zone '{zone}' reaches no market"


def zones_behind(kinds: Mapping[str, str], edges: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return the zones from which legs lead to each place; raise ``CycleError`` on a cycle."""
    before: dict[str, set[str]] = {place: set() for place in kinds}
    for start, end in edges:
        before[end].add(start)
    zones: dict[str, set[str]] = {}
    for place in TopologicalSorter(before).static_order():
        own = {place} if kinds[place] == "zone" else set()
        zones[place] = own.union(*(zones[start] for start in before[place]))
    return zones
