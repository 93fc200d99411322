"""Luck of a gang at a place: recruits, friends and policemen who come and go."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import mix, normal


@kernel
def shake_strength(g, gangs, place_key, key, territory, weeks):
    """Let luck move a gang's local strength at the places that it holds.

        x <- a x + sqrt(1 - a^2) sd z,    a = exp(-weeks / local_shock_weeks)

    with ``x`` the part of the logarithm of ``gangs.local`` (g, n) that is luck: an
    Ornstein-Uhlenbeck process around the strength that was inferred or brought along.

    Parameters
    ----------
    key : int
        Of the gang and the week; a place adds its own.
    weeks : float
        Time since the last call.
    """
    kept = math.exp(-weeks / territory.local_shock_weeks)
    fresh = territory.local_shock_sd * math.sqrt(1.0 - kept * kept)
    for n in range(place_key.size):
        if gangs.control[g, n] > 0.0:
            was = gangs.local_shock[g, n]
            now = kept * was + fresh * normal(mix(key, place_key[n]))
            gangs.local[g, n] *= math.exp(now - was)
            gangs.local_shock[g, n] = now
