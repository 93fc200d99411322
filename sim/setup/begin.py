"""How a run begins: a world at rest, with the bars, holds and war chests of its scenario."""

from __future__ import annotations

import numpy as np

from sim.network import Network
from sim.results.ledger import open_books
from sim.rules.tolls import set_tolls
from sim.scenario.scenario import Scenario
from sim.setup.kept_rest import world_at_rest
from sim.setup.organisations import observed_patron
from sim.setup.roster import line_pairs, organisation_ids, organisation_rows
from sim.world.codes import CLOCK, SHUT
from sim.world.state import World


def begin(scenario: Scenario, network: Network) -> World:
    """Return the world of a run, at the first week of its burn-in."""
    world = world_at_rest(scenario, network)
    lines, pairs = world.lines, line_pairs(network)
    lines.permitted[:] = [not concerns(scenario.barred, o, m) for o, m in pairs]
    lines.held[:] = [concerns(scenario.held, o, m) for o, m in pairs]
    barred = ~lines.permitted
    for goods in (lines.stock_kg, lines.arriving_kg, lines.zone_order_kg):
        goods[barred] = 0.0
    lines.order_kg[barred] = lines.reach_kg[barred] = 0.0
    lines.phase[barred] = SHUT
    lines.arriving_kg[:] = np.roll(lines.arriving_kg, CLOCK - scenario.burn_in_weeks, axis=2)
    open_books(world)
    give_wealth(world, scenario, network)
    take_observed_sides(world, network)
    return world


def concerns(listed: tuple[str, ...], organisation: str, market: str) -> bool:
    """Say whether a list names an organisation, in all markets or in this one."""
    return organisation in listed or f"{organisation}:{market}" in listed


def take_observed_sides(world: World, network: Network) -> None:
    """Let every gang begin with the patron of the data or the scenario.

    Sides are held while costs are inferred and free in the rounds after; who works for whom
    when a run begins is observed.
    """
    gangs, names, rows = world.gangs, organisation_ids(network), organisation_rows(network)
    for g, name in enumerate(names):
        if name in rows and rows[name]["kind"] == "gang":
            gangs.affiliation[g] = observed_patron(g, rows[name], names)
            if gangs.affiliation[g] < 0:
                gangs.retainer_usd[g] = 0.0
    set_tolls(world.cartels, gangs)


def give_wealth(world: World, scenario: Scenario, network: Network) -> None:
    """Give every owner the same number of weeks of spending, or the war chest it is given.

    Without purchases there is no working capital: who only holds places has the tolls that
    it keeps. Wealth beyond that is a lever of a scenario (``organisations.ID.capital_usd_m``).
    """
    cartels, ordering = world.cartels, scenario.parameters.ordering
    cartels.capital_usd[:] = np.where(
        cartels.trades, ordering.capital_weeks * cartels.spending_usd, 0.0
    )
    cartels.chest_usd[:] = 0.0
    cartels.chest_only[:] = False
    for o, name in enumerate(organisation_ids(network)):
        row = scenario.organisations.get(name)
        if row is not None and row.capital_usd_m is not None:
            cartels.capital_usd[o] = cartels.chest_usd[o] = row.capital_usd_m * 1e6
            cartels.chest_only[o] = True
