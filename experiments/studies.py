"""Studies of many runs: an entrant allowed and barred, null variants, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.displacement import (
    PARTS,
    Estimate,
    decompose,
    diversion,
    herfindahl,
    mean_of,
    shapley,
    share_of,
    survival,
    variance_ratio,
)
from experiments.outcomes import LAST, MILESTONES
from experiments.paired import DRIVERS, Question, with_drivers
from experiments.runner import Failure, Job, execute, make_jobs
from experiments.store import Store
from sim.parameters import Switches
from sim.scenario import Scenario

DISPLACED = 0.5  # diversion from which a replicate counts as displacement ...
FOOTHOLD = 0.05  # ... if the entrant has gained this share of the market


@dataclass
class Laboratory:
    """Where runs are made and kept: a store, an executor, a seed."""

    store: Store
    executor: Executor
    in_flight: int
    seed: int
    allow_gaps: bool = False
    keep: Path | None = None
    progress: Callable[[int], None] | None = None
    expect: Callable[[int], None] | None = None
    failures: list[Failure] = field(default_factory=list)

    def run(self, worlds: Mapping[str, Scenario], replicates: int) -> dict[str, list[str]]:
        """Run all replicates of some worlds; return the ids of each, in pairs by position.

        Where gaps are allowed, a replicate that failed in one world is left out of all.
        """
        jobs = {name: make_jobs(scenario, self.seed, replicates)
                for name, scenario in worlds.items()}  # fmt: skip
        mixed: list[Job] = [job for row in zip(*jobs.values(), strict=True) for job in row]
        if self.expect is not None:
            self.expect(len(mixed))
        self.failures += execute(
            mixed, self.store, self.executor, self.in_flight, self.progress, self.keep
        )
        keep = list(range(replicates))
        if self.allow_gaps:
            done = self.store.done
            keep = [r for r in keep if all(js[r].id in done for js in jobs.values())]
        return {name: [js[r].id for r in keep] for name, js in jobs.items()}


def by_run(table: pd.DataFrame, ids: Sequence[str], rows: pd.Series, what: str) -> np.ndarray:
    """Sum a column over chosen rows for every run, in the order of the ids; 0 if none."""
    sums = table[rows].groupby("id")[what].sum()
    return sums.reindex(list(ids)).fillna(0.0).to_numpy(float)


@dataclass
class Displacement:
    """What an entrant did to incumbents: one table a kind, all over pairs of runs."""

    question: Question
    pairs: pd.DataFrame  # one row per replicate
    measures: dict[str, Estimate]
    parts: pd.DataFrame  # group, part, value, low, high (USD a year)
    shares: pd.DataFrame  # world, year, group, median, low, high
    survival: dict[str, pd.DataFrame]
    shapley: pd.DataFrame | None = None


def displace(lab: Laboratory, scenario: Scenario, question: Question,
             replicates: int) -> Displacement:  # fmt: skip
    """Run an entrant allowed against barred, in pairs, and account for displacement."""
    allowed, barred = question.worlds(scenario)
    ids = lab.run({"allowed": allowed, "barred": barred}, replicates)
    return account(lab.store, ids, question)


def account(store: Store, ids: Mapping[str, Sequence[str]], question: Question) -> Displacement:
    """Account for displacement in finished pairs."""
    yearly = {w: store.table("yearly", i) for w, i in ids.items()}
    held = {w: store.table("organisations", i) for w, i in ids.items()}
    last = int(yearly["allowed"]["year"].max())
    late = range(last - LAST + 1, last + 1)
    pairs = pair_table(yearly, held, ids, question, late)
    lines = store.table("lines", ids["allowed"])
    mine = lines[(lines["cartel"] == question.entrant) & (lines["market"] == question.market)]
    weeks = mine.set_index("id").reindex(list(ids["allowed"]))
    last_week = int(round((last - int(yearly["allowed"]["year"].min()) + 1) * 52.18))
    curves = {f"{m:.0%}": survival(weeks[f"week_{m:.0%}".rstrip("%")].to_numpy(float), last_week)
              for m in MILESTONES}  # fmt: skip
    return Displacement(
        question, pairs, measures(pairs), part_table(yearly, held, ids, question, late),
        share_table(yearly, question), curves,
    )  # fmt: skip


def pair_table(yearly: Mapping[str, pd.DataFrame], held: Mapping[str, pd.DataFrame],
               ids: Mapping[str, Sequence[str]], question: Question,
               late: range) -> pd.DataFrame:  # fmt: skip
    """Return the entrant's and incumbents' accounts in both worlds, one row per replicate."""
    out: dict[str, np.ndarray] = {}
    for w, table in yearly.items():
        rows = (table["market"] == question.market) & table["year"].isin(late)
        table = table.assign(margin_usd=table["revenue_usd"] - table["paid_usd"])
        own = table["cartel"] == question.entrant
        for what in ("delivered_kg", "margin_usd"):
            out[f"entrant_{what}_{w}"] = by_run(table, ids[w], rows & own, what) / LAST
            out[f"incumbents_{what}_{w}"] = by_run(table, ids[w], rows & ~own, what) / LAST
        for group in sorted(table.loc[~own, "group"].unique()):
            chosen = rows & ~own & (table["group"] == group)
            out[f"{group}_kg_{w}"] = by_run(table, ids[w], chosen, "delivered_kg") / LAST
        kg = table[rows].groupby(["id", "cartel"])["delivered_kg"].sum()
        out[f"herfindahl_{w}"] = np.array([herfindahl(kg.loc[i].to_dict()) for i in ids[w]])
        land = held[w]
        land_rows = land["year"].isin(late)
        mine = land["organisation"] == question.entrant
        for what in ("places", "financed_kg", "handled_kg"):
            out[f"entrant_{what}_{w}"] = by_run(land, ids[w], land_rows & mine, what) / LAST
            out[f"incumbents_{what}_{w}"] = by_run(land, ids[w], land_rows & ~mine, what) / LAST
    frame = pd.DataFrame(out).fillna(0.0)
    frame.insert(0, "replicate", range(len(frame)))
    return frame


def change(pairs: pd.DataFrame, name: str) -> np.ndarray:
    """Return allowed less barred of one account."""
    return (pairs[f"{name}_allowed"] - pairs[f"{name}_barred"]).to_numpy(float)


def measures(pairs: pd.DataFrame) -> dict[str, Estimate]:
    """Return the headline measures with their intervals."""
    out = {}
    for what, label in (("delivered_kg", "kg"), ("margin_usd", "margin"), ("places", "places"),
                        ("handled_kg", "handled"), ("financed_kg", "financed")):  # fmt: skip
        out[f"diversion_{label}"] = diversion(
            change(pairs, f"entrant_{what}"), -change(pairs, f"incumbents_{what}")
        )
    total = pairs["entrant_delivered_kg_allowed"] + pairs["incumbents_delivered_kg_allowed"]
    share = (pairs["entrant_delivered_kg_allowed"] / total).to_numpy(float)
    out["entrant_share"] = mean_of(share)
    gain, loss = change(pairs, "entrant_delivered_kg"), -change(pairs, "incumbents_delivered_kg")
    out["entrant_gain_t"], out["incumbents_loss_t"] = mean_of(gain / 1e3), mean_of(loss / 1e3)
    gained = gain / total.to_numpy(float)
    out["probability_of_entry"] = share_of(gained > 0.01)
    out["probability_of_displacement"] = share_of((gained > FOOTHOLD) & (loss > DISPLACED * gain))
    out["herfindahl_change"] = mean_of(change(pairs, "herfindahl"))
    for column in pairs.columns:
        if column.endswith("_kg_barred") and column.split("_")[0][0].isupper():
            group = column.removesuffix("_kg_barred")
            if f"{group}_kg_allowed" in pairs:
                out[f"loss_t_{group}"] = mean_of(-change(pairs, f"{group}_kg") / 1e3)
    for what in ("financed_kg", "handled_kg"):
        all_of = pairs[f"entrant_{what}_allowed"] + pairs[f"incumbents_{what}_allowed"]
        out[f"entrant_share_{what.removesuffix('_kg')}"] = mean_of(
            (pairs[f"entrant_{what}_allowed"] / all_of).to_numpy(float)
        )
    ratio = variance_ratio(pairs["incumbents_delivered_kg_allowed"].to_numpy(),
                           pairs["incumbents_delivered_kg_barred"].to_numpy())  # fmt: skip
    out["variance_paired_over_unpaired"] = Estimate(ratio, ratio, ratio)
    return out


def lines_of(yearly: pd.DataFrame, held: pd.DataFrame, question: Question,
             late: range) -> pd.DataFrame:  # fmt: skip
    """Return the incumbents' accounts by run and cartel, with source prices and tolls per kg."""
    what = ["bought_kg", "delivered_kg", "paid_usd", "revenue_usd"]
    rows = yearly["year"].isin(late) & (yearly["cartel"] != question.entrant)
    bought = yearly[rows].groupby(["id", "cartel"])["bought_kg"].sum()
    own = yearly[rows & (yearly["market"] == question.market)]
    by_line = own.groupby(["id", "cartel"])
    lines = by_line[what].sum().join(by_line["group"].first())
    late_held = held[held["year"].isin(late)].rename(columns={"organisation": "cartel"})
    lines["source_usd_per_kg"] = late_held[late_held["source_usd_per_kg"] > 0].groupby(
        ["id", "cartel"])["source_usd_per_kg"].mean()  # fmt: skip
    lines["toll_usd_per_kg"] = late_held.groupby(["id", "cartel"])[
        "tolls_usd"
    ].sum() / bought.where(bought > 0)
    return lines.fillna({"source_usd_per_kg": 0.0, "toll_usd_per_kg": 0.0})


