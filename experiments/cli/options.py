"""The options of commands, each declared once, and groups of them.

A command takes a group as one argument (``runs: RunOptions``); ``command`` spells its
fields out as options of their own on the command line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer


def read_day(text: str) -> dt.date:
    """Read a day given on the command line."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day; write it as 2012-01-02") from None


ScenarioName = Annotated[str, typer.Argument(help="Name in the library, or path of a TOML file")]
Seed = Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="Seed of all draws")]
Replicates = Annotated[int, typer.Option(min=1, help="Number of replicates")]
Pairs = Annotated[int, typer.Option("--replicates", min=2, help="Pairs of replicates")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value; may be repeated"),
]
Workers = Annotated[int, typer.Option(min=1, help="Processes")]
ResultFolder = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures")]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace", help="Let it take the place of another result: of that result's own files"
    ),
]
StudyFolder = Annotated[
    Path, typer.Option("--out", help="Folder for runs, tables, figures and report")
]
MarketName = Annotated[
    str, typer.Option(help="Name of a market in the register, as southern_cone, or its id")
]
AgainstWorld = Annotated[
    Literal["barred", "held"],
    typer.Option(
        help="World to compare with: the entrant barred from the market (what its presence "
        "does), or held at the size it begins with (what its growth does)"
    ),
]
EnsembleName = Annotated[
    str | None,
    typer.Option(
        help="Run replicates over the members of an ensemble: a file that calibrate has made, or "
        "'shipped' for that of the data pack"
    ),
]
CsvFile = Annotated[Path | None, typer.Option("--out", help="CSV file for the whole table")]


@dataclass(frozen=True)
class RunOptions:
    """How the runs of a study are made, and what is done about those that fail."""

    workers: Workers = 1
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler, or 'local' for a cluster here"),
    ] = None
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Leave failed runs out of the analysis")
    ] = False
    keep_weekly: Annotated[
        bool, typer.Option("--keep-weekly", help="Keep the full tables of every run")
    ] = False
    replace: Replace = False
    ensemble: EnsembleName = None


@dataclass(frozen=True)
class SavingOptions:
    """Where a run is saved, and with what."""

    out: ResultFolder = None
    figures: Annotated[bool, typer.Option(help="Draw the figures")] = True
    replace: Replace = False


@dataclass(frozen=True)
class MemberOptions:
    """As which member of an ensemble a scenario is run."""

    ensemble: Annotated[
        str | None,
        typer.Option(help="Run the scenario as a member of this ensemble: a file, or 'shipped'"),
    ] = None
    member: Annotated[int, typer.Option(help="Which member; the first has number 0")] = 0


@dataclass(frozen=True)
class QuestionOptions:
    """Who enters where, and from when."""

    entrant: Annotated[str, typer.Option(help="Id of the organisation that enters")] = "MX_SINALOA"
    market: MarketName = "europe"
    since: Annotated[
        dt.date | None,
        typer.Option(
            parser=read_day,
            metavar="YYYY-MM-DD",
            help="Day from which it may enter; left out, as the scenario says",
        ),
    ] = None
    against: AgainstWorld = "barred"


@dataclass(frozen=True)
class PlaceboOptions:
    """The market whose sellers are put to the test, and against which world."""

    market: MarketName = "europe"
    against: AgainstWorld = "held"


@dataclass(frozen=True)
class EntrantsOptions:
    """Who is tried as an entrant, where, and with what war chest."""

    entrant: Annotated[
        list[str] | None,
        typer.Option(help="Id of an entrant; may be repeated; left out, the six plausible ones"),
    ] = None
    market: MarketName = "europe"
    chest: Annotated[
        float, typer.Option(min=0, max=1e6, help="War chest of each in turn, million USD")
    ] = 1000.0


@dataclass(frozen=True)
class AnswerOptions:
    """With which luck and changes, in how many processes, and in whose place."""

    seed: Seed = None
    settings: Settings = None
    workers: Workers = 1
    replace: Replace = False


@dataclass(frozen=True)
class RestOptions:
    """How long nothing happens, and in how many other worlds."""

    years: Annotated[int, typer.Option(min=8, max=100, help="Years in which nothing happens")] = 34
    points: Annotated[
        int,
        typer.Option(min=0, help="Worlds drawn over the register's ranges that are watched, too"),
    ] = 0


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose groups of options stand one by one on the command line."""
    kinds = get_type_hints(function, include_extras=True)
    groups: dict[str, type[Any]] = {}
    options: list[Parameter] = []
    for parameter in signature(function).parameters.values():
        kind = kinds[parameter.name]
        if is_dataclass(kind) and isinstance(kind, type):
            groups[parameter.name] = kind
            options += options_of(kind)
        else:
            options.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=kind))

    @wraps(function)
    def flat(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{f.name: given.pop(f.name) for f in fields(kind)})
        function(**given)

    flat.__signature__ = Signature(options)  # type: ignore[attr-defined]
    flat.__annotations__ = {option.name: option.annotation for option in options}
    return flat


def options_of(group: type[Any]) -> list[Parameter]:
    """Return the fields of a group as options."""
    kinds = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            f.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if f.default is MISSING else f.default,
            annotation=kinds[f.name],
        )
        for f in fields(group)
    ]
