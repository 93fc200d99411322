"""From points of a sample to runs, and from runs to the outcomes of points.

At every point the scenario takes the point's values; where an outcome compares
worlds, each replicate is run with the entrant allowed and barred. Points share their
random draws or, if the study says so, each has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.accounting import DISPLACED, ENTERED, FOOTHOLD
from experiments.outcomes import known_outcomes
from experiments.runner import Job, make_jobs
from experiments.store import Store
from sim.network import Network

if TYPE_CHECKING:
    from experiments.study import Plan
    from sim.scenario import Scenario

# Outcomes that compare an entrant allowed with barred, by replicate.
LOOKED_AT = {
    "entrant_share": "the entrant's share of the market, allowed",
    "entrant_gain_t": "the entrant's kilograms, allowed less barred, t a year",
    "incumbents_loss_t": "the incumbents' kilograms, barred less allowed, t a year",
    "incumbents_margin_loss_usd_m": "the incumbents' margin, barred less allowed, M USD a year",
    "diversion_ratio": "the incumbents' loss per kilogram of the entrant's gain, within -2..2; "
    "0 where it gains under 1 % of the market",
    "entered": "1 if the entrant has gained over 1 % of the market",
    "displaced": "1 if it has gained over 5 % and incumbents lost over half of that",
    "price_change": "price of the market, allowed over barred, less 1",
    "herfindahl_change": "Herfindahl index of the market, allowed less barred",
    "bridge_gain_t": "the entrant's kilograms on the air bridge, allowed less barred, t a year",
    "bridge_loss_t": "others' kilograms on the air bridge, barred less allowed, t a year",
}
ALIVE_T = 1.0  # t a year below which a market has no shares worth a name
LARGEST_RATIO = 2.0
PointJob = tuple[int, int, str, Job]  # point, replicate, world


def outcome_names(scenario: Scenario) -> list[str]:
    """Return the names of all outcomes that a study of a scenario can look at."""
    return [*LOOKED_AT, *known_outcomes(Network.load(scenario.data_folder))]


def replicates_at(plan: Plan, n_points: int) -> np.ndarray:
    """Return how many replicates each point gets.

    Every point gets ``replicates``; ``noise_points`` of them, spread evenly over the
    sample, get ``noise_replicates`` where that is more.
    """
    study = plan.study
    counts = np.full(n_points, study.replicates)
    if study.noise_points:
        some = np.linspace(0, n_points - 1, min(study.noise_points, n_points)).round().astype(int)
        counts[some] = max(study.noise_replicates, study.replicates)
    return counts


def count_runs(plan: Plan, n_points: int) -> int:
    """Return how many runs a study takes in all."""
    worlds = 1 if plan.question is None else 2
    return int(replicates_at(plan, n_points).sum()) * worlds


def make_point_jobs(plan: Plan, samples: pd.DataFrame) -> Iterator[PointJob]:
    """Yield (point, replicate, world, job) of a study, point by point.

    Worlds and, with common luck, points share seed and replicate, which are all that
    decides a run's draws; with luck of their own, point i has replicates that no other has.
    """
    study = plan.study
    counts = replicates_at(plan, len(samples))
    width = int(counts.max())
    for point, values in enumerate(samples.to_dict("records")):
        scenario = plan.scenario.with_overrides({str(k): float(v) for k, v in values.items()})
        first = 0 if study.common_luck else point * width
        for world, changed in worlds_of(plan, scenario).items():
            jobs = make_jobs(changed, study.seed, int(counts[point]), detail="summary",
                             first=first, note=f"point {point}")  # fmt: skip
            for replicate, job in enumerate(jobs):
                yield point, replicate, world, job


def worlds_of(plan: Plan, scenario: Scenario) -> dict[str, Scenario]:
    """Return the worlds that a point is run in."""
    if plan.question is None:
        return {"run": scenario}
    allowed, barred = plan.question.worlds(scenario)
    return {"allowed": allowed, "barred": barred}


def collect(plan: Plan, store: Store, ids: pd.DataFrame, gaps: bool) -> pd.DataFrame:
    """Return the outcomes of every replicate of every point, from a store.

    Parameters
    ----------
    ids : DataFrame
        Columns point, replicate and one per world with the ids of its runs.
    gaps : bool
        Leave out replicates with a failed run, instead of refusing.
    """
    worlds = [name for name in ids if name not in ("point", "replicate")]
    if gaps:
        there = np.logical_and.reduce([ids[w].isin(store.done).to_numpy() for w in worlds])
        ids = ids[there]
    tables = {w: summaries(store, list(ids[w])) for w in worlds}
    out = ids[["point", "replicate"]].reset_index(drop=True)
    if plan.question is None:
        plain = tables["run"]
    else:
        plain = tables["allowed"]
        paired = compare_worlds(plan, tables["allowed"], tables["barred"])
    for name in plan.outcomes:
        out[name] = paired[name] if name in LOOKED_AT else column(plain, name)
    return out


def summaries(store: Store, ids: list[str]) -> pd.DataFrame:
    """Return the summaries of runs in the order of the ids; points that are alike share a run."""
    table = store.table("summary", list(dict.fromkeys(ids)))
    return table.set_index("id").loc[ids].reset_index()


def column(table: pd.DataFrame, name: str) -> np.ndarray:
    """Return an outcome of runs; 0 where an organisation or group had no part in it."""
    if name not in table:
        return np.zeros(len(table))
    return table[name].fillna(0.0).to_numpy(float)


def compare_worlds(
    plan: Plan, allowed: pd.DataFrame, barred: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Return the paired outcomes of each replicate; see ``LOOKED_AT``."""
    assert plan.question is not None
    who, market = plan.question.entrant, plan.question.market
    one, two = (split_market(table, who, market) for table in (barred, allowed))
    alive = np.maximum(two["total"], ALIVE_T)
    gain, loss = two["entrant"] - one["entrant"], one["others"] - two["others"]
    price, index = f"{market}.price_usd_per_kg", f"{market}.herfindahl"
    return {
        "entrant_share": two["entrant"] / alive,
        "entrant_gain_t": gain,
        "incumbents_loss_t": loss,
        "incumbents_margin_loss_usd_m": one["margin"] - two["margin"],
        "diversion_ratio": bounded_ratio(loss, gain, gain > ENTERED * alive),
        "entered": (gain > ENTERED * alive).astype(float),
        "displaced": ((gain > FOOTHOLD * alive) & (loss > DISPLACED * gain)).astype(float),
        "price_change": column(allowed, price) / column(barred, price) - 1.0,
        "herfindahl_change": column(allowed, index) - column(barred, index),
        "bridge_gain_t": two["bridge"] - one["bridge"],
        "bridge_loss_t": one["bridge_others"] - two["bridge_others"],
    }


