"""WHO ACTS: the cast, one sentence each.

Producer  makes cocaine in one zone and sells it to buyers it trusts.
Pilot     flies a light aircraft when the wage covers the risk.
Gang      controls places, charges tolls, fights for them, works for a cartel or for none.
Cartel    owns loads: how much for which market, which way, where to expand or leave.
Agency    polices legs with a limited budget of effort.

Words that the rules use of them:

place      a zone where coca grows, a hub, a port or an end market; a LEG leads from one to
           the next by air, road, river or sea, and several in a row make a CORRIDOR
line       a cartel's trade for one market; its ORDER is what it buys in a week, its MARGIN
           what it earns on that, its REACH what it orders at its usual margin
netback    what a kilogram is worth at a place: the market's price less all it costs to get there
trust      from 0 to 1, of an organisation at a place; ACCESS, the share of a kilogram's worth
           that it keeps there, and its TIE, the share of ways open to it, rest on trust
post       a cartel's own people at a place
exchange   a place on the way where organisations sell to organisations, if a scenario has any

An agent is a row of the arrays in ``sim.world.state``, over which compiled rules pass once a
week. Its properties read that row and its methods ask the same rules, so that
``model.agents.select(...)`` and ``.agg(...)`` always see the current week. Some rows are
spare: for organisations that are founded, and for heirs of those that break up.
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
    """Create one agent for each row in use."""
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
