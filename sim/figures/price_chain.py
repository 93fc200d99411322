"""Prices along the chain from coca zone to Europe, and on the markets over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.figures.bands import HIGH, LOW, band_note, by_date, draw_band
from sim.figures.labels import End, label_line_ends
from sim.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN,
    MARKETS,
    MM,
    date_axis,
    market_mark,
    new_figure,
    paper,
    title_panels,
)
from sim.names import place_name

if TYPE_CHECKING:
    from sim.results.tables import Tables


LADDER = (
    "PE_VRAEM",
    "BO_BENI",
    "BO_SANTACRUZ",
    "BR_MSUL",
    "BR_SAOPAULO",
    "BR_SANTOS",
    "EU_ANTWERP",
    "MK_EU",
)
BASELINE_YEARS = (2012, 2015)  # the years of the reference prices
TICKS_USD = [k * 10**n for n in range(1, 7) for k in (1, 2, 5)]


def price_chain(run: Tables) -> Figure:
    """Draw simulated and reference wholesale prices, by place and over time.

    The ladder shows the median and the 5-95 % range of yearly mean prices over the
    replicates and the baseline years 2012-2015, or over all years of a run outside
    them. Reference prices stand as open markers with their reported range.
    """
    with paper():
        figure = new_figure(DOUBLE_COLUMN, 80 * MM)
        left, right = figure.subplots(1, 2)
        draw_ladder(left, run)
        ends = draw_markets(right, run)
        title_panels([left, right], ["Along the chain", "On the markets"])
        figure.draw_without_rendering()
        label_line_ends(right, ends)
    return figure


def ladder_prices(run: Tables) -> pd.DataFrame:
    """Return the yearly mean price of each replicate at the places of the ladder.

    One row a replicate and year, of the baseline years if the run covers any; one
    column a place, in the order of the chain.
    """
    table = run.tables["places"]
    table = table[table["place"].isin(LADDER)]
    baseline = table[table["year"].between(*BASELINE_YEARS)]
    table = table if baseline.empty else baseline
    price = table.groupby(["replicate", "year", table["place"].astype(str)])["price_usd_per_kg"]
    wide = price.mean().unstack("place")
    return wide[[place for place in LADDER if place in wide.columns]]


def draw_ladder(ax: Axes, run: Tables) -> None:
    """Draw the simulated prices of the ladder, and the reference prices over them."""
    prices = ladder_prices(run)
    at = np.arange(prices.shape[1])
    low, middle, high = (prices.quantile(q).to_numpy() for q in (LOW, 0.5, HIGH))
    years = prices.index.get_level_values("year")
    span = f"{years.min()}–{years.max()}" if years.min() < years.max() else str(years.min())
    if len(prices) > 1:
        over = "replicates and years" if run.replicates > 1 else "years"
        ax.fill_between(
            at, low, high, color=BLUE, alpha=0.2, linewidth=0, label=f"5–95 % over {over}"
        )
    ax.plot(at, middle, color=BLUE, marker="o", markersize=3, label=f"Simulated median, {span}")
    known = run.network.places.set_index("id").loc[prices.columns]
    reference = known["reference_price_usd_per_kg"].to_numpy(float)
    reach = [
        reference - known["price_low"].to_numpy(float),
        known["price_high"].to_numpy(float) - reference,
    ]
    ax.errorbar(
        at,
        reference,
        yerr=np.nan_to_num(np.array(reach)).clip(min=0),
        fmt="D",
        markersize=4.5,
        markerfacecolor="none",
        markeredgecolor=BLACK,
        ecolor=BLACK,
        markeredgewidth=0.8,
        elinewidth=0.6,
        capsize=1.8,
        capthick=0.6,
        zorder=4,
        label="Reference price and range",
    )
    names = [place_name(place, run.network.places) for place in prices.columns]
    ax.set_xticks(at, names, rotation=35, ha="right", rotation_mode="anchor")
    ax.set_xlabel("Place, from source to market")
    price_axis(ax, headroom=0.0)
    ax.legend(loc="upper left")


def draw_markets(ax: Axes, run: Tables) -> list[End]:
    """Draw the wholesale price of each market over time; return the ends of the lines."""
    table = run.tables["markets"]
    names = table["market"].astype(str)
    order = [*MARKETS, *sorted(set(names) - set(MARKETS))]
    ends: list[End] = []
    for market in order:
        rows = table[names == market]
        if rows.empty:
            continue
        mark = market_mark(market)
        name = place_name(market, run.network.places)
        drawn = draw_band(ax, by_date(rows, "price_usd_per_kg"), mark, name)
        ends.append((name, drawn.last, mark))
    ax.margins(x=0)
    date_axis(ax)
    price_axis(ax, headroom=0.08)
    note = band_note(run.replicates)
    ax.text(0.02, 0.98, note[0].upper() + note[1:], transform=ax.transAxes, va="top", fontsize=6.5)
    return ends


def price_axis(ax: Axes, headroom: float) -> None:
    """Give a panel a logarithmic axis of prices with plain numbers and room at the top."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * (high / low) ** headroom)
    ax.yaxis.set_major_locator(FixedLocator(TICKS_USD))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{usd:,.0f}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel("Wholesale price (USD per kg bulk)")
