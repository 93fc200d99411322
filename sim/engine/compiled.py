"""Compiled rules: one decorator, and a cache that can never be stale.

Numba caches a compiled function by the file it stands in, and does not notice
when a function it calls, in another file, has changed. The cache folder is
therefore named after the code of all folders that compiled rules live in: new
rules, new folder; same rules, no second compilation, whichever copy of the project
they are read from.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])

_SIM = Path(__file__).parent.parent
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
    "week.py",
)
COMPILED = ("engine", "rules", "results/ledger.py", "results/weekly.py", "world", "week.py")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the code that decides a run, which names results.

    Docstrings, comments and layout do not count: stored runs outlive their edits, and
    no change of a number or of a rule.
    """
    return hash_code(DECIDES)


def hash_code(parts: Iterable[str], root: Path = _SIM) -> str:
    """Return a hash of the syntax trees of files and folders, docstrings left out."""
    digest = hashlib.sha256()
    for path in _sources(parts, root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(_bare(path.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:16]


def _sources(parts: Iterable[str], root: Path) -> Iterator[Path]:
    for part in parts:
        path = root / part
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _bare(source: str) -> str:
    """Return code in one layout, without docstrings and comments."""
    tree = ast.parse(source)
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _cache_folder() -> str:
    chosen = os.environ.get("AIRBRIDGE_CACHE")
    base = Path(chosen) if chosen else Path.home() / ".cache" / "airbridge"
    return str(base / f"numba-{numba.__version__}-{hash_code(COMPILED)}")


_CACHE_FOLDER = _cache_folder()


def kernel(function: Function) -> Function:
    """Compile a rule on its first call and keep the result on disk.

    No fast maths and no parallel reductions: the order of every sum is the one
    written, so results are the same bits with the compiler switched off.
    """
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = _CACHE_FOLDER  # read once, when the decorator runs
    njit: Any = numba.njit
    try:
        made = njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    finally:
        settings.CACHE_DIR = before
    return cast(Function, made)
