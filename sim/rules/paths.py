"""What yearly series make of effort, capacity and local costs this week."""

from sim.engine.compiled import kernel


@kernel
def follow(w, paths, row):
    """Put row ``row`` of the paths into force; what no path moves is left as it is.

        effort = placed x campaigns x path          factor on a leg's effort
        capacity = capacity without price's response x path
        fee = fee of the data x value of the local currency, and asks alike

    Demand is not set here: its path stands in the demand of the week.
    """
    if paths.effort.shape[0] > 0:
        w.legs.steered[:] = paths.effort[row]
    if paths.supply.shape[0] > 0:
        w.zones.given_supply[:] = paths.supply[row]
    if paths.fee_usd_per_kg.shape[0] > 0:
        w.legs.fee_usd_per_kg[:] = paths.fee_usd_per_kg[row]
    if paths.ask_usd_per_kg.shape[0] > 0:
        producers = w.producers
        for i in range(producers.zone.size):
            factor = paths.ask_usd_per_kg[row, producers.zone[i]]
            producers.ask_usd_per_kg[i] = paths.first_ask_usd_per_kg[i] * factor
