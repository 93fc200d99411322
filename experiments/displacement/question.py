"""Paired worlds: an entrant allowed and kept back, and drivers switched off one by one.

Two things can be kept from an entrant. *Barred*, it may not sell in the market at all:
what the pair tells is what its presence does. *Held*, it stays there at the size it began
with: what the pair tells is what its growth does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.errors import ScenarioError, hint
from sim.network import MARKET_FIELDS, Network
from sim.scenario.event_kinds import DemandShift, Entry, Event
from sim.scenario.identifiers import market_words
from sim.scenario.markets import market_id
from sim.scenario.paths import without
from sim.scenario.scenario import Scenario

Against = Literal["barred", "held"]
ALLOWED = "allowed"
PRESENCE_OR_GROWTH: dict[str, str] = {"barred": "presence", "held": "growth"}
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
    """Who enters where: the entrant, the market, from when, and against which other world."""

    entrant: str
    market: str
    since: dt.date | None
    against: Against = "barred"

    @classmethod
    def ask(
        cls,
        scenario: Scenario,
        entrant: str,
        market: str,
        since: dt.date | None,
        against: Against = "barred",
    ) -> Question:
        """Check the names against the scenario's data.

        Raises
        ------
        ScenarioError
            If there is no such organisation or market, the day is outside the run, or a
            day is given for an entrant that is held.
        """
        network = Network.of(scenario)
        known = list(network.organisations["id"])
        if entrant not in known:
            raise ScenarioError(f"--entrant {entrant}: no such organisation{hint(entrant, known)}")
        place = check_market(network, market)
        if since is not None and not scenario.start <= since <= scenario.end:
            raise ScenarioError(
                f"--since {since}: outside the scenario, {scenario.start}..{scenario.end}"
            )
        if since is not None and against == "held":
            raise ScenarioError(
                "--since is the day from which a barred entrant may enter; one that is held "
                "has been there from the start: leave out --since, or say --against barred"
            )
        return cls(entrant, place, since, against)

    @property
    def worlds_named(self) -> tuple[str, str]:
        """The names of the two worlds of a pair: allowed, and barred or held."""
        return ALLOWED, self.against

    @property
    def about(self) -> str:
        """What the pair tells about: the entrant's presence, or its growth."""
        return PRESENCE_OR_GROWTH[self.against]

    def worlds(self, scenario: Scenario) -> tuple[Scenario, Scenario]:
        """Return the scenario with the entrant allowed, and with it barred or held.

        With a day, both worlds bar the entrant until then and share all that comes
        before; without one, the allowed world is the scenario as it stands.

        Raises
        ------
        ScenarioError
            If it is to be held, which this version of the model cannot do.
        """
        if self.against == "held":
            return scenario, self._held(scenario)
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

    def elasticity(self, scenario: Scenario) -> float:
        """Return the price elasticity of demand in the market, absolute."""
        name = MARKET_FIELDS.get(self.market, "rest")
        return float(getattr(scenario.parameters.demand, f"elasticity_{name}"))

    def _held(self, scenario: Scenario) -> Scenario:
        """Return the scenario in which the entrant keeps the size it begins with."""
        if "held" not in type(scenario).model_fields:
            raise ScenarioError(
                "--against held: the model cannot hold an organisation at its size; "
                "say --against barred"
            )
        before = getattr(scenario, "held", ())
        held = tuple(dict.fromkeys((*before, f"{self.entrant}:{self.market}")))
        return scenario.model_copy(update={"held": held, "name": f"{scenario.name}, entrant held"})

    def _concerns(self, event: Event) -> bool:
        return (
            isinstance(event, Entry)
            and event.organisation == self.entrant
            and event.market in (None, self.market)
        )


def check_market(network: Network, market: str) -> str:
    """Return the id of a market that goes by a name or by its id.

    Raises
    ------
    ScenarioError
        If there is none.
    """
    place = market_id(market)
    if place not in network.markets:
        words = market_words(network.markets)
        offer = hint(market, words) or f"; there are {', '.join(words)}"
        raise ScenarioError(f"--market {market}: no such market{offer}")
    return place


def with_drivers(scenario: Scenario, on: Collection[str], question: Question) -> Scenario:
    """Return a scenario with only some of its drivers at work.

    Off, ``demand`` stays as in the first year, ``interdiction`` has no events or paths, and the
    entrant has no war chest: as many weeks of ``capital`` as everybody else. An entrant that
    the scenario itself adds has the median of the other traders' in the data.
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
        paths = without(scenario.paths, "demand")
        scenario = scenario.model_copy(
            update={"parameters": parameters, "events": events, "paths": paths}
        )
    if "interdiction" not in on:
        calm = tuple(e for e in scenario.events if e.kind not in INTERDICTION)
        paths = without(scenario.paths, "effort")
        scenario = scenario.model_copy(update={"events": calm, "paths": paths})
    if "capital" not in on:
        scenario = without_chest(scenario, question.entrant)
    return scenario


def without_chest(scenario: Scenario, entrant: str) -> Scenario:
    """Return a scenario in which the entrant's wealth is the usual one."""
    row = scenario.organisations.get(entrant)
    if row is None or row.capital_usd_m is None:
        return scenario
    usual, network = None, Network.of(scenario)
    if entrant in network.added:
        table = network.organisations
        others = (table["id"] != entrant) & (table["kind"] != "gang")
        usual = float(np.nanmedian(table.loc[others, "capital_usd_m"].astype(float)))
    changed = row.model_copy(update={"capital_usd_m": usual})
    organisations = {**scenario.organisations, entrant: changed}
    if changed == type(row)():
        del organisations[entrant]
    return scenario.model_copy(update={"organisations": organisations})
