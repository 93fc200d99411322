"""What is wrong with places, legs and organisations that a scenario changes or adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.errors import hint
from sim.scenario.identifiers import Identifiers, kinds_of, market_words
from sim.scenario.markets import market_id
from sim.scenario.pack import Pack
from sim.scenario.rows import Organisation, Row
from sim.scenario.soundness import graph_problems, id_problem, organisation_problems
from sim.scenario.tree import CHANGED, Location, Problem, Tree, changes_of, listed_names


def changed_problems(tree: Tree, pack: Pack, ids: Identifiers) -> Iterator[Problem]:
    """Yield what is wrong with the rows that a tree changes or adds, each by itself."""
    changes = changes_of(tree)
    known = {"places": pack.kinds("places"), "legs": {f"{a}>{b}": "" for a, b in pack.edges()}}
    known["organisations"] = pack.kinds("organisations")
    for table, rows in changes.items():
        for name, row in rows.items():
            here: Location = (table, name)
            if name not in known[table]:
                yield from new_row_problems(table, name, row, known[table], ids)
            elif table == "places" and row.get("kind", known[table][name]) != known[table][name]:
                what = f"a place of the data stays what it is, a {known[table][name]}"
                yield (*here, "kind"), row["kind"], f"places.{name}.kind: {what}"
            yield from reference_problems(here, CHANGED[table], row, ids)
            if table == "organisations":
                yield from kind_problems(name, row, pack, ids)
            else:
                yield from place_problems(table, name, row, pack)


def new_row_problems(
    table: str, name: str, row: Tree, known: Mapping[str, str], ids: Identifiers
) -> Iterator[Problem]:
    """Yield why a row cannot be added: its id, or what it lacks."""
    thing = table.removesuffix("s")
    if table == "legs":
        start, _, end = name.partition(">")
        for place in (start, end):
            if place not in ids.place:
                what = f"legs.{name}: unknown place '{place}'{hint(place, ids.place)}"
                yield (table, name), name, what
        what = ""
    else:
        what = id_problem(name)
    missing = [column for column in CHANGED[table].needed if row.get(column) is None]
    if what:
        yield (table, name), name, f"{table}.{name}: {what}"
    elif missing:
        what = f"{table}.{name}: unknown {thing} '{name}'{hint(name, known)}"
        yield (table, name), name, f"{what}; to add one, give {', '.join(missing)}"


def place_problems(table: str, name: str, row: Tree, pack: Pack) -> Iterator[Problem]:
    """Yield a market that is added, an output where no coca grows, or a zone without one."""
    if table != "places":
        return
    kind, output = row.get("kind"), row.get("output_t_per_year")
    new = name not in pack.kinds("places")
    if new and kind == "market":
        what = "a market cannot be added: it needs demand, origins and sellers, as a pack has them"
        yield (table, name, "kind"), kind, f"places.{name}: {what}"
    if new and kind == "zone" and output is None:
        what = f"places.{name}: a new zone needs output_t_per_year"
        yield (table, name), name, what
    if output is not None and not (new and kind == "zone"):
        what = f"places.{name}.output_t_per_year: only a new zone has one"
        yield (table, name, "output_t_per_year"), output, what


def reference_problems(
    here: Location, model: type[Row], row: Tree, ids: Identifiers
) -> Iterator[Problem]:
    """Yield ids in a row that nothing has."""
    for column, kind in model.refers.items():
        value = row.get(column)
        for name in (value,) if isinstance(value, str) else listed_names(value):
            if name not in getattr(ids, kind):
                what = f"{'.'.join(map(str, here))}.{column}: {unknown(kind, name, ids)}"
                yield (*here, column), name, what


def kind_problems(name: str, row: Tree, pack: Pack, ids: Identifiers) -> Iterator[Problem]:
    """Yield what does not go together in an organisation, with what the data say of it."""
    before = next((e.row for e in pack.tables["organisations"] if e.keys["id"] == name), None)
    values = {**(dict(before) if before is not None else {}), **row}
    kinds = dict.fromkeys(ids.cartel, "cartel") | dict.fromkeys(ids.gang, "gang")
    kinds |= {one: "both" for one in ids.cartel if one in ids.gang}
    here: Location = ("organisations", name)
    patron = row.get("affiliation")
    if isinstance(patron, str) and patron not in ("none", *ids.organisation):
        what = f"affiliation: {unknown('cartel', patron, ids)}"
        yield (*here, "affiliation"), patron, f"organisations.{name}.{what}"
        values["affiliation"] = None
    complete = before is not None or all(row.get(column) for column in Organisation.needed)
    for column, what in organisation_problems(name, values, kinds) if complete else ():
        where = (*here, column) if column in row else here
        yield where, row.get(column), f"organisations.{name}.{column}: {what}"
    for column, names in (("trust", ids.place), ("shares", market_words(ids.market))):
        yield from level_problems((*here, column), row.get(column), names, column)


def level_problems(
    here: Location, levels: Any, names: Sequence[str], column: str
) -> Iterator[Problem]:
    """Yield unknown names in a table of levels, and levels outside 0 to 1."""
    kind = "place" if column == "trust" else "market"
    for name, level in levels.items() if isinstance(levels, Mapping) else ():
        key = ".".join(map(str, (*here, name)))
        if name not in names:
            yield (*here, name), name, f"{key}: unknown {kind} '{name}'{hint(name, names)}"
        elif column == "shares" and market_id(name) != name and market_id(name) in levels:
            yield (*here, name), level, f"{key}: the same market stands there by its id, too"
        elif isinstance(level, int | float) and not 0 <= level <= 1:
            yield (*here, name), level, f"{key} = {level} is outside 0..1"


def network_problems(tree: Tree, pack: Pack) -> Iterator[Problem]:
    """Yield what is wrong with the network that a tree's places and legs make."""
    changes = changes_of(tree)
    if not (changes["places"] or changes["legs"]):
        return
    known = pack.kinds("places")
    kinds = known | kinds_of(changes["places"], known, "hub")
    legs = dict.fromkeys([*(f"{a}>{b}" for a, b in pack.edges()), *changes["legs"]])
    edges = [(leg.partition(">")[0], leg.partition(">")[2]) for leg in legs]
    key = "legs" if changes["legs"] else "places"
    for what in graph_problems(kinds, edges):
        yield (key,), None, what


