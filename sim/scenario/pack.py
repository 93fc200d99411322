"""The files of a data pack, read and checked: file, row, column, value and range of every mistake.

Rows are counted as an editor shows them, the header being row 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from sim.errors import ScenarioError, hint
from sim.scenario.rows import TABLES, Row, Table
from sim.scenario.soundness import (
    graph_problems,
    id_problem,
    organisation_problems,
    zones_behind,
)
from sim.scenario.values import reproach

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
YEAR = re.compile(r"\d{4}(\.0)?", re.ASCII)
HOMES = {  # the table that says which names of a kind there are
    "place": "places",
    "market": "places",
    "zone": "places",
    "agency": "agencies",
    "organisation": "organisations",
    "cartel": "organisations",
    "country": "places",
    "country of zones": "places",
}
REFERENCE_YEARS = (2012, 2015)  # conditions "of about 2013": the mean of these years


@dataclass(frozen=True)
class Entry:
    """One row: where it stands, what tells it from others, and what it holds."""

    place: str  # for messages: file and row
    keys: dict[str, str]
    row: Any  # of its table's kind, see ``sim.scenario.rows``
    sound: bool = True  # nothing is wrong with it by itself


@dataclass(frozen=True)
class Pack:
    """The rows that decide a run, table by table."""

    folder: Path
    tables: dict[str, list[Entry]]

    def ids(self, table: str, **values: Any) -> list[str]:
        """Return the ids of a table's rows, those that hold one of the values asked for."""
        return [
            entry.keys["id"]
            for entry in self.tables[table]
            if all(getattr(entry.row, name) in wanted for name, wanted in values.items())
        ]

    def kinds(self, table: str) -> dict[str, str]:
        """Return the kind of every place or organisation by id."""
        return {entry.keys["id"]: str(entry.row.kind) for entry in self.tables[table]}

    def edges(self) -> list[tuple[str, str]]:
        """Return start and end of every leg."""
        return [(entry.keys["from"], entry.keys["to"]) for entry in self.tables["legs"]]


