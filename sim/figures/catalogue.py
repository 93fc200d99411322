"""The figures of one run, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.figures.flights import flights
from sim.figures.flow_map import flow_map
from sim.figures.market_shares import market_shares
from sim.figures.ownership import ownership
from sim.figures.price_chain import price_chain

if TYPE_CHECKING:
    from sim.results.tables import Tables


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "price_chain": price_chain,
    "market_shares": market_shares,
    "flow_map": flow_map,
    "flights": flights,
    "ownership": ownership,
}