def part_table(yearly: Mapping[str, pd.DataFrame], held: Mapping[str, pd.DataFrame],
               ids: Mapping[str, Sequence[str]], question: Question,
               late: range) -> pd.DataFrame:  # fmt: skip
    """Return the parts of the change of incumbents' margin by group, USD a year."""
    tables = {}
    for w in ("allowed", "barred"):
        table = lines_of(yearly[w], held[w], question, late).reset_index()
        number = {name: k for k, name in enumerate(ids[w])}
        table["replicate"] = table["id"].map(number)
        tables[w] = table.set_index(["replicate", "cartel"])
    both = tables["allowed"].index.union(tables["barred"].index)
    group = tables["allowed"]["group"].reindex(both).fillna(tables["barred"]["group"].reindex(both))
    one, two = (tables[w].drop(columns=["id", "group"]).reindex(both).fillna(0.0)
                for w in ("barred", "allowed"))  # fmt: skip
    parts = decompose(two, one) / LAST
    parts["group"] = group
    sums = parts.reset_index().groupby(["replicate", "group"])[[*PARTS, "total"]].sum()
    everyone = sums.groupby("replicate").sum().assign(group="All incumbents")
    whole = pd.concat([sums.reset_index("group"), everyone])
    rows = []
    for name, mine in whole.groupby("group", sort=False):
        full = mine.reindex(range(len(ids["allowed"])))[[*PARTS, "total"]].fillna(0.0)
        for part in (*PARTS, "total"):
            e = mean_of(full[part].to_numpy(float))
            rows.append({"group": name, "part": part, "usd_per_year": e.value, "low": e.low,
                         "high": e.high})  # fmt: skip
    return pd.DataFrame(rows)


