"""What passing a place costs, and to whom it goes."""

import math

import numpy as np

from sim.engine.compiled import kernel


@kernel
def pay_gangs(week, gangs):
    """Split each owner's tolls at a place over the gangs there that charge it."""
    for n in range(gangs.n_here.size):
        present = gangs.n_here[n]
        if present == 0:
            continue
        for owner in range(week.toll_usd.shape[0]):
            due = week.toll_usd[owner, n]
            if due <= 0.0:
                continue
            total = 0.0
            for k in range(present):
                g = gangs.here[n, k]
                if gangs.affiliation[g] != owner:
                    total += gangs.control[g, n] * gangs.toll_share[g]
            for k in range(present):
                g = gangs.here[n, k]
                if gangs.affiliation[g] != owner:
                    part = due * gangs.control[g, n] * gangs.toll_share[g] / total
                    gangs.cash_usd[g] += part
                    week.gang_usd[g] += part


@kernel
def adjust_tolls(gangs, territory, p, weeks):
    """Let tolls follow what passes and how firmly a gang holds its places.

        target = usual toll x (worth of what passes over its usual worth)^b

    over the gang's places. Tolls are shares of what goods are usually worth at a
    place. A toll that climbs on revenue alone would end at a
    quarter of the goods' value, since few loads have another way: gangs in the data
    take a hundredth, held down by the customary and by what would follow.
    """
    speed = min(p.toll_per_year * weeks / 52.0, 1.0)
    now, usual = np.zeros(gangs.members.size), np.zeros(gangs.members.size)
    for n in range(gangs.n_here.size):
        for k in range(gangs.n_here[n]):
            g = gangs.here[n, k]
            now[g] += gangs.control[g, n] * territory.through_usd[n]
            usual[g] += gangs.control[g, n] * territory.usual_usd[n]
    for g in range(now.size):
        if usual[g] > 0.0 and now[g] > 0.0:
            level = math.exp(p.toll_power * math.log(min(max(now[g] / usual[g], 0.1), 10.0)))
            gap = gangs.usual_toll_share[g] * level - gangs.toll_share[g]
            gangs.toll_share[g] += speed * gap


@kernel
def toll_of(gangs, n, patron):
    """Return what passing a place costs the owner ``patron``: tolls of gangs not its own."""
    charge = 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if patron < 0 or gangs.affiliation[g] != patron:
            charge += gangs.control[g, n] * gangs.toll_share[g]
    return charge * gangs.worth_usd_per_kg[n]


@kernel
def set_tolls(cartels, gangs):
    """Work out what each owner pays at each place."""
    for n in range(gangs.n_here.size):
        cartels.toll_usd_per_kg[:, n] = toll_of(gangs, n, -1)
        for k in range(gangs.n_here[n]):
            patron = gangs.affiliation[gangs.here[n, k]]
            if patron >= 0:
                cartels.toll_usd_per_kg[patron, n] = toll_of(gangs, n, patron)
