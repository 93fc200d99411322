"""The arrays behind the agents.

Agents are Mesa objects; what changes every week stands in these arrays, so that
compiled rules can pass over thousands of rows at once. One group per subject (see
``sim.engine.groups``); the comment after a field gives shape and meaning. Index letters:
``n`` place, ``e`` leg, ``m`` market, ``z`` zone, ``o`` organisation that may own loads,
``g`` organisation that may hold places (the same rows), ``a`` air leg, ``p`` producer or
pilot, ``l`` line: one cartel's order book for one market, ``c`` consignment of this week. With
exchanges, these follow the end markets as goals of lines under ``m``, and the zones as
sources under ``z``; see ``Exchanges``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.groups import group

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@group
class Graph:
    """The network as compiled rules read it; fixed during a run."""

    key: Ints  # (n) row of random draws
    order: Ints  # (n) places from source to market
    first_out: Ints  # (n + 1) where a place's legs start in out_leg
    out_leg: Ints  # (e) legs sorted by the place they leave
    start: Ints  # (e)
    end: Ints  # (e)
    weeks: Ints  # (e) in transit
    air: Ints  # (e) index among air legs, or -1
    reaches: NDArray[np.bool_]  # (m, e) the leg leads on to the market
    market_place: Ints  # (m)
    zone_place: Ints  # (z)


@group
class Legs:
    """Ways between places."""

    key: Ints  # (e) row of random draws
    load_kg: Floats  # (e) size of a whole consignment
    fee_usd_per_kg: Floats  # (e) transport at usual flow
    base_prob: Floats  # (e) seizure probability of a consignment at effort 1
    weight: Floats  # (e) size of the leg in route choice
    capacity_kg: Floats  # (e) weekly soft capacity; follows lasting flow
    first_capacity_kg: Floats  # (e) weekly soft capacity in the data
    agency: Ints  # (e) who polices it
    effort: Floats  # (e) effort placed by the agency
    campaign: Floats  # (e) factor on effort by events of the calendar
    steered: Floats  # (e) factor on effort by paths
    open_share: Floats  # (e) share of flights still possible
    flow_kg: Floats  # (e) smoothed weekly flow
    trips: Floats  # (e) smoothed weekly consignments
    usual_trips: Floats  # (e) weekly consignments at the reference equilibrium
    fee_factor: Floats  # (e) congestion factor on the fee
    prior_prob: Floats  # (e) seizure probability at the outset
    known_prob: Floats  # (e) seizure probability that everybody takes for the usual one
    known_weight: Floats  # (e) consignments that this rests on
    presence: Floats  # (e) factor on seizure probability where patrols come and go
    prob: Floats  # (e) seizure probability this week


@group
class Ways:
    """Legs on the way to a market, as somebody sees them; see ``sim.rules.netback``."""

    fee_usd_per_kg: Floats  # (e) what it costs everybody this week
    aircraft_usd_per_kg: Floats  # (e) at stake
    size: Floats  # (e) in route choice, for everybody this week
    charge_usd_per_kg: Floats  # (e) what it costs the owner who looks
    prob: Floats  # (e) seizure probability as it is believed
    access: Floats  # (n) share of value that the owner keeps
    pull: Floats  # (e) size of what is open to the owner


@group
class Lines:
    """Order books: one row per cartel and market it serves."""

    key: Ints  # (l)
    cartel: Ints  # (l)
    market: Ints  # (l)
    permitted: NDArray[np.bool_]  # (l) may buy this week
    phase: Ints  # (l) 0 shut, 1 trading, 2 running down: no purchases, sells what is left
    held: NDArray[np.bool_]  # (l) keeps the size that it has
    reach_kg: Floats  # (l) weekly order at the margin of rest: the line's size
    base_kg: Floats  # (l) size that people, kin and contacts support, at first demand
    root_kg: Floats  # (l) size that the base returns to
    rest_margin: Floats  # (l) margin at which the line rests
    rent_usd_per_kg: Floats  # (l) what its owner keeps of the handling on the way
    entry_usd: Floats  # (l) what contacts in the market cost an owner who is new there
    watch_place: Ints  # (l) place that might be worth a post, or -1
    watch_looks: Ints  # (l) quarters in a row for which it has been
    poor_weeks: Ints  # (l) weeks in a row with an order far below its reach
    year_margin: Floats  # (l) margin, smoothed over about a year
    order_kg: Floats  # (l) wanted per week
    margin: Floats  # (l) expected profit over purchase price
    value: Floats  # (l, n) netback, USD/kg
    share: Floats  # (l, e) route choice
    stock_kg: Floats  # (l, n)
    goal: Ints  # (l, n) leg for which a stock is being gathered, or -1
    arriving_kg: Floats  # (l, n, slot) in transit, by week of arrival
    zone_order_kg: Floats  # (l, z)
    zone_value: Floats  # (l, z) netback at the farm gate after access
    zone_pull: Floats  # (l, z) usual size of a zone for the market times ties there
    raided_kg: Floats  # (l) taken in store by raids since the last week began


@group
class Week:
    """What happened this week, by line and by leg; cleared when the next begins."""

    bought_kg: Floats  # (l)
    source_kg: Floats  # (l, z) bought, by source, this year
    delivered_kg: Floats  # (l)
    seized_kg: Floats  # (l)
    paid_usd: Floats  # (l)
    revenue_usd: Floats  # (l)
    moved_kg: Floats  # (e, o) dispatched, this year
    taken_kg: Floats  # (e, o) seized, this year
    hits: Floats  # (e, o) consignments seized, this year
    trips: Floats  # (e, o) consignments, this year
    toll_usd: Floats  # (o, n) tolls set aside this week
    gang_usd: Floats  # (g) tolls and retainers received, this week
    through_kg: Floats  # (n) loads that left a place, this week
    through_usd: Floats  # (n) their worth there
    passed_kg: Floats  # (o, n) loads that left a place, this week
    leg_trips: Floats  # (e) consignments, this week
    leg_seized: Floats  # (e) consignments seized, this week
    leg_kg: Floats  # (e) dispatched, this week
    leg_seized_kg: Floats  # (e) seized, this week


@group
class Cartels:
    """Organisations that own loads; a row that does not trade is a gang only, or nobody yet."""

    key: Ints  # (o) row of random draws
    trades: NDArray[np.bool_]  # (o) owns loads
    capital_usd: Floats  # (o)
    chest_usd: Floats  # (o) what its owners keep in the business at least
    chest_only: NDArray[np.bool_]  # (o) and at most: the scenario sets its wealth
    spending_usd: Floats  # (o) smoothed weekly spending
    broke_weeks: Ints  # (o) weeks in a row without capital
    distance_km: Floats  # (o, n) of a place from home
    access: Floats  # (o, n) share of value kept at a place
    tie: Floats  # (o, n) share of the ways through a place that are open to it
    toll_usd_per_kg: Floats  # (o, n) paid when goods leave a place
    roots: Floats  # (o, n) trust that needs no upkeep
    trust: Floats  # (o, n) trust now, 0 to 1
    standing: Floats  # (o, n) change by events of where trust settles
    through_kg: Floats  # (o, n) smoothed weekly kilograms that leave a place
    posted: Ints  # (o, n) 1 where it keeps a post of its own
    post_usd: Floats  # (o, n) what a post or a foothold there costs
    idle_weeks: Ints  # (o, n) weeks in a row in which a post did not earn its upkeep
    hits: Floats  # (o, e) remembered seizures
    runs: Floats  # (o, e) remembered consignments
    belief: Floats  # (o, e) believed seizure probability
    fresh_hits: Floats  # (o, e) own consignments seized this week
    fresh_runs: Floats  # (o, e) own consignments this week


@group
class Producers:
    """Groups of growers and laboratories."""

    zone: Ints  # (p)
    reference_kg: Floats  # (p) weekly capacity at the reference price
    capacity_kg: Floats  # (p)
    stock_kg: Floats  # (p)
    ask_usd_per_kg: Floats  # (p)
    trust: Floats  # (p, o)
    cash_usd: Floats  # (p)


@group
class Zones:
    """Farm-gate markets."""

    reference_usd_per_kg: Floats  # (z)
    price_usd_per_kg: Floats  # (z)
    supply_factor: Floats  # (z) events: eradication
    given_supply: Floats  # (z) factor on capacity by paths
    response: Floats  # (z) part of the usual response of capacity to price; less under a path
    origin_share: Floats  # (m, z) share of a zone in a market's purchases, in the data
    origin_weight: Floats  # (m, z) pull of a zone on a buyer with ties everywhere


@group
class Markets:
    """End markets."""

    reference_usd_per_kg: Floats  # (m)
    elasticity: Floats  # (m)
    first_demand_kg: Floats  # (m) weekly at the reference price
    demand_kg: Floats  # (m) weekly, now
    smoothed_kg: Floats  # (m) deliveries
    coming_kg: Floats  # (m) purchases for the market, smoothed
    year_bought_kg: Floats  # (m) purchases, smoothed over about a year
    year_delivered_kg: Floats  # (m) deliveries, smoothed over about a year
    price_usd_per_kg: Floats  # (m)
    expected_usd_per_kg: Floats  # (m)
    handling: Floats  # (m, n) share kept by those who handle a load leaving a place
    delivered_kg: Floats  # (m) this week
    rest_margin: Floats  # (m) mean margin of its lines at rest
    ends: NDArray[np.bool_]  # (m) an end market; else an exchange, see below


@group
class Exchanges:
    """Places where organisations sell to organisations: goals for some, sources for others.

    ``x`` counts exchanges, the furthest downstream first; without any all shapes are empty.
    """

    goal: Ints  # (x) row among goals
    source: Ints  # (x) row among sources
    place: Ints  # (x)
    contract_share: Floats  # (x) what dealing with a stranger costs, share of the price
    cover_weeks: Floats  # (x) weeks of sales that usually lie in store
    bound_for: Floats  # (x, end market) where what is sold there ends, in the data
    root_tie: Floats  # (o, o) tie of buyer and seller that needs no trade
    tie: Floats  # (o, o) tie of buyer and seller now, 0 to 1
    contract: Floats  # (o, x) what buying costs a buyer besides the price, share of it
    offered_kg: Floats  # (x, o) in store for sale, by seller
    ordered_kg: Floats  # (x) this week
    sold_kg: Floats  # (x) this week, to owners' own lines too
    filled: Floats  # (x) smoothed share of orders that are filled
    own_usd: Floats  # (o) this week's transfers from one of an owner's lines to another
    traded_kg: Floats  # (x, o, o) from seller to buyer, this year
    traded_usd: Floats  # (x, o, o) price paid for it, this year
    contract_usd: Floats  # (x, o, o) paid for dealing, this year


@group
class Pilots:
    """Aircrews: a row is a seat, refilled after a loss."""

    key: Ints  # (p)
    pool: Ints  # (p)
    status: Ints  # (p) 0 active, 1 detained, 2 dead, 3 retired
    reservation_usd: Floats  # (p) wage below which nobody flies, without risk
    life_usd: Floats  # (p) value of life
    fear: Floats  # (p) perceived over believed risk
    limit: Floats  # (p) risk per flight that no wage makes up for
    employer: Ints  # (p) gang, or -1 for freelance
    flights_left: Ints  # (p)
    flights: Ints  # (p) flown in all
    cash_usd: Floats  # (p)


@group
class AirLegs:
    """The pilots' labour market, one row per air leg."""

    leg: Ints  # (a)
    pool: Ints  # (a)
    slots: Floats  # (a) flights a week that strips allow at most
    wage_usd: Floats  # (a) per flight
    rent_usd: Floats  # (a) per flight, for a strip, above the usual rental in the fee
    fill: Floats  # (a) smoothed share of wanted flights that flew
    hits: Floats  # (a) remembered flights seized
    runs: Floats  # (a) remembered flights
    risk: Floats  # (a) believed risk per flight, in lives (detention counts in part)
    wanted: Floats  # (a) this week
    flown: Floats  # (a)
    willing: Floats  # (a) flights on offer at this wage
    killed: Floats  # (a)
    detained: Floats  # (a)
    death_prob: Floats  # (a) chance that an intercepted crew is killed; a law may set it


