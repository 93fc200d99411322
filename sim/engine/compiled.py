"""Compiled rules: one decorator, and how the week calls what it made."""

from __future__ import annotations

from collections.abc import Callable
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
    settings: Any = config
    if settings.DISABLE_JIT:
        return function
    options = {"nopython": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    rule = Rule(function, locals={}, targetoptions=options)
    rule.enable_caching()
    return cast(Function, rule)


def ready(rule: Function, *arguments: Any) -> Function:
    """Return a rule as machine code for such arguments.

    A call of it costs a microsecond; the rule itself looks at its arguments first, which
    costs eight.
    """
    if not isinstance(rule, Rule):  # the compiler is off
        return rule
    kinds = tuple(numba.typeof(argument) for argument in arguments)
    return cast(Function, rule.compile(kinds))
