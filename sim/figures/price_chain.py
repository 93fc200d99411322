"""Prices along the chain from coca zone to Europe, and on the markets over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.figures.bands import band_note, by_date, draw_band
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
from sim.results.spread import FEWEST, HIGH, LOW

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
TICKS_USD = [k * 10**n for n in range(1, 7) for k in (1, 3)]


def price_chain(run: Tables) -> Figure:
    """Draw simulated and reference wholesale prices, by place and over time.

    The ladder shows the median and the 5-95 % range of yearly mean prices over the
    replicates and the baseline years 2012-2015, or over all years of a run outside
    them. Reference prices stand as open markers with their reported range. Each market
    has a panel over time with a scale of its own, on which its band can be seen.
    """
    markets = markets_of(run)
    deep = max(2, len(markets))
    with paper():
        figure = new_figure(DOUBLE_COLUMN, (24 + 17 * deep) * MM)
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1.15, 1.0])[0]
        ladder = left.subplots()
        draw_ladder(ladder, run)
        title_panels([ladder], ["Along the chain"])
        axes = right.subplots(deep, 1, sharex=True, squeeze=False)[:, 0]
        for ax, market in zip(axes, markets, strict=False):
            draw_market(ax, run, market)
        for ax in axes[len(markets) :]:
            ax.remove()
        axes[len(markets) - 1].tick_params(labelbottom=True)
        names = [place_name(market, run.network.places) for market in markets]
        title_panels(axes, names, "bcdefghijkl")
        note = band_note(run.replicates)
        right.supxlabel(f"{note[0].upper()}{note[1:]};\nscales do not begin at zero")
        right.supylabel("Wholesale price (USD per kg bulk)")
    return figure


def markets_of(run: Tables) -> list[str]:
    """Return the markets of a run, those of the data first."""
    names = set(run.tables["markets"]["market"].astype(str))
    return [*(m for m in MARKETS if m in names), *sorted(names - set(MARKETS))]


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
    """Draw the simulated prices of the ladder, source at the top, and the reference prices."""
    prices = ladder_prices(run)
    at = np.arange(prices.shape[1])
    low, middle, high = (prices.quantile(q).to_numpy() for q in (LOW, 0.5, HIGH))
    years = prices.index.get_level_values("year")
    span = f"{years.min()}–{years.max()}" if years.min() < years.max() else str(years.min())
    ax.plot(middle, at, color=BLUE, linewidth=0.8)
    ax.plot(middle, at, "o", color=BLUE, markersize=3.4, label=f"Simulated median, {span}")
    if len(prices) >= FEWEST:
        over = "replicates and years" if run.replicates > 1 else "years"
        # Thick bars beside the line: on a scale this long a band would not be seen.
        ax.hlines(at, low, high, color=BLUE, alpha=0.4, linewidth=5, label=f"5–95 % over {over}")
    known = run.network.places.set_index("id").loc[prices.columns]
    reference = known["reference_price_usd_per_kg"].to_numpy(float)
    reach = [
        reference - known["price_low"].to_numpy(float),
        known["price_high"].to_numpy(float) - reference,
    ]
    ax.errorbar(
        reference,
        at + 0.28,
        xerr=np.nan_to_num(np.array(reach)).clip(min=0),
        fmt="D",
        markersize=4,
        markerfacecolor="none",
        markeredgecolor=BLACK,
        ecolor=BLACK,
        markeredgewidth=0.8,
        elinewidth=0.7,
        capsize=2,
        capthick=0.7,
        zorder=4,
        label="Reference price and range",
    )
    ax.set_yticks(at, [place_name(place, run.network.places) for place in prices.columns])
    ax.set_ylim(len(at) - 0.4, -0.6)
    ax.set_ylabel("Place, from source to market")
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(TICKS_USD))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{usd:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("Wholesale price (USD per kg bulk)")
    ax.legend(loc="upper right")


def draw_market(ax: Axes, run: Tables, market: str) -> None:
    """Draw the wholesale price of a market over time."""
    table = run.tables["markets"]
    rows = table[table["market"].astype(str) == market]
    name = place_name(market, run.network.places)
    draw_band(ax, by_date(rows, "price_usd_per_kg"), market_mark(market), name, alpha=0.3)
    ax.margins(x=0)
    date_axis(ax)
    ax.locator_params(axis="y", nbins=4)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{usd:,.0f}"))
