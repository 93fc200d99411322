"""Airbridge: the model, and one run of it.

Reading path: ``sim.agents`` (who acts), ``sim.network`` (where), ``sim.model``
(how a week passes), ``sim.rules`` (the equations), ``sim.ledger`` (nothing is
lost). ``sim.parameters`` declares every number once; ``sim.state`` holds the
arrays behind the agents; ``sim.build``, ``sim.organisations`` and ``sim.reference`` say how a world
begins; ``sim.scenario`` and ``sim.events`` what happens to it; ``sim.recorder``
and ``sim.record`` what is written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import ScenarioError
    from sim.model import TraffickingModel
    from sim.record import Run
    from sim.scenario import Scenario

__all__ = ["Run", "Scenario", "ScenarioError", "TraffickingModel"]
_HOMES = {"Run": "record", "Scenario": "scenario", "ScenarioError": "errors",
          "TraffickingModel": "model"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``--help`` stays quick."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"sim.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")
