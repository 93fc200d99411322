"""Widgets in the colours of the page, light or dark."""

from __future__ import annotations

from typing import Any

SHEET = """
:host { color: var(--ink); font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }
:host .bk-input, .bk-input {
  background-color: var(--field); color: var(--ink); border: 1px solid var(--edge);
}
.bk-input::placeholder { color: var(--soft); opacity: 1; }
label, .bk-slider-title { white-space: normal; overflow-wrap: anywhere; }
label, .bk-slider-title, .bk-slider-value, .bk-input-group { color: var(--ink); }
.bk-btn, .bk-btn-default {
  background-color: var(--field); color: var(--ink); border: 1px solid var(--edge);
}
.bk-btn.bk-active { /* Panel's own rules are more exact than these can be */
  background-color: var(--link) !important; color: var(--on-link) !important;
  border-color: var(--link) !important;
}
.bk-btn[disabled], .bk-btn:disabled { opacity: 0.55; }
*:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
.noUi-target { background: var(--edge); border-color: var(--edge); }
.noUi-connect { background: var(--link); }
.noUi-handle { background: var(--field); border-color: var(--ink); }
:host(.card), .card { background: var(--paper); border: 1px solid var(--edge); }
.card-header, button.card-header {
  background: var(--wash); color: var(--ink); border-color: var(--edge);
}
.card-title, .card-title h3 { color: var(--ink); font-size: 14px; }
"""

FIRST = """
.bk-btn { background-color: var(--link) !important; color: var(--on-link) !important; }
"""
WORDS = """<style>
p { margin: 3px 0; color: var(--soft); }
td, th { text-align: left; padding: 2px 14px 2px 0; border-bottom: 1px solid var(--edge); }
td, th, h2, h3, li { color: var(--ink); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.key span { display: inline-block; margin-right: 10px; }
.key i { display: inline-block; width: 24px; margin: 0 4px 3px 0; border-top: 4px solid; }
.help { font-size: 12px; margin: 0 0 6px; }
.bad { color: var(--bad); font-weight: 600; white-space: pre-wrap; }
img { max-width: 100%; background: #fff; }
</style>"""


def styled(kind: Any, *parts: Any, **given: Any) -> Any:
    """Return a Panel object that takes its colours from the page and fills its column."""
    usual = {"sizing_mode": "stretch_width", "stylesheets": [SHEET]}
    return kind(*parts, **(usual | given))
