"""Random and mutated files, as hypothesis strategies: scenarios, studies, data packs.

A file is drawn from what is right and from what is odd; most that are drawn have one to
four mistakes. The world is a small one, so that what is accepted runs in a blink.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from experiments.sensitivity.plan import FEWEST
from sim.parameters import register
from sim.parameters.switches import Switches

Draw = Callable[[st.SearchStrategy[Any]], Any]
Files = dict[str, bytes]

PLACES = ["Z0", "Z1", "H0", "H1", "H2", "P0", "P1", "MK_0", "MK_1"]
ORGANISATIONS = ["O0", "O1", "O2", "O3"]
LOOK_ALIKES = ["О0", "Z０", "O0\u200b", "МK_0", "H0\u0301", "O\u00ad0"]  # letters of other scripts
NAMES = [*PLACES, *ORGANISATIONS, *LOOK_ALIKES, "AG", "europe", "us", "nobody", "", " ", "none"]
ODD_TEXT = [
    *NAMES,
    "a\0b",
    "x" * 3000,
    "ä€😀",
    "a\nb",
    "'\"",
    "HEIR_1",
    "a>b",
    "Z0>H0",
    "//",
    "\u202e",
]
ODD_VALUES = [  # as TOML writes them
    "inf",
    "-inf",
    "nan",
    "-nan",
    "true",
    "[]",
    "{}",
    "[[]]",
    "[1, 'a']",
    "{ a = 1 }",
    "2012-01-02",
    "12:30:00",
    "2012-01-02T03:04:05Z",
    "0x1" + "0" * 4000,
    "9" * 5000,
    "9" * 400,
    "-1",
    "1e308",
    "5e-324",
    "-0.0",
    "0",
    "1.5",
    "'1'",
    "'3 kg'",
    "''",
]


def quoted(text: str) -> str:
    """Return text as a TOML string."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


texts = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(ODD_TEXT),
    st.text(st.characters(codec="utf-8"), max_size=8),
).map(quoted)
numbers = st.one_of(st.floats(allow_nan=False).map(repr), st.integers(-5, 3000).map(str))
values = st.one_of(st.sampled_from(ODD_VALUES), texts, numbers)
ODD_SIZES = st.sampled_from([*ODD_VALUES, "3", "8", "64", "1000000"])  # none takes minutes to draw
keys = st.one_of(st.sampled_from(["weeks", "hurdle", "kind", "a.b", "name"]), texts)


def sometimes(
    draw: Draw,
    right: st.SearchStrategy[str],
    part: int = 12,
    odd: st.SearchStrategy[str] = values,
) -> str:
    """Return what is right, and once in so many times what is odd."""
    value: str = draw(odd if draw(st.integers(1, part)) == 1 else right)
    return value


def one_of(*words: str) -> st.SearchStrategy[str]:
    """Return one of some words, as a TOML string."""
    return st.sampled_from(words).map(quoted)


def list_of(*words: str) -> st.SearchStrategy[str]:
    """Return a TOML list of one or two of some words."""
    return st.lists(one_of(*words), min_size=1, max_size=2).map(lambda x: f"[{', '.join(x)}]")


def between(low: float, high: float) -> st.SearchStrategy[str]:
    """Return a number within a range."""
    return st.floats(low, high).map(repr)


