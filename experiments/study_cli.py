"""Commands for studies of many runs: compare, displace, nulls."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from experiments.studies import Laboratory

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


@contextmanager
def laboratory(out: Path, seed: int, workers: int, scheduler: str | None, gaps: bool,
               keep: bool) -> Iterator[Laboratory]:  # fmt: skip
    """Open the store and the executor behind a progress bar with rate and time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    from experiments.runner import open_executor
    from experiments.store import Store
    from experiments.studies import Laboratory
    from sim.errors import ScenarioError

    class Rate(TextColumn):
        """Runs per second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0.0:.1f} runs/s")

    if out.exists() and not out.is_dir():
        raise ScenarioError(f"{out}: is a file, not a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / "runs").is_dir():
        raise ScenarioError(f"{out}: holds other files; name an empty folder or one of a study")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               Rate(""), TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
    with (Store(out / "runs") as store, open_executor(workers, scheduler) as (executor, flying),
          Progress(*columns, transient=True) as bar):  # fmt: skip
        task = bar.add_task("runs", total=0)

        def expect(n: int) -> None:
            bar.update(task, total=(bar.tasks[0].total or 0) + n)

        lab = Laboratory(store, executor, flying, seed, gaps, out / "weekly" if keep else None,
                         lambda n: bar.advance(task, n), expect)  # fmt: skip
        try:
            yield lab
        except KeyboardInterrupt:
            typer.echo(f"airbridge: stopped; {len(store.done)} finished runs are kept in {out}, "
                       "the same command goes on", err=True)  # fmt: skip
            raise SystemExit(130) from None
        finally:
            for failure in lab.failures:
                typer.echo(f"airbridge: run failed: {failure}", err=True)


def parse_day(text: str | None) -> dt.date | None:
    """Read a day given on the command line."""
    from sim.errors import ScenarioError

    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"--since {text}: not a day; write it as 2012-01-02") from None


def displace(
    scenario: Annotated[str, typer.Argument(help="Scenario")] = "everything",
    entrant: Entrant = "MX_SINALOA",
    market: Market = "europe",
    since: Since = None,
    replicates: Replicates = 30,
    drivers: Annotated[int, typer.Option(min=0, help="Pairs for the split over drivers")] = 0,
    seed: Seed = None,
    settings: Settings = None,
    out: Out = Path("results/displacement"),
    workers: Workers = 1,
    scheduler: Scheduler = None,
    allow_gaps: Gaps = False,
    keep_weekly: Keep = False,
) -> None:
    """Ask whether an entrant displaces incumbents: allowed against barred, in pairs."""
    from experiments.paired import Question
    from sim.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    question = Question.ask(chosen, entrant, market, parse_day(since))
    number = chosen.seed if seed is None else seed
    from experiments import studies
    from experiments.figures.displacement import save_displacement
    from experiments.report import report

    with laboratory(out, number, workers, scheduler, allow_gaps, keep_weekly) as lab:
        found = studies.displace(lab, chosen, question, replicates)
        if drivers > 1:
            found.shapley = studies.split_by_drivers(lab, chosen, question, drivers)
    import pandas as pd

    found.pairs.to_parquet(out / "pairs.parquet", index=False)
    measures = [{"measure": k, "value": e.value, "low": e.low, "high": e.high}
                for k, e in found.measures.items()]  # fmt: skip
    pd.DataFrame(measures).to_csv(out / "measures.csv", index=False)
    found.parts.to_csv(out / "parts.csv", index=False)
    found.shares.to_csv(out / "shares.csv", index=False)
    pd.concat([t.assign(milestone=k) for k, t in found.survival.items()]).to_csv(
        out / "waiting.csv", index=False)  # fmt: skip
    if found.shapley is not None:
        found.shapley.to_csv(out / "drivers.csv", index=False)
    save_displacement(found, out / "figures")
    text = report(found, chosen.name, number)
    (out / "report.md").write_text(text)
    manifest(out, chosen.name, number, replicates)
    typer.echo(text.split("\n\n")[2].strip("*"))
    typer.echo(f"Report, tables and figures are in {out}")


def nulls(
    scenario: Annotated[str, typer.Argument(help="Scenario")] = "everything",
    entrant: Entrant = "MX_SINALOA",
    market: Market = "europe",
    since: Since = None,
    replicates: Replicates = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: Out = Path("results/nulls"),
    workers: Workers = 1,
    scheduler: Scheduler = None,
    allow_gaps: Gaps = False,
) -> None:
    """Ask which mechanism the headline rests on: each switched the other way, in pairs."""
    from experiments.paired import Question
    from sim.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    question = Question.ask(chosen, entrant, market, parse_day(since))
    number = chosen.seed if seed is None else seed
    from experiments import studies
    from experiments.figures.displacement import intervals, write
    from experiments.figures.style import paper

    with laboratory(out, number, workers, scheduler, allow_gaps, False) as lab:
        table = studies.nulls(lab, chosen, question, replicates)
    table.to_csv(out / "nulls.csv", index=False)
    titles = {"entrant_gain_t": "Entrant's gain, t a year",
              "incumbents_loss_t": "Incumbents' loss, t a year",
              "probability_of_entry": "Probability of entry"}  # fmt: skip
    with paper():
        write(intervals(table, "variant", "measure", titles), out / "figures", "nulls")
    manifest(out, chosen.name, number, replicates)
    print_table(table.pivot(index="variant", columns="measure", values="value").reset_index())
    typer.echo(f"Table and figure are in {out}")


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="A base, and others to compare with it")],
    replicates: Replicates = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: Out = Path("results/compare"),
    workers: Workers = 1,
    scheduler: Scheduler = None,
    allow_gaps: Gaps = False,
    keep_weekly: Keep = False,
) -> None:
    """Compare scenarios that share their luck: paired differences with intervals."""
    from sim.errors import ScenarioError
    from sim.scenario import Scenario

    if len(scenarios) < 2 or len(set(scenarios)) < len(scenarios):
        raise ScenarioError("compare needs a base and at least one other scenario, each once")
    worlds = {name: Scenario.load(name, list(settings or [])) for name in scenarios}
    number = worlds[scenarios[0]].seed if seed is None else seed
    from experiments import studies
    from experiments.figures.displacement import intervals, write
    from experiments.figures.style import paper

    with laboratory(out, number, workers, scheduler, allow_gaps, keep_weekly) as lab:
        table = studies.compare(lab, worlds, replicates)
    table.to_csv(out / "differences.csv", index=False)
    drawn = table[table["base"].abs() > 0].copy()
    for column, source in (("value", "difference"), ("low", "low"), ("high", "high")):
        drawn[column] = 100 * drawn[source] / drawn["base"].abs()
    titles = {name: f"{name}: change, %" for name in scenarios[1:]}
    kinds = drawn["outcome"].str.contains("price_usd|delivered|herfindahl|_per_year|trading")
    with paper():
        figure = intervals(drawn[kinds], "outcome", "scenario", titles)
        write(figure, out / "figures", "differences")
    manifest(out, scenarios[0], number, replicates)
    print_table(table[["scenario", "outcome", "base", "difference", "low", "high"]])
    typer.echo(f"Table and figure are in {out}")


def manifest(out: Path, scenario: str, seed: int, replicates: int) -> None:
    """Write down what made a study."""
    import json

    from experiments.provenance import commit
    from sim.compiled import code_version

    content = {"command": " ".join(["airbridge", *sys.argv[1:]]), "scenario": scenario,
               "seed": seed, "replicates": replicates, "code_version": code_version(),
               "commit": commit()}  # fmt: skip
    (out / "study.json").write_text(json.dumps(content, indent=2) + "\n")


def print_table(table) -> None:  # type: ignore[no-untyped-def]
    """Print a data frame with three figures."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(*map(str, table.columns))
    for row in table.itertuples(index=False):
        shown.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row))
    Console().print(shown)
