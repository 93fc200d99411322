"""Whom gangs work for: what a patron would pay, and when a gang changes sides."""

from sim.engine.compiled import kernel
from sim.world.codes import LIVING
from sim.world.moves import AFFILIATES, LEAVES_PATRON, log_move


@kernel
def worth_to(o, g, cartels, gangs, territory, p_routing):
    """Return what a gang's friendship is worth to a cartel each week, and what it costs the gang.

    Worth: the tolls it would no longer pay at the gang's places, and the share of
    the goods' value that trust there would save, on what it moves there now. The
    gang forgoes those tolls.
    """
    worth, forgone = 0.0, 0.0
    for n in range(gangs.n_here.size):
        if gangs.control[g, n] <= 0.0 or cartels.through_kg[o, n] <= 0.0:
            continue
        kg = cartels.through_kg[o, n]
        toll = gangs.control[g, n] * gangs.toll_share[g] * gangs.worth_usd_per_kg[n] * kg
        without = max(cartels.roots[o, n], float(cartels.posted[o, n]))
        gain = max(p_routing.ally_trust - without, 0.0) * p_routing.outsider_discount
        worth += toll + gain * kg * territory.through_usd[n] / max(territory.through_kg[n], 1e-9)
        forgone += toll
    return worth, forgone


@kernel
def independent(g, cartels, gangs):
    """Say whether a gang is its own cartel's arm, which nobody can hire."""
    return gangs.affiliation[g] == g and cartels.trades[g]


@kernel
def price_to_win(g, o, cartels, gangs, territory, p_routing, p):
    """Return the weekly retainer for which a gang would leave what it has for ``o``.

    Its patron would match any offer up to what the gang is worth to it; to change
    sides costs the gang trust and blood, so the rival must beat that by
    ``switching_premium``, and by ``switching_usd_per_week`` in any case.
    """
    patron = gangs.affiliation[g]
    kept = 0.0
    if patron >= 0 and patron != g:
        worth, forgone = worth_to(patron, g, cartels, gangs, territory, p_routing)
        kept = max(worth - forgone, 0.0)
    _, forgone = worth_to(o, g, cartels, gangs, territory, p_routing)
    return (1.0 + p.switching_premium) * kept + forgone + p.switching_usd_per_week


@kernel
def choose_patrons(cartels, gangs, territory, moves, p_routing, p, review_weeks, now):
    """Let gangs, each in its own week of the quarter, take the best offer.

    Cartels bid for the gang in an open auction; the one to which it is worth most,
    after what the gang forgoes in tolls, wins and pays what the next best would
    (and no less than the gang forgoes). A gang leaves a patron to whom it has
    become worth less than nothing, or who cannot pay.
    """
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0 or (now + 2 * g) % review_weeks != 0:
            continue
        if independent(g, cartels, gangs) or gangs.affiliation[g] == g:
            continue
        best, first, second, lost = -1, 0.0, 0.0, 0.0
        for o in range(cartels.trades.size):
            if o == g or not cartels.trades[o] or cartels.capital_usd[o] <= 0.0:
                continue
            worth, forgone = worth_to(o, g, cartels, gangs, territory, p_routing)
            net = worth - forgone
            if net > first:
                best, second, first, lost = o, first, net, forgone
            elif net > second:
                second = net
        patron = gangs.affiliation[g]
        if best >= 0 and best != patron:
            price = price_to_win(g, best, cartels, gangs, territory, p_routing, p)
            if first + lost > price:
                join(g, best, max(second + lost, price), gangs, moves, now)
        elif best >= 0:
            gangs.retainer_usd[g] = second + lost
        patron = gangs.affiliation[g]
        if patron >= 0 and cartels.capital_usd[patron] <= 0.0:
            leave(g, gangs, moves, now)


@kernel
def join(g, o, retainer_usd, gangs, moves, now):
    """Let a gang work for a cartel from now on, for a weekly retainer."""
    log_move(moves, now, AFFILIATES, g, -1, o, retainer_usd)
    gangs.affiliation[g] = o
    gangs.retainer_usd[g] = retainer_usd


@kernel
def leave(g, gangs, moves, now):
    """Let a gang stand alone again."""
    log_move(moves, now, LEAVES_PATRON, g, -1, gangs.affiliation[g], 0.0)
    gangs.affiliation[g] = -1
    gangs.retainer_usd[g] = 0.0


@kernel
def pay_retainers(cartels, gangs, week, weeks):
    """Hand retainers from patrons to gangs, and a gang's own tolls to its trading arm."""
    for g in range(gangs.members.size):
        patron = gangs.affiliation[g]
        if patron >= 0 and patron != g:
            due = gangs.retainer_usd[g] * weeks
            cartels.capital_usd[patron] -= due
            gangs.cash_usd[g] += due
            week.gang_usd[g] += due
        if cartels.trades[g]:
            cartels.capital_usd[g] += gangs.cash_usd[g]
            gangs.cash_usd[g] = 0.0


@kernel
def live(gangs, week, books, p):
    """Let members spend what a gang does not keep as a reserve.

    A gang keeps ``reserve_weeks`` of its income, smoothed over half a year; a
    constant share of what is above leaves each week.
    """
    for g in range(gangs.members.size):
        gangs.income_usd[g] += (week.gang_usd[g] - gangs.income_usd[g]) / 26.0
        excess = gangs.cash_usd[g] - p.reserve_weeks * gangs.income_usd[g]
        if excess > 0.0:
            spent = p.living_per_week * excess
            gangs.cash_usd[g] -= spent
            books.usd[LIVING] += spent
