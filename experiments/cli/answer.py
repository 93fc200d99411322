"""The command that asks of every plausible entrant whom it displaces: answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.displacement import study_folder, write_manifest
from experiments.cli.options import (
    MarketName,
    Pairs,
    RunOptions,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
)
from experiments.cli.session import chosen_ensemble, laboratory


def answer(
    scenario: ScenarioName = "history",
    *,
    entrant: Annotated[
        list[str] | None,
        typer.Option(help="Id of an entrant; may be repeated; left out, the six plausible ones"),
    ] = None,
    market: MarketName = "europe",
    chest: Annotated[
        float, typer.Option(min=0, max=1e6, help="War chest of each in turn, million USD")
    ] = 1000.0,
    replicates: Pairs = 40,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/answer"),
    runs: RunOptions,
) -> None:
    """Ask of each entrant what it gains, from whom and at which stage, over the ensemble."""
    from experiments.displacement import entrants as study
    from experiments.displacement import entrants_report as pages
    from experiments.runner.ensemble import SHIPPED
    from sim.figures.files import write
    from sim.figures.style import paper
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    changes = list(settings or [])
    chosen, rest = Scenario.load(scenario, changes), Scenario.load("baseline", changes)
    who = tuple(dict.fromkeys(entrant or study.ENTRANTS))
    asked = study.cases(chosen, rest, market, who, chest)
    runs = replace(runs, ensemble=runs.ensemble or SHIPPED)
    members = chosen_ensemble(runs, [chosen, rest], changes)
    number, sizes = chosen.seed if seed is None else seed, {"replicates": replicates}
    decides = (who, market, chest)
    folder = study_folder(
        "answer", out, [chosen, rest], number, decides, sizes=sizes, runs=runs, ensemble=members
    )
    with laboratory(folder, number, runs, changes, [chosen, rest], members) as lab:
        found = study.ask_all(lab, asked, replicates)
        write_manifest(lab, [chosen], replicates, started, replicates)
        found.table.to_csv(lab.results / "entrants.csv", index=False)
        over = f"over {len(members.weight)} members of the ensemble" if members else "luck alone"
        text = pages.report(found, chosen.name, over, lab.record["command"])
        (lab.results / "report.md").write_text(text, encoding="utf-8")
        with paper():
            write(pages.draw(found), lab.results / "figures", "entrants")
    typer.echo(pages.headline(found))
    typer.echo(f"Report, table and figure are in {out}")