def share_table(yearly: Mapping[str, pd.DataFrame], question: Question) -> pd.DataFrame:
    """Return shares of the market by world, year and group (the entrant apart)."""
    rows = []
    for w, table in yearly.items():
        table = table[table["market"] == question.market].copy()
        table.loc[table["cartel"] == question.entrant, "group"] = question.entrant
        kg = table.pivot_table("delivered_kg", ["id", "year"], "group", "sum", fill_value=0.0)
        share = kg.div(kg.sum(axis=1), axis=0)
        for group in share:
            by_year = share[group].groupby("year")
            for year, values in by_year:
                rows.append({"world": w, "year": int(year), "group": group,
                             "median": values.median(), "low": values.quantile(0.05),
                             "high": values.quantile(0.95)})  # fmt: skip
    return pd.DataFrame(rows)


def split_by_drivers(lab: Laboratory, scenario: Scenario, question: Question,
                     replicates: int) -> pd.DataFrame:  # fmt: skip
    """Split the entrant's gain and the incumbents' loss over the drivers, after Shapley."""
    sets = [frozenset(c) for n in range(len(DRIVERS) + 1) for c in combinations(DRIVERS, n)]
    worlds = {}
    for on in sets:
        changed = with_drivers(scenario, on, question)
        worlds[(on, "allowed")], worlds[(on, "barred")] = question.worlds(changed)
    ids = lab.run({f"{sorted(on)}{w}": s for (on, w), s in worlds.items()}, replicates)
    pairs = {on: account(lab.store, {w: ids[f"{sorted(on)}{w}"] for w in ("allowed", "barred")},
                         question).pairs for on in sets}  # fmt: skip
    rows = []
    effects = {"entrant's gain, t a year": ("entrant_delivered_kg", 1.0),
               "incumbents' loss, t a year": ("incumbents_delivered_kg", -1.0)}  # fmt: skip
    for label, (name, sign) in effects.items():
        values = {on: sign * change(table, name) / 1e3 for on, table in pairs.items()}
        drawn = split_each(values)
        for driver, found in (("none of them", values[frozenset()]), *drawn.items(),
                              ("all", values[frozenset(DRIVERS)])):  # fmt: skip
            e = mean_of(found)
            rows.append({"effect": label, "driver": driver, "value": e.value, "low": e.low,
                         "high": e.high})  # fmt: skip
    return pd.DataFrame(rows)