@group
class Gangs:
    """Groups that control places; same rows as the cartels."""

    members: Floats  # (g)
    usual_members: Floats  # (g) members at the outset
    cash_usd: Floats  # (g)
    income_usd: Floats  # (g) tolls and retainers, smoothed per week
    usual_income_usd: Floats  # (g) the same at the reference equilibrium
    crowding: Floats  # (g) weekly loss rate per member: quarrels within a large group
    usual_held: Floats  # (g) crews held after seizures in a usual week, and replaced
    retainer_usd: Floats  # (g) per week, from its patron
    root_patron: Ints  # (g) cartel that it is seen to work for, or -1: for none
    loyalty_usd: Floats  # (g) per week, what working for that one is worth to it
    arrested: Floats  # (g) in all
    killed: Floats  # (g) in all
    usual_toll_share: Floats  # (g) at the outset
    toll_share: Floats  # (g) toll as a share of what goods are usually worth at a place
    worth_usd_per_kg: Floats  # (n) what goods are usually worth at a place
    lost: Floats  # (g) killed in fights, this week
    places: Ints  # (g) how many it holds
    usual_places: Ints  # (g) the same at the outset
    control: Floats  # (g, n) share of control of a place
    local: Floats  # (g, n) local strength: what its hold of a place rests on besides numbers
    local_shock: Floats  # (g, n) part of its logarithm that came by luck, and fades
    home: Floats  # (g, n) 1 at home
    affiliation: Ints  # (g) cartel, itself, or -1
    here: Ints  # (n, room) gangs present at a place, or -1
    n_here: Ints  # (n) how many
    cohesion: Floats  # (g) 1, less after a blow to its leaders


