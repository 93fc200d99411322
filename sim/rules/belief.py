"""How seizures turn into believed risk."""

import math

from sim.engine.compiled import kernel


@kernel
def posterior(prior_prob, prior_weight, hits, runs):
    """Return the mean of a Beta belief: (w q0 + hits) / (w + runs), at most 0.95.

    ``prior_weight`` is w, in consignments; ``hits`` of ``runs`` consignments were seized.

    Examples
    --------
    >>> round(float(posterior(0.1, 10.0, 2.0, 10.0)), 6)
    0.15
    """
    return min((prior_weight * prior_prob + hits) / (prior_weight + runs), 0.95)


@kernel
def learn(w, learning, captivity, on):
    """Let evidence fade, add this week's, and update every belief about legs.

        evidence = keep x evidence + this week's,    keep = 2^(-1 / half_life_weeks)

    so belief returns to what everybody takes for usual about two years after the last
    event. With salience a loss counts ``salience`` times. Without learning all believe
    what was known at the outset.

    Parameters
    ----------
    captivity : float
        What a seizure costs a pilot by detention, in lives: a share of liberty times the
        chance.
    """
    keep = math.exp(-math.log(2.0) / learning.half_life_weeks)
    weight = learning.salience if on.salience else 1.0
    if on.learning and on.lasting_risk:
        follow_lasting_risk(w.legs, w.week, learning)
        if on.watching:
            watch_patrols(w.legs, learning)
    for owner in range(w.cartels.trades.size):
        if w.cartels.trades[owner]:
            owner_learns(
                owner, w, learning=learning, keep=keep, weight=weight, learning_on=on.learning
            )
    pilots_learn(
        w, learning, keep=keep, weight=weight, captivity=captivity, learning_on=on.learning
    )


@kernel
def follow_lasting_risk(legs, week, learning):
    """Let what everybody takes for the usual risk of a leg follow what everybody sees.

        q <- (N q + seized) / (N + consignments)
        N <- max(2^(-1 / lasting_weeks) (N + consignments), lasting_consignments)

    A Beta belief whose weight N fades, so that it has no memory of its first truth: on a
    busy leg a lasting change is learnt with a half-life of ``lasting_weeks``, on a quiet one
    as slowly as its consignments come, and it is unlearnt the same way.

    Examples
    --------
    With 30 consignments behind it, a belief of 0.1 moves by one seizure to 4 / 31.
    """
    fade = math.exp(-math.log(2.0) / learning.lasting_weeks)
    for e in range(legs.known_prob.size):
        weight, runs = legs.known_weight[e], week.leg_trips[e]
        legs.known_prob[e] = (weight * legs.known_prob[e] + week.leg_seized[e]) / (weight + runs)
        legs.known_weight[e] = max(fade * (weight + runs), learning.lasting_consignments)


@kernel
def watch_patrols(legs, learning):
    """Let what everybody takes for the usual risk of a leg move towards its risk this week.

        q <- q + (1 - 2^(-1 / watching_weeks)) (probability - q)

    Lookouts, talk and bribes tell where patrols are, whether or not anybody ships there.
    Without it nobody would learn that a leg which all have left is safe again.

    Examples
    --------
    A leg that becomes as risky as 0.1 for good, from 0.02, and that nobody uses any more,
    is taken for 0.06 after ``watching_weeks``.
    """
    step = 1.0 - math.exp(-math.log(2.0) / learning.watching_weeks)
    for e in range(legs.known_prob.size):
        legs.known_prob[e] += step * (legs.prob[e] - legs.known_prob[e])


@kernel
def owner_learns(owner, w, learning, keep, weight, learning_on):
    """Update what an owner of loads believes about every leg.

    Own consignments count fully; everybody's reported results count at
    ``public_discount``: evidence this week = own + public_discount (all - own).
    """
    legs, week, cartels = w.legs, w.week, w.cartels
    for e in range(legs.prior_prob.size):
        if not learning_on:
            cartels.belief[owner, e] = legs.prior_prob[e]
            continue
        hits, runs = cartels.fresh_hits[owner, e], cartels.fresh_runs[owner, e]
        hits += learning.public_discount * (week.leg_seized[e] - hits)
        runs += learning.public_discount * (week.leg_trips[e] - runs)
        cartels.hits[owner, e] = keep * cartels.hits[owner, e] + weight * hits
        cartels.runs[owner, e] = keep * cartels.runs[owner, e] + runs
        cartels.belief[owner, e] = posterior(
            prior_prob=legs.known_prob[e],
            prior_weight=learning.prior_consignments,
            hits=cartels.hits[owner, e],
            runs=cartels.runs[owner, e],
        )


@kernel
def pilots_learn(w, learning, keep, weight, captivity, learning_on):
    """Update the risk of a flight on every air leg, in lives.

        risk = belief (death_prob + captivity)

    Pilots believe what all flights on the leg show; death counts one, detention
    ``captivity``.
    """
    legs, week, air = w.legs, w.week, w.air
    for a in range(air.leg.size):
        e = air.leg[a]
        air.hits[a] = keep * air.hits[a] + weight * week.leg_seized[e]
        air.runs[a] = keep * air.runs[a] + week.leg_trips[e]
        believed = legs.prior_prob[e]
        if learning_on:
            believed = posterior(
                legs.known_prob[e], learning.prior_consignments, air.hits[a], air.runs[a]
            )
        air.risk[a] = believed * (air.death_prob[a] + captivity)
