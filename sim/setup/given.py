"""What a week is given besides the world: the register and the paths as arrays."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.network import MARKET_FIELDS, Network
from sim.results.ledger import opening
from sim.scenario.scenario import Scenario
from sim.setup.paths import no_paths
from sim.units import WEEKS_PER_CALENDAR_YEAR
from sim.world.codes import CLOCK, MODES
from sim.world.records import Records, blank_records
from sim.world.state import FarmGate, World
from sim.world.views import Flags, Given, Numbers


def build_given(
    scenario: Scenario,
    network: Network,
    world: World,
    seed: int,
    demand_factors: np.ndarray,
    place_prices: np.ndarray,
    records: Records,
    settling: bool = False,
) -> Given:
    """Return numbers, switches, demand, luck and records of a run.

    Parameters
    ----------
    seed : int
        Of this replicate; names all its draws.
    demand_factors : array (week, m)
        Product of the events about demand, by week from the first of the burn-in.
    settling : bool
        Sizes are held while a world comes to rest.
    """
    return Given(
        numbers=Numbers(*(getattr(scenario.parameters, f.name).record() for f in fields(Numbers))),
        on=Flags(*(getattr(scenario.switches, f.name) for f in fields(Flags))),
        seed=seed,
        settling=settling,
        patrols=MODES.index(scenario.agencies),
        opening_usd=opening(world),
        first_effort=world.legs.effort.copy(),
        first_week=CLOCK - scenario.burn_in_weeks,
        demand_kg=demand_kg(scenario, network, world, demand_factors),
        paths=no_paths(world),
        farm_gate=make_farm_gate(world),
        place_prices=place_prices,
        records=records,
        spare=blank_records(world, 1),
    )


def demand_kg(
    scenario: Scenario, network: Network, world: World, factors: np.ndarray
) -> np.ndarray:
    """Return weekly demand by week and goal, in kg.

    What is usual at an exchange grows as the markets do for which goods sold there are bound.
    """
    path, first = demand_path(scenario, network), world.markets.first_demand_kg
    if not network.trading:
        return np.asarray(path * first * factors)
    path = path * factors
    return np.hstack([path, path @ world.exchanges.bound_for.T]) * first


def demand_path(scenario: Scenario, network: Network) -> np.ndarray:
    """Return demand over that of the first year, by week and market: exp(growth x years).

    Growth runs from ``growth_from_year``; the burn-in has the demand of the start.
    """
    demand = scenario.parameters.demand
    weeks = np.maximum(np.arange(-scenario.burn_in_weeks, scenario.weeks), 0)
    years = scenario.start.year + weeks / WEEKS_PER_CALENDAR_YEAR - demand.growth_from_year
    growth = [
        getattr(demand, f"{MARKET_FIELDS.get(m, 'rest')}_growth_per_year") for m in network.markets
    ]
    return np.asarray(np.exp(np.maximum(years, 0.0)[:, None] * np.array(growth)))


def make_farm_gate(world: World) -> FarmGate:
    """Return the work arrays of the farm-gate trade."""
    n_lines, n_zones = world.lines.zone_order_kg.shape
    return FarmGate(
        buyers=np.zeros((n_zones, n_lines), np.int64),
        n_buyers=np.zeros(n_zones, np.int64),
        fill=np.zeros(n_zones),
        weight=np.zeros((len(world.producers.zone), n_lines)),
        wish=np.zeros((n_lines, n_zones)),
    )
