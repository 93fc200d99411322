"""The time of a week, against a plain Mesa loop over the same cast: ``make benchmark``.

Both are timed in one session, so the ratio does not depend on the machine. The plain
loop is what a careful user of Mesa would write first: every agent decides once a week
in a method of its own, called through ``AgentSet.do``; what does not change is worked
out before, and nobody decides what nobody decides in the model. Producers adjust
capacity, cartels value places and learn about legs, loads draw their way and try their
luck, pilots take offers, gangs contest places, agencies patrol. The loop does less than
the model, which also prices, invests, takes sides, moves goods and money and closes its
books, so the ratio is on the cautious side.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from operator import mul
from typing import Any

import mesa

from sim.model import TraffickingModel
from sim.scenario.scenario import Scenario
from sim.world.codes import SHUT

PLAIN_WEEKS = 50
REPLICATES = 5
SHARPNESS = 4.0
Way = tuple[int, int, float]  # leg, the place it leads to, what it costs in USD/kg
Load = tuple["Cartel", int, int, list[Way]]  # owner, number of its market, place, ways on


@dataclass(frozen=True)
class Market:
    """An end market, and the ways to it: places from the market back, with what leaves them."""

    place: int
    price_usd_per_kg: float
    ways: list[tuple[int, list[Way]]]


class Producer(mesa.Agent):
    """Adjusts capacity to the price and adds this week's output to its stock."""

    capacity_kg, reference_kg, stock_kg, price = 100.0, 100.0, 0.0, 1.01

    def decide(self) -> None:
        """Move capacity towards what the price calls for."""
        gap = 0.5 * math.log(self.price) + math.log(self.reference_kg / self.capacity_kg)
        self.capacity_kg *= math.exp(0.02 * gap)
        self.stock_kg += self.capacity_kg - 0.01 * self.stock_kg


class Cartel(mesa.Agent):
    """Owner of loads."""

    def __init__(self, model: mesa.Model, markets: list[Market], prior: list[float]) -> None:
        super().__init__(model)
        self.markets, self.belief = markets, list(prior)
        self.hits, self.runs = [0.0] * len(prior), [0.0] * len(prior)
        self.pulls: list[dict[int, list[float]]] = []  # by market and place, of the ways on

    def decide(self) -> None:
        """Learn about legs, then value every place for every market it serves."""
        self.learn()
        self.pulls = [self.value(market) for market in self.markets]

    def learn(self) -> None:
        """Let evidence fade, add what is reported, and update every belief."""
        hits, runs, belief = self.hits, self.runs, self.belief
        for leg, (prior, seized, trips) in enumerate(self.model.reports):
            hits[leg] = hit = 0.99 * hits[leg] + 0.2 * seized
            runs[leg] = run = 0.99 * runs[leg] + 0.2 * trips
            belief[leg] = (10.0 * prior + hit) / (10.0 + run)

    def value(self, market: Market) -> dict[int, list[float]]:
        """Value places back from a market by a logit over the ways on; return their pulls."""
        belief, exp = self.belief, math.exp
        value, pulls = {market.place: market.price_usd_per_kg}, {}
        for place, ways in market.ways:
            worths = [value[end] * (1.0 - belief[leg]) - cost for leg, end, cost in ways]
            best = max(worths)
            if best > 0.0:
                pull = [exp(SHARPNESS * (v / best - 1.0)) if v > 0.0 else 0.0 for v in worths]
                pulls[place] = pull
                value[place] = sum(map(mul, pull, worths)) / sum(pull)
            else:
                value[place] = 0.0
        return pulls


class Pilot(mesa.Agent):
    """Flies where the wage covers the risk, as far as there are days to fly."""

    reservation_usd, flights = 20_000.0, 0

    def decide(self) -> None:
        """Take the first offer that pays."""
        if self.random.random() < 0.5:
            for wage, risk in self.model.offers:
                if wage * (1.0 - risk) > self.reservation_usd:
                    self.flights += 1
                    break


class Gang(mesa.Agent):
    """Holds places, and contests them by its members."""

    def __init__(self, model: mesa.Model, places: int) -> None:
        super().__init__(model)
        self.members, self.control = 100.0, [0.5] * places

    def decide(self) -> None:
        """Move control of each place towards its share of strength there."""
        strength = self.members / (self.members + 100.0)
        self.control = [c + 0.01 * (strength - c) for c in self.control]


class Agency(mesa.Agent):
    """Patrols its legs."""

    def __init__(self, model: mesa.Model, legs: list[int]) -> None:
        super().__init__(model)
        self.legs, self.effort = legs, 1.0

    def decide(self) -> None:
        """Set the seizure probability of each of its legs by effort."""
        for leg in self.legs:
            prior = self.model.reports[leg][0]
            self.model.seizure_prob[leg] = 1.0 - (1.0 - prior) ** self.effort


