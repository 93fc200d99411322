"""Land and borders under a map, from the coastlines that come with Basemap."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path as Outline
from mpl_toolkits.basemap import Basemap

Corner = np.ndarray[Any, Any]
LAND, WATER, BORDER, SHORE = "#F1EFEA", "#FFFFFF", "#B9B4AA", "#8C877D"


def draw_coast(ax: Axes, resolution: str, area_km2: float, **frame: Any) -> Basemap:
    """Draw land, coastline and borders; return the map, which projects longitude and latitude."""
    chart = Basemap(ax=ax, resolution=resolution, area_thresh=area_km2, **frame)
    chart.drawmapboundary(fill_color=WATER, linewidth=0.5, color=SHORE)
    chart.fillcontinents(color=LAND, lake_color=WATER, zorder=1)
    chart.drawcoastlines(linewidth=0.3, color=SHORE, zorder=1.5)
    chart.drawcountries(linewidth=0.3, color=BORDER, zorder=1.5)
    return chart


@lru_cache(maxsize=1)
def land() -> tuple[tuple[Outline, Corner, Corner], ...]:
    """Return coarse outlines of the larger land masses with two corners of each, in degrees."""
    chart = Basemap(
        projection="cyl",
        llcrnrlon=-180,
        urcrnrlon=180,
        llcrnrlat=-60,
        urcrnrlat=80,
        resolution="c",
        area_thresh=50_000,
        fix_aspect=False,
    )
    shores = [np.asarray(shape.get_coords()) for shape in chart.landpolygons]
    return tuple((Outline(shore), shore.min(axis=0), shore.max(axis=0)) for shore in shores)


def share_over_land(lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any]) -> float:
    """Return the share of points that lie on land."""
    points = np.column_stack([lon, lat])
    covered = np.zeros(len(points), bool)
    for outline, low, high in land():
        # A box is quicker to test than a shore.
        if (points.max(axis=0) >= low).all() and (points.min(axis=0) <= high).all():
            covered |= outline.contains_points(points)
    return float(covered.mean())
