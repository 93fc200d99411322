"""What passing a place costs, and to whom it goes."""

import math

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import WEEKS_PER_YEAR


@kernel
def toll_part(g, n, gangs):
    """Return what a gang takes at a place, as a share of what goods are usually worth there."""
    return gangs.control[g, n] * gangs.toll_share[g]


@kernel
def whole_toll(g, n, gangs):
    """Return what a gang asks of strangers, in USD/kg, at a place that it holds alone."""
    return gangs.toll_share[g] * gangs.worth_usd_per_kg[n]


@kernel
def toll_of(gangs, n, owner):
    """Return what passing a place costs an owner, in USD/kg: tolls of gangs not its own.

        toll = worth x sum of control x toll share

    ``owner`` -1 stands for somebody whom no gang works for.
    """
    charge = 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if owner < 0 or gangs.affiliation[g] != owner:
            charge += toll_part(g, n, gangs)
    return charge * gangs.worth_usd_per_kg[n]


@kernel
def strangers_toll(gangs, out):
    """Work out, for every place, what passing it costs somebody whom no gang works for."""
    for n in range(out.size):
        out[n] = toll_of(gangs, n, -1)


@kernel
def set_tolls(cartels, gangs):
    """Work out what each owner pays at each place: ``cartels.toll_usd_per_kg`` (o, n)."""
    for n in range(gangs.n_here.size):
        cartels.toll_usd_per_kg[:, n] = toll_of(gangs, n, -1)
        for k in range(gangs.n_here[n]):
            patron = gangs.affiliation[gangs.here[n, k]]
            if patron >= 0:
                cartels.toll_usd_per_kg[patron, n] = toll_of(gangs, n, patron)


@kernel
def pay_gangs(week, gangs):
    """Split each owner's tolls at a place over the gangs there that charge it, in USD."""
    for n in range(gangs.n_here.size):
        if gangs.n_here[n] == 0:
            continue
        for owner in range(week.toll_usd.shape[0]):
            if week.toll_usd[owner, n] > 0.0:
                share_toll(week.toll_usd[owner, n], owner, n, week, gangs)


@kernel
def share_toll(due_usd, owner, n, week, gangs):
    """Split one toll over the gangs at a place that are not the owner's, as they charge."""
    total = 0.0
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if gangs.affiliation[g] != owner:
            total += toll_part(g, n, gangs)
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if gangs.affiliation[g] != owner:
            part = due_usd * gangs.control[g, n] * gangs.toll_share[g] / total
            gangs.cash_usd[g] += part
            week.gang_usd[g] += part


@kernel
def adjust_tolls(gangs, territory, territory_numbers, weeks):
    """Let tolls follow what passes and how firmly a gang holds its places.

        target = usual toll x (worth of what passes over its usual worth)^b

    over the gang's places. Tolls are shares of what goods are usually worth at a
    place. A toll that climbs on revenue alone would end at a
    quarter of the goods' value, since few loads have another way: gangs in the data
    take a hundredth, held down by the customary and by what would follow.

    Parameters
    ----------
    weeks : int
        Time since the last call.
    """
    speed = min(territory_numbers.toll_per_year * weeks / WEEKS_PER_YEAR, 1.0)
    passes, usual = np.zeros(gangs.members.size), np.zeros(gangs.members.size)
    for n in range(gangs.n_here.size):
        for k in range(gangs.n_here[n]):
            g = gangs.here[n, k]
            passes[g] += gangs.control[g, n] * territory.through_usd[n]
            usual[g] += gangs.control[g, n] * territory.usual_usd[n]
    for g in range(passes.size):
        if usual[g] > 0.0 and passes[g] > 0.0:
            ratio = min(max(passes[g] / usual[g], 0.1), 10.0)
            level = math.exp(territory_numbers.toll_power * math.log(ratio))
            gap = gangs.usual_toll_share[g] * level - gangs.toll_share[g]
            gangs.toll_share[g] += speed * gap
