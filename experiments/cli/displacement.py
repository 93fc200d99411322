"""Commands for studies of many runs: compare, displace, nulls."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.options import (
    AgainstWorld,
    MarketName,
    Pairs,
    QuestionOptions,
    RunOptions,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
)
from experiments.cli.session import laboratory

if TYPE_CHECKING:
    import pandas as pd

    from experiments.displacement.accounts import Displacement
    from experiments.displacement.question import Question
    from experiments.runner.laboratory import Laboratory
    from sim.scenario.scenario import Scenario


LEADING = "price_usd|delivered|herfindahl|_per_year|trading"  # outcomes that compare shows
HEADLINE = ("entrant_gain_t", "incumbents_loss_t", "diversion_kg", "probability_of_displacement")


def displace(
    scenario: ScenarioName = "everything",
    *,
    asked: QuestionOptions,
    replicates: Pairs = 30,
    drivers: Annotated[int, typer.Option(min=0, help="Pairs for the split over drivers")] = 0,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/displacement"),
    runs: RunOptions,
) -> None:
    """Ask whether an entrant displaces incumbents: allowed against barred or held, in pairs."""
    started = dt.datetime.now(dt.UTC)
    chosen, question = ask(scenario, settings, asked)
    number = chosen.seed if seed is None else seed
    from experiments.displacement import comparisons
    from experiments.displacement.figures import save_displacement
    from experiments.displacement.report import answer, report

    with laboratory(out, number, runs, settings or ()) as lab:
        found = comparisons.displace(lab, chosen, question, replicates)
        if drivers > 1:
            found.shapley = comparisons.split_by_drivers(lab, chosen, question, drivers)
        save_tables(found, out)
        save_displacement(found, out / "figures")
        (out / "report.md").write_text(report(found, chosen.name, number))
        write_manifest(out, lab, [chosen], replicates, started, len(found.pairs))
    typer.echo(answer(found))
    typer.echo(f"Report, tables and figures are in {out}")


def ask(
    scenario: str, settings: list[str] | None, asked: QuestionOptions
) -> tuple[Scenario, Question]:
    """Read and check what a study asks, before anything is run or opened."""
    from experiments.displacement.question import Question
    from sim.scenario.scenario import Scenario

    chosen = Scenario.load(scenario, list(settings or []))
    return chosen, Question.ask(chosen, asked.entrant, asked.market, asked.since, asked.against)


def write_manifest(
    out: Path,
    lab: Laboratory,
    worlds: list[Scenario],
    replicates: int,
    started: dt.datetime,
    pairs: int,
) -> None:
    """Write down what made a study and what its numbers do not hold; tell the latter."""
    from experiments.displacement.comparisons import left_out
    from experiments.runner.provenance import provenance
    from sim.results.folder import write_json

    missing = list(left_out(lab, worlds, replicates, pairs))
    content = provenance(
        worlds,
        started,
        seed=lab.seed,
        replicates=replicates,
        overrides=list(lab.settings),
        left_out=missing,
    )
    write_json(out / "study.json", content)
    for what in missing:
        typer.echo(f"Left out: {what}")


def save_tables(found: Displacement, out: Path) -> None:
    """Write all tables of a displacement study."""
    import pandas as pd

    found.pairs.to_parquet(out / "pairs.parquet", index=False)
    from experiments.words import unit_of_measure

    measures = [
        {
            "measure": name,
            "value": e.value,
            "low": e.low,
            "high": e.high,
            "pairs": e.pairs,
            "unit": unit_of_measure(name),
        }
        for name, e in found.measures.items()
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
    scenario: ScenarioName = "everything",
    *,
    asked: QuestionOptions,
    replicates: Pairs = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/nulls"),
    runs: RunOptions,
) -> None:
    """Ask which mechanism the headline rests on: each switched the other way, in pairs."""
    started = dt.datetime.now(dt.UTC)
    chosen, question = ask(scenario, settings, asked)
    from experiments.displacement import comparisons
    from experiments.displacement.intervals import intervals
    from experiments.words import OF_A_PAIR
    from sim.figures.files import write
    from sim.figures.style import paper

    titles = {name: OF_A_PAIR[name] for name in HEADLINE}
    with laboratory(out, chosen.seed if seed is None else seed, runs, settings or ()) as lab:
        table = comparisons.nulls(lab, chosen, question, replicates)
        table.to_csv(out / "nulls.csv", index=False)
        with paper():
            write(intervals(table, "variant", "measure", titles), out / "figures", "nulls")
        write_manifest(out, lab, [chosen], replicates, started, int(table["pairs"].max()))
    from experiments.cli.summary import print_table

    wide = table.pivot(index="variant", columns="measure", values="value")
    print_table(wide.loc[list(dict.fromkeys(table["variant"])), list(titles)].reset_index())
    if too_few := few_pairs(table):
        typer.echo(too_few)
    typer.echo(f"Table and figure are in {out}")


def few_pairs(table: pd.DataFrame) -> str:
    """Say that a table has no intervals, where its values are of too few pairs for any."""
    from experiments.displacement.estimates import FEWEST_PAIRS, counted

    pairs = int(table["pairs"].max())
    if pairs >= FEWEST_PAIRS:
        return ""
    return f"Values are of {counted(pairs)} and have no interval, which takes {FEWEST_PAIRS}."


def placebo(
    scenario: ScenarioName = "baseline",
    *,
    entrant: Annotated[
        list[str] | None,
        typer.Option(help="Id of a seller; may be repeated; left out, each seller of the market"),
    ] = None,
    market: MarketName = "europe",
    against: AgainstWorld = "held",
    replicates: Pairs = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/placebo"),
    runs: RunOptions,
) -> None:
    """Take each seller of a market as the entrant with nothing given: its gain must be nothing."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.displacement import placebo as study
    from experiments.displacement.intervals import intervals
    from sim.figures.files import write
    from sim.figures.style import paper

    asked = study.questions(chosen, market, entrant or (), against)
    for question in asked.values():
        question.worlds(chosen)  # refuses before anything is opened or made
    number = chosen.seed if seed is None else seed
    with laboratory(out, number, runs, settings or ()) as lab:
        found = study.placebo(lab, chosen, asked, replicates)
        found.table.to_csv(out / "placebo.csv", index=False)
        with paper():
            drawn = intervals(found.table, "name", "measure", study.SHOWN, line=0.0)
            write(drawn, out / "figures", "placebo")
        (out / "report.md").write_text(study.report(found, chosen.name, number))
        pairs = int(found.table["pairs"].max())
        write_manifest(out, lab, [chosen], replicates, started, pairs)
    typer.echo(study.answer(found))
    typer.echo(f"Report, table and figure are in {out}")


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="A base, and others to compare with it")],
    *,
    replicates: Pairs = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/compare"),
    runs: RunOptions,
) -> None:
    """Compare scenarios that share their luck: paired differences with intervals."""
    from sim.errors import ScenarioError
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    if len(scenarios) < 2 or len(set(scenarios)) < len(scenarios):
        raise ScenarioError("compare needs a base and at least one other scenario, each once")
    worlds = {name: Scenario.load(name, list(settings or [])) for name in scenarios}
    number = worlds[scenarios[0]].seed if seed is None else seed
    from experiments.displacement import comparisons
    from experiments.words import names_of, outcome_words

    with laboratory(out, number, runs, settings or ()) as lab:
        table = comparisons.compare(lab, worlds, replicates)
        names = names_of(worlds[scenarios[0]])
        table.insert(2, "meaning", [outcome_words(name, names) for name in table["outcome"]])
        table.to_csv(out / "differences.csv", index=False)
        draw_differences(leading(table), scenarios[0], out / "figures")
        pairs = int(table["pairs"].max())
        write_manifest(out, lab, list(worlds.values()), replicates, started, pairs)
    print_differences(table, scenarios[0])
    if too_few := few_pairs(table):
        typer.echo(too_few)
    typer.echo(f"Table and figure are in {out}")


