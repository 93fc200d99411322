"""How stock leaves in whole consignments."""

from sim.engine.compiled import inner, kernel
from sim.engine.streams import SPLIT, mix, stream_key, unit
from sim.world.codes import SHUT, TRADING


@inner
def draw_goal(n, graph, share, load_kg, draw):
    """Draw a leg that leaves a place; -1 where no leg is worth taking.

        chance proportional to route share / load

    Each load drawn carries ``load_kg``, so kilograms follow the route shares (e).
    ``draw`` is uniform on [0, 1).
    """
    first, last = graph.first_out[n], graph.first_out[n + 1]
    total = 0.0
    for i in range(first, last):
        e = graph.out_leg[i]
        total += share[e] / load_kg[e]
    left = draw * total
    goal = -1
    for i in range(first, last):
        e = graph.out_leg[i]
        if share[e] > 0.0:
            goal = e
            left -= share[e] / load_kg[e]
            if left < 0.0:
                break
    return goal


@kernel
def dispatch(w, routing, seed, now):
    """Load consignments from every stock, over the legs its owner has chosen.

    An owner gathers stock at a place for one leg at a time, drawn by its route
    shares. When there is a whole load (or at least ``minimum_load_share`` of one)
    it leaves, and the next goal is drawn. A goal that waits is drawn anew with a
    small weekly chance, or at once when its leg is no longer worth taking, so an
    event re-routes what is already on its way. A line that is being run down sends
    what is left in smaller loads.
    """
    key, lines, graph = stream_key(seed, SPLIT, now), w.lines, w.graph
    w.consignments.loaded[0] = 0
    for row in range(lines.cartel.size):
        if lines.phase[row] == SHUT:
            continue
        line_key = mix(key, lines.key[row])
        for n in range(graph.key.size):
            if lines.stock_kg[row, n] > 0.0 and graph.first_out[n] < graph.first_out[n + 1]:
                send_stock(row, n, w, routing, mix(line_key, graph.key[n]))


@inner
def send_stock(row, n, w, routing, key):
    """Load what a line holds at a place, load after load, and leave the next goal drawn.

    The draws: number 0 for a change of mind, number k for the goal of load k.
    """
    graph, lines, loads, load_kg = w.graph, w.lines, w.consignments, w.legs.load_kg
    share = lines.share[row]
    least = routing.minimum_load_share if lines.phase[row] == TRADING else 0.0
    left, goal, number, c = lines.stock_kg[row, n], lines.goal[row, n], 1, loads.loaded[0]
    if goal < 0 or share[goal] <= 0.0 or unit(mix(key, 0)) < routing.change_of_mind_per_week:
        goal = draw_goal(n, graph, share, load_kg, unit(mix(key, number)))
    while goal >= 0 and left > 0.0 and left >= least * load_kg[goal] and c < loads.kg.size:
        loads.line[c], loads.leg[c], loads.number[c] = row, goal, number
        loads.pilot[c] = -1
        loads.kg[c] = min(left, load_kg[goal])
        left -= loads.kg[c]
        c += 1
        number += 1
        goal = draw_goal(n, graph, share, load_kg, unit(mix(key, number)))
    loads.loaded[0] = c
    lines.stock_kg[row, n], lines.goal[row, n] = left, goal
