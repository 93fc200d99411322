"""What becomes of an organisation that loses its leaders, lays down arms, or appears.

An organisation that breaks up leaves chapters: its own gang at each of the places
that mattered most to it, and the gangs that worked for it. Each goes on by
itself with a part of the goods, the money, the members and the market network, in
proportion to the worth of the goods that the organisation moved through its
places. Whether it lasts is then decided by the market.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.network import split_ids
from sim.rules.retreat import dissolve
from sim.rules.territory import leave_place, move_in, newcomer_strength
from sim.rules.trust import pull_sources
from sim.setup.organisations import distances_from
from sim.setup.roster import HEIRS, members_of, organisation_rows
from sim.world.codes import CLOCK, CONFISCATED, SHUT, TRADING
from sim.world.moves import FOLDS, FOUNDED, log_move

if TYPE_CHECKING:
    from sim.network import Network
    from sim.scenario.scenario import Scenario
    from sim.setup.roster import Roster
    from sim.world.state import World


MOST_CHAPTERS = 3  # of the organisation's own gang
SMALLEST_PART = 0.03  # of what the organisation moved: less founds no cartel
LOST_NETWORK = 0.2  # share of its market networks that does not outlive a break-up
KEPT_TRUST = 0.9  # of the organisation's trust, what its chapters inherit


def decapitate(
    world: World, network: Network, roster: Roster, o: int, event: Any, week: int
) -> tuple[float, list[str]]:
    """Confiscate capital and break cohesion, or the whole organisation.

    Returns
    -------
    float, list of str
        USD confiscated, and the names of the chapters that go on alone.
    """
    taken = max(float(world.cartels.capital_usd[o]), 0.0) * event.capital_share
    world.cartels.capital_usd[o] -= taken
    world.books.usd[CONFISCATED] += taken
    world.territory.pressure[world.gangs.control[o] > 0.0] += 1.0
    world.gangs.cohesion[o] = min(world.gangs.cohesion[o], event.cohesion)
    if not event.dissolves:
        return taken, []
    return taken, break_up(world, network, roster, o, week)


def break_up(world: World, network: Network, roster: Roster, o: int, week: int) -> list[str]:
    """Divide an organisation among its chapters; return their names."""
    parts = chapters(world, o)
    shares: dict[int, float] = {}
    for place, gang, part in parts:
        row = (
            gang
            if gang != o
            else found_chapter(world, network, roster=roster, o=o, place=place, part=part)
        )
        shares[row] = shares.get(row, 0.0) + part
    heirs = list(shares.items())
    names = [roster.names[row] for row in shares]
    for g in np.flatnonzero(world.gangs.affiliation == o):
        world.gangs.affiliation[g], world.gangs.retainer_usd[g] = -1, 0.0
    share_out(world, o, heirs, week)
    for n in np.flatnonzero(world.gangs.control[o] > 0):
        remove_from(world, o, int(n))
    world.gangs.members[o], world.cartels.trades[o] = 0.0, False
    world.cartels.posted[o] = 0
    log_move(world.moves, week + CLOCK, kind=FOLDS, who=o, place=-1, other=-1, usd=0.0)
    pull_sources(world.graph, world.lines, world.cartels, world.zones)
    return names


def chapters(world: World, o: int) -> list[tuple[int, int, float]]:
    """Return the chapters as (place, gang, part), parts by worth moved, summing to one."""
    gangs, cartels, land = world.gangs, world.cartels, world.territory
    worth = cartels.through_kg[o] * land.through_usd / np.maximum(land.through_kg, 1e-9)
    found = [
        (int(n), o, gangs.control[o, n] * worth[n]) for n in np.flatnonzero(gangs.control[o] > 0)
    ]
    found = sorted(found, key=lambda row: -row[2])[:MOST_CHAPTERS]
    for g in np.flatnonzero((gangs.affiliation == o) & (gangs.members > 0)):
        held = gangs.control[g]
        if g != o and held.any():
            found.append((int(held.argmax()), int(g), float(held @ worth)))
    total = sum(part for *_, part in found)
    if total <= 0.0:
        return []
    kept = [row for row in found if row[2] >= SMALLEST_PART * total]
    total = sum(part for *_, part in kept)
    return [(n, g, part / total) for n, g, part in kept]


def found_chapter(
    world: World, network: Network, roster: Roster, o: int, place: int, part: float
) -> int:
    """Set one spare row up as the organisation's chapter at a place; return the row."""
    gangs, cartels = world.gangs, world.cartels
    first = len(roster.names) - HEIRS
    free = [row for row in range(first, len(roster.names)) if gangs.members[row] <= 0]
    row = free[0] if free else len(roster.names) - 1
    if not free:
        return row
    roster.names[row] = f"{roster.names[o]}/{network.places['id'].iloc[place]}"
    roster.groups[row] = roster.groups[o]
    for values in (cartels.roots, cartels.trust):
        values[row] = KEPT_TRUST * values[o]
        values[row, place] = 1.0
        values[row, world.graph.market_place[world.markets.ends]] = 1.0
    for values in (
        cartels.access,
        cartels.tie,
        cartels.belief,
        cartels.hits,
        cartels.runs,
        cartels.toll_usd_per_kg,
    ):
        values[row] = values[o]
    cartels.distance_km[row] = distances_from(network, place)
    gangs.members[row] = gangs.usual_members[row] = max(part * gangs.members[o], 1.0)
    gangs.crowding[row] = gangs.crowding[o] / max(part, 1e-3)
    gangs.usual_income_usd[row] = part * gangs.usual_income_usd[o]
    gangs.income_usd[row] = part * gangs.income_usd[o]
    gangs.usual_toll_share[row] = gangs.usual_toll_share[o]
    gangs.toll_share[row] = gangs.toll_share[o]
    gangs.places[row] = gangs.usual_places[row] = 1
    gangs.places[o] -= 1
    gangs.affiliation[row], gangs.cohesion[row] = row, 1.0
    gangs.home[row, place] = 1.0
    for values in (gangs.control, gangs.local, gangs.local_shock):
        values[row, place], values[o, place] = values[o, place], 0.0
    here = gangs.here[place, : gangs.n_here[place]]
    here[here == o] = row
    return row


