"""The parts of the incumbents' loss by group, from the tables of finished pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.displacement.estimates import PARTS, decompose, mean_of
from experiments.displacement.question import Question
from experiments.runner.outcomes import Late

Tables = Mapping[str, pd.DataFrame]  # one a world
Ids = Mapping[str, Sequence[str]]
EVERYONE = "All incumbents"


def lines_of(
    yearly: pd.DataFrame, held: pd.DataFrame, question: Question, late: Late
) -> pd.DataFrame:
    """Return the incumbents' accounts by run and cartel, with source prices and tolls per kg."""
    what = ["bought_kg", "delivered_kg", "paid_usd", "revenue_usd"]
    rows = yearly["year"].isin(late.years) & (yearly["cartel"] != question.entrant)
    bought = yearly[rows].groupby(["id", "cartel"])["bought_kg"].sum()
    own = yearly[rows & (yearly["market"] == question.market)]
    by_line = own.groupby(["id", "cartel"])
    lines = by_line[what].sum().join(by_line["group"].first())
    late_held = held[held["year"].isin(late.years)].rename(columns={"organisation": "cartel"})
    lines["source_usd_per_kg"] = (
        late_held[late_held["source_usd_per_kg"] > 0]
        .groupby(["id", "cartel"])["source_usd_per_kg"]
        .mean()
    )
    lines["toll_usd_per_kg"] = late_held.groupby(["id", "cartel"])[
        "tolls_usd"
    ].sum() / bought.where(bought > 0)
    return lines.fillna({"source_usd_per_kg": 0.0, "toll_usd_per_kg": 0.0})


def part_table(
    yearly: Tables, held: Tables, ids: Ids, question: Question, late: Late
) -> pd.DataFrame:
    """Return the parts of the change of incumbents' margin by group, USD a year."""
    tables = {}
    allowed, other = question.worlds_named
    for w in question.worlds_named:
        table = lines_of(yearly[w], held[w], question, late).reset_index()
        number = {name: k for k, name in enumerate(ids[w])}
        table["replicate"] = table["id"].map(number)
        tables[w] = table.set_index(["replicate", "cartel"])
    both = tables[allowed].index.union(tables[other].index)
    group = tables[allowed]["group"].reindex(both).fillna(tables[other]["group"].reindex(both))
    one, two = (
        tables[w].drop(columns=["id", "group"]).reindex(both).fillna(0.0) for w in (other, allowed)
    )
    parts = decompose(two, one) / late.length
    parts["group"] = group
    sums = parts.reset_index().groupby(["replicate", "group"])[[*PARTS, "total"]].sum()
    everyone = sums.groupby("replicate").sum().assign(group=EVERYONE)
    whole = pd.concat([sums.reset_index("group"), everyone])
    rows = []
    for name, mine in whole.groupby("group", sort=False):
        full = mine.reindex(range(len(ids[allowed])))[[*PARTS, "total"]].fillna(0.0)
        for part in (*PARTS, "total"):
            e = mean_of(full[part].to_numpy(float))
            rows.append(
                {
                    "group": name,
                    "part": part,
                    "usd_per_year": e.value,
                    "low": e.low,
                    "high": e.high,
                    "pairs": e.pairs,
                }
            )
    return pd.DataFrame(rows, columns=["group", "part", "usd_per_year", "low", "high", "pairs"])
