"""What it costs to build and to keep a network."""

import math

from sim.engine.compiled import kernel
from sim.world.codes import WEEKS_PER_YEAR


@kernel
def annuity(p):
    """Return the worth today of a dollar a week over the planning horizon, in dollars.

        A = 52 (1 - exp(-r H)) / r

    with ``r`` the rate of discount a year and ``H`` the horizon in years.

    Examples
    --------
    >>> from sim.parameters.sections import Expansion
    >>> round(annuity(Expansion(discount_per_year=0.1, horizon_years=2.0).record()), 3)
    94.26
    """
    rate = max(p.discount_per_year, 1e-6)
    return WEEKS_PER_YEAR * (1.0 - math.exp(-rate * p.horizon_years)) / rate


@kernel
def away(distance_km, p):
    """Return how much more a network costs far from home: 1 + a distance / 1000 km."""
    return 1.0 + p.away_per_1000_km * distance_km / 1000.0


@kernel
def place_cost(cartels, o, n, p):
    """Return what organisation ``o`` pays to set itself up at place ``n``, in USD."""
    return p.place_usd * away(cartels.distance_km[o, n], p)


@kernel
def foothold_scale(members, p_territory):
    """Return what a gang's foothold costs over a cartel's post: (members / usual)^b.

    Examples
    --------
    >>> from sim.parameters.contest import Territory
    >>> p = Territory(foothold_members=1600.0, foothold_power=0.5).record()
    >>> foothold_scale(400.0, p)
    0.5
    """
    return (members / p_territory.foothold_members) ** p_territory.foothold_power


@kernel
def reach_cost(earns_usd_per_kg, share, p):
    """Return the cost of a larger network in a market, in USD per kg of weekly reach.

        c = reach_cost_years x 52 earnings exp(k share)

    that is, the earnings of the kilograms that it carries over so many years, and more for
    those who are larger in the market than their roots by ``share`` of its demand: they are
    better watched and harder to run. Beyond the whole of a market it rises no more.

    Examples
    --------
    >>> from sim.parameters.sections import Expansion
    >>> p = Expansion(reach_cost_years=0.5, concentration_cost=2.0).record()
    >>> round(reach_cost(1000.0, 0.25, p))
    42867
    """
    yearly = p.reach_cost_years * WEEKS_PER_YEAR * earns_usd_per_kg
    return yearly * math.exp(p.concentration_cost * min(share, 1.0))
