"""A placebo: any seller of a market as the entrant, with nothing given to it.

Nothing sets the seller apart, so the world in which it is allowed to grow and the one in
which it is held at its size should differ by luck alone: its gain must be nothing. A gain
that is not is the method's own, and a measure of how far to trust the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.displacement.accounts import Displacement, account
from experiments.displacement.comparisons import left_out
from experiments.displacement.estimates import (
    CONFIDENCE,
    FEWEST_PAIRS,
    Estimate,
    counted,
    shown,
)
from experiments.displacement.question import Against, Question, check_market
from experiments.runner.laboratory import Laboratory
from experiments.words import name_of, names_of, unit_of_measure
from sim.errors import ScenarioError
from sim.network import Network
from sim.scenario.scenario import Scenario

SHOWN = {
    "entrant_gain_t": "gain, t bulk a year",
    "diversion_kg": "diversion ratio",
    "logit_diversion_kg": "diversion ratio of a plain logit",
    "excess_loss_t": "incumbents' loss over the logit's, t bulk a year",
}
WRONG = ("loses", "mostly", "partly", "new", "together", "unsure")  # a gain or loss out of nothing


@dataclass
class Placebo:
    """What each seller of a market gained with nothing given to it.

    Attributes
    ----------
    table : DataFrame
        One row a seller and measure: entrant, name, measure, value, low, high, pairs, unit,
        verdict (in words) and kind.
    market : str
        The market's name.
    against : str
        The world that each seller is compared with.
    left_out : tuple of str
        What the numbers do not hold.
    """

    table: pd.DataFrame
    market: str
    against: str
    left_out: tuple[str, ...] = ()

    @property
    def kinds(self) -> pd.Series:
        """The kind of verdict on each seller's gain, by name."""
        kinds: pd.Series = self.table.groupby("name", sort=False)["kind"].first()
        return kinds


def sellers(scenario: Scenario, market: str) -> list[str]:
    """Return the organisations that begin with a share of a market, the largest first."""
    lines = Network.of(scenario).market_lines
    mine = lines[(lines["market"] == market) & (lines["share"] > 0)]
    return [str(who) for who in mine.sort_values("share", ascending=False, kind="stable")["cartel"]]


def questions(
    scenario: Scenario, market: str, entrants: Sequence[str], against: Against
) -> dict[str, Question]:
    """Return the question about each seller; all sellers of the market unless some are named.

    Raises
    ------
    ScenarioError
        If there is no such market or organisation, one is named twice, or nobody sells there.
    """
    place = check_market(Network.of(scenario), market)
    chosen = list(entrants) or sellers(scenario, place)
    if not chosen:
        raise ScenarioError(f"--market {market}: nobody begins with a share of it")
    twice = [who for n, who in enumerate(chosen) if who in chosen[:n]]
    if twice:
        raise ScenarioError(f"--entrant {twice[0]}: named twice")
    return {who: Question.ask(scenario, who, place, None, against) for who in chosen}


def placebo(
    lab: Laboratory, scenario: Scenario, asked: dict[str, Question], replicates: int
) -> Placebo:
    """Run every seller allowed, and held or barred, in pairs; the allowed world is run once.

    Parameters
    ----------
    asked : dict
        The question about each seller; see ``questions``.
    """
    worlds = {
        f"{who}, {world}": twin
        for who, question in asked.items()
        for world, twin in zip(question.worlds_named, question.worlds(scenario), strict=True)
    }
    ids = lab.run(worlds, replicates)
    names, rows = names_of(scenario), []
    for who, question in asked.items():
        mine = {world: ids[f"{who}, {world}"] for world in question.worlds_named}
        found = account(lab.store, mine, question, question.elasticity(scenario))
        rows += rows_of(found, who, name_of(who, names))
    first = next(iter(asked.values()))
    pairs = len(next(iter(ids.values())))
    return Placebo(
        pd.DataFrame(rows),
        name_of(first.market, names),
        first.against,
        left_out(lab, [scenario], replicates, pairs),
    )


def rows_of(found: Displacement, who: str, name: str) -> list[dict[str, object]]:
    """Return the measures of one seller as rows, each with the verdict on its gain."""
    verdict = found.verdict
    return [
        {
            "entrant": who,
            "name": name,
            "measure": measure,
            "value": found.measures[measure].value,
            "low": found.measures[measure].low,
            "high": found.measures[measure].high,
            "pairs": found.measures[measure].pairs,
            "unit": unit_of_measure(measure),
            "verdict": verdict.short,
            "kind": verdict.kind,
        }
        for measure in SHOWN
    ]


def answer(found: Placebo) -> str:
    """Return what the placebo says, in a sentence or two."""
    kinds, pairs = found.kinds, int(found.table["pairs"].max())
    of = f"{len(kinds)} seller{'' if len(kinds) == 1 else 's'} in {found.market}"
    if (kinds == "few").all():
        return (
            f"Cannot tell from {counted(pairs)} whether any of {of} gains with nothing given to "
            f"it: an interval takes {FEWEST_PAIRS}."
        )
    wrong = [str(name) for name, kind in kinds.items() if kind in WRONG]
    nothing, untold = int(kinds.isin(["none", "small"]).sum()), int((kinds == "untold").sum())
    by_chance = (1 - CONFIDENCE) * len(kinds)
    text = (
        f"Of {of}, each allowed against {found.against} with nothing given, {counted(pairs)}: "
        f"{nothing} show no effect that matters, of {untold} it cannot be told, and {len(wrong)} "
        f"gain or lose more than their interval allows ({by_chance:.2g} would by chance)"
    )
    return f"{text}: {', '.join(wrong)}." if wrong else f"{text}."


def report(found: Placebo, scenario: str, seed: int) -> str:
    """Return the report as Markdown: the answer, and a row for each seller."""
    rows = []
    for name, mine in found.table.groupby("name", sort=False):
        cells = [
            shown(Estimate(float(r.value), float(r.low), float(r.high), int(r.pairs)))
            for r in mine.itertuples()
        ]
        rows.append(f"| {name} | {' | '.join(cells)} | {mine['verdict'].iloc[0]} |")
    heads = " | ".join(SHOWN.values())
    lines = [
        f"# What sellers gain in {found.market} with nothing given to them",
        "",
        f"Scenario `{scenario}`, {counted(int(found.table['pairs'].max()))} of each seller, seed "
        f"{seed}; allowed against {found.against}, all luck shared. Yearly means over the last "
        f"three years, or over all of a shorter run, 95 % intervals, which take {FEWEST_PAIRS} "
        "pairs.",
        "",
        f"**{answer(found)}**",
        "",
        f"| seller | {heads} | verdict on the gain |",
        "|---|" + "---|" * (len(SHOWN) + 1),
        *rows,
        "",
        *(f"Left out: {what}\n" for what in found.left_out),
        "![Gains and diversion ratios](figures/placebo.png)",
        "",
    ]
    return "\n".join(lines)
