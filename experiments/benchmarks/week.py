"""The time of a replicate, against a plain per-agent Mesa loop over the same cast.

Both are timed in one run, so the ratio does not depend on the machine. The plain
loop gives every agent of the cast one weekly decision of the kind it takes in the
model, written as Mesa models usually are: one Python method per agent, called
through ``AgentSet.do``. It does less than the model (no goods, no money, no
ledger), so the ratio is on the cautious side.
"""

from __future__ import annotations

import json
import math
import time
from typing import Any

import mesa

from sim.model import TraffickingModel
from sim.scenario.scenario import Scenario

PLAIN_WEEKS = 20
REPLICATES = 5


class PlainAgent(mesa.Agent):
    """An agent of the plain loop: a few numbers and one decision a week."""

    def __init__(self, model: mesa.Model, kind: str, options: int) -> None:
        super().__init__(model)
        self.kind, self.stock, self.wage = kind, 100.0, 20_000.0
        self.values = [1000.0 + 10.0 * k for k in range(options)]
        self.beliefs = [0.05] * options

    def decide(self) -> None:
        """Value every option, choose by a logit, act, and update beliefs."""
        best, worth = 0.0, []
        for value, risk in zip(self.values, self.beliefs, strict=True):
            v = (1.0 - risk) * 0.9 * value - 50.0
            worth.append(v)
            best = max(best, v)
        total = 0.0
        for v in worth:
            total += math.exp(4.0 * (v / best - 1.0))
        draw = self.random.random() * total
        for k, v in enumerate(worth):
            draw -= math.exp(4.0 * (v / best - 1.0))
            if draw <= 0.0:
                seized = self.random.random() < self.beliefs[k]
                self.stock *= 0.9 if seized else 1.0
                self.beliefs[k] += 0.05 * ((1.0 if seized else 0.0) - self.beliefs[k])
                break


class PlainModel(mesa.Model):
    """The same cast as agents of their own; every agent decides once per option a week."""

    def __init__(self, cast: dict[str, tuple[int, int]]) -> None:
        super().__init__(rng=1)
        for kind, (n, options) in cast.items():
            for _ in range(n):
                PlainAgent(self, kind, options)

    def step(self) -> None:
        """Let everybody decide."""
        self.agents.do("decide")


def cast_of(model: TraffickingModel) -> dict[str, tuple[int, int]]:
    """Return how many agents of each kind there are and how many options each weighs.

    A cartel values every leg for every market it serves; a producer weighs the
    cartels' bids; a pilot the air legs; a gang its places; an agency its legs.
    """
    w = model.world
    legs, lines = len(w.legs.key), len(w.lines.key)
    cartels = len(w.cartels.capital_usd)
    return {
        "producer": (len(w.producers.zone), cartels),
        "pilot": (len(w.pilots.pool), len(w.air.leg)),
        "gang": (len(w.gangs.members), 5),
        "cartel": (cartels, round(legs * lines / cartels)),
        "agency": (len(w.agencies.budget), round(legs / len(w.agencies.budget))),
        "consignment": (round(float(w.legs.trips.sum())), 3),
    }


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
    cast = cast_of(model)
    plain = PlainModel(cast)
    plain.step()
    t = time.process_time()
    for _ in range(PLAIN_WEEKS):
        plain.step()
    plain_week = (time.process_time() - t) / PLAIN_WEEKS
    model_week = passed / REPLICATES / weeks
    return {
        "weeks": weeks,
        "cast": {kind: n for kind, (n, _) in cast.items()},
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
