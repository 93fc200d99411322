"""Numbers with a meaning that rules and tables share: codes, headings, the length of a year."""

from __future__ import annotations

from typing import Final

# Headings of the ledger, kilograms in total since the first week.
PRODUCED: Final = 0
SEIZED: Final = 1
LOST: Final = 2  # spoiled in store or crashed
CONSUMED: Final = 3
KG_HEADINGS: Final = 4
# Headings of the ledger, dollars in total since the first week.
CONSUMERS: Final = 0  # paid by wholesale buyers in the end markets
TRANSPORT: Final = 1  # fees of carriers
HANDLING: Final = 2  # kept by those who handle loads: bribes, extraction, brokers
AIRCRAFT: Final = 3  # replacements
WITHDRAWN: Final = 4  # taken out of the business by its owners
NETWORKS: Final = 5  # building and keeping posts and market networks
LIVING: Final = 6  # spent by members of gangs
CONFISCATED: Final = 7
CONTRACTS: Final = 8  # search, testing and theft where organisations deal with others
USD_HEADINGS: Final = 9
# A line (one cartel's order book for one market).
SHUT: Final = 0
TRADING: Final = 1
RUNNING_DOWN: Final = 2  # buys no more, sells what is left
# A pilot.
ACTIVE, DETAINED, DEAD, RETIRED = 0, 1, 2, 3
# A consignment.
THROUGH, SEIZED_LOAD, CRASHED, GROUNDED = 0, 1, 2, 3
# How agencies place effort.
FIXED: Final = 0  # effort stays where it is
RANDOM: Final = 1  # drawn anew every half-year
ADAPTIVE: Final = 2  # moves to where it paid
OPTIMAL: Final = 3  # what a programme that knows all flows would choose; see sim.rules.best_effort
MODES = ("fixed", "random", "adaptive", "optimal")
# Time, in weeks. A year of the rules has 52: rates per year are spread over equal weeks, and
# yearly figures of the data stand for 52 of them. Dates fall on the calendar, whose year is
# longer: growth from one date to another counts its years.
CLOCK: Final = 10_000  # the week of the rules at the scenario's start
MONTH: Final = 4
QUARTER: Final = 13
HALF_YEAR: Final = 26
WEEKS_PER_YEAR: Final = 52.0
