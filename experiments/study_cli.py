"""Commands for studies of many runs: compare, displace, nulls."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.laboratory import laboratory as laboratory

if TYPE_CHECKING:
    import pandas as pd

    from experiments.accounting import Displacement
    from experiments.paired import Question
    from sim.scenario import Scenario

LEADING = "price_usd|delivered|herfindahl|_per_year|trading"  # outcomes that compare shows

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


def ask(scenario: str, settings: list[str] | None, entrant: str, market: str,
        since: str | None) -> tuple[Scenario, Question]:  # fmt: skip
    """Read and check what a study asks, before anything is run or opened."""
    from experiments.paired import Question
    from sim.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    return chosen, Question.ask(chosen, entrant, market, parse_day(since))


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
    chosen, question = ask(scenario, settings, entrant, market, since)
    number = chosen.seed if seed is None else seed
    from experiments import comparisons
    from experiments.figures.displacement import save_displacement
    from experiments.report import answer, report

    opened = laboratory(out, number, workers, scheduler, allow_gaps, keep_weekly, settings or ())
    with opened as lab:
        found = comparisons.displace(lab, chosen, question, replicates)
        if drivers > 1:
            found.shapley = comparisons.split_by_drivers(lab, chosen, question, drivers)
        save_tables(found, out)
        save_displacement(found, out / "figures")
        (out / "report.md").write_text(report(found, chosen.name, number))
        manifest(out, chosen.name, number, replicates)
    typer.echo(answer(found))
    typer.echo(f"Report, tables and figures are in {out}")


def save_tables(found: Displacement, out: Path) -> None:
    """Write all tables of a displacement study."""
    import pandas as pd

    found.pairs.to_parquet(out / "pairs.parquet", index=False)
    measures = [{"measure": k, "value": e.value, "low": e.low, "high": e.high}
                for k, e in found.measures.items()]  # fmt: skip
    waiting = [table.assign(milestone=k) for k, table in found.survival.items()]
    tables = {"measures": pd.DataFrame(measures), "parts": found.parts, "shares": found.shares,
              "flows": found.flows, "pairing": found.pairing,
              "waiting": pd.concat(waiting)}  # fmt: skip
    if found.shapley is not None:
        tables["drivers"] = found.shapley
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False)


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
    chosen, question = ask(scenario, settings, entrant, market, since)
    number = chosen.seed if seed is None else seed
    from experiments import comparisons
    from experiments.figures.displacement import intervals, write
    from experiments.figures.style import paper

    titles = {"entrant_gain_t": "Entrant's gain, t a year",
              "incumbents_loss_t": "Incumbents' loss, t a year",
              "diversion_kg": "Diversion ratio",
              "probability_of_displacement": "Probability of displacement"}  # fmt: skip
    opened = laboratory(out, number, workers, scheduler, allow_gaps, False, settings or ())
    with opened as lab, paper():
        table = comparisons.nulls(lab, chosen, question, replicates)
        table.to_csv(out / "nulls.csv", index=False)
        write(intervals(table, "variant", "measure", titles), out / "figures", "nulls")
        manifest(out, chosen.name, number, replicates)
    wide = table.pivot(index="variant", columns="measure", values="value")
    print_table(wide.loc[list(dict.fromkeys(table["variant"])), list(titles)].reset_index())
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
    import pandas as pd

    from experiments import comparisons
    from experiments.displacement import Estimate
    from experiments.figures.displacement import intervals, write
    from experiments.figures.style import paper
    from experiments.wording import names_of, outcome_words, shown

    opened = laboratory(out, number, workers, scheduler, allow_gaps, keep_weekly, settings or ())
    with opened as lab, paper():
        table = comparisons.compare(lab, worlds, replicates)
        names = names_of(worlds[scenarios[0]])
        table.insert(2, "meaning", [outcome_words(name, names) for name in table["outcome"]])
        table.to_csv(out / "differences.csv", index=False)
        leading = table[table["outcome"].str.contains(LEADING)]
        titles = {name: f"{name}: change from {scenarios[0]}, %" for name in scenarios[1:]}
        figure = intervals(in_per_cent(leading), "meaning", "scenario", titles, line=0.0)
        write(figure, out / "figures", "differences")
        manifest(out, scenarios[0], number, replicates)
    for name, mine in leading.groupby("scenario", sort=False):
        change = [shown(Estimate(r.difference, r.low, r.high)) for r in mine.itertuples()]
        rows = pd.DataFrame({"": mine["meaning"], scenarios[0]: mine["base"],
                             f"{name}: change (95 %)": change})  # fmt: skip
        print_table(rows)
        ratio = table.loc[table["scenario"] == name, "variance_paired_over_unpaired"].median()
        typer.echo(f"The variance of paired differences is {ratio:.2f} of that with unpaired seeds "
                   "(median over all outcomes).")  # fmt: skip
    typer.echo(f"Table and figure are in {out}")


def in_per_cent(table: pd.DataFrame) -> pd.DataFrame:
    """Return differences with their intervals in per cent of the base, where there is one."""
    drawn = table[table["base"].abs() > 0].copy()
    for column, source in (("value", "difference"), ("low", "low"), ("high", "high")):
        drawn[column] = 100 * drawn[source] / drawn["base"].abs()
    return drawn


def manifest(out: Path, scenario: str, seed: int, replicates: int) -> None:
    """Write down what made a study."""
    import json

    from experiments.provenance import commit
    from sim.compiled import code_version

    content = {"command": " ".join(["airbridge", *sys.argv[1:]]), "scenario": scenario,
               "seed": seed, "replicates": replicates, "code_version": code_version(),
               "commit": commit()}  # fmt: skip
    (out / "study.json").write_text(json.dumps(content, indent=2) + "\n")


def print_table(table: pd.DataFrame) -> None:
    """Print a data frame with three figures."""
    from rich.console import Console
    from rich.table import Table

    from experiments.wording import figure_of

    printed = Table(*map(str, table.columns))
    for row in table.itertuples(index=False):
        printed.add_row(*(figure_of(v) if isinstance(v, float) else str(v) for v in row))
    Console().print(printed)
