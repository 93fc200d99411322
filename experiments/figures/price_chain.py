"""Prices along the chain, beside the data, and over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import (
    DOUBLE_MM,
    MARKETS,
    band,
    by_replicate,
    mark_events,
    new_figure,
    paper,
)
from sim.record import Run

CHAIN = {
    "PE_VRAEM": "VRAEM",
    "BO_BENI": "Beni",
    "BO_SANTACRUZ": "Santa\nCruz",
    "BR_MSUL": "Mato G.\ndo Sul",
    "BR_SAOPAULO": "São\nPaulo",
    "BR_SANTOS": "Santos",
    "EU_ANTWERP": "Antwerp",
    "MK_EU": "Europe",
}


def price_chain(run: Run) -> Figure:
    """Draw the price ladder from the VRAEM to Europe and wholesale prices over time.

    Left: mean price over the run at each place, median and 5-95 % over
    replicates, with the reference prices of the data as open circles. Right:
    quarterly mean wholesale prices of the end markets.
    """
    with paper():
        figure = new_figure(DOUBLE_MM, 72)
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
        draw_ladder(left, run)
        draw_markets(right, run)
    return figure


def draw_ladder(axes: Axes, run: Run) -> None:
    """Draw prices of the chain on a logarithmic axis."""
    places = [place for place in CHAIN if place in set(run.network.places["id"])]
    mean = run.tables["places"].pivot_table(
        index="place", columns="replicate", values="price_usd_per_kg", observed=True
    ).loc[places]  # fmt: skip
    low, middle, high = np.quantile(mean.to_numpy(float), [0.05, 0.5, 0.95], axis=1)
    x = np.arange(len(places))
    reference = run.network.places.set_index("id")["reference_price_usd_per_kg"]
    errors = np.vstack([middle - low, high - middle]).clip(min=0.0)
    axes.errorbar(x, middle, yerr=errors, color="#0072B2", marker="o", markersize=3.5, capsize=2,
                  label="simulated (median, 5–95 %)")  # fmt: skip
    axes.plot(x, reference.loc[places], "o", markersize=7, markerfacecolor="none",
              markeredgecolor="#D55E00", linestyle="none", label="data, about 2013")  # fmt: skip
    axes.set_yscale("log")
    axes.set_xticks(x, [CHAIN[place] for place in places])
    axes.set_ylabel("wholesale price (USD/kg)")
    axes.set_title("a  Price along the air bridge", loc="left")
    axes.legend(loc="upper left")


def draw_markets(axes: Axes, run: Run) -> None:
    """Draw quarterly mean wholesale prices of the end markets."""
    table = run.tables["markets"]
    for market, (name, colour, style) in MARKETS.items():
        mine = table[table["market"] == market]
        if mine.empty:
            continue
        weekly = by_replicate(mine, "price_usd_per_kg")
        smooth = weekly.rolling(13, min_periods=1).mean() / 1000.0
        band(axes, smooth.index.to_numpy(), smooth, colour, style, name)
    mark_events(axes, run.tables["events"], named=False)
    axes.set_yscale("log")
    axes.set_yticks([5, 10, 20, 50, 100], ["5", "10", "20", "50", "100"])
    axes.minorticks_off()
    axes.set_ylim(5, 120)
    axes.set_ylabel("wholesale price (thousand USD/kg)")
    axes.set_xlabel("year")
    axes.set_title("b  End markets (13-week mean)", loc="left")
    axes.legend(loc="upper center", ncols=3)
