"""Where weeks are written down, a row each; a field is a column of the table of that name.

What is written stands in ``sim.results.weekly`` and ``sim.results.ledger``; how tables are made
of it in ``sim.results.recorder``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from sim.engine.groups import group
from sim.world.state import Floats, World


@group
class MarketRecord:
    """End markets: (week, m)."""

    price_usd_per_kg: Floats
    delivered_kg: Floats
    demand_kg: Floats


@group
class LineRecord:
    """Lines: (week, l); nothing but zeros while one is shut."""

    order_kg: Floats
    bought_kg: Floats
    delivered_kg: Floats
    seized_kg: Floats
    paid_usd: Floats
    revenue_usd: Floats
    capital_usd: Floats  # of the owner
    margin: Floats
    phase: Floats  # no column: tells which lines were ever open


@group
class PlaceRecord:
    """Places: (week, n)."""

    price_usd_per_kg: Floats
    stock_kg: Floats
    killed_in_fights: Floats
    made_kg: Floats  # output of zones


@group
class AirRecord:
    """Air legs: (week, a)."""

    flights_wanted: Floats
    flights: Floats
    wage_usd_per_flight: Floats
    active: Floats  # pilots of the pool
    killed: Floats
    detained: Floats


@group
class LedgerRecord:
    """Closing balances: (week), in total since the first week."""

    produced_kg: Floats
    stock_kg: Floats
    transit_kg: Floats
    seized_kg: Floats
    lost_kg: Floats
    consumed_kg: Floats
    residual_kg: Floats
    consumers_usd: Floats
    held_usd: Floats
    spent_usd: Floats
    residual_usd: Floats


@group
class Records:
    """All records of a stretch of weeks."""

    markets: MarketRecord
    lines: LineRecord
    places: PlaceRecord
    air: AirRecord
    ledger: LedgerRecord


def blank(kind: type[Any], *shape: int) -> Any:
    """Return a record with nothing written yet."""
    return kind(**{field.name: np.zeros(shape) for field in fields(kind)})


def blank_records(world: World, weeks: int) -> Records:
    """Return the records of some weeks with nothing written yet."""
    return Records(
        markets=blank(MarketRecord, weeks, len(world.markets.demand_kg)),
        lines=blank(LineRecord, weeks, len(world.lines.key)),
        places=blank(PlaceRecord, weeks, len(world.graph.key)),
        air=blank(AirRecord, weeks, len(world.air.leg)),
        ledger=blank(LedgerRecord, weeks),
    )
