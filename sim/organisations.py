"""Who is there: gangs and cartels as arrays, from the table of organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim import state
from sim.network import REFERENCE_YEARS, Network, split_ids
from sim.parameters import Parameters

if TYPE_CHECKING:
    from sim.scenario import Scenario


def cartel_ids(network: Network) -> list[str]:
    """Ids of organisations that own loads, in the order of the table."""
    table = network.organisations
    return list(table.loc[table["kind"].isin(["cartel", "both"]), "id"])


def gang_ids(network: Network) -> list[str]:
    """Ids of organisations that hold places, in the order of the table."""
    table = network.organisations
    return list(table.loc[table["kind"].isin(["gang", "both"]), "id"])


def present(row: pd.Series) -> bool:
    """Say whether an organisation is there in the reference years."""
    start = row["present_from"] if pd.notna(row["present_from"]) else 0
    end = row["present_to"] if pd.notna(row["present_to"]) else 9999
    return bool(start <= REFERENCE_YEARS[1] - 2 and end >= REFERENCE_YEARS[0] + 1)


def organisation_rows(scenario: Scenario, network: Network) -> dict[str, pd.Series]:
    """Return organisations by id, with the scenario's overrides applied."""
    rows = {row["id"]: row.copy() for _, row in network.organisations.iterrows()}
    for name, override in scenario.organisations.items():
        for field, value in override.model_dump(exclude_none=True).items():
            rows[name][field] = value
    return rows


def build_gangs(scenario: Scenario, network: Network) -> state.Gangs:
    """Gangs share control of the places where they are present."""
    rows, cartels = organisation_rows(scenario, network), cartel_ids(network)
    names, place = gang_ids(network), network.place_index
    members = np.full(len(names), 100.0)
    control = np.zeros((len(names), len(place)))
    toll, affiliation = np.zeros(len(names)), np.full(len(names), -1, np.int64)
    for g, name in enumerate(names):
        row = rows[name]
        toll[g] = row["toll_usd_per_kg"] if pd.notna(row["toll_usd_per_kg"]) else 0.0
        if pd.notna(row["members"]):
            members[g] = row["members"]
        boss = name if name in cartels else row["affiliation"]
        if boss in cartels:
            affiliation[g] = cartels.index(boss)
        if present(row):
            control[g, [place[n] for n in split_ids(row["places"])]] = 1.0
    shared = control.sum(axis=0)
    control /= np.where(shared > 0, shared, 1.0)
    first_here, here = gangs_by_place(control)
    return state.Gangs(members, np.zeros(len(names)), toll, control, affiliation, first_here, here,
                       np.zeros(len(names)))  # fmt: skip


def gangs_by_place(control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the gangs at each place, most control first, as offsets and one long list."""
    lists = [[g for g in np.argsort(-column, kind="stable") if column[g] > 0]
             for column in control.T]  # fmt: skip
    sizes = [len(gangs) for gangs in lists]
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return first, np.array([g for gangs in lists for g in gangs], np.int64)


def build_cartels(scenario: Scenario, network: Network, gangs: state.Gangs) -> state.Cartels:
    """Cartels start with their working capital and pay the tolls of strangers' gangs."""
    rows, names = organisation_rows(scenario, network), cartel_ids(network)
    capital = np.array([float(rows[name]["capital_usd_m"]) * 1e6 for name in names])
    n_legs, n_places = len(network.legs), len(network.places)
    toll = np.zeros((len(names), n_places))
    for o in range(len(names)):
        strangers = gangs.affiliation != o
        toll[o] = (gangs.control * gangs.toll_usd_per_kg[:, None])[strangers].sum(axis=0)
    zero = [np.zeros((len(names), n_legs)) for _ in range(5)]
    return state.Cartels(capital, np.zeros(len(names)), np.ones((len(names), n_places)), toll,
                         *zero)  # fmt: skip


def set_access(network: Network, cartels: state.Cartels, gangs: state.Gangs,
               p: Parameters) -> None:  # fmt: skip
    """Set the share of value each cartel keeps at each place: 1 - d (1 - trust).

    Trust is 1 at home and in an organisation's own places, 0.9 where a partner or
    an affiliated gang is at home, 0.6 elsewhere in its home country, else 0. In the
    markets it serves a cartel has full trust.
    """
    rows = network.organisations.set_index("id")
    place, country = network.place_index, network.places["country"].to_numpy()
    names, gang_names = cartel_ids(network), gang_ids(network)
    for o, name in enumerate(names):
        trust = np.zeros(len(place))
        trust[country == country[place[rows.loc[name, "home"]]]] = 0.6
        friends = split_ids(rows.loc[name, "partners"])
        friends += [g for k, g in enumerate(gang_names) if gangs.affiliation[k] == o]
        for friend in friends:
            near = [place[n] for n in split_ids(rows.loc[friend, "places"])]
            trust[near] = np.maximum(trust[near], 0.9)
        trust[[place[n] for n in split_ids(rows.loc[name, "places"])]] = 1.0
        trust[network.graph.market_place] = 1.0
        cartels.access[o] = 1.0 - p.routing.outsider_discount * (1.0 - trust)
