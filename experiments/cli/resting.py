"""Commands about a market in which nothing happens, or one thing alone."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from experiments.cli.options import (
    AnswerOptions,
    Replicates,
    RestOptions,
    ScenarioName,
    StudyFolder,
)
from experiments.cli.session import count_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from sim.results.folder import ResultFolder
    from sim.scenario.scenario import Scenario

REST, ANSWER = RestOptions(), AnswerOptions()


def answer_folder(
    out: Path, kind: str, scenario: Scenario, replace: bool, **decides: Any
) -> ResultFolder:
    """Return the folder of an answer, refused if it holds another's."""
    from sim.results.folder import ResultFolder
    from sim.results.question import Question, world_of
    from sim.results.records import MANIFEST

    said = ", ".join(f"{key} {value}" for key, value in decides.items() if value)
    label = f"{kind} of {scenario.name}, {said}"
    return ResultFolder(
        out, MANIFEST, Question(kind, {**world_of(scenario), **decides}, label), replace
    )


def publish_answer(
    folder: ResultFolder,
    scenario: Scenario,
    tables: Mapping[str, pd.DataFrame],
    text: str,
    figures: Mapping[str, Figure],
    content: dict[str, Any],
) -> None:
    """Write tables, report, figures, scenario and data of an answer into its folder."""
    from experiments.reports.page import write_page
    from sim.figures.files import write
    from sim.results.question import keep_world

    with folder.working() as work:
        for name, table in tables.items():
            table.to_csv(work / f"{name}.csv", index=False)
        (work / "report.md").write_text(text, encoding="utf-8")
        for name, figure in figures.items():
            write(figure, work / "figures", name)
        keep_world(scenario, work)
        write_page(work, content)
        folder.publish(work, content)


def rest(
    scenario: ScenarioName = "baseline",
    asked: RestOptions = REST,
    replicates: Replicates = 30,
    out: StudyFolder = Path("results/rest"),
    answer: AnswerOptions = ANSWER,
) -> None:
    """Let years pass in which nothing happens: shares, prices and posts should rest."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(answer.settings or []))
    number = chosen.seed if answer.seed is None else answer.seed
    years, points = asked.years, asked.points
    decides = {"years": years, "replicates": replicates} | ({"points": points} if points else {})
    folder = answer_folder(out, "rest", chosen, answer.replace, seed=number, **decides)
    from experiments.cli.summary import print_table
    from experiments.runner.provenance import provenance
    from experiments.validation import rest as resting
    from experiments.validation.repeats import Repeats
    from experiments.validation.rest_points import over_ranges, points_line, points_table
    from experiments.validation.rest_report import (
        draw,
        headline,
        price_lines,
        report,
        summary_table,
    )
    from sim.figures.style import paper

    repeats = Repeats(replicates, number, answer.workers)
    with count_progress("replicates", replicates) as passed:
        found = resting.rest(chosen, years, repeats.telling(partial(passed, 1)))
    lines, text = [headline(found, years), *price_lines(found)], ""
    tables = {"shares": found.shares, "drift": found.drift, "prices": found.prices}
    tables["posts"] = found.posts
    if points:
        with count_progress("worlds", points) as passed:
            told = repeats.telling(partial(passed, 1))
            tables["points"] = over_ranges(chosen, points, years, told)
        lines.append(points_line(tables["points"]))
        text = points_table(tables["points"])
    settled = {"seed": number, **decides}
    content = provenance([chosen], started, overrides=answer.settings or [], **settled)
    words = report(found, years, content["command"]) + text
    with paper():
        publish_answer(
            folder,
            chosen,
            tables=tables,
            text=words,
            figures={"rest": draw(found)},
            content=content,
        )
    print_table(summary_table(found))
    for line in lines:
        typer.echo(line)
    typer.echo(f"Report, tables and figure are in {out}")


def responses(
    scenario: ScenarioName = "baseline",
    replicates: Replicates = 20,
    out: StudyFolder = Path("results/responses"),
    answer: AnswerOptions = ANSWER,
) -> None:
    """Change one thing at a time: what moves, what is learnt, and how long a boom is felt."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(answer.settings or []))
    number = chosen.seed if answer.seed is None else answer.seed
    decides = {"seed": number, "replicates": replicates}
    folder = answer_folder(out, "responses", chosen, answer.replace, **decides)
    from experiments.runner.provenance import provenance
    from experiments.validation.lasting import TIMES, after_a_boom, learning
    from experiments.validation.repeats import Repeats
    from experiments.validation.responses import reasons
    from experiments.validation.responses_report import draw_boom, report, summary
    from sim.figures.style import paper

    tables = {}
    for name, study, rows in (
        ("reasons", reasons, replicates),
        ("learning", learning, replicates),
        ("boom", after_a_boom, replicates * len(TIMES)),
    ):
        with count_progress(f"pairs of worlds: {name}", rows) as passed:
            repeats = Repeats(replicates, number, answer.workers, partial(passed, 1))
            tables[name] = study(chosen, repeats)
    content = provenance([chosen], started, overrides=answer.settings or [], **decides)
    words = report(tables, content["command"])
    with paper():
        publish_answer(
            folder,
            chosen,
            tables=tables,
            text=words,
            figures={"boom": draw_boom(tables["boom"])},
            content=content,
        )
    for line in summary(tables):
        typer.echo(line)
    typer.echo(f"Report, tables and figure are in {out}")
