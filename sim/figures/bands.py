"""From the tables of a run to the lines and bands of a figure.

A band is always taken over replicates, week by week: the median and the 5 and 95 %
quantiles of one number per replicate. With fewer than five replicates there is a line only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.figures.style import Mark, days
from sim.results.spread import FEWEST, HIGH, LOW

SMOOTHING_WEEKS = 13


@dataclass(frozen=True)
class Band:
    """Median and 5-95 % band of one number over replicates, by date."""

    low: pd.Series
    median: pd.Series
    high: pd.Series
    replicates: int

    @property
    def last(self) -> float:
        """Last known median; missing if there is none."""
        known = self.median.dropna()
        return float(known.iloc[-1]) if len(known) else float("nan")


def by_date(table: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return sums with one row a date and one column a replicate, from the rows of a table."""
    return table.groupby(["date", "replicate"])[value].sum(min_count=1).unstack("replicate")


def band(values: pd.DataFrame) -> Band:
    """Return median and band over the columns, one of which is one replicate."""
    ordered = np.sort(values.to_numpy(float), axis=1)  # missing numbers come last
    low, median, high = (
        pd.Series(quantile(ordered, share), values.index) for share in (LOW, 0.5, HIGH)
    )
    return Band(low, median, high, values.shape[1])


def quantile(ordered: np.ndarray[Any, Any], share: float) -> np.ndarray[Any, Any]:
    """Return a quantile of the known numbers of each row; missing where a row has none.

    Between two numbers it lies on the straight line. Rows are ordered, missing numbers
    last: all rows go at once, which NumPy's own quantile past missing numbers does not.
    """
    last = np.maximum((~np.isnan(ordered)).sum(axis=1) - 1, 0)
    at = share * last
    below = np.floor(at).astype(int)
    low, high = (
        np.take_along_axis(ordered, k[:, None], axis=1)[:, 0]
        for k in (below, np.minimum(below + 1, last))
    )
    found: np.ndarray[Any, Any] = low + (at - below) * (high - low)
    return found


def draw_band(
    ax: Axes, values: pd.DataFrame, mark: Mark, label: str | None = None, alpha: float = 0.18
) -> Band:
    """Draw the median over replicates as a line and, if there are enough, the band."""
    drawn = band(values)
    dates = days(drawn.median.index)
    if drawn.replicates >= FEWEST:
        ax.fill_between(
            dates,
            drawn.low.to_numpy(),
            drawn.high.to_numpy(),
            color=mark.colour,
            alpha=alpha,
            linewidth=0,
            zorder=2,
        )
    # A week on its own would be an invisible line.
    marker = mark.marker if len(dates) == 1 else None
    ax.plot(
        dates,
        drawn.median.to_numpy(),
        color=mark.colour,
        linestyle=mark.line,
        marker=marker,
        label=label,
        zorder=3,
    )
    return drawn


def group_shares(
    cartels: pd.DataFrame, market: str, weeks: int = SMOOTHING_WEEKS
) -> dict[str, pd.DataFrame]:
    """Return each group's share of a market's deliveries, by date and replicate.

    Kilograms are added over the weeks up to each date before they are divided, so
    that shares are those of the goods delivered, look back only, and sum to one. A
    date before which nothing was delivered has no shares, nor have the first weeks of a
    run that is twice as long or longer.
    """
    rows = cartels[cartels["market"].astype(str) == market]
    rows = rows.assign(group=rows["group"].astype(str))
    kg = rows.groupby(["date", "group", "replicate"], observed=True)["delivered_kg"].sum()
    table = kg.unstack(["group", "replicate"]).fillna(0.0).sort_index()
    # The first few loads say little about shares; only a short run has nothing better.
    fewest = weeks if len(table) >= 2 * weeks else 1
    recent = table.rolling(weeks, min_periods=fewest).sum().clip(lower=0.0)
    total = recent.T.groupby(level="replicate").sum().T
    total = total.where(total > 0.0)
    groups = sorted(set(rows["group"]))
    return {group: recent[group].div(total) for group in groups}


def band_note(replicates: int) -> str:
    """Say in words what lines and bands show."""
    if replicates >= FEWEST:
        return f"median and 5–95 % band of {replicates} replicates"
    few = f"median of {replicates} replicates, without a band, which takes {FEWEST}"
    return few if replicates > 1 else "one replicate"