def stamp_of(folder: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes when a file of the pack does; a table that is missing has (0, -1)."""
    stamp = []
    for name in TABLES:
        try:
            found = (folder / f"{name}.csv").stat()
            stamp.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamp.append((0, -1))
    return tuple(stamp)


def read_pack(folder: Path) -> Pack:
    """Read and check the data pack in a folder.

    Raises
    ------
    ScenarioError
        If anything is wrong: a line for each mistake.
    """
    return _read(folder, stamp_of(folder))


@lru_cache(maxsize=8)
def _read(folder: Path, stamp: tuple[tuple[int, int], ...]) -> Pack:
    paths = {name: folder / f"{name}.csv" for name in TABLES}
    if not any(path.is_file() for path in paths.values()):
        first = next(iter(paths.values()))
        raise ScenarioError(f"{first}: the data pack lacks this table, and all others")
    mistakes: list[str] = []
    tables, broken = {}, set()
    for name, path in paths.items():
        found: list[str] = []
        there = path.is_file() or not TABLES[name].optional
        tables[name] = list(entries(path, TABLES[name], found)) if there else []
        if not tables[name] and not found and not TABLES[name].optional:
            found.append(f"{path}: has no rows")
        if found:
            broken.add(name)
        mistakes += found
    pack = Pack(folder, tables)
    mistakes += [*reference_mistakes(pack, broken), *organisation_mistakes(pack)]
    kinds, edges = pack.kinds("places"), pack.edges()
    known = {place for edge in edges for place in edge} <= set(kinds)
    if known and not broken & {"places", "legs"}:
        mistakes += [f"{paths['legs']}: {what}" for what in graph_problems(kinds, edges)]
    if not mistakes:
        mistakes += weight_mistakes(pack)
    if mistakes:
        raise ScenarioError(*mistakes)
    return pack


def entries(path: Path, table: Table, mistakes: list[str]) -> Iterator[Entry]:
    """Yield the rows of a file that decide something; add what is wrong to ``mistakes``."""
    if not path.is_file():
        mistakes.append(f"{path}: the data pack lacks this table")
        return
    seen: dict[tuple[str, ...], int] = {}
    for number, cells, whole in read_rows(path, table.columns, mistakes):
        place = f"{path}, row {number}"
        if not whole:  # what it is called counts
            called = {name: cells[name] for name in table.keys}
            yield Entry(place, called, table.row.model_construct(), sound=False)
            continue
        decides = all(cells.get(k) == v for k, v in (table.read or {}).items())
        keys = {name: cells[name] for name in table.keys}
        found = list(key_mistakes(table, keys)) if decides else []
        values, wrong = parse(table.row, cells, decides)
        found += wrong
        if decides and tuple(keys.values()) in seen:
            first = seen[tuple(keys.values())]
            found.append(f"{' '.join(keys.values())} stands twice; first in row {first}")
        seen.setdefault(tuple(keys.values()), number)
        mistakes += [f"{place}: {what}" for what in found]
        if decides:
            yield Entry(place, keys, table.row.model_construct(**values), not found)


def read_rows(
    path: Path, columns: Iterable[str], mistakes: list[str]
) -> Iterator[tuple[int, dict[str, str], bool]]:
    """Yield the rows of a file as text with their numbers.

    Rows of another length than the header's are mistakes, and are yielded as not whole.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if len(header) == 1 and (other := re.search("[;\t|]", header[0])):
                what = f"has one column; {other[0]!r} stands between names, where a comma must"
                mistakes.append(f"{path}: {what}")
                return
            missing = [name for name in columns if name not in header]
            twice = [name for name in columns if header.count(name) > 1]
            mistakes += [f"{path}: column '{n}' is missing{hint(n, header)}" for n in missing]
            mistakes += [f"{path}: column '{name}' stands twice" for name in twice]
            if missing or twice:
                return
            for cells in reader:
                whole = len(cells) == len(header)
                if cells and not whole:
                    what = f"has {len(cells)} cells, the header {len(header)}"
                    mistakes.append(f"{path}, row {reader.line_num}: {what}")
                if cells:
                    known = dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
                    yield reader.line_num, known, whole
    except UnicodeDecodeError as error:
        mistakes.append(f"{path}: not UTF-8 text (byte {error.start})")
    except (csv.Error, OSError) as error:
        why = getattr(error, "strerror", None) or error
        mistakes.append(f"{path}: not a table that can be read ({why})")


def key_mistakes(table: Table, keys: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the cells that tell a row from others."""
    for column, text in keys.items():
        if not text:
            yield f"{column} is empty"
        elif table.keys[column] == "year" and not YEAR.fullmatch(text):
            yield f"{column} = {text} is not a year"
        elif table.keys[column] == "" and (what := id_problem(text)):
            yield f"{column} = {text}: {what}"


def parse(row: type[Row], cells: dict[str, str], decides: bool) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a row's cells, and what is wrong with them."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, field in row.model_fields.items():
        text = "" if name in row.files_lack else cells[name]
        kinds = get_args(field.annotation)
        if not text:
            if name in row.needed and decides:
                wrong.append(f"{name} is empty")
        elif not {float, int} & set(kinds):
            values[name] = split_ids(text) if tuple[str, ...] in kinds else text
        elif NUMBER.fullmatch(text):
            values[name] = float(text)
        else:
            wrong.append(f"{name} = {text:.60} {reproach({'type': 'float_parsing'}, field)}")
    try:
        row.model_validate(values)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            name = str(mistake["loc"][0])
            wrong.append(f"{name} = {cells[name]:.60} {reproach(mistake, row.model_fields[name])}")
    return {name: values.get(name) for name in row.model_fields}, wrong


def split_ids(cell: object) -> tuple[str, ...]:
    """Return the ids of a cell that separates them by semicolons; none of an empty one."""
    text = cell if isinstance(cell, str) else ""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def reference_mistakes(pack: Pack, broken: Set[str]) -> Iterator[str]:
    """Yield every id or country that a row names and no row has.

    What a row is called counts also where other cells of it are wrong; a kind of name is not
    looked at where some of its rows cannot be told.
    """
    known = {
        "place": pack.ids("places"),
        "market": pack.ids("places", kind=("market",)),
        "zone": pack.ids("places", kind=("zone",)),
        "place on the way": pack.ids("places", kind=("hub", "port")),
        "exchange": [entry.keys["exchange"] for entry in pack.tables["exchanges"]],
        "agency": pack.ids("agencies"),
        "organisation": pack.ids("organisations"),
        "cartel": pack.ids("organisations", kind=("cartel", "both")),
        "country": [str(entry.row.country) for entry in pack.tables["places"]],
        "country of zones": [
            str(entry.row.country) for entry in pack.tables["places"] if entry.row.kind == "zone"
        ],
    }
    for kind, home in HOMES.items():
        by_id = kind in ("place", "agency", "organisation")
        if home in broken and not (by_id and pack.tables[home]):
            del known[kind]
    for name, table in TABLES.items():
        for entry in pack.tables[name]:
            named = [(column, kind, entry.keys[column]) for column, kind in table.keys.items()]
            for column, kind in table.row.refers.items():
                cell = getattr(entry.row, column)
                ids = (cell,) if isinstance(cell, str) else cell or ()
                named += [(column, kind, one) for one in ids]
            for column, kind, one in named:
                if kind in known and one not in known[kind]:
                    what = f"{column}: unknown {kind} '{one}'{hint(one, known[kind])}"
                    yield f"{entry.place}: {what}"


def organisation_mistakes(pack: Pack) -> Iterator[str]:
    """Yield what does not go together in the table of organisations."""
    kinds = pack.kinds("organisations")
    for entry in pack.tables["organisations"]:
        if not entry.sound:
            continue
        values = dict(entry.row)
        for column, what in organisation_problems(entry.keys["id"], values, kinds):
            yield f"{entry.place}: {column}: {what}"


def weight_mistakes(pack: Pack) -> Iterator[str]:
    """Yield weights that add up to nothing: shares of sellers, seats, and output for a market."""
    lines, seats = pack.tables["market_lines"], pack.tables["air_pools"]
    for market in pack.ids("places", kind=("market",)):
        shares = [e.row.share for e in lines if e.keys["market"] == market]
        if not sum(shares):
            file = pack.folder / "market_lines.csv"
            yield f"{file}: the shares of the market '{market}' add up to 0; one must be more"
    if not sum(entry.row.seat_share for entry in seats):
        yield f"{pack.folder / 'air_pools.csv'}: all values of seat_share are 0; one must be more"
    yield from source_mistakes(pack)


def source_mistakes(pack: Pack) -> Iterator[str]:
    """Yield markets that no zone with output, a way there and a share of origins supplies."""
    country = {e.keys["id"]: e.row.country for e in pack.tables["places"]}
    behind = zones_behind(pack.kinds("places"), pack.edges())
    first, last = REFERENCE_YEARS
    makes = {
        entry.keys["zone"]
        for entry in pack.tables["cultivation"]
        if first <= float(entry.keys["year"]) <= last and entry.row.value > 0
    }
    for market in pack.ids("places", kind=("market",)):
        shares = {
            e.keys["country"]
            for e in pack.tables["origins"]
            if e.keys["market"] == market and e.row.share > 0
        }
        if not {zone for zone in makes if country[zone] in shares} & behind[market]:
            yield (
                f"{pack.folder / 'origins.csv'}: the market '{market}' has no source: no zone that "
                f"reaches it has both a share of origins and output in {first}-{last} "
                "(cultivation.csv, zone_output)"
            )
