"""Pilots: one aircrew with one light aircraft, based at an air hub."""

from __future__ import annotations

from sim.agents.row import Column, RowAgent
from sim.rules.flying import accepts

STATUS = ("active", "detained", "dead", "retired")


class Pilot(RowAgent):
    """Flies when the wage covers the risk; a lost crew's seat is filled after a while."""

    arrays = "pilots"

    @property
    def hub(self) -> str:
        """Place the crew is based at."""
        return str(self.model.network.air_pools["hub"].iloc[self.world.pilots.pool[self.row]])

    @property
    def status(self) -> str:
        """One of active, detained, dead, retired."""
        return STATUS[self.world.pilots.status[self.row]]

    flights = Column(int)
    """Flights flown from this seat so far."""

    flights_left = Column(int)
    """Flights it can still make this week; at most four."""

    reservation_usd = Column(float)
    """Wage below which it does not fly, were there no risk."""

    @property
    def employer(self) -> str | None:
        """Gang it flies for, or None for a freelance."""
        row = self.world.pilots.employer[self.row]
        return None if row < 0 else self.model.roster.names[row]

    def perceived_risk(self, leg: str) -> float:
        """Risk of death or detention it sees in one flight on an air leg."""
        air = list(self.world.air.leg).index(self.model.network.leg_index[leg])
        return float(self.world.pilots.fear[self.row] * self.world.air.risk[air])

    def flies(self, leg: str) -> bool:
        """Decide whether this week's wage on an air leg covers its risk."""
        air = list(self.world.air.leg).index(self.model.network.leg_index[leg])
        if self.status != "active" or self.world.air.pool[air] != self.world.pilots.pool[self.row]:
            return False
        wage, risk = self.world.air.wage_usd[air], self.world.air.risk[air]
        threshold = self.model.scenario.switches.pilot_threshold
        return bool(accepts(self.world.pilots, self.row, wage, risk, threshold))
