"""The pilots' labour market: who flies, for whom, at what wage."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import AVAILABLE, CAREER, MATCH, stream_key, uniform
from sim.world.codes import ACTIVE, DETAINED, RETIRED


@kernel
def draw_availability(pilots, flying, seed, now):
    """Draw how many flights each pilot can make this week.

        P(k) = C(4, k) a^k (1 - a)^(4 - k)

    with ``a`` the availability: weather, repairs and other work keep most pilots on the
    ground most days; nobody flies more than ``largest_flights_per_week``, here 4.
    """
    key = stream_key(seed, AVAILABLE, now)
    slots = int(flying.largest_flights_per_week)
    free, odds, none = 1.0 - flying.availability, 0.0, 0.0
    if free > 0.0:
        odds = flying.availability / free
        none = math.exp(slots * math.log(free))  # chance of no flight at all
    for i in range(pilots.pool.size):
        pilots.flights_left[i] = 0
        if pilots.status[i] != ACTIVE:
            continue
        if free <= 0.0:
            pilots.flights_left[i] = slots
            continue
        left, chance = uniform(key, pilots.key[i], 0), none
        for k in range(slots + 1):
            pilots.flights_left[i] = k
            left -= chance
            if left < 0.0:
                break
            chance *= odds * (slots - k) / (k + 1.0)


@kernel
def accepts(pilots, i, wage_usd, risk, threshold_on):
    """Say whether a pilot flies: the wage covers the risk, and the risk is within his limit.

        wage >= reservation + fear x risk x life,   fear x risk <= limit

    with wages and the value of life in USD and the risk per flight in lives. Limits are
    spread so that the share of pilots who accept a risk r is min(1, r0/r),
    the hyperbola that Anthony (2004) found for smugglers facing lethal interdiction:
    traffic is flat below the threshold r0 (``risk_threshold``), collapses above it,
    and leaves a residue of those who will fly at any risk.
    """
    risk_seen = pilots.fear[i] * risk
    paid = wage_usd >= pilots.reservation_usd[i] + risk_seen * pilots.life_usd[i]
    if not threshold_on:
        paid = wage_usd >= pilots.reservation_usd[i]
        risk_seen = 0.0
    return paid and risk_seen <= pilots.limit[i]


@kernel
def count_willing(pilots, air, a, threshold_on):
    """Count the flights on offer for one air leg at its wage."""
    flights = 0
    for i in range(pilots.pool.size):
        if pilots.flights_left[i] > 0 and pilots.pool[i] == air.pool[a]:
            if accepts(pilots, i, air.wage_usd[a], air.risk[a], threshold_on):
                flights += pilots.flights_left[i]
    return flights


@kernel
def flies_for(i, owner, pilots, gangs):
    """Say whether a crew may fly for an owner.

    Crews that a gang employs fly for the cartel the gang is affiliated with;
    freelance crews, and those of a gang that stands alone, fly for anybody.
    """
    boss = pilots.employer[i]
    return boss < 0 or gangs.affiliation[boss] < 0 or gangs.affiliation[boss] == owner


@kernel
def find_pilot(a, owner, begin, w, threshold_on):
    """Return the first pilot from ``begin`` on who can and will fly for an owner, or -1."""
    pilots, air = w.pilots, w.air
    n, found = pilots.pool.size, -1
    for step in range(n):
        i = begin + step
        if i >= n:
            i -= n
        if pilots.flights_left[i] <= 0 or pilots.pool[i] != air.pool[a]:
            continue
        if not flies_for(i, owner, pilots, w.gangs):
            continue
        if accepts(pilots, i, air.wage_usd[a], air.risk[a], threshold_on):
            found = i
            break
    return found


@kernel
def match_pilots(w, flying, seed, now, threshold_on):
    """Give every air consignment a pilot, as far as strips and pilots allow.

    Air legs are served in order of wage, then wages and rents move. Loads that find no
    pilot go back to stock (``ground_the_rest``).
    """
    air = w.air
    draw_availability(w.pilots, flying, seed, now)
    key = stream_key(seed, MATCH, now)
    air.wanted[:] = 0.0
    air.flown[:] = 0.0
    done = air.wanted < 0.0
    for _ in range(air.leg.size):
        a = -1
        for b in range(air.leg.size):
            if not done[b] and (a < 0 or air.wage_usd[b] > air.wage_usd[a]):
                a = b
        done[a] = True
        air.willing[a] = count_willing(w.pilots, air, a, threshold_on)
        begin = int(uniform(key, w.legs.key[air.leg[a]], 0) * w.pilots.pool.size)
        serve_leg(a, begin, w, threshold_on)
        move_wage(a, w.legs, air, flying)


@kernel
def possible_flights(a, legs, air):
    """Return the flights a week for which an air leg has strips, those destroyed left out."""
    return float(math.ceil(air.slots[a] * legs.open_share[air.leg[a]]))


@kernel
def serve_leg(a, begin, w, threshold_on):
    """Match the consignments of one air leg, from a drawn starting point in each list."""
    pilots, air, loads = w.pilots, w.air, w.consignments
    possible, n = possible_flights(a, w.legs, air), loads.loaded[0]
    first = 0
    if n > 0:
        first = begin % n
    for step in range(n):
        c = first + step
        if c >= n:
            c -= n
        if loads.leg[c] != air.leg[a]:
            continue
        air.wanted[a] += 1.0
        if air.flown[a] >= possible:
            continue
        i = find_pilot(a, w.lines.cartel[loads.line[c]], begin, w, threshold_on)
        if i >= 0:
            pilots.flights_left[i] -= 1
            pilots.flights[i] += 1
            loads.pilot[c] = i
            air.flown[a] += 1.0


@kernel
def scarcity(wanted, offered):
    """Return by how much wants exceed offers: (wanted - offered) / (wanted + offered)."""
    return (wanted - offered) / (wanted + offered)


@kernel
def move_wage(a, legs, air, flying):
    """Move one leg's wage by the balance of pilots, and its strip rent by that of strips.

        d ln wage   = wage_step (wanted - offered) / (wanted + offered)
        d ln rental = strip_step (wanted - possible) / (wanted + possible)

    in flights a week. Idle pilots lower the wage only as far as the leg is in use at all.
    Where strips are short of wanted flights their owners ask more, down to the usual
    rental, which the fee of the leg includes; ``rent_usd`` is what comes on top. Scarce
    flights thus lose their advantage over land, and what a kilogram is worth at the strip
    falls to what land leaves of it.
    """
    wanted, possible = air.wanted[a], possible_flights(a, legs, air)
    if wanted + possible > 0.0:
        step = flying.strip_step_per_week * scarcity(wanted, possible)
        rental = (flying.strip_rental_usd + air.rent_usd[a]) * math.exp(step)
        air.rent_usd[a] = max(rental - flying.strip_rental_usd, 0.0)
    wanted, offered = min(wanted, possible), air.willing[a]
    if wanted + offered > 0.0:
        excess = scarcity(wanted, offered)
        if excess < 0.0:
            excess *= min(1.0, wanted / 2.0)
        air.wage_usd[a] *= math.exp(flying.wage_step_per_week * excess)
    if air.wanted[a] > 0.0:
        air.fill[a] += 0.25 * (air.flown[a] / air.wanted[a] - air.fill[a])
    air.fill[a] = max(air.fill[a] + 0.01 * (1.0 - air.fill[a]), 0.02)


@kernel
def ground_the_rest(w):
    """Return air consignments without a pilot to the stock they came from."""
    graph, lines, loads = w.graph, w.lines, w.consignments
    for c in range(loads.loaded[0]):
        row, e = loads.line[c], loads.leg[c]
        if graph.air[e] >= 0 and loads.pilot[c] < 0:
            lines.stock_kg[row, graph.start[e]] += loads.kg[c]
            lines.goal[row, graph.start[e]] = -1
            loads.kg[c] = 0.0


@kernel
def best_wage(pool, air):
    """Return the highest wage per flight, in USD, on the air legs of a pool of pilots."""
    best = 0.0
    for a in range(air.leg.size):
        if air.pool[a] == pool:
            best = max(best, air.wage_usd[a])
    return best


@kernel
def move_careers(pilots, air, flying, seed, now):
    """Release, retire and recruit pilots.

    An empty seat is filled, after a wait with a constant weekly chance, when the
    best wage of the pool covers the seat's reservation wage. Each seat draws
    once a week whether or not the draw is used.
    """
    key = stream_key(seed, CAREER, now)
    for i in range(pilots.pool.size):
        draw = uniform(key, pilots.key[i], 0)
        if pilots.status[i] == ACTIVE:
            if draw < flying.retirement_per_week:
                pilots.status[i] = RETIRED
        elif pilots.status[i] == DETAINED and draw < flying.release_per_week:
            pilots.status[i] = ACTIVE
        elif draw > 1.0 - flying.recruitment_per_week:
            if best_wage(pilots.pool[i], air) >= pilots.reservation_usd[i]:
                pilots.status[i] = ACTIVE
