"""How stock leaves in whole consignments."""

from sim.engine.compiled import kernel
from sim.engine.streams import SPLIT, mix, stream_key, unit
from sim.world.codes import SHUT, TRADING


@kernel
def draw_goal(out_leg, first, last, share, load_kg, draw):
    """Draw a leg with a chance proportional to its route share over its load.

    Each load drawn carries ``load_kg``, so kilograms follow the route shares.
    Returns -1 where no leg is worth taking.
    """
    total = 0.0
    for i in range(first, last):
        e = out_leg[i]
        total += share[e] / load_kg[e]
    left = draw * total
    goal = -1
    for i in range(first, last):
        e = out_leg[i]
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
    event re-routes what is already on its way. A line that is being run down sends
    what is left in smaller loads.
    """
    key = stream_key(seed, SPLIT, now)
    load_kg, out_leg = legs.load_kg, graph.out_leg
    first_out, place_key = graph.first_out, graph.key
    stock_kg, goals = lines.stock_kg, lines.goal
    out_line, out_kg, out_pilot = consignments.line, consignments.kg, consignments.pilot
    out_leg_of, out_number = consignments.leg, consignments.number
    room, c = out_kg.size, 0
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        share, line_key = lines.share[row], mix(key, lines.key[row])
        least = p.minimum_load_share if lines.phase[row] == TRADING else 0.0
        for n in range(first_out.size - 1):
            left = stock_kg[row, n]
            first, last = first_out[n], first_out[n + 1]
            if left <= 0.0 or first == last:
                continue
            goal, k, mine = goals[row, n], 1, mix(line_key, place_key[n])
            if goal < 0 or share[goal] <= 0.0 or unit(mix(mine, 0)) < p.change_of_mind_per_week:
                goal = draw_goal(out_leg, first, last, share, load_kg, unit(mix(mine, k)))
            while goal >= 0 and left > 0.0 and left >= least * load_kg[goal] and c < room:
                kg = min(left, load_kg[goal])
                out_line[c] = row
                out_leg_of[c] = goal
                out_number[c] = k
                out_pilot[c] = -1
                out_kg[c] = kg
                c += 1
                left -= kg
                k += 1
                goal = draw_goal(out_leg, first, last, share, load_kg, unit(mix(mine, k)))
            stock_kg[row, n] = left
            goals[row, n] = goal
    consignments.loaded[0] = c
