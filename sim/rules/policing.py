"""How agencies place effort over the legs they police."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import PATROL, mix, stream_key, unit
from sim.world.codes import ADAPTIVE, HALF_YEAR, RANDOM, WEEKS_PER_YEAR


@kernel
def reallocate(legs, week, agencies, first_effort, interdiction):
    """Move effort towards legs where it seized most, within each agency's budget.

        target_e = budget ((1 - x) f_e sqrt(y_e) / sum(f sqrt(y)) + x f_e / sum(f))
        d effort_e = reallocation_per_year / 52 (target_e - effort_e)

    over an agency's legs, with f the first effort, y seizures in kg per unit of effort,
    remembered over about half a year, and x the share of exploration that keeps effort
    where it was. The budget is spent exactly.
    """
    speed = min(interdiction.reallocation_per_year / WEEKS_PER_YEAR, 1.0)
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
                mixed = (
                    1.0 - interdiction.exploration
                ) * share + interdiction.exploration * first_effort[e] / usual
                legs.effort[e] += speed * (agencies.budget[agency] * mixed - legs.effort[e])


@kernel
def place_at_random(legs, seed, now):
    """Draw anew where patrols are: on a half of the legs at a time, each twice as dangerous.

        presence_e = 2 or 0, each with probability 1/2

    A leg's chance of seizure is multiplied by it, so that its mean is that of the leg's mean
    effort: what such patrols gain or lose comes from what traffickers believe. Each leg draws
    by its name.
    """
    key = stream_key(seed, PATROL, now)
    for e in range(legs.presence.size):
        legs.presence[e] = 2.0 if unit(mix(key, legs.key[e])) < 0.5 else 0.0


@kernel
def police(w, first_effort, interdiction, patrols, seed, now):
    """Let agencies place effort by the scenario's rule; ``optimal`` is solved outside.

    Parameters
    ----------
    first_effort : array (e)
        Effort in the data.
    patrols : int
        The rule; see ``MODES`` in ``sim.world.codes``.
    """
    if patrols == ADAPTIVE:
        reallocate(w.legs, w.week, w.agencies, first_effort, interdiction)
    elif patrols == RANDOM and now % HALF_YEAR == 0:
        place_at_random(w.legs, seed, now)
