"""What a week is given besides the world: numbers, switches, demand, luck, records."""

from __future__ import annotations

from typing import Any

from sim.engine.groups import group
from sim.world.records import Records
from sim.world.state import FarmGate, Floats


@group
class Numbers:
    """The register, one group of numbers per section that a rule reads."""

    market: Any
    exchange: Any
    production: Any
    routing: Any
    ordering: Any
    flying: Any
    interdiction: Any
    learning: Any
    expansion: Any
    affiliation: Any
    territory: Any


@group
class Flags:
    """The switches."""

    learning: bool
    salience: bool
    saturation: bool
    pilot_threshold: bool
    congestion: bool
    expansion: bool
    founding: bool
    affiliation: bool
    territory: bool
    tolls: bool
    violence: bool
    membership: bool
    fixed_arrests: bool
    size: bool
    experience: bool
    lasting_risk: bool
    watching: bool
    contested_rents: bool
    local_shocks: bool
    rents_followed: bool
    gang_scale: bool
    other_income: bool
    turnover: bool
    pressure: bool


@group
class Paths:
    """What yearly series make of a run, week by week; no rows where no path moves it."""

    effort: Floats  # (week, e) factor on effort
    supply: Floats  # (week, z) factor on capacity
    fee_usd_per_kg: Floats  # (week, e)
    ask_usd_per_kg: Floats  # (week, z) factor on what growers ask
    first_ask_usd_per_kg: Floats  # (p)


@group
class Given:
    """Everything that decides a week and does not change in it, and where it is written down."""

    numbers: Numbers
    on: Flags
    seed: int  # of all draws of this replicate
    settling: bool  # sizes are held while a world comes to rest; see sim.setup.rest
    patrols: int  # how agencies place effort; see sim.world.codes
    opening_usd: float  # what everybody held at the outset
    first_effort: Floats  # (e) effort placed at the outset
    first_week: int  # clock of the first row of demand
    demand_kg: Floats  # (week, m)
    paths: Paths
    farm_gate: FarmGate  # work arrays of the weekly trade there
    place_prices: Floats  # (n) USD/kg, smoothed over the loads that pass; for the records
    records: Records  # a row a week
    spare: Records  # one row: the burn-in writes over it
