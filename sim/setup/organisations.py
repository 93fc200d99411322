"""Who is there: every organisation as one row, as a gang and as a cartel.

An organisation can be a gang (it holds places), a cartel (it owns loads), both,
or turn from one into the other, so gangs and cartels share one index: the table
of organisations, and after it spare rows for heirs, the chapters that go on by
themselves when an organisation breaks up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.network import Network, keys, split_ids
from sim.parameters.sections import Parameters
from sim.rules.trust import follow_trust
from sim.setup.roster import (
    HEIRS,
    ROOM,
    members_of,
    organisation_ids,
    organisation_rows,
    present,
)
from sim.world import state

if TYPE_CHECKING:
    pass


EARTH_KM = 6371.0


def observed_patron(g: int, row: pd.Series, names: list[str]) -> int:
    """Return whom a gang works for in the data: itself if it trades, -1 if nobody."""
    if row["kind"] == "both":
        return g
    return names.index(row["affiliation"]) if row["affiliation"] in names else -1


def build_gangs(network: Network) -> state.Gangs:
    """Gangs share control of the places where they are present."""
    rows, names = organisation_rows(network), organisation_ids(network)
    place = network.place_index
    n = len(names)
    members = np.zeros(n)
    control, home = np.zeros((n, len(place))), np.zeros((n, len(place)))
    toll, affiliation = np.zeros(n), np.full(n, -1, np.int64)
    for g, name in enumerate(names):
        if name not in rows or rows[name]["kind"] == "cartel":
            continue
        row = rows[name]
        toll[g] = row["toll_usd_per_kg"] if pd.notna(row["toll_usd_per_kg"]) else 0.0
        members[g] = members_of(row)
        affiliation[g] = observed_patron(g, row, names)
        home[g, place[row["home"]]] = 1.0
        if present(row):
            control[g, [place[k] for k in split_ids(row["places"])]] = 1.0
        else:
            members[g] = 0.0
    worth = network.places["reference_price_usd_per_kg"].to_numpy(float)
    held = (control > 0).sum(axis=1)
    toll /= np.where(held > 0, control @ worth / np.maximum(held, 1), worth.mean())
    shared = control.sum(axis=0)
    control /= np.where(shared > 0, shared, 1.0)
    here, n_here = gangs_by_place(control)
    nothing = (
        "cash_usd",
        "income_usd",
        "usual_income_usd",
        "crowding",
        "usual_held",
        "retainer_usd",
        "loyalty_usd",
        "arrested",
        "killed",
        "lost",
    )
    return state.Gangs(
        members=members,
        usual_members=members.copy(),
        usual_toll_share=toll.copy(),
        toll_share=toll,
        worth_usd_per_kg=worth.copy(),
        places=held,
        usual_places=held.copy(),
        control=control,
        local=control.copy(),
        local_shock=np.zeros_like(control),
        home=home,
        affiliation=affiliation,
        root_patron=affiliation.copy(),
        here=here,
        n_here=n_here,
        cohesion=np.ones(n),
        **{name: np.zeros(n) for name in nothing},
    )


def gangs_by_place(control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the gangs at each place, most control first, with room for newcomers."""
    here = np.full((control.shape[1], ROOM), -1, np.int64)
    n_here = np.zeros(control.shape[1], np.int64)
    for n, column in enumerate(control.T):
        there = [g for g in np.argsort(-column, kind="stable") if column[g] > 0][:ROOM]
        here[n, : len(there)] = there
        n_here[n] = len(there)
    return here, n_here


def tolls(gangs: state.Gangs) -> np.ndarray:
    """Return what each owner pays at each place: (o, n), the tolls of gangs not its own.

    As ``sim.rules.tolls.set_tolls``, added up in another order: stored results rest on
    these bits.
    """
    charge = gangs.control * gangs.toll_share[:, None] * gangs.worth_usd_per_kg
    owners = np.arange(len(gangs.members))
    free = gangs.affiliation[None, :] != owners[:, None]
    return np.asarray(free.astype(float) @ charge)