@group
class Territory:
    """Places as something to fight over."""

    through_kg: Floats  # (n) smoothed weekly kilograms that leave
    through_usd: Floats  # (n) their worth
    usual_usd: Floats  # (n) the same at the reference equilibrium
    rents_usd: Floats  # (n) what gangs contest there, a week
    usual_rents_usd: Floats  # (n) the same at rest
    pressure: Floats  # (n) memory of what upset a place: newcomers, fallen leaders, crackdowns
    fights: Floats  # (n) killed in fights, this week
    truce: Floats  # (n) factor on fights by events of the calendar


@group
class Moves:
    """Log of what organisations decided: one row a move; see ``sim.world.moves``."""

    made: Ints  # (1) how many
    clock: Ints  # (rows) when
    kind: Ints  # (rows) what; see the codes there
    who: Ints  # (rows) organisation
    place: Ints  # (rows) or -1
    other: Ints  # (rows) market, or the other organisation, or -1
    usd: Floats  # (rows) what it cost


@group
class Agencies:
    """Interdiction forces."""

    budget: Floats  # (agency) effort summed over legs
    seized_kg: Floats  # (agency) in all
    yield_kg: Floats  # (e) remembered seizures per unit of effort


@group
class Consignments:
    """Loads that set out this week."""

    loaded: Ints  # (1) how many
    line: Ints  # (c)
    leg: Ints  # (c)
    number: Ints  # (c) running number on its line and leg: the draw's key
    pilot: Ints  # (c) or -1
    fate: Ints  # (c) 0 got through, 1 seized, 2 crashed, 3 never left
    kg: Floats  # (c)