def leading(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that are shown; the table has all."""
    return table[table["outcome"].str.contains(LEADING)]


def draw_differences(table: pd.DataFrame, base: str, folder: Path) -> None:
    """Draw differences in per cent of the base, one panel for each scenario."""
    from experiments.displacement.intervals import intervals
    from sim.figures.files import write
    from sim.figures.style import paper

    titles = {name: f"{name}: change from {base}, %" for name in table["scenario"].unique()}
    with paper():
        figure = intervals(in_per_cent(table), "meaning", "scenario", titles, line=0.0)
        write(figure, folder, "differences")


def print_differences(table: pd.DataFrame, base: str) -> None:
    """Print the leading differences from the base, and what shared luck brings."""
    import pandas as pd

    from experiments.cli.summary import print_table
    from experiments.displacement.estimates import Estimate, shown

    for name, mine in leading(table).groupby("scenario", sort=False):
        change = [shown(Estimate(r.difference, r.low, r.high, r.pairs)) for r in mine.itertuples()]
        heads = ("", base, f"{name}: change (95 %)")
        columns = (mine["meaning"], mine["base"], change)
        print_table(pd.DataFrame(dict(zip(heads, columns, strict=True))))
        ratio = table.loc[table["scenario"] == name, "variance_paired_over_unpaired"].median()
        typer.echo(
            f"The variance of paired differences is {ratio:.2f} of that with unpaired seeds "
            "(median over all outcomes)."
        )


def in_per_cent(table: pd.DataFrame) -> pd.DataFrame:
    """Return differences with their intervals in per cent of the base, where there is one."""
    drawn = table[table["base"].abs() > 0].copy()
    for column, source in (("value", "difference"), ("low", "low"), ("high", "high")):
        drawn[column] = 100 * drawn[source] / drawn["base"].abs()
    return drawn
