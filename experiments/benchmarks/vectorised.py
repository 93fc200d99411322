"""The plain loop's decisions once more, as a user of Mesa would write them with NumPy.

One model holds arrays; a week is some thirty array operations for each market instead of a
method call for each agent. It decides what ``experiments.benchmarks.week`` decides.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import mesa
import numpy as np

from experiments.benchmarks.week import SHARPNESS, Cartel, Gang, Market, Pilot, PlainModel, Producer


@dataclass(frozen=True)
class Side:
    """A market with all lines that serve it."""

    market: Market
    owner: np.ndarray  # (k) row of each line's owner
    loads: dict[int, np.ndarray]  # by place: the line, 0 to k - 1, of each load that waits there


class ArrayModel(mesa.Model):
    """The cast of a plain model as arrays."""

    def __init__(self, of: PlainModel) -> None:
        super().__init__(rng=1)
        kinds = of.agents_by_type
        cartels = list(kinds[Cartel])
        self.capacity_kg = np.array([one.capacity_kg for one in kinds[Producer]])
        self.stock_kg = np.array([one.stock_kg for one in kinds[Producer]])
        self.price, self.reference_kg = Producer.price, Producer.reference_kg
        self.reservation_usd = np.array([one.reservation_usd for one in kinds[Pilot]])
        self.flights = np.zeros(len(self.reservation_usd), int)
        self.offers = np.array(of.offers)
        self.members = [one.members for one in kinds[Gang]]
        self.control = [np.array(one.control) for one in kinds[Gang]]
        self.prior = np.array([prior for prior, _, _ in of.reports])
        self.seized, self.sent = np.zeros((2, len(self.prior)))
        self.hits, self.runs = np.zeros((2, len(cartels), len(self.prior)))
        self.belief = np.tile(self.prior, (len(cartels), 1))
        self.seizure_prob = self.prior.copy()
        self.sides = sides_of(of, cartels)
        self.values: list[np.ndarray] = []  # by side: (k, places), USD/kg

    def step(self) -> None:
        """Let everybody decide, then every load draw its way and try its luck."""
        self.produce()
        self.learn()
        self.fly()
        self.control = [
            held + 0.01 * (members / (members + 100.0) - held)
            for held, members in zip(self.control, self.members, strict=True)
        ]
        sent = np.zeros(len(self.prior))
        self.values = [self.value(side, sent) for side in self.sides]
        self.seizure_prob = 1.0 - (1.0 - self.prior) ** 1.0
        self.sent = sent
        self.seized = self.rng.binomial(sent.astype(int), self.seizure_prob).astype(float)

    def produce(self) -> None:
        """Move capacities towards what the price calls for; add output to stocks."""
        gap = 0.5 * np.log(self.price) + np.log(self.reference_kg / self.capacity_kg)
        self.capacity_kg *= np.exp(0.02 * gap)
        self.stock_kg += self.capacity_kg - 0.01 * self.stock_kg

    def learn(self) -> None:
        """Let evidence fade, add what is reported, and update every belief."""
        self.hits = 0.99 * self.hits + 0.2 * self.seized
        self.runs = 0.99 * self.runs + 0.2 * self.sent
        self.belief = (10.0 * self.prior + self.hits) / (10.0 + self.runs)

    def fly(self) -> None:
        """Let those pilots who have a day to fly take the first offer that pays."""
        wage, risk = self.offers.T
        pays = (wage * (1.0 - risk))[None, :] > self.reservation_usd[:, None]
        self.flights += (self.rng.random(len(self.flights)) < 0.5) & pays.any(axis=1)

    def value(self, side: Side, sent: np.ndarray) -> np.ndarray:
        """Value places back from a market for all its lines; send the loads that wait there."""
        belief, market = self.belief[side.owner], side.market
        value = np.zeros((len(side.owner), self.places))
        value[:, market.place] = market.price_usd_per_kg
        for place, ways in market.ways:
            leg, end, cost = (np.array(column) for column in zip(*ways, strict=True))
            worth = value[:, end] * (1.0 - belief[:, leg]) - cost
            best = worth.max(axis=1, keepdims=True)
            worth_taking = (worth > 0.0) & (best > 0.0)
            pull = np.zeros(worth.shape)
            ratio = np.divide(worth, best, out=np.ones(worth.shape), where=best > 0.0)
            np.exp(SHARPNESS * (ratio - 1.0), out=pull, where=worth_taking)
            total = pull.sum(axis=1)
            np.divide((pull * worth).sum(axis=1), total, out=value[:, place], where=total > 0.0)
            waiting = side.loads.get(place)
            if waiting is not None:
                waiting = waiting[total[waiting] > 0.0]
                draw = self.rng.random(len(waiting)) * total[waiting]
                chosen = (pull[waiting].cumsum(axis=1) <= draw[:, None]).sum(axis=1)
                np.add.at(sent, leg[chosen], 1.0)
        return value

    @property
    def places(self) -> int:
        """Number of places, the markets among them."""
        return 1 + max(
            max(side.market.place, *(place for place, _ in side.market.ways)) for side in self.sides
        )


def sides_of(of: PlainModel, cartels: list[Cartel]) -> list[Side]:
    """Group the lines of a plain model by market, and its loads by line and place."""
    row = {cartel: k for k, cartel in enumerate(cartels)}
    lines: dict[int, list[tuple[Cartel, int]]] = defaultdict(list)
    markets: dict[int, Market] = {}
    for cartel in cartels:
        for k, market in enumerate(cartel.markets):
            lines[market.place].append((cartel, k))
            markets[market.place] = market
    out = []
    for goal, mine in lines.items():
        at = {line: number for number, line in enumerate(mine)}
        loads: dict[int, list[int]] = defaultdict(list)
        for cartel, k, place, _ in of.loads:
            if (cartel, k) in at:
                loads[place].append(at[cartel, k])
        out.append(
            Side(
                market=markets[goal],
                owner=np.array([row[cartel] for cartel, _ in mine]),
                loads={place: np.array(waiting) for place, waiting in loads.items()},
            )
        )
    return out
