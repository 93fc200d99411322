"""From finished pairs of runs to the accounts of displacement, one table a kind.

Every replicate is a pair: one world with the entrant allowed, one with it barred or held.
The formulas are in ``experiments.displacement.estimates``; here runs are summed to what they
take, and their results put into tables for report and figures. Kilograms are bulk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from experiments.displacement.estimates import (
    Estimate,
    diversion,
    herfindahl,
    logit_diversion,
    mean_of,
    share_of,
    survival,
    variance_ratio,
)
from experiments.displacement.losses import Ids, Tables, part_table
from experiments.displacement.question import ALLOWED, Question
from experiments.displacement.verdicts import ENTERED, Verdict, displaced, entered, judge
from experiments.runner.laboratory import summaries
from experiments.runner.outcomes import MILESTONES, Late
from experiments.runner.store import Store
from sim.results.spread import spread
from sim.results.stages import STAGES
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR

# What an owner or holder has of all flows, and of the corridors if runs tell them.
STAGE_FLOWS = tuple(f"stage_{stage}" for stage in STAGES)  # title at each stage of the way
FLOWS = ("financed", "handled", "air_bridge", "bridge_handled", "brazil_ports", *STAGE_FLOWS)
# Outcomes of which pairing is told: unit and account.
PAIRINGS = {
    "incumbents' kilograms in the market": ("kg bulk a year", "incumbents_delivered_kg"),
    "incumbents' margin in the market": ("USD a year", "incumbents_margin_usd"),
    "Herfindahl index of the market": ("1", "herfindahl"),
    "places held by others": ("places", "incumbents_places"),
    "kilograms handled by others, all legs": ("kg bulk a year", "incumbents_handled_kg"),
}


@dataclass
class Displacement:
    """What an entrant did to incumbents: one table a kind, all over pairs of runs."""

    question: Question
    pairs: pd.DataFrame  # one row per replicate
    measures: dict[str, Estimate]
    parts: pd.DataFrame  # group, part, value, low, high (USD a year)
    shares: pd.DataFrame  # world, year, group, median, low, high
    flows: pd.DataFrame  # world, year, flow, median, low, high: the entrant's share
    survival: dict[str, pd.DataFrame]
    pairing: pd.DataFrame  # outcome, spread of paired and unpaired differences, their ratio
    names: dict[str, str] = field(default_factory=dict)  # of organisations and places, by id
    start: dt.date | None = None
    shapley: pd.DataFrame | None = None
    left_out: tuple[str, ...] = ()  # failed pairs, later events: what the numbers do not hold
    luck_share: float | None = None  # of the variance of the gain, where pairs run over an ensemble

    @property
    def verdict(self) -> Verdict:
        """What the pairs allow one to say about the entrant's gain in the market, t bulk a year."""
        gain = change(self.pairs, "entrant_delivered_kg") / KG_PER_TONNE
        least = ENTERED * float(np.mean(market_t(self.pairs)))
        return judge(gain, self.measures["diversion_kg"], least)

    def flow_verdict(self, flow: str) -> Verdict:
        """Return what the pairs allow one to say about the entrant's share of a flow."""
        return judge(share_change(self.pairs, flow), self.measures[f"diversion_{flow}"], ENTERED)

    @property
    def entrant(self) -> str:
        """The entrant's name."""
        return self.names.get(self.question.entrant, self.question.entrant)

    @property
    def market(self) -> str:
        """The market's name."""
        return self.names.get(self.question.market, self.question.market)


