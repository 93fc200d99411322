"""One week into one row of the records: what a record holds stands in ``sim.world.records``."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled import kernel
from sim.rules.production import made_by
from sim.world.codes import ACTIVE, SHUT

PRICE_MEMORY = 0.25  # share of this week's worth in the price of a place


@kernel
def note(w, row, prices, records):
    """Copy one week into row ``row`` of the records, and update the prices of places (n)."""
    move_prices(w, prices)
    note_markets(w, row, records.markets)
    note_places(w, row, prices, records.places)
    note_lines(w, row, records.lines)
    note_air(w, row, records.air)


@kernel
def move_prices(w, prices):
    """Update the price of every place, in USD/kg.

    The farm-gate price in a zone, the wholesale price in a market, and elsewhere the mean
    netback of the loads that left it, smoothed over a few weeks (what a kilogram is worth
    to those who move it there).
    """
    week, graph = w.week, w.graph
    for n in range(prices.size):
        if week.through_kg[n] > 0.0:
            worth = week.through_usd[n] / week.through_kg[n]
            prices[n] += PRICE_MEMORY * (worth - prices[n])
    for z in range(graph.zone_place.size):
        prices[graph.zone_place[z]] = w.zones.price_usd_per_kg[z]
    for m in range(graph.market_place.size):
        prices[graph.market_place[m]] = w.markets.price_usd_per_kg[m]


@kernel
def note_markets(w, row, out):
    """Write down end markets (m)."""
    for m in range(w.markets.price_usd_per_kg.size):
        out.price_usd_per_kg[row, m] = w.markets.price_usd_per_kg[m]
        out.delivered_kg[row, m] = w.markets.delivered_kg[m]
        out.demand_kg[row, m] = w.markets.demand_kg[m]


@kernel
def note_lines(w, row, out):
    """Write down the lines (l) that are open."""
    lines, week = w.lines, w.week
    for k in range(lines.cartel.size):
        if lines.phase[k] == SHUT:
            continue
        out.order_kg[row, k] = lines.order_kg[k]
        out.bought_kg[row, k] = week.bought_kg[k]
        out.delivered_kg[row, k] = week.delivered_kg[k]
        out.seized_kg[row, k] = week.seized_kg[k]
        out.paid_usd[row, k] = week.paid_usd[k]
        out.revenue_usd[row, k] = week.revenue_usd[k]
        out.capital_usd[row, k] = w.cartels.capital_usd[lines.cartel[k]]
        out.margin[row, k] = lines.margin[k]
        out.phase[row, k] = lines.phase[k]


@kernel
def note_places(w, row, prices, out):
    """Write down places (n): prices, stocks of owners and producers, fights, output of zones."""
    lines, producers = w.lines, w.producers
    for n in range(prices.size):
        out.price_usd_per_kg[row, n] = prices[n]
        out.stock_kg[row, n] = 0.0
        out.killed_in_fights[row, n] = w.territory.fights[n]
        out.made_kg[row, n] = 0.0
    for k in range(lines.cartel.size):
        if lines.phase[k] != SHUT:
            for n in range(prices.size):
                out.stock_kg[row, n] += lines.stock_kg[k, n]
    for i in range(producers.zone.size):
        n = w.graph.zone_place[producers.zone[i]]
        out.stock_kg[row, n] += producers.stock_kg[i]
        out.made_kg[row, n] += made_by(i, producers, w.zones)


@kernel
def note_air(w, row, out):
    """Write down air legs (a), with the active pilots of their pools."""
    air, pilots = w.air, w.pilots
    active = np.zeros(pilots.pool.size)
    for i in range(pilots.pool.size):
        if pilots.status[i] == ACTIVE:
            active[pilots.pool[i]] += 1.0
    for a in range(air.leg.size):
        out.flights_wanted[row, a] = air.wanted[a]
        out.flights[row, a] = air.flown[a]
        out.wage_usd_per_flight[row, a] = air.wage_usd[a]
        out.active[row, a] = active[air.pool[a]]
        out.killed[row, a] = air.killed[a]
        out.detained[row, a] = air.detained[a]


@kernel
def clear(week, lines, cartels):
    """Empty the weekly accounts; what raids have taken since the last week counts in this one."""
    for row in range(lines.cartel.size):
        week.seized_kg[row] = lines.raided_kg[row]
    lines.raided_kg[:] = 0.0
    week.bought_kg[:] = 0.0
    week.delivered_kg[:] = 0.0
    week.paid_usd[:] = 0.0
    week.revenue_usd[:] = 0.0
    week.through_kg[:] = 0.0
    week.through_usd[:] = 0.0
    week.toll_usd[:, :] = 0.0
    week.gang_usd[:] = 0.0
    week.passed_kg[:, :] = 0.0
    week.leg_trips[:] = 0.0
    week.leg_seized[:] = 0.0
    week.leg_kg[:] = 0.0
    week.leg_seized_kg[:] = 0.0
    cartels.fresh_hits[:, :] = 0.0
    cartels.fresh_runs[:, :] = 0.0
