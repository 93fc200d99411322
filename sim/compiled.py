"""Compiled rules: one decorator, and a cache that can never be stale.

Numba caches a compiled function by the file it stands in, and does not notice
when a function it calls, in another file, has changed. The cache folder is
therefore named after a hash of all sources that compiled code is made of: new
rules, new folder; same rules, no second compilation.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])

_SOURCES = Path(__file__).parent


def code_version() -> str:
    """Return a hash of the model's sources, which names results."""
    return _hash(sorted(_SOURCES.rglob("*.py")))


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(_SOURCES).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> str:
    chosen = os.environ.get("AIRBRIDGE_CACHE")
    base = Path(chosen) if chosen else Path.home() / ".cache" / "airbridge"
    paths = sorted(_SOURCES.rglob("*.py"))
    constants = ("state.py", "accounts.py", "phases.py", "compiled.py")
    compiled = [p for p in paths if p.name in constants or b"sim.compiled" in p.read_bytes()]
    return str(base / f"numba-{numba.__version__}-{_hash(compiled)}")


_CACHE_FOLDER = _cache_folder()


def kernel(function: Function) -> Function:
    """Compile a rule on its first call and keep the result on disk.

    No fast maths and no parallel reductions: the order of every sum is the one
    written, so results are the same bits with the compiler switched off.
    """
    return _compile(function, inline="never")


def inner(function: Function) -> Function:
    """Compile a rule that only other compiled rules call: no entry from Python, half the wait."""
    return _compile(function, inline="never", no_cpython_wrapper=True)


def part(function: Function) -> Function:
    """Compile a piece of a rule into its caller.

    A call hands over every array of every named tuple by value, which costs more
    than most pieces do; pieces that take groups of arrays are therefore inlined.
    """
    return _compile(function, inline="always")


def _compile(function: Function, **options: Any) -> Function:
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = _CACHE_FOLDER  # read once, when the decorator runs
    njit: Any = numba.njit
    try:
        return cast(Function, njit(cache=True, error_model="numpy", **options)(function))
    finally:
        settings.CACHE_DIR = before
