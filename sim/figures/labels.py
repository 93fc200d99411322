"""Put labels where they cover neither each other nor what they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox, offset_copy

from sim.figures.style import BLACK, FONT_POINTS, Mark

End = tuple[str, float, Mark]  # name, last value and look of a line
# Where a label may go, seen from its point: nearest and most usual first.
SIDES = (
    ("left", "center", 1, 0),
    ("right", "center", -1, 0),
    ("center", "bottom", 0, 1),
    ("center", "top", 0, -1),
    ("left", "bottom", 0.7, 0.7),
    ("right", "bottom", -0.7, 0.7),
    ("left", "top", 0.7, -0.7),
    ("right", "top", -0.7, -0.7),
)
LINE_HEIGHT = 1.35  # of a line of text, in sizes of its letters
FURTHER = (9.0, 15.0)  # points; names that far get a line to their place


@dataclass(frozen=True)
class Label:
    """A text that names a point, and how much it matters."""

    text: str
    x: float
    y: float
    weight: float = 0.0
    bold: bool = False


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move values apart until neighbours are ``gap`` apart, within ``low`` and ``high``.

    The order is kept and each value moves as little as the others allow. If there
    is no room for all gaps, values are spaced evenly.
    """
    n = len(values)
    if n == 0:
        return []
    if gap * (n - 1) >= high - low:
        gap = (high - low) / max(n - 1, 1)
    order = np.argsort(values, kind="stable")
    # Blocks of values that touch sit together around the mean of where they want to be.
    blocks: list[list[float]] = []
    for k, i in enumerate(order):
        blocks.append([values[i] - k * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, w) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * w) / (m + w), m + w]]
    out = [0.0] * n
    flat = [start for start, width in blocks for _ in range(int(width))]
    for k, i in enumerate(order):
        out[i] = min(max(flat[k], low), high - (n - 1) * gap) + k * gap
    return out


def label_line_ends(ax: Axes, ends: Sequence[End], size: float = FONT_POINTS) -> None:
    """Name lines at the right edge of a panel, with a sample and a leader to each line's end.

    Call it when the limits of the axes are final; ``ends`` holds name, last value
    and look of each line.
    """
    ends = [end for end in ends if np.isfinite(end[1])]
    to_share = ax.transData + ax.transAxes.inverted()
    at = [float(to_share.transform((0.0, value))[1]) for _, value, _ in ends]
    height_points = ax.get_window_extent().height * 72 / ax.figure.dpi
    places = spread(at, LINE_HEIGHT * size / height_points, 0.02, 0.98)
    for (name, _, mark), start, end in zip(ends, at, places, strict=True):
        ax.plot(
            [1.0, 1.03],
            [start, end],
            transform=ax.transAxes,
            color=mark.colour,
            linewidth=0.5,
            clip_on=False,
        )
        ax.plot(
            [1.03, 1.10],
            [end, end],
            transform=ax.transAxes,
            color=mark.colour,
            linestyle=mark.line,
            clip_on=False,
        )
        ax.text(
            1.115,
            end,
            name,
            transform=ax.transAxes,
            color=BLACK,  # pale colours are for lines; the sample beside it has the colour
            fontsize=size,
            va="center",
            ha="left",
            clip_on=False,
        )


def place_labels(
    ax: Axes, labels: Sequence[Label], points: np.ndarray[Any, Any], size: float, away: float = 3.0
) -> list[str]:
    """Write labels beside their points, most important first, and skip those without room.

    Parameters
    ----------
    ax : Axes
        Map whose limits and position are final.
    labels : sequence of Label
        What to write; positions in data coordinates.
    points : array
        Positions, in data coordinates, of all markers that no label may cover.
    size : float
        Font size, in points.
    away : float
        Distance between a point and its label, in points.

    Returns
    -------
    list of str
        The texts that found room, in the order they were written.
    """
    figure = ax.figure.figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    scale = figure.dpi / 72
    marks = [
        Bbox.from_extents(x - 2.2 * scale, y - 2.2 * scale, x + 2.2 * scale, y + 2.2 * scale)
        for x, y in ax.transData.transform(points)
    ]
    frame, taken, written = ax.get_window_extent(renderer), list(marks), []
    for label in sorted(labels, key=lambda item: -item.weight):
        for far, (across, along, dx, dy) in product((away, *FURTHER), SIDES):
            text = ax.text(
                label.x,
                label.y,
                label.text,
                ha=across,
                va=along,
                fontsize=size,
                zorder=9,
                fontweight="bold" if label.bold else "normal",
                transform=offset_copy(ax.transData, figure, dx * far, dy * far, units="points"),
                path_effects=[withStroke(linewidth=1.4, foreground="white", alpha=0.85)],
            )
            box = text.get_window_extent(renderer)
            inside = (
                frame.x0 <= box.x0
                and box.x1 <= frame.x1
                and frame.y0 <= box.y0 <= box.y1 <= frame.y1
            )
            if inside and not box.count_overlaps(taken):
                taken.append(box)
                if far > away:
                    lead(ax, label, dx * (far - 1.0), dy * (far - 1.0))
                written.append(label.text)
                break
            text.remove()
    return written


def lead(ax: Axes, label: Label, dx: float, dy: float) -> None:
    """Draw a hairline from a point towards its label, which stands some points away."""
    ax.annotate(
        "",
        (label.x, label.y),
        xytext=(dx, dy),
        textcoords="offset points",
        zorder=5,
        arrowprops={
            "arrowstyle": "-",
            "linewidth": 0.4,
            "color": "#555555",
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
