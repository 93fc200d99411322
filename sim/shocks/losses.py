"""Who loses what by a seizure in store: owners, those who would have bought, who flew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sim.network import Network
    from sim.setup.roster import Roster
    from sim.world.state import World

NAMED = 2  # buyers


def tell_losses(
    world: World, network: Network, roster: Roster, n: int, taken: Mapping[int, float]
) -> str:
    """Say who owned what was taken at a place, what it was worth, and who waited for it.

    Parameters
    ----------
    n : int
        The place.
    taken : mapping
        Kilograms by line.
    """
    return "; ".join(
        tell_line(world, network, roster=roster, n=n, row=row, kg=kg) for row, kg in taken.items()
    )


def tell_line(world: World, network: Network, roster: Roster, n: int, row: int, kg: float) -> str:
    """Say what one owner lost, and where it would have gone."""
    lines = world.lines
    owner, goal = int(lines.cartel[row]), int(lines.market[row])
    worth = kg * float(lines.value[row, n])
    text = f"{roster.names[owner]} loses {kg:.0f} kg bulk worth {worth:,.0f} USD there"
    if goal < len(network.markets):
        return f"{text}, bound for {network.goals[goal]} in its own hands"
    x = goal - len(network.markets)
    price = float(world.markets.price_usd_per_kg[goal])
    text += f", bound for {network.goals[goal]}, where it brings {kg * price:,.0f} USD"
    bought = world.exchanges.traded_kg[x, owner].copy()
    bought[owner] = 0.0
    first = [int(o) for o in np.argsort(-bought, kind="stable")[:NAMED] if bought[o] > 0.0]
    shares = [f"{roster.names[o]} {bought[o] / bought.sum():.0%}" for o in first]
    return f"{text}, from {' and '.join(shares)} this year" if shares else text
