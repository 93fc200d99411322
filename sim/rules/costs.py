"""What it costs to build and to keep a network."""

import math

from sim.engine.compiled import kernel
from sim.world.codes import WEEKS_PER_YEAR


@kernel
def annuity(expansion):
    """Return the worth today of a dollar a week over the planning horizon, in dollars.

        A = 52 (1 - exp(-r H)) / r

    with ``r`` the rate of discount a year and ``H`` the horizon in years.

    Examples
    --------
    >>> from sim.parameters.sections import Expansion
    >>> round(annuity(Expansion(discount_per_year=0.1, horizon_years=2.0).record()), 3)
    94.26
    """
    rate = max(expansion.discount_per_year, 1e-6)
    return WEEKS_PER_YEAR * (1.0 - math.exp(-rate * expansion.horizon_years)) / rate


@kernel
def away(distance_km, expansion):
    """Return how much more a network costs far from home: 1 + a distance / 1000 km."""
    return 1.0 + expansion.away_per_1000_km * distance_km / 1000.0


@kernel
def place_cost(cartels, o, n, expansion):
    """Return what organisation ``o`` pays to set itself up at place ``n``, in USD."""
    return expansion.place_usd * away(cartels.distance_km[o, n], expansion)


@kernel
def foothold_scale(members, territory):
    """Return what a gang's foothold costs over a cartel's post: (members / usual)^b.

    Examples
    --------
    >>> from sim.parameters.sections import Territory
    >>> territory = Territory(foothold_members=1600.0, foothold_power=0.5).record()
    >>> foothold_scale(400.0, territory)
    0.5
    """
    return (members / territory.foothold_members) ** territory.foothold_power


@kernel
def reach_cost(earns_usd_per_kg, share, expansion):
    """Return the cost of a larger network in a market, in USD per kg of weekly reach.

        c = reach_cost_years x 52 earnings exp(k share)

    that is, the earnings of the kilograms that it carries over so many years, and more for
    those who are larger in the market than their roots by ``share`` of its demand: they are
    better watched and harder to run. Beyond the whole of a market it rises no more.

    Examples
    --------
    >>> from sim.parameters.sections import Expansion
    >>> expansion = Expansion(reach_cost_years=0.5, concentration_cost=2.0).record()
    >>> round(reach_cost(1000.0, 0.25, expansion))
    42867
    """
    yearly = expansion.reach_cost_years * WEEKS_PER_YEAR * earns_usd_per_kg
    return yearly * math.exp(expansion.concentration_cost * min(share, 1.0))
