"""Small whole numbers with a meaning, shared by rules and tables."""

from __future__ import annotations

from typing import Final

# Kilograms, in total since the first week.
PRODUCED: Final = 0
SEIZED: Final = 1
LOST: Final = 2  # spoiled in store or crashed
CONSUMED: Final = 3
KG_HEADINGS: Final = 4
# Dollars, in total since the first week.
CONSUMERS: Final = 0  # paid by wholesale buyers in the end markets
TRANSPORT: Final = 1  # fees of carriers
HANDLING: Final = 2  # kept by those who handle loads: bribes, extraction, brokers
AIRCRAFT: Final = 3  # replacements
WITHDRAWN: Final = 4  # taken out of the business by its owners
NETWORKS: Final = 5  # building and keeping posts and market networks
LIVING: Final = 6  # spent by members of gangs
CONFISCATED: Final = 7
USD_HEADINGS: Final = 8
SHUT: Final = 0
TRADING: Final = 1
RUNNING_DOWN: Final = 2  # buys no more, sells what is left
CLOCK = 10_000  # the week of the rules at the scenario's start
ACTIVE, DETAINED, DEAD, RETIRED = 0, 1, 2, 3
THROUGH, SEIZED_LOAD, CRASHED, GROUNDED = 0, 1, 2, 3
FIXED: Final = 0  # effort stays where it is
RANDOM: Final = 1  # drawn anew every half-year
ADAPTIVE: Final = 2  # moves to where it paid
OPTIMAL: Final = 3  # what a programme that knows all flows would choose; see sim.rules.best_effort
MODES = ("fixed", "random", "adaptive", "optimal")
HALF_YEAR: Final = 26  # weeks
