"""THE ORDER OF THE WEEK, once.

``PHASES`` is the week: thirteen phases, each of which hands the arrays behind the
agents to the rules that decide. ``begin_week`` and ``end_week`` around them only keep
accounts. ``pass_weeks`` passes whole stretches of weeks; ``TraffickingModel`` passes
through the same phases whether it steps or runs.

A phase has three arguments. ``w`` is the world, which it changes: the arrays behind the
agents (``sim.world.state``, with shapes and units; ``w.week`` are the accounts of this week).
``given`` decides the week and does not change in it: numbers of the register, switches
(``on``), demand, luck (``sim.world.views``). ``now`` is the week on the rules' clock, which
never shows less than nought: it stands at ``CLOCK`` when the scenario begins, after the
burn-in, the years that a world passes first to forget how it was set up. Before those it
comes to rest while sizes are held (``given.settling``; ``sim.setup.rest``).
"""

from __future__ import annotations

from collections.abc import Callable

from sim.engine.compiled import kernel, ready
from sim.results.ledger import balance, closes
from sim.results.weekly import clear, note
from sim.rules import (
    affiliation,
    belief,
    exchange,
    finance,
    flying,
    interdiction,
    investing,
    membership,
    netback,
    ordering,
    paths,
    policing,
    posts,
    pricing,
    production,
    purchase,
    retreat,
    size,
    stakes,
    territory,
    tolls,
    transit,
    trust,
    violence,
)
from sim.rules import dispatch as loading
from sim.world.codes import CLOCK, MONTH
from sim.world.state import World
from sim.world.views import Given


@kernel
def begin_week(w, given, now):
    """Clear the weekly accounts."""
    clear(w.week, w.lines, w.cartels)
    w.consignments.loaded[0] = 0


@kernel
def open_week(w, given, now):
    """Set demand, and what yearly series move."""
    for m in range(w.markets.demand_kg.size):
        w.markets.demand_kg[m] = given.demand_kg[now - given.first_week, m]
    paths.follow(w, given.paths, now - given.first_week)


@kernel
def grow(w, given, now):
    """Let growers and laboratories make this week's output."""
    production.produce(w.producers, w.zones, w.books, given.numbers.production)


@kernel
def value_routes(w, given, now):
    """Value every place for every line, and choose routes."""
    netback.value_routes(w, given.numbers.routing, given.numbers.flying.aircraft_usd)
    exchange.see_offers(w, given.numbers.exchange)


@kernel
def buy(w, given, now):
    """Move order books by their margins, set prices, buy from producers and at exchanges."""
    numbers, normal_margin = given.numbers, given.numbers.ordering.normal_margin
    ordering.place_orders(w, numbers.ordering, given.on.saturation, given.settling)
    purchase.price_zones(w.lines, w.producers, w.zones, numbers.production, normal_margin)
    exchange.price_exchanges(w, numbers.exchange)
    purchase.buy(w, numbers.production, given.farm_gate)
    exchange.trade(w, numbers.exchange)


@kernel
def dispatch(w, given, now):
    """Load consignments; match those by air with pilots, or put them back in stock."""
    numbers, seed = given.numbers, given.seed
    loading.dispatch(w, numbers.routing, seed, now)
    flying.match_pilots(w, numbers.flying, seed, now, given.on.pilot_threshold)
    flying.ground_the_rest(w)
    flying.move_careers(w.pilots, w.air, numbers.flying, seed, now)


@kernel
def interdict(w, given, now):
    """Decide the fate of every consignment, settle its costs, update congestion."""
    numbers = given.numbers
    interdiction.patrol(w.legs, numbers.interdiction)
    interdiction.interdict(w, numbers, given.seed, now)
    netback.congest(w.legs, w.week, numbers.routing, given.on.congestion)


@kernel
def sell(w, given, now):
    """Bring in what is due, sell it in the end markets, and let traders expect."""
    numbers = given.numbers
    transit.arrive(w.graph, w.lines, w.week, w.markets, now)
    pricing.sell(w, numbers.market)
    pricing.form_expectations(w.lines, w.week, w.markets, numbers.market)
    exchange.expect_prices(w, numbers.market)


@kernel
def learn(w, given, now):
    """Let evidence fade, add this week's, and update every belief about legs.

    Beliefs move after goods do: a seizure this week changes routes next week, never
    this one.
    """
    numbers = given.numbers
    captivity = numbers.flying.liberty_share * numbers.interdiction.detention_prob
    belief.learn(w, numbers.learning, captivity, given.on)


