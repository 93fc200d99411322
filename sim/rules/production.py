"""How much growers and laboratories make."""

import math

from sim.engine.compiled import kernel
from sim.world.codes import LOST, PRODUCED, WEEKS_PER_YEAR

WORTHLESS = 1e-3  # of the usual price: below that a kilogram is worth nothing


@kernel
def made_by(i, producers, zones):
    """Return a producer's output this week, in kg: capacity times what events leave of it.

    Where a path says what capacity is, it multiplies both.
    """
    z = producers.zone[i]
    return producers.capacity_kg[i] * zones.supply_factor[z] * zones.given_supply[z]


@kernel
def produce(producers, zones, books, production):
    """Let capacity follow the local price and add this week's output to stock.

    Capacity moves part of the way to its long-run level each week,

        d ln k = (s / 52) (r E ln(price / reference) + ln(k_ref / k))

    with speed ``s`` a year and long-run elasticity ``E``; ``r`` is 1, or what a supply path
    leaves of the response (an observed capacity has answered to the price already). A
    capacity that only integrated the price gap would pin every zone to its reference price
    and let zones grow or die on a knife's edge; the second term gives a finite long-run
    elasticity. Where nothing grew at the outset nothing will grow; where the price has
    fallen to nothing growers leave as fast as at a thousandth of the usual. Unsold stock is
    kept at a loss, booked as lost. Capacity, output and stock are in kg, by producer.
    """
    speed = production.adjustment_per_year / WEEKS_PER_YEAR
    for i in range(producers.zone.size):
        z = producers.zone[i]
        if producers.reference_kg[i] > 0.0:
            ratio = zones.price_usd_per_kg[z] / zones.reference_usd_per_kg[z]
            price_gap = math.log(max(ratio, WORTHLESS))
            size_gap = math.log(producers.reference_kg[i] / producers.capacity_kg[i])
            gap = zones.response[z] * production.long_run_elasticity * price_gap + size_gap
            producers.capacity_kg[i] *= math.exp(speed * gap)
        made = made_by(i, producers, zones)
        spoiled = producers.stock_kg[i] * production.spoilage_per_week
        producers.stock_kg[i] += made - spoiled
        books.kg[PRODUCED] += made
        books.kg[LOST] += spoiled
