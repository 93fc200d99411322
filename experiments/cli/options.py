"""Options that commands share, and what is asked of every study."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from experiments.displacement.question import Question
    from sim.scenario.scenario import Scenario


ScenarioName = Annotated[str, typer.Argument(help="Name in the library, or path of a TOML file")]
Replicates = Annotated[int, typer.Option(min=2, help="Pairs of replicates")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of all draws")]
Workers = Annotated[int, typer.Option(min=1, help="Processes")]
Scheduler = Annotated[
    str | None, typer.Option(help="Address of a Dask scheduler, or 'local' for a cluster here")
]
Out = Annotated[Path, typer.Option(help="Folder for runs, tables, figures and report")]
Gaps = Annotated[bool, typer.Option("--allow-gaps", help="Leave failed runs out of the analysis")]
Keep = Annotated[bool, typer.Option("--keep-weekly", help="Keep the full tables of every run")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one value")
]
Entrant = Annotated[str, typer.Option(help="Id of the organisation that enters")]
Market = Annotated[str, typer.Option(help="us, europe, brazil, southern_cone, rest, or an id")]
Since = Annotated[
    str | None,
    typer.Option(help="Day from which it may enter, YYYY-MM-DD; left out, as the scenario says"),
]


def parse_day(text: str | None) -> dt.date | None:
    """Read a day given on the command line."""
    from sim.errors import ScenarioError

    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"--since {text}: not a day; write it as 2012-01-02") from None


def ask(
    scenario: str, settings: list[str] | None, entrant: str, market: str, since: str | None
) -> tuple[Scenario, Question]:
    """Read and check what a study asks, before anything is run or opened."""
    from experiments.displacement.question import Question
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    return chosen, Question.ask(chosen, entrant, market, parse_day(since))


def manifest(out: Path, scenario: str, seed: int, replicates: int) -> None:
    """Write down what made a study."""
    import json

    from experiments.runner.provenance import commit
    from sim.engine.code import code_version

    content = {
        "command": " ".join(["airbridge", *sys.argv[1:]]),
        "scenario": scenario,
        "seed": seed,
        "replicates": replicates,
        "code_version": code_version(),
        "commit": commit(),
    }
    (out / "study.json").write_text(json.dumps(content, indent=2) + "\n")


def print_table(table: pd.DataFrame) -> None:
    """Print a data frame with three figures."""
    from rich.console import Console
    from rich.table import Table

    from experiments.words import figure_of

    printed = Table(*map(str, table.columns))
    for row in table.itertuples(index=False):
        printed.add_row(*(figure_of(v) if isinstance(v, float) else str(v) for v in row))
    Console().print(printed)
