"""The map: coasts, what moves between places and who owns it, and what it costs there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from experiments.explorer.extracts import ALL, Extract
from experiments.explorer.looks import THEMES, dress, group_colour, group_dash, new_chart
from sim.figures.coast import lines, project
from sim.figures.flow_map import BENDS, OVERVIEW, Stretch, curve
from sim.figures.natural_earth import simplify
from sim.names import place_name
from sim.network import Network

COARSE_DEGREES = 0.12
SPREAD = 0.05  # bend by which the arcs of groups on one way lie apart
SEA_SPREAD_DEGREES = 0.35
WIDEST, THINNEST = 7.0, 0.6  # pixels
DRAWN_T = 0.3  # a year; thinner flows would only add ink
GROUPS_A_WAY = 4
LOWEST_USD, HIGHEST_USD = 500.0, 60_000.0  # of the scale of prices
DOTS = (7.0, 17.0)  # pixels, the cheapest and the dearest place
FULL_WIDTH_T = 150.0  # bulk a year


class Atlas:
    """A map of one world; ``show`` fills it.

    Attributes
    ----------
    chart : bokeh figure
    places : bokeh ColumnDataSource
        A row a place, in the order of the network.
    """

    def __init__(self, network: Network, title: str, theme: str, ranges: Any = None) -> None:
        from bokeh.models import ColumnDataSource, HoverTool, LogColorMapper, LogTicker
        from bokeh.models.annotations import ColorBar
        from bokeh.palettes import Cividis256

        self._theme = theme
        self._shown: tuple[int, int, str, str] | None = None
        (west, east), (south, north) = project(
            (OVERVIEW.frame.west, OVERVIEW.frame.east), (OVERVIEW.frame.south, OVERVIEW.frame.north)
        )
        given = {"x_range": ranges[0], "y_range": ranges[1]} if ranges else {}
        given = given or {"x_range": (west, east), "y_range": (south, north)}
        self.chart = new_chart(
            title,
            height=None,
            aspect_ratio=(east - west) / (north - south),
            max_width=1150,
            min_border_left=4,
            tools="pan,wheel_zoom,tap,reset,save",
            active_scroll="wheel_zoom",
            **given,
        )
        self.chart.axis.visible = False
        self.chart.grid.visible = False
        self._land = self.chart.patches(*coasts(), line_width=0.4)
        self._ways = ColumnDataSource(empty_ways())
        arcs = self.chart.multi_line(
            "x",
            "y",
            source=self._ways,
            color="colour",
            line_width="width",
            line_dash="dash",
            line_alpha=0.75,
        )
        self.places = ColumnDataSource(places_of(network))
        scale = LogColorMapper(palette=Cividis256, low=LOWEST_USD, high=HIGHEST_USD)
        dots = self.chart.scatter(
            "x",
            "y",
            size="size",
            source=self.places,
            fill_color={"field": "price", "transform": scale},
            nonselection_fill_alpha=1.0,
            selection_line_width=3,
        )
        self._dots = dots
        self.chart.add_tools(
            HoverTool(
                renderers=[dots],
                tooltips=[
                    ("", "@name"),
                    ("price", "@price{0,0} USD/kg bulk"),
                    ("stock", "@stock{0,0} kg bulk"),
                    ("held by", "@holder"),
                ],
            ),
            HoverTool(
                renderers=[arcs],
                tooltips=[("owners", "@group"), ("moved", "@tonnes{0.0} t bulk a year, by @mode")],
            ),
        )
        bar = ColorBar(
            color_mapper=scale,
            ticker=LogTicker(desired_num_ticks=4),
            title="Price, USD/kg bulk",
            width=170,
            height=9,
            location=(8, 8),
            orientation="horizontal",
        )
        self.chart.add_layout(bar, "center")
        self.dress(theme)

    @property
    def ranges(self) -> tuple[Any, Any]:
        """The ranges of both axes, which another map may share."""
        return self.chart.x_range, self.chart.y_range

    def dress(self, theme: str) -> None:
        """Give the map the colours of a theme."""
        self._theme, look = theme, THEMES[theme]
        dress(self.chart, theme)
        self._land.glyph.fill_color, self._land.glyph.line_color = look["land"], look["shore"]
        self._dots.glyph.line_color = look["ink"]

    def show(self, seen: Extract, week: int, owners: str = ALL) -> None:
        """Show a week: prices and stocks of the week, flows and holders of its year."""
        week, year = min(week, len(seen.dates) - 1), seen.year_of(week)
        price = seen.price_usd_per_kg[week]
        held = seen.holders[seen.holders["year"] == year].set_index("place")
        who = held["organisation"].to_dict() if len(held) else {}
        self.places.data = dict(self.places.data) | {
            "price": price,
            "stock": seen.stock_kg[week],
            "size": sizes(price),
            "holder": [str(who.get(place, "nobody")) for place in seen.places],
        }
        shown = (id(seen), year, owners, self._theme)
        if shown != self._shown:  # they are most of what a page is sent
            self._ways.data, self._shown = ways(seen, year, owners, self._theme), shown

    @property
    def groups(self) -> set[str]:
        """Groups that own something that is on the map."""
        return set(self._ways.data["group"])


def ways(seen: Extract, year: int, owners: str, theme: str) -> dict[str, list[Any]]:
    """Return the arcs of a year: those of the groups that move most on each way."""
    by_way: dict[Stretch, list[tuple[float, str]]] = {}
    for stretch, group, tonnes in seen.flows(year, owners):
        if tonnes > DRAWN_T:
            by_way.setdefault(stretch, []).append((tonnes, group))
    out = empty_ways()
    for stretch, found in by_way.items():
        for rank, (tonnes, group) in enumerate(sorted(found, reverse=True)[:GROUPS_A_WAY]):
            x, y = arc(stretch, rank)
            out["x"].append(x)
            out["y"].append(y)
            out["group"].append(group)
            out["tonnes"].append(tonnes)
            out["mode"].append(stretch[0])
            out["width"].append(THINNEST + (WIDEST - THINNEST) * min(tonnes / FULL_WIDTH_T, 1.0))
            out["colour"].append(group_colour(group, theme))
            out["dash"].append(group_dash(group))
    return out


def empty_ways() -> dict[str, list[Any]]:
    """Return arcs of nothing."""
    return {name: [] for name in ("x", "y", "group", "tonnes", "mode", "width", "dash", "colour")}


@lru_cache(maxsize=4096)
def arc(stretch: Stretch, rank: int) -> tuple[list[float], list[float]]:
    """Return the course of a way on the map; those of lesser groups lie beside the first."""
    mode, start, end = stretch
    aside = (rank + 1) // 2 * (-1 if rank % 2 else 1)
    if mode == "sea":
        points = curve(start, end, 0.0)[:, [0, -1]]
        along = points[:, 1] - points[:, 0]
        length = float(np.hypot(*along)) or 1.0
        across = np.array([-along[1], along[0]]) / length
        points = points + SEA_SPREAD_DEGREES * aside * across[:, None]
    else:
        points = curve(start, end, BENDS.get(mode, 0.05) + SPREAD * aside)[:, ::4]
    x, y = project(points[0], points[1])
    return [round(float(v), 2) for v in x], [round(float(v), 2) for v in y]


def sizes(price: Any) -> Any:
    """Return the sizes of places by their price, in pixels."""
    low, high = np.log(LOWEST_USD), np.log(HIGHEST_USD)
    share = (np.log(np.clip(price, LOWEST_USD, HIGHEST_USD)) - low) / (high - low)
    return np.nan_to_num(DOTS[0] + (DOTS[1] - DOTS[0]) * share, nan=DOTS[0])


def places_of(network: Network) -> dict[str, Any]:
    """Return the places of the map at the reference prices of the data."""
    table = network.places
    spots = [spot_of(lon, lat) for lon, lat in zip(table["lon"], table["lat"], strict=True)]
    price = table["reference_price_usd_per_kg"].to_numpy(float)
    x, y = project(np.array([s[0] for s in spots]), np.array([s[1] for s in spots]))
    return {
        "x": x,
        "y": y,
        "id": [str(place) for place in table["id"]],
        "name": [place_name(str(place), table) for place in table["id"]],
        "price": price,
        "stock": np.full(len(table), np.nan),
        "size": sizes(price),
        "holder": ["not known before a run"] * len(table),
    }


def spot_of(lon: float, lat: float) -> tuple[float, float]:
    """Return where a place stands on the map; one that lies off it, at the edge."""
    if OVERVIEW.frame.holds(lon, lat):
        return lon, lat
    return min(OVERVIEW.exits, key=lambda at: float(np.hypot(at[0] - lon, at[1] - lat)))


@lru_cache(maxsize=1)
def coasts() -> tuple[list[list[float]], list[list[float]]]:
    """Return the outlines of land on the map, as far as they can be told apart there."""
    xs, ys = [], []
    for ring in lines("land"):
        if OVERVIEW.frame.meets(ring):
            kept = simplify(ring, COARSE_DEGREES)
            if len(kept) > 3:
                x, y = project(*kept.T)
                xs.append([round(float(v), 2) for v in x])
                ys.append([round(float(v), 2) for v in y])
    return xs, ys
