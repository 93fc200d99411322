"""Names and ticks in figures of studies."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from experiments.words import in_digits

Labels = Mapping[str, str] | None


def _name(outcome: str, labels: Labels) -> str:
    """Return an outcome as it stands in the label of an axis."""
    return (labels or {}).get(outcome, outcome.replace("_", " "))


def _unit(factor: str, units: Labels) -> str:
    """Return the unit of a factor in brackets, or nothing."""
    unit = (units or {}).get(factor, "")
    return f" ({unit})" if unit else ""


def _short_ticks(side: Axis) -> None:
    """Write few ticks, large values in thousands or millions."""
    side.set_major_locator(MaxNLocator(6))
    side.set_major_formatter(lambda value, _: in_digits(value).replace("-", "−"))


def _lines(text: str, width: int) -> str:
    """Break a label into as few lines as hold it, of about equal length."""
    n = -(-len(text) // width)
    return fill(text, min(width, len(text) // n + 8), break_long_words=False)
