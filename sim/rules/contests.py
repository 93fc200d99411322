"""The contest between organisations, in the order of a week: places, sides, investments."""

from sim.compiled import kernel
from sim.rules.affiliation import choose_patrons, live, pay_retainers
from sim.rules.expansion import expand
from sim.rules.membership import recruit
from sim.rules.retreat import close_down, keep_posts, wear_out
from sim.rules.territory import adjust_tolls, contest, fight, heal, review_territory
from sim.rules.trust import move_trust, set_tolls

MONTH = 4  # weeks between payments of upkeep and retainers, and moves of trust and tolls


@kernel
def contest_week(graph, cartels, gangs, territory, books, moves, p, p_expansion, on, seed,
                 now):  # fmt: skip
    """Let gangs contest places, fight, recruit, set tolls, move in and give up."""
    if on.territory:
        contest(cartels, gangs, territory, p, now, moves)
        review_territory(graph, cartels, gangs, territory, books, moves, p, p_expansion, seed, now)
    if on.violence:
        fight(graph, gangs, territory, p)
    if on.membership:
        recruit(cartels, gangs, p, on.fixed_arrests)
    heal(gangs, p)
    if on.tolls and now % MONTH == 0:
        adjust_tolls(gangs, territory, p, MONTH)


@kernel
def take_sides(cartels, gangs, week, territory, books, moves, p_routing, p, p_expansion, on,
               now):  # fmt: skip
    """Let gangs choose patrons, be paid, and spend."""
    if on.affiliation:
        review = int(p_expansion.review_weeks)
        choose_patrons(cartels, gangs, territory, moves, p_routing, p, review, now)
    if now % MONTH == 0:
        pay_retainers(cartels, gangs, week, MONTH)
    live(gangs, week, books, p)


@kernel
def invest(graph, legs, lines, cartels, gangs, markets, zones, air, territory, books, moves, p, on,
           seed, now):  # fmt: skip
    """Let cartels open corridors and markets, keep what pays and give up what does not."""
    if on.expansion:
        expand(graph, legs, lines, cartels, gangs, markets, zones, air, territory, books, moves,
               p.routing, p.ordering, p.expansion, p.affiliation, p.flying.aircraft_usd,
               on.affiliation, on.founding, seed, now)  # fmt: skip
        close_down(lines, cartels, gangs, moves, p.expansion, now)
    if now % MONTH == 0:
        if on.expansion:
            keep_posts(graph, lines, cartels, zones, territory, books, moves, p.routing,
                       p.expansion, MONTH, now)  # fmt: skip
            wear_out(lines, p.expansion, MONTH)
        move_trust(graph, lines, cartels, gangs, zones, p.routing, p.affiliation.useful_hold,
                   MONTH)  # fmt: skip
    set_tolls(cartels, gangs)
