"""Figures as parts of a page: small enough that all of them stand in one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

ROOM = 3_600_000  # bytes of all figures; as text they take a third more
COLOURS = 128  # a figure has few, and shades where its edges are smoothed
WIDTHS = (2200, 1600, 1200, 900, 600, 400)  # pixels, the widest that fit are taken


def inlined(pictures: Sequence[Path]) -> dict[str, str]:
    """Return PNG files as addresses that hold their content, by the name of the figure.

    All are of the same greatest width: the largest of ``WIDTHS`` at which they fit into
    ``ROOM`` together. The same files give the same text.
    """
    drawn: Mapping[str, bytes] = {}
    for width in WIDTHS:
        drawn = {path.stem: shrunk(path, width) for path in pictures}
        if sum(map(len, drawn.values())) <= ROOM:
            break
    return {
        name: f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
        for name, content in drawn.items()
    }


def shrunk(path: Path, width: int) -> bytes:
    """Return a PNG of at most so many pixels in width, in few colours."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if image.width > width:
        height = round(image.height * width / image.width)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    palette = image.quantize(COLOURS, dither=Image.Dither.NONE)
    palette.save(out, "PNG", optimize=True)
    return out.getvalue()
