"""A scenario's yearly series as weekly arrays, resolved once when a model is built."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.network import MARKET_FIELDS, Network
from sim.scenario.paths import MIDDLE, Series, YearlyPath, read_series
from sim.scenario.scenario import Scenario
from sim.units import WEEKS_PER_CALENDAR_YEAR
from sim.world.state import World
from sim.world.views import Paths

BASE_YEAR = 2013  # the world at rest is that of about 2013: there every path is 1


def no_paths(world: World) -> Paths:
    """Return paths that move nothing."""
    n_legs, n_zones = len(world.legs.key), len(world.zones.price_usd_per_kg)
    return Paths(
        effort=np.zeros((0, n_legs)),
        supply=np.zeros((0, n_zones)),
        fee_usd_per_kg=np.zeros((0, n_legs)),
        ask_usd_per_kg=np.zeros((0, n_zones)),
        first_ask_usd_per_kg=world.producers.ask_usd_per_kg.copy(),
    )


def in_years(scenario: Scenario, weeks: np.ndarray) -> np.ndarray:
    """Return the dates of weeks in years; the burn-in has the date of the start."""
    start = scenario.start.timetuple().tm_yday - 1
    return np.asarray(
        scenario.start.year + start / 365.25 + np.maximum(weeks, 0) / WEEKS_PER_CALENDAR_YEAR
    )


def chosen(scenario: Scenario, *kinds: str) -> list[tuple[str, YearlyPath, Series]]:
    """Return the paths of some kinds by name, with their series."""
    paths = [(name, path) for name, path in scenario.paths.items() if path.kind in kinds]
    table = read_series(scenario.data_folder) if paths else {}
    return [(name, path, table[path.series or name]) for name, path in paths]


def factor_of(path: YearlyPath, series: Series, dates: np.ndarray) -> np.ndarray:
    """Return a path over what it is about 2013, without its deviation then, by date."""
    return series.over(BASE_YEAR, dates, path.deviation)


def demand_moved(scenario: Scenario, network: Network, weeks: np.ndarray) -> np.ndarray:
    """Return the factor on demand by week and market.

        factor = path x currency^(share x elasticity)

    A market that buys in its own currency takes at a given price in dollars what it took
    before at that price over the currency's value: the reference price moves with the
    currency, by the part that is felt.
    """
    out = np.ones((len(weeks), len(network.markets)))
    dates = in_years(scenario, weeks)
    names = {market: m for m, market in enumerate(network.markets)}
    for _, path, series in chosen(scenario, "demand", "currency"):
        if path.market is None:
            continue
        factor = factor_of(path, series, dates)
        if path.kind == "currency":
            factor = factor ** (path.share * elasticity_of(scenario, path.market))
        out[:, names[path.market]] *= factor
    return out


def elasticity_of(scenario: Scenario, market: str) -> float:
    """Return the price elasticity of demand in a market."""
    field = MARKET_FIELDS.get(market, "rest")
    return float(getattr(scenario.parameters.demand, f"elasticity_{field}"))


def effort_legs(path: YearlyPath, network: Network) -> np.ndarray:
    """Say which legs a path of effort moves: as in events, and sea legs that touch its ports."""
    table = network.legs
    named = table["from"].isin(path.places) | table["leg"].isin(path.legs)
    touched = table["from"].isin(path.ports) | table["to"].isin(path.ports)
    named |= touched & (table["mode"] == "sea")
    if not (path.places or path.legs or path.ports):
        named[:] = True
    if path.agencies:
        named &= table["agency"].isin(path.agencies)
    if path.modes:
        named &= table["mode"].isin(path.modes)
    return named.to_numpy(bool)


def effort_moved(scenario: Scenario, network: Network, dates: np.ndarray) -> np.ndarray:
    """Return the factor on effort by date and leg; no rows where no path moves effort.

        factor = 1 + sum of share (path - 1)

    over the paths that move parts of a leg's effort.
    """
    paths = chosen(scenario, "effort")
    out = np.ones((len(dates) if paths else 0, len(network.legs)))
    for _, path, series in paths:
        extra = path.share * (factor_of(path, series, dates) - 1.0)
        out[:, effort_legs(path, network)] += extra[:, None]
    return np.maximum(out, 0.0)


def follow_paths(scenario: Scenario, network: Network, world: World, weeks: np.ndarray) -> Paths:
    """Return what paths move by week, and anchor the capacity of zones whose supply is given.

    There capacity starts where it rests and answers to price no more, or in part.
    """
    paths, dates = no_paths(world), in_years(scenario, weeks)
    moved: dict[str, Any] = {"effort": effort_moved(scenario, network, dates)}
    countries = network.places.set_index("id")["country"]
    of_zone = countries.loc[network.zones].to_numpy()
    if given := chosen(scenario, "supply"):
        moved["supply"] = np.ones((len(weeks), len(network.zones)))
        for _, path, series in given:
            here = np.isin(network.zones, path.places) | np.isin(of_zone, path.countries)
            moved["supply"][:, here] *= factor_of(path, series, dates)[:, None]
            anchor(world, here, path.response)
    local = [(path, series) for _, path, series in chosen(scenario, "currency") if path.countries]
    if local:
        of_leg = countries.loc[network.legs["from"]].to_numpy()
        fee = np.tile(world.legs.fee_usd_per_kg, (len(weeks), 1))
        ask = np.ones((len(weeks), len(network.zones)))
        for path, series in local:
            factor = factor_of(path, series, dates)[:, None] ** path.share
            fee[:, np.isin(of_leg, path.countries)] *= factor
            ask[:, np.isin(of_zone, path.countries)] *= factor
        moved |= {"fee_usd_per_kg": fee, "ask_usd_per_kg": ask}
    return Paths(
        **{name: moved.get(name, getattr(paths, name)) for name in type(paths).__annotations__}
    )


def anchor(world: World, zones: np.ndarray, response: float) -> None:
    """Let capacity of some zones rest where it is, with a part of its response to price.

    k_ref <- k (k_ref / k)^response
    """
    producers = world.producers
    mine = zones[producers.zone] & (producers.capacity_kg > 0.0)
    if response < 1.0:  # else the reference is what it was, to the bit
        k, reference = producers.capacity_kg[mine], producers.reference_kg[mine]
        producers.reference_kg[mine] = k * (reference / k) ** response
    world.zones.response[zones] = response


def at_year(scenario: Scenario, path: YearlyPath, series: Series, years: np.ndarray) -> np.ndarray:
    """Return a path's mean over whole years, over what it is about 2013."""
    steps = (np.arange(12) + MIDDLE) / 12
    first = in_years(scenario, np.zeros(1))[0]
    dates = np.maximum(years[:, None] + steps, first)
    return np.asarray(factor_of(path, series, dates.ravel()).reshape(dates.shape).mean(axis=1))
