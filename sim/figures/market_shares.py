"""Who supplies each market: shares of deliveries by organisation group over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.bands import SMOOTHING_WEEKS, band, band_note, group_shares
from sim.figures.courses import Course, draw_blocks
from sim.figures.style import date_axis, days, group_mark, paper
from sim.names import place_name
from sim.results.spread import FEWEST

if TYPE_CHECKING:
    from sim.results.tables import Tables


LARGE_SHARE = 0.05  # of all deliveries
SHOWN_SHARE = 0.01  # of a market, which a group drawn passes at some time


def market_shares(run: Tables) -> Figure:
    """Draw the share of each large market's deliveries by group, over 13 weeks.

    A market is large when it takes at least a twentieth of all deliveries. Lines are
    medians over replicates, so the lines of a market sum to one exactly with a single
    replicate and about so with several. Groups that stay below a hundredth of a market
    are named below the figure and not drawn.
    """
    blocks, small = {}, []
    for market in large_markets(run):
        name = place_name(market, run.network.places)
        drawn, left_out = courses(group_shares(run.tables["cartels"], market))
        blocks[name] = drawn
        small += [f"{name}: {', '.join(left_out)}"] if left_out else []
    note = f"Bulk kg delivered in the last {SMOOTHING_WEEKS} weeks: {band_note(run.replicates)}"
    if small:
        note += f"\nNot drawn, always below {SHOWN_SHARE:.0%} of the market: ".replace("%", " %")
        note += "; ".join(small)
    with paper():
        return draw_blocks(blocks, "Share of deliveries (%)", date_axis, note)


def large_markets(run: Tables) -> list[str]:
    """Return the markets with at least a twentieth of all deliveries, largest first."""
    table = run.tables["cartels"]
    kg = table.groupby(table["market"].astype(str))["delivered_kg"].sum()
    kg = kg.sort_values(ascending=False, kind="stable")
    return [str(market) for market in kg.index[kg >= LARGE_SHARE * kg.sum()]]


def courses(shares: dict[str, pd.DataFrame]) -> tuple[list[Course], list[str]]:
    """Return the courses of groups in per cent, and the groups too small to be drawn."""
    drawn, small = [], []
    for group, share in shares.items():
        found = band(100 * share)
        if found.replicates >= FEWEST:
            edges = found.low.to_numpy(), found.high.to_numpy()
        else:
            edges = None, None
        at = days(found.median.index)
        course = Course(group, group_mark(group), at, found.median.to_numpy(), *edges)
        known = np.isfinite(course.middle).any()
        if known and course.most < 100 * SHOWN_SHARE:
            small.append(group)
        else:
            drawn.append(course)
    return drawn, small