def build_cartels(network: Network, gangs: state.Gangs) -> state.Cartels:
    """Cartels pay the tolls of strangers' gangs; their capital comes with rest."""
    rows, names = organisation_rows(network), organisation_ids(network)
    n, n_legs, n_places = len(names), len(network.legs), len(network.places)
    trades = np.zeros(n, np.bool_)
    sellers = set(network.market_lines["cartel"])
    for o, name in enumerate(names):
        if name in rows and rows[name]["kind"] in ("cartel", "both"):
            trades[o] = name in sellers
    shape, by_leg = (n, n_places), (n, n_legs)
    remembered = ("hits", "runs", "belief", "fresh_hits", "fresh_runs")
    return state.Cartels(
        key=keys(names),
        trades=trades,
        capital_usd=np.zeros(n),
        chest_usd=np.zeros(n),
        chest_only=np.zeros(n, bool),
        spending_usd=np.zeros(n),
        broke_weeks=np.zeros(n, np.int64),
        distance_km=distances(network),
        access=np.ones(shape),
        tie=np.ones(shape),
        toll_usd_per_kg=tolls(gangs),
        roots=np.zeros(shape),
        trust=np.zeros(shape),
        standing=np.zeros(shape),
        through_kg=np.zeros(shape),
        posted=np.zeros(shape, np.int64),
        post_usd=np.zeros(shape),
        idle_weeks=np.zeros(shape, np.int64),
        **{name: np.zeros(by_leg) for name in remembered},
    )


def distances(network: Network) -> np.ndarray:
    """Return the distance in km of every place from every organisation's home: (o, n)."""
    index = network.place_index
    homes = [distances_from(network, index[home]) for home in network.organisations["home"]]
    return np.array([*homes, *[np.zeros(len(index))] * HEIRS])


def distances_from(network: Network, place: int) -> np.ndarray:
    """Return the great-circle distance in km of all places from one."""
    lat, lon = (np.radians(network.places[c].to_numpy(float)) for c in ("lat", "lon"))
    half = np.sin((lat - lat[place]) / 2) ** 2
    half += np.cos(lat) * np.cos(lat[place]) * np.sin((lon - lon[place]) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def set_trust(network: Network, cartels: state.Cartels, gangs: state.Gangs, p: Parameters) -> None:
    """Set where each organisation has roots, keeps a post, or can rely on allies.

    Roots need no upkeep: trust is 1 at home, 0.9 where a partner is, 0.6 elsewhere in
    the home country, else 0, and 1 in the end markets, or what a scenario gives. In its
    other places it keeps a post (paid) or has a gang of its own. Trust starts where all
    this puts it.
    """
    rows = network.organisations.set_index("id")
    place, country = network.place_index, network.places["country"].to_numpy()
    for o, name in enumerate(organisation_ids(network)):
        roots = cartels.roots[o]
        roots[network.market_places] = 1.0
        if name not in rows.index:
            continue
        roots[country == country[place[rows.loc[name, "home"]]]] = 0.6
        for friend in split_ids(rows.loc[name, "partners"]):
            near = [place[n] for n in split_ids(rows.loc[friend, "places"])]
            roots[near] = np.maximum(roots[near], p.routing.ally_trust)
        roots[network.market_places] = 1.0
        roots[place[rows.loc[name, "home"]]] = 1.0
        for where, level in network.trust.get(name, {}).items():
            roots[place[where]] = level
        own = [place[n] for n in split_ids(rows.loc[name, "places"])]
        trades = rows.loc[name, "kind"] in ("cartel", "both")
        cartels.posted[o, own] = trades & (gangs.control[o, own] <= 0) & (roots[own] < 1.0)
    follow_trust(cartels, gangs, p.routing.record(), p.affiliation.useful_hold, up=1.0, down=1.0)
    # As the rule, added up in another order: stored results rest on these bits.
    cartels.tie[:] = p.routing.stranger_share + (1.0 - p.routing.stranger_share) * cartels.trust
