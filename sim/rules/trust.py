"""Whom a cartel can rely on: trust, what it keeps of its goods, which ways are open to it."""

from sim.engine.compiled import kernel
from sim.world.codes import SHUT


@kernel
def move_trust(graph, lines, cartels, gangs, zones, p, useful_hold, weeks):
    """Let trust follow what it rests on, and work out what follows from it.

    Trust of a cartel at a place moves over ``trust_weeks`` towards the highest of
    its roots there, its own post or gang (1) and an allied gang (``ally_trust``),
    gangs in proportion to their control below ``useful_hold``; it fades over
    ``fade_weeks`` when that is gone. From trust follow

        access = 1 - outsider_discount (1 - trust)        share of value kept
        tie    = stranger_share + (1 - stranger_share) trust   share of ways open

    Parameters
    ----------
    weeks : float
        Time since the last call.
    """
    up, down = min(weeks / p.trust_weeks, 1.0), min(weeks / p.fade_weeks, 1.0)
    n_places = cartels.trust.shape[1]
    for o in range(cartels.trades.size):
        for n in range(n_places):
            target = max(cartels.roots[o, n], float(cartels.posted[o, n]))
            for k in range(gangs.n_here[n]):
                g = gangs.here[n, k]
                if gangs.affiliation[g] == o:
                    firm = min(gangs.control[g, n] / useful_hold, 1.0)
                    target = max(target, firm * (1.0 if g == o else p.ally_trust))
            gap = target - cartels.trust[o, n]
            cartels.trust[o, n] += gap * (up if gap > 0.0 else down)
            stranger = 1.0 - cartels.trust[o, n]
            cartels.access[o, n] = 1.0 - p.outsider_discount * stranger
            cartels.tie[o, n] = 1.0 - (1.0 - p.stranger_share) * stranger
    pull_sources(graph, lines, cartels, zones)


@kernel
def pull_sources(graph, lines, cartels, zones):
    """Work out how strongly each source pulls each open line: its usual size times ties there."""
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        owner, m = lines.cartel[row], lines.market[row]
        for z in range(graph.zone_place.size):
            tie = cartels.tie[owner, graph.zone_place[z]]
            lines.zone_pull[row, z] = zones.origin_weight[m, z] * tie
