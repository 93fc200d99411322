"""The ``airbridge`` command: thin, and quick to answer ``--help``."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments import sensitivity_cli, study_cli

app = typer.Typer(
    name="airbridge",
    help="Who displaces whom in cocaine trafficking markets: an agent-based simulation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for _command in (study_cli.displace, study_cli.compare, study_cli.nulls,
                 sensitivity_cli.sensitivity, sensitivity_cli.phase):  # fmt: skip
    app.command()(_command)

ScenarioName = Annotated[str, typer.Argument(help="Name in the library, or path of a TOML file")]
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
    from sim.record import check_target
    from sim.scenario import Scenario

    overrides = list(settings or []) + ([f"weeks={weeks}"] if weeks is not None else [])
    chosen = Scenario.load(scenario, overrides)
    if out is not None:
        check_target(out)
    from experiments.provenance import provenance
    from experiments.summary import print_summary

    started = dt.datetime.now(dt.UTC)
    base_seed = chosen.seed if seed is None else seed
    result = with_progress(chosen, base_seed, replicates, workers)
    result.manifest = provenance(chosen, overrides, base_seed, replicates, started)
    print_summary(result)
    if out is not None:
        result.save(out, figures=figures)
        typer.echo(f"Saved tables{' and figures' if figures else ''} in {out}")


def with_progress(scenario, seed: int, replicates: int, workers: int):  # type: ignore[no-untyped-def]
    """Run all replicates behind a progress bar of weeks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, transient=True) as bar:
        weeks = replicates * (scenario.weeks + scenario.burn_in_weeks)
        task = bar.add_task(f"{scenario.name}: compiling, then weeks", total=weeks)
        bar.refresh()
        from experiments.runs import replicate

        return replicate(scenario, seed, replicates, workers, lambda n: bar.advance(task, n))


@app.command()
def targets(
    scenario: ScenarioName = "baseline",
    replicates: Annotated[int, typer.Option(min=1, help="Number of replicates")] = 8,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws")] = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole table")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes")] = 1,
) -> None:
    """Compare a scenario with every target of 2010-2016: met, missed, or why not compared."""
    from sim.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.targets import compare, print_targets

    base_seed = chosen.seed if seed is None else seed
    table = compare(with_progress(chosen, base_seed, replicates, workers))
    print_targets(table)
    if out is not None:
        table.to_csv(out, index=False)
        typer.echo(f"Saved {out}")


@app.command()
def facts(
    scenario: ScenarioName = "baseline",
    only: Annotated[list[str] | None, typer.Option(help="A fact's id; may be repeated")] = None,
    replicates: Annotated[int, typer.Option(min=1, help="Number of replicates")] = 8,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all draws")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole table")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes")] = 1,
) -> None:
    """Put the model to stylised facts in paired worlds: passed or failed."""
    from sim.errors import ScenarioError
    from sim.identifiers import hint
    from sim.scenario import Scenario

    Scenario.load(scenario)
    from experiments.facts import FACTS, judge, print_facts

    known = [fact.id for fact in FACTS]
    for name in only or []:
        if name not in known:
            raise ScenarioError(f"--only {name}: no such fact{hint(name, known)}")
    table = judge(scenario, tuple(only or known), replicates, workers, seed)
    print_facts(table)
    if out is not None:
        table.to_csv(out, index=False)
        typer.echo(f"Saved {out}")


@app.command()
def check(file: ScenarioName, settings: Settings = None) -> None:
    """Check a scenario file and its data; say nothing is wrong, or what is."""
    from sim.network import Network
    from sim.scenario import Scenario

    scenario = Scenario.load(file, settings or [])
    network = Network.load(scenario.data_folder)
    typer.echo(
        f"{scenario.name}: all is well ({scenario.weeks} weeks from {scenario.start}, "
        f"{len(scenario.events)} events, {len(network.places)} places, {len(network.legs)} legs)"
    )


@app.command()
def parameters(
    markdown: Annotated[bool, typer.Option(help="As a Markdown table")] = False,
) -> None:
    """Print the register: every number with unit, range, default, source and role."""
    from sim.parameters import register

    rows = [(e.name, e.unit, f"{e.low:g}..{e.high:g}", f"{e.default:g}", e.source, e.role, e.about)
            for e in register()]  # fmt: skip
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
    from sim.scenario import file_schema

    typer.echo(json.dumps(file_schema(), indent=2))


@app.command()
def scenarios() -> None:
    """List the scenarios of the library with the question each asks."""
    from scenarios import LIBRARY
    from sim.scenario import Scenario

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
