"""One event as a setting on top of a scenario."""

from __future__ import annotations


def event(kind: str, **fields: object) -> str:
    """Return an override that adds one event, at the start of the shocks unless dated."""
    words = {"kind": kind, "name": kind, "date": "2012-01-02", **fields}
    parts = []
    for key, value in words.items():
        if key == "date":
            text = str(value)
        elif isinstance(value, tuple):
            text = "[" + ", ".join(f'"{v}"' for v in value) + "]"
        elif isinstance(value, bool):
            text = str(value).lower()
        else:
            text = f'"{value}"' if isinstance(value, str) else repr(value)
        parts.append(f"{key} = {text}")
    return "events=[{ " + ", ".join(parts) + " }]"
