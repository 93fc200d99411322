"""Command that writes a saved run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from experiments.cli.options import Replace

Form = Literal["csv", "xarray", "netcdf", "graphml", "geojson", "duckdb"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a saved run")],
    to: Annotated[Form, typer.Option("--to", help="Format")],
    out: Annotated[Path, typer.Option("--out", help="File; a folder for csv")],
    replace: Replace = False,
) -> None:
    """Write a saved run as CSV, NetCDF (xarray), GraphML, GeoJSON or a DuckDB database."""
    from experiments.results.export import export as write

    typer.echo(f"Saved {write(run, to, out, replace)}")
