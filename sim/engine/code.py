"""Which code is this: a hash that names stored results and compiled rules.

Docstrings, comments, layout, and the source and the meaning given for a number do not count:
what is stored outlives their edits, and no change of a number or of a rule.
"""

from __future__ import annotations

import ast
import csv
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from sim.engine.prints import Prints

SIM = Path(__file__).parent.parent
# What decides the numbers of a run: all of ``sim`` but its pictures and its words.
DECIDES = (
    "agents",
    "engine",
    "parameters",
    "results",
    "rules",
    "scenario",
    "setup",
    "shocks",
    "world",
    "hooks.py",
    "model.py",
    "network.py",
    "seeds.py",
    "units.py",
    "week.py",
)
WORDS = ("source", "about")  # columns of the register that decide nothing
# Where compiled rules stand, and all that they call.
COMPILED = ("engine", "rules", "results/ledger.py", "results/weekly.py", "world", "week.py")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the code that decides a run, which names results."""
    return hash_code(DECIDES)


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Return a hash of the code that is compiled, which names the folder it is kept in."""
    return hash_code(COMPILED)


def hash_code(parts: Iterable[str], root: Path = SIM) -> str:
    """Return a hash of the syntax trees and tables of files and folders, words left out."""
    digest = hashlib.sha256()
    for path in sources(parts, root):
        digest.update(path.relative_to(root).as_posix().encode())
        strip = _bare if path.suffix == ".py" else _without_words
        digest.update(prints().of(path.read_bytes(), strip).encode())
    prints().save()
    return digest.hexdigest()[:16]


def sources(parts: Iterable[str], root: Path = SIM) -> Iterator[Path]:
    """Yield the code and the tables among files and folders, in one order everywhere."""
    for part in parts:
        path = root / part
        inside = chain(path.rglob("*.py"), path.rglob("*.csv"))
        yield from sorted(inside) if path.is_dir() else [path]


@lru_cache(maxsize=1)
def prints() -> Prints:
    """Return the prints of this user's sources under this Python."""
    return Prints()


def _bare(source: str) -> str:
    """Return code in one layout, without docstrings and comments."""
    tree = ast.parse(source)
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _without_words(table: str) -> str:
    """Return the cells of a table that decide something."""
    rows = csv.DictReader(table.splitlines())
    return repr([{name: cell for name, cell in row.items() if name not in WORDS} for row in rows])
