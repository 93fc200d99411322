"""Ways over sea, so that shipments on a map go round the land.

Lanes are drawn, not simulated: a leg at sea has no way in the model, only a start,
an end and a time. Waypoints are round figures off capes, straits and canals.
"""

from __future__ import annotations

from functools import lru_cache

import networkx as nx
import numpy as np

from sim.figures.coast import share_over_land

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
SPACING = 0.5  # degrees between the spots of a stretch that are tried for land
PORT = 1.0  # degrees at either end of a stretch that may be land, as ports lie up rivers


@lru_cache(maxsize=1024)
def sea_way(start: Spot, end: Spot) -> tuple[Spot, ...]:
    """Return the spots from start to end that make the shortest way with little land."""
    graph = lanes().copy()
    for spot in (start, end):
        for other in (*WAYPOINTS, start, end):
            if other != spot:
                graph.add_edge(spot, other, length=cost(*sorted((spot, other))))
    return tuple(nx.shortest_path(graph, start, end, weight="length"))


@lru_cache(maxsize=1)
def lanes() -> nx.Graph[Spot]:
    """Return the graph between waypoints."""
    graph: nx.Graph[Spot] = nx.Graph()
    for i, spot in enumerate(WAYPOINTS):
        for other in WAYPOINTS[:i]:
            graph.add_edge(spot, other, length=cost(*sorted((spot, other))))
    return graph


@lru_cache(maxsize=8192)
def cost(start: Spot, end: Spot) -> float:
    """Return the length of a straight stretch, in degrees, with land counted many times.

    A little extra for long stretches makes ways go along the waypoints, where
    shipments meet in one lane.
    """
    a, b = np.array(start), np.array(end)
    middle = np.cos(np.radians((start[1] + end[1]) / 2.0))
    length = float(np.hypot((b - a)[0] * middle, (b - a)[1]))
    whole = float(np.hypot(*(b - a)))
    ends = min(PORT / whole, 0.4)
    t = np.linspace(ends, 1.0 - ends, 3 + int(whole / SPACING))[:, None]
    points = (1 - t) * a + t * b
    return float(length**1.05) * (1.0 + LAND_COSTS * share_over_land(points[:, 0], points[:, 1]))
