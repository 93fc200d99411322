"""Who holds a place: contests between gangs, moving in and giving up."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.engine.streams import TERRITORY, mix, normal, stream_key, unit
from sim.rules.corridors import draw_zone
from sim.rules.costs import annuity
from sim.rules.local_shocks import shake_strength
from sim.rules.tolls import toll_part, whole_toll
from sim.world.codes import HALF_YEAR, NETWORKS, WEEKS_PER_YEAR
from sim.world.moves import LOSES_PLACE, MOVES_IN, NOBODY, log_move

FOOTHOLD = 0.05  # control of a gang that moves in


@kernel
def watch_places(w):
    """Keep a half-year memory of what passes each place a week.

        memory += (this week - memory) / 26

    of kilograms and their worth in USD (n), and of kilograms by owner (o, n).
    """
    week, cartels, territory = w.week, w.cartels, w.territory
    memory = 1.0 / HALF_YEAR
    for n in range(territory.through_kg.size):
        territory.through_kg[n] += memory * (week.through_kg[n] - territory.through_kg[n])
        territory.through_usd[n] += memory * (week.through_usd[n] - territory.through_usd[n])
    for o in range(cartels.trades.size):
        if cartels.trades[o]:
            for n in range(territory.through_kg.size):
                gap = week.passed_kg[o, n] - cartels.through_kg[o, n]
                cartels.through_kg[o, n] += memory * gap


@kernel
def firmness(gangs):
    """Return how strong each gang is wherever it holds ground: (g).

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
def strength(g, n, firm, w, backing):
    """Return a gang's strength at a place.

        local hold x firmness x (1 + backing x patron's share of the kilograms that pass)

    The patron backs its gang by as much as it has at stake.
    """
    gangs, patron, passing = w.gangs, w.gangs.affiliation[g], w.territory.through_kg[n]
    power = gangs.local[g, n] * firm
    if patron >= 0 and passing > 0.0:
        power *= 1.0 + backing * min(w.cartels.through_kg[patron, n] / passing, 1.0)
    return power


@kernel
def contest(w, territory, now):
    """Move control of every place towards the gangs' strengths (Tullock's contest).

        ds_g = contest_per_year / 52 (strength_g / sum of strengths - s_g)

    A gang whose share falls below ``smallest_hold`` has lost the place; the others share
    what it held. Changes ``gangs.control`` (g, n), whose shares sum to one at a place.
    """
    gangs, firm, speed = w.gangs, firmness(w.gangs), territory.contest_per_year / WEEKS_PER_YEAR
    power = np.zeros(gangs.here.shape[1])
    for n in range(gangs.n_here.size):
        total, weakest = 0.0, 1.0
        for k in range(gangs.n_here[n]):
            g = gangs.here[n, k]
            power[k] = strength(g, n, firm[g], w, territory.backing)
            total += power[k]
        if total <= 0.0:
            continue
        for k in range(gangs.n_here[n]):
            g = gangs.here[n, k]
            gangs.control[g, n] += speed * (power[k] / total - gangs.control[g, n])
            weakest = min(weakest, gangs.control[g, n])
        if weakest < territory.smallest_hold:
            drop_weak(n, territory.smallest_hold, gangs, w.moves, now)


@kernel
def drop_weak(n, smallest, gangs, moves, now):
    """Take the gangs off a place whose hold is below the smallest."""
    for k in range(gangs.n_here[n] - 1, -1, -1):
        g = gangs.here[n, k]
        if gangs.control[g, n] < smallest:
            leave_place(gangs, g, n, k)
            log_move(moves, now, LOSES_PLACE, g, place=n, other=NOBODY, usd=0.0)


@kernel
def leave_place(gangs, g, n, k):
    """Take a gang off the list of a place, entry ``k``; the others share its hold."""
    last = gangs.n_here[n] - 1
    for i in range(k, last):
        gangs.here[n, i] = gangs.here[n, i + 1]
    gangs.here[n, last] = NOBODY
    gangs.n_here[n] = last
    gangs.control[g, n], gangs.local[g, n], gangs.local_shock[g, n] = 0.0, 0.0, 0.0
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
def draw_by_rents(graph, gangs, g, rents_usd, draw):
    """Draw a place next to one that a gang holds, in proportion to its rents (n); -1 if none."""
    weight = np.zeros(rents_usd.size)
    for e in range(graph.start.size):
        there = next_door(graph, gangs, g, e)
        if there >= 0:
            weight[there] = rents_usd[there]
    return draw_zone(weight, draw)


@kernel
def newcomer_strength(g, n, cartels, gangs, territory):
    """Return the local hold of a gang that moves in: part of the mean of those there.

        away_strength x mean local hold x exp(-distance / muscle_km)

    The part falls with the distance from its home, since muscle is local.
    """
    held = 0.0
    for k in range(gangs.n_here[n]):
        held += gangs.local[gangs.here[n, k], n]
    usual = held / gangs.n_here[n] if gangs.n_here[n] > 0 else 1.0
    far = math.exp(-cartels.distance_km[g, n] / territory.muscle_km)
    return territory.away_strength * usual * far


