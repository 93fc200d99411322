"""What counts as entry and as displacement, said once; outcomes of paired worlds.

A ``Verdict`` is what pairs of runs allow one to say. Headline, table, figure and report
are all made of it, so that they cannot disagree. Tonnes are bulk, a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from experiments.displacement.estimates import Estimate, largest_effect, mean_of
from experiments.displacement.question import Question
from experiments.runner.outcomes import known_outcomes
from sim.network import Network
from sim.scenario.scenario import Scenario

ENTERED = 0.01  # share of the market from which a gain counts as entry
FOOTHOLD = 0.05  # share of the market that the entrant must gain ...
DISPLACED = 0.5  # ... and part of that gain that incumbents must lose, to count as displacement
# Outcomes that compare an entrant allowed with barred or held, by replicate.
LOOKED_AT = {
    "entrant_share": "the entrant's share of the market, allowed",
    "entrant_gain_t": "what the entrant delivers, allowed less barred, t bulk a year",
    "incumbents_loss_t": "what incumbents deliver, barred less allowed, t bulk a year",
    "incumbents_margin_loss_usd_m": "the incumbents' margin, barred less allowed, M USD a year",
    "diversion_ratio": "the incumbents' loss over the entrant's gain, within -2..2; "
    "0 where it gains under 1 % of the market",
    "entered": "1 if the entrant has gained over 1 % of the market",
    "displaced": "1 if it has gained over 5 % and incumbents lost over half of that",
    "price_change": "price of the market, allowed over barred, less 1",
    "herfindahl_change": "Herfindahl index of the market, allowed less barred",
    "bridge_gain_t": "what the entrant has on the air bridge, allowed less barred, t bulk a year",
    "bridge_loss_t": "what others have on the air bridge, barred less allowed, t bulk a year",
}
Kind = Literal[
    "few", "none", "small", "untold", "loses", "mostly", "partly", "new", "together", "unsure"
]
GAINS: tuple[Kind, ...] = ("mostly", "partly", "new", "together", "unsure")
# What becomes of a gain, by what the intervals rule out.
TAILS: dict[Kind, str] = {
    "mostly": "mostly taken from incumbents",
    "partly": "taken from incumbents in part",
    "new": "mostly new: incumbents lose less than half of it",
    "together": "and incumbents gain as well",
    "unsure": "but whether incumbents lose by it cannot be told from luck",
}
SHORT: dict[Kind, str] = {
    "few": "cannot tell: too few pairs",
    "none": "no effect",
    "small": "no effect that matters",
    "untold": "cannot tell",
    "loses": "it loses",
    "mostly": "it gains, mostly from incumbents",
    "partly": "it gains, in part from incumbents",
    "new": "it gains, mostly new",
    "together": "it gains, incumbents too",
    "unsure": "it gains; from whom cannot be told",
}
ALIVE_T = 1.0  # t bulk a year below which a market has no shares worth a name
LARGEST_RATIO = 2.0


@dataclass(frozen=True)
class Verdict:
    """What pairs of runs allow one to say about a gain, and about what becomes of it.

    Attributes
    ----------
    kind : str
        ``few``: too few pairs for an interval. ``none``: the gain is nothing in every pair.
        ``small``: the 90 % interval lies within the least gain that counts. ``untold``: the
        95 % interval holds nothing as well as more. ``loses``: it lies below nothing.
        Others: it lies above, and the interval of the diversion ratio says whose it was.
    gain : Estimate
        Gain of the entrant, in the units of ``least``.
    ratio : Estimate
        The diversion ratio.
    bound : float
        Largest gain or loss that the 90 % interval leaves; NaN from too few pairs.
    least : float
        The least gain that counts.
    """

    kind: Kind
    gain: Estimate
    ratio: Estimate
    bound: float
    least: float

    @property
    def gains(self) -> bool:
        """Whether the entrant gains more than luck would give it."""
        return self.kind in GAINS

    @property
    def short(self) -> str:
        """The verdict in a few words."""
        return SHORT[self.kind]


def judge(gains: np.ndarray, ratio: Estimate, least: float) -> Verdict:
    """Return what the gains of all pairs, and their diversion ratio, allow one to say.

    Parameters
    ----------
    gains : array
        Gain of the entrant in each pair; unknown ones are left out.
    ratio : Estimate
        The incumbents' loss per unit of gain.
    least : float
        The least gain that counts, in the same units.
    """
    gains = np.asarray(gains, float)
    gains = gains[np.isfinite(gains)]
    gain, bound = mean_of(gains), largest_effect(gains)
    return Verdict(kind_of(gains, gain, ratio, bound <= least), gain, ratio, bound, least)


def kind_of(gains: np.ndarray, gain: Estimate, ratio: Estimate, small: bool) -> Kind:
    """Return the kind of a verdict; see ``Verdict``."""
    if np.isnan(gain.low):
        return "few"
    if not gains.any():
        return "none"
    if gain.high < 0:
        return "loses"
    if not gain.low > 0:
        return "small" if small else "untold"
    if ratio.low > DISPLACED:
        return "mostly"
    if ratio.high < 0:
        return "together"
    if ratio.high < DISPLACED:
        return "new"
    return "partly" if ratio.low > 0 else "unsure"


def entered(gain_t: np.ndarray, market_t: np.ndarray) -> np.ndarray:
    """Say whether a gain is an entry: over 1 % of the market, allowed.

    Parameters
    ----------
    gain_t : array
        What the entrant delivers, allowed less barred.
    market_t : array
        All deliveries, the entrant allowed.
    """
    return gain_t > ENTERED * alive(market_t)


def displaced(gain_t: np.ndarray, loss_t: np.ndarray, market_t: np.ndarray) -> np.ndarray:
    """Say whether a gain displaces incumbents: over 5 % of the market, over half of it theirs."""
    return (gain_t > FOOTHOLD * alive(market_t)) & (loss_t > DISPLACED * gain_t)


def alive(market_t: np.ndarray) -> np.ndarray:
    """Return the size of a market, or the least that has shares worth the name."""
    return np.maximum(market_t, ALIVE_T)


def outcome_names(scenario: Scenario) -> list[str]:
    """Return the names of all outcomes that a study of a scenario can look at."""
    return [*LOOKED_AT, *known_outcomes(Network.of(scenario))]


def looked_at(outcome: str, against: str) -> str:
    """Return what an outcome of a pair means, by the world compared with; nothing of others."""
    return LOOKED_AT.get(outcome, "").replace("barred", against)


def column(table: pd.DataFrame, name: str) -> np.ndarray:
    """Return an outcome of runs; 0 where an organisation or group had no part in it."""
    if name not in table:
        return np.zeros(len(table))
    return table[name].fillna(0.0).to_numpy(float)


def compare_worlds(
    question: Question, allowed: pd.DataFrame, barred: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Return the paired outcomes of each replicate; see ``LOOKED_AT``."""
    who, market = question.entrant, question.market
    one, two = (split_market(table, who, market) for table in (barred, allowed))
    gain, loss = two["entrant"] - one["entrant"], one["others"] - two["others"]
    there = entered(gain, two["total"])
    price, index = f"{market}.price_usd_per_kg", f"{market}.herfindahl"
    return {
        "entrant_share": two["entrant"] / alive(two["total"]),
        "entrant_gain_t": gain,
        "incumbents_loss_t": loss,
        "incumbents_margin_loss_usd_m": one["margin"] - two["margin"],
        "diversion_ratio": bounded_ratio(loss, gain, there),
        "entered": there.astype(float),
        "displaced": displaced(gain, loss, two["total"]).astype(float),
        "price_change": column(allowed, price) / column(barred, price) - 1.0,
        "herfindahl_change": column(allowed, index) - column(barred, index),
        "bridge_gain_t": two["bridge"] - one["bridge"],
        "bridge_loss_t": one["bridge_others"] - two["bridge_others"],
    }


def bounded_ratio(loss: np.ndarray, gain: np.ndarray, entered: np.ndarray) -> np.ndarray:
    """Return loss over gain where there is a gain worth the name, else 0: a number everywhere."""
    ratio = np.divide(loss, gain, out=np.zeros(len(gain)), where=entered)
    return np.clip(ratio, -LARGEST_RATIO, LARGEST_RATIO)


def split_market(table: pd.DataFrame, entrant: str, market: str) -> dict[str, np.ndarray]:
    """Return what an entrant and all others have of a market and of the air bridge."""
    total, mine = (
        column(table, f"{market}.delivered_t_per_year"),
        column(table, f"{market}.t_{entrant}"),
    )
    bridge = column(table, f"air_bridge.t_{entrant}")
    prefix = f"{market}.margin_usd_m_"
    others = [c for c in table if c.startswith(prefix) and c != f"{prefix}{entrant}"]
    margin = table[others].fillna(0.0).sum(axis=1).to_numpy(float)
    return {
        "total": total,
        "entrant": mine,
        "others": total - mine,
        "margin": margin,
        "bridge": bridge,
        "bridge_others": column(table, "air_bridge.t_per_year") - bridge,
    }