WEEKS = st.integers(1, 30).map(str)
DAY = st.dates().map(str)
SOON = st.sampled_from(["2010-01-04", "2010-01-11", "2010-01-20", "2010-03-01"])
GANGS, CARTELS = ("O1", "O3"), ("O0", "O1", "O2")
LEGS = ("Z0>H0", "H0>P0", "P0>MK_0", "Z1>H0")
SELECTION = {"places": list_of(*PLACES), "legs": list_of(*LEGS), "agencies": list_of("AG")}
EVENTS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "raid": {
        "place": one_of(*PLACES),
        "organisation": one_of(*CARTELS),
        "gang": one_of(*GANGS),
        "kg": between(0, 20_000),
        "killed": st.integers(0, 100).map(str),
        "arrested": st.integers(0, 1000).map(str),
    },
    "campaign": {"factor": between(0, 20), "weeks": WEEKS, "modes": list_of("air", "sea")}
    | SELECTION,
    "law": {"factor": between(0, 20), "death_prob": between(0, 1)} | SELECTION,
    "airstrips": {"factor": between(0, 1), "places": list_of(*PLACES)},
    "eradication": {"factor": between(0, 1), "places": list_of("Z0", "Z1"), "weeks": WEEKS},
    "supply": {"factor": between(0, 5), "places": list_of("Z0", "Z1")},
    "demand": {"factor": between(0, 10), "market": one_of("MK_0", "MK_1"), "over_weeks": WEEKS},
    "entry": {"organisation": one_of(*ORGANISATIONS), "market": one_of("MK_0")},
    "port_controls": {"factor": between(0, 20), "places": list_of("P0", "P1")},
    "decapitation": {
        "organisation": one_of(*ORGANISATIONS),
        "dissolves": one_of("x").map(lambda _: "true"),
    },
    "truce": {"factor": between(0, 10), "places": list_of(*PLACES)},
    "presence": {"organisation": one_of(*ORGANISATIONS), "present": st.just("false")},
}
NEEDED = {
    "raid": 4, "campaign": 1, "law": 1, "airstrips": 1, "eradication": 2, "supply": 2, "demand": 2,
    "entry": 1, "port_controls": 2, "decapitation": 1, "truce": 1, "presence": 2,
}  # fmt: skip
TOP: dict[str, st.SearchStrategy[str]] = {
    "question": texts,
    "start": st.sampled_from(["2010-01-04", "2012-01-02", "1999-01-04"]),
    "weeks": WEEKS,
    "until": st.sampled_from(["2010-02-01", "2012-06-01"]),
    "burn_in_weeks": st.integers(0, 6).map(str),
    "seed": st.integers(0, 2**32 - 1).map(str),
    "agencies": one_of("fixed", "random", "adaptive", "optimal"),
    "barred": list_of("O0", "O1:MK_0", "O2:MK_1"),
    "held": list_of("O0", "O1:MK_0"),
}
ORGANISATION: dict[str, st.SearchStrategy[str]] = {
    "group": one_of("Other", "Mexican"),
    "home": one_of("H0", "P0", "Z1"),
    "capital_usd_m": between(0, 5000),
    "kind": one_of("gang", "cartel", "both"),
    "name": texts,
    "places": list_of(*PLACES),
    "partners": list_of(*ORGANISATIONS),
    "affiliation": one_of("O0", "none"),
    "members": between(0, 5000),
    "toll_usd_per_kg": between(0, 1000),
    "trust": st.sampled_from(["{ Z0 = 0.5 }", "{}", "{ H0 = 1, Z1 = 0 }"]),
    "shares": st.sampled_from(["{ MK_0 = 0.1 }", "{ MK_1 = 0 }", "{ MK_0 = 0.9, MK_1 = 0.3 }"]),
    "present_from": st.integers(1900, 2100).map(str),
}
PLACE: dict[str, st.SearchStrategy[str]] = {
    "kind": one_of("hub", "port", "zone", "market"),
    "country": one_of("X"),
    "lat": between(-90, 90),
    "lon": between(-180, 180),
    "reference_price_usd_per_kg": between(1, 100_000),
    "output_t_per_year": between(0, 5000),
}
LEG: dict[str, st.SearchStrategy[str]] = {
    "mode": one_of("air", "road", "river", "sea"),
    "consignment_kg": between(1, 50_000),
    "transit_weeks": between(0, 52),
    "cost_usd_per_kg": between(0, 10_000),
    "seizure_prob": between(0, 0.95),
    "agency": one_of("AG"),
    "capacity_t_per_year": between(0.001, 1000),
}


def table(draw: Draw, about: dict[str, st.SearchStrategy[str]], needed: int) -> str:
    """Return an inline table: the first keys, some of the others, seldom an odd value or key."""
    rest = list(about)[needed:]
    chosen = (
        [*list(about)[:needed], *draw(st.lists(st.sampled_from(rest), max_size=2, unique=True))]
        if rest
        else list(about)
    )
    parts = [f"{key} = {sometimes(draw, about[key], 25)}" for key in chosen]
    fault = draw(st.integers(1, 20))
    if fault == 1 and parts:
        parts.pop(0)
    elif fault == 2:
        parts.append(f"{draw(texts)} = {draw(values)}")
    return f"{{ {', '.join(parts)} }}"


def rows(
    draw: Draw,
    name: str,
    ids: list[str],
    new: list[str],
    about: dict[str, st.SearchStrategy[str]],
    needed: int,
) -> list[str]:
    """Return lines that change rows of the data, or add one."""
    lines = {}
    for _ in range(draw(st.integers(0, 1))):
        lines[draw(st.sampled_from(ids))] = table(draw, about, 0)
    for _ in range(draw(st.integers(0, 1))):
        lines[draw(st.sampled_from(new))] = table(draw, about, needed)
    return [f"{name}.{quoted(key)} = {value}" for key, value in lines.items()]


