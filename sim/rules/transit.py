"""Goods on their way: sent on from a place, arrived at the next."""

from sim.engine.compiled import kernel
from sim.rules.settlement import charge
from sim.world.codes import HANDLING, SHUT, THROUGH


@kernel
def send_on(w, own_share, now):
    """Put what got through on its way and pay those who handled it, in USD.

        paid = kg x worth at the far end x (1 - (1 - (1 - own) handling) access there)

    They keep the share ``handling`` of its worth, less the part ``own`` of that which the
    owner keeps: what it does itself, and its rent. An owner without trust there loses the
    share that outsiders lose. At the market itself the outsider's loss is settled with
    the sale. Goods arrive in ``lines.arriving_kg`` (l, n, slot), the slot named by the week.
    """
    graph, lines, loads = w.graph, w.lines, w.consignments
    slots = lines.arriving_kg.shape[2]
    for c in range(loads.loaded[0]):
        if loads.fate[c] != THROUGH:
            continue
        row, e, kg = loads.line[c], loads.leg[c], loads.kg[c]
        m, far = lines.market[row], graph.end[e]
        handling = w.markets.handling[m, graph.start[e]]
        kept = 1.0 - handling + own_share * max(handling, 0.0)
        if far != graph.market_place[m]:
            kept *= w.cartels.access[lines.cartel[row], far]
        fee = kg * max(lines.value[row, far], 0.0) * (1.0 - kept)
        w.books.usd[HANDLING] += fee
        charge(row, fee, w)
        lines.arriving_kg[row, far, (now + graph.weeks[e] - 1) % slots] += kg


@kernel
def arrive(graph, lines, week, markets, now):
    """Bring in what is due, in kg: to ``delivered`` at its goal, to stock anywhere else.

    At an exchange it is both: it waits there for a buyer.
    """
    slot = now % lines.arriving_kg.shape[2]
    markets.delivered_kg[:] = 0.0
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        goal = graph.market_place[lines.market[row]]
        for n in range(lines.arriving_kg.shape[1]):
            kg = lines.arriving_kg[row, n, slot]
            if kg <= 0.0:
                continue
            lines.arriving_kg[row, n, slot] = 0.0
            if n != goal or not markets.ends[lines.market[row]]:
                lines.stock_kg[row, n] += kg
            if n == goal:
                week.delivered_kg[row] += kg
                markets.delivered_kg[lines.market[row]] += kg
