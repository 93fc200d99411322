"""Command that lists results on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def results(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Folders to look in and below")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As a list in JSON")] = False,
) -> None:
    """List runs and studies: what they answer, how large they are, and how far."""
    from experiments.results.listing import as_json, find

    found = find(folders or [Path("results")])
    if json:
        typer.echo(as_json(found))
        return
    for result in found:
        typer.echo(result.line())
    if not found:
        typer.echo("no results there")
