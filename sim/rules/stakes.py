"""What gangs contest at a place: its rents, as they are and as they usually are."""

from sim.engine.compiled import kernel
from sim.rules.tolls import toll_of


@kernel
def watch_rents(gangs, territory, outsider_discount, contested):
    """Work out what the hold of every place is worth a week, in USD: ``rents_usd`` (n).

        rents = toll of strangers x kilograms + outsider_discount x worth

    that is, tolls at the full rate of the gangs there, and what strangers would give to be
    protected there as friends are. Both count what passes in the half-year's memory.

    Parameters
    ----------
    contested : bool
        Without, the worth of what passes is at stake, whoever can take it.
    """
    for n in range(territory.rents_usd.size):
        if contested:
            tolls = toll_of(gangs, n, -1) * territory.through_kg[n]
            territory.rents_usd[n] = tolls + outsider_discount * territory.through_usd[n]
        else:
            territory.rents_usd[n] = territory.through_usd[n]
