"""WHO ACTS: the cast, one sentence each.

Producer  makes cocaine in one zone and sells it to buyers it trusts.
Pilot     flies a light aircraft when the wage covers the risk.
Gang      controls places, charges tolls, fights for them, works for a cartel or for none.
Cartel    owns loads: how much for which market, which way, where to expand or leave.
Agency    polices legs with a limited budget of effort.

Words that the rules use of them: a LINE is a cartel's order book for one market; its REACH
is its size: what it orders a week at its usual margin; a POST its own people at a place.
NETBACK is what a kilogram is worth at a place: the price at the market less all it costs to
get there. ACCESS is the share of that worth which an owner keeps at a place, a TIE the share
of the ways through it that are open to the owner; both rest on TRUST there, from 0 to 1.

An agent is a row of the arrays in ``sim.world.state``. Its properties read and its
methods ask the same rules that the weekly kernels run over all rows at once, so
``model.agents.select(...)`` and ``.agg(...)`` always see the current week.
"""

from __future__ import annotations

import numpy as np

from sim.agents.agency import Agency
from sim.agents.cartel import Cartel
from sim.agents.gang import Gang
from sim.agents.pilot import Pilot
from sim.agents.producer import Producer
from sim.agents.row import Host

__all__ = ["Agency", "Cartel", "Gang", "Pilot", "Producer", "create_cast"]


def create_cast(model: Host) -> None:
    """Create one agent per row of the world's arrays; spare rows have none until they are used."""
    w = model.world
    gangs, traders = np.flatnonzero(w.gangs.members > 0), np.flatnonzero(w.cartels.trades)
    for kind, rows in (
        (Producer, range(len(w.producers.zone))),
        (Pilot, range(len(w.pilots.pool))),
        (Gang, gangs),
        (Cartel, traders),
        (Agency, range(len(w.agencies.budget))),
    ):
        for row in rows:
            kind(model, int(row))


def update_cast(model: Host) -> None:
    """Let organisations join the cast when they are founded, and leave it when they fold."""
    w = model.world
    for kind, there in ((Cartel, w.cartels.trades), (Gang, w.gangs.members > 0)):
        agents = model.agents_by_type.get(kind, [])
        known = {agent.row: agent for agent in agents}
        if len(known) == there.sum() and all(there[row] for row in known):
            continue
        for row, agent in known.items():
            if not there[row]:
                agent.remove()
        for row in np.flatnonzero(there):
            if int(row) not in known:
                kind(model, int(row))
