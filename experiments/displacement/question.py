"""Paired worlds: an entrant allowed and barred, and drivers switched off one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from sim.errors import ScenarioError, hint
from sim.network import Network
from sim.scenario.event_kinds import DemandShift, Entry, Event
from sim.scenario.identifiers import market_words
from sim.scenario.markets import market_id
from sim.scenario.scenario import Scenario

DRIVERS = ("demand", "interdiction", "capital")
INTERDICTION = {
    "raid",
    "campaign",
    "law",
    "airstrips",
    "eradication",
    "port_controls",
    "decapitation",
}


@dataclass(frozen=True)
class Question:
    """Who enters where: the entrant, the market and the day from which it may."""

    entrant: str
    market: str
    since: dt.date | None

    @classmethod
    def ask(cls, scenario: Scenario, entrant: str, market: str, since: dt.date | None) -> Question:
        """Check the names against the scenario's data.

        Raises
        ------
        ScenarioError
            If there is no such organisation or market, or the day is outside the run.
        """
        network = Network.of(scenario)
        known = list(network.organisations["id"])
        if entrant not in known:
            raise ScenarioError(f"--entrant {entrant}: no such organisation{hint(entrant, known)}")
        place = market_id(market)
        if place not in network.markets:
            known = market_words(network.markets)
            offer = hint(market, known) or f"; there are {', '.join(known)}"
            raise ScenarioError(f"--market {market}: no such market{offer}")
        if since is not None and not scenario.start <= since <= scenario.end:
            raise ScenarioError(
                f"--since {since}: outside the scenario, {scenario.start}..{scenario.end}"
            )
        return cls(entrant, place, since)

    def worlds(self, scenario: Scenario) -> tuple[Scenario, Scenario]:
        """Return the scenario with the entrant allowed, and with it barred.

        With a day, both worlds bar the entrant until then and share all that comes
        before; without one, the allowed world is the scenario as it stands.
        """
        events = tuple(e for e in scenario.events if not self._concerns(e))
        bar = tuple(dict.fromkeys((*scenario.barred, f"{self.entrant}:{self.market}")))
        name = f"{scenario.name}, entrant barred"
        barred = scenario.model_copy(update={"events": events, "barred": bar, "name": name})
        if self.since is None:
            return scenario, barred
        permit: Event = Entry(
            kind="entry",
            name=f"{self.entrant} may enter",
            date=self.since,
            organisation=self.entrant,
            market=self.market,
        )
        allowed = barred.model_copy(
            update={"events": (*events, permit), "name": f"{scenario.name}, entrant allowed"}
        )
        return allowed, barred

    def _concerns(self, event: Event) -> bool:
        return (
            isinstance(event, Entry)
            and event.organisation == self.entrant
            and event.market in (None, self.market)
        )


def with_drivers(scenario: Scenario, on: Collection[str], question: Question) -> Scenario:
    """Return a scenario with only some of its drivers at work.

    Off, ``demand`` stays as in the first year, ``interdiction`` has no events, and the
    entrant's ``capital`` for projects is the median of the other traders'.
    """
    if "demand" not in on:
        demand = scenario.parameters.demand
        still = {
            name: 0.0 for name in type(demand).model_fields if name.endswith("growth_per_year")
        }
        parameters = scenario.parameters.model_copy(
            update={"demand": demand.model_copy(update=still)}
        )
        events = tuple(e for e in scenario.events if not isinstance(e, DemandShift))
        scenario = scenario.model_copy(update={"parameters": parameters, "events": events})
    if "interdiction" not in on:
        calm = tuple(e for e in scenario.events if e.kind not in INTERDICTION)
        scenario = scenario.model_copy(update={"events": calm})
    if "capital" not in on:
        table = Network.of(scenario).organisations
        others = table.loc[
            (table["id"] != question.entrant) & (table["kind"] != "gang"), "capital_usd_m"
        ].astype(float)
        usual = float(np.nanmedian(others))
        scenario = scenario.with_overrides(
            {f"organisations.{question.entrant}.capital_usd_m": usual}
        )
    return scenario
