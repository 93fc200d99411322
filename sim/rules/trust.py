"""Whom a cartel can rely on: trust, what it keeps of its goods, which ways are open to it."""

from sim.engine.compiled import kernel
from sim.world.codes import SHUT


@kernel
def access_with(trust, routing):
    """Return the share of its goods' value that an owner keeps at a place.

        access = 1 - outsider_discount (1 - trust)

    Others keep the rest for what they do in its place.
    """
    return 1.0 - routing.outsider_discount * (1.0 - trust)


@kernel
def tie_with(trust, routing):
    """Return the share of the ways through a place that are open to an owner.

        tie = stranger_share + (1 - stranger_share) trust

    A stranger finds few who will work for it.
    """
    return 1.0 - (1.0 - routing.stranger_share) * (1.0 - trust)


@kernel
def settled_trust(o, n, cartels, gangs, routing, useful_hold):
    """Return the trust, 0 to 1, at which an organisation comes to rest at a place.

    It is the highest of its roots there, its own post or gang (1) and an allied gang
    (``ally_trust``), gangs in proportion to their control below ``useful_hold``; events move
    it by ``standing``, within 0 and 1.
    """
    trust = max(cartels.roots[o, n], float(cartels.posted[o, n]))
    for k in range(gangs.n_here[n]):
        g = gangs.here[n, k]
        if gangs.affiliation[g] == o:
            firm = min(gangs.control[g, n] / useful_hold, 1.0)
            trust = max(trust, firm * (1.0 if g == o else routing.ally_trust))
    return min(max(trust + cartels.standing[o, n], 0.0), 1.0)


@kernel
def follow_trust(cartels, gangs, routing, useful_hold, up, down):
    """Move trust a part of the way to where it settles, and access and ties (o, n) with it.

        trust += part (settled - trust)

    with the part ``up`` where trust grows, else ``down``.
    """
    for o in range(cartels.trust.shape[0]):
        for n in range(cartels.trust.shape[1]):
            gap = (
                settled_trust(
                    o, n, cartels=cartels, gangs=gangs, routing=routing, useful_hold=useful_hold
                )
                - cartels.trust[o, n]
            )
            cartels.trust[o, n] += gap * (up if gap > 0.0 else down)
            cartels.access[o, n] = access_with(cartels.trust[o, n], routing)
            cartels.tie[o, n] = tie_with(cartels.trust[o, n], routing)


@kernel
def move_trust(w, routing, useful_hold, weeks):
    """Let trust grow over ``trust_weeks`` and fade over ``fade_weeks``; sources pull anew.

    Parameters
    ----------
    weeks : int
        Time since the last call.
    """
    up, down = min(weeks / routing.trust_weeks, 1.0), min(weeks / routing.fade_weeks, 1.0)
    follow_trust(w.cartels, w.gangs, routing=routing, useful_hold=useful_hold, up=up, down=down)
    pull_sources(w.graph, w.lines, w.cartels, w.zones)


@kernel
def pull_sources(graph, lines, cartels, zones):
    """Work out how strongly each source pulls each open line: its usual size times ties there.

        zone_pull[row, z] = origin_weight[m, z] x tie[o, place of z]

    for owner ``o`` and market ``m`` of the line.
    """
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        owner, m = lines.cartel[row], lines.market[row]
        for z in range(graph.zone_place.size):
            tie = cartels.tie[owner, graph.zone_place[z]]
            lines.zone_pull[row, z] = zones.origin_weight[m, z] * tie