def share_out(world: World, o: int, heirs: list[tuple[int, float]], week: int) -> None:
    """Divide capital, goods and market networks among the chapters; nothing is lost but reach.

    Without heirs the lines run down: what is on its way is still sold.
    """
    if not heirs:
        dissolve(o, world.lines, world.gangs, world.moves, week + CLOCK)
        world.cartels.trades[o] = True
        return
    lines, cartels = world.lines, world.cartels
    left = float(cartels.capital_usd[o])
    for row, part in heirs:
        share = part * float(cartels.capital_usd[o])
        cartels.capital_usd[row] += share
        cartels.spending_usd[row] += part * cartels.spending_usd[o]
        cartels.through_kg[row] += part * cartels.through_kg[o]
        left -= share
        if not cartels.trades[row]:
            log_move(world.moves, week + CLOCK, kind=FOUNDED, who=row, place=-1, other=-1, usd=0.0)
        cartels.trades[row] = True
        world.gangs.affiliation[row], world.gangs.retainer_usd[row] = row, 0.0
    cartels.capital_usd[heirs[-1][0]] += left
    cartels.capital_usd[o] = cartels.spending_usd[o] = 0.0
    cartels.through_kg[o] = 0.0
    for old in np.flatnonzero((lines.cartel == o) & (lines.phase != SHUT)):
        divide_line(world, int(old), heirs)


def divide_line(world: World, old: int, heirs: list[tuple[int, float]]) -> None:
    """Divide one order book, its goods included."""
    lines = world.lines
    stock, coming = lines.stock_kg[old].copy(), lines.arriving_kg[old].copy()
    for k, (row, part) in enumerate(heirs):
        new = int(np.flatnonzero((lines.cartel == row) & (lines.market == lines.market[old]))[0])
        last = k == len(heirs) - 1
        for values, rest in ((lines.stock_kg, stock), (lines.arriving_kg, coming)):
            given = rest.copy() if last else part * values[old]
            values[new] += given
            rest -= given
        if lines.phase[old] == TRADING and lines.permitted[new]:
            for sizes in (lines.reach_kg, lines.base_kg, lines.root_kg):
                sizes[new] += (1.0 - LOST_NETWORK) * part * sizes[old]
            lines.rest_margin[new] = lines.rest_margin[old]
            lines.order_kg[new] += part * lines.order_kg[old]
            lines.margin[new] = lines.margin[old]
            lines.year_margin[new] = lines.year_margin[old]
        lines.phase[new] = TRADING
    lines.stock_kg[old] = 0.0
    lines.arriving_kg[old] = 0.0
    lines.phase[old] = SHUT
    lines.order_kg[old] = lines.reach_kg[old] = lines.base_kg[old] = 0.0
    lines.zone_order_kg[old] = 0.0


def remove_from(world: World, g: int, n: int) -> None:
    """Take a gang off a place."""
    gangs = world.gangs
    here = gangs.here[n, : gangs.n_here[n]]
    for k in np.flatnonzero(here == g):
        leave_place(gangs, g, n, int(k))


def vanish(world: World, o: int, week: int) -> None:
    """Let an organisation leave its places; its lines run down and its gangs are free."""
    dissolve(o, world.lines, world.gangs, world.moves, week + CLOCK)
    for n in np.flatnonzero(world.gangs.control[o] > 0):
        remove_from(world, o, int(n))
    world.gangs.members[o] = 0.0
    world.cartels.posted[o] = 0


def appear(world: World, network: Network, o: int, scenario: Scenario) -> None:
    """Let an organisation of the data appear in its places, as a newcomer there."""
    gangs = world.gangs
    row = organisation_rows(network)[network.organisations["id"].iloc[o]]
    gangs.members[o] = gangs.usual_members[o] = max(gangs.members[o], members_of(row))
    t = scenario.parameters.territory
    gangs.crowding[o] = max(t.recruitment_per_week - t.arrests_per_week, 0.0) / gangs.members[o]
    if row["kind"] == "both":
        gangs.affiliation[o] = o
    for name in split_ids(row["places"]):
        n = network.place_index[name]
        if gangs.control[o, n] <= 0 and gangs.n_here[n] < gangs.here.shape[1]:
            local = newcomer_strength(o, n, world.cartels, gangs, t.record())
            move_in(world.cartels, gangs, o, n, local)
            world.territory.pressure[n] += 1.0
