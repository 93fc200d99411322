"""Whether the numbers of a world leave anything to those who are seen to sell.

The reference equilibrium takes the data's prices along the chain for given and infers what
those who handle a load keep. Where fees, seizures, aversion to risk and what strangers lose
take more than the price rises, even nothing for handling does not pay: the numbers contradict
the prices, and no such world can rest with the sellers of the data.
"""

from __future__ import annotations

import numpy as np

from sim.network import Network
from sim.rules.netback import value_routes
from sim.rules.ordering import split_over_zones
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world
from sim.world.codes import TRADING
from sim.world.state import World

NUMBERS = (
    "interdiction.seizure_factor",
    "routing.aversion",
    "routing.outsider_discount",
    "routing.congestion",
)  # that take most where they are high


def contradictions(scenario: Scenario, network: Network) -> list[str]:
    """Return, market by market, where a kilogram is worth less to its sellers than it costs.

    Parameters
    ----------
    scenario : Scenario
        Its parameters and data count.

    Returns
    -------
    list of str
        A clause a market, with what is left of a dollar and the numbers that take most; none
        where all markets can pay.
    """
    p = scenario.parameters
    world = build_world(scenario, network, seed=0)  # its luck draws growers and pilots alone
    value_routes(world, p.routing.record(), float(p.flying.aircraft_usd))
    left = worth_of_a_dollar(world, p.ordering.zone_sharpness)
    numbers = ", ".join(f"{name} {number(scenario, name):.3g}" for name in NUMBERS)
    return [
        f"inconsistent: a dollar paid in the zones is worth {worth:.2f} to those who sell in "
        f"{market}, at the reference prices of the data ({numbers})"
        for market, worth in zip(network.markets, left, strict=False)
        if worth < 1.0
    ]


def worth_of_a_dollar(world: World, zone_sharpness: float) -> np.ndarray:
    """Return by goal (m) what the sellers of the data have left of a dollar paid in the zones.

    Mean of 1 + margin over their lines, by order; 1 where nobody sells.
    """
    lines, worth = world.lines, np.ones(len(world.markets.demand_kg))
    margin = np.full(len(lines.key), -1.0)
    for row in np.flatnonzero(lines.phase == TRADING):
        margin[row] = split_over_zones(row, lines, world.zones, zone_sharpness)
    for m in range(len(worth)):
        mine = (lines.market == m) & (lines.phase == TRADING)
        if mine.any():
            kg = lines.order_kg[mine]
            even = kg if kg.sum() > 0.0 else np.ones(mine.sum())
            worth[m] = 1.0 + np.average(margin[mine], weights=even)
    return worth


def number(scenario: Scenario, name: str) -> float:
    """Return a number of the register by its name."""
    section, key = name.split(".")
    return float(getattr(getattr(scenario.parameters, section), key))
