"""Mistakes in input: the one error that a user should ever see, and a hint at what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

LISTED = 20  # mistakes that one message tells one by one


class ScenarioError(ValueError):
    """A mistake in input; its message is complete by itself, a line for each mistake."""


def hint(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean '...'?`` when a known name is close or begins alike, else nothing."""
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    close = close or [
        other for other in by_lower if len(name) > 2 and other.startswith(name.lower())
    ]
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""


def listed(mistakes: Sequence[str]) -> str:
    """Return mistakes as one message, a line each."""
    if len(mistakes) == 1:
        return mistakes[0]
    told = [f"{len(mistakes)} mistakes:", *mistakes[:LISTED]]
    if len(mistakes) > LISTED:
        told.append(f"and {len(mistakes) - LISTED} more")
    return "\n  ".join(told)