def bounded_ratio(loss: np.ndarray, gain: np.ndarray, entered: np.ndarray) -> np.ndarray:
    """Return loss over gain where there is a gain worth the name, else 0: a number everywhere."""
    ratio = np.divide(loss, gain, out=np.zeros(len(gain)), where=entered)
    return np.clip(ratio, -LARGEST_RATIO, LARGEST_RATIO)


def split_market(table: pd.DataFrame, entrant: str, market: str) -> dict[str, np.ndarray]:
    """Return what an entrant and all others have of a market and of the air bridge."""
    total, mine = column(table, f"{market}.delivered_t_per_year"), column(
        table, f"{market}.t_{entrant}")  # fmt: skip
    bridge = column(table, f"air_bridge.t_{entrant}")
    prefix = f"{market}.margin_usd_m_"
    others = [c for c in table if c.startswith(prefix) and c != f"{prefix}{entrant}"]
    margin = table[others].fillna(0.0).sum(axis=1).to_numpy(float)
    return {
        "total": total,
        "entrant": mine,
        "others": total - mine,
        "margin": margin,
        "bridge": bridge,
        "bridge_others": column(table, "air_bridge.t_per_year") - bridge,
    }


def mean_outcomes(plan: Plan, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of each point: means over its first ``replicates`` replicates."""
    first = outcomes[outcomes["replicate"] < plan.study.replicates]
    return first.groupby("point")[plan.outcomes].mean()