def share_problems(tree: Tree, pack: Pack, ids: Identifiers) -> Iterator[Problem]:
    """Yield markets whose other sellers have no room beside the shares that a tree gives."""
    given = {
        (name, market_id(market)): share
        for name, row in changes_of(tree)["organisations"].items()
        if isinstance(row.get("shares"), Mapping)
        for market, share in row["shares"].items()
        if isinstance(share, int | float)
    }
    for market in ids.market:
        lines = [e for e in pack.tables["market_lines"] if e.keys["market"] == market]
        total = sum(entry.row.share for entry in lines)
        others = sum(e.row.share for e in lines if (e.keys["cartel"], market) not in given)
        new = sum(share for (_, where), share in given.items() if where == market)
        full = (new >= total and others > 0) or new + others <= 0
        if full and any(where == market for _, where in given):
            what = f"shares of {market} add up to {new:g}, which is not between 0 and {total:g}"
            yield ("organisations",), None, f"organisations: {what}: others have no room"


def unknown(kind: str, name: str, ids: Identifiers) -> str:
    """Say that a name is not known, and which could be meant."""
    known = market_words(ids.market) if kind == "market" else getattr(ids, kind)
    what = f"unknown {kind} '{name}'"
    if kind in ("cartel", "gang") and name in ids.organisation:
        return f"{what}; '{name}' is a {'gang' if kind == 'cartel' else 'cartel'}"
    return what + hint(name, known)
