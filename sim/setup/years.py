"""Years in which a world comes to rest: what is given, what passes, what follows for lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim import week as phases
from sim.network import Network
from sim.results.ledger import complain, open_books
from sim.scenario.scenario import Scenario
from sim.setup.given import build_given
from sim.world.codes import CLOCK, QUARTER, WEEKS_PER_YEAR
from sim.world.records import blank_records
from sim.world.state import World
from sim.world.views import Given

SEED = 0x5E771E  # luck of the years in which a world comes to rest
LEAST, MOST = 1.0 / 3.0, 3.0  # correction of a size at a time


@dataclass
class Years:
    """What lines delivered and earned, quarter by quarter."""

    delivered_kg: list[np.ndarray] = field(default_factory=list)
    margin: list[np.ndarray] = field(default_factory=list)

    def last(self, quarters: int) -> tuple[np.ndarray, np.ndarray]:
        """Return kilograms and mean margins of the last quarters."""
        kg, margin = self.delivered_kg[-quarters:], self.margin[-quarters:]
        return np.sum(kg, axis=0), np.mean(margin, axis=0)


def years_given(
    scenario: Scenario,
    network: Network,
    world: World,
    years: int,
    *,
    settling: bool,
    luck: int = 0,
) -> Given:
    """Return what is given in some years of held conditions, nothing of them written down."""
    open_books(world)
    weeks = int(years * WEEKS_PER_YEAR)
    quiet = scenario.model_copy(
        update={"weeks": 1, "burn_in_weeks": weeks, "events": (), "agencies": "fixed"}
    )
    n_markets = len(network.markets)
    given = build_given(
        quiet,
        network,
        world,
        seed=SEED + luck,
        demand_factors=np.ones((weeks + 1, n_markets)),
        place_prices=network.places["reference_price_usd_per_kg"].to_numpy(float).copy(),
        records=blank_records(world, 1),
        settling=settling,
    )
    given.demand_kg[:] = world.markets.first_demand_kg
    return given


def pass_quarter(world: World, given: Given, quarter: int, years: Years) -> None:
    """Pass a quarter of what is given, counted from 0; note what lines delivered and earned."""
    kg, margin = np.zeros(len(world.lines.key)), np.zeros(len(world.lines.key))

    def after() -> None:
        nonlocal kg, margin
        kg += world.week.delivered_kg
        margin += world.lines.margin / QUARTER

    first = given.first_week + quarter * QUARTER
    closed = phases.pass_weeks(world, given, first, QUARTER, after)
    if closed < QUARTER:
        raise complain(first + closed - CLOCK, given.spare.ledger, 0)
    years.delivered_kg.append(kg)
    years.margin.append(margin)


def shares_found(world: World, delivered_kg: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return what share of its market's deliveries every wanted line has, 0 of others."""
    shares = np.zeros(len(wanted))
    for m in range(len(world.markets.demand_kg)):
        mine = (world.lines.market == m) & (wanted > 0.0)
        total = delivered_kg[mine].sum()
        if total > 0.0:
            shares[mine] = wanted[mine].sum() * delivered_kg[mine] / total
    return shares


def shortfall(world: World, delivered_kg: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the observed over the found share of every line in its market, within bounds.

    A line that delivers nothing has no way there, and is left as it is.
    """
    found = shares_found(world, delivered_kg, wanted)
    ratio = np.divide(wanted, found, out=np.ones(len(wanted)), where=found > 0.0)
    return np.clip(ratio, LEAST, MOST)


def set_rest(world: World, margin: np.ndarray, wanted: np.ndarray) -> None:
    """Take margins for those at rest, and sizes for what people support."""
    lines, markets = world.lines, world.markets
    there = wanted > 0.0
    lines.rest_margin[there] = margin[there]
    lines.year_margin[there] = margin[there]
    lines.base_kg[there] = lines.root_kg[there] = lines.reach_kg[there]
    for m in range(len(markets.demand_kg)):
        mine = there & (lines.market == m)
        if mine.any():
            markets.rest_margin[m] = np.average(margin[mine], weights=wanted[mine])
