"""How places begin: what passes them at the reference equilibrium, and what gangs make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.network import Network
from sim.parameters.sections import Parameters
from sim.rules.stakes import watch_rents
from sim.rules.violence import fight
from sim.setup.roster import organisation_ids
from sim.world import state

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def build_territory(
    network: Network,
    reference: state.Reference,
    cartels: state.Cartels,
    gangs: state.Gangs,
    scenario: Scenario,
) -> state.Territory:
    """Work out what passes each place at the reference equilibrium, and what gangs make of it.

    A gang's local hold is inferred so that the observed presence is where contests
    settle, and its crowding so that its usual membership is.
    """
    parameters = scenario.parameters
    by_market = passing(network, reference, cartels)
    kg, usd = by_market.sum(axis=0), (by_market * reference.value).sum(axis=0)
    infer_hold(kg, cartels, gangs, parameters.territory.backing)
    territory = state.Territory(
        through_kg=kg,
        through_usd=usd,
        usual_usd=usd.copy(),
        rents_usd=usd.copy(),
        usual_rents_usd=usd.copy(),
        pressure=np.zeros(len(kg)),
        fights=np.zeros(len(kg)),
        truce=np.ones(len(kg)),
    )
    discount = parameters.routing.outsider_discount
    watch_rents(gangs, territory, discount, scenario.switches.contested_rents)
    territory.usual_rents_usd[:] = territory.rents_usd
    fight(network.graph, gangs, territory, parameters.territory.record())
    infer_crowding(reference, gangs, parameters)
    return territory


def passing(network: Network, reference: state.Reference, cartels: state.Cartels) -> np.ndarray:
    """Return the weekly kilograms through each place, by market, and note each seller's part."""
    names, lines = organisation_ids(network), network.market_lines
    by_market = np.zeros((len(network.goals), len(network.places)))
    for m in range(len(by_market)):
        np.add.at(by_market[m], network.graph.start, reference.flow_kg[m])
    for _, row in lines.iterrows():
        o, m = names.index(row["cartel"]), network.goals.index(row["market"])
        cartels.through_kg[o] += float(row["share"]) * by_market[m]
    return by_market


def infer_hold(
    through_kg: np.ndarray, cartels: state.Cartels, gangs: state.Gangs, backing: float
) -> None:
    """Find the local hold with which contests settle at the observed presence; note incomes."""
    backed = np.zeros((len(gangs.members), len(through_kg)))
    hired = gangs.affiliation >= 0
    backed[hired] = cartels.through_kg[gangs.affiliation[hired]] / np.maximum(through_kg, 1e-9)
    gangs.local[:] = gangs.control / (1.0 + backing * np.minimum(backed, 1.0))
    free = np.array(
        [through_kg - (cartels.through_kg[a] if a >= 0 else 0.0) for a in gangs.affiliation]
    )
    income = (gangs.control * free * gangs.worth_usd_per_kg).sum(axis=1) * gangs.toll_share
    gangs.income_usd[:] = gangs.usual_income_usd[:] = income


def infer_crowding(reference: state.Reference, gangs: state.Gangs, parameters: Parameters) -> None:
    """Find the crowding at which membership rests, and who is usually held for crews lost."""
    legs, start = reference.legs, reference.graph.start
    held = legs.trips * legs.prior_prob * parameters.interdiction.crew_prob
    for leg in range(len(held)):
        if gangs.n_here[start[leg]] > 0:
            gangs.usual_held[gangs.here[start[leg], 0]] += held[leg]
    numbers, some = parameters.territory, np.maximum(gangs.members, 1.0)
    net = numbers.recruitment_per_week - numbers.arrests_per_week - gangs.lost / some
    gangs.crowding[:] = np.maximum(net, 0.0) / some
