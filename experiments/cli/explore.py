"""The command that opens a world in the browser: explore."""

from __future__ import annotations

from typing import Annotated

import typer


def explore(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO | RUN | STUDY",
            help="Scenario of the library or a file, or the folder of a saved run or study",
        ),
    ] = "baseline",
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=65_535, help="Port of this machine; left out, one that is free"),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser at it")] = True,
) -> None:
    """Look at a world in the browser, change it, and see both side by side."""
    from experiments.extras import require

    require("app", "explore")
    from experiments.explorer.desk import Desk
    from experiments.explorer.opened import open_up
    from experiments.explorer.server import Explorer, free_port

    number, opened = free_port(port), open_up(what)
    desk = Desk()
    try:
        if opened.run is None:  # before any browser has come
            desk.ask(opened.scenario, opened.seed, 1)
        explorer = Explorer(opened, desk, number)
        typer.echo(f"{opened.scenario.name} is at {explorer.address} (Ctrl-C ends it)")
        explorer.serve(show=browser)
    finally:
        desk.close()
