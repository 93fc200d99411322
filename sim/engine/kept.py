"""Where compiled rules are kept: per user and Python, shared by every copy of the project.

Numba keeps a compiled function by the folder and the time of the file it stands in, so
that each copy of the project would compile anew; and it does not notice when a function
that is called, in another file, has changed. Here the folder is named after the code of all
compiled rules, and a file after the rule and the types of its arguments: new rules, new
folder; same rules, no second compilation.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from sim.engine.code import COMPILED, rules_version, sources
from sim.engine.folders import SETTING, cache_folders


class Kept(NullCache):
    """The compiled forms of one rule on disk, a file for each kind of arguments.

    Nothing that goes wrong with a file stops a run: the rule is compiled again.
    """

    def __init__(self, rule: Callable[..., Any]) -> None:
        self._name = f"{rule.__module__}.{rule.__qualname__}"

    @property
    def cache_path(self) -> str | None:
        """Folder of the compiled rules, None if there is none to write to."""
        folder = kept_in()
        return None if folder is None else str(folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept for a signature, None if there is nothing that can be read."""
        path = self._path(sig, target_context.codegen())
        if path is None:
            return None
        try:
            content = pickle.loads(path.read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError):
            return None
        target_context.refresh()
        return CompileResult._rebuild(target_context, *content)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled form for a signature: written beside its place, then moved there."""
        path = self._path(sig, data.codegen)
        if path is None or data.library.has_dynamic_globals:
            return
        content = dumps(data._reduce())
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
            os.replace(file.name, path)
        except OSError:  # a full disk, say
            return

    def _path(self, sig: Any, codegen: Any) -> Path | None:
        folder = kept_in()
        if folder is None:
            return None
        key = repr((str(sig), codegen.magic_tuple()))
        return folder / f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def keeper_of(rule: Callable[..., Any]) -> NullCache:
    """Return where a rule is kept: nowhere if it is the user's own, whose code has no hash."""
    return Kept(rule) if rule.__code__.co_filename in _own_files() else NullCache()


@lru_cache(maxsize=1)
def _own_files() -> frozenset[str]:
    return frozenset(str(path) for path in sources(COMPILED))


@lru_cache(maxsize=1)
def kept_in() -> Path | None:
    """Return the folder of the compiled rules, made if need be; None if none can be written to.

    Warns
    -----
    RuntimeWarning
        If the usual folder cannot be written to, and what is done instead.
    """
    python = f"{sys.implementation.cache_tag}-numba-{numba.__version__}"
    wanted = None
    for base in cache_folders():
        wanted = wanted or base
        folder = base / f"{python}-{rules_version()}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        if base != wanted:
            _warn(wanted, f"they are kept in {base}")
        return folder
    _warn(wanted, "every process compiles them anew")
    return None


def _warn(wanted: Path | None, instead: str) -> None:
    what = f"compiled rules cannot be kept in {wanted}: {instead}; {SETTING} can name a folder"
    warnings.warn(what, RuntimeWarning, stacklevel=2)
