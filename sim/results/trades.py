"""Who bought where and from whom, year by year: the accounts of title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.setup.roster import Roster

if TYPE_CHECKING:
    from sim.network import Network
    from sim.world.state import World


def purchases(year: int, network: Network, world: World) -> list[dict[str, Any]]:
    """Return what each organisation bought in a year so far: by goal and by source."""
    lines, kg, rows = world.lines, world.week.source_kg, []
    for row, s in zip(*np.nonzero(kg), strict=True):
        o = int(lines.cartel[row])
        rows.append(
            {
                "year": year,
                "organisation": o,
                "goal": network.goals[lines.market[row]],
                "source": network.sources[s],
                "kg": float(kg[row, s]),
            }
        )
    return rows


def trades(year: int, network: Network, world: World) -> list[dict[str, Any]]:
    """Return what changed hands at exchanges in a year so far; own takings have one party."""
    ex, rows = world.exchanges, []
    for x, seller, buyer in zip(*np.nonzero(ex.traded_kg), strict=True):
        rows.append(
            {
                "year": year,
                "exchange": network.trading[x],
                "seller": int(seller),
                "buyer": int(buyer),
                "kg": float(ex.traded_kg[x, seller, buyer]),
                "usd": float(ex.traded_usd[x, seller, buyer]),
                "contract_usd": float(ex.contract_usd[x, seller, buyer]),
            }
        )
    return rows


def named(rows: list[dict[str, Any]], columns: list[str], roster: Roster) -> pd.DataFrame:
    """Return rows as a table, organisations by name and group."""
    table = pd.DataFrame(rows, columns=[c for c in columns if not c.endswith("group")])
    names, groups = np.array(roster.names, object), np.array(roster.groups, object)
    for who in ("organisation", "seller", "buyer"):
        if who in table:
            code = table[who].to_numpy(np.int64)
            group = "group" if who == "organisation" else f"{who}_group"
            table[who], table[group] = names[code], groups[code]
    return table[columns]
