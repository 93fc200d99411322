"""Compiled rules: one decorator, and how the week calls what it made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numba
from numba.core import config, types
from numba.core.registry import CPUDispatcher

from sim.engine.kept import keeper_of

Function = TypeVar("Function", bound=Callable[..., Any])


class Rule(CPUDispatcher):
    """A compiled rule: compiled once for every kind of arguments, and kept on disk."""

    def enable_caching(self) -> None:
        """Keep what is compiled; see ``sim.engine.kept``."""
        self._cache = keeper_of(self.py_func)

    def compile(self, sig: Any) -> Any:
        """Compile for a signature unless that is done; garbage waits, which saves a tenth."""
        made: Any = self.overloads.get(sig) if isinstance(sig, tuple) else None
        if made is not None:  # asked before numba takes its locks, which cost a fifth of set-up
            return made.entry_point
        collecting = gc.isenabled()
        gc.disable()
        try:
            return super().compile(sig)
        finally:
            if collecting:
                gc.enable()

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Resolve a call from another rule.

        Numba would compile a rule anew for every number written out in a call, so that
        ``stream_key(seed, SPLIT, now)`` and ``stream_key(seed, FATE, now)`` were two
        functions; numbers count by their type only.
        """
        plain = tuple(types.unliteral(kind) for kind in args)
        return super().get_call_template(
            plain, {name: types.unliteral(kind) for name, kind in kws.items()}
        )


def kernel(function: Function) -> Function:
    """Compile a rule on its first call and keep the result on disk.

    No fast maths and no parallel reductions: the order of every sum is the one
    written, so results are the same bits with the compiler switched off.
    """
    return _compiled(function)


def inner(function: Function) -> Function:
    """Compile a rule that stands in an innermost loop: a ``kernel`` put in place of its calls."""
    return _compiled(function, forceinline=True)


def _compiled(function: Function, **more: bool) -> Function:
    settings: Any = config
    if settings.DISABLE_JIT:
        return function
    options = {"nopython": True, "error_model": "numpy", "no_cfunc_wrapper": True} | more
    rule = Rule(function, locals={}, targetoptions=options)
    rule.enable_caching()
    return cast(Function, rule)


def ready(rules: Iterable[Function], *arguments: Any) -> list[Function]:
    """Return rules as machine code for such arguments.

    A call of it costs a microsecond; a rule itself looks at its arguments first, which
    costs eight.
    """
    kinds = tuple(numba.typeof(argument) for argument in arguments)
    return [cast(Function, r.compile(kinds)) if isinstance(r, Rule) else r for r in rules]
