"""Whom gangs work for: what a patron would pay, and when a gang changes sides."""

from sim.engine.compiled import kernel
from sim.rules.tolls import toll_part
from sim.world.codes import HALF_YEAR, LIVING
from sim.world.moves import AFFILIATES, LEAVES_PATRON, NOBODY, NOWHERE, log_move


@kernel
def worth_to(o, g, w, routing):
    """Return what a gang's friendship is worth to a cartel, and what it costs the gang: USD a week.

        worth   = sum over places of kg (toll + d max(ally_trust - own trust, 0) value)
        forgone = sum over places of kg toll

    over the gang's places, with ``kg`` what the cartel moves there now, ``toll`` the gang's,
    ``d`` the outsider's discount, ``value`` what a kilogram is worth there, and own trust
    what the cartel's roots and posts give without the gang.
    """
    cartels, gangs, territory = w.cartels, w.gangs, w.territory
    worth, forgone = 0.0, 0.0
    for n in range(gangs.n_here.size):
        if gangs.control[g, n] <= 0.0 or cartels.through_kg[o, n] <= 0.0:
            continue
        kg = cartels.through_kg[o, n]
        toll = toll_part(g, n, gangs) * gangs.worth_usd_per_kg[n] * kg
        without = max(cartels.roots[o, n], float(cartels.posted[o, n]))
        gain = max(routing.ally_trust - without, 0.0) * routing.outsider_discount
        worth += toll + gain * kg * territory.through_usd[n] / max(territory.through_kg[n], 1e-9)
        forgone += toll
    return worth, forgone


@kernel
def independent(g, cartels, gangs):
    """Say whether a gang is its own cartel's arm, which nobody can hire."""
    return gangs.affiliation[g] == g and cartels.trades[g]


@kernel
def price_to_win(g, o, w, routing, affiliation):
    """Return the weekly retainer in USD for which a gang would leave what it has for ``o``.

        price = (1 + switching_premium) max(worth to patron - forgone for patron, 0)
                + forgone for o + switching_usd_per_week + loyalty

    Its patron would match any offer up to what the gang is worth to it; to change
    sides costs the gang trust and blood, so the rival must beat that. Its loyalty is what
    it is seen to have turned down (``sim.setup.revealed``).
    """
    patron = w.gangs.affiliation[g]
    kept = 0.0
    if patron >= 0 and patron != g:
        worth, forgone = worth_to(patron, g, w, routing)
        kept = max(worth - forgone, 0.0)
    _, forgone = worth_to(o, g, w, routing)
    premium = (1.0 + affiliation.switching_premium) * kept
    asked = affiliation.switching_usd_per_week + w.gangs.loyalty_usd[g]
    return premium + forgone + asked


@kernel
def best_bids(g, w, routing):
    """Return the cartel to which a gang is worth most, the two best bids, and what it forgoes.

    A bid is what the gang is worth to the cartel less what the gang forgoes in tolls, in
    USD a week. The cartel is -1 if nobody bids.
    """
    best, first, second, forgone_for_best = NOBODY, 0.0, 0.0, 0.0
    for o in range(w.cartels.trades.size):
        if o == g or not w.cartels.trades[o] or w.cartels.capital_usd[o] <= 0.0:
            continue
        worth, forgone = worth_to(o, g, w, routing)
        bid = worth - forgone
        if bid > first:
            best, second, first, forgone_for_best = o, first, bid, forgone
        elif bid > second:
            second = bid
    return best, first, second, forgone_for_best


@kernel
def choose_patrons(w, routing, affiliation, review_weeks, now):
    """Let gangs, each in its own week of the quarter, take the best offer.

    Cartels bid for the gang in an open auction; the one to which it is worth most,
    after what the gang forgoes in tolls, wins and pays what the next best would
    (and no less than the gang forgoes). A gang leaves a patron to whom it has
    become worth less than nothing, or who cannot pay.
    """
    cartels, gangs = w.cartels, w.gangs
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0 or (now + 2 * g) % review_weeks != 0:
            continue
        if gangs.affiliation[g] == g:
            continue
        best, first, second, forgone = best_bids(g, w, routing)
        if best >= 0 and best != gangs.affiliation[g]:
            price = price_to_win(g, best, w, routing, affiliation)
            if first + forgone > price:
                join(g, best, max(second + forgone, price), w, now)
        elif best >= 0:
            gangs.retainer_usd[g] = second + forgone
        patron = gangs.affiliation[g]
        if patron >= 0 and cartels.capital_usd[patron] <= 0.0:
            leave(g, w.gangs, w.moves, now)


@kernel
def turned_down(g, w, routing, affiliation):
    """Return by how much the best rival offer beats what a gang asks, in USD a week.

    Nothing where no rival bids more than its patron.
    """
    best, first, _, forgone = best_bids(g, w, routing)
    if best < 0 or best == w.gangs.affiliation[g]:
        return 0.0
    return max(first + forgone - price_to_win(g, best, w, routing, affiliation), 0.0)


@kernel
def join(g, o, retainer_usd, w, now):
    """Let a gang work for a cartel from now on, for a weekly retainer."""
    log_move(w.moves, now, AFFILIATES, g, place=NOWHERE, other=o, usd=retainer_usd)
    w.gangs.affiliation[g] = o
    w.gangs.retainer_usd[g] = retainer_usd


@kernel
def leave(g, gangs, moves, now):
    """Let a gang stand alone again."""
    log_move(moves, now, LEAVES_PATRON, g, place=NOWHERE, other=gangs.affiliation[g], usd=0.0)
    gangs.affiliation[g] = NOBODY
    gangs.retainer_usd[g] = 0.0


@kernel
def pay_retainers(w, weeks):
    """Hand retainers from patrons to gangs, and a gang's own tolls to its trading arm."""
    cartels, gangs = w.cartels, w.gangs
    for g in range(gangs.members.size):
        patron = gangs.affiliation[g]
        if patron >= 0 and patron != g:
            due = gangs.retainer_usd[g] * weeks
            cartels.capital_usd[patron] -= due
            gangs.cash_usd[g] += due
            w.week.gang_usd[g] += due
        if cartels.trades[g]:
            cartels.capital_usd[g] += gangs.cash_usd[g]
            gangs.cash_usd[g] = 0.0


@kernel
def spend(gangs, week, books, affiliation):
    """Let members spend what a gang does not keep as a reserve.

        spent = living_per_week (cash - reserve_weeks x income)    where that is positive

    in USD, with income smoothed over half a year.
    """
    for g in range(gangs.members.size):
        gangs.income_usd[g] += (week.gang_usd[g] - gangs.income_usd[g]) / HALF_YEAR
        excess = gangs.cash_usd[g] - affiliation.reserve_weeks * gangs.income_usd[g]
        if excess > 0.0:
            spent = affiliation.living_per_week * excess
            gangs.cash_usd[g] -= spent
            books.usd[LIVING] += spent
