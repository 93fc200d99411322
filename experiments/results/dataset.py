"""The tables of a run as one labelled dataset of xarray, and as a NetCDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.results.datapackage import LICENCE
from sim.results.schemas import SCHEMAS
from sim.run import Run

if TYPE_CHECKING:
    import xarray as xr

TIME = ["replicate", "week"]
# Tables with a row for each week and thing; the others are lists of records.
ALONG: dict[str, list[str]] = {
    "markets": [*TIME, "market"],
    "cartels": [*TIME, "cartel", "market"],
    "places": [*TIME, "place"],
    "pilots": [*TIME, "leg"],
    "ledger": TIME,
}
CALENDAR = ["date", "year"]
BESIDE = {"cartels": {"group": "cartel"}, "pilots": {"hub": "leg"}}  # labels of a label


def to_dataset(run: Run) -> xr.Dataset:
    """Return all tables of a run as variables ``TABLE_COLUMN`` with units.

    Weekly tables are along ``replicate``, ``week`` and what their rows are of; ``date`` and
    ``year`` go with ``week``. A cartel that did not serve a market has no values there.
    ``legs``, ``territory``, ``moves`` and ``events`` are along their rows.
    """
    import xarray as xr

    parts = [
        along(name, table) if name in ALONG else in_rows(name, table)
        for name, table in run.tables.items()
    ]
    whole = xr.merge(parts, join="outer", compat="no_conflicts")
    weeks = run.tables["ledger"].drop_duplicates("week").set_index("week")["date"]
    days = pd.DatetimeIndex(weeks.reindex(whole["week"].to_numpy()))
    whole = whole.assign_coords(
        date=("week", days.to_numpy()), year=("week", days.year.to_numpy("int64"))
    )
    whole["week"].attrs = SCHEMAS["ledger"]["week"].metadata()
    whole.attrs = {
        "Conventions": "CF-1.8",
        "title": f"Airbridge: {run.scenario.name}",
        "comment": run.scenario.question,
        "seed": str(run.manifest.get("seed", "")),
        "code_version": str(run.manifest.get("code_version", "")),
        "license": LICENCE["name"],
        "scenario": run.scenario.to_toml(),
    }
    return whole


def along(name: str, table: pd.DataFrame) -> xr.Dataset:
    """Return a weekly table along its dimensions; labels of a label become coordinates."""
    dims, beside = ALONG[name], BESIDE.get(name, {})
    flat = as_text(table).drop(columns=[c for c in CALENDAR if c in table])
    made = flat.drop(columns=list(beside)).set_index(dims).to_xarray()
    made = renamed(name, made)
    for column, dim in beside.items():
        labels = flat.drop_duplicates(dim).set_index(dim)[column]
        values = labels.reindex(made[dim].to_numpy()).to_numpy(object)
        made = made.assign_coords({f"{dim}_{column}": (dim, values)})
    return made


def in_rows(name: str, table: pd.DataFrame) -> xr.Dataset:
    """Return a list of records along its rows."""
    rows = as_text(table).rename_axis(f"{name}_row")
    return renamed(name, rows.to_xarray())


def renamed(name: str, made: xr.Dataset) -> xr.Dataset:
    """Return a table's variables under names that no other table has, with their units."""
    for column in made.data_vars:
        declared = SCHEMAS.get(name, {}).get(str(column))
        if declared is not None:
            made[column].attrs = attributes(declared.metadata())
    return made.rename({column: f"{name}_{column}" for column in made.data_vars})


def attributes(metadata: dict[str, str]) -> dict[str, Any]:
    """Return metadata of a column by the names of the CF conventions."""
    names = {"unit": "units", "description": "long_name", "basis": "basis"}
    return {names[key]: value for key, value in metadata.items()}


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with labels and text as plain text."""
    words = [c for c in table if not pd.api.types.is_numeric_dtype(table[c])]
    words = [c for c in words if not pd.api.types.is_datetime64_any_dtype(table[c])]
    return table.assign(**{str(c): table[c].astype(object) for c in words})


def write_netcdf(run: Run, path: Path) -> None:
    """Write the dataset as NetCDF-4."""
    made = to_dataset(run)
    days = {"units": "days since 1970-01-01", "dtype": "int64"}
    encoding = {str(n): days for n, v in made.variables.items() if v.dtype.kind == "M"}
    made.to_netcdf(path, engine="h5netcdf", encoding=encoding)
