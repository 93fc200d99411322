"""What held conditions showed, in words, tables and a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.validation.rest import CYCLE, LARGE, Rest
from sim.figures.courses import Course, draw_blocks
from sim.figures.style import group_mark, year_axis
from sim.names import SHORT_NAMES
from sim.results.spread import FEWEST


def headline(found: Rest, years: int) -> str:
    """Return in one sentence whether the market rests."""
    groups = found.drift[found.drift["unit"] == "group"]
    moved, lost = groups[groups["moves"]], found.drift[found.drift["lost"]]
    n = found.shares["replicate"].nunique()
    rest = "the market rests" if found.rests else "the market does not rest"
    if n < FEWEST:
        rest = f"fewer than {FEWEST} replicates cannot tell whether the market rests"
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
    """Draw the shares of groups over the years, market by market, the data dotted."""
    shares = found.shares[found.shares["unit"] == "group"]
    markets = sorted(shares["market"].unique(), key=str)
    n = shares["replicate"].nunique()
    band = "bands 5 to 95 %" if n >= FEWEST else f"{n} replicates: no bands"
    return draw_blocks(
        {SHORT_NAMES.get(market, market): courses(found, market) for market in markets},
        "Share of deliveries (%)",
        year_axis,
        f"Years at held conditions; bulk kg delivered. Lines: means of {n} replicates, {band}; "
        "dotted: data",
    )


def courses(found: Rest, market: str) -> list[Course]:
    """Return how the shares of a market's groups go, in per cent."""
    shares = found.shares[(found.shares["unit"] == "group") & (found.shares["market"] == market)]
    known = found.drift[(found.drift["unit"] == "group") & (found.drift["market"] == market)]
    drawn = []
    for row in known.rename(columns={"name": "who"}).itertuples():
        mine = shares[shares["name"] == row.who]
        wide = 100 * mine.pivot(index="year", columns="replicate", values="share")
        few = wide.shape[1] < FEWEST
        low, high = (None if few else wide.quantile(q, axis=1).to_numpy() for q in (0.05, 0.95))
        held = 100 * row.reference if row.reference > LARGE else float("nan")
        years, middle = wide.index.to_numpy(float) + 1, wide.mean(axis=1).to_numpy()
        drawn.append(
            Course(
                str(row.who),
                group_mark(str(row.who)),
                at=years,
                middle=middle,
                low=low,
                high=high,
                held=held,
            )
        )
    return drawn


def summary_table(found: Rest) -> pd.DataFrame:
    """Return what moves most, for the terminal."""
    table = found.drift.copy()
    table["size"] = np.abs(table["change"])
    table = table.sort_values("size", ascending=False).head(8)
    return table[["unit", "market", "name", "reference", "first", "last", "change", "moves"]]
