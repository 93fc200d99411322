"""Rules of the user's own, before or after a phase of the week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from sim.errors import ScenarioError, hint

Rule = Callable[[Any, int], None]  # of the model and its week
Hook = tuple[Literal["before", "after"], str, Rule]
WHEN = ("before", "after")


class Hooks:
    """Functions to call before and after each phase, in the order in which they were added."""

    def __init__(self, phases: Sequence[str], hooks: Iterable[Hook] = ()) -> None:
        self._rules: dict[tuple[str, str], list[Rule]] = {
            (when, phase): [] for when in WHEN for phase in phases
        }
        self._phases = phases
        for hook in hooks:
            if not (isinstance(hook, list | tuple) and len(hook) == 3):
                raise ScenarioError(
                    f"hooks: {hook!r:.60} is not ('before' or 'after', phase, function)"
                )
            self.add(*hook)

    def add(self, when: str, phase: str, rule: Rule) -> None:
        """Add one rule.

        Raises
        ------
        ScenarioError
            If there is no such phase, or the rule cannot be called.
        """
        if when not in WHEN:
            raise ScenarioError(f"hooks: '{when}' is neither 'before' nor 'after'")
        if phase not in self._phases:
            offer = hint(str(phase), self._phases) or f"; they are {', '.join(self._phases)}"
            raise ScenarioError(f"{when}: no phase '{phase}'{offer}")
        if not callable(rule):
            raise ScenarioError(f"{when} '{phase}': {rule!r:.60} is not a function(model, week)")
        self._rules[when, phase].append(rule)

    def call(self, when: str, phase: str, model: Any) -> None:
        """Call the rules of one moment of the week."""
        for rule in self._rules[when, phase]:
            rule(model, model.week)

    @property
    def names(self) -> list[str]:
        """Every rule as a result names it, such as ``after sell: strikes.port_strike``."""
        return [
            f"{when} {phase}: {name_of(rule)}"
            for (when, phase), rules in self._rules.items()
            for rule in rules
        ]


def name_of(rule: Rule) -> str:
    """Return the name of a function, with its module."""
    module, name = getattr(rule, "__module__", ""), getattr(rule, "__qualname__", "")
    return f"{module}.{name}" if name else type(rule).__qualname__
