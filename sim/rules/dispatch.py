"""How stock leaves in whole consignments."""

from sim.compiled import kernel
from sim.streams import SPLIT, mix, stream_key, uniform


@kernel
def draw_goal(graph, n, share, load_kg, draw):
    """Draw a leg with a chance proportional to its route share over its load.

    Each load drawn carries ``load_kg``, so kilograms follow the route shares.
    Returns -1 where no leg is worth taking.
    """
    total = 0.0
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        total += share[e] / load_kg[e]
    left = draw * total
    goal = -1
    for i in range(graph.first_out[n], graph.first_out[n + 1]):
        e = graph.out_leg[i]
        if share[e] > 0.0:
            goal = e
            left -= share[e] / load_kg[e]
            if left < 0.0:
                break
    return goal


@kernel
def dispatch(graph, legs, lines, consignments, p, seed, now):
    """Load consignments from every stock, over the legs its owner has chosen.

    An owner gathers stock at a place for one leg at a time, drawn by its route
    shares. When there is a whole load (or at least ``minimum_load_share`` of one)
    it leaves, and the next goal is drawn. A goal that waits is drawn anew with a
    small weekly chance, or at once when its leg is no longer worth taking, so an
    event re-routes what is already on its way.
    """
    key = stream_key(seed, SPLIT, now)
    consignments.count[0] = 0
    load_kg = legs.load_kg
    for row in range(lines.cartel.size):
        share, line_key = lines.share[row], mix(key, lines.key[row])
        for n in range(graph.first_out.size - 1):
            left = lines.stock_kg[row, n]
            if left <= 0.0 or graph.first_out[n] == graph.first_out[n + 1]:
                continue
            goal, k = lines.goal[row, n], 1
            if goal < 0 or share[goal] <= 0.0 or (
                uniform(line_key, graph.key[n], 0) < p.change_of_mind_per_week
            ):
                goal = draw_goal(graph, n, share, load_kg, uniform(line_key, graph.key[n], k))
            while goal >= 0 and left >= p.minimum_load_share * load_kg[goal]:
                c = consignments.count[0]
                if c >= consignments.kg.size:
                    break
                kg = min(left, load_kg[goal])
                consignments.line[c] = row
                consignments.leg[c] = goal
                consignments.number[c] = k
                consignments.pilot[c] = -1
                consignments.kg[c] = kg
                consignments.count[0] = c + 1
                left -= kg
                k += 1
                goal = draw_goal(graph, n, share, load_kg, uniform(line_key, graph.key[n], k))
            lines.stock_kg[row, n] = left
            lines.goal[row, n] = goal
