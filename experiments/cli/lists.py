"""Commands that say what there is: scenarios, parameters, the schema of files."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer


def scenarios() -> None:
    """List the scenarios of the library with the question each asks."""
    from scenarios import library
    from sim.scenario.scenario import Scenario

    for name in library():
        typer.echo(f"{name:16} {Scenario.load(name).question}")


def parameters(
    markdown: Annotated[bool, typer.Option(help="As a Markdown table")] = False,
) -> None:
    """Print the register: every number with unit, range, default, source and role."""
    from sim.parameters.registry import register

    rows = [
        (e.name, e.unit, f"{e.low:g}..{e.high:g}", f"{e.default:g}", e.source, e.role, e.about)
        for e in register()
    ]
    heads = ("name", "unit", "range", "default", "source", "role", "meaning")
    if markdown or not sys.stdout.isatty():
        for row in (heads, tuple("---" for _ in heads), *rows):
            typer.echo("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, show_lines=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def schema() -> None:
    """Print a JSON schema of scenario files, for editors."""
    from sim.scenario.scenario import file_schema

    typer.echo(json.dumps(file_schema(), indent=2))
