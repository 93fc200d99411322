"""Fights over places: what they cost in lives, where they spread, how groups heal."""

import math

import numpy as np

from sim.engine.compiled import kernel


@kernel
def fight(graph, gangs, territory, p):
    """Count the members killed in fights at every place.

    Members c_g, c_h of rivals who meet at a place kill each other at a rate

        theta c_g c_h (stakes)^a

    each way, with stakes the worth of what passes over its usual worth; gangs of one
    patron do not fight. A group without cohesion also fights within, at
    (1 - cohesion) theta c_g^2, and its beaten factions flee, so ``spill_share`` of
    this is fought next door. Members are spread over a gang's places by its hold of
    them. Deaths by place are left in ``territory.fights``, by gang in ``gangs.lost``.
    """
    here, n_here, patron = gangs.here, gangs.n_here, gangs.affiliation
    there = members_there(gangs)
    gangs.lost[:] = 0.0
    territory.fights[:] = 0.0
    for n in range(n_here.size):
        stakes = territory.through_usd[n] / max(territory.usual_usd[n], 1.0)
        rate = p.fight_rate * territory.truce[n]
        rate *= math.exp(p.stakes_power * math.log(min(max(stakes, 0.05), 20.0)))
        for k in range(n_here[n]):
            g, mine, met = here[n, k], there[n, k], 0.0
            for i in range(n_here[n]):
                if i != k and (patron[g] < 0 or patron[g] != patron[here[n, i]]):
                    met += there[n, i]
            killed = min(rate * mine * met, 0.1 * mine)
            within = min(rate * (1.0 - gangs.cohesion[g]) * mine * mine, 0.1 * mine)
            gangs.lost[g] += killed + within
            territory.fights[n] += killed + within
            if within > 0.0:
                spill_over(graph, n, p.spill_share * within, territory.fights)


@kernel
def members_there(gangs):
    """Return the members at each place, in the order of its list: spread by hold."""
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
def heal(gangs, p):
    """Let groups that lost their leaders find together again."""
    for g in range(gangs.cohesion.size):
        gangs.cohesion[g] += (1.0 - gangs.cohesion[g]) / p.cohesion_weeks
