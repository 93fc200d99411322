"""The pilots' labour market: who flies, for whom, at what wage."""

import math

from sim.engine.compiled import kernel
from sim.engine.streams import AVAILABLE, CAREER, MATCH, stream_key, uniform
from sim.world.codes import ACTIVE, DETAINED, RETIRED


@kernel
def draw_availability(pilots, p, seed, now):
    """Draw how many flights each pilot can make this week: binomial (4, availability).

    Weather, repairs and other work keep most pilots on the ground most days;
    nobody flies more than ``largest_flights_per_week``.
    """
    key = stream_key(seed, AVAILABLE, now)
    slots = int(p.largest_flights_per_week)
    free, odds, none = 1.0 - p.availability, 0.0, 0.0
    if free > 0.0:
        odds = p.availability / free
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

    Limits are spread so that the share of pilots who accept a risk r is min(1, r0/r),
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
    left, pool, here = pilots.flights_left, pilots.pool, air.pool[a]
    flights = 0
    for i in range(pool.size):
        if left[i] > 0 and pool[i] == here:
            if accepts(pilots, i, air.wage_usd[a], air.risk[a], threshold_on):
                flights += left[i]
    return flights


@kernel
def find_pilot(pilots, gangs, air, a, owner, begin, threshold_on):
    """Return the first pilot from ``begin`` on who can and will fly for an owner, or -1.

    Crews that a gang employs fly for the cartel the gang is affiliated with;
    freelance crews, and those of a gang that stands alone, fly for anybody.
    """
    left, pool, here = pilots.flights_left, pilots.pool, air.pool[a]
    n, found = pool.size, -1
    for step in range(n):
        i = begin + step
        if i >= n:
            i -= n
        if left[i] <= 0 or pool[i] != here:
            continue
        boss = pilots.employer[i]
        if boss >= 0 and gangs.affiliation[boss] >= 0 and gangs.affiliation[boss] != owner:
            continue
        if accepts(pilots, i, air.wage_usd[a], air.risk[a], threshold_on):
            found = i
            break
    return found


@kernel
def match_pilots(legs, lines, pilots, gangs, air, consignments, p, seed, now, threshold_on):
    """Give every air consignment a pilot, as far as strips and pilots allow.

    Air legs are served in order of wage. Loads that find none go back to stock.
    The wage of a leg rises when flights on offer are short of those wanted and
    falls when pilots idle:

        d ln w = step (wanted - offered) / (wanted + offered),

    with idle pilots counting only as far as the leg is in use at all.
    """
    draw_availability(pilots, p, seed, now)
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
        air.willing[a] = count_willing(pilots, air, a, threshold_on)
        begin = int(uniform(key, legs.key[air.leg[a]], 0) * pilots.pool.size)
        serve_leg(a, begin, legs, lines, pilots, gangs, air, consignments, threshold_on)
        move_wage(a, legs, air, p)


@kernel
def serve_leg(a, begin, legs, lines, pilots, gangs, air, consignments, threshold_on):
    """Match the consignments of one air leg, from a drawn starting point in each list."""
    slots = math.ceil(air.slots[a] * legs.open_share[air.leg[a]])
    leg_of, mine = consignments.leg, air.leg[a]
    n = consignments.loaded[0]
    first = 0
    if n > 0:
        first = begin % n
    for step in range(n):
        c = first + step
        if c >= n:
            c -= n
        if leg_of[c] != mine:
            continue
        air.wanted[a] += 1.0
        if air.flown[a] >= slots:
            continue
        owner = lines.cartel[consignments.line[c]]
        i = find_pilot(pilots, gangs, air, a, owner, begin, threshold_on)
        if i >= 0:
            pilots.flights_left[i] -= 1
            pilots.flights[i] += 1
            consignments.pilot[c] = i
            air.flown[a] += 1.0


@kernel
def move_wage(a, legs, air, p):
    """Move one leg's wage by the balance of pilots, and its strip rent by that of strips.

    Where strips are short of wanted flights their owners ask more,

        d ln(rental) = step (wanted - possible) / (wanted + possible),

    down to the usual rental, which the fee of the leg includes; ``rent_usd`` is
    what comes on top. Scarce flights thus lose their advantage over land, and
    what a kilogram is worth at the strip falls to what land leaves of it.
    """
    possible = math.ceil(air.slots[a] * legs.open_share[air.leg[a]])
    wanted = air.wanted[a]
    if wanted + possible > 0.0:
        excess = (wanted - possible) / (wanted + possible)
        rental = (p.strip_rental_usd + air.rent_usd[a]) * math.exp(p.strip_step_per_week * excess)
        air.rent_usd[a] = max(rental - p.strip_rental_usd, 0.0)
    wanted = min(wanted, possible)
    offered = air.willing[a]
    if wanted + offered > 0.0:
        excess = (wanted - offered) / (wanted + offered)
        if excess < 0.0:
            excess *= min(1.0, wanted / 2.0)
        air.wage_usd[a] *= math.exp(p.wage_step_per_week * excess)
    if air.wanted[a] > 0.0:
        air.fill[a] += 0.25 * (air.flown[a] / air.wanted[a] - air.fill[a])
    air.fill[a] = max(air.fill[a] + 0.01 * (1.0 - air.fill[a]), 0.02)


@kernel
def ground_the_rest(graph, lines, air, legs, consignments):
    """Return air consignments without a pilot to the stock they came from."""
    for c in range(consignments.loaded[0]):
        e = consignments.leg[c]
        if graph.air[e] >= 0 and consignments.pilot[c] < 0:
            lines.stock_kg[consignments.line[c], graph.start[e]] += consignments.kg[c]
            lines.goal[consignments.line[c], graph.start[e]] = -1
            consignments.kg[c] = 0.0


@kernel
def move_careers(pilots, air, p, seed, now):
    """Release, retire and recruit pilots.

    An empty seat is filled, after a wait with a constant weekly chance, when the
    best wage of the pool covers the seat's reservation wage. Each seat draws
    once a week whether or not the draw is used.
    """
    key = stream_key(seed, CAREER, now)
    for i in range(pilots.pool.size):
        draw = uniform(key, pilots.key[i], 0)
        if pilots.status[i] == ACTIVE:
            if draw < p.retirement_per_week:
                pilots.status[i] = RETIRED
        elif pilots.status[i] == DETAINED and draw < p.release_per_week:
            pilots.status[i] = ACTIVE
        elif draw > 1.0 - p.recruitment_per_week:
            best = 0.0
            for a in range(air.leg.size):
                if air.pool[a] == pilots.pool[i]:
                    best = max(best, air.wage_usd[a])
            if best >= pilots.reservation_usd[i]:
                pilots.status[i] = ACTIVE
