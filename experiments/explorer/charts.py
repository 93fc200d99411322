"""Charts of one world: prices, shares, stages, flights, holders, events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from experiments.explorer.extracts import Extract
from experiments.explorer.looks import (
    group_colour,
    group_hatch,
    new_chart,
)
from sim.figures.price_chain import LADDER
from sim.figures.style import BLUE, DARK, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from sim.names import place_name

LADDER_COLOURS = (GREEN, SKY, BLUE, PURPLE, ORANGE, RED, GREY, DARK)
DASHES = ("solid", "dashed")
SHOWN_SHARE = 0.01  # of a market at some time; smaller groups are added up as others
OTHERS = "small groups"
TICKS = 4  # of an axis of time, about


def dated(title: str, label: str, **given: Any) -> Any:
    """Return an empty chart along time."""
    chart = new_chart(title, x_axis_type="datetime", **given)
    chart.yaxis.axis_label = label
    chart.xaxis.ticker.desired_num_ticks = TICKS
    return chart


def price_chain(seen: Extract, title: str, theme: str) -> Any:
    """Draw the prices of places along the chain over time, on a scale of equal ratios."""
    chart = dated(title, "Price (USD/kg bulk)", y_axis_type="log")
    table, known = seen.run.network.places, [p for p in LADDER if p in seen.places]
    for k, (place, colour) in enumerate(zip(known, LADDER_COLOURS, strict=False)):
        shade = "#bdbdbd" if theme == "dark" and colour == DARK else colour
        chart.line(
            seen.dates,
            seen.market_prices(place),
            color=shade,
            line_width=1.6,
            line_dash=DASHES[k % 2],
            legend_label=place_name(place, table),
        )
    beside(chart)
    return chart


def market_shares(seen: Extract, market: str, title: str, theme: str) -> Any:
    """Draw groups' shares of a market's deliveries over time, stacked."""
    chart = dated(title, "Share of deliveries (%)", y_range=(0, 100))
    table = 100 * seen.shares(market).fillna(0.0)
    stacked(chart, together(table, 100 * SHOWN_SHARE), theme)
    return chart


def stage_shares(seen: Extract, stage: str, title: str, theme: str) -> Any:
    """Draw groups' shares of the kilograms owned at a stage of the way, by year, stacked."""
    table = together(100 * seen.stage_shares(stage), 100 * SHOWN_SHARE)
    years = [str(year) for year in table.index]
    chart = new_chart(title, x_range=years, y_range=(0, 100))
    chart.yaxis.axis_label = "Share of kilograms owned (%)"
    chart.xaxis.major_label_orientation = 0.9
    floor = np.zeros(len(table))
    for group in table.columns:
        top = floor + table[group].to_numpy(float)
        chart.vbar(
            years,
            top=top,
            bottom=floor,
            width=0.86,
            color=group_colour(group, theme),
            **group_hatch(group),
            line_color=None,
            legend_label=group,
        )
        floor = top
    beside(chart)
    return chart


