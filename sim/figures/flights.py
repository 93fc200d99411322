"""Flights out of Peru: how many, at what wage, with which pilots, at what loss."""

from __future__ import annotations

import datetime as dt
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.figures.bands import band_note, by_date, draw_band
from sim.figures.labels import End, label_line_ends, spread
from sim.figures.style import (
    BLACK,
    BLUE,
    DASH,
    DOUBLE_COLUMN,
    GREY,
    LEG_MARKS,
    MM,
    PURPLE,
    RED,
    Mark,
    date_axis,
    days,
    new_figure,
    paper,
    title_panels,
)
from sim.names import place_name

if TYPE_CHECKING:
    from sim.results.tables import Tables


COUNTRY = "Peru"
WEEKS_BEFORE, WEEKS_AFTER = 26, 78  # of the first event
WEEK = np.timedelta64(7, "D")
SMOOTH_FROM_WEEKS, SMOOTHING_WEEKS = 157, 13
Happening = tuple[np.datetime64, str]


def flights(run: Tables) -> Figure:
    """Draw weekly flights out of Peru, their wage, the pilots, and the killed and detained.

    Events of the scenario are numbered. With a dated event the figure shows half a
    year before the first and a year and a half after it; without, the whole run.
    A window over three years shows means of 13 weeks.
    """
    table, happenings = window(run)
    weeks = SMOOTHING_WEEKS if table["date"].nunique() >= SMOOTH_FROM_WEEKS else 1
    key = [
        line
        for n, (date, name) in enumerate(happenings, 1)
        for line in wrap(f"{n}  {plain(date)}: {name}", 125, subsequent_indent="     ")
    ]
    with paper():
        figure = new_figure(DOUBLE_COLUMN, (104 + 2.9 * len(key)) * MM)
        axes = list(figure.subplots(2, 2, sharex=True).flat)
        ends = [
            draw_flights(axes[0], run, table, weeks),
            draw_wage(axes[1], table, weeks),
            draw_pilots(axes[2], table, weeks),
            draw_losses(axes[3], table),
        ]
        title_panels(
            axes, ["Flights by leg", "Wage", "Pilots of the pools that serve Peru", "Losses"]
        )
        for ax in axes:
            ax.margins(x=0)
            low, high = ax.get_ylim()
            ax.set_ylim(max(low, 0.0), high + 0.14 * (high - low))
            date_axis(ax)
            draw_events(ax, happenings)
        axes[0].tick_params(labelbottom=True)
        axes[1].tick_params(labelbottom=True)
        figure.supxlabel("\n".join([note(run, weeks), *key]), x=0.02, ha="left", fontsize=6.5)
        figure.draw_without_rendering()
        for ax, names in zip(axes, ends, strict=True):
            label_line_ends(ax, names)
    return figure


def plain(date: np.datetime64) -> str:
    """Write a date as day, month and year."""
    day = pd.Timestamp(date)
    return f"{day.day} {day:%b %Y}"


def note(run: Tables, weeks: int) -> str:
    """Say what lines and bands show."""
    smoothed = f"; means of the last {weeks} weeks" if weeks > 1 else ""
    return f"Lines: {band_note(run.replicates)}{smoothed}."


def window(run: Tables) -> tuple[pd.DataFrame, list[Happening]]:
    """Return the rows of legs flown out of Peru and the events, around the first event."""
    pilots = run.tables["pilots"]
    places = run.network.places
    origins = set(places.loc[places["country"] == COUNTRY, "id"])
    leg = pilots["leg"].astype(str)
    rows = pilots.assign(leg=leg, hub=pilots["hub"].astype(str))
    rows = rows[leg.str.split(">").str[0].isin(origins)]
    happenings = events_of(run)
    if happenings:
        first = happenings[0][0]
        low, high = first - WEEKS_BEFORE * WEEK, first + WEEKS_AFTER * WEEK
        rows = rows[rows["date"].between(pd.Timestamp(low), pd.Timestamp(high))]
        happenings = [one for one in happenings if one[0] <= high]
    return rows, happenings


