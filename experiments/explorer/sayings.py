"""What the views show, in words: for who cannot see them, and for who would rather read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from experiments.explorer.desk import Answer
from experiments.explorer.extracts import Extract
from experiments.words import figure_of, outcome_words
from sim.figures.price_chain import LADDER
from sim.names import place_name

LEADING = r"price_usd|delivered|herfindahl|_per_year|trading|share_"
GROUPS_TOLD = 4


def map_words(seen: Extract, week: int, owners: str) -> str:
    """Say what the map shows: the day, the busiest ways, what it costs along the chain."""
    names, year = seen.run.network.places, seen.year_of(week)
    ways = "; ".join(
        f"{place_name(start, names)} to {place_name(end, names)} by {mode}, {figure_of(tonnes)} t"
        for (start, end, mode), tonnes in seen.busiest(year, owners)
    )
    prices = ", ".join(
        f"{place_name(place, names)} {figure_of(float(seen.market_prices(place)[week]))}"
        for place in LADDER
        if place in seen.places
    )
    return (
        f"Week of {seen.day_of(week):%d %B %Y}. Busiest ways of {year}, bulk, {owners}: "
        f"{ways or 'none'}. Prices, USD/kg bulk: {prices}."
    )


def share_words(table: pd.DataFrame) -> str:
    """Say who leads at the end of a table of shares, per cent."""
    if table.empty:
        return "Nothing is delivered."
    last = table.iloc[-1].fillna(0.0).nlargest(GROUPS_TOLD)
    said = ", ".join(f"{group} {figure_of(100 * share)} %" for group, share in last.items())
    return f"At the end: {said}."


def flight_words(seen: Extract) -> str:
    """Say how many flights there were, and what became of pilots."""
    table = seen.flights
    last = table.iloc[-1]
    return (
        f"{figure_of(float(table['a_week'].mean()))} flights a week on average; by the end "
        f"{figure_of(float(last['killed']))} pilots killed and "
        f"{figure_of(float(last['detained']))} detained."
    )


def event_lines(seen: Extract) -> Iterator[str]:
    """Yield what happened, an event a line."""
    for row in seen.events.itertuples():
        yield f"{row.date:%d %b %Y}: {row.name} ({row.effect})"


def place_words(seen: Extract, place: str, week: int) -> str:
    """Say what is known of a place in a week."""
    names, k, year = seen.run.network.places, seen.places.index(place), seen.year_of(week)
    week = min(week, len(seen.dates) - 1)
    held = seen.holders[(seen.holders["place"] == place) & (seen.holders["year"] == year)]
    who = "nobody"
    if len(held):
        first = held.iloc[0]
        who = f"{first['organisation']} ({first['group']}, {100 * first['control']:.0f} %)"
    price, stock = seen.price_usd_per_kg[week, k], seen.stock_kg[week, k]
    return (
        f"{place_name(place, names)} ({place}): {figure_of(float(price))} USD/kg bulk, "
        f"{figure_of(float(stock))} kg bulk in stock, held by {who} at the end of {year}."
    )


def difference_table(base: Answer, other: Answer, names: Mapping[str, str]) -> pd.DataFrame:
    """Return paired differences of the changed world from the base, in words."""
    from experiments.displacement.comparisons import differences
    from experiments.displacement.estimates import Estimate, shown

    table = differences({"base": base.outcomes, "changed": other.outcomes})
    table = table[table["outcome"].str.contains(LEADING)]
    return pd.DataFrame(
        {
            "what": [outcome_words(name, names) for name in table["outcome"]],
            "as it is": [figure_of(value) for value in table["base"]],
            "changed": [figure_of(value) for value in table["other"]],
            "difference (95 %)": [
                shown(Estimate(r.difference, r.low, r.high, r.pairs)) for r in table.itertuples()
            ],
        }
    )


def pairs_words(base: Answer, other: Answer) -> str:
    """Say of how many pairs the differences are, and what that allows."""
    from experiments.displacement.estimates import FEWEST_PAIRS, counted

    pairs = len(base.outcomes.index.intersection(other.outcomes.index))
    few = f" An interval takes {FEWEST_PAIRS}: raise the pairs." if pairs < FEWEST_PAIRS else ""
    return (
        f"Means over the last three years, or all of a shorter run, from {counted(pairs)} that "
        f"share their luck.{few} The interval is that of luck, not of parameters."
    )