def account(store: Store, ids: Ids, question: Question, elasticity: float) -> Displacement:
    """Account for displacement in finished pairs.

    Parameters
    ----------
    ids : mapping
        Ids of the runs of each world, in pairs by position.
    elasticity : float
        Price elasticity of demand in the market, absolute.
    """
    yearly = {w: store.table("yearly", i) for w, i in ids.items()}
    held = {w: store.table("organisations", i) for w, i in ids.items()}
    last = int(yearly["allowed"]["year"].max())
    late = Late.of(yearly["allowed"])
    pairs = pair_table(yearly, held, ids, question, late)
    prices = {w: price_of(store, i, question.market) for w, i in ids.items()}
    last_week = round((last - int(yearly["allowed"]["year"].min()) + 1) * WEEKS_PER_CALENDAR_YEAR)
    return Displacement(
        question,
        pairs,
        measures=measures(pairs, elasticity),
        parts=part_table(yearly, held, ids, question, late),
        shares=share_table(yearly, question),
        flows=flow_table(held, question),
        survival=waiting_times(
            store.table("lines", ids["allowed"]), ids["allowed"], question, last_week
        ),
        pairing=pairing_table(pairs, prices),
    )


def by_run(table: pd.DataFrame, ids: Sequence[str], rows: pd.Series, what: str) -> np.ndarray:
    """Sum a column over chosen rows for every run, in the order of the ids; 0 if none."""
    sums = table[rows].groupby("id")[what].sum()
    return sums.reindex(list(ids)).fillna(0.0).to_numpy(float)


def price_of(store: Store, ids: Sequence[str], market: str) -> np.ndarray:
    """Return the price of a market in every run, over the last years."""
    return summaries(store, ids)[f"{market}.price_usd_per_kg"].to_numpy(float)


def pair_table(
    yearly: Tables, held: Tables, ids: Ids, question: Question, late: Late
) -> pd.DataFrame:
    """Return the entrant's and incumbents' accounts in both worlds, one row per replicate."""
    others = pd.concat(
        [
            t.loc[(t["market"] == question.market) & (t["cartel"] != question.entrant), "group"]
            for t in yearly.values()
        ]
    )
    out: dict[str, np.ndarray] = {}
    for w, table in yearly.items():
        accounts = {
            **market_accounts(table, ids[w], question, late, sorted(others.unique())),
            **flow_accounts(held[w], ids[w], question, late),
        }
        out |= {f"{name}_{w}": values for name, values in accounts.items()}
    frame = pd.DataFrame(out)
    frame.insert(0, "replicate", range(len(frame)))
    return frame


