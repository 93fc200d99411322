"""Ways over sea, so that shipments on a map go round the land.

Lanes are drawn, not simulated: a leg at sea has no way in the model, only a start,
an end and a time. Waypoints are round figures off capes, straits and canals.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.sparse.csgraph import shortest_path

from sim.figures.coast import Points, over_land

Spot = tuple[float, float]  # longitude, latitude in degrees
WAYPOINTS: tuple[Spot, ...] = (
    (-76.5, -18.0),
    (-79.0, -12.5),
    (-82.3, -5.0),
    (-81.6, 1.0),
    (-79.5, 6.0),  # South Pacific
    (-85.5, 8.0),
    (-92.0, 12.5),
    (-98.0, 14.5),
    (-106.5, 19.5),  # Central American Pacific
    (-79.9, 10.0),
    (-76.5, 14.0),
    (-82.0, 14.5),
    (-68.0, 17.6),
    (-68.0, 20.0),  # Caribbean
    (-74.0, 20.2),
    (-79.6, 25.5),
    (-66.5, 13.0),
    (-60.0, 13.2),
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
    (-6.0, 48.8),
    (-1.0, 50.1),
    (2.2, 51.5),
    (5.0, 53.9),  # Channel
    (-7.5, 35.9),
    (-4.0, 36.0),
    (2.5, 37.6),
    (9.5, 38.3),
    (14.5, 36.2),
    (18.5, 37.0),  # Med
)
LAND_COSTS = 12.0  # lengths at sea that a length over land is worth
TRIED = 61  # spots of a stretch that are tried for land
PORT = 1.0  # degrees at either end of a stretch that may be land, as ports lie up rivers


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
    t = np.linspace(port, 1.0 - port, TRIED)[:, :, None]
    points = (1 - t) * starts + t * ends
    share = over_land(points.reshape(-1, 2)).reshape(points.shape[:2]).mean(axis=0)
    found: Points = length**1.05 * (1.0 + LAND_COSTS * share)
    return found
