"""What held conditions showed, in words, tables and a figure."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.validation.rest import CYCLE, LARGE, Rest
from sim.figures.labels import End, label_line_ends
from sim.figures.style import DOUBLE_COLUMN, MM, group_mark, new_figure, title_panels

INTERVAL_FROM = 5  # replicates


def headline(found: Rest, years: int) -> str:
    """Return in one sentence whether the market rests."""
    groups = found.drift[found.drift["unit"] == "group"]
    moved, lost = groups[groups["moves"]], found.drift[found.drift["lost"]]
    n = found.shares["replicate"].nunique()
    rest = "the market rests" if found.rests else "the market does not rest"
    if n < INTERVAL_FROM:
        rest = f"fewer than {INTERVAL_FROM} replicates cannot tell whether the market rests"
    largest = groups.loc[groups["change"].abs().idxmax()]
    return (
        f"Over {years} years in which nothing happens {rest} ({n} replicates): "
        f"{len(moved)} of {len(groups)} shares of groups move by more than 2 points and a fifth "
        f"of themselves, the largest by {100 * largest['change']:+.1f} points "
        f"({largest['name']}, {largest['market']}); {len(lost)} lines above 1 % die or double."
    )


def price_lines(found: Rest) -> list[str]:
    """Return a sentence on the swing of each market's price."""
    lags = [c for c in found.prices if c.startswith("autocorrelation_")]
    lags = [c for c in lags if CYCLE[0] <= int(c.rsplit("_", 1)[1]) <= CYCLE[1]]
    means = found.prices.groupby("market")[["sd", *lags]].mean()
    return [
        f"{market}: weekly price, standard deviation {row['sd']:.3f} of its mean; "
        f"autocorrelation at {CYCLE[0]}-{CYCLE[1]} weeks {row[lags].min():+.2f} to "
        f"{row[lags].max():+.2f}"
        for market, row in means.iterrows()
    ]


def report(found: Rest, years: int, command: str) -> str:
    """Return the page in Markdown."""
    groups = found.drift[found.drift["unit"] == "group"].sort_values(
        "change", key=abs, ascending=False
    )
    rows = [
        f"| {r.market} | {r.who} | {r.reference:.3f} | {r.first:.3f} | {r.last:.3f} | "
        f"{r.change:+.3f} | {'yes' if r.moves else 'no'} |"
        for r in groups.rename(columns={"name": "who"}).itertuples()
    ]
    posts = found.posts.groupby("year")["posts"].mean()
    ends = f"{posts.iloc[0]:.0f} at the end of {posts.index[0]}, {posts.iloc[-1]:.0f} of "
    ends += f"{posts.index[-1]}"
    lines = [
        "# Does the market rest?",
        "",
        headline(found, years),
        "",
        *(f"- {line}" for line in price_lines(found)),
        f"- Posts kept by cartels: {ends}.",
        "",
        "Shares of deliveries (bulk kilograms), mean of replicates: data, first two years, last "
        "three.",
        "",
        "| market | group | data | first | last | change | too far |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        f"`{command}`",
    ]
    return "\n".join(lines) + "\n"


def draw(found: Rest) -> Figure:
    """Draw the shares of groups over the years, a panel per market, the data dotted."""
    shares = found.shares[found.shares["unit"] == "group"]
    markets = sorted(shares["market"].unique())
    columns = 2
    figure = new_figure(DOUBLE_COLUMN, (10 + 46 * ceil(len(markets) / columns)) * MM)
    grid = list(figure.subplots(ceil(len(markets) / columns), columns, squeeze=False).flat)
    ends = [draw_market(ax, found, m) for ax, m in zip(grid, markets, strict=False)]
    for ax in grid[len(markets) :]:
        ax.remove()
    title_panels(grid[: len(markets)], markets)
    n = shares["replicate"].nunique()
    band = "bands 5 to 95 %" if n >= INTERVAL_FROM else f"{n} replicates: no bands"
    figure.supxlabel(
        f"Years at held conditions. Lines: means of {n} replicates, {band}; dotted: data",
        fontsize=6.5,
    )
    figure.draw_without_rendering()
    for ax, names in zip(grid, ends, strict=False):
        label_line_ends(ax, names)
    return figure


def draw_market(ax: Axes, found: Rest, market: str) -> list[End]:
    """Draw one market; return the ends of its lines."""
    shares = found.shares[(found.shares["unit"] == "group") & (found.shares["market"] == market)]
    known = found.drift[(found.drift["unit"] == "group") & (found.drift["market"] == market)]
    ends: list[End] = []
    for row in known.rename(columns={"name": "who"}).itertuples():
        mine = shares[shares["name"] == row.who]
        wide = 100 * mine.pivot(index="year", columns="replicate", values="share")
        mark, years = group_mark(str(row.who)), wide.index.to_numpy(float) + 1
        if wide.shape[1] >= INTERVAL_FROM:
            low, high = (wide.quantile(q, axis=1) for q in (0.05, 0.95))
            ax.fill_between(years, low, high, color=mark.colour, alpha=0.13, linewidth=0)
        middle = wide.mean(axis=1).to_numpy()
        ax.plot(years, middle, color=mark.colour, linestyle=mark.line)
        if row.reference > LARGE:
            ax.axhline(100 * row.reference, color=mark.colour, linestyle=":", linewidth=0.6)
        ends.append((str(row.who), float(middle[-1]), mark))
    ax.margins(x=0)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Share of deliveries (%)")
    ax.set_xlabel("Year")
    return ends


def summary_table(found: Rest) -> pd.DataFrame:
    """Return what moves most, for the terminal."""
    table = found.drift.copy()
    table["size"] = np.abs(table["change"])
    table = table.sort_values("size", ascending=False).head(8)
    return table[["unit", "market", "name", "reference", "first", "last", "change", "moves"]]
