"""Who holds a place: contests between gangs, fights, tolls, moving in and giving up."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.streams import TERRITORY, mix, normal, stream_key, unit
from sim.rules.costs import annuity, place_cost
from sim.world.codes import NETWORKS
from sim.world.moves import LOSES_PLACE, MOVES_IN, log_move


@kernel
def watch_places(week, cartels, territory):
    """Keep a half-year memory of what passes each place, in all and by owner."""
    memory = 1.0 / 26.0
    for n in range(territory.through_kg.size):
        territory.through_kg[n] += memory * (week.through[n, 0] - territory.through_kg[n])
        territory.through_usd[n] += memory * (week.through[n, 1] - territory.through_usd[n])
    for o in range(cartels.trades.size):
        if cartels.trades[o]:
            for n in range(territory.through_kg.size):
                gap = week.passed_kg[o, n] - cartels.through_kg[o, n]
                cartels.through_kg[o, n] += memory * gap


@kernel
def firmness(gangs):
    """Return how strong each gang is wherever it holds ground.

        members over the usual x usual places over places x cohesion

    Members are spread over the gang's places, so each new place weakens the others.
    """
    firm = np.empty(gangs.members.size)
    for g in range(firm.size):
        size = gangs.members[g] / max(gangs.usual_members[g], 1.0)
        spread = float(max(gangs.usual_places[g], 1)) / max(gangs.places[g], 1)
        firm[g] = size * spread * gangs.cohesion[g]
    return firm


@kernel
def contest(cartels, gangs, territory, p, now, moves):
    """Move control of every place towards the gangs' strengths (Tullock's contest).

        strength_g = local hold x firmness x (1 + backing x patron's share)
        ds_g = speed (strength_g / sum of strengths - s_g)

    The patron backs its gang by as much as it has at stake: its share of the
    kilograms that pass. A gang whose share falls below ``smallest_hold`` has lost the
    place; the others share what it held.
    """
    speed, firm = p.contest_per_year / 52.0, firmness(gangs)
    here, n_here, control, local = gangs.here, gangs.n_here, gangs.control, gangs.local
    patron, passed, through = gangs.affiliation, cartels.through_kg, territory.through_kg
    power = np.zeros(here.shape[1])
    for n in range(n_here.size):
        total, weakest = 0.0, 1.0
        for k in range(n_here[n]):
            g = here[n, k]
            power[k] = local[g, n] * firm[g]
            if patron[g] >= 0 and through[n] > 0.0:
                power[k] *= 1.0 + p.backing * min(passed[patron[g], n] / through[n], 1.0)
            total += power[k]
        if total <= 0.0:
            continue
        for k in range(n_here[n]):
            g = here[n, k]
            control[g, n] += speed * (power[k] / total - control[g, n])
            weakest = min(weakest, control[g, n])
        if weakest < p.smallest_hold:
            drop_weak(gangs, n, p.smallest_hold, now, moves)


@kernel
def drop_weak(gangs, n, smallest, now, moves):
    """Take the gangs off a place whose hold is below the smallest."""
    for k in range(gangs.n_here[n] - 1, -1, -1):
        g = gangs.here[n, k]
        if gangs.control[g, n] < smallest:
            leave_place(gangs, g, n, k)
            log_move(moves, now, LOSES_PLACE, g, n, -1, 0.0)


@kernel
def leave_place(gangs, g, n, k):
    """Take a gang off the list of a place, entry ``k``; the others share its hold."""
    last = gangs.n_here[n] - 1
    for i in range(k, last):
        gangs.here[n, i] = gangs.here[n, i + 1]
    gangs.here[n, last] = -1
    gangs.n_here[n] = last
    gangs.control[g, n], gangs.local[g, n] = 0.0, 0.0
    gangs.places[g] -= 1
    total = 0.0
    for i in range(last):
        total += gangs.control[gangs.here[n, i], n]
    for i in range(last):
        gangs.control[gangs.here[n, i], n] /= total


@kernel
def next_door(graph, gangs, g, e):
    """Return the place at the far end of a leg that touches a gang's places, or -1."""
    a, b = graph.start[e], graph.end[e]
    if (gangs.control[g, a] > 0.0) == (gangs.control[g, b] > 0.0):
        return -1
    there = b if gangs.control[g, a] > 0.0 else a
    return there if graph.first_out[there] < graph.first_out[there + 1] else -1


@kernel
def draw_neighbour(graph, gangs, g, draw):
    """Draw a place next to one that a gang holds, at the other end of a leg; -1 if none."""
    count = 0
    for e in range(graph.start.size):
        count += next_door(graph, gangs, g, e) >= 0
    left = int(draw * count)
    for e in range(graph.start.size):
        there = next_door(graph, gangs, g, e)
        if there >= 0:
            if left == 0:
                return there
            left -= 1
    return -1


@kernel
def newcomer_strength(g, n, cartels, gangs, p):
    """Return the local hold of a gang that moves in: part of the mean of those there.

    The part falls with the distance from its home, since muscle is local:
    ``away_strength`` exp(-distance / ``muscle_km``).
    """
    held = 0.0
    for k in range(gangs.n_here[n]):
        held += gangs.local[gangs.here[n, k], n]
    usual = held / gangs.n_here[n] if gangs.n_here[n] > 0 else 1.0
    far = math.exp(-cartels.distance_km[g, n] / p.muscle_km)
    return p.away_strength * usual * far


@kernel
def review_territory(graph, cartels, gangs, territory, books, moves, p, expansion, seed, now):
    """Let gangs, each in its own week of the quarter, move in next door or give places up.

    A gang moves into a place drawn from those next door when the toll it expects
    there over the planning horizon exceeds the cost: the toll on what passes, at
    the share its strength would win, as it judges it (with an error of
    ``judgement_spread``). It gives up a place whose tolls have not earned its
    upkeep for ``patience_weeks``.
    """
    key = stream_key(seed, TERRITORY, now)
    weeks = annuity(expansion)
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0 or (now + g) % int(expansion.review_weeks) != 0:
            continue
        give_up(cartels, gangs, territory, g, expansion, moves, now)
        mine = mix(key, cartels.key[g])
        n = draw_neighbour(graph, gangs, g, unit(mix(mine, 0)))
        luck = math.exp(expansion.judgement_spread * normal(mix(mine, 1)))
        if n < 0 or gangs.toll_share[g] <= 0.0 or gangs.n_here[n] >= gangs.here.shape[1]:
            continue
        local = newcomer_strength(g, n, cartels, gangs, p)
        share = local / (local + gangs.local[:, n].sum())
        toll = gangs.toll_share[g] * gangs.worth_usd_per_kg[n]
        cost = place_cost(cartels, g, n, expansion)
        income = share * toll * territory.through_kg[n] * luck
        income -= cost * expansion.upkeep_per_year / 52.0
        purse = cartels.capital_usd[g] if cartels.trades[g] else gangs.cash_usd[g]
        if income * weeks <= cost or purse < cost:
            continue
        if cartels.trades[g]:
            cartels.capital_usd[g] -= cost
        else:
            gangs.cash_usd[g] -= cost
        books.usd[NETWORKS] += cost
        move_in(cartels, gangs, g, n, local)
        log_move(moves, now, MOVES_IN, g, n, -1, cost)


@kernel
def move_in(cartels, gangs, g, n, local):
    """Put a gang on the list of a place, with a foothold of a twentieth."""
    for k in range(gangs.n_here[n]):
        gangs.control[gangs.here[n, k], n] *= 0.95
    gangs.control[g, n] = 0.05 if gangs.n_here[n] > 0 else 1.0
    gangs.local[g, n] = local
    gangs.here[n, gangs.n_here[n]] = g
    gangs.n_here[n] += 1
    gangs.places[g] += 1
    cartels.idle_weeks[g, n] = 0


@kernel
def give_up(cartels, gangs, territory, g, p, moves, now):
    """Give up places, home excepted, that have not earned their upkeep for long."""
    if gangs.usual_toll_share[g] <= 0.0:
        return
    for n in range(gangs.n_here.size):
        if gangs.control[g, n] <= 0.0 or gangs.home[g, n] > 0.0:
            continue
        income = gangs.control[g, n] * gangs.toll_share[g] * gangs.worth_usd_per_kg[n]
        income *= territory.through_kg[n]
        cost = place_cost(cartels, g, n, p) * p.upkeep_per_year / 52.0
        if income >= cost:
            cartels.idle_weeks[g, n] = 0
            continue
        cartels.idle_weeks[g, n] += int(p.review_weeks)
        if cartels.idle_weeks[g, n] >= p.patience_weeks:
            for k in range(gangs.n_here[n]):
                if gangs.here[n, k] == g:
                    leave_place(gangs, g, n, k)
                    log_move(moves, now, LOSES_PLACE, g, n, -1, 0.0)
                    break
