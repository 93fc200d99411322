"""The views: what is drawn of one world, or of two side by side, and what it says in words."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from experiments.explorer import charts, sayings
from experiments.explorer.extracts import Extract
from experiments.explorer.looks import dress, group_colour, group_dash

TITLES = ("As it is", "Changed")
PRINTED = {  # the figure of the catalogue that a view can be taken away as
    "Map": "flow_map",
    "Prices": "price_chain",
    "Shares": "market_shares",
    "Stages": "ownership",
    "Flights": "flights",
}


@dataclass
class View:
    """What is on show: charts, lines that mark the week on them, and words."""

    charts: list[Any] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def dress(self, theme: str) -> None:
        """Give all charts the colours of a theme."""
        for chart in self.charts:
            dress(chart, theme)

    def move(self, date_ms: float) -> None:
        """Move the marks of the week."""
        for mark in self.marks:
            mark.location = date_ms


Drawing = Callable[[Extract, str, str], Any]


def draw(
    drawing: Drawing,
    worlds: list[Extract],
    words: Callable[[Extract], str],
    theme: str,
    along_time: bool = True,
) -> View:
    """Draw each world, on the same scales, with the words of each."""
    view = View()
    for title, seen in zip(TITLES, worlds, strict=False):
        chart = drawing(seen, title, theme)
        if view.charts and along_time:
            chart.x_range, chart.y_range = view.charts[0].x_range, view.charts[0].y_range
        view.charts.append(chart)
        if along_time:
            view.marks.append(charts.week_mark(chart))
        view.words.append(f"{title}: {words(seen)}")
    view.dress(theme)
    return view


def prices(worlds: list[Extract], theme: str) -> View:
    """Show prices along the chain."""
    return draw(charts.price_chain, worlds, price_words, theme)


def price_words(seen: Extract) -> str:
    """Say what things cost along the chain in the last week."""
    return sayings.map_words(seen, len(seen.dates) - 1, "all owners").partition("Prices, ")[2]


def shares(worlds: list[Extract], theme: str, market: str) -> View:
    """Show who delivers to a market."""
    return draw(
        lambda seen, title, look: charts.market_shares(seen, market, title, look),
        worlds,
        lambda seen: sayings.share_words(seen.shares(market)),
        theme,
    )


def stages(worlds: list[Extract], theme: str, stage: str) -> View:
    """Show who owns what moves at a stage."""
    return draw(
        lambda seen, title, look: charts.stage_shares(seen, stage, title, look),
        worlds,
        lambda seen: sayings.share_words(seen.stage_shares(stage)),
        theme,
        along_time=False,
    )


def flights(worlds: list[Extract], theme: str) -> View:
    """Show flights, pilots lost, and raids."""
    return draw(charts.flights, worlds, sayings.flight_words, theme)


def holders(worlds: list[Extract], theme: str) -> View:
    """Show who holds which place."""
    return draw(charts.holders, worlds, holder_words, theme, along_time=False)


def holder_words(seen: Extract) -> str:
    """Say who holds most places at the end."""
    table = seen.holders
    last = table[table["year"] == table["year"].max()]["organisation"].value_counts()
    told = ", ".join(f"{who} {n}" for who, n in last.head(5).items())
    return f"most places at the end: {told or 'nobody'}."


def counted_events(seen: Extract) -> str:
    """Say how many events there were."""
    n = len(seen.events)
    return f"{n} event{'' if n == 1 else 's'}."


def events(worlds: list[Extract], theme: str) -> View:
    """Show what happened."""
    view = draw(charts.events, worlds, counted_events, theme)
    for k, seen in enumerate(worlds):
        view.words[k] += " " + "; ".join(sayings.event_lines(seen))
    return view


def key_of(groups: list[str], theme: str) -> str:
    """Return which colour on the map is whose."""
    told = []
    for group in groups:
        line = f"{group_dash(group)} {group_colour(group, theme)}"
        mark = f'<i style="border-top: 4px {line}"></i>'
        told.append(f"<span>{mark}{html.escape(group)}</span>")
    return f'<p class="key">Owners: {" ".join(told)}</p>'


def in_html(words: list[str]) -> str:
    """Return words as paragraphs."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in words)