def split_each(values: Mapping[frozenset[str], np.ndarray]) -> dict[str, np.ndarray]:
    """Return the Shapley value of each driver in every replicate."""
    rows = [shapley(DRIVERS, partial(value_in, values, r)) for r in range(len(values[frozenset()]))]
    return {driver: np.array([row[driver] for row in rows]) for driver in DRIVERS}


def value_in(values: Mapping[frozenset[str], np.ndarray], replicate: int,
             on: frozenset[str]) -> float:  # fmt: skip
    """Return what one replicate shows with some drivers at work."""
    return float(values[on][replicate])


def nulls(lab: Laboratory, scenario: Scenario, question: Question,
          replicates: int) -> pd.DataFrame:  # fmt: skip
    """Return the headline with each mechanism switched the other way."""
    worlds = {"as built": scenario}
    for name in Switches.model_fields:
        now = getattr(scenario.switches, name)
        worlds[f"{name} {'off' if now else 'on'}"] = scenario.model_copy(
            update={"switches": scenario.switches.model_copy(update={name: not now})}
        )
    twins = {}
    for name, world in worlds.items():
        twins[(name, "allowed")], twins[(name, "barred")] = question.worlds(world)
    ids = lab.run({f"{name}/{w}": s for (name, w), s in twins.items()}, replicates)
    rows = []
    for name in worlds:
        found = account(lab.store, {w: ids[f"{name}/{w}"] for w in ("allowed", "barred")}, question)
        for measure in ("entrant_share", "entrant_gain_t", "incumbents_loss_t", "diversion_kg",
                        "probability_of_entry", "probability_of_displacement"):  # fmt: skip
            e = found.measures[measure]
            rows.append({"variant": name, "measure": measure, "value": e.value, "low": e.low,
                         "high": e.high})  # fmt: skip
    return pd.DataFrame(rows)


def compare(lab: Laboratory, scenarios: Mapping[str, Scenario], replicates: int) -> pd.DataFrame:
    """Return summary outcomes of scenarios against the first, in pairs that share their luck."""
    ids = lab.run(scenarios, replicates)
    base, *others = scenarios
    known = lab.store.table("summary", ids[base]).set_index("id").loc[ids[base]]
    rows = []
    for other in others:
        table = lab.store.table("summary", ids[other]).set_index("id").loc[ids[other]]
        for outcome in known.columns.intersection(table.columns):
            if outcome in ("name", "seed", "replicate"):
                continue
            a, b = known[outcome].to_numpy(float), table[outcome].to_numpy(float)
            a, b = np.nan_to_num(a), np.nan_to_num(b)
            e = mean_of(b - a)
            rows.append({"scenario": other, "outcome": outcome, "base": a.mean(),
                         "other": b.mean(), "difference": e.value, "low": e.low, "high": e.high,
                         "variance_paired_over_unpaired": variance_ratio(b, a)})  # fmt: skip
    return pd.DataFrame(rows)