def together(table: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return groups from large to small, those that are always small added up."""
    large = [c for c in table.mean().sort_values(ascending=False).index if table[c].max() >= least]
    rest = table.drop(columns=large).sum(axis=1)
    kept = table[large]
    return kept.assign(**{OTHERS: rest}) if (rest > 0).any() else kept


def stacked(chart: Any, table: pd.DataFrame, theme: str) -> None:
    """Draw the columns of a table one upon the other."""
    floor, dates = np.zeros(len(table)), table.index.to_numpy().astype("datetime64[ms]")
    for group in table.columns:
        top = floor + table[group].to_numpy(float)
        chart.varea(
            dates,
            floor,
            top,
            color=group_colour(group, theme),
            **group_hatch(group),
            legend_label=str(group),
        )
        floor = top
    beside(chart)


def flights(seen: Extract, title: str, theme: str) -> Any:
    """Draw flights out of Peru a week, and the pilots lost so far, with raids and other events."""
    table = seen.flights
    dates = table.index.to_numpy().astype("datetime64[ms]")
    chart = dated(title, "Flights a week; pilots lost so far")
    chart.line(dates, table["flights"], color=BLUE, line_width=1.8, legend_label="flights")
    for column, colour, dash in (("detained", ORANGE, "dashed"), ("killed", RED, "solid")):
        chart.line(
            dates,
            table[column],
            color=colour,
            line_width=1.4,
            line_dash=dash,
            legend_label=f"pilots {column}",
        )
    events = seen.events
    raids = events[events["kind"].isin(["raid", "airstrips", "law"])]
    mark_events(chart, raids, 0.0)
    beside(chart)
    return chart


def events(seen: Extract, title: str, theme: str) -> Any:
    """Draw what happened along time, a mark each."""
    first, last = (seen.dates[k].astype("datetime64[ms]") for k in (0, -1))
    chart = new_chart(
        title,
        x_axis_type="datetime",
        height=120,
        x_range=(first, last),
        y_range=(-0.5, 2.5),
        tools="xpan,xwheel_zoom,reset",
    )
    chart.yaxis.visible = False
    chart.ygrid.visible = False
    mark_events(chart, seen.events, None)
    return chart


def mark_events(chart: Any, table: pd.DataFrame, height: float | None) -> None:
    """Mark events on a chart along time: all at one height, or in three rows."""
    from bokeh.models import ColumnDataSource, HoverTool

    rows = [k % 3 for k in range(len(table))] if height is None else [height] * len(table)
    source = ColumnDataSource(
        {
            "date": table["date"].to_numpy().astype("datetime64[ms]"),
            "y": rows,
            "name": [str(name) for name in table["name"]],
            "effect": [str(effect) for effect in table["effect"]],
            "day": [f"{day:%d %b %Y}" for day in table["date"]],
        }
    )
    marks = chart.scatter(
        "date", "y", marker="inverted_triangle", size=10, color=PURPLE, source=source
    )
    chart.add_tools(
        HoverTool(renderers=[marks], tooltips=[("", "@day: @name"), ("effect", "@effect")])
    )


def holders(seen: Extract, title: str, theme: str) -> Any:
    """Draw who holds most of each place, year by year, in the colour of its group."""
    from bokeh.models import ColumnDataSource, HoverTool

    table, names = seen.holders, seen.run.network.places
    held = [place for place in seen.places if place in set(table["place"])]
    years = sorted({str(year) for year in table["year"]})
    labels = {place: f"{place_name(place, names)} ({place[:2]})" for place in held}
    chart = new_chart(
        title,
        height=60 + 15 * len(held),
        x_range=years,
        y_range=[labels[place] for place in reversed(held)],
        x_axis_location="above",
    )
    source = ColumnDataSource(
        {
            "year": [str(year) for year in table["year"]],
            "place": [labels[place] for place in table["place"]],
            "who": [str(who) for who in table["organisation"]],
            "group": [str(group) for group in table["group"]],
            "control": 100 * table["control"].to_numpy(float),
            "alpha": 0.25 + 0.75 * table["control"].clip(0, 1).to_numpy(float),
            "colour": [group_colour(str(group), theme) for group in table["group"]],
        }
    )
    cells = chart.rect(
        "year",
        "place",
        width=0.96,
        height=0.9,
        fill_color="colour",
        fill_alpha="alpha",
        line_color=None,
        source=source,
    )
    chart.add_tools(
        HoverTool(
            renderers=[cells],
            tooltips=[("", "@place, end of @year"), ("held by", "@who (@group), @control{0} %")],
        )
    )
    chart.grid.visible = False
    chart.xaxis.major_label_orientation = 0.9
    return chart


def beside(chart: Any) -> None:
    """Put a chart's legend beside it, so that it covers nothing."""
    if chart.legend:
        chart.add_layout(chart.legend[0], "right")
        chart.legend.glyph_height = chart.legend.glyph_width = 14
        chart.legend.spacing = 0
        chart.legend.padding = 2
        chart.legend.click_policy = "none"


def week_mark(chart: Any) -> Any:
    """Return a line on a chart along time that can be moved to a week."""
    from bokeh.models.annotations import Span

    mark = Span(dimension="height", line_color=GREY, line_width=1.5, line_dash="dotted")
    chart.add_layout(mark)
    return mark
