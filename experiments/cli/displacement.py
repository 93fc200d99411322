"""Commands for studies of many runs: compare, displace, nulls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import (
    Entrant,
    Gaps,
    Keep,
    Market,
    Out,
    Replicates,
    Scheduler,
    Seed,
    Settings,
    Since,
    Workers,
    ask,
    manifest,
    print_table,
)
from experiments.cli.session import laboratory

if TYPE_CHECKING:
    import pandas as pd

    from experiments.displacement.accounts import Displacement


LEADING = "price_usd|delivered|herfindahl|_per_year|trading"  # outcomes that compare shows


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
    from experiments.displacement import comparisons
    from experiments.displacement.figures import save_displacement
    from experiments.displacement.report import answer, report

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
    measures = [
        {"measure": k, "value": e.value, "low": e.low, "high": e.high}
        for k, e in found.measures.items()
    ]
    waiting = [table.assign(milestone=k) for k, table in found.survival.items()]
    tables = {
        "measures": pd.DataFrame(measures),
        "parts": found.parts,
        "shares": found.shares,
        "flows": found.flows,
        "pairing": found.pairing,
        "waiting": pd.concat(waiting),
    }
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
    from experiments.displacement import comparisons
    from experiments.displacement.intervals import intervals
    from sim.figures.files import write
    from sim.figures.style import paper

    titles = {
        "entrant_gain_t": "Entrant's gain, t a year",
        "incumbents_loss_t": "Incumbents' loss, t a year",
        "diversion_kg": "Diversion ratio",
        "probability_of_displacement": "Probability of displacement",
    }
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
    from sim.scenario.scenario import Scenario

    if len(scenarios) < 2 or len(set(scenarios)) < len(scenarios):
        raise ScenarioError("compare needs a base and at least one other scenario, each once")
    worlds = {name: Scenario.load(name, list(settings or [])) for name in scenarios}
    number = worlds[scenarios[0]].seed if seed is None else seed
    import pandas as pd

    from experiments.displacement import comparisons
    from experiments.displacement.estimates import Estimate, shown
    from experiments.displacement.intervals import intervals
    from experiments.words import names_of, outcome_words
    from sim.figures.files import write
    from sim.figures.style import paper

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
        rows = pd.DataFrame(
            {"": mine["meaning"], scenarios[0]: mine["base"], f"{name}: change (95 %)": change}
        )
        print_table(rows)
        ratio = table.loc[table["scenario"] == name, "variance_paired_over_unpaired"].median()
        typer.echo(
            f"The variance of paired differences is {ratio:.2f} of that with unpaired seeds "
            "(median over all outcomes)."
        )
    typer.echo(f"Table and figure are in {out}")


def in_per_cent(table: pd.DataFrame) -> pd.DataFrame:
    """Return differences with their intervals in per cent of the base, where there is one."""
    drawn = table[table["base"].abs() > 0].copy()
    for column, source in (("value", "difference"), ("low", "low"), ("high", "high")):
        drawn[column] = 100 * drawn[source] / drawn["base"].abs()
    return drawn