@kernel
def contest_places(w, given, now):
    """Let gangs contest places, fight, recruit, set tolls, move in and give up."""
    numbers, on = given.numbers, given.on
    territory.watch_places(w)
    discount = given.numbers.routing.outsider_discount
    stakes.watch_rents(w.gangs, w.territory, discount, on.contested_rents)
    if on.territory and not given.settling:
        territory.contest(w, numbers.territory, now)
        territory.review_territory(
            w, numbers.territory, expansion=numbers.expansion, on=on, seed=given.seed, now=now
        )
    violence.forget_pressure(w.territory, numbers.territory.pressure_weeks, on.pressure)
    if on.violence:
        violence.fight(w.graph, w.gangs, w.territory, numbers.territory)
    if on.membership:
        membership.recruit(w.cartels, w.gangs, numbers.territory, on)
    violence.heal(w.gangs, numbers.territory)
    if on.tolls and now % MONTH == 0:
        tolls.adjust_tolls(w.gangs, w.territory, numbers.territory, MONTH)


@kernel
def take_sides(w, given, now):
    """Let gangs choose patrons, be paid, and spend."""
    numbers, review_weeks = given.numbers, int(given.numbers.expansion.review_weeks)
    if given.on.affiliation and not given.settling:
        affiliation.choose_patrons(w, numbers.routing, numbers.affiliation, review_weeks, now)
    if now % MONTH == 0:
        affiliation.pay_retainers(w, MONTH)
    affiliation.spend(w.gangs, w.week, w.books, numbers.affiliation)


@kernel
def invest(w, given, now):
    """Let cartels open corridors and markets, keep what pays and give up what does not."""
    numbers, on, settling = given.numbers, given.on, given.settling
    if on.expansion and not settling:
        investing.invest(w, numbers, on, given.seed, now)
        retreat.close_down(w, numbers.expansion, now)
    if now % MONTH == 0:
        if on.expansion:
            posts.keep_posts(w, numbers, settling, MONTH, now)
            size.resize(w, numbers, on, settling, MONTH)
        trust.move_trust(w, numbers.routing, numbers.affiliation.useful_hold, MONTH)


@kernel
def police(w, given, now):
    """Let agencies place effort by the scenario's rule."""
    interdiction, patrols = given.numbers.interdiction, given.patrols
    policing.police(
        w, given.first_effort, interdiction=interdiction, patrols=patrols, seed=given.seed, now=now
    )


@kernel
def close_books(w, given, now):
    """Take profits out, close the ledger and write the week down."""
    finance.withdraw(w, given.numbers.ordering)
    records, row = given.spare, 0
    if now >= CLOCK:
        records, row = given.records, now - CLOCK
    balance(w, given.opening_usd, records.ledger, row)
    note(w, row, given.place_prices, records)


@kernel
def end_week(w, given, now):
    """Work out the tolls that follow from who now holds which place, and for whom."""
    tolls.set_tolls(w.cartels, w.gangs)


PHASES = (
    open_week,  # set demand
    grow,  # capacity follows the local price; output joins stock
    value_routes,  # what a kilogram is worth at every place, for every line
    buy,  # order books move by their margin; bids meet stocks at the farm gate
    dispatch,  # whole consignments leave, by air if a pilot flies
    interdict,  # seized, crashed or through, and who pays
    sell,  # what arrived is sold; markets set their price
    learn,  # evidence fades, this week's is added
    contest_places,  # gangs fight over places, recruit, set tolls
    take_sides,  # gangs choose patrons
    invest,  # cartels open corridors and markets, or give them up
    police,  # agencies move effort
    close_books,  # owners take profits out; kilograms and dollars must close
)


def pass_weeks(
    w: World, given: Given, now: int, weeks: int, after: Callable[[], None] | None = None
) -> int:
    """Pass weeks from the clock ``now`` on; return how many closed their books.

    ``after`` is called at the end of every week.
    """
    week = ready((begin_week, *PHASES, end_week), w, given, now)
    for t in range(now, now + weeks):
        for phase in week:
            phase(w, given, t)
        if after is not None:
            after()
        if not books_close(given, t):
            return t - now
    return weeks


def books_close(given: Given, now: int) -> bool:
    """Say whether the week's books left no kilogram and no dollar unaccounted for."""
    records, row = (given.records, now - CLOCK) if now >= CLOCK else (given.spare, 0)
    return closes(records.ledger, row, given.opening_usd)
