"""``datapackage.json`` beside the tables of a run, as Frictionless describes data.

Any reader of data packages then knows types, units and licence without this software.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sim.results.question import DATA, hash_file
from sim.results.schemas import SCHEMAS, Kind
from sim.results.tables import Tables

DATAPACKAGE = "datapackage.json"
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
TYPES: dict[Kind, str] = {
    "whole": "integer",
    "number": "number",
    "text": "string",
    "label": "string",
    "day": "datetime",
}


def describe(run: Tables, folder: Path, ending: str = "parquet") -> dict[str, Any]:
    """Return the description of the tables of a run that are in a folder.

    Parameters
    ----------
    run : Tables
        Whose tables they are.
    folder : Path
        Where they are, as files named by table; the tables of the data pack in ``data``.
    ending : str
        Of the files: ``parquet`` or ``csv``.
    """
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in run.scenario.name.lower())
    tables = [
        {**resource(folder, f"{name}.{ending}"), "schema": schema_of(name, table)}
        for name, table in run.tables.items()
    ]
    data = [resource(folder, f"{DATA}/{p.name}") for p in sorted(folder.glob(f"{DATA}/*.csv"))]
    return {
        "profile": "data-package",
        "name": f"airbridge-{name}",
        "title": f"Airbridge: {run.scenario.name}",
        "description": run.scenario.question,
        "licenses": [LICENCE],
        "resources": [*tables, *data],
    }


def resource(folder: Path, path: str) -> dict[str, Any]:
    """Return the description of one file."""
    file = folder / path
    name = path.removesuffix(file.suffix).replace("/", "-").lower()
    return {
        "name": name,
        "path": path,
        "format": file.suffix[1:],
        "mediatype": "text/csv" if file.suffix == ".csv" else "application/vnd.apache.parquet",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{hash_file(file)}",
    }


def schema_of(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return the fields of a table with type, unit and meaning; others keep their names only."""
    fields = []
    for column in table.columns:
        declared = SCHEMAS.get(name, {}).get(column)
        field: dict[str, Any] = {"name": str(column)}
        if declared is not None:
            field |= {"type": TYPES[declared.kind], **declared.metadata()}
        fields.append(field)
    return {"fields": fields}
