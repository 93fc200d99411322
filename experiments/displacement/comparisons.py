"""Studies of many runs: an entrant allowed and kept back, null variants, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from experiments.displacement.accounts import Displacement, account, change
from experiments.displacement.estimates import NAN, Estimate, mean_of, shapley, variance_ratio
from experiments.displacement.question import DRIVERS, Question, with_drivers
from experiments.runner.ensemble import LUCKS, split_variance
from experiments.runner.laboratory import Laboratory, summaries
from experiments.words import names_of
from sim.parameters.switches import Switches
from sim.scenario.scenario import Scenario
from sim.units import KG_PER_TONNE

Worlds = Mapping[str, pd.DataFrame]  # outcomes of each, a row for each seed and replicate
MEASURES_OF_NULLS = (
    "entrant_share",
    "entrant_gain_t",
    "incumbents_loss_t",
    "diversion_kg",
    "probability_of_entry",
    "probability_of_displacement",
)


def displace(
    lab: Laboratory, scenario: Scenario, question: Question, replicates: int
) -> Displacement:
    """Run an entrant allowed against barred or held, in pairs, and account for displacement."""
    worlds = dict(zip(question.worlds_named, question.worlds(scenario), strict=True))
    ids = lab.run(worlds, replicates)
    found = account(lab.store, ids, question, elasticity_over(lab, question, scenario, replicates))
    found.names, found.start = names_of(scenario), scenario.start
    found.left_out = left_out(lab, [scenario], replicates, len(found.pairs))
    if lab.ensemble is not None:
        found.luck_share = split_variance(change(found.pairs, "entrant_delivered_kg")).luck_share
    return found


def elasticity_over(
    lab: Laboratory, question: Question, scenario: Scenario, replicates: int
) -> float:
    """Return the elasticity of the market's demand; over an ensemble, its mean over replicates."""
    if lab.ensemble is None:
        return question.elasticity(scenario)
    worlds = (lab.ensemble.world(scenario, r) for r in range(0, replicates, LUCKS))
    return float(np.mean([question.elasticity(world) for world in worlds]))


def left_out(
    lab: Laboratory, scenarios: Iterable[Scenario], replicates: int, pairs: int
) -> tuple[str, ...]:
    """Say what the numbers of a study do not hold: pairs with a failed run, later events."""
    said = []
    if pairs < replicates:
        failed = "; ".join(dict.fromkeys(map(str, lab.failures)))
        said.append(
            f"{replicates - pairs} of {replicates} pairs, as a run of theirs failed ({failed})"
        )
    for scenario in scenarios:
        events = ", ".join(f"{event.name} ({event.date})" for event in scenario.left_out)
        if events:
            said.append(f"events after the end of {scenario.name}, {scenario.end}: {events}")
    return tuple(said)


def run_twins(
    lab: Laboratory, worlds: Mapping[str, Scenario], question: Question, replicates: int
) -> dict[str, Displacement]:
    """Run each of many worlds with the entrant allowed and kept back; account for each."""
    twins: dict[str, Scenario] = {}
    for name, world in worlds.items():
        twins |= {
            f"{name}, entrant {w}": twin
            for w, twin in zip(question.worlds_named, question.worlds(world), strict=True)
        }
    ids = lab.run(twins, replicates)
    return {
        name: account(
            lab.store,
            {w: ids[f"{name}, entrant {w}"] for w in question.worlds_named},
            question,
            question.elasticity(world),
        )
        for name, world in worlds.items()
    }


