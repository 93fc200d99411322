"""Courses over time with their bands: a few in one panel, more of them in a panel each.

Bands of more than five courses in one panel cover each other. Then each has a small panel
of its own, the largest first; the panels of a row share their scale, which begins at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isqrt
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from sim.figures.labels import End, label_line_ends
from sim.figures.style import DOUBLE_COLUMN, FONT_POINTS, MM, Mark, new_figure

TOGETHER = 5  # courses whose bands can be told apart in one panel
ROW_MM, HEAD_MM, NOTE_MM = 21, 15, 8
HEADROOM = 1.06
BAND_ALPHA = 0.25
Points = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Course:
    """How one number goes: its middle and, where known, a band; ``held`` is what data say."""

    name: str
    mark: Mark
    at: Points
    middle: Points
    low: Points | None = None
    high: Points | None = None
    held: float = float("nan")

    @property
    def last(self) -> float:
        """Last known value; missing if there is none."""
        known = self.middle[np.isfinite(self.middle)]
        return float(known[-1]) if len(known) else float("nan")

    @property
    def most(self) -> float:
        """Largest number drawn; zero if there is none."""
        drawn = self.middle if self.high is None else np.fmax(self.middle, self.high)
        found = float(np.nanmax(np.append(drawn, 0.0)))
        return max(found, self.held) if np.isfinite(self.held) else found


def draw_course(ax: Axes, course: Course, width: float = 1.1) -> None:
    """Draw a course: its band, its middle, and the data as a dotted line."""
    if course.low is not None and course.high is not None:
        ax.fill_between(
            course.at,
            course.low,
            course.high,
            color=course.mark.colour,
            alpha=BAND_ALPHA,
            linewidth=0,
            zorder=2,
        )
    ax.plot(
        course.at,
        course.middle,
        color=course.mark.colour,
        linestyle=course.mark.line,
        linewidth=width,
        # A week on its own would be an invisible line.
        marker=course.mark.marker if len(course.at) == 1 else None,
        label=course.name,
        zorder=3,
    )
    if np.isfinite(course.held):
        ax.axhline(course.held, color=course.mark.colour, linestyle=":", linewidth=0.8)


def by_size(courses: Sequence[Course]) -> list[Course]:
    """Return courses from the largest middle to the smallest; equal ones by name."""
    return sorted(courses, key=lambda c: (-float(np.nanmean(np.append(c.middle, [0.0]))), c.name))


def draw_blocks(
    blocks: Mapping[str, Sequence[Course]],
    label: str,
    along: Callable[[Axes, int], None],
    note: str,
) -> Figure:
    """Draw blocks of courses, two in a row, the highest first, each with a letter and its name.

    Parameters
    ----------
    blocks : dict
        Courses by the name of their block.
    label : str
        What their heights are, with the unit.
    along : callable
        Sets the axis of time of a panel, given the panel and the most ticks it has room for.
    note : str
        What lines and bands are, below the figure.
    """
    across = min(2, len(blocks)) or 1
    deep = max(1, ceil(len(blocks) / across))
    drawn = {name: by_size(courses) for name, courses in blocks.items()}
    drawn = dict(sorted(drawn.items(), key=lambda item: -rows_of(len(item[1]))))
    heights = [
        HEAD_MM + ROW_MM * max(rows_of(len(courses)) for courses in row)
        for row in rows(list(drawn.values()), across)
    ] or [HEAD_MM + 2 * ROW_MM]
    figure = new_figure(DOUBLE_COLUMN, (sum(heights) + NOTE_MM) * MM)
    if any(len(courses) > TOGETHER for courses in drawn.values()):
        note += "\nSmall panels: one scale from zero in each row"
    figure.supxlabel(note)
    grid = figure.subfigures(deep, across, squeeze=False, height_ratios=heights).ravel()
    ends: list[tuple[Axes, list[End]]] = []
    for letter, part, (name, courses) in zip("abcdefghijkl", grid, drawn.items(), strict=False):
        part.suptitle(f"{letter}  {name}", x=0.01, ha="left", fontsize=7.5, fontweight="bold")
        if len(courses) > TOGETHER:
            part.supylabel(label)
            draw_apart(part, {c.name: [c] for c in courses}, 3, along)
        else:
            ends.append(draw_together(part, courses, label, along))
    figure.draw_without_rendering()
    for ax, names in ends:
        label_line_ends(ax, names)
    return figure


def rows(blocks: list[list[Course]], across: int) -> list[list[list[Course]]]:
    """Return blocks by the row of the figure in which they stand."""
    return [blocks[k : k + across] for k in range(0, len(blocks), across)]


def rows_of(courses: int, columns: int = 3) -> int:
    """Return how many rows of small panels a block takes; one panel is as high as two."""
    return ceil(courses / columns) if courses > TOGETHER else 2


def draw_together(
    part: SubFigure, courses: Sequence[Course], label: str, along: Callable[[Axes, int], None]
) -> tuple[Axes, list[End]]:
    """Draw courses in one panel; return it with the ends of its lines."""
    ax = part.subplots()
    for course in courses:
        draw_course(ax, course)
    ax.margins(x=0)
    ax.set_ylim(0, HEADROOM * max([c.most for c in courses], default=0.0) or 1.0)
    ax.set_ylabel(label)
    along(ax, 4)
    return ax, [(course.name, course.last, course.mark) for course in courses]


def draw_apart(
    part: Figure | SubFigure,
    panels: Mapping[str, Sequence[Course]],
    columns: int,
    along: Callable[[Axes, int], None],
    own_scale: bool = False,
) -> list[Axes]:
    """Draw a small panel for each entry, with a scale from zero for each row or each panel."""
    deep = ceil(len(panels) / columns)
    scales: Literal["none", "row"] = "none" if own_scale else "row"
    grid = part.subplots(deep, columns, sharex=True, sharey=scales, squeeze=False)
    for ax in grid.flat[len(panels) :]:
        ax.remove()
    axes = list(grid.flat[: len(panels)])
    for k, (ax, (name, courses)) in enumerate(zip(axes, panels.items(), strict=True)):
        for course in courses:
            draw_course(ax, course, 0.9)
        ax.set_title(name, fontsize=FONT_POINTS, fontweight="normal", pad=2)
        ax.margins(x=0)
        along(ax, 2)
        # The lowest panel of a column has the dates.
        ax.tick_params(labelbottom=k + columns >= len(panels))
    tops = [max((course.most for course in courses), default=0.0) for courses in panels.values()]
    for k, ax in enumerate(axes):
        row = columns * (k // columns)
        most = tops[k] if own_scale else max(tops[row : row + columns])
        ax.set_ylim(0, HEADROOM * most or 1.0)
        ax.locator_params(axis="y", nbins=3)
    return axes


def columns_for(panels: int, most: int) -> int:
    """Return in how many columns so many panels stand best, up to ``most``.

    Examples
    --------
    >>> [columns_for(n, 4) for n in (1, 4, 6, 8, 9)]
    [1, 4, 3, 4, 3]
    """
    return next(
        (k for k in range(min(most, panels), isqrt(panels - 1), -1) if panels % k == 0),
        min(most, panels),
    )