@st.composite
def scenarios(draw: Draw) -> Files:
    """Draw a scenario file, most often with few mistakes."""
    top = draw(st.lists(st.sampled_from(list(TOP)), max_size=3, unique=True))
    if draw(st.integers(1, 5)) > 1:
        top = [key for key in top if key != "until"]
    lines = ['extends = "small.toml"', *(f"{key} = {sometimes(draw, TOP[key])}" for key in top)]
    numbers = {entry.name: entry for entry in register()}
    for name in draw(st.lists(st.sampled_from(list(numbers)), max_size=2, unique=True)):
        low, high = numbers[name].low, numbers[name].high
        lines.append(f"{name} = {sometimes(draw, st.floats(low, high).map(repr), 8)}")
    if draw(st.integers(1, 4)) == 1:
        switch = draw(st.sampled_from(list(Switches.model_fields)))
        lines.append(f"switches.{switch} = {sometimes(draw, st.sampled_from(['true', 'false']))}")
    if draw(st.integers(1, 3)) == 1:
        lines += rows(draw, "organisations", ORGANISATIONS, ["NEW", *LOOK_ALIKES], ORGANISATION, 3)
    if draw(st.integers(1, 4)) == 1:
        lines += rows(draw, "places", PLACES, ["N1", "Z\u0301"], PLACE, 5)
        lines += rows(draw, "legs", list(LEGS), ["Z0>N1", "N1>P0", "MK_0>Z0", "Z0>Z0"], LEG, 6)
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(list(EVENTS)))
        about = {"kind": one_of(kind), "name": texts, "date": SOON} | EVENTS[kind]
        lines += ["[[events]]", *table(draw, about, 3 + NEEDED[kind])[2:-2].split("\0")]
        lines[-1] = spread(lines[-1])
    text = "\n".join(lines) + "\n"
    return {"mine.toml": spoilt(draw, text)}


def spread(inline: str) -> str:
    """Return the keys of an inline table on lines of their own; commas in lists and text stay."""
    out, depth, within = "", 0, False
    for c in inline:
        within ^= c == '"'
        depth += (c in "[{") - (c in "]}") if not within else 0
        out += "\n" if c == "," and not depth and not within else c
    return out


def spoilt(draw: Draw, text: str) -> bytes:
    """Return a file, in one case of six written or cut as no file should be."""
    data = text.encode("utf-8", "surrogatepass")
    ways: list[Callable[[], bytes]] = [
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: text.encode("latin-1", "replace") + b"# \xe9\n",
        lambda: text.encode("utf-16"),
        lambda: data[: draw(st.integers(0, len(data)))],
        lambda: data.replace(b"=", b"\0", 1),
        lambda: data + data,
        lambda: b"",
        lambda: data + draw(keys).encode() + b" = " + draw(values).encode() + b"\n",
        lambda: draw(keys).encode() + b" = " + draw(values).encode() + b"\n" + data,
        lambda: data.replace(b"small.toml", draw(texts).encode().strip(b'"')),
        lambda: data.replace(b'"', b"\xe2\x80\x9c"),
        lambda: draw(st.binary(max_size=40)),
    ]
    number = draw(st.integers(0, 6 * len(ways)))
    return ways[number]() if number < len(ways) else data


# Studies

METHODS = FEWEST | {"morris": 4}  # and the samples asked of each
OUTCOMES = [
    "flights_per_year",
    "MK_0.price_usd_per_kg",
    "MK_1.herfindahl",
    "displaced",
    "entrant_share",
]
STUDY: dict[str, st.SearchStrategy[str]] = {
    "question": texts,
    "replicates": st.integers(1, 3).map(str),
    "noise_points": st.integers(0, 5).map(str),
    "noise_replicates": st.integers(2, 4).map(str),
    "resamples": st.integers(20, 100).map(str),
    "levels": st.sampled_from(["4", "6", "5"]),
    "second_order": st.just("true"),
    "common_luck": st.just("false"),
    "seed": st.integers(0, 99).map(str),
    "market": one_of("MK_0", "MK_1", "europe"),
    "entrant": one_of(*ORGANISATIONS),
    "since": SOON,
    "against": one_of("barred", "held"),
    "settings": list_of(
        "weeks=9", "ordering.hurdle=0.2", "until=2010-02-01", "x", "=", "barred=['O0']"
    ),
    "span": between(0.01, 1),
    "exclude": list_of("ordering.hurdle"),
    "sections": list_of("ordering", "flying"),
    "discovery": st.just('{ outcome = "displaced" }'),
}
FACTOR: dict[str, st.SearchStrategy[str]] = {
    "name": one_of(
        "ordering.hurdle",
        "routing.outsider_discount",
        "ordering.own_share",
        "organisations.O0.capital_usd_m",
    ),
    "low": between(0, 0.2),
    "high": between(0.2, 0.5),
    "distribution": one_of("uniform", "log_uniform", "triangular", "normal"),
    "mode": between(0, 1),
    "sd": between(0.01, 1),
    "group": one_of("g", "h"),
    "values": st.sampled_from(["[0.1, 0.2]", "[0.2, 0.1]", "[0.1]", "[]", "[nan, 0.1]"]),
    "label": texts,
}
PLAIN = {key: FACTOR[key] for key in ("name", "low", "high")} | FACTOR
GRID = {"name": FACTOR["name"], "values": st.just("[0.1, 0.2]")} | FACTOR
FACTORS = [
    "{ name = 'ordering.hurdle', values = [0.1, 0.2] }",
    "{ name = 'ordering.own_share', values = [0.1, 0.2, 0.3] }",
    "{ name = 'routing.outsider_discount', values = [0.0, 0.1] }",
]


