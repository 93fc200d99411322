"""How the explorer's charts look, in light and dark, with the colours of printed figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.figures.style import BLACK, group_mark

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "ink": "#1d1d1b",
    "soft": "#5c5a55",
    "line": "#d6d2c9",
    "land": "#f1efea",
    "shore": "#8c877d",
}
DARK: Mapping[str, str] = {
    "paper": "#181a1c",
    "ink": "#e9e6df",
    "soft": "#b3afa6",
    "line": "#44464a",
    "land": "#2a2d31",
    "shore": "#74716a",
}
THEMES = {"light": LIGHT, "dark": DARK}
PALE = "#c9c9c9"  # stands for black on a dark ground
FONT = "12px"


def group_colour(group: str, theme: str) -> str:
    """Return the colour of a group: the same everywhere, but that black is seen on dark."""
    colour = group_mark(group).colour
    return PALE if theme == "dark" and colour == BLACK else colour


def group_dash(group: str) -> str:
    """Return how a group's line is drawn, as it tells groups of one colour apart."""
    line = group_mark(group).line
    if line == "-":
        return "solid"
    first = line[1][0] if isinstance(line, tuple) else 4
    return "dotted" if first < 2 else "dashed"


def group_hatch(group: str) -> dict[str, Any]:
    """Return how a group's area is hatched, as Bokeh is told; hatches are slow to draw."""
    hatches = {"dashed": "/", "dotted": "."}
    dash = group_dash(group)
    return {"hatch_pattern": hatches[dash], "hatch_alpha": 0.5} if dash in hatches else {}


def new_chart(title: str, **given: Any) -> Any:
    """Return an empty Bokeh chart that fills its place."""
    from bokeh.plotting import figure

    usual: dict[str, Any] = {
        "title": title,
        "sizing_mode": "stretch_width",
        "height": 340,
        "tools": "pan,wheel_zoom,box_zoom,reset,save",
        "toolbar_location": "above",
        "output_backend": "canvas",
        "min_border_left": 62,
    }
    chart = figure(**(usual | given))
    chart.toolbar.logo = None
    chart.toolbar.autohide = True
    return chart


def dress(chart: Any, theme: str) -> None:
    """Give a chart the colours of a theme."""
    look = THEMES[theme]
    chart.background_fill_color = chart.border_fill_color = look["paper"]
    chart.outline_line_color = look["line"]
    if chart.title is not None:
        chart.title.text_color = look["ink"]
        chart.title.text_font_size = "13px"
    for axis in chart.axis:
        axis.axis_line_color = axis.major_tick_line_color = look["soft"]
        axis.minor_tick_line_color = None
        axis.axis_label_text_color = axis.major_label_text_color = look["ink"]
        axis.major_label_text_font_size = axis.axis_label_text_font_size = FONT
        axis.axis_label_text_font_style = "normal"
    for grid in chart.grid:
        grid.grid_line_color = look["line"]
        grid.grid_line_alpha = 0.5
    for legend in chart.legend:
        legend.background_fill_alpha = 0.0
        legend.border_line_color = None
        legend.label_text_color = look["ink"]
        legend.label_text_font_size = FONT
    for bar in chart.select({"type": colour_bar()}):
        bar.background_fill_alpha = 0.0
        bar.title_text_color = bar.major_label_text_color = look["ink"]


def colour_bar() -> Any:
    """Return Bokeh's class of colour bars."""
    from bokeh.models.annotations import ColorBar

    return ColorBar
