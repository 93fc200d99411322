"""Mistakes in input: the one error that a user should ever see, and a hint at what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

LISTED = 20  # mistakes that one message tells one by one
LONGEST = 600  # characters of a line; of a longer one the middle is left out


class ScenarioError(ValueError):
    """Mistakes in input; the message is complete by itself, a line for each mistake.

    Attributes
    ----------
    mistakes : tuple of str
    """

    def __init__(self, *mistakes: str) -> None:
        super().__init__(listed([one_line(mistake) for mistake in mistakes]))
        self.mistakes = mistakes


def one_line(text: str) -> str:
    """Return text on one line that any terminal can show: signs that do not print are escaped."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


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
