"""The last years before a world rests: all is free but sizes, which are corrected.

From the same settled state several futures are lived through, each with its own luck: posts
are given up, sides change and places are contested, as in a run. What they show on average
corrects the state, which settles again, and is asked once more. Sizes move towards the
observed shares. The margin at which a line rests becomes the one around which its size neither
grows nor shrinks. And what an organisation did that the data do not know of (a post opened, a
place moved into, a market entered) costs more from then on: it cannot have been worth its cost.

Futures begin where runs begin, with the patrons and places of the data. Rounds that carry on
where the last one ended were tried first: sides wander, so that margins were those of other
patrons than a run begins with, and lines moved in all runs alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.rules.ordering import SMALLEST_NETBACK
from sim.rules.tolls import set_tolls
from sim.setup.revealed import Looks, raise_costs
from sim.setup.years import Years, pass_quarter, set_rest, shares_found, shortfall
from sim.world.codes import QUARTER, SHUT, TRADING
from sim.world.state import Lines, World
from sim.world.views import Given

UNSETTLED = 6  # quarters of a future that are not counted
LOOKS_EVERY = 4  # quarters between two looks at what would pay
DEARER = 2.0  # times the cost of what was done but is not seen in the data
HELD = ("control", "local", "here", "n_here", "places", "affiliation", "retainer_usd")


@dataclass(frozen=True)
class Standing:
    """Where organisations stood before a round of futures."""

    posted: np.ndarray  # (o, n)
    held: tuple[np.ndarray, ...]  # what gangs hold, and whom they work for
    phase: np.ndarray  # (l)
    trades: np.ndarray  # (o)

    @classmethod
    def of(cls, world: World) -> Standing:
        """Note where everybody stands."""
        return cls(
            posted=world.cartels.posted.copy(),
            held=tuple(getattr(world.gangs, name).copy() for name in HELD),
            phase=world.lines.phase.copy(),
            trades=world.cartels.trades.copy(),
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


@dataclass(frozen=True)
class Future:
    """What one future showed."""

    kg: np.ndarray  # (l) delivered
    looks: Looks  # what all that is not done would have earned, now and then
    margins: np.ndarray  # (quarter, l) of the year before
    usual: Usual
    posted: np.ndarray  # (o, n) posts kept at its end
    patron: np.ndarray  # (g) at its end
    paid_usd: np.ndarray  # (g) by the patron at its end, a week
    control: np.ndarray  # (g, n) at its end
    opened: np.ndarray  # (l) lines that were shut when it began and trade at its end


def live(world: World, given: Given, years: int) -> Future:
    """Let a world pass some free years; say what it showed."""
    seen, margins, usual, looks = Years(), [], Usual(), Looks()
    shut = world.lines.phase == SHUT
    for q in range(4 * years):
        pass_quarter(world, given, q, seen)
        if q >= UNSETTLED:
            margins.append(world.lines.year_margin.copy())
            usual.note(world)
        if (q + 1) % LOOKS_EVERY == 0:
            looks.add(world, given, given.first_week + (q + 1) * QUARTER)
    kg, _ = seen.last(4 * years - UNSETTLED)
    gangs = world.gangs
    return Future(
        kg=kg,
        looks=looks,
        margins=np.array(margins),
        usual=usual,
        posted=world.cartels.posted.copy(),
        patron=gangs.affiliation.copy(),
        paid_usd=gangs.retainer_usd.copy(),
        control=gangs.control.copy(),
        opened=shut & (world.lines.phase != SHUT),
    )


def put_back(world: World, before: Standing) -> None:
    """Undo what a future did that the data do not know of; take back in who left a market.

    Posts that were given up stay so: they do not pay. Gangs hold the places and have the
    patrons of the data again.
    """
    cartels, gangs, lines = world.cartels, world.gangs, world.lines
    cartels.posted[before.posted == 0] = 0
    for name, values in zip(HELD, before.held, strict=True):
        getattr(gangs, name)[:] = values
    gangs.local_shock[:] = 0.0
    cartels.idle_weeks[gangs.control > 0.0] = 0
    world.territory.pressure[:] = 0.0
    for row in np.flatnonzero((lines.phase != SHUT) & (before.phase == SHUT)):
        clear(lines, int(row), SHUT)
    for row in np.flatnonzero((lines.phase != TRADING) & (before.phase == TRADING)):
        clear(lines, int(row), TRADING)
    founded = cartels.trades & ~before.trades
    gangs.cash_usd[founded] += cartels.capital_usd[founded]
    cartels.capital_usd[founded] = 0.0
    cartels.trades[:] = before.trades
    set_tolls(cartels, gangs)


def clear(lines: Lines, row: int, phase: int) -> None:
    """Shut a line that the data lack, or let one that left begin anew, with nothing in store."""
    for goods in (lines.stock_kg, lines.arriving_kg, lines.zone_order_kg):
        goods[row] = 0.0
    lines.order_kg[row] = lines.reach_kg[row] = 0.0 if phase == SHUT else lines.root_kg[row]
    lines.phase[row], lines.poor_weeks[row] = phase, 0


def correct(
    world: World, futures: Sequence[Future], given: Given, wanted: np.ndarray, part: float
) -> float:
    """Correct a world's sizes, margins and costs by what its futures showed.

    Parameters
    ----------
    world : World
        Put back to where the futures began.
    given : Given
        Of one of the futures.
    wanted : array (l)
        Observed share of every line in its market, 0 of those that the data lack.
    part : float
        How far sizes and margins move, 0 to 1: less from round to round, so that the luck of
        one round averages out.

    Returns
    -------
    float
        How far the world was from rest, as a share of a market: the largest difference of a
        line's share from the observed one, or by which its margin would have moved it.
    """
    lines, numbers = world.lines, given.numbers
    take_usual(world, [future.usual for future in futures], part)
    price_places(world, futures, part, given.on.turnover)
    raise_costs(world, [future.looks for future in futures], numbers.expansion)
    tie_to_patrons(world, futures)
    kg = np.sum([future.kg for future in futures], axis=0)
    there = np.where(lines.phase == TRADING, wanted, 0.0)
    margins = np.concatenate([future.margins for future in futures])
    centre = resting_margin(margins, numbers.ordering.normal_margin)
    pull = lead_of(margins, lines.rest_margin, numbers.ordering.normal_margin)
    pull = numbers.expansion.size_response * np.tanh(pull).mean(axis=0)
    misses = np.abs(shares_found(world, kg, there) - there), np.abs(there * np.expm1(pull))
    lines.root_kg[:] *= shortfall(world, kg, there) ** part
    lines.reach_kg[there > 0.0] = lines.root_kg[there > 0.0]
    set_rest(world, lines.rest_margin + part * (centre - lines.rest_margin), there)
    return float(np.max(misses))


def lead_of(margins: np.ndarray, rest_margin: np.ndarray, normal_margin: float) -> np.ndarray:
    """Return how much more a kilogram is worth than at rest, in normal margins (logarithms)."""
    worth, rest = (np.log(np.maximum(1.0 + m, SMALLEST_NETBACK)) for m in (margins, rest_margin))
    return np.asarray((worth - rest) / np.log1p(normal_margin))


def resting_margin(margins: np.ndarray, normal_margin: float) -> np.ndarray:
    """Return the margin around which a line neither grows nor shrinks on average.

        mean of tanh(ln((1 + m) / (1 + m0)) / ln(1 + normal margin)) = 0

    solved for ln(1 + m0) by steps of ln(1 + normal margin) x that mean: good years count
    less than in the plain mean, as they do for sizes (``sim.rules.size.wanted_reach``).

    Parameters
    ----------
    margins : array (quarter, l)

    Examples
    --------
    >>> resting_margin(np.exp([[0.1], [0.2], [0.3]]) - 1.0, 0.15).round(6)
    array([0.221403])
    >>> float(resting_margin(np.array([[0.1], [0.1], [5.0]]), 0.15)[0]) < 0.25
    True
    """
    worth, usual = np.log(np.maximum(1.0 + margins, SMALLEST_NETBACK)), np.log1p(normal_margin)
    centre = np.median(worth, axis=0)
    for _ in range(60):
        centre = centre + usual * np.tanh((worth - centre) / usual).mean(axis=0)
    return np.asarray(np.expm1(centre))


def take_usual(world: World, seen: Sequence[Usual], part: float) -> None:
    """Move what is usual at places and for gangs towards the mean of what was noted."""
    for usual, name in (
        (world.territory.usual_usd, "worth_usd"),
        (world.territory.usual_rents_usd, "rents_usd"),
        (world.gangs.usual_income_usd, "income_usd"),
    ):
        mean = np.mean([np.mean(getattr(one, name), axis=0) for one in seen], axis=0)
        usual += part * (mean - usual)


def price_places(world: World, futures: Sequence[Future], part: float, turnover: bool) -> None:
    """Make dearer what was opened in futures though the data know nothing of it.

    ``DEARER`` times for every future in which it was opened. With
    ``turnover`` gangs' places are no mistake, as the data are one state of a turnover; but a
    gang that comes to hold more places than in the data finds them too cheap. All that it does
    not hold costs more from then on, by (places found / places in the data)^part.
    """
    cartels, gangs = world.cartels, world.gangs
    opened = [(one.posted > 0) & (cartels.posted == 0) for one in futures]
    if turnover:
        late = [one.usual.places[len(one.usual.places) // 2 :] for one in futures]
        found = np.mean([np.mean(places, axis=0) for places in late], axis=0)
        more = np.where(gangs.places > 0, found / np.maximum(gangs.places, 1), 1.0)
        more = np.maximum(more, 1.0) ** part
        cartels.post_usd[:] *= np.where(gangs.control > 0.0, 1.0, more[:, None])
    else:
        opened += [(one.control > 0.0) & (gangs.control <= 0.0) for one in futures]
    cartels.post_usd[:] *= DEARER ** np.sum(opened, axis=0)
    world.lines.entry_usd[:] *= DEARER ** np.sum([one.opened for one in futures], axis=0)


def tie_to_patrons(world: World, futures: Sequence[Future]) -> None:
    """Make gangs more loyal that leave the patrons of the data for others.

    What it was paid to leave cannot have been enough: in each future, what its new patron pays
    at its end is added.
    """
    gangs = world.gangs
    for one in futures:
        left = (one.patron != gangs.root_patron) & (one.patron >= 0) & (gangs.members > 0.0)
        gangs.loyalty_usd[left] += one.paid_usd[left]
