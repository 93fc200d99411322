"""Where goods move: legs and lanes over a map of the Americas and Europe."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType as LineStyle

from sim.figures.coast import Frame, Points, draw_coast, project
from sim.figures.labels import Label, place_labels
from sim.figures.sea_lanes import Spot, legs_by_sea
from sim.figures.style import (
    BLACK,
    DOUBLE_COLUMN,
    FONT_POINTS,
    KINDS,
    MM,
    MODES,
    Mark,
    paper,
)
from sim.names import place_name
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR

if TYPE_CHECKING:
    from sim.results.tables import Tables


WIDEST_POINTS, THINNEST_POINTS = 6.0, 0.3
BUSY_POINTS = 1.2  # width from which a way is not written over
SEAWARD = ("market", "port")
DRAWN_SHARE = 0.001  # of the busiest stretch; thinner ones would only add ink
BENDS = {"river": 0.12, "air": -0.14}  # so that legs of different modes lie apart
ALWAYS_NAMED = (
    "PE_VRAEM",
    "BO_BENI",
    "BO_SANTACRUZ",
    "BR_MSUL",
    "BR_SAOPAULO",
    "BR_SANTOS",
    "EU_ANTWERP",
    "EC_GUAYAQUIL",
)
Stretch = tuple[str, Spot, Spot]  # mode, start and end


@dataclass(frozen=True)
class Panel:
    """One map: what part of the world it shows, and how much of it is named."""

    title: str
    frame: Frame
    names: int
    exits: tuple[Spot, ...] = ()
    named_elsewhere: Frame | None = None  # where only markets and ports have their names


INSET = Panel("Peru, Bolivia and Brazil", Frame(west=-81.5, east=-41, south=-28, north=0.8), 24)
OVERVIEW = Panel(
    "Americas and Europe",
    Frame(west=-121, east=28, south=-41, north=58),
    22,
    exits=((-117.0, -30.0), (26.0, 33.8)),
    named_elsewhere=INSET.frame,
)


def flow_map(run: Tables) -> Figure:
    """Draw where goods go, with widths in proportion to the bulk tonnes dispatched a year.

    Tonnes are means over replicates and over the length of the run. Legs over land
    and by air join their places directly; legs at sea keep to common lanes, where
    their widths add up. Goods for the rest of the world leave at the edges.
    """
    flows = annual_flows(run)
    with paper():
        figure = Figure(figsize=(DOUBLE_COLUMN, 82 * MM))
        boxes = ((0.005, 0.135, 0.489, 0.81), (0.506, 0.135, 0.489, 0.81))
        most = max(stretches(run, flows, OVERVIEW).values(), default=0.0)
        for letter, panel, box in zip("ab", (OVERVIEW, INSET), boxes, strict=True):
            ax = figure.add_axes(box, anchor="N")
            draw_panel(ax, run, flows, panel, most)
            ax.set_title(f"{letter}  {panel.title}")
        draw_key(figure, most)
    return figure


def annual_flows(run: Tables) -> pd.DataFrame:
    """Return the bulk tonnes dispatched a year on each leg, with the ends and mode of the leg."""
    moved = run.tables["legs"]
    kg = moved["moved_kg"].groupby(moved["leg"].astype(str)).sum()
    years = run.tables["markets"]["week"].nunique() / WEEKS_PER_CALENDAR_YEAR
    flows = run.network.legs[["leg", "from", "to", "mode"]].copy()
    total = flows["leg"].map(kg).fillna(0.0).astype(float)
    flows["tonnes_per_year"] = total / (KG_PER_TONNE * run.replicates * years)
    return flows


def stretches(run: Tables, flows: pd.DataFrame, panel: Panel) -> dict[Stretch, float]:
    """Return the bulk tonnes a year on each stretch to draw, of all legs that share it."""
    spots = positions(run)
    tonnes: dict[Stretch, float] = {}
    for row in flows[flows["tonnes_per_year"] > 0].to_dict("records"):
        start, end = spots[row["from"]], spots[row["to"]]
        end = end if OVERVIEW.frame.holds(*end) else nearest_exit(start)
        way = [(str(row["mode"]), start, end)]
        if row["mode"] == "sea":
            way = legs_by_sea(row["from"], row["to"], spots | {row["to"]: end})
        for key in way:
            tonnes[key] = tonnes.get(key, 0.0) + float(row["tonnes_per_year"])
    return tonnes


def positions(run: Tables) -> dict[str, Spot]:
    """Return longitude and latitude of each place."""
    places = run.network.places
    return {
        str(place): (float(lon), float(lat))
        for place, lon, lat in zip(places["id"], places["lon"], places["lat"], strict=True)
    }


def nearest_exit(start: Spot) -> Spot:
    """Return where goods for a place off the map leave it."""
    return min(OVERVIEW.exits, key=lambda spot: math.dist(spot, start))


def width(tonnes: float, most: float) -> float:
    """Return the width of a line in points: in proportion to its flow, but never invisible."""
    return max(THINNEST_POINTS, WIDEST_POINTS * tonnes / most) if most > 0 else THINNEST_POINTS


def draw_panel(ax: Axes, run: Tables, flows: pd.DataFrame, panel: Panel, most: float) -> None:
    """Draw one map: land, stretches, places and names."""
    draw_coast(ax, panel.frame)
    tonnes, busy = stretches(run, flows, panel), []
    for stretch in sorted(tonnes, key=lambda key: (-tonnes[key], key)):  # thin over thick
        if tonnes[stretch] > DRAWN_SHARE * most:
            mode, start, end = stretch
            mark = MODES.get(mode, Mark(BLACK))
            points = width(tonnes[stretch], most)
            way = np.column_stack(project(*curve(start, end, BENDS.get(mode, 0.0))))
            if points > BUSY_POINTS:
                busy.append(way[::2])
            ax.plot(
                *way.T,
                color=mark.colour,
                linestyle=even_dashes(mark.line, points),
                linewidth=points,
                solid_capstyle="round",
                zorder=3,
            )
    leaving, coming = (flows.groupby(end)["tonnes_per_year"].sum() for end in ("from", "to"))
    passing = leaving.add(coming, fill_value=0.0)
    draw_places(ax, run, passing, panel, np.concatenate([np.empty((0, 2)), *busy]))


def even_dashes(line: LineStyle, points: float) -> LineStyle:
    """Return a line style whose dashes do not grow as wide lines grow wider."""
    if isinstance(line, str) or points <= 1.0:
        return line
    return (line[0], tuple((1.0 + 0.5 * points) * dash / points for dash in line[1]))


def curve(start: Spot, end: Spot, bend: float) -> np.ndarray[Any, Any]:
    """Return points of an arc whose middle stands half of ``bend`` times its length aside."""
    a, b = np.array(start)[:, None], np.array(end)[:, None]
    across = np.array([[-(b - a)[1, 0]], [(b - a)[0, 0]]])
    control = (a + b) / 2 + bend * across
    t = np.linspace(0.0, 1.0, 41)
    points: np.ndarray[Any, Any] = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    return points


def draw_places(ax: Axes, run: Tables, passing: pd.Series, panel: Panel, busy: Points) -> None:
    """Draw all places of a map, and name the busiest and those of the chain off busy ways."""
    places = run.network.places
    labels, points = [], []
    kinds = dict(zip(places["id"], places["kind"], strict=True))
    spots = positions(run)
    seen = [(place, spot) for place, spot in spots.items() if panel.frame.holds(*spot)]
    off = [place for place, spot in spots.items() if not OVERVIEW.frame.holds(*spot)]
    seen += [(place, spot) for place in off for spot in panel.exits]
    for place, spot in seen:
        x, y = map(float, project(*spot))
        points.append((x, y))
        market = kinds[place] == "market"
        draw_spot(ax, x, y, KINDS[kinds[place]])
        weight = float(passing.get(place, 0.0))
        elsewhere = panel.named_elsewhere
        hidden = elsewhere is not None and elsewhere.holds(*spot) and kinds[place] not in SEAWARD
        if weight > 0 and not hidden:
            weight += 1e9 if market else 1e6 if place in ALWAYS_NAMED else 0.0
            labels.append(Label(place_name(place, places), x, y, weight, market))
    labels.sort(key=lambda label: -label.weight)
    place_labels(ax, labels[: panel.names], np.array([*points, *busy]), FONT_POINTS)


def draw_spot(ax: Axes, x: float, y: float, mark: Mark) -> None:
    """Draw the marker of a place."""
    ax.plot(
        x,
        y,
        linestyle="none",
        marker=mark.marker,
        color=mark.colour,
        markeredgecolor=BLACK,
        markersize=5.5 if mark.marker == "*" else 3.0,
        markeredgewidth=0.4,
        zorder=6,
    )


def round_steps(most: float) -> list[float]:
    """Return three round numbers up to ``most`` for the key of widths."""
    if most <= 0:
        return []
    power = 10.0 ** math.floor(math.log10(most))
    top = max(k * power for k in (1, 2, 5) if k * power <= most)
    return [top / 20, top / 4, top]


def draw_key(figure: Figure, most: float) -> None:
    """Explain modes, widths and kinds of places below the maps."""
    modes = [
        Line2D([], [], color=mark.colour, linestyle=mark.line, linewidth=1.6, label=mode)
        for mode, mark in MODES.items()
    ]
    widths = [
        Line2D(
            [],
            [],
            color=BLACK,
            linewidth=width(step, most),
            label=f"{step:g}",
            solid_capstyle="butt",
        )
        for step in round_steps(most)
    ]
    kinds = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=mark.marker,
            color=mark.colour,
            label=kind,
            markeredgecolor=BLACK,
            markeredgewidth=0.4,
            markersize=6.5 if mark.marker == "*" else 4,
        )
        for kind, mark in KINDS.items()
    ]
    parts = (
        (0.0, "Mode", modes),
        (0.37, "Goods dispatched (t bulk a year)", widths),
        (0.68, "Place", kinds),
    )
    for x, title, handles in parts:
        figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(x, -0.01),
            title=title,
            ncols=max(1, len(handles)),
            alignment="left",
            columnspacing=1.2,
            handlelength=0.8 if title == "Place" else 2.4,
        )