def market_accounts(
    table: pd.DataFrame, ids: Sequence[str], question: Question, late: Late, groups: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return what the entrant and the incumbents have of the market, means of the late years."""
    rows = (table["market"] == question.market) & table["year"].isin(late.years)
    table = table.assign(margin_usd=table["revenue_usd"] - table["paid_usd"])
    own = table["cartel"] == question.entrant
    out = {}
    for what in ("delivered_kg", "margin_usd"):
        out[f"entrant_{what}"] = by_run(table, ids, rows & own, what) / late.length
        out[f"incumbents_{what}"] = by_run(table, ids, rows & ~own, what) / late.length
    for group in groups:
        mine = rows & ~own & (table["group"] == group)
        out[f"{group}_kg"] = by_run(table, ids, mine, "delivered_kg") / late.length
    kg = table[rows].pivot_table("delivered_kg", "id", "cartel", "sum", fill_value=0.0)
    out["herfindahl"] = np.array(
        [herfindahl(row) for row in kg.reindex(list(ids)).fillna(0.0).to_numpy(float)]
    )
    return out


def flow_accounts(
    land: pd.DataFrame, ids: Sequence[str], question: Question, late: Late
) -> dict[str, np.ndarray]:
    """Return places held and kilograms financed and handled, everywhere and on corridors."""
    rows, mine = land["year"].isin(late.years), land["organisation"] == question.entrant
    out = {}
    for what in ("places", *(f"{flow}_kg" for flow in FLOWS if f"{flow}_kg" in land)):
        over = len(late.years) if what == "places" else late.length  # places at the ends of years
        out[f"entrant_{what}"] = by_run(land, ids, rows & mine, what) / over
        out[f"incumbents_{what}"] = by_run(land, ids, rows & ~mine, what) / over
    return out


def other_world(pairs: pd.DataFrame) -> str:
    """Return the world that a table of pairs compares the allowed one with."""
    return "held" if "entrant_delivered_kg_held" in pairs else "barred"


def change(pairs: pd.DataFrame, name: str) -> np.ndarray:
    """Return allowed less barred, or less held, of one account."""
    return (pairs[f"{name}_{ALLOWED}"] - pairs[f"{name}_{other_world(pairs)}"]).to_numpy(float)


def entrant_share(pairs: pd.DataFrame, what: str, world: str) -> pd.Series:
    """Return the entrant's share of an account; NaN where nobody has any."""
    mine, others = pairs[f"entrant_{what}_{world}"], pairs[f"incumbents_{what}_{world}"]
    return mine / (mine + others).replace(0.0, np.nan)


def share_change(pairs: pd.DataFrame, flow: str) -> np.ndarray:
    """Return how far the entrant's share of a flow, allowed, is above that barred or held."""
    two, one = (entrant_share(pairs, f"{flow}_kg", w) for w in (ALLOWED, other_world(pairs)))
    return (two - one).to_numpy(float)


def market_t(pairs: pd.DataFrame) -> np.ndarray:
    """Return all deliveries of the market in each pair, the entrant allowed, t bulk a year."""
    sold = [pairs[f"{who}_delivered_kg_{ALLOWED}"] for who in ("entrant", "incumbents")]
    return np.asarray(sum(sold).to_numpy(float) / KG_PER_TONNE)


def measures(pairs: pd.DataFrame, elasticity: float) -> dict[str, Estimate]:
    """Return the headline measures with their intervals."""
    gain = change(pairs, "entrant_delivered_kg") / KG_PER_TONNE
    loss = -change(pairs, "incumbents_delivered_kg") / KG_PER_TONNE
    market = market_t(pairs)
    out = {
        "probability_of_entry": share_of(entered(gain, market)),
        "probability_of_displacement": share_of(displaced(gain, loss, market)),
        "entrant_share": mean_of(entrant_share(pairs, "delivered_kg", ALLOWED).to_numpy(float)),
        "entrant_gain_t": mean_of(gain),
        "incumbents_loss_t": mean_of(loss),
        "herfindahl_change": mean_of(change(pairs, "herfindahl")),
    }
    out |= dict(beside_logit(pairs, gain, loss, elasticity))
    out |= dict(diversions(pairs)) | dict(flow_shares(pairs)) | dict(stage_tonnes(pairs))
    return out | dict(group_losses(pairs))


def beside_logit(
    pairs: pd.DataFrame, gain: np.ndarray, loss: np.ndarray, elasticity: float
) -> Iterator[tuple[str, Estimate]]:
    """Yield what a plain logit would divert of the same gains, and the excess over it, by pair."""
    world = other_world(pairs)
    entrant, incumbents = (
        pairs[f"{who}_delivered_kg_{world}"].to_numpy(float) for who in ("entrant", "incumbents")
    )
    plain = gain * logit_diversion(entrant, incumbents, elasticity)
    yield "logit_diversion_kg", diversion(gain, plain)
    yield "excess_diversion_kg", diversion(gain, loss - plain)
    yield "excess_loss_t", mean_of(loss - plain)


def diversions(pairs: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    """Yield the diversion ratio of kilograms, margin, places and every flow that runs tell."""
    labels = {"delivered_kg": "kg", "margin_usd": "margin", "places": "places"}
    labels |= {f"{flow}_kg": flow for flow in FLOWS}
    for what, label in labels.items():
        if f"entrant_{what}_allowed" in pairs:
            gain, loss = change(pairs, f"entrant_{what}"), -change(pairs, f"incumbents_{what}")
            yield f"diversion_{label}", diversion(gain, loss)


def flow_shares(pairs: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    """Yield the entrant's share of every flow, allowed, and how far it is above the other world."""
    for flow in FLOWS:
        if f"entrant_{flow}_kg_{ALLOWED}" in pairs:
            share = entrant_share(pairs, f"{flow}_kg", ALLOWED)
            yield f"entrant_share_{flow}", mean_of(share.to_numpy(float))
            yield f"entrant_share_{flow}_change", mean_of(share_change(pairs, flow))


def stage_tonnes(pairs: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    """Yield what the entrant gains and others lose at each stage of the way, t bulk a year."""
    for flow in STAGE_FLOWS:
        if f"entrant_{flow}_kg_{ALLOWED}" in pairs:
            name = flow.removeprefix("stage_")
            gain, loss = (
                change(pairs, f"entrant_{flow}_kg"),
                -change(pairs, f"incumbents_{flow}_kg"),
            )
            yield f"stage_gain_t_{name}", mean_of(gain / KG_PER_TONNE)
            yield f"stage_loss_t_{name}", mean_of(loss / KG_PER_TONNE)


def group_losses(pairs: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    """Yield the loss of every group of incumbents, t bulk a year."""
    for column in pairs.columns:
        group = column.removesuffix(f"_kg_{ALLOWED}")
        if group != column and not group.startswith(("entrant_", "incumbents_")):
            yield f"loss_t_{group}", mean_of(-change(pairs, f"{group}_kg") / KG_PER_TONNE)


def pairing_table(pairs: pd.DataFrame, prices: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return what shared luck brings: the variance of paired over that of unpaired differences."""
    world = other_world(pairs)
    values = {
        name: (
            unit,
            pairs[f"{key}_{ALLOWED}"].to_numpy(float),
            pairs[f"{key}_{world}"].to_numpy(float),
        )
        for name, (unit, key) in PAIRINGS.items()
    }
    values["price of the market"] = ("USD per kg bulk", prices[ALLOWED], prices[world])
    rows = []
    for name, (unit, allowed, other) in values.items():
        rows.append(
            {
                "outcome": name,
                "unit": unit,
                "sd_paired": float(np.std(allowed - other, ddof=1)),
                "sd_unpaired": float(np.hypot(np.std(allowed, ddof=1), np.std(other, ddof=1))),
                "variance_paired_over_unpaired": variance_ratio(allowed, other),
                "pairs": len(allowed),
            }
        )
    return pd.DataFrame(rows)


def band(values: pd.Series) -> dict[str, float]:
    """Return the median over replicates and the band around it; see ``spread``."""
    low, median, high = spread(values)
    return {"median": median, "low": low, "high": high}


def share_table(yearly: Tables, question: Question) -> pd.DataFrame:
    """Return shares of the market by world, year and group (the entrant apart)."""
    rows = []
    for w, table in yearly.items():
        table = table[table["market"] == question.market].copy()
        table.loc[table["cartel"] == question.entrant, "group"] = question.entrant
        kg = table.pivot_table("delivered_kg", ["id", "year"], "group", "sum", fill_value=0.0)
        share = kg.div(kg.sum(axis=1).replace(0.0, np.nan), axis=0)
        rows += [
            {"world": w, "year": int(year), "group": group, **band(values)}
            for group in share
            for year, values in share[group].groupby("year")
        ]
    return pd.DataFrame(rows)


def flow_table(held: Tables, question: Question) -> pd.DataFrame:
    """Return the entrant's share of every flow, as owner or as holder, by world and year."""
    rows = []
    for w, land in held.items():
        mine = land[land["organisation"] == question.entrant].set_index(["id", "year"])
        for flow in FLOWS:
            if f"{flow}_kg" in land:
                kg = land.groupby(["id", "year"])[f"{flow}_kg"].sum().replace(0.0, np.nan)
                own = mine[f"{flow}_kg"].reindex(kg.index).fillna(0.0)
                rows += [
                    {"world": w, "year": int(year), "flow": flow, **band(values)}
                    for year, values in (own / kg).groupby("year")
                ]
    return pd.DataFrame(rows)


def waiting_times(
    lines: pd.DataFrame, ids: Sequence[str], question: Question, last_week: int
) -> dict[str, pd.DataFrame]:
    """Return for each milestone the share of replicates that have not passed it, by week."""
    mine = lines[(lines["cartel"] == question.entrant) & (lines["market"] == question.market)]
    weeks = mine.set_index("id").reindex(list(ids))
    return {
        f"{m:.0%}": survival(weeks[f"week_{100 * m:.0f}"].to_numpy(float), last_week)
        for m in MILESTONES
    }
