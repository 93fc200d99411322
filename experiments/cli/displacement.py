"""Commands about an entrant: displace, nulls, placebo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.cli.options import (
    Pairs,
    PlaceboOptions,
    QuestionOptions,
    RunOptions,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
)
from experiments.cli.session import asked_over, chosen_ensemble, laboratory, tell_growth

if TYPE_CHECKING:
    import pandas as pd

    from experiments.displacement.accounts import Displacement
    from experiments.displacement.question import Question
    from experiments.runner.laboratory import Laboratory
    from sim.results.folder import ResultFolder
    from sim.scenario.scenario import Scenario


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
    from experiments.reports.page import write_page

    sizes = {"replicates": replicates, "drivers": drivers}
    members = chosen_ensemble(runs, [chosen], settings or ())
    folder = study_folder(
        "displace",
        out,
        [chosen],
        number,
        asked=asked_over(question, members),
        sizes=sizes,
        replace=runs.replace,
    )
    with laboratory(folder, number, runs, settings or (), [chosen], ensemble=members) as lab:
        found = comparisons.displace(lab, chosen, question, replicates)
        if drivers > 1:
            found.shapley = comparisons.split_by_drivers(lab, chosen, question, drivers)
        save_tables(found, lab.results)
        save_displacement(found, lab.results / "figures")
        text = report(found, chosen.name, number)
        (lab.results / "report.md").write_text(text, encoding="utf-8")
        write_manifest(lab, [chosen], replicates, started, len(found.pairs))
        write_page(lab.results, lab.record, folder.path)
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


def study_folder(
    command: str,
    out: Path,
    worlds: Sequence[Scenario],
    seed: int,
    asked: Any,
    sizes: Mapping[str, int],
    replace: bool,
    names: Sequence[str] = (),
) -> ResultFolder:
    """Return the folder of a study, checked before there is anything to lose.

    Its label has the names of the worlds, unless others are given.
    """
    from sim.results.folder import ResultFolder
    from sim.results.question import Question, world_of
    from sim.results.records import STUDY

    decides = {"worlds": [world_of(world) for world in worlds], "seed": seed, "asked": str(asked)}
    label = f"{command} of {', '.join(names or [world.name for world in worlds])}, seed {seed}"
    folder = ResultFolder(out, STUDY, Question(command, decides, label, sizes), replace)
    tell_growth(folder)
    return folder


def write_manifest(
    lab: Laboratory,
    worlds: list[Scenario],
    replicates: int,
    started: dt.datetime,
    pairs: int,
) -> None:
    """Write down what made a study and what its numbers do not hold; tell the latter."""
    from experiments.displacement.comparisons import left_out
    from experiments.runner.provenance import provenance

    missing = list(left_out(lab, worlds, replicates, pairs))
    lab.record = provenance(
        worlds,
        started,
        seed=lab.seed,
        replicates=replicates,
        overrides=list(lab.settings),
        left_out=missing,
    )
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
    number, sizes = chosen.seed if seed is None else seed, {"replicates": replicates}
    members = chosen_ensemble(runs, [chosen], settings or ())
    folder = study_folder(
        "nulls",
        out,
        [chosen],
        number,
        asked=asked_over(question, members),
        sizes=sizes,
        replace=runs.replace,
    )
    with laboratory(folder, number, runs, settings or (), [chosen], ensemble=members) as lab:
        table = comparisons.nulls(lab, chosen, question, replicates)
        table.to_csv(lab.results / "nulls.csv", index=False)
        with paper():
            write(intervals(table, "variant", "measure", titles), lab.results / "figures", "nulls")
        write_manifest(lab, [chosen], replicates, started, int(table["pairs"].max()))
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
    if pairs >= FEWEST_PAIRS or pairs == 0:  # of means, no pairs at all
        return ""
    return f"Values are of {counted(pairs)} and have no interval, which takes {FEWEST_PAIRS}."


def placebo(
    scenario: ScenarioName = "baseline",
    *,
    entrant: Annotated[
        list[str] | None,
        typer.Option(help="Id of a seller; may be repeated; left out, each seller of the market"),
    ] = None,
    test: PlaceboOptions,
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
    from experiments.reports.page import write_page
    from sim.figures.files import write
    from sim.figures.style import paper

    asked = study.questions(chosen, test.market, entrant or (), test.against)
    for question in asked.values():
        question.worlds(chosen)  # refuses before anything is opened or made
    number = chosen.seed if seed is None else seed
    sizes = {"replicates": replicates}
    members = chosen_ensemble(runs, [chosen], settings or ())
    folder = study_folder(
        "placebo",
        out,
        [chosen],
        number,
        asked=asked_over(asked, members),
        sizes=sizes,
        replace=runs.replace,
    )
    with laboratory(folder, number, runs, settings or (), [chosen], ensemble=members) as lab:
        found = study.placebo(lab, chosen, asked, replicates)
        found.table.to_csv(lab.results / "placebo.csv", index=False)
        with paper():
            drawn = intervals(found.table, "name", "measure", study.SHOWN, line=0.0)
            write(drawn, lab.results / "figures", "placebo")
        text = study.report(found, chosen.name, number)
        (lab.results / "report.md").write_text(text, encoding="utf-8")
        pairs = int(found.table["pairs"].max())
        write_manifest(lab, [chosen], replicates, started, pairs)
        write_page(lab.results, lab.record, folder.path)
    typer.echo(study.answer(found))
    typer.echo(f"Report, table and figure are in {out}")
