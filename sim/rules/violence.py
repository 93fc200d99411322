"""Fights over places: what they cost in lives, where they spread, how groups heal."""

import math

import numpy as np

from sim.engine.compiled import kernel


@kernel
def fight_rate(n, territory, territory_numbers):
    """Return the deaths a week per pair of rivals who meet at a place.

        theta truce (1 + pressure_gain pressure) (stakes)^a

    with stakes the rents there over the usual (``sim.rules.stakes``), within 0.05 and 20,
    and pressure the memory of what upset the place.
    """
    stakes = territory.rents_usd[n] / max(territory.usual_rents_usd[n], 1.0)
    heat = math.exp(territory_numbers.stakes_power * math.log(min(max(stakes, 0.05), 20.0)))
    tense = 1.0 + territory_numbers.pressure_gain * territory.pressure[n]
    return territory_numbers.fight_rate * territory.truce[n] * tense * heat


@kernel
def rivals_of(n, k, gangs, there):
    """Return the members at a place whom the ``k``-th gang there fights: not of its patron."""
    patron, met = gangs.affiliation[gangs.here[n, k]], 0.0
    for i in range(gangs.n_here[n]):
        if i != k and (patron < 0 or patron != gangs.affiliation[gangs.here[n, i]]):
            met += there[n, i]
    return met


@kernel
def fight(graph, gangs, territory, territory_numbers):
    """Count the members killed in fights at every place, this week.

    Members c_g, c_h of rivals who meet at a place kill each other at a rate

        theta c_g c_h (stakes)^a

    each way (``fight_rate``); gangs of one patron do not fight. A group without cohesion
    also fights within, at (1 - cohesion) theta c_g^2, and its beaten factions flee, so
    ``spill_share`` of this is fought next door. Neither takes more than a tenth of those
    there. Members are spread over a gang's places by its hold of them. Deaths by place are left in
    ``territory.fights`` (n), by gang in ``gangs.lost`` (g).
    """
    there = members_there(gangs)
    gangs.lost[:] = 0.0
    territory.fights[:] = 0.0
    for n in range(gangs.n_here.size):
        rate = fight_rate(n, territory, territory_numbers)
        for k in range(gangs.n_here[n]):
            g, mine = gangs.here[n, k], there[n, k]
            killed = min(rate * mine * rivals_of(n, k, gangs, there), 0.1 * mine)
            within = min(rate * (1.0 - gangs.cohesion[g]) * mine * mine, 0.1 * mine)
            gangs.lost[g] += killed + within
            territory.fights[n] += killed + within
            if within > 0.0:
                spill_over(graph, n, territory_numbers.spill_share * within, territory.fights)


@kernel
def members_there(gangs):
    """Return the members at each place (n, room), in the order of its list: spread by hold."""
    here, n_here, control = gangs.here, gangs.n_here, gangs.control
    held, there = np.zeros(gangs.members.size), np.zeros(here.shape)
    for n in range(n_here.size):
        for k in range(n_here[n]):
            held[here[n, k]] += control[here[n, k], n]
    for n in range(n_here.size):
        for k in range(n_here[n]):
            g = here[n, k]
            there[n, k] = gangs.members[g] * control[g, n] / held[g]
    return there


@kernel
def spill_over(graph, n, killed, fights):
    """Move some of a place's deaths to the places next door, in equal parts."""
    count = 0
    for e in range(graph.start.size):
        count += graph.start[e] == n or graph.end[e] == n
    for e in range(graph.start.size):
        if graph.start[e] == n:
            fights[graph.end[e]] += killed / count
        elif graph.end[e] == n:
            fights[graph.start[e]] += killed / count
    if count > 0:
        fights[n] -= killed


@kernel
def forget_pressure(territory, pressure_weeks, on):
    """Let what upset places be forgotten: d pressure = -pressure / pressure_weeks a week.

    A newcomer, a fallen leader and a crackdown each add one; without the switch nothing stays.
    """
    for n in range(territory.pressure.size):
        left = territory.pressure[n] * (1.0 - 1.0 / pressure_weeks)
        territory.pressure[n] = left if on else 0.0


@kernel
def heal(gangs, territory):
    """Let groups that lost their leaders find together again.

        d cohesion = (1 - cohesion) / cohesion_weeks

    each week.
    """
    for g in range(gangs.cohesion.size):
        gangs.cohesion[g] += (1.0 - gangs.cohesion[g]) / territory.cohesion_weeks
