"""A map of flows with coastlines."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from mpl_toolkits.basemap import Basemap

from experiments.figures.style import DOUBLE_MM, MODES, new_figure, paper
from sim.record import Run

# lon_min, lat_min, lon_max, lat_max
OVERVIEW = (-125.0, -42.0, 30.0, 58.0)
CLOSE_UP = (-81.0, -28.0, -42.0, 1.0)
MARKERS = {"zone": ("^", "#228833"), "hub": ("o", "#FFFFFF"), "port": ("s", "#FFFFFF"),
           "market": ("*", "#000000")}  # fmt: skip
NAMES_FAR = {
    "MK_US": "United States", "MX_PACIFIC": "Mexico", "CO_BUENAVENTURA": "Colombia",
    "PE_VRAEM": "VRAEM", "BR_SANTOS": "Santos", "EU_ANTWERP": "Antwerp", "MK_BR": "Brazil",
    "EC_GUAYAQUIL": "Guayaquil", "WA_COAST": "West Africa", "CA_HISPANIOLA": "Hispaniola",
    "EU_ALGECIRAS": "Algeciras",
}  # fmt: skip
NAMES_NEAR = {
    "PE_VRAEM": "VRAEM", "PE_PASCO": "Pasco", "PE_CALLAO": "Callao", "BO_BENI": "Beni",
    "BO_SANTACRUZ": "Santa Cruz", "BO_CHAPARE": "Chapare", "BR_MATOGROSSO": "Mato Grosso",
    "BR_MSUL": "M. Grosso do Sul", "BR_SAOPAULO": "São Paulo", "BR_SANTOS": "Santos",
    "PY_CHACO": "Chaco", "BR_RONDONIA": "Rondônia", "BR_MANAUS": "Manaus", "BR_RIO": "Rio",
    "CL_NORTE": "Arica", "BR_SOLIMOES": "Tabatinga",
}  # fmt: skip
SHIFT = {"BR_SANTOS": (3, -7), "BR_RIO": (-9, 5), "BR_SAOPAULO": (-36, -9), "BR_MSUL": (2, 4),
         "PY_CHACO": (-19, 4), "PE_PASCO": (-20, 3), "PE_CALLAO": (-24, -3),
         "BO_CHAPARE": (-30, -7),
         "CL_NORTE": (-20, -3), "PE_VRAEM": (-28, -8), "MX_PACIFIC": (-27, 2),
         "CO_BUENAVENTURA": (-32, 0), "EC_GUAYAQUIL": (-38, -3),
         "EU_ALGECIRAS": (-34, 1)}  # fmt: skip
REST = "MK_REST"  # a residual without a place of its own: left off the map


def flow_map(run: Run) -> Figure:
    """Draw mean yearly flows on a map: the whole network, and the air bridge close up.

    Width grows with the square root of tonnes a year (mean over years and
    replicates), colour tells the mode. Coastlines are those of GSHHG, which come
    with the basemap library; nothing is downloaded.
    """
    with paper():
        figure = new_figure(DOUBLE_MM, 86)
        left, right = figure.subplots(1, 2, width_ratios=[1.45, 1.0])
        flows = yearly_flows(run)
        draw_map(left, run, flows, OVERVIEW, NAMES_FAR, "a  All routes", 0.30)
        draw_map(right, run, flows, CLOSE_UP, NAMES_NEAR, "b  The air bridge", 0.42)
        handles = [Line2D([], [], color=colour, linewidth=2, label=mode)
                   for mode, (colour, _) in MODES.items()]  # fmt: skip
        handles += [Line2D([], [], color="#5A5A5A", linewidth=0.42 * np.sqrt(t),
                           label=f"{t} t/year (b)") for t in (5, 50, 150)]  # fmt: skip
        figure.legend(handles=handles, loc="outside lower center", ncols=7)
    return figure


def yearly_flows(run: Run) -> pd.Series:
    """Return tonnes dispatched per leg and year, mean over years and replicates."""
    table = run.tables["legs"]
    years = max(run.scenario.weeks / 52.18, 1e-9)
    return table.groupby("leg")["moved_kg"].sum() / 1000.0 / years / run.replicates


def draw_map(axes: Axes, run: Run, flows: pd.Series, box: tuple[float, float, float, float],
             names: dict[str, str], title: str, scale: float) -> None:  # fmt: skip
    """Draw one panel."""
    globe = Basemap(projection="cyl", llcrnrlon=box[0], llcrnrlat=box[1], urcrnrlon=box[2],
                    urcrnrlat=box[3], resolution="l", area_thresh=5000.0, ax=axes)  # fmt: skip
    globe.drawmapboundary(fill_color="#FFFFFF", linewidth=0.4, ax=axes)
    globe.fillcontinents(color="#F1EEE6", lake_color="#FFFFFF", ax=axes, zorder=0)
    globe.drawcoastlines(linewidth=0.3, color="#9A9A9A", ax=axes)
    globe.drawcountries(linewidth=0.25, color="#BDBDBD", ax=axes)
    places = run.network.places.set_index("id")
    for leg in run.network.legs.itertuples():
        tonnes = float(flows.get(leg.leg, 0.0))
        if tonnes >= 0.5 and REST not in (leg.to, leg[1]):
            curve = arc(places.loc[leg[1]], places.loc[leg.to])
            axes.plot(*curve, color=MODES[leg.mode][0], linewidth=scale * np.sqrt(tonnes),
                      alpha=0.75, solid_capstyle="round", zorder=2)  # fmt: skip
    for kind, (marker, colour) in MARKERS.items():
        mine = places[(places["kind"] == kind) & (places.index != REST)]
        size = 5.0 if kind == "market" else 2.6
        axes.plot(mine["lon"], mine["lat"], marker, markersize=size, color=colour,
                  markeredgecolor="#333333", markeredgewidth=0.4, zorder=3)  # fmt: skip
    label(axes, places, names)
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_title(title, loc="left")


def label(axes: Axes, places: pd.DataFrame, names: dict[str, str]) -> None:
    """Write the names of the main places beside them."""
    for place, name in names.items():
        if place in places.index:
            at = (places.loc[place, "lon"], places.loc[place, "lat"])
            axes.annotate(
                name, at, annotation_clip=True, xytext=SHIFT.get(place, (3, 3)),
                textcoords="offset points", fontsize=5.6, zorder=4,
                bbox={"boxstyle": "round,pad=0.1", "fc": "#FFFFFF", "ec": "none", "alpha": 0.65},
            )  # fmt: skip


def arc(start: pd.Series, end: pd.Series, bend: float = 0.12) -> tuple[np.ndarray, np.ndarray]:
    """Return a gently bent line between two places, so that both ways can be told apart."""
    a = np.array([start["lon"], start["lat"]], float)
    b = np.array([end["lon"], end["lat"]], float)
    middle = (a + b) / 2.0 + bend * np.array([a[1] - b[1], b[0] - a[0]])
    t = np.linspace(0.0, 1.0, 30)[:, None]
    line = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
    return line[:, 0], line[:, 1]
