"""WHO ACTS: the cast, one sentence each.

Producer  makes cocaine in one zone and sells it to buyers it trusts.
Pilot     flies a light aircraft when the wage covers the risk.
Gang      controls places, charges tolls, lends protection and crews.
Cartel    owns loads: decides how much for which market, and which way.
Agency    polices legs with a limited budget of effort.

An agent is a row of the arrays in ``sim.state``. Its properties read and its
methods ask the same rules that the weekly kernels run over all rows at once, so
``model.agents.select(...)`` and ``.agg(...)`` always see the current week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.agency import Agency
from sim.agents.cartel import Cartel
from sim.agents.gang import Gang
from sim.agents.pilot import Pilot
from sim.agents.producer import Producer

if TYPE_CHECKING:
    from sim.model import TraffickingModel

__all__ = ["Agency", "Cartel", "Gang", "Pilot", "Producer", "create_cast"]


def create_cast(model: TraffickingModel) -> None:
    """Create one agent per row of the world's arrays."""
    w = model.world
    for kind, n in (
        (Producer, len(w.producers.zone)),
        (Pilot, len(w.pilots.pool)),
        (Gang, len(w.gangs.members)),
        (Cartel, len(w.cartels.capital_usd)),
        (Agency, len(w.agencies.budget)),
    ):
        for row in range(n):
            kind(model, row)