@st.composite
def studies(draw: Draw) -> Files:
    """Draw a study file, most often with few mistakes."""
    method = draw(st.sampled_from(list(METHODS)))
    lines = [
        f"scenario = {sometimes(draw, one_of('small.toml'), 30)}",
        f"method = {sometimes(draw, one_of(method), 30)}",
        f"samples = {sometimes(draw, st.just(str(METHODS[method])), 20, ODD_SIZES)}",
        f"outcomes = {sometimes(draw, list_of(*OUTCOMES), 20)}",
    ]
    if draw(st.integers(1, 20)) == 1:
        lines.pop(draw(st.integers(0, 3)))
    for key in draw(st.lists(st.sampled_from(list(STUDY)), max_size=3, unique=True)):
        lines.append(f"{key} = {sometimes(draw, STUDY[key], 25)}")
    if draw(st.booleans()) and method != "grid":
        lines.append("roles = ['uncertainty']")
    own = draw(st.booleans())  # factors as they should be, and once in two all kinds of them
    tables = draw(st.permutations(FACTORS))[:2] if own else []
    if method != "grid":
        tables = [one.partition(",")[0] + " }" for one in tables]
    about, needed = (GRID, 2) if method == "grid" else (PLAIN, 3)
    tables += [table(draw, about, needed) for _ in range(draw(st.integers(0, 2 - own)))]
    lines.append(f"factors = [{', '.join(tables)}]")
    return {"mine.toml": spoilt(draw, "\n".join(lines) + "\n")}


# Data packs

WRONG_NUMBERS = (
    "inf -inf nan NaN 1e400 -1 1,5 1_kg 5% 0 １ 0x10 1_000 TRUE 2012-01-02 ; a;b".split()
)
CELLS = ["", *WRONG_NUMBERS, "9" * 400, "9" * 5000, "x" * 3000, "a\0b", '"', *NAMES]


@st.composite
def packs(draw: Draw, tables: Files) -> Files:
    """Draw a data pack: that of the small world with one to three things changed."""
    changed = dict(tables)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(changed) or sorted(tables)))
        changed[name] = altered(draw, changed.get(name, b""))
        if draw(st.integers(1, 25)) == 1:
            del changed[name]
    return changed


def altered(draw: Draw, data: bytes) -> bytes:
    """Change a table: a cell, a row, a column, or how it is written."""
    table = list(csv.reader(data.decode("utf-8", "replace").replace("\0", "").splitlines()))
    if len(table) < 2 or not table[0]:
        return data
    if draw(st.integers(1, 3)) > 1:
        cells = st.one_of(st.sampled_from(CELLS), numbers, st.sampled_from(["0.1", "1", "30"]))
        row = table[draw(st.integers(1, len(table) - 1))]
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(cells)
        return written(table)
    n = draw(st.integers(0, max(map(len, table)) - 1))
    row = table[draw(st.integers(1, len(table) - 1))]
    ways: list[Callable[[], bytes]] = [
        lambda: written(table[:1]),
        lambda: b"",
        lambda: written([*table, row]),
        lambda: written([r for r in table if r is not row]),
        lambda: written([*table, row[:-1]]),
        lambda: written([*table, [*row, "x"]]),
        lambda: written([*table, []]),
        lambda: written([[c for i, c in enumerate(r) if i != n] for r in table]),
        lambda: written([[*r, r[n] if n < len(r) else ""] for r in table]),
        lambda: written([r[::-1] for r in table]),
        lambda: written([[c.upper() for c in table[0]], *table[1:]]),
        lambda: written([[f" {c} " for c in r] for r in table]),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: data.replace(b"\n", b"\r"),
        lambda: data.decode("utf-8", "replace").encode("utf-16"),
        lambda: data + "é".encode("latin-1"),
        lambda: data.replace(b",", b";"),
        lambda: data.replace(b",", b"\t"),
        lambda: data[: draw(st.integers(0, len(data)))],
        lambda: data + b'"',
        lambda: data.replace(b"O0", b"O\0000"),
        lambda: b"# a comment\n" + data,
        lambda: draw(st.binary(max_size=60)),
    ]
    return draw(st.sampled_from(ways))()


def written(table: list[list[str]]) -> bytes:
    """Return the bytes of a table of text."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(table)
    return file.getvalue().encode()


def put(folder: Path, files: Files) -> None:
    """Write files into a folder."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
