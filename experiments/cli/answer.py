"""The command that asks of every plausible entrant whom it displaces: answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import typer

from experiments.cli.displacement import study_folder, write_manifest
from experiments.cli.options import (
    EntrantsOptions,
    Pairs,
    RunOptions,
    ScenarioName,
    Seed,
    Settings,
    StudyFolder,
)
from experiments.cli.session import asked_over, chosen_ensemble, laboratory


def answer(
    scenario: ScenarioName = "history",
    *,
    tried: EntrantsOptions,
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
    who = tuple(dict.fromkeys(tried.entrant or study.ENTRANTS))
    asked = study.cases(chosen, rest, tried.market, who, tried.chest)
    runs = replace(runs, ensemble=runs.ensemble or SHIPPED)
    members = chosen_ensemble(runs, [chosen, rest], changes)
    number, sizes = chosen.seed if seed is None else seed, {"replicates": replicates}
    decides = (who, tried.market, tried.chest)
    folder = study_folder(
        "answer",
        out,
        [chosen, rest],
        number,
        asked=asked_over(decides, members),
        sizes=sizes,
        replace=runs.replace,
    )
    with laboratory(folder, number, runs, changes, [chosen, rest], ensemble=members) as lab:
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
