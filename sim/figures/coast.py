"""Land, coasts and borders under a map, from Natural Earth (see ``natural_earth``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as Outline

from sim.figures.natural_earth import FILE, PER_DEGREE, area, simplify

Corner = np.ndarray[Any, Any]
Points = np.ndarray[Any, Any]
LAND, WATER, BORDER, SHORE = "#F1EFEA", "#FFFFFF", "#B9B4AA", "#8C877D"
COARSE = 0.15  # degrees by which an outline for ships' ways may differ
IN_THE_WAY = 4.0  # square degrees of land that ships go round: some 50,000 km2


@dataclass(frozen=True)
class Frame:
    """The part of the world that a map shows, in degrees."""

    west: float
    east: float
    south: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a spot lies in the frame."""
        return self.west < lon < self.east and self.south < lat < self.north

    def meets(self, line: Points) -> bool:
        """Say whether the box around a line and the frame have a part in common."""
        (west, south), (east, north) = line.min(axis=0), line.max(axis=0)
        return bool(
            west < self.east and east > self.west and south < self.north and north > self.south
        )


def project(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return where longitude and latitude lie on a map, by Miller's cylindrical projection."""
    return np.asarray(lon, float), np.degrees(
        1.25 * np.log(np.tan(np.pi / 4 + 0.4 * np.radians(lat)))
    )


def draw_coast(ax: Axes, frame: Frame) -> None:
    """Draw land, coasts and borders in a frame, and set the limits of the axes to it."""
    (west, east), (south, north) = project((frame.west, frame.east), (frame.south, frame.north))
    ax.set(xlim=(west, east), ylim=(south, north), aspect="equal", facecolor=WATER)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=0.5, color=SHORE)
    shores = [np.column_stack(project(*ring.T)) for ring in lines("land") if frame.meets(ring)]
    borders = [np.column_stack(project(*line.T)) for line in lines("borders") if frame.meets(line)]
    ax.add_collection(
        PathCollection([land_of(shores)], facecolor=LAND, linewidth=0.0, zorder=1), autolim=False
    )
    for drawn, colour in ((borders, BORDER), (shores, SHORE)):
        ax.add_collection(
            LineCollection(drawn, colors=colour, linewidths=0.3, zorder=1.5), autolim=False
        )


def land_of(shores: list[Points]) -> Outline:
    """Return one outline of many rings; those that run the other way are holes in others."""
    return Outline.make_compound_path(*(Outline(shore, closed=True) for shore in shores))


@lru_cache(maxsize=2)
def lines(name: str) -> tuple[Points, ...]:
    """Return the rings of ``land`` or the lines of ``borders`` in degrees."""
    with np.load(FILE) as stored:
        points, lengths = stored[name] / PER_DEGREE, stored[f"{name}_lengths"]
    return tuple(np.split(points, np.cumsum(lengths)[:-1]))


@lru_cache(maxsize=1)
def land() -> tuple[tuple[Outline, Corner, Corner], ...]:
    """Return coarse outlines of the larger land masses with two corners of each, in degrees."""
    shores = [simplify(shore, COARSE) for shore in lines("land") if area(shore) > IN_THE_WAY]
    return tuple((Outline(shore), shore.min(axis=0), shore.max(axis=0)) for shore in shores)


def over_land(points: Points) -> Points:
    """Say of each point, longitude and latitude in degrees, whether it lies on land."""
    covered = np.zeros(len(points), bool)
    for outline, low, high in land():
        # A box is quicker to test than a shore.
        near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
        covered[near] |= outline.contains_points(points[near])
    return covered
