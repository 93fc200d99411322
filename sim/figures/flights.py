"""Flights out of Peru: how many, at what wage, with which pilots, at what loss."""

from __future__ import annotations

import datetime as dt
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.figures.bands import band_note, by_date, draw_band
from sim.figures.labels import End, label_line_ends, spread
from sim.figures.style import (
    BLACK,
    BLUE,
    DASH,
    DOT,
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
KEY_LETTERS, KEY_LINE_MM = 62, 3.6  # of the key of events
WEEKS_BEFORE, WEEKS_AFTER = 26, 78  # of the first and of the last event
WEEK = np.timedelta64(7, "D")
TOGETHER_WEEKS = 52  # between events that one window shows week by week
SMOOTH_FROM_WEEKS, SMOOTHING_WEEKS = 157, 13
Happening = tuple[np.datetime64, str]


def flights(run: Tables) -> Figure:
    """Draw weekly flights out of Peru, their wage, the pilots, and the killed and detained.

    Events of the scenario are numbered. Where they lie within a year, the figure goes from
    half a year before the first to a year and a half after the last; else over the whole
    run. Heights begin at zero.
    A window over three years shows means of 13 weeks.
    """
    table, happenings = window(run)
    weeks = SMOOTHING_WEEKS if table["date"].nunique() >= SMOOTH_FROM_WEEKS else 1
    key = [
        fill(f"{n}  {plain(date)}: {name}", KEY_LETTERS, subsequent_indent="     ")
        for n, (date, name) in enumerate(happenings, 1)
    ]
    lines = max(sum(text.count("\n") + 1 for text in key[half::2]) for half in (0, 1))
    with paper():
        figure = new_figure(DOUBLE_COLUMN, (150 + KEY_LINE_MM * lines) * MM)
        axes = list(figure.subplots(4, 1, sharex=True))
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
            ax.set_ylim(0.0, None)
            date_axis(ax, 8)
            ax.tick_params(labelbottom=True)
            for date, _ in happenings:
                ax.axvline(date.astype(float), color=GREY, linewidth=0.6, linestyle=DOT, zorder=1)
        axes[0].set_ylim(0.0, 1.2 * axes[0].get_ylim()[1] if happenings else None)
        number_events(axes[0], happenings)
        write_key(figure, note(run, weeks), key)
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
    """Return the rows of legs flown out of Peru and the events, around these if they lie close."""
    pilots = run.tables["pilots"]
    places = run.network.places
    origins = set(places.loc[places["country"] == COUNTRY, "id"])
    leg = pilots["leg"].astype(str)
    rows = pilots.assign(leg=leg, hub=pilots["hub"].astype(str))
    rows = rows[leg.str.split(">").str[0].isin(origins)]
    happenings = events_of(run)
    if happenings and happenings[-1][0] - happenings[0][0] <= TOGETHER_WEEKS * WEEK:
        low, high = happenings[0][0] - WEEKS_BEFORE * WEEK, happenings[-1][0] + WEEKS_AFTER * WEEK
        rows = rows[rows["date"].between(pd.Timestamp(low), pd.Timestamp(high))]
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
    ax.set_ylabel("Pilots lost (persons,\nsince the first date)")
    return ends


def number_events(ax: Axes, happenings: list[Happening]) -> None:
    """Write the numbers of events at the top of a panel, so that none covers another."""
    if not happenings:
        return
    left, right = ax.get_xlim()
    dates = [(date.astype(float) - left) / (right - left) for date, _ in happenings]
    places = spread(dates, 0.042, 0.02, 0.98)
    for n, (date, x) in enumerate(zip(dates, places, strict=True), 1):
        ax.plot([date, x], [0.84, 0.87], transform=ax.transAxes, color=GREY, linewidth=0.6)
        ax.text(
            x,
            0.93,
            str(n),
            transform=ax.transAxes,
            ha="center",
            va="center",
            zorder=5,
            bbox={
                "boxstyle": "round,pad=0.15",
                "facecolor": "white",
                "edgecolor": PURPLE,
                "linewidth": 0.7,
            },
        )


def write_key(figure: Figure, text: str, key: list[str]) -> None:
    """Say below the panels what lines and bands are, and what the numbered events."""
    if not key:
        figure.supxlabel(text, x=0.01, ha="left")
        return
    figure.legend(
        handles=[Line2D([], [], linestyle="none", label=one) for one in key],
        loc="outside lower left",
        ncols=min(2, len(key)),
        title=text,
        alignment="left",
        handlelength=0,
        handletextpad=0,
    )
