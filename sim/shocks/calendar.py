"""Dated shocks of the calendar: what they change, and until when.

A lasting event (campaign, law, airstrips, eradication, supply, demand, entry, port
controls, truce, trust) is a factor, or for trust a change, that holds from its week to its
end; one with a half-life weakens on the way. Whenever one begins, weakens or ends, all
factors are worked out anew from those in force, so overlapping events multiply and none
leaves a trace behind. A raid, a decapitation and an organisation's
coming or going happen once.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.rules.tolls import set_tolls
from sim.rules.trust import access_with, pull_sources, tie_with
from sim.shocks.breakup import appear, decapitate, vanish
from sim.shocks.effects import describe
from sim.shocks.fading import lifetime, strength, weakened, weakenings
from sim.shocks.losses import tell_losses
from sim.world.codes import ACTIVE, AIRCRAFT, DEAD, DETAINED, SEIZED

if TYPE_CHECKING:
    from sim.network import Network
    from sim.scenario.scenario import Scenario
    from sim.setup.roster import Roster
    from sim.world.state import World


FOREVER = 10**9
CRACKDOWNS = ("campaign", "law", "port_controls")
ONCE = ("raid", "decapitation", "presence")


class Calendar:
    """The events of a scenario, by week."""

    def __init__(self, scenario: Scenario, network: Network, world: World, roster: Roster) -> None:
        self._scenario, self._network, self._world = scenario, network, world
        self._roster = roster
        table = network.organisations
        self._groups = dict(zip(table["id"], table["group"], strict=True))
        self._events = sorted(scenario.events, key=lambda event: event.date)
        self._spans = [(event, *self._span(event)) for event in self._events]
        self._flown = (network.legs["mode"] == "air").to_numpy()
        self._permitted = world.lines.permitted.copy()
        self._changes = {week for _, start, end in self._spans for week in (start, end)}
        for event, start, end in self._spans:
            self._changes |= set(weakenings(event, start, end))
        self._usual_death_prob = scenario.parameters.interdiction.death_prob

    def _span(self, event: Any) -> tuple[int, int]:
        start = week_of(event.date, self._scenario.start)
        weeks = lifetime(event)
        return start, start + weeks if weeks else FOREVER

    def next_change(self, week: int) -> int:
        """Return the first week after ``week`` in which an event begins or ends."""
        return min((change for change in self._changes if change > week), default=FOREVER)

    def apply(self, week: int) -> list[dict[str, Any]]:
        """Put the events of a week into force; return what happened, for the record."""
        if week not in self._changes:
            return []
        running = [
            (event, strength(event, week - start))
            for event, start, end in self._spans
            if start <= week < end and event.kind not in ONCE
        ]
        self._set_factors(running)
        happened = []
        for event, start, end in self._spans:
            if start == week:
                if event.kind in ONCE:
                    facts = getattr(self, f"_{event.kind}")(event)
                    set_tolls(self._world.cartels, self._world.gangs)
                else:
                    if event.kind == "trust":
                        self._take_effect(event)
                    self._press(event)
                    until = "" if end == FOREVER else f" for {end - start} weeks"
                    facts = {"effect": describe(event, self._reach(event)) + until}
                happened.append(self._row(event, week, facts))
        return happened

    def _reach(self, event: Any) -> int:
        """Return on how many legs, places or lines a lasting event acts."""
        if event.kind == "entry":
            return int(self.chosen_lines(event).sum())
        if event.kind == "port_controls":
            return int(self.port_legs(event).sum())
        if event.kind == "airstrips":
            return int((self.chosen_legs(event) & self._flown).sum())
        if event.kind in ("campaign", "law"):
            return int(self.chosen_legs(event).sum())
        return len(getattr(event, "places", ()))

    def _row(self, event: Any, week: int, facts: dict[str, Any]) -> dict[str, Any]:
        owner = getattr(event, "organisation", None)
        places = getattr(event, "places", None) or [getattr(event, "place", None)]
        row = {
            "week": week,
            "date": np.datetime64(event.date, "s"),
            "year": event.date.year,
            "kind": event.kind,
            "name": event.name,
            "place": ";".join(p for p in places if p),
            "leg": ";".join(getattr(event, "legs", None) or []),
            "organisation": owner or "",
            "group": self._groups.get(owner, ""),
            "kg": 0.0,
            "usd": 0.0,
            "aircraft": 0,
            "killed": 0,
            "detained": 0,
            "effect": "",
            "note": event.note,
        }
        return row | facts

    def _set_factors(self, running: list[tuple[Any, float]]) -> None:
        """Work out every factor from the lasting events in force and what is left of each."""
        w = self._world
        w.legs.campaign[:] = 1.0
        w.legs.open_share[:] = 1.0
        w.zones.supply_factor[:] = 1.0
        w.lines.permitted[:] = self._permitted
        w.territory.truce[:] = 1.0
        w.air.death_prob[:] = self._usual_death_prob
        w.cartels.standing[:] = 0.0
        for event, left in running:
            if event.kind == "law" and event.death_prob is not None:
                usual = self._usual_death_prob
                w.air.death_prob[:] = left * event.death_prob + (1.0 - left) * usual
            if event.kind == "airstrips" and event.elsewhere:
                self._reopen(event, 1.0 - left)
                left = 1.0  # those destroyed stay so
            getattr(self, f"_put_{event.kind}")(weakened(event, left))

    def _press(self, event: Any) -> None:
        """Upset the places at which a crackdown begins; one everywhere upsets none above others."""
        if event.kind not in CRACKDOWNS or event.factor <= 1.0:
            return
        table = self._network.legs
        named = {*event.places, *table.loc[table["leg"].isin(getattr(event, "legs", ())), "from"]}
        self._world.territory.pressure[[self._network.place_index[n] for n in named]] += 1.0

    def _put_campaign(self, event: Any) -> None:
        self._world.legs.campaign[self.chosen_legs(event)] *= event.factor

    def _put_law(self, event: Any) -> None:
        self._put_campaign(event)

    def _put_airstrips(self, event: Any) -> None:
        self._world.legs.open_share[self.chosen_legs(event) & self._flown] *= event.factor

    def _reopen(self, event: Any, part: float) -> None:
        """Let a part of the flights that lost their strips leave from other places.

        They are divided over the air legs there in proportion to the flights possible.
        """
        w, slots = self._world, np.zeros(len(self._flown))
        slots[w.air.leg] = w.air.slots
        lost = slots[self.chosen_legs(event) & self._flown].sum() * (1.0 - event.factor)
        starts = self._network.legs["from"].isin(event.elsewhere).to_numpy()
        there = starts & (slots > 0.0)
        if there.any():
            w.legs.open_share[there] *= 1.0 + part * lost / slots[there].sum()

    def _put_trust(self, event: Any) -> None:
        o, index = self._roster.row(event.organisation), self._network.place_index
        for place in event.places:
            self._world.cartels.standing[o, index[place]] += event.change

    def _take_effect(self, event: Any) -> None:
        """Change trust in the week of the event; later it moves to where it settles."""
        cartels = self._world.cartels
        routing = self._scenario.parameters.routing.record()
        o = self._roster.row(event.organisation)
        for place in event.places:
            n = self._network.place_index[place]
            trust = min(max(cartels.trust[o, n] + event.change, 0.0), 1.0)
            cartels.trust[o, n] = trust
            cartels.access[o, n] = access_with(trust, routing)
            cartels.tie[o, n] = tie_with(trust, routing)
        pull_sources(self._world.graph, self._world.lines, cartels, self._world.zones)

    def _put_eradication(self, event: Any) -> None:
        for place in event.places:
            self._world.zones.supply_factor[self._network.zones.index(place)] *= event.factor

    def _put_supply(self, event: Any) -> None:
        self._put_eradication(event)

    def _put_demand(self, event: Any) -> None:
        """Demand events stand in the path of demand; see ``demand_factors``."""

    def demand_factors(self, weeks: np.ndarray) -> np.ndarray:
        """Return, by week and market, the product of all demand events.

        An event with ``over_weeks`` builds up evenly in logs.
        """
        out = np.ones((len(weeks), len(self._network.markets)))
        for event, start, end in self._spans:
            if event.kind == "demand":
                built = np.clip((weeks - start + 1) / max(event.over_weeks, 1), 0.0, 1.0)
                running = (weeks >= start) & (weeks < end)
                factor = np.maximum(event.factor, 1e-6) ** built
                if event.half_life_weeks is not None:
                    left = [strength(event, week - start) for week in np.maximum(weeks, start)]
                    factor = 1.0 + np.array(left) * (factor - 1.0)
                out[:, self._network.markets.index(event.market)] *= np.where(running, factor, 1.0)
        return out

    def _put_entry(self, event: Any) -> None:
        self._world.lines.permitted[self.chosen_lines(event)] = event.permitted

    def chosen_lines(self, event: Any) -> np.ndarray:
        """Say which lines an event is about: a cartel's, in one market or in all."""
        lines = self._world.lines
        rows = lines.cartel == self._roster.row(event.organisation)
        if event.market is not None:
            rows &= lines.market == self._network.markets.index(event.market)
        return np.asarray(rows)

    def _put_port_controls(self, event: Any) -> None:
        self._world.legs.campaign[self.port_legs(event)] *= event.factor

    def port_legs(self, event: Any) -> np.ndarray:
        """Say which sea legs leave or reach the ports of an event."""
        table = self._network.legs
        touches = table["from"].isin(event.places) | table["to"].isin(event.places)
        return np.asarray(touches & (table["mode"] == "sea"))

    def _put_truce(self, event: Any) -> None:
        index = self._network.place_index
        chosen = [index[p] for p in event.places] if event.places else slice(None)
        self._world.territory.truce[chosen] *= event.factor

    def chosen_legs(self, event: Any) -> np.ndarray:
        """Say which legs an event is about: named, or leaving a place, or policed, or by mode.

        A selection that is left out does not restrict; places and legs add up.
        """
        table = self._network.legs
        chosen = np.ones(len(table), bool)
        if event.places or event.legs:
            chosen = (table["from"].isin(event.places) | table["leg"].isin(event.legs)).to_numpy()
        if getattr(event, "agencies", None):
            chosen = chosen & table["agency"].isin(event.agencies).to_numpy()
        if getattr(event, "modes", None):
            chosen = chosen & table["mode"].isin(event.modes).to_numpy()
        return chosen

    def _raid(self, event: Any) -> dict[str, Any]:
        """Take a load at a place, with its aircraft, and hold or kill its crew.

        The load is the owner's; what the owner lacks there is taken from the
        others at the place, in the order of their stocks. The table of events
        tells what was really taken.
        """
        w = self._world
        n = self._network.place_index[event.place]
        w.territory.pressure[n] += 1.0
        owner = self._roster.row(event.organisation)
        mine = w.lines.cartel == owner
        taken: dict[int, float] = {}
        for rows in (np.flatnonzero(mine), np.flatnonzero(~mine)):
            for row in sorted(rows.tolist(), key=lambda k: -w.lines.stock_kg[k, n]):
                kg = min(event.kg - sum(taken.values()), float(w.lines.stock_kg[row, n]))
                if kg > 0:
                    taken[row] = kg
        worth = 0.0
        for row, kg in taken.items():
            w.lines.stock_kg[row, n] -= kg
            w.lines.raided_kg[row] += kg
            w.books.kg[SEIZED] += kg
            worth += kg * w.lines.value[row, n]
        price = self._scenario.parameters.flying.aircraft_usd
        w.cartels.capital_usd[owner] -= price
        w.books.usd[AIRCRAFT] += price
        crew = self._take_crew(event)
        own = sum(kg for row, kg in taken.items() if mine[row])
        rest = sum(taken.values()) - own
        told = f"{own:.0f} kg bulk of {event.organisation} taken, {rest:.0f} kg of others"
        if self._network.trading:
            owners = tell_losses(w, self._network, self._roster, n, taken)
            told += f", flown by {event.gang}: {owners}"
        return {
            "kg": sum(taken.values()),
            "usd": worth + price,
            "aircraft": 1,
            "effect": told,
            **crew,
        }

    def _decapitation(self, event: Any) -> dict[str, Any]:
        """Take an organisation's leaders; see ``sim.shocks.breakup``."""
        o = self._roster.row(event.organisation)
        taken, heirs = decapitate(
            self._world,
            self._network,
            roster=self._roster,
            o=o,
            event=event,
            week=week_of(event.date, self._scenario.start),
        )
        effect = f"{taken / 1e6:.0f} million USD confiscated, cohesion {event.cohesion:g}"
        if event.dissolves:
            effect += f"; chapters: {', '.join(heirs)}" if heirs else "; nobody goes on"
        return {"usd": taken, "effect": effect}

    def _presence(self, event: Any) -> dict[str, Any]:
        """Let an organisation come or go."""
        o = self._roster.row(event.organisation)
        if event.present:
            appear(self._world, self._network, o, self._scenario)
        else:
            vanish(self._world, o, week_of(event.date, self._scenario.start))
        held = int((self._world.gangs.control[o] > 0).sum())
        return {"effect": f"appears at {held} places" if event.present else "leaves its places"}

    def _take_crew(self, event: Any) -> dict[str, Any]:
        """Kill or detain pilots of the gang named, and arrest its members."""
        w = self._world
        gang = self._roster.row(event.gang)
        ready = np.flatnonzero((w.pilots.status == ACTIVE) & (w.pilots.employer == gang))
        killed, held = (
            ready[: event.killed],
            ready[event.killed : event.killed + event.detained],
        )
        w.pilots.status[killed] = DEAD
        w.pilots.status[held] = DETAINED
        arrested = min(float(event.arrested), w.gangs.members[gang])
        w.gangs.members[gang] -= arrested
        w.gangs.arrested[gang] += arrested
        return {"killed": len(killed), "detained": len(held) + int(arrested)}


def week_of(date: dt.date, start: dt.date) -> int:
    """Return the week a date falls in, counted from the scenario's start."""
    return (date - start).days // 7
