"""Flights and pilots around an event."""

from __future__ import annotations

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from experiments.figures.style import (
    DOUBLE_MM,
    GROUPS,
    band,
    by_replicate,
    mark_events,
    new_figure,
    paper,
)
from sim.record import Run

HALF_WINDOW = pd.Timedelta(weeks=78)


def flights(run: Run) -> Figure:
    """Draw flights out of Peru, pilots' wages, active pilots and losses, week by week.

    The window is a year and a half either side of the first dated event on the
    air bridge, or the whole run where there is none. Flights and losses are
    smoothed over four weeks.
    """
    with paper():
        figure = new_figure(DOUBLE_MM, 110)
        grid = figure.subplots(2, 2, sharex=True)
        table = peruvian(run)
        first, last = window(run)
        weekly = table.groupby(["replicate", "date"], observed=True).agg(
            flights=("flights", "sum"), wanted=("flights_wanted", "sum"), active=("active", "max"),
            killed=("killed", "sum"), detained=("detained", "sum"), paid=("paid", "sum"),
        ).reset_index()  # fmt: skip
        weekly["wage"] = weekly["paid"] / weekly["flights"].where(weekly["flights"] > 0)
        panels = [
            ("flights", "flights out of Peru (per week)", "a  Flights", 4),
            ("wage", "pilot's wage (thousand USD per flight)", "b  Wage", 4),
            ("active", "active pilots of the Bolivian pool", "c  Pilots", 1),
            ("killed", "pilots (per week)", "d  Killed and detained", 13),
        ]
        for axes, (value, label, title, weeks) in zip(grid.ravel(), panels, strict=True):
            colour = GROUPS["Bolivian"][0]
            values = smooth(by_replicate(weekly, value), weeks).loc[first:last]
            scale = 1000.0 if value == "wage" else 1.0
            band(axes, values.index.to_numpy(), values / scale, colour, "-",
                 "killed" if value == "killed" else None)  # fmt: skip
            axes.set_ylabel(label)
            axes.set_title(f"{title} ({weeks}-week mean)" if weeks > 1 else title, loc="left")
            axes.set_ylim(bottom=0)
            mark_events(axes, run.tables["events"], named=value == "flights")
        held = smooth(by_replicate(weekly, "detained"), 13).loc[first:last]
        band(grid[1, 1], held.index.to_numpy(), held, "#0072B2", "--", "detained")
        grid[1, 1].legend(loc="upper right")
        grid[1, 1].relim()
        grid[1, 1].autoscale(axis="y")
        grid[1, 1].set_ylim(bottom=0)
        for axes in grid[1]:
            locator = AutoDateLocator(minticks=3, maxticks=6)
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
            axes.set_xlabel("date")
    return figure


def peruvian(run: Run) -> pd.DataFrame:
    """Return the pilots table of flights that leave Peru."""
    country = run.network.places.set_index("id")["country"]
    table = run.tables["pilots"]
    start = table["leg"].astype(str).str.split(">").str[0].map(country)
    mine = table[start == "Peru"].copy()
    mine["paid"] = mine["wage_usd_per_flight"] * mine["flights"]
    return mine


def window(run: Run) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return a year and a half either side of the first event, or the whole run."""
    dates, events = run.tables["pilots"]["date"], run.tables["events"]
    if len(events) == 0:
        return dates.min(), dates.max()
    centre = pd.Timestamp(events["date"].min())
    return centre - HALF_WINDOW, centre + HALF_WINDOW


def smooth(values: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Return the trailing mean over a number of weeks, as far as there are that many."""
    return values.rolling(min(weeks, len(values)), min_periods=min(weeks, len(values))).mean()
