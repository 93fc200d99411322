"""What a history of 2010-2023 must show, measured: failures are told first."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.results.spread import spread

MOST = 0.9  # share of replicates in which a sign must be right
WITHIN = 0.25  # of world output
FALL = (-0.45, -0.15)  # of the European price, 2013-19


@dataclass(frozen=True)
class Line:
    """One thing that must hold: what was asked, what was measured, whether it holds."""

    asked: str
    measured: str
    holds: bool


def wide(table: pd.DataFrame, measure: str, where: str) -> pd.DataFrame:
    """Return one thing observed by year (rows) and replicate (columns)."""
    rows = table[(table["measure"] == measure) & (table["where"] == where)]
    return rows.pivot(index="year", columns="replicate", values="value")


def lines(
    model: pd.DataFrame, without_effort: pd.DataFrame, observations: pd.DataFrame
) -> list[Line]:
    """Measure all lines; those that fail come first."""
    found = [
        world_output(model, observations),
        european_price(model),
        flights_fall(model),
        flights_return(model),
        share_moves_with_effort(model, without_effort),
        ecuador_rises(model),
    ]
    return sorted(found, key=lambda line: line.holds)


def world_output(model: pd.DataFrame, observations: pd.DataFrame) -> Line:
    """Compare world output, by its own drivers, with every year: within 25 %."""
    here = (observations["measure"] == "produced_pure_t") & (observations["where"] == "World")
    data = observations[here].set_index("year")["value"]
    middle = wide(model, "produced_pure_t", "World").median(axis=1)
    gap = (middle / data - 1.0).dropna()
    bad = gap[gap.abs() > WITHIN]
    if gap.empty:
        return Line(
            "World output within 25 % of each year 2010-2023", "cannot tell: no data", False
        )
    told = ", ".join(f"{int(year)}: {100 * value:+.0f} %" for year, value in bad.items())
    measured = f"{len(gap) - len(bad)} of {len(gap)} years; outside {told or 'none'}; "
    measured += f"mean {100 * gap.mean():+.0f} %"
    return Line("World output within 25 % of each year 2010-2023", measured, bad.empty)


def european_price(model: pd.DataFrame) -> Line:
    """Measure the change of the European price from 2013 to 2019."""
    price = wide(model, "price_usd_per_kg", "MK_EU")
    change = price.loc[2019] / price.loc[2013] - 1.0
    middle = float(change.median())
    holds = FALL[0] <= middle <= FALL[1] and bool((change < 0).mean() >= MOST)
    return Line("European price falls by 15-45 % in 2013-19", in_words(change, 100, "%"), holds)


def flights_fall(model: pd.DataFrame) -> Line:
    """Measure the fall of flights out of Peru after the law of 2015."""
    flights = wide(model, "flights", "air bridge")
    change = flights.loc[2016] / flights.loc[2014] - 1.0
    holds = bool((change < 0).mean() >= MOST)
    return Line(
        "Flights of the air bridge fall after 2015", in_words(change, 100, "% to 2016"), holds
    )


def flights_return(model: pd.DataFrame) -> Line:
    """Measure how much of the loss of flights is made good by 2018-19."""
    flights = wide(model, "flights", "air bridge")
    lost = flights.loc[2014] - flights.loc[2016]
    back = (flights.loc[[2018, 2019]].mean() - flights.loc[2016]) / lost.clip(lower=1.0)
    holds = bool(back.median() >= 0.5)
    measured = in_words(back, 100, "% of the loss made good in 2018-19")
    return Line("They come back by 2018-19 (half of the loss or more)", measured, holds)


def share_moves_with_effort(model: pd.DataFrame, without: pd.DataFrame) -> Line:
    """Measure how the seized share of output moves, and effort's part in it."""
    share, held = (
        wide(table, "seized_bulk_t", "World") / wide(table, "produced_pure_t", "World")
        for table in (model, without)
    )
    early, late = share.loc[2010:2012].mean(), share.loc[2021:2023].mean()
    effect = late - held.loc[2021:2023].mean()
    holds = bool((effect > 0).mean() >= MOST) and abs(float((late - early).median())) > 0.05
    measured = (
        f"bulk over pure {early.median():.2f} in 2010-12, {late.median():.2f} in 2021-23; "
        f"effort's part of the latter {in_words(effect, 1, '')}"
    )
    return Line("The seized share of output moves with effort", measured, holds)


def ecuador_rises(model: pd.DataFrame) -> Line:
    """Measure Ecuador's share of what is shipped to Europe and seized there, after 2018."""
    share = wide(model, "origin_share", "Ecuador").fillna(0.0)
    change = share.loc[2019:2023].mean() - share.loc[2014:2018].mean()
    holds = bool((change > 0).mean() >= MOST)
    measured = in_words(change, 100, "points, 2019-23 over 2014-18")
    return Line("Ecuador's share of European arrivals rises after 2018", measured, holds)


def in_words(values: pd.Series, scale: float, unit: str) -> str:
    """Return a median with its range of 90 % of replicates."""
    if values.isna().all():
        return "cannot tell: the run does not cover these years"
    low, middle, high = (scale * edge for edge in spread(values))
    digits = 0 if scale > 1 else 3
    band = f"{low:+.{digits}f} to {high:+.{digits}f}" if low == low else "no range"
    return f"{middle:+.{digits}f} ({band}) {unit}".strip()
