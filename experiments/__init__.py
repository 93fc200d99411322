"""Many runs, and what they say: command line, runner, studies, figures, results.

``experiments.load`` puts finished runs and studies into one table.
"""

from __future__ import annotations

from typing import Any

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``--help`` stays quick."""
    if name == "load":
        from importlib import import_module

        return import_module("experiments.results.frame").load
    raise AttributeError(f"module 'experiments' has no attribute '{name}'")
