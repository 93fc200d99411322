"""The command that puts a history to what was observed: hindcast."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.options import Pairs, RunOptions, ScenarioName, Seed, Settings, StudyFolder
from experiments.cli.session import asked_over, chosen_ensemble, laboratory

Observations = Annotated[
    Path | None, typer.Option(help="Other observations: a table like that of the data pack")
]


def hindcast(
    scenario: ScenarioName = "history",
    *,
    replicates: Pairs = 30,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/hindcast"),
    observations: Observations = None,
    runs: RunOptions,
) -> None:
    """Compare a history with what was observed in 2010-2023, and with persistence."""
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    chosen = Scenario.load(scenario, list(settings or []))
    from experiments.cli.displacement import study_folder
    from experiments.reports.page import write_page
    from experiments.runner.provenance import provenance
    from experiments.validation import hindcast as study
    from experiments.validation import hindcast_report as pages
    from sim.figures.files import write
    from sim.figures.style import paper

    seen = study.check(chosen, observations)
    number = chosen.seed if seed is None else seed
    asked, sizes = str(observations or "data pack"), {"replicates": replicates}
    members = chosen_ensemble(runs, [chosen], settings or ())
    folder = study_folder(
        "hindcast",
        out,
        [chosen],
        number,
        asked=asked_over(asked, members),
        sizes=sizes,
        replace=runs.replace,
    )
    with laboratory(folder, number, runs, settings or (), [chosen], ensemble=members) as lab:
        found = study.hindcast(lab, chosen, replicates, seen)
        lab.record = provenance(
            [chosen], started, seed=number, replicates=replicates, overrides=list(lab.settings)
        )
        for name in ("scores", "table", "bands"):
            getattr(found, name).to_csv(lab.results / f"{name}.csv", index=False)
        if found.split is not None:
            found.split.to_csv(lab.results / "split.csv", index=False)
        text = pages.report(found, chosen.name, lab.record["command"])
        (lab.results / "report.md").write_text(text, encoding="utf-8")
        with paper():
            for group in found.scores["group"].unique():
                name = f"hindcast_{str(group).replace(' ', '_')}"
                write(pages.draw(found, str(group)), lab.results / "figures", name)
        write_page(lab.results, lab.record, folder.path)
    typer.echo(pages.headline(found))
    for line in found.must_hold:
        typer.echo(f"{'holds' if line.holds else 'FAILS'}: {line.asked}: {line.measured}")
    typer.echo(f"Report, tables and figures are in {out}")
