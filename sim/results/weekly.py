"""One week into one row of the records: column names stand beside the writes."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import ACTIVE, SHUT


@kernel
def note(w, row, prices, records):
    """Copy one week into row ``row`` of the records, and update the prices of places.

    A place's price is the farm-gate price in a zone, the wholesale price in a
    market, and elsewhere the mean netback of the loads that left it, smoothed
    over a few weeks (what a kilogram is worth to those who move it there).
    """
    lines, week, cartels, markets, zones = w.lines, w.week, w.cartels, w.markets, w.zones
    producers, pilots, air, graph = w.producers, w.pilots, w.air, w.graph
    fights = w.territory.fights
    out_markets, out_lines = records.markets, records.lines
    out_places, out_air = records.places, records.air
    for n in range(prices.size):
        if week.through[n, 0] > 0.0:
            prices[n] += 0.25 * (week.through[n, 1] / week.through[n, 0] - prices[n])
    for z in range(graph.zone_place.size):
        prices[graph.zone_place[z]] = zones.price_usd_per_kg[z]
    for m in range(graph.market_place.size):
        prices[graph.market_place[m]] = markets.price_usd_per_kg[m]
        out_markets[row, m, 0] = markets.price_usd_per_kg[m]
        out_markets[row, m, 1] = markets.delivered_kg[m]
        out_markets[row, m, 2] = markets.demand_kg[m]
    for n in range(prices.size):
        out_places[row, n, 0] = prices[n]
        out_places[row, n, 1] = 0.0
        out_places[row, n, 2] = fights[n]
    for k in range(lines.cartel.size):
        if lines.phase[k] == SHUT:
            continue
        out_lines[row, k, 0] = lines.order_kg[k]
        out_lines[row, k, 1] = week.bought_kg[k]
        out_lines[row, k, 2] = week.delivered_kg[k]
        out_lines[row, k, 3] = week.seized_kg[k]
        out_lines[row, k, 4] = week.paid_usd[k]
        out_lines[row, k, 5] = week.revenue_usd[k]
        out_lines[row, k, 6] = cartels.capital_usd[lines.cartel[k]]
        out_lines[row, k, 7] = lines.margin[k]
        out_lines[row, k, 8] = lines.phase[k]
        for n in range(prices.size):
            out_places[row, n, 1] += lines.stock_kg[k, n]
    for i in range(producers.zone.size):
        out_places[row, graph.zone_place[producers.zone[i]], 1] += producers.stock_kg[i]
    for a in range(air.leg.size):
        out_air[row, a, 0] = air.wanted[a]
        out_air[row, a, 1] = air.flown[a]
        out_air[row, a, 2] = air.wage_usd[a]
        out_air[row, a, 4] = air.killed[a]
        out_air[row, a, 5] = air.detained[a]
    active = np.zeros(pilots.pool.size)
    for i in range(pilots.pool.size):
        if pilots.status[i] == ACTIVE:
            active[pilots.pool[i]] += 1.0
    for a in range(air.leg.size):
        out_air[row, a, 3] = active[air.pool[a]]


@kernel
def clear(week, lines, cartels):
    """Empty the weekly accounts; what raids have taken since the last week counts in this one."""
    week.bought_kg[:] = 0.0
    week.delivered_kg[:] = 0.0
    week.seized_kg[:] = lines.raided_kg
    lines.raided_kg[:] = 0.0
    week.paid_usd[:] = 0.0
    week.revenue_usd[:] = 0.0
    week.through[:, :] = 0.0
    week.toll_usd[:, :] = 0.0
    week.gang_usd[:] = 0.0
    week.passed_kg[:, :] = 0.0
    week.leg_trips[:] = 0.0
    week.leg_seized[:] = 0.0
    week.leg_kg[:] = 0.0
    week.leg_seized_kg[:] = 0.0
    cartels.fresh_hits[:, :] = 0.0
    cartels.fresh_runs[:, :] = 0.0
