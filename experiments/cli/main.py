"""The ``airbridge`` command: thin, and quick to answer ``--help``."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.cli import displacement as study_cli
from experiments.cli import sensitivity as sensitivity_cli
from experiments.cli.options import ScenarioName
from experiments.cli.session import with_progress

app = typer.Typer(
    name="airbridge",
    help="Who displaces whom in cocaine trafficking markets: an agent-based simulation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (
    study_cli.displace,
    study_cli.compare,
    study_cli.nulls,
    sensitivity_cli.sensitivity,
    sensitivity_cli.phase,
):
    app.command()(_command)
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value; may be repeated"),
]


@app.command()
def run(
    scenario: ScenarioName,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws")] = None,
    replicates: Annotated[int, typer.Option(min=1, help="Number of replicates")] = 1,
    weeks: Annotated[int | None, typer.Option(min=1, help="Length of the run, weeks")] = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures")] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures")] = True,
    workers: Annotated[int, typer.Option(min=1, help="Processes")] = 1,
) -> None:
    """Run a scenario and save its tables and figures."""
    from sim.results.folder import check_target
    from sim.scenario.scenario import Scenario

    overrides = list(settings or []) + ([f"weeks={weeks}"] if weeks is not None else [])
    chosen = Scenario.load(scenario, overrides)
    if out is not None:
        check_target(out)
    from experiments.cli.summary import print_summary
    from experiments.runner.provenance import provenance

    started = dt.datetime.now(dt.UTC)
    base_seed = chosen.seed if seed is None else seed
    result = with_progress(chosen, base_seed, replicates, workers)
    result.manifest = provenance(chosen, overrides, base_seed, replicates, started)
    print_summary(result)
    if out is not None:
        result.save(out, figures=figures)
        typer.echo(f"Saved tables{' and figures' if figures else ''} in {out}")


@app.command()
def check(file: ScenarioName, settings: Settings = None) -> None:
    """Check a scenario file and its data; say nothing is wrong, or what is."""
    from sim.network import Network
    from sim.scenario.scenario import Scenario

    scenario = Scenario.load(file, settings or [])
    network = Network.of(scenario)
    typer.echo(
        f"{scenario.name}: all is well ({scenario.weeks} weeks from {scenario.start}, "
        f"{len(scenario.events)} events, {len(network.places)} places, {len(network.legs)} legs)"
    )


@app.command()
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


@app.command()
def schema() -> None:
    """Print a JSON schema of scenario files, for editors."""
    from sim.scenario.scenario import file_schema

    typer.echo(json.dumps(file_schema(), indent=2))


@app.command()
def scenarios() -> None:
    """List the scenarios of the library with the question each asks."""
    from scenarios import LIBRARY
    from sim.scenario.scenario import Scenario

    for path in sorted(LIBRARY.glob("*.toml")):
        typer.echo(f"{path.stem:16} {Scenario.load(path.stem).question}")


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"airbridge {version('airbridge')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="The version")
    ] = False,
) -> None:
    """Who displaces whom in cocaine trafficking markets: an agent-based simulation."""


def main() -> None:
    """Run the command; mistakes in input end in one line and exit code 2."""
    from sim.errors import ScenarioError

    usage_error: type[Exception] = typer.BadParameter.__mro__[
        2
    ]  # base of all mistakes in the command line
    try:
        raise SystemExit(app(standalone_mode=False) or 0)
    except usage_error as error:
        text = getattr(error, "format_message", error.__str__)()
        typer.echo(f"airbridge: {' '.join(text.split()) or 'see airbridge --help'}", err=True)
        raise SystemExit(2) from None
    except (ScenarioError, OSError) as error:
        typer.echo(f"airbridge: {error}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        typer.echo("airbridge: stopped; nothing was saved", err=True)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
