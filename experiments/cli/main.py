"""The ``airbridge`` command: thin, and quick to answer ``--help``."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from experiments.cli import (
    answer,
    calibration,
    compare,
    displacement,
    explore,
    export,
    hindcast,
    lists,
    resting,
    results,
    runs,
    sensitivity,
    validation,
)
from experiments.cli.options import command
from experiments.cli.signals import ended_in_order

app = typer.Typer(
    name="airbridge",
    help="Who displaces whom in cocaine trafficking markets: an agent-based simulation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    runs.run,
    runs.check,
    results.results,
    export.export,
    explore.explore,
    lists.scenarios,
    lists.parameters,
    lists.schema,
    validation.targets,
    validation.facts,
    hindcast.hindcast,
    resting.rest,
    resting.responses,
    displacement.displace,
    displacement.nulls,
    displacement.placebo,
    answer.answer,
    compare.compare,
    sensitivity.sensitivity,
    sensitivity.phase,
    calibration.calibrate,
)
for _function in COMMANDS:
    app.command()(command(_function))


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


def told(error: Exception) -> str:
    """Return what a mistake says; of what the system refuses, where and why, without its number."""
    if isinstance(error, OSError) and error.filename is not None:
        from sim.results.folder import shortened

        return f"{shortened(error.filename)}: {error.strerror}"
    return str(error)


def main() -> None:
    """Run the command; mistakes in input end in one line and exit code 2."""
    from sim.errors import ScenarioError

    # The base of all mistakes in the command line.
    usage_error: type[Exception] = typer.BadParameter.__mro__[2]
    aborted: type[Exception] = typer.Abort
    signals: list[int] = []
    try:
        with ended_in_order() as signals:
            code = app(standalone_mode=False) or 0
            if signals:  # typer has made a code of it
                raise KeyboardInterrupt
            raise SystemExit(code)
    except usage_error as error:
        text = getattr(error, "format_message", error.__str__)()
        typer.echo(f"airbridge: {' '.join(text.split()) or 'see airbridge --help'}", err=True)
        raise SystemExit(2) from None
    except (ScenarioError, OSError) as error:
        typer.echo(f"airbridge: {told(error)}", err=True)
        raise SystemExit(2) from None
    except (KeyboardInterrupt, aborted):
        typer.echo("airbridge: stopped; nothing was saved", err=True)
        raise SystemExit(128 + (signals[0] if signals else signal.SIGINT)) from None


if __name__ == "__main__":
    main()