@group
class FarmGate:
    """Work arrays of the farm-gate trade."""

    buyers: Ints  # (z, l) lines that order in a zone
    n_buyers: Ints  # (z)
    fill: Floats  # (z) share of willing stock that is sold
    weight: Floats  # (p, l) kilograms on offer to each buyer
    wish: Floats  # (l, z) kilograms each line would get


@group
class Books:
    """Running totals of the ledger since the first week, by heading."""

    kg: Floats  # (heading) see ``sim.world.codes``
    usd: Floats  # (heading)


@group
class Reference:
    """The reference equilibrium: what the data imply before anything happens."""

    graph: Graph
    legs: Legs
    ways: Ways
    air: AirLegs
    markets: Markets
    zones: Zones
    access: Floats  # (m, n) mean share of value that a market's sellers keep
    tie: Floats  # (m, n) mean share of ways open to a market's sellers
    toll_usd_per_kg: Floats  # (n) of strangers
    target: Floats  # (m, n) USD/kg, what the data ask for
    value: Floats  # (m, n) USD/kg
    share: Floats  # (m, e) route choice
    flow_kg: Floats  # (m, e) per week
    bought_kg: Floats  # (m) per week, all zones
    inflow_kg: Floats  # (n) per week, of the market at hand


@group
class World:
    """Everything that moves."""

    graph: Graph
    legs: Legs
    ways: Ways
    lines: Lines
    week: Week
    cartels: Cartels
    producers: Producers
    zones: Zones
    markets: Markets
    exchanges: Exchanges
    pilots: Pilots
    air: AirLegs
    gangs: Gangs
    territory: Territory
    moves: Moves
    agencies: Agencies
    consignments: Consignments
    books: Books
