"""Make ``natural_earth.npz``, the coasts and borders of the maps, from a TopoJSON file.

The source is ``countries-50m.json`` of the npm package world-atlas 2.0.2: country
boundaries 1:50m of Natural Earth 4.1.0, which are in the public domain. Make it anew by

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m sim.figures.natural_earth package/countries-50m.json

The file holds rings of land and lines of borders in hundredths of a degree. An arc between
two countries is a border, any other a coast; arcs are simplified before rings are made of
them, so that what touches still does. Small islands and Antarctica are left out.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Points = np.ndarray[Any, Any]
FILE = Path(__file__).with_suffix(".npz")
PER_DEGREE = 100  # steps of the stored whole numbers: 1.1 km
TOLERANCE = 0.03  # degrees by which a simplified line may differ
SMALLEST = 0.03  # square degrees of the smallest island, some 370 km2 at the equator
SOUTHERN_END = -60.0
FURTHEST = 200.0  # degrees east or west


def main(source: str) -> None:
    """Read a TopoJSON file of countries and write the file of the maps."""
    topology = json.loads(Path(source).read_text())
    arcs = [simplify(arc, TOLERANCE) for arc in decode(topology)]
    countries = topology["objects"]["countries"]["geometries"]
    used = Counter(k if k >= 0 else ~k for ring in rings_of(countries) for k in set(ring))
    borders = [unwrap(arcs[k]) for k, times in sorted(used.items()) if times > 1]
    land = [unwrap(join(arcs, ring)) for ring in rings_of(topology["objects"]["land"])]
    land = [ring for ring in land if len(ring) > 3 and area(ring) > SMALLEST]
    packed: dict[str, Any] = {**pack("land", repeat(land)), **pack("borders", repeat(borders))}
    np.savez_compressed(FILE, **packed)


def decode(topology: dict[str, Any]) -> list[Points]:
    """Return the arcs in degrees; they are kept as whole steps from point to point."""
    scale, start = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(arc, axis=0) * scale + start for arc in topology["arcs"]]


def rings_of(shapes: Any) -> Iterator[list[int]]:
    """Yield the rings of shapes, each a list of arcs; ``~k`` is arc ``k`` backwards."""
    if isinstance(shapes, list):
        for shape in shapes:
            yield from rings_of(shape)
    elif "geometries" in shapes:
        yield from rings_of(shapes["geometries"])
    else:
        parts = [shapes["arcs"]] if shapes["type"] == "Polygon" else shapes["arcs"]
        yield from (ring for part in parts for ring in part)


def join(arcs: list[Points], ring: list[int]) -> Points:
    """Return a ring of arcs, each of which begins where the one before it ends."""
    parts = [arcs[k] if k >= 0 else arcs[~k][::-1] for k in ring]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def simplify(line: Points, tolerance: float) -> Points:
    """Leave out points that a line can do without (Douglas and Peucker 1973)."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    open_parts = [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        away = distance(line[first + 1 : last], line[first], line[last])
        if away.max() > tolerance:
            middle = first + 1 + int(away.argmax())
            keep[middle] = True
            open_parts += [(first, middle), (middle, last)]
    return line[keep]


def distance(points: Points, a: Points, b: Points) -> Points:
    """Return the distance of points from the stretch between a and b, which may be one point."""
    along = b - a
    length = float(along @ along)
    t = np.clip((points - a) @ along / length, 0.0, 1.0) if length > 0 else np.zeros(len(points))
    return np.hypot(*(points - a - t[:, None] * along).T)


def unwrap(line: Points) -> Points:
    """Let a line go on past the date line, where longitudes would jump."""
    lon = np.unwrap(line[:, 0], period=360.0)
    return np.column_stack([lon - 360.0 * np.round((lon.min() + lon.max()) / 720.0), line[:, 1]])


def area(ring: Points) -> float:
    """Return the area of a ring in square degrees; 0 south of the map's end."""
    x, y = ring.T
    if y.max() < SOUTHERN_END:
        return 0.0
    return 0.5 * abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])))


def repeat(lines: Iterable[Points]) -> list[Points]:
    """Return lines, with those past the date line a second time on the other side."""
    found = []
    for line in lines:
        turns = [0.0, -360.0 * (line[:, 0].max() > 180.0), 360.0 * (line[:, 0].min() < -180.0)]
        for turn in dict.fromkeys(turns):
            # What lies far outside the map is drawn in, so that numbers stay small.
            found.append(np.clip(line + [turn, 0.0], -FURTHEST, FURTHEST))
    return found


def pack(name: str, lines: list[Points]) -> dict[str, Points]:
    """Return lines as one array of points and one of the lines' lengths."""
    whole = [np.rint(PER_DEGREE * line).astype(np.int16) for line in lines]
    lengths = np.array([len(line) for line in whole], np.int32)
    return {name: np.concatenate(whole), f"{name}_lengths": lengths}


if __name__ == "__main__":
    main(sys.argv[1])
