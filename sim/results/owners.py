"""The chains of owners through which goods pass from a source to a market.

Purchases by source and trades by seller and buyer say whose goods were bought by whom; at
an exchange a buyer's goods are taken for a mixture of what its sellers brought there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from sim.results.tables import Tables

Chain = tuple[tuple[str, str], ...]  # (owner, place where it bought), from source to market


@dataclass(frozen=True)
class Owners:
    """The chains of owners of goods delivered from a zone to a market.

    Attributes
    ----------
    chains : dict
        Share of the delivered kilograms by chain, the most usual first.
    mean : float
        Mean number of owners of a delivered kilogram, the growers' clan at the source, which
        holds it until the first sale, counted.
    """

    chains: dict[Chain, float]

    @property
    def mean(self) -> float:
        """Mean number of owners, the first at the source counted."""
        return sum(share * (1 + len(chain)) for chain, share in self.chains.items())


def owners(run: Tables, zone: str, market: str, years: range) -> Owners:
    """Return through whose hands goods of a zone reached a market in some years."""
    bought, sold = (
        table[table["year"].isin(years)]
        for table in (run.tables["purchases"], run.tables["trades"])
    )
    kg = bought.groupby(["organisation", "goal", "source"])["kg"].sum()
    traded = sold.groupby(["exchange", "buyer", "seller"])["kg"].sum()
    brought: dict[tuple[str, str], dict[Chain, float]] = {}
    for goal in [*reversed(run.network.trading), market]:  # from source to market
        for owner in sorted({o for o, g, _ in kg.index if g == goal}):
            brought[owner, goal] = came_by(
                owner, goal, zone=zone, kg=kg, traded=traded, brought=brought
            )
    delivered = run.tables["cartels"]
    delivered = delivered[(delivered["market"] == market) & delivered["year"].isin(years)]
    weight = delivered.groupby(delivered["cartel"].astype(str))["delivered_kg"].sum()
    found: dict[Chain, float] = defaultdict(float)
    for owner, whole in weight.items():
        for chain, share in brought.get((str(owner), market), {}).items():
            found[chain] += share * float(whole)
    total = sum(found.values())
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return Owners({chain: part / total for chain, part in ordered} if total > 0.0 else {})


def came_by(
    owner: str,
    goal: str,
    zone: str,
    kg: pd.Series,
    traded: pd.Series,
    brought: dict[tuple[str, str], dict[Chain, float]],
) -> dict[Chain, float]:
    """Return the part of one line's purchases that came from a zone, by chain of owners."""
    out: dict[Chain, float] = defaultdict(float)
    mine = kg.loc[owner, goal]
    whole = float(mine.sum())
    for source, part in mine.items():
        if source == zone:
            out[((owner, zone),)] += part / whole
            continue
        if source not in traded.index.get_level_values("exchange"):
            continue
        sellers = traded.loc[source]
        if owner not in sellers.index.get_level_values("buyer"):
            continue
        sellers = sellers.loc[owner]
        for seller, amount in sellers.items():
            mix = part / whole * amount / sellers.sum()
            for chain, share in brought.get((str(seller), str(source)), {}).items():
                longer = chain if seller == owner else (*chain, (owner, str(source)))
                out[longer] += mix * share
    return dict(out)
