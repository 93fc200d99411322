"""How seizures turn into believed risk."""

import math

from sim.engine.compiled import kernel


@kernel
def posterior(prior_prob, prior_weight, hits, runs):
    """Return the mean of a Beta belief: (w q0 + hits) / (w + runs).

    Examples
    --------
    >>> round(float(posterior(0.1, 10.0, 2.0, 10.0)), 6)
    0.15
    """
    return min((prior_weight * prior_prob + hits) / (prior_weight + runs), 0.95)


@kernel
def learn(legs, week, cartels, air, p, captivity, learning_on, salience_on):
    """Let evidence fade, add this week's, and update every belief about legs.

    Own consignments count fully; everybody's reported results count at
    ``public_discount``. With salience a loss counts ``salience`` times. Evidence
    loses half its weight in ``half_life_weeks``, so belief returns to what was
    known at the outset about two years after the last event. Pilots believe
    what flights on their leg show, times what a seizure costs them in lives
    (death counts one, detention ``captivity`` in all).
    """
    keep = math.exp(-math.log(2.0) / p.half_life_weeks)
    weight = p.salience if salience_on else 1.0
    for owner in range(cartels.belief.shape[0]):
        if not cartels.trades[owner]:
            continue
        for e in range(cartels.belief.shape[1]):
            if not learning_on:
                cartels.belief[owner, e] = legs.prior_prob[e]
                continue
            hits, runs = cartels.fresh_hits[owner, e], cartels.fresh_runs[owner, e]
            hits += p.public_discount * (week.leg_seized[e] - hits)
            runs += p.public_discount * (week.leg_trips[e] - runs)
            cartels.hits[owner, e] = keep * cartels.hits[owner, e] + weight * hits
            cartels.runs[owner, e] = keep * cartels.runs[owner, e] + runs
            cartels.belief[owner, e] = posterior(
                legs.prior_prob[e],
                p.prior_consignments,
                cartels.hits[owner, e],
                cartels.runs[owner, e],
            )
    for a in range(air.leg.size):
        e = air.leg[a]
        air.hits[a] = keep * air.hits[a] + weight * week.leg_seized[e]
        air.runs[a] = keep * air.runs[a] + week.leg_trips[e]
        believed = legs.prior_prob[e]
        if learning_on:
            believed = posterior(believed, p.prior_consignments, air.hits[a], air.runs[a])
        air.risk[a] = believed * (air.death_prob[a] + captivity)
