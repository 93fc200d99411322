"""The last years before a world rests: all is free but sizes, which are corrected.

Posts are given up, sides change and places are contested, as in a run. Three things follow
from each round of years. Sizes move towards the observed shares. The margin at which a line
rests becomes the one around which its size neither grows nor shrinks. And what an
organisation did that the data do not know of (a post opened, a place moved into, a market
entered) is undone and costs more from then on: it cannot have been worth its cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.rules.territory import walk_out
from sim.rules.tolls import set_tolls
from sim.setup.years import Years, pass_quarter, set_rest, shortfall
from sim.world.codes import SHUT, TRADING
from sim.world.state import Lines, World
from sim.world.views import Given

UNSETTLED = 6  # quarters of a round that are not counted
DEARER = 2.0  # times the cost of what was done but is not seen in the data
HELD = ("control", "local", "here", "n_here", "places")


@dataclass(frozen=True)
class Standing:
    """Where organisations stood before a round of free years."""

    posted: np.ndarray  # (o, n)
    control: np.ndarray  # (g, n)
    local: np.ndarray  # (g, n)
    here: np.ndarray  # (n, room)
    n_here: np.ndarray  # (n)
    places: np.ndarray  # (g)
    phase: np.ndarray  # (l)
    trades: np.ndarray  # (o)

    @classmethod
    def of(cls, world: World) -> Standing:
        """Note where everybody stands."""
        cartels = world.cartels
        return cls(
            posted=cartels.posted.copy(),
            **{name: getattr(world.gangs, name).copy() for name in HELD},
            phase=world.lines.phase.copy(),
            trades=cartels.trades.copy(),
        )


@dataclass
class Usual:
    """What passes places and what gangs take, quarter by quarter: tolls and recruitment ask."""

    worth_usd: list[np.ndarray] = field(default_factory=list)  # (n) a week
    rents_usd: list[np.ndarray] = field(default_factory=list)  # (n) a week
    income_usd: list[np.ndarray] = field(default_factory=list)  # (g) a week
    places: list[np.ndarray] = field(default_factory=list)  # (g) how many a gang holds

    def note(self, world: World) -> None:
        """Note what passes and what gangs take now."""
        self.worth_usd.append(world.territory.through_usd.copy())
        self.rents_usd.append(world.territory.rents_usd.copy())
        self.income_usd.append(world.gangs.income_usd.copy())
        self.places.append(world.gangs.places.copy())

    def take(self, world: World, part: float) -> None:
        """Move what is usual towards the mean of what was noted."""
        for usual, seen in (
            (world.territory.usual_usd, self.worth_usd),
            (world.territory.usual_rents_usd, self.rents_usd),
            (world.gangs.usual_income_usd, self.income_usd),
        ):
            usual += part * (np.mean(seen, axis=0) - usual)


def pass_round(world: World, given: Given, wanted: np.ndarray, years: int, part: float) -> None:
    """Pass a round of free years, and correct sizes, margins and costs by what was found.

    Parameters
    ----------
    wanted : array (l)
        Observed share of every line in its market, 0 of those that the data lack.
    part : float
        How far sizes and margins move, 0 to 1: less from round to round, so that the luck of
        one round averages out.
    """
    lines, seen, before = world.lines, Years(), Standing.of(world)
    margins, usual = [], Usual()
    for q in range(4 * years):
        pass_quarter(world, given, q, seen)
        if q >= UNSETTLED:
            margins.append(lines.year_margin.copy())
            usual.note(world)
    usual.take(world, part)
    if given.on.turnover:
        found = np.mean(usual.places[len(usual.places) // 2 :], axis=0)
        give_back_places(world, before, found, part)
    undo(world, before)
    there = np.where(lines.phase == TRADING, wanted, 0.0)
    kg, _ = seen.last(4 * years - UNSETTLED)
    lines.root_kg[:] *= shortfall(world, kg, there) ** part
    lines.reach_kg[there > 0.0] = lines.root_kg[there > 0.0]
    centre = resting_margin(np.array(margins), given.numbers.ordering.normal_margin)
    set_rest(world, lines.rest_margin + part * (centre - lines.rest_margin), there)


def resting_margin(margins: np.ndarray, normal_margin: float) -> np.ndarray:
    """Return the margin around which a line neither grows nor shrinks on average.

        mean of tanh((m - m0) / normal margin) = 0

    solved for m0 by steps of normal margin x that mean: good years count less than in the
    plain mean, as they do for sizes (``sim.rules.size.wanted_reach``).

    Parameters
    ----------
    margins : array (quarter, l)

    Examples
    --------
    >>> resting_margin(np.array([[0.1], [0.2], [0.3]]), 0.15).round(6)
    array([0.2])
    >>> float(resting_margin(np.array([[0.1], [0.1], [5.0]]), 0.15)[0]) < 0.25
    True
    """
    centre = np.median(margins, axis=0)
    for _ in range(60):
        centre = centre + normal_margin * np.tanh((margins - centre) / normal_margin).mean(axis=0)
    return np.asarray(centre)


def undo(world: World, before: Standing) -> None:
    """Undo what was opened in a round, and make it dearer; take back in who left a market."""
    cartels, gangs, lines = world.cartels, world.gangs, world.lines
    opened = (cartels.posted > 0) & (before.posted == 0)
    cartels.posted[opened] = 0
    cartels.post_usd[opened] *= DEARER
    for g, n in np.argwhere((gangs.control > 0.0) & (before.control <= 0.0)):
        walk_out(g, n, gangs, world.moves, 0)
        cartels.post_usd[g, n] *= DEARER
    for row in np.flatnonzero((lines.phase != SHUT) & (before.phase == SHUT)):
        lines.entry_usd[row] *= DEARER
        clear(lines, int(row), SHUT)
    for row in np.flatnonzero((lines.phase != TRADING) & (before.phase == TRADING)):
        clear(lines, int(row), TRADING)
    founded = cartels.trades & ~before.trades
    gangs.cash_usd[founded] += cartels.capital_usd[founded]
    cartels.capital_usd[founded] = 0.0
    cartels.trades[:] = before.trades
    set_tolls(cartels, gangs)


def give_back_places(world: World, before: Standing, found: np.ndarray, part: float) -> None:
    """Let gangs hold the places of the data again, and price others by the number that they found.

    The data are one state of a turnover, so that what moves in seven years is no mistake; but
    a gang that comes to hold more places than in the data finds them too cheap. All that it
    does not hold costs more from then on, by (places found / places in the data)^part.

    Parameters
    ----------
    found : array (g)
        Places held towards the end of the round.
    """
    gangs = world.gangs
    for name in HELD:
        getattr(gangs, name)[:] = getattr(before, name)
    gangs.local_shock[:] = 0.0
    world.cartels.idle_weeks[gangs.control > 0.0] = 0
    world.territory.pressure[:] = 0.0
    there = gangs.places > 0
    more = np.where(there, np.maximum(found / np.maximum(gangs.places, 1), 1.0), 1.0) ** part
    world.cartels.post_usd[:] *= np.where(gangs.control > 0.0, 1.0, more[:, None])
    set_tolls(world.cartels, gangs)


def clear(lines: Lines, row: int, phase: int) -> None:
    """Shut a line that the data lack, or let one that left begin anew, with nothing in store."""
    for goods in (lines.stock_kg, lines.arriving_kg, lines.zone_order_kg):
        goods[row] = 0.0
    lines.order_kg[row] = lines.reach_kg[row] = 0.0 if phase == SHUT else lines.root_kg[row]
    lines.phase[row], lines.poor_weeks[row] = phase, 0
