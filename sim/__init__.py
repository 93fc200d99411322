"""Airbridge: the model, and one run of it.

Reading path: ``agents`` (who acts), ``network`` (where), ``week`` (the order of a
week), ``rules`` (the equations), ``results.ledger`` (nothing is lost). ``model`` makes
a world and passes weeks; ``run`` is what comes out.

parameters  every number, declared once, in register.csv
scenario    what the world is like and what happens to it: files, events, messages
setup       how a world begins
shocks      what the calendar does to it
world       the arrays behind the agents
results     what is written down
figures     figures of one run
engine      compiled rules, keyed draws
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import ScenarioError
    from sim.model import TraffickingModel
    from sim.run import Run
    from sim.scenario.scenario import Scenario

__all__ = ["Run", "Scenario", "ScenarioError", "TraffickingModel"]
_HOMES = {
    "Run": "run",
    "Scenario": "scenario.scenario",
    "ScenarioError": "errors",
    "TraffickingModel": "model",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``--help`` stays quick."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"sim.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")
