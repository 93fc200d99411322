"""Goods on their way: sent on from a place, arrived at the next."""

from sim.engine.compiled import kernel
from sim.world.codes import HANDLING, SHUT, THROUGH


@kernel
def send_on(w, now):
    """Put what got through on its way and pay those who handled it.

    They keep the share ``handling`` of its worth at the far end, and an owner
    without trust there loses the share that outsiders lose. At the market itself
    the outsider's loss is settled with the sale.
    """
    graph, lines, week, cartels = w.graph, w.lines, w.week, w.cartels
    markets, consignments, books = w.markets, w.consignments, w.books
    slots = lines.arriving_kg.shape[2]
    row_of, leg_of, kg_of = consignments.line, consignments.leg, consignments.kg
    fates, n_loads = consignments.fate, consignments.loaded[0]
    owner_of = lines.cartel
    market_of = lines.market
    end = graph.end
    start = graph.start
    handling = markets.handling
    goals = graph.market_place
    access = cartels.access
    value = lines.value
    usd = books.usd
    capital = cartels.capital_usd
    paid = week.paid_usd
    arriving = lines.arriving_kg
    weeks = graph.weeks
    for c in range(n_loads):
        if fates[c] != THROUGH:
            continue
        row, e, kg = row_of[c], leg_of[c], kg_of[c]
        owner, m, j = owner_of[row], market_of[row], end[e]
        kept = 1.0 - handling[m, start[e]]
        if j != goals[m]:
            kept *= access[owner, j]
        fee = kg * max(value[row, j], 0.0) * (1.0 - kept)
        usd[HANDLING] += fee
        capital[owner] -= fee
        paid[row] += fee
        arriving[row, j, (now + weeks[e] - 1) % slots] += kg


@kernel
def arrive(graph, lines, week, markets, now):
    """Bring in what is due: to stock on the way, to ``delivered`` at the market."""
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
            if n == goal:
                week.delivered_kg[row] += kg
                markets.delivered_kg[lines.market[row]] += kg
            else:
                lines.stock_kg[row, n] += kg
