"""The answer: who of many possible entrants gains, from whom, at which stage of the way.

Every entrant is tried in turn in the same worlds, over an ensemble: with the capital that all
organisations have (the same number of weeks of purchases), barred and held; with the same
war chest, held; and, as a placebo, in a world where nothing happens, held: what it gains
there is drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.displacement.accounts import Displacement, account, change
from experiments.displacement.comparisons import elasticity_over
from experiments.displacement.question import Against, Question
from experiments.runner.ensemble import split_variance
from experiments.runner.laboratory import Laboratory
from experiments.words import names_of
from sim.scenario.scenario import Scenario
from sim.units import KG_PER_TONNE

ENTRANTS = ("MX_SINALOA", "MX_CJNG", "BK_BALKAN", "BR_PCC", "IT_NDRANGHETA", "NL_NETWORKS")
PRESENCE, GROWTH, CHEST, DRIFT = "presence", "growth", "growth, war chest", "drift at rest"
ABOUT = {
    PRESENCE: "equal capital, allowed against barred",
    GROWTH: "equal capital, allowed against held",
    CHEST: "the same war chest, allowed against held",
    DRIFT: "equal capital in a world where nothing happens, allowed against held",
}


@dataclass(frozen=True)
class Case:
    """One entrant in one kind of world."""

    entrant: str
    kind: str
    scenario: Scenario
    question: Question

    @property
    def worlds(self) -> dict[str, Scenario]:
        """The two worlds of its pairs, by a name that worlds which are the same share."""
        allowed, other = self.question.worlds(self.scenario)
        shared = self.kind in (PRESENCE, GROWTH)
        base = DRIFT if self.kind == DRIFT else "history"
        own = f"{self.entrant}, {self.kind}"
        first = base if shared or self.kind == DRIFT else f"{own}, allowed"
        return {first: allowed, f"{own}, {self.question.against}": other}


@dataclass(frozen=True)
class Answer:
    """What was found of all entrants.

    Attributes
    ----------
    found : dict
        By entrant and kind.
    table : DataFrame
        By entrant, kind and measure: value, low, high, pairs, and the part of the variance
        over pairs that is luck where replicates run over an ensemble.
    names : dict of str to str
        Of organisations, groups and places.
    """

    found: dict[tuple[str, str], Displacement]
    table: pd.DataFrame
    names: dict[str, str]


def cases(
    history: Scenario, rest: Scenario, market: str, entrants: Sequence[str], chest_usd_m: float
) -> list[Case]:
    """Return all cases, checked.

    Parameters
    ----------
    history, rest : Scenario
        What happens, and a world in which nothing does.
    chest_usd_m : float
        War chest of each entrant in turn, million USD.
    """
    kinds: tuple[tuple[str, Against], ...] = (
        (PRESENCE, "barred"),
        (GROWTH, "held"),
        (CHEST, "held"),
        (DRIFT, "held"),
    )
    made = []
    for who in entrants:
        Question.ask(history, who, market, None)  # refuses who or what is not known
        rich = history.with_overrides({f"organisations.{who}.capital_usd_m": chest_usd_m})
        worlds = {CHEST: rich, DRIFT: rest}
        for kind, against in kinds:
            world = worlds.get(kind, history)
            question = Question.ask(world, who, market, None, against)
            made.append(Case(who, kind, world, question))
    return made


def ask_all(lab: Laboratory, asked: Sequence[Case], replicates: int) -> Answer:
    """Run all cases in the same luck and members, and account for each."""
    worlds: dict[str, Scenario] = {}
    for case in asked:
        worlds |= case.worlds
    ids = lab.run(worlds, replicates)
    found, rows = {}, []
    for case in asked:
        pair = dict(zip(case.question.worlds_named, (ids[w] for w in case.worlds), strict=True))
        elasticity = elasticity_over(lab, case.question, case.scenario, replicates)
        one = account(lab.store, pair, case.question, elasticity)
        found[case.entrant, case.kind] = one
        rows += rows_of(case, one, lab.ensemble is not None)
    return Answer(found, pd.DataFrame(rows), names_of(asked[0].scenario))


def rows_of(case: Case, one: Displacement, over_members: bool) -> list[dict[str, object]]:
    """Return the measures of a case as rows."""
    gain = change(one.pairs, "entrant_delivered_kg") / KG_PER_TONNE
    luck = split_variance(gain).luck_share if over_members else float("nan")
    return [
        {
            "entrant": case.entrant,
            "kind": case.kind,
            "measure": name,
            "value": e.value,
            "low": e.low,
            "high": e.high,
            "pairs": e.pairs,
            "luck_share": luck if name == "entrant_gain_t" else float("nan"),
        }
        for name, e in one.measures.items()
    ]
