"""How agencies place effort over the legs they police."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import PATROL, mix, normal, stream_key
from sim.world.codes import ADAPTIVE, HALF_YEAR, RANDOM, WEEKS_PER_YEAR


@kernel
def reallocate(legs, week, agencies, first_effort, p):
    """Move effort towards legs where it seized most, within each agency's budget.

        target_e = budget ((1 - x) f_e sqrt(y_e) / sum(f sqrt(y)) + x f_e / sum(f))
        d effort_e = reallocation_per_year / 52 (target_e - effort_e)

    over an agency's legs, with f the first effort, y seizures in kg per unit of effort,
    remembered over about half a year, and x the share of exploration that keeps effort
    where it was. The budget is spent exactly.
    """
    speed = min(p.reallocation_per_year / WEEKS_PER_YEAR, 1.0)
    for e in range(legs.effort.size):
        result = week.leg_seized_kg[e] / max(legs.effort[e], 1e-9)
        agencies.yield_kg[e] += (result - agencies.yield_kg[e]) / HALF_YEAR
    for agency in range(agencies.budget.size):
        pull, usual = 0.0, 0.0
        for e in range(legs.effort.size):
            if legs.agency[e] == agency:
                pull += first_effort[e] * math.sqrt(agencies.yield_kg[e])
                usual += first_effort[e]
        if pull <= 0.0 or usual <= 0.0:
            continue
        for e in range(legs.effort.size):
            if legs.agency[e] == agency:
                share = first_effort[e] * math.sqrt(agencies.yield_kg[e]) / pull
                mixed = (1.0 - p.exploration) * share + p.exploration * first_effort[e] / usual
                legs.effort[e] += speed * (agencies.budget[agency] * mixed - legs.effort[e])


@kernel
def place_at_random(legs, agencies, first_effort, seed, now):
    """Draw every agency's effort anew, in proportion to first effort times log-normal luck.

        effort_e = budget f_e exp(z_e) / sum(f exp(z)),    z standard normal

    over an agency's legs. The budget is spent exactly. Each leg draws by its name.
    """
    key = stream_key(seed, PATROL, now)
    for agency in range(agencies.budget.size):
        total = 0.0
        for e in range(legs.effort.size):
            if legs.agency[e] == agency:
                legs.effort[e] = first_effort[e] * math.exp(normal(mix(key, legs.key[e])))
                total += legs.effort[e]
        for e in range(legs.effort.size):
            if legs.agency[e] == agency and total > 0.0:
                legs.effort[e] *= agencies.budget[agency] / total


@kernel
def police(w, first_effort, p, patrols, seed, now):
    """Let agencies place effort by the scenario's rule; ``optimal`` is solved outside.

    Parameters
    ----------
    first_effort : array (e)
        Effort in the data.
    patrols : int
        The rule; see ``MODES`` in ``sim.world.codes``.
    """
    if patrols == ADAPTIVE:
        reallocate(w.legs, w.week, w.agencies, first_effort, p)
    elif patrols == RANDOM and now % HALF_YEAR == 0:
        place_at_random(w.legs, w.agencies, first_effort, seed, now)
