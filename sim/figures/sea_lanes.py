"""Ways over sea, so that shipments on a map go round the land.

Lanes are drawn, not simulated: a leg at sea has no way in the model, only a start,
an end and a time. Waypoints are round figures off capes, straits and canals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.sparse.csgraph import shortest_path

from sim.figures.coast import Points, over_land

Spot = tuple[float, float]  # longitude, latitude in degrees
CANAL: tuple[Spot, Spot] = ((-79.5, 8.6), (-79.9, 9.7))  # Panama
WAYPOINTS: tuple[Spot, ...] = (
    (-76.5, -18.0),
    (-79.0, -12.5),
    (-82.3, -5.0),
    (-81.6, -1.0),
    (-80.8, 1.0),
    (-79.3, 2.2),
    (-78.3, 3.4),
    (-78.3, 6.5),  # South Pacific
    (-85.5, 8.0),
    (-88.5, 12.3),
    (-91.0, 13.3),
    (-93.5, 14.6),
    (-98.0, 14.5),
    (-106.5, 19.5),  # Central American Pacific
    *CANAL,
    (-77.3, 9.4),
    (-76.2, 11.0),
    (-72.0, 12.9),
    (-70.8, 12.3),
    (-76.5, 14.0),
    (-82.0, 11.5),
    (-82.0, 14.5),
    (-82.9, 16.3),
    (-87.5, 16.6),
    (-68.0, 17.6),
    (-68.0, 20.0),
    (-65.5, 19.3),
    (-65.0, 17.6),  # Caribbean
    (-74.0, 20.2),
    (-79.6, 25.5),
    (-66.5, 13.0),
    (-60.0, 13.2),
    (-56.2, -35.4),
    (-53.0, -36.0),
    (-46.5, -29.0),
    (-44.5, -25.5),
    (-40.5, -24.0),
    (-34.0, -9.0),  # Brazil
    (-36.0, -3.0),
    (-47.0, 2.0),
    (-22.0, 14.0),
    (-18.8, 24.0),
    (-12.5, 34.0),  # Atlantic
    (-10.5, 43.8),
    (-6.0, 48.9),
    (-3.0, 49.7),
    (0.0, 50.35),
    (1.45, 50.97),
    (2.4, 51.6),
    (3.4, 52.8),
    (5.0, 53.9),
    (8.2, 54.1),  # Channel and North Sea
    (-7.5, 35.9),
    (-5.6, 35.95),
    (-4.0, 36.2),
    (2.5, 37.6),
    (9.5, 38.3),
    (14.5, 36.2),
    (18.5, 37.0),
    (19.0, 40.3),  # Med
)
# Places inland that ships serve: how goods go between the place and open water.
INLAND: dict[str, tuple[str, tuple[Spot, ...]]] = {
    "MK_US": ("road", ((-80.1, 26.2),)),
    "GT_GUATEMALA": ("road", ((-90.9, 13.8),)),
    "AR_ROSARIO": ("river", ((-58.4, -34.1), (-57.6, -34.9))),
    "PY_ASUNCION": ("river", ((-58.6, -27.3), (-60.65, -32.95), (-58.4, -34.1), (-57.6, -34.9))),
}
AFLOAT = frozenset(WAYPOINTS)
LAND_COSTS = 60.0  # lengths at sea that a length over land is worth
TRIED = 81  # spots of a stretch that are tried for land
PORT = 1.0  # degrees at a port's end of a stretch that may be land, as ports lie up rivers


def legs_by_sea(start: str, end: str, spots: Mapping[str, Spot]) -> list[tuple[str, Spot, Spot]]:
    """Return mode, start and end of each stretch of a leg at sea between two places."""
    head, tail = ([*way_out(place, spots)] for place in (start, end))
    tail = [(mode, b, a) for mode, a, b in reversed(tail)]
    at = head[-1][2] if head else spots[start]
    to = tail[0][1] if tail else spots[end]
    return [*head, *(("sea", a, b) for a, b in pairwise(sea_way(at, to))), *tail]


def way_out(place: str, spots: Mapping[str, Spot]) -> Iterator[tuple[str, Spot, Spot]]:
    """Yield the stretches from a place inland to open water; none for a place at the shore."""
    mode, way = INLAND.get(place, ("", ()))
    yield from ((mode, a, b) for a, b in pairwise((spots[place], *way)))


@lru_cache(maxsize=1024)
def sea_way(start: Spot, end: Spot) -> tuple[Spot, ...]:
    """Return the spots from start to end that make the shortest way with little land.

    The way is the straight stretch, or it joins the lanes at one waypoint and leaves
    them at another.
    """
    between, before = lanes()
    straight = costs(*(np.array([spot]) for spot in sorted((start, end))))[0]
    whole = approach(start)[:, None] + between + approach(end)
    first, last = np.unravel_index(whole.argmin(), whole.shape)
    if straight <= whole[first, last]:
        return (start, end)
    way = [last]
    while way[-1] != first:
        way.append(before[first, way[-1]])
    return (start, *(WAYPOINTS[k] for k in reversed(way)), end)


@lru_cache(maxsize=1)
def lanes() -> tuple[Points, Points]:
    """Return the cost of the best way between any two waypoints, and the spot before the last."""
    a, b = np.triu_indices(len(WAYPOINTS), 1)
    spots = np.array(WAYPOINTS)
    straight = np.zeros((len(spots), len(spots)))
    straight[a, b] = straight[b, a] = costs(spots[a], spots[b])
    between, before = shortest_path(straight, return_predecessors=True)
    return between, before


@lru_cache(maxsize=1024)
def approach(spot: Spot) -> Points:
    """Return the costs of the straight stretches between a spot and the waypoints."""
    return costs(np.array([spot]), np.array(WAYPOINTS))


def costs(starts: Points, ends: Points) -> Points:
    """Return the lengths of straight stretches, in degrees, with land counted many times.

    A little extra for long stretches makes ways go along the waypoints, where
    shipments meet in one lane.
    """
    middle = np.cos(np.radians((starts[:, 1] + ends[:, 1]) / 2.0))
    length = np.hypot((ends - starts)[:, 0] * middle, (ends - starts)[:, 1])
    port = np.minimum(PORT / np.maximum(np.hypot(*(ends - starts).T), 1e-9), 0.4)
    first, last = port * ashore(starts), 1.0 - port * ashore(ends)
    t = np.linspace(first * np.ones(len(ends)), last * np.ones(len(ends)), TRIED)[:, :, None]
    points = (1 - t) * starts + t * ends
    share = over_land(points.reshape(-1, 2)).reshape(points.shape[:2]).mean(axis=0)
    share[through_canal(starts, ends)] = 0.0
    found: Points = length**1.05 * (1.0 + LAND_COSTS * share)
    return found


def ashore(spots: Points) -> Points:
    """Say of each spot whether it is a port, and no waypoint."""
    return np.array([tuple(spot) not in AFLOAT for spot in spots.tolist()])


def through_canal(starts: Points, ends: Points) -> Points:
    """Say of each stretch whether it is the canal, either way."""
    south, north = np.array(CANAL)
    ways = ((south, north), (north, south))
    found: Points = np.any(
        [(starts == a).all(axis=1) & (ends == b).all(axis=1) for a, b in ways], axis=0
    )
    return found