class PlainModel(mesa.Model):
    """The cast of a finished model, one plain agent each, and its loads."""

    def __init__(self, of: TraffickingModel) -> None:
        super().__init__(rng=1)
        w, network = of.world, of.network
        prior = w.legs.prior_prob.tolist()
        self.seizure_prob = list(prior)
        self.reports = [(q, 0.0, 0.0) for q in prior]  # prior, seized and sent of last week
        self.offers = [(25_000.0, 0.04)] * (len(w.air.leg) // len(network.air_pools))
        for _ in range(len(w.producers.zone)):
            Producer(self)
        for _ in range(len(w.pilots.pool)):
            Pilot(self)
        for held in (w.gangs.control > 0).sum(axis=1):
            if held:
                Gang(self, int(held))
        for name in network.agencies["id"]:
            mine = (network.legs["agency"] == name).to_numpy().nonzero()[0]
            Agency(self, mine.tolist())
        self.loads = self._loads(of, self._cartels(of, prior))

    def _cartels(self, of: TraffickingModel, prior: list[float]) -> dict[int, tuple[Cartel, int]]:
        """Make the cartels that trade; return the owner and market of each open line."""
        lines = of.world.lines
        found: dict[int, tuple[Cartel, int]] = {}
        markets = [market_of(of, m) for m in range(len(of.network.goals))]
        open_lines = (lines.phase != SHUT).nonzero()[0]
        for owner in sorted(set(lines.cartel[open_lines].tolist())):
            mine = [row for row in open_lines.tolist() if lines.cartel[row] == owner]
            cartel = Cartel(self, [markets[lines.market[row]] for row in mine], prior)
            found |= {row: (cartel, k) for k, row in enumerate(mine)}
        return found

    @staticmethod
    def _loads(of: TraffickingModel, owners: dict[int, tuple[Cartel, int]]) -> list[Load]:
        """Return the loads of the last week: who owns each, and the ways on from its place."""
        loads, graph = of.world.consignments, of.world.graph
        out = []
        for c in range(int(loads.loaded[0])):
            cartel, k = owners[int(loads.line[c])]
            place = int(graph.start[loads.leg[c]])
            ways = next(ways for at, ways in cartel.markets[k].ways if at == place)
            out.append((cartel, k, place, ways))
        return out

    def step(self) -> None:
        """Let everybody decide, then every load draw its way and try its luck."""
        self.agents.do("decide")
        choices, draw, prob = self.random.choices, self.random.random, self.seizure_prob
        sent, seized = [0] * len(prob), [0] * len(prob)
        for cartel, k, place, ways in self.loads:
            pull = cartel.pulls[k].get(place)
            if pull is not None:
                leg = choices(ways, pull)[0][0]
                sent[leg] += 1
                seized[leg] += draw() < prob[leg]
        self.reports = [
            (prior, hits, trips)
            for (prior, _, _), hits, trips in zip(self.reports, seized, sent, strict=True)
        ]


def market_of(model: TraffickingModel, m: int) -> Market:
    """Return a market and the ways to it, from the places and legs of a model."""
    graph, legs = model.world.graph, model.world.legs
    goal = int(graph.market_place[m])
    price = float(model.world.markets.expected_usd_per_kg[m])
    ways: list[tuple[int, list[Way]]] = []
    for place in graph.order[::-1].tolist():
        if place == goal:
            continue
        out = graph.out_leg[graph.first_out[place] : graph.first_out[place + 1]].tolist()
        on = [
            (e, int(graph.end[e]), float(legs.fee_usd_per_kg[e]))
            for e in out
            if graph.reaches[m, e]
        ]
        if on:
            ways.append((place, on))
    return Market(goal, price, ways)


def measure() -> dict[str, Any]:
    """Time both; seconds are of the processor, after compilation."""
    scenario = Scenario.load("baseline")
    TraffickingModel(scenario).run()
    weeks = scenario.weeks + scenario.burn_in_weeks
    built = passed = 0.0
    for r in range(REPLICATES):
        t = time.process_time()
        model = TraffickingModel(scenario, replicate=r)
        built += time.process_time() - t
        t = time.process_time()
        model.run()
        passed += time.process_time() - t
    plain = PlainModel(model)
    plain.step()
    t = time.process_time()
    for _ in range(PLAIN_WEEKS):
        plain.step()
    plain_week = (time.process_time() - t) / PLAIN_WEEKS
    model_week = passed / REPLICATES / weeks
    return {
        "weeks": weeks,
        "cast": {kind.__name__: len(some) for kind, some in plain.agents_by_type.items()},
        "loads": len(plain.loads),
        "build_s": round(built / REPLICATES, 4),
        "run_s": round(passed / REPLICATES, 4),
        "week_us": round(1e6 * model_week, 1),
        "plain_week_us": round(1e6 * plain_week, 1),
        "ratio": round(plain_week / model_week, 1),
    }


def main() -> None:
    """Print the measurement as JSON."""
    print(json.dumps(measure(), indent=2))


if __name__ == "__main__":
    main()
