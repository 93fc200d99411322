"""Command that compares scenarios, and results that are there already: compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli.displacement import few_pairs, study_folder, write_manifest
from experiments.cli.options import Pairs, RunOptions, Seed, Settings, StudyFolder
from experiments.cli.session import asked_over, chosen_ensemble, laboratory

if TYPE_CHECKING:
    import pandas as pd


LEADING = "price_usd|delivered|herfindahl|_per_year|trading"  # outcomes that are shown
WORLDS = "outcomes.parquet"  # of all worlds, a row for each run and outcome


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(help="A base, and others to compare with it: scenarios or result folders"),
    ],
    *,
    replicates: Pairs = 20,
    seed: Seed = None,
    settings: Settings = None,
    out: StudyFolder = Path("results/compare"),
    runs: RunOptions,
) -> None:
    """Compare scenarios, or finished results, that share their luck: paired differences."""
    from experiments.results.worlds import is_result, scenario_in, worlds_in
    from sim.errors import ScenarioError
    from sim.results.folder import expanded
    from sim.scenario.scenario import Scenario

    started = dt.datetime.now(dt.UTC)
    if len(set(scenarios)) < len(scenarios):
        raise ScenarioError("compare needs a base and at least one other scenario, each once")
    finished = {name: worlds_in(name, expanded(out)) for name in scenarios if is_result(name)}
    asked = [name for name in scenarios if name not in finished]
    if len(asked) + sum(map(len, finished.values())) < 2:
        raise ScenarioError("compare needs a base and at least one other scenario or result")
    if settings and not asked:
        raise ScenarioError("--set: changes scenarios, and only finished results are compared")
    worlds = {name: Scenario.load(name, list(settings or [])) for name in asked}
    first = worlds.get(scenarios[0]) or scenario_in(scenarios[0]) or Scenario.load("baseline")
    number = seed_of(finished, first.seed) if seed is None else seed
    from experiments.displacement import comparisons
    from experiments.words import names_of, outcome_words

    all_worlds, decides = list(worlds.values()), [*scenarios, *map(fingerprint, finished.values())]
    sizes = {"replicates": replicates} if asked else {}
    members = chosen_ensemble(runs, all_worlds, settings or ())
    folder = study_folder(
        "compare",
        out,
        all_worlds,
        number,
        asked_over(decides, members),
        sizes=sizes,
        replace=runs.replace,
        names=scenarios,
    )
    with laboratory(folder, number, runs, settings or (), all_worlds, ensemble=members) as lab:
        made = comparisons.compare(lab, worlds, replicates)
        found = in_order(scenarios, made, finished)
        table, base = comparisons.differences(found, members is not None), next(iter(found))
        names = names_of(first)
        table.insert(2, "meaning", [outcome_words(name, names) for name in table["outcome"]])
        table.to_csv(lab.results / "differences.csv", index=False)
        one_table(found).to_parquet(lab.results / WORLDS, index=False)
        draw_differences(leading(table), base, lab.results / "figures")
        pairs = min(map(len, made.values()), default=replicates)
        write_manifest(lab, all_worlds, replicates, started, pairs)
    print_differences(table, base)
    if too_few := few_pairs(table):
        typer.echo(too_few)
    typer.echo(f"Tables and figure are in {out}")


def seed_of(finished: Mapping[str, Mapping[str, pd.DataFrame]], usual: int) -> int:
    """Return the seed of what is there already, so that new runs make pairs with it."""
    there = [table for worlds in finished.values() for table in worlds.values()]
    return int(there[0].index.get_level_values("seed")[0]) if there else usual


def fingerprint(worlds: Mapping[str, pd.DataFrame]) -> str:
    """Return a hash of the outcomes of finished results, to tell whether they are the same."""
    import hashlib

    text = "".join(name + table.to_csv() for name, table in worlds.items())
    return hashlib.sha256(text.encode()).hexdigest()


def in_order(
    given: Sequence[str],
    made: Mapping[str, pd.DataFrame],
    finished: Mapping[str, Mapping[str, pd.DataFrame]],
) -> dict[str, pd.DataFrame]:
    """Return the outcomes of all worlds in the order in which they were asked for."""
    found: dict[str, pd.DataFrame] = {}
    for name in given:
        found |= finished.get(name) or {name: made[name]}
    return found


def one_table(worlds: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the outcomes of all worlds in one table, a row for each world, run and outcome."""
    import pandas as pd

    wide = pd.concat(worlds, names=["world"]).copy().reset_index()
    labels = ["world", "seed", "replicate"]
    return wide.melt(labels, var_name="outcome", value_name="value").dropna(ignore_index=True)


def leading(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that are shown; the table has all."""
    return table[table["outcome"].str.contains(LEADING)]


def draw_differences(table: pd.DataFrame, base: str, folder: Path) -> None:
    """Draw differences in per cent of the base, one panel for each scenario."""
    from experiments.displacement.intervals import intervals
    from sim.figures.files import write
    from sim.figures.style import paper

    others = list(table["scenario"].unique())
    short = without_folders([base, *others])
    titles = {name: f"{short[name]}: change from {short[base]}, %" for name in others}
    with paper():
        figure = intervals(in_per_cent(table), "meaning", "scenario", titles, line=0.0)
        write(figure, folder, "differences")


def without_folders(names: Sequence[str]) -> dict[str, str]:
    """Name worlds as figures have room for: without the folders above, unless ambiguous."""
    ends = [
        Path(head).name + more + world for head, more, world in (n.partition(": ") for n in names)
    ]
    return {
        name: end if ends.count(end) == 1 else name for name, end in zip(names, ends, strict=True)
    }


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
        if mine["pairs"].max() == 0:
            typer.echo(f"{name} and {base} share no seed and replicate: means, without intervals.")
        if ratio == ratio:
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