def events_of(run: Tables) -> list[Happening]:
    """Return date and name of the scenario's events that fall in the run, by date."""
    dates = days(run.tables["pilots"]["date"])
    found = [
        (np.datetime64(event.date, "D"), str(event.name))
        for event in run.scenario.events
        if isinstance(event.date, dt.date)
    ]
    if not len(dates):
        return []
    inside = [one for one in found if dates.min() <= one[0] < dates.max() + WEEK]
    return sorted(inside)


def smooth(values: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Return means of the weeks up to each date."""
    return values.rolling(weeks, min_periods=1).mean() if weeks > 1 else values


def draw_flights(ax: Axes, run: Tables, table: pd.DataFrame, weeks: int) -> list[End]:
    """Draw the flights of each air leg; legs never flown in the window are left out."""
    flown = set(table["leg"].unique())
    order = [str(leg) for leg in run.network.legs["leg"] if leg in flown]
    ends: list[End] = []
    for leg, mark in zip(order, LEG_MARKS, strict=False):
        rows = table[table["leg"] == leg]
        if not rows["flights"].any():
            continue
        name = " → ".join(place_name(place, run.network.places) for place in leg.split(">"))
        drawn = draw_band(ax, smooth(by_date(rows, "flights"), weeks), mark, name)
        ends.append((name, drawn.last, mark))
    ax.set_ylabel("Flights per week")
    return ends


def wage(table: pd.DataFrame) -> pd.DataFrame:
    """Return the wage by date and replicate, each leg counting by the flights wanted on it."""
    table = table[table["wage_usd_per_flight"].notna()]
    weight = table["flights_wanted"].astype(float)
    # A tiny weight keeps the plain mean when no flight is wanted at all.
    weight = weight.where(weight > 0, 1e-9)
    parts = table.assign(weight=weight, pay=weight * table["wage_usd_per_flight"])
    return by_date(parts, "pay") / by_date(parts, "weight")


def draw_wage(ax: Axes, table: pd.DataFrame, weeks: int) -> list[End]:
    """Draw the wage of a flight."""
    draw_band(ax, smooth(wage(table), weeks), Mark(BLACK))
    ax.set_ylabel("Wage (USD per flight)")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{usd:,.0f}"))
    return []


def draw_pilots(ax: Axes, table: pd.DataFrame, weeks: int) -> list[End]:
    """Draw the active pilots of the pools that serve Peru; a pool counts once."""
    pools = table.drop_duplicates(["replicate", "date", "hub"])
    draw_band(ax, smooth(by_date(pools, "active"), weeks), Mark(BLACK))
    ax.set_ylabel("Active pilots (persons)")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    return []


def draw_losses(ax: Axes, table: pd.DataFrame) -> list[End]:
    """Draw pilots killed and detained since the start of the window."""
    ends: list[End] = []
    for column, mark in {"killed": Mark(RED), "detained": Mark(BLUE, DASH)}.items():
        drawn = draw_band(ax, by_date(table, column).cumsum(), mark, column)
        ends.append((column.capitalize(), drawn.last, mark))
    ax.set_ylabel("Pilots lost (persons,\nsince the start of the panel)")
    return ends


def draw_events(ax: Axes, happenings: list[Happening]) -> None:
    """Mark events with thin lines and numbers that do not cover each other."""
    if not happenings:
        return
    left, right = ax.get_xlim()
    dates = [date.astype(float) for date, _ in happenings]
    places = spread([(date - left) / (right - left) for date in dates], 0.045, 0.02, 0.98)
    for n, (date, x) in enumerate(zip(dates, places, strict=True), 1):
        ax.axvline(date, color=GREY, linewidth=0.6, linestyle=(0, (2, 1.5)), zorder=1)
        ax.text(
            x,
            0.94,
            str(n),
            transform=ax.transAxes,
            ha="center",
            va="center",
            fontsize=5.5,
            zorder=5,
            bbox={
                "boxstyle": "circle,pad=0.25",
                "facecolor": "white",
                "edgecolor": PURPLE,
                "linewidth": 0.7,
            },
        )
