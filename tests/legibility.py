"""What can be told of a figure without an eye: all its words are whole, apart and large enough."""

from __future__ import annotations

from itertools import combinations
from unittest import mock

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.figures.style import DOUBLE_COLUMN, MM

SMALLEST_POINTS = 6.5
TALLEST = 247 * MM  # what a page of print holds
DPI = 150


def words(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that is truly drawn, and where."""
    found: list[tuple[Text, Bbox]] = []
    plain = Text.draw

    def draw_and_note(self, renderer, *args, **options):
        if self.get_visible() and self.get_text().strip():
            # A frame around a text is part of it.
            frame = self.get_bbox_patch()
            box = self.get_window_extent(renderer)
            found.append((self, box if frame is None else frame.get_window_extent(renderer)))
        plain(self, renderer, *args, **options)

    figure.set_dpi(DPI)
    with mock.patch.object(Text, "draw", draw_and_note):
        FigureCanvasAgg(figure).draw()
    return found


def illegible(figure: Figure) -> list[str]:
    """Say what cannot be read at the width of print: nothing, if all is well.

    Text is too small, turned aslant, cut off by the edge, or over another text; or the
    figure is larger than a page.
    """
    found, faults = words(figure), []
    for text, box in found:
        what = repr(text.get_text())
        if text.get_fontsize() < SMALLEST_POINTS:
            faults.append(f"{what} is in {text.get_fontsize():.3g} pt")
        if text.get_rotation() % 90:
            faults.append(f"{what} stands aslant")  # and its box would say nothing of overlaps
        low, high = figure.bbox.padded(0.5).min, figure.bbox.padded(0.5).max
        if (box.min < low).any() or (box.max > high).any():
            faults.append(f"{what} leaves the figure")
    for (text, box), (other, place) in combinations(found, 2):
        if box.padded(-0.5).overlaps(place):
            faults.append(f"{text.get_text()!r} is over {other.get_text()!r}")
    if figure.get_figwidth() > DOUBLE_COLUMN + 1e-9 or figure.get_figheight() > TALLEST:
        faults.append(f"{figure.get_size_inches() / MM} mm are no page")
    return faults


def assert_legible(figure: Figure) -> None:
    """Fail with all that cannot be read, and where there are hardly any words."""
    assert len(words(figure)) > 3
    faults = illegible(figure)
    assert not faults, "\n".join(faults)
