"""Events that fade: what is left of one some weeks after it began."""

from __future__ import annotations

import math
from typing import Any

STEP = 4  # weeks between two weakenings of an event that fades
GONE = 0.01  # of its strength: then it ends


def strength(event: Any, weeks: float) -> float:
    """Return what is left of an event: 1 at its beginning, a half each half-life later.

    It weakens in steps of four weeks; without a half-life it does not.
    """
    half_life = getattr(event, "half_life_weeks", None)
    if half_life is None:
        return 1.0
    return float(0.5 ** (weeks // STEP * STEP / half_life))


def lifetime(event: Any) -> int | None:
    """Return the weeks for which an event lasts, None if to the end of the run.

    One that fades ends when a hundredth of it is left, unless what it moved stays elsewhere.
    """
    weeks, half_life = getattr(event, "weeks", None), getattr(event, "half_life_weeks", None)
    if half_life is None or getattr(event, "elsewhere", None):
        return weeks
    steps = math.ceil(half_life * math.log2(1.0 / GONE) / STEP)
    return min(weeks or steps * STEP, steps * STEP)


def weakenings(event: Any, start: int, end: int) -> range:
    """Return the weeks in which an event weakens."""
    if getattr(event, "half_life_weeks", None) is None:
        return range(0)
    gone = start + math.ceil(event.half_life_weeks * math.log2(1.0 / GONE) / STEP) * STEP
    return range(start, min(end, gone) + 1, STEP)


def weakened(event: Any, left: float) -> Any:
    """Return an event with what is left of it: factors nearer 1, changes nearer 0."""
    if left == 1.0:
        return event
    change = {}
    if hasattr(event, "factor"):
        change["factor"] = 1.0 + left * (event.factor - 1.0)
    if hasattr(event, "change"):
        change["change"] = left * event.change
    return event.model_copy(update=change)
