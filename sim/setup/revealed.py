"""What posts, places and new markets cost, inferred from what is done and what is not.

Where an organisation keeps a post, its upkeep cannot exceed what the post earns. Where it
keeps none, a post there must cost more than it would earn; in a market that it does not
serve, contacts must cost more than the market would be worth to it. A gang that works for
one cartel, or for none, while another bids more must value that by the difference. So the
prior of a cost (log-normal, with the register's median) is cut off where behaviour
contradicts it, and the cost is drawn from what is left, by name: revealed preference, as
in studies of entry (Bresnahan & Reiss 1991). A change then moves those first for whom it
nearly paid before.

Cartels' posts and markets are seen to last, so that luck must not move them: the bounds are
what they would earn in a rare good quarter or a poor one. Gangs come and go, and the data
show their places at one time, one state of many. That a gang is not somewhere says only
that being there does not pay it in a usual quarter, and that it is, that it does; good and
bad luck then bring it and take it away (switch ``turnover``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from sim.engine.streams import SETUP, mix, stream_key, uniform
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches
from sim.rules.costs import away, foothold_scale, place_cost
from sim.rules.looking import look
from sim.rules.posts import post_rate
from sim.rules.territory import firmness
from sim.world.codes import SHUT, WEEKS_PER_YEAR
from sim.world.state import World
from sim.world.views import Given

RARE = 3.0  # standard deviations: what has never paid would not pay in a lucky quarter either
STEADY = 2.0  # what has always paid pays in a poor quarter, too
SMALLEST_USD = 1.0
Means = tuple[np.ndarray, np.ndarray]


@dataclass
class Looks:
    """What posts, places and markets would have earned, look by look, while a world rests."""

    posts: list[np.ndarray] = field(default_factory=list)  # (o, n) USD a week; NaN: no matter
    tolls: list[np.ndarray] = field(default_factory=list)  # (g, n) USD a week; NaN: no gang
    entries: list[np.ndarray] = field(default_factory=list)  # (l) USD; -inf where none
    offers: list[np.ndarray] = field(default_factory=list)  # (g) USD a week
    firmness: list[np.ndarray] = field(default_factory=list)  # (g)
    backing: list[np.ndarray] = field(default_factory=list)  # (g, n)

    def add(self, world: World, given: Given, now: int) -> None:
        """Look once more."""
        posts = np.full(world.cartels.posted.shape, np.nan)
        tolls, entries = posts.copy(), np.full(len(world.lines.key), -np.inf)
        offers = np.zeros(len(world.gangs.members))
        look(world, given, now, posts, tolls, entries, offers)
        self.offers.append(offers)
        self.posts.append(posts)
        self.tolls.append(tolls)
        self.entries.append(entries)
        self.firmness.append(np.asarray(firmness(world.gangs)))
        self.backing.append(backing(world, given.numbers.territory.backing))


def backing(world: World, strength: float) -> np.ndarray:
    """Return by how much a patron strengthens its gang at every place: 1 + backing x share."""
    cartels, gangs = world.cartels, world.gangs
    passed = np.maximum(world.territory.through_kg, 1e-9)
    share = np.minimum(cartels.through_kg / passed, 1.0)
    out = np.ones_like(gangs.control)
    hired = gangs.affiliation >= 0
    out[hired] += strength * share[gangs.affiliation[hired]]
    return out


def reveal_costs(world: World, looks: Looks, p: Parameters, on: Switches, seed: int) -> None:
    """Draw what posts, places and new markets cost from what behaviour leaves of their priors."""
    posts, tolls = moments(looks.posts), moments(looks.tolls)
    scale = foothold_scales(world, p) if on.gang_scale else np.ones(len(posts[0]))
    luck_counts = 0.0 if on.turnover else 1.0
    expansion = p.expansion.record()
    rate, upkeep = post_rate(expansion), p.expansion.upkeep_per_year / WEEKS_PER_YEAR
    misjudged = np.exp(2.0 * luck_counts * p.expansion.judgement_spread)
    key = np.uint64(stream_key(seed, SETUP, 0))
    cartels, gangs = world.cartels, world.gangs
    for o in range(posts[0].shape[0]):
        mine = np.uint64(mix(key, cartels.key[o]))
        for n in range(posts[0].shape[1]):
            low, high = 0.0, np.inf
            if cartels.posted[o, n]:
                high = always(posts, o, n) / upkeep
            elif np.isfinite(posts[0][o, n]):
                low = never(posts, o, n) / rate
            if gangs.control[o, n] > 0.0:
                low, high = 0.0, min(high, always(tolls, o, n, luck_counts) / upkeep)
            elif np.isfinite(tolls[0][o, n]):
                low = max(low, never(tolls, o, n, luck_counts) * misjudged / rate)
            median = float(place_cost(cartels, o, n, expansion) * scale[o])
            luck = float(uniform(mine, world.graph.key[n], 0))
            cartels.post_usd[o, n] = draw_between(median, p.expansion.cost_spread, low, high, luck)
    reveal_entries(world, looks.entries, p, key)
    mean, spread = moments(looks.offers)
    gangs.loyalty_usd[:] = mean + RARE * spread


def raise_costs(world: World, looks: Sequence[Looks], expansion: Any) -> None:
    """Raise what costs too little to have been left undone in years that are free.

    A post not kept, contacts in a market not served, the loyalty of a gang to its patron: each
    is worth at least what it would have earned, or have been paid, in a rare good year.
    """
    cartels, gangs, lines = world.cartels, world.gangs, world.lines
    mean, spread = moments([posts for one in looks for posts in one.posts])
    least = (mean + RARE * spread) / post_rate(expansion)
    strange = (cartels.posted == 0) & (gangs.control <= 0.0) & np.isfinite(least)
    cartels.post_usd[strange] = np.maximum(cartels.post_usd[strange], least[strange])
    seen = np.array([entries for one in looks for entries in one.entries])
    seen = np.where(np.isfinite(seen), seen, 0.0)
    best = (seen.mean(axis=0) + RARE * seen.std(axis=0)) * np.exp(2 * expansion.judgement_spread)
    shut = lines.phase == SHUT
    lines.entry_usd[shut] = np.maximum(lines.entry_usd[shut], best[shut])


def foothold_scales(world: World, p: Parameters) -> np.ndarray:
    """Return what a foothold costs over a post, by organisation: less for a small gang."""
    scale, numbers = np.ones(len(world.cartels.trades)), p.territory.record()
    for g in np.flatnonzero((world.gangs.usual_members > 0.0) & ~world.cartels.trades):
        scale[g] = foothold_scale(world.gangs.usual_members[g], numbers)
    return scale


def reveal_entries(world: World, entries: list[np.ndarray], p: Parameters, key: np.uint64) -> None:
    """Draw what contacts in markets not served cost."""
    lines, expansion = world.lines, p.expansion.record()
    seen = np.where(np.isfinite(entries), entries, 0.0)
    best = (seen.mean(axis=0) + RARE * seen.std(axis=0)) * np.exp(2 * p.expansion.judgement_spread)
    for row in range(len(lines.key)):
        goal = world.graph.market_place[lines.market[row]]
        far = away(world.cartels.distance_km[lines.cartel[row], goal], expansion)
        luck = float(uniform(key, lines.key[row], 1))
        lines.entry_usd[row] = draw_between(
            p.expansion.line_usd * far, p.expansion.cost_spread, max(best[row], 0.0), np.inf, luck
        )


def moments(looks: list[np.ndarray]) -> Means:
    """Return mean and standard deviation over looks."""
    values = np.array(looks)
    return values.mean(axis=0), values.std(axis=0)


def never(of: Means, o: int, n: int, luck_counts: float = 1.0) -> float:
    """Return what something would earn in a rare good quarter, at least nothing.

    With ``luck_counts`` 0, in a usual quarter.
    """
    return max(float(of[0][o, n] + luck_counts * RARE * of[1][o, n]), 0.0)


def always(of: Means, o: int, n: int, luck_counts: float = 1.0) -> float:
    """Return what something earns in a poor quarter, at least a little.

    With ``luck_counts`` 0, in a usual quarter.
    """
    mean, spread = float(of[0][o, n]), float(of[1][o, n])
    return max(mean - luck_counts * STEADY * spread, 0.1 * mean, SMALLEST_USD)


def draw_between(median: float, spread: float, low: float, high: float, luck: float) -> float:
    """Return a quantile of a log-normal cost between two bounds.

    Parameters
    ----------
    median, spread : float
        Median and standard deviation of the logarithm.
    luck : float
        The quantile, 0 to 1, within what the bounds leave. Far out in a tail, where hardly
        anything is left, the cost lies within a twentieth of the bound.

    Examples
    --------
    >>> round(draw_between(100.0, 1.0, 0.0, float("inf"), 0.5), 6)
    100.0
    >>> 300.0 < draw_between(100.0, 1.0, 300.0, float("inf"), 0.01) < 310.0
    True
    """
    normal = NormalDist()
    below = normal.cdf(np.log(low / median) / spread) if low > 0.0 else 0.0
    above = normal.cdf(np.log(high / median) / spread) if np.isfinite(high) else 1.0
    quantile = below + luck * (above - below)
    if above - below < 1e-9 or not 1e-12 < quantile < 1.0 - 1e-9:
        near = low * (1.0 + 0.05 * luck)
        return min(high, median) if low <= median else high if low <= high < near else near
    drawn = float(median * np.exp(spread * normal.inv_cdf(quantile)))
    return min(max(drawn, low), high)  # the quantile is inverted to six digits or so far out
