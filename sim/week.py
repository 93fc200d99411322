"""Many weeks in one compiled call: the same week as ``TraffickingModel.step``.

Between two dates at which something outside the market happens (an event, the
end of a year) nothing needs Python. ``pass_weeks`` runs such a stretch in one
go; a test holds it to the same bits as single steps.
"""

from typing import NamedTuple

import numpy as np

from sim.compiled import kernel
from sim.ledger import balance, closes
from sim.recorder import clear, note
from sim.rules.belief import learn
from sim.rules.contests import contest_week, invest, take_sides
from sim.rules.dispatch import dispatch
from sim.rules.finance import withdraw
from sim.rules.flying import ground_the_rest, match_pilots, move_careers
from sim.rules.interdiction import interdict, patrol
from sim.rules.netback import congest, value_routes
from sim.rules.ordering import place_orders
from sim.rules.policing import police
from sim.rules.pricing import arrive, expect, sell
from sim.rules.production import produce
from sim.rules.purchase import buy, price_zones
from sim.rules.territory import watch_places
from sim.state import Counter


class Numbers(NamedTuple):
    """The register as records, one per section that a rule reads."""

    market: np.record
    production: np.record
    routing: np.record
    ordering: np.record
    flying: np.record
    interdiction: np.record
    learning: np.record
    expansion: np.record
    affiliation: np.record
    territory: np.record


class Flags(NamedTuple):
    """The switches."""

    learning: bool
    salience: bool
    saturation: bool
    pilot_threshold: bool
    congestion: bool
    expansion: bool
    founding: bool
    affiliation: bool
    territory: bool
    tolls: bool
    violence: bool
    membership: bool
    fixed_arrests: bool


class Work(NamedTuple):
    """Work arrays and the opening balance."""

    counter: Counter
    first_effort: np.ndarray  # (e)
    patrols: int  # how agencies place effort; see sim.rules.policing
    opening_usd: float


class Records(NamedTuple):
    """Where weeks are written down, row by row."""

    prices: np.ndarray  # (n) prices of places, carried over
    markets: np.ndarray
    lines: np.ndarray
    places: np.ndarray
    air: np.ndarray
    ledger: np.ndarray


@kernel
def pass_weeks(w, n, now, row, stride, demand_kg, numbers, flags, work, records, seed):
    """Pass ``n`` weeks; return how many closed their books.

    Parameters
    ----------
    now : int
        Clock of the first week.
    row, stride : int
        First row of the records to write, and 1, or 0 to write over one row.
    demand_kg : array (n, m)
        Demand of each week.
    """
    p = numbers
    for t in range(n):
        clock = now + t
        clear(w.week, w.cartels)
        w.markets.demand_kg[:] = demand_kg[t]
        produce(w.producers, w.zones, w.books, p.production)
        value_routes(
            w.graph, w.legs, w.lines, w.cartels, w.markets, w.air, p.routing, p.flying.aircraft_usd
        )
        place_orders(w.lines, w.zones, w.cartels, p.ordering, flags.saturation)
        price_zones(w.graph, w.lines, w.producers, w.zones, p.production, p.ordering.normal_margin)
        buy(w.graph, w.lines, w.week, w.cartels, w.producers, w.zones, p.production,
            work.counter)  # fmt: skip
        dispatch(w.graph, w.legs, w.lines, w.consignments, p.routing, seed, clock)
        match_pilots(w.legs, w.lines, w.pilots, w.gangs, w.air, w.consignments, p.flying, seed,
                     clock, flags.pilot_threshold)  # fmt: skip
        ground_the_rest(w.graph, w.lines, w.air, w.legs, w.consignments)
        move_careers(w.pilots, w.air, p.flying, seed, clock)
        patrol(w.legs, p.interdiction)
        interdict(w.graph, w.legs, w.lines, w.week, w.cartels, w.markets, w.pilots, w.air, w.gangs,
                  w.agencies, w.consignments, w.books, p.interdiction, p.flying, seed,
                  clock)  # fmt: skip
        congest(w.legs, w.week, p.routing, flags.congestion)
        arrive(w.graph, w.lines, w.week, w.markets, clock)
        sell(w.graph, w.lines, w.week, w.cartels, w.markets, w.books, p.market)
        expect(w.lines, w.week, w.markets, p.market)
        fate = p.interdiction.death_prob + p.flying.liberty_share * p.interdiction.detention_prob
        learn(w.legs, w.week, w.cartels, w.air, p.learning, fate, flags.learning, flags.salience)
        watch_places(w.week, w.cartels, w.territory)
        contest_week(w.graph, w.cartels, w.gangs, w.territory, w.books, w.moves, p.territory,
                     p.expansion, flags, seed, clock)  # fmt: skip
        take_sides(w.cartels, w.gangs, w.week, w.territory, w.books, w.moves, p.routing,
                   p.affiliation, p.expansion, flags, clock)  # fmt: skip
        invest(w.graph, w.legs, w.lines, w.cartels, w.gangs, w.markets, w.zones, w.air,
               w.territory, w.books, w.moves, p, flags, seed, clock)  # fmt: skip
        police(w.legs, w.week, w.agencies, work.first_effort, p.interdiction, work.patrols, seed,
               clock)  # fmt: skip
        withdraw(w.lines, w.week, w.cartels, w.books, p.ordering)
        here = row + t * stride
        balance(w.lines, w.cartels, w.producers, w.pilots, w.gangs, w.books, work.opening_usd,
                records.ledger[here])  # fmt: skip
        note(here, w.lines, w.week, w.cartels, w.markets, w.zones, w.producers, w.pilots, w.air,
             w.graph, w.territory.fights, records.prices, records.markets, records.lines,
             records.places, records.air)  # fmt: skip
        if not closes(records.ledger[here], work.opening_usd):
            return t
    return n