@kernel
def review_territory(w, territory, expansion, on, seed, now):
    """Let gangs, each in its own week of the quarter, move in next door or give places up."""
    gangs, key = w.gangs, stream_key(seed, TERRITORY, now)
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0 or (now + g) % int(expansion.review_weeks) != 0:
            continue
        give_up(g, w, expansion, now)
        mine = mix(key, w.cartels.key[g])
        if on.local_shocks:
            weeks = float(int(expansion.review_weeks))
            shake_strength(
                g, gangs, place_key=w.graph.key, key=mix(mine, 2), territory=territory, weeks=weeks
            )
        if on.rents_followed:
            n = draw_by_rents(w.graph, gangs, g, w.territory.rents_usd, unit(mix(mine, 0)))
        else:
            n = draw_neighbour(w.graph, gangs, g, unit(mix(mine, 0)))
        if n >= 0 and gangs.toll_share[g] > 0.0 and gangs.n_here[n] < gangs.here.shape[1]:
            luck = math.exp(expansion.judgement_spread * normal(mix(mine, 1)))
            consider_place(g, n, luck=luck, w=w, territory=territory, expansion=expansion, now=now)


@kernel
def all_strength(n, gangs):
    """Return the local holds of all gangs at a place together."""
    total = 0.0
    for g in range(gangs.local.shape[0]):
        total += gangs.local[g, n]
    return total


@kernel
def expected_toll(g, n, w, territory):
    """Return what a gang could take a week, in USD, at a place that it moves into.

    strength it would have / all strength there x its toll x kilograms that pass
    """
    gangs = w.gangs
    local = newcomer_strength(g, n, w.cartels, gangs, territory)
    share = local / max(local + all_strength(n, gangs), 1e-12)
    return share * whole_toll(g, n, gangs) * w.territory.through_kg[n]


@kernel
def held_toll(g, n, w):
    """Return what a gang takes a week, in USD, at a place that it holds."""
    toll = toll_part(g, n, w.gangs) * w.gangs.worth_usd_per_kg[n]
    return toll * w.territory.through_kg[n]


@kernel
def consider_place(g, n, luck, w, territory, expansion, now):
    """Move a gang into a place next door if that pays over the planning horizon.

        A (share x toll x kg luck - upkeep) > cost

    in USD, with A the annuity, the share that its strength would win, its toll on the
    kilograms that pass a week, ``luck`` an error of judgement, and the cost of a post.
    """
    cartels, gangs = w.cartels, w.gangs
    cost = cartels.post_usd[g, n]
    income = expected_toll(g, n, w, territory) * luck
    income -= cost * expansion.upkeep_per_year / WEEKS_PER_YEAR
    purse = cartels.capital_usd[g] if cartels.trades[g] else gangs.cash_usd[g]
    if income * annuity(expansion) <= cost or purse < cost:
        return
    if cartels.trades[g]:
        cartels.capital_usd[g] -= cost
    else:
        gangs.cash_usd[g] -= cost
    w.books.usd[NETWORKS] += cost
    move_in(cartels, gangs, g, n, newcomer_strength(g, n, cartels, gangs, territory))
    w.territory.pressure[n] += 1.0
    log_move(w.moves, now, MOVES_IN, g, place=n, other=NOBODY, usd=cost)


@kernel
def move_in(cartels, gangs, g, n, local):
    """Put a gang on the list of a place, with a foothold; the others make room in proportion."""
    for k in range(gangs.n_here[n]):
        gangs.control[gangs.here[n, k], n] *= 1.0 - FOOTHOLD
    gangs.control[g, n] = FOOTHOLD if gangs.n_here[n] > 0 else 1.0
    gangs.local[g, n], gangs.local_shock[g, n] = local, 0.0
    gangs.here[n, gangs.n_here[n]] = g
    gangs.n_here[n] += 1
    gangs.places[g] += 1
    cartels.idle_weeks[g, n] = 0


@kernel
def give_up(g, w, expansion, now):
    """Give up places, home excepted, whose tolls have not earned their upkeep for long.

    That is, for ``patience_weeks`` in a row of a gang's own reviews.
    """
    cartels, gangs = w.cartels, w.gangs
    if gangs.usual_toll_share[g] <= 0.0:
        return
    for n in range(gangs.n_here.size):
        if gangs.control[g, n] <= 0.0 or gangs.home[g, n] > 0.0:
            continue
        due = cartels.post_usd[g, n] * expansion.upkeep_per_year / WEEKS_PER_YEAR
        if held_toll(g, n, w) >= due:
            cartels.idle_weeks[g, n] = 0
            continue
        cartels.idle_weeks[g, n] += int(expansion.review_weeks)
        if cartels.idle_weeks[g, n] >= expansion.patience_weeks:
            walk_out(g, n, gangs, w.moves, now)


@kernel
def walk_out(g, n, gangs, moves, now):
    """Take a gang off a place that it holds, of its own will."""
    for k in range(gangs.n_here[n]):
        if gangs.here[n, k] == g:
            leave_place(gangs, g, n, k)
            log_move(moves, now, LOSES_PLACE, g, place=n, other=NOBODY, usd=0.0)
            break
