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
def attached(g, o, gangs):
    """Return what a gang would pay to work for ``o`` (-1: for nobody), in USD a week.

    Its loyalty where ``o`` is the patron that it is seen to have; nothing elsewhere. Kin,
    trust and shared blood lie between two, so that who has left comes back at a like offer.
    """
    return gangs.loyalty_usd[g] if gangs.root_patron[g] == o else 0.0


@kernel
def price_to_win(g, o, w, routing, affiliation):
    """Return the weekly retainer in USD for which a gang would leave what it has for ``o``.

        price = (1 + switching_premium) max(worth to patron - forgone for patron, 0)
                + forgone for o + switching_usd_per_week
                + loyalty to what it has - loyalty to o

    and no less than nothing. Its patron would match any offer up to what the gang is worth to
    it; to change sides costs the gang trust and blood, so the rival must beat that. Its
    loyalty to the patron that it is seen to have is what it is seen to have turned down
    (``sim.setup.revealed``).
    """
    patron = w.gangs.affiliation[g]
    kept = 0.0
    if patron >= 0 and patron != g:
        worth, forgone = worth_to(patron, g, w, routing)
        kept = max(worth - forgone, 0.0)
    _, forgone = worth_to(o, g, w, routing)
    premium = (1.0 + affiliation.switching_premium) * kept
    asked = affiliation.switching_usd_per_week + attached(g, patron, w.gangs)
    return max(premium + forgone + asked - attached(g, o, w.gangs), 0.0)


@kernel
def best_bids(g, w, routing):
    """Return the cartel to which a gang is worth most, the two best bids, and what it forgoes.

    A bid is what the gang is worth to the cartel less what the gang forgoes in tolls, in
    USD a week, and counts with the gang's loyalty. A gang that is seen to work for nobody
    bids for itself with it. The cartel is -1 if nobody bids more.
    """
    best, first, second, forgone_for_best = NOBODY, attached(g, NOBODY, w.gangs), 0.0, 0.0
    for o in range(w.cartels.trades.size):
        if o == g or not w.cartels.trades[o] or w.cartels.capital_usd[o] <= 0.0:
            continue
        worth, forgone = worth_to(o, g, w, routing)
        bid = worth - forgone
        if bid > 0.0:
            bid += attached(g, o, w.gangs)
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
    (and no less than the gang forgoes), less where the gang is loyal to it. A gang that was
    seen to work for nobody leaves a patron who would no longer pay what that is worth to it;
    any leaves a patron who cannot pay.
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
            offer = first - attached(g, best, gangs) + forgone
            if offer > price:
                asked = second + forgone - attached(g, best, gangs)
                join(g, best, max(asked, price), w, now)
        elif best >= 0:
            asked = second - attached(g, best, gangs)
            gangs.retainer_usd[g] = max(asked, 0.0) + forgone
        patron = gangs.affiliation[g]
        alone = best < 0 and attached(g, NOBODY, gangs) > 0.0
        if patron >= 0 and (alone or cartels.capital_usd[patron] <= 0.0):
            leave(g, w.gangs, w.moves, now)


@kernel
def turned_down(g, w, routing, affiliation):
    """Return by how much the best rival offer beats what a gang asks, in USD a week.

    Nothing where no rival bids more than its patron.
    """
    best, first, _, forgone = best_bids(g, w, routing)
    if best < 0 or best == w.gangs.affiliation[g]:
        return 0.0
    offer = first - attached(g, best, w.gangs) + forgone
    return max(offer - price_to_win(g, best, w, routing, affiliation), 0.0)


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
