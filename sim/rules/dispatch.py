"""How stock leaves in whole consignments."""

import math

from sim.compiled import kernel, part
from sim.streams import SPLIT, mix, stream_key, uniform


@kernel
def dispatch(graph, legs, lines, week, consignments, p, seed, now):
    """Load consignments from every stock, over the legs its owner has chosen.

    The number on a leg is the stock times the route share over the size of a
    load, rounded up or down by a draw so that the mean is kept. A last part
    load goes if it is at least ``minimum_load_share`` of a whole one; smaller
    stocks wait. Loads are decided anew at every place, so an event re-routes
    what is already on its way.
    """
    key = stream_key(seed, SPLIT, now)
    consignments.count[0] = 0
    for row in range(lines.cartel.size):
        for n in range(graph.first_out.size - 1):
            if lines.stock_kg[row, n] > 0.0:
                load_place(row, n, graph, legs, lines, consignments, p, key)


@part
def load_place(row, n, graph, legs, lines, consignments, p, key):
    """Load what one line has at one place."""
    whole = lines.stock_kg[row, n]
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        share = lines.share[row, e]
        if share <= 0.0:
            continue
        draw = uniform(mix(key, lines.key[row]), legs.key[e], 0)
        number = math.floor(whole * share / legs.load_kg[e] + draw)
        for k in range(number):
            left = lines.stock_kg[row, n]
            if left < p.minimum_load_share * legs.load_kg[e]:
                break
            c = consignments.count[0]
            if c >= consignments.kg.size:
                return
            kg = min(left, legs.load_kg[e])
            consignments.line[c] = row
            consignments.leg[c] = e
            consignments.number[c] = k
            consignments.pilot[c] = -1
            consignments.kg[c] = kg
            consignments.count[0] = c + 1
            lines.stock_kg[row, n] = left - kg
