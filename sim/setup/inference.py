"""What the settled market implies: reach, cost of reach, upkeep of posts."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from sim.parameters.registry import Parameters
from sim.rules.costs import annuity, post_upkeep, reach_cost
from sim.rules.expansion import largest_step
from sim.rules.netback import value_routes
from sim.rules.ordering import split_over_zones
from sim.rules.retreat import post_earns
from sim.world import state
from sim.world.codes import TRADING, WEEKS_PER_YEAR


def calibrate_reach(world: state.World, p: Parameters) -> None:
    """Infer each line's reach so that its observed share is where it settles.

    Owners with better access than the mean of their market earn more per
    kilogram; at the same share they are nearer their reach. The correction stays
    within a factor of three, so a line that the data place where it cannot pay is
    left to shrink. In the same way the cost of more reach is inferred: who earns
    more than others at the observed share, and has not grown, must find it dearer.
    """
    w, o = world, p.ordering.record()
    value_routes(w, p.routing.record(), float(p.flying.aircraft_usd))
    for row in np.flatnonzero(w.lines.phase == TRADING):
        margin = split_over_zones(row, w.lines, w.zones, o.zone_sharpness)
        w.lines.margin[row] = w.lines.year_margin[row] = margin
        here = drive_at(margin, p) / drive_at(p.ordering.normal_margin, p)
        w.lines.reach_kg[row] /= min(max(here, 1.0 / 9.0), 9.0) ** (1.0 / o.saturation_power)
    for row in np.flatnonzero(w.lines.phase == TRADING):
        w.lines.cost_factor[row] = infer_cost(w, int(row), p)
    set_upkeep(w, p)


def drive_at(margin: float, p: Parameters) -> float:
    """Return how strongly a margin drives a book, as ``sim.rules.ordering.drive`` does.

    The hyperbolic tangent is numpy's, whose last bit is not always that of the rules: stored
    results rest on it.
    """
    return float(np.tanh((margin - p.ordering.hurdle) / (2.0 * p.ordering.margin_scale)))


def infer_cost(world: state.World, row: int, p: Parameters) -> float:
    """Infer how much dearer or cheaper than usual more reach is to a line.

    At its observed share and margin a network must grow as fast as it wears. It
    grows when an error of judgement makes a project look worth its cost, so the cost
    is the one at which that happens often enough: chance = wear / (steps a year x
    step over reach), and cost = A margin exp(spread z) with z the normal quantile of
    that chance.
    """
    lines, e = world.lines, p.expansion
    owner, m = lines.cartel[row], lines.market[row]
    whole = lines.reach_kg[lines.cartel == owner].sum()
    demand, steps = world.markets.demand_kg[m], WEEKS_PER_YEAR / e.review_weeks
    step = largest_step(demand, whole, e.record())
    chance = e.wear_per_year / steps * lines.reach_kg[row] / step
    z = NormalDist().inv_cdf(1.0 - min(max(chance, 1e-3), 0.5))
    margin = min(max(lines.margin[row], 0.02), 1.0)
    usual = reach_cost(1.0, lines.reach_kg[row] / demand, e.record())
    return float(annuity(e.record()) * margin * math.exp(e.judgement_spread * z) / usual)


def set_upkeep(world: state.World, p: Parameters) -> None:
    """Set what posts cost to keep: those of the data at most half of what they earn.

    They have been kept, so they must pay; how much their upkeep differs from the usual
    is inferred, as for reach.
    """
    w, routing, expansion = world, p.routing.record(), p.expansion.record()
    for o, n in zip(*np.nonzero(w.cartels.posted), strict=True):
        usual = post_upkeep(w.cartels, o, n, expansion)
        earned = post_earns(o, n, w, routing)
        w.cartels.upkeep_usd[o, n] = min(usual, 0.5 * earned)
