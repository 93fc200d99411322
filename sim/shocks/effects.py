"""What lasting events do, in the words of the table of events."""

from __future__ import annotations

from typing import Any

EFFECTS = {
    "campaign": "effort x {factor:g} on {reach} legs",
    "law": "effort x {factor:g} on {reach} legs{death}",
    "airstrips": "flights x {factor:g} on {reach} air legs",
    "eradication": "capacity x {factor:g} in {reach} zones",
    "supply": "capacity x {factor:g} in {reach} zones",
    "demand": "demand x {factor:g} in {where}{slowly}",
    "entry": "{may} buy for {where}",
    "port_controls": "effort x {factor:g} on {reach} sea legs",
    "truce": "fights x {factor:g} {places}",
    "trust": "trust {change:+g} {places}",
}


def describe(event: Any, reach: int) -> str:
    """Say in words what a lasting event does, and on how many legs or places."""
    death = getattr(event, "death_prob", None)
    over = getattr(event, "over_weeks", 0)
    return EFFECTS[event.kind].format(
        factor=getattr(event, "factor", 1.0),
        change=getattr(event, "change", 0.0),
        reach=reach,
        where=getattr(event, "market", None) or f"all {reach} markets",
        death="" if death is None else f", death probability {death:g}",
        slowly=f", over {over} weeks" if over else "",
        may="may" if getattr(event, "permitted", True) else "may not",
        places=f"at {reach} places" if reach else "everywhere",
    )
