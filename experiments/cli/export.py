"""Command that writes a saved run or study for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from experiments.cli.options import Replace

Form = Literal["csv", "xarray", "netcdf", "graphml", "geojson", "duckdb", "workbench"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RESULT", help="Folder of a saved run or study")],
    to: Annotated[Form, typer.Option("--to", help="Format")],
    out: Annotated[Path, typer.Option("--out", help="File; a folder for csv")],
    replace: Replace = False,
) -> None:
    """Write a run as CSV, NetCDF, GraphML, GeoJSON or DuckDB; a study for the EMA Workbench."""
    from experiments.results.export import export as write

    typer.echo(f"Saved {write(run, to, out, replace)}")
