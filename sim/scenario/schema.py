"""The JSON schema of a scenario file, so that editors can complete and check it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def file_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a file: the register's sections are top tables."""
    schema = model.model_json_schema()
    definitions = schema["$defs"]
    properties = schema["properties"]
    properties.pop("parameters")
    properties.update(definitions.pop("Parameters")["properties"])
    name = {"type": "string"}
    about = "Name of the library or path that this file extends, or a list of them"
    base = {"anyOf": [name, {"type": "array", "items": name}], "description": about}
    properties["until"] = {
        "type": "string",
        "format": "date",
        "description": "Last day that the run covers, in place of weeks",
    }
    tidy({**definitions, "": {"properties": properties}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Airbridge scenario",
        "description": "A scenario file; every key that is left out keeps its default.",
        "type": "object",
        "additionalProperties": False,
        "properties": {"extends": base, **properties},
        "$defs": definitions,
    }


def tidy(node: Any) -> None:
    """Move units and sources into descriptions; drop keywords that are not of the draft."""
    if isinstance(node, list):
        for part in node:
            tidy(part)
    if not isinstance(node, dict):
        return
    node.pop("discriminator", None)
    if "unit" in node and isinstance(node["unit"], str):
        notes = [f"unit: {node.pop('unit')}"]
        for key in ("source", "role"):
            if key in node:
                notes.append(f"{key}: {node.pop(key)}")
        node["description"] = f"{node.get('description', '')} ({'; '.join(notes)})".strip()
    for part in list(node.values()):
        tidy(part)
