"""When organisations look at what they might invest in: posts and new markets."""

from sim.engine.compiled import kernel
from sim.engine.streams import EXPANSION, mix, stream_key, unit
from sim.rules.expansion import draw_new_line, weigh_entry
from sim.rules.netback import charge_legs
from sim.rules.posts import weigh_post
from sim.world.codes import TRADING


@kernel
def invest(w, numbers, on, seed, now):
    """Let organisations, each in its own week of the quarter, weigh posts and a new market.

    For every market that they serve they watch one place, and they weigh one market drawn
    from those that they do not serve. With ``on.affiliation`` they may hire gangs for a new
    way, with ``on.founding`` gangs may begin to own loads.
    """
    lines, cartels = w.lines, w.cartels
    key = stream_key(seed, EXPANSION, now)
    charge_legs(w.legs, w.air, w.ways, numbers.flying.aircraft_usd)
    for o in range(cartels.trades.size):
        if (now + o) % int(numbers.expansion.review_weeks) != 0:
            continue
        if not cartels.trades[o] and (not on.founding or w.gangs.members[o] <= 0.0):
            continue
        mine = mix(key, cartels.key[o])
        for row in range(lines.cartel.size):
            if lines.cartel[row] == o and lines.phase[row] == TRADING and not lines.held[row]:
                if lines.permitted[row]:
                    weigh_post(row, w, numbers, mix(mine, lines.key[row]), now)
        new = draw_new_line(o, lines, unit(mix(mine, 0)))
        if new >= 0:
            weigh_entry(
                new,
                w,
                numbers=numbers,
                allies=on.affiliation,
                key=mix(mine, lines.key[new]),
                now=now,
            )