def split_by_drivers(
    lab: Laboratory, scenario: Scenario, question: Question, replicates: int
) -> pd.DataFrame:
    """Split the entrant's gain and the incumbents' loss over the drivers, after Shapley."""
    sets = [frozenset(c) for n in range(len(DRIVERS) + 1) for c in combinations(DRIVERS, n)]
    label = {on: f"drivers: {', '.join(sorted(on)) or 'none'}" for on in sets}
    worlds = {label[on]: with_drivers(scenario, on, question) for on in sets}
    found = run_twins(lab, worlds, question, replicates)
    pairs = {on: found[label[on]].pairs for on in sets}
    rows = []
    effects = {
        "entrant's gain, t bulk a year": ("entrant_delivered_kg", 1.0),
        "incumbents' loss, t bulk a year": ("incumbents_delivered_kg", -1.0),
    }
    for effect, (name, sign) in effects.items():
        values = {on: sign * change(table, name) / KG_PER_TONNE for on, table in pairs.items()}
        drawn = split_each(values)
        for driver, effects_of in (
            ("none of them", values[frozenset()]),
            *drawn.items(),
            ("all", values[frozenset(DRIVERS)]),
        ):
            e = mean_of(effects_of)
            rows.append(
                {
                    "effect": effect,
                    "driver": driver,
                    "value": e.value,
                    "low": e.low,
                    "high": e.high,
                    "pairs": len(effects_of),
                }
            )
    return pd.DataFrame(rows)


def split_each(values: Mapping[frozenset[str], np.ndarray]) -> dict[str, np.ndarray]:
    """Return the Shapley value of each driver in every replicate."""
    rows = [shapley(DRIVERS, partial(value_in, values, r)) for r in range(len(values[frozenset()]))]
    return {driver: np.array([row[driver] for row in rows]) for driver in DRIVERS}


def value_in(
    values: Mapping[frozenset[str], np.ndarray], replicate: int, on: frozenset[str]
) -> float:
    """Return what one replicate shows with some drivers at work."""
    return float(values[on][replicate])


def nulls(lab: Laboratory, scenario: Scenario, question: Question, replicates: int) -> pd.DataFrame:
    """Return the headline with each mechanism switched the other way."""
    worlds = {"as built": scenario}
    for name in Switches.model_fields:
        now = getattr(scenario.switches, name)
        variant = f"{'without' if now else 'with'} {name.replace('_', ' ')}"
        worlds[variant] = scenario.with_switches(**{name: not now})
    rows = []
    for name, found in run_twins(lab, worlds, question, replicates).items():
        for measure in MEASURES_OF_NULLS:
            e = found.measures[measure]
            rows.append(
                {
                    "variant": name,
                    "measure": measure,
                    "value": e.value,
                    "low": e.low,
                    "high": e.high,
                    "pairs": e.pairs,
                    "verdict": found.verdict.short,
                }
            )
    return pd.DataFrame(rows)


def compare(lab: Laboratory, scenarios: Mapping[str, Scenario], replicates: int) -> Worlds:
    """Run scenarios in pairs that share their luck; return the outcomes of each."""
    ids = lab.run(scenarios, replicates)
    return {name: summaries(lab.store, mine, by_luck=True) for name, mine in ids.items()}


def differences(worlds: Worlds, over_members: bool = False) -> pd.DataFrame:
    """Return the outcomes of worlds against the first, in pairs that share their luck.

    Over the members of an ensemble ``luck_share`` is the part of a difference's variance that
    luck alone makes. Two runs are a pair if they have seed and replicate in common. Worlds
    without a pair are compared by their means, without an interval.
    """
    base, *others = worlds
    rows = []
    for other in others:
        known, table = worlds[base], worlds[other]
        paired = known.index.intersection(table.index)
        if len(paired):
            known, table = known.loc[paired], table.loc[paired]
        for outcome in known.columns.union(table.columns, sort=False):
            # Who has no part in an outcome in any replicate of a world has none of it.
            a, b = (
                np.nan_to_num(t[outcome].to_numpy(float)) if outcome in t else np.zeros(len(t))
                for t in (known, table)
            )
            e = mean_of(b - a) if len(paired) else Estimate(b.mean() - a.mean(), NAN, NAN)
            rows.append(
                {
                    "scenario": other,
                    "outcome": outcome,
                    "base": a.mean(),
                    "other": b.mean(),
                    "difference": e.value,
                    "low": e.low,
                    "high": e.high,
                    "pairs": e.pairs,
                    "variance_paired_over_unpaired": (
                        variance_ratio(b, a) if len(paired) > 1 else NAN
                    ),
                    "luck_share": (
                        split_variance(b - a).luck_share if over_members and len(paired) else NAN
                    ),
                }
            )
    return pd.DataFrame(rows)
