"""How agencies place effort over the legs they police."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import PATROL, mix, normal, stream_key
from sim.world.codes import ADAPTIVE, HALF_YEAR, RANDOM


@kernel
def reallocate(legs, week, agencies, first_effort, p):
    """Move effort towards legs where it seized most, within each agency's budget.

    Seizures per unit of effort are remembered over about half a year. Each leg's
    target is the agency's budget times its share in first effort x yield, mixed
    with a share of exploration that keeps effort where it was; effort moves
    towards the target at ``reallocation_per_year``. The budget is spent exactly.
    """
    speed = min(p.reallocation_per_year / 52.0, 1.0)
    for e in range(legs.effort.size):
        result = week.leg_seized_kg[e] / max(legs.effort[e], 1e-9)
        agencies.yield_kg[e] += (result - agencies.yield_kg[e]) / 26.0
    for g in range(agencies.budget.size):
        pull, usual = 0.0, 0.0
        for e in range(legs.effort.size):
            if legs.agency[e] == g:
                pull += first_effort[e] * math.sqrt(agencies.yield_kg[e])
                usual += first_effort[e]
        if pull <= 0.0 or usual <= 0.0:
            continue
        for e in range(legs.effort.size):
            if legs.agency[e] == g:
                share = first_effort[e] * math.sqrt(agencies.yield_kg[e]) / pull
                mixed = (1.0 - p.exploration) * share + p.exploration * first_effort[e] / usual
                legs.effort[e] += speed * (agencies.budget[g] * mixed - legs.effort[e])


@kernel
def place_at_random(legs, agencies, first_effort, seed, now):
    """Draw every agency's effort anew, in proportion to first effort times log-normal luck.

    The budget is spent exactly. Each leg draws by its name.
    """
    key = stream_key(seed, PATROL, now)
    for g in range(agencies.budget.size):
        total = 0.0
        for e in range(legs.effort.size):
            if legs.agency[e] == g:
                legs.effort[e] = first_effort[e] * math.exp(normal(mix(key, legs.key[e])))
                total += legs.effort[e]
        for e in range(legs.effort.size):
            if legs.agency[e] == g and total > 0.0:
                legs.effort[e] *= agencies.budget[g] / total


@kernel
def police(legs, week, agencies, first_effort, p, mode, seed, now):
    """Let agencies place effort by the scenario's rule; ``optimal`` is solved outside."""
    if mode == ADAPTIVE:
        reallocate(legs, week, agencies, first_effort, p)
    elif mode == RANDOM and now % HALF_YEAR == 0:
        place_at_random(legs, agencies, first_effort, seed, now)
