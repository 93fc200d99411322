"""The headings of the ledger, shared by the rules that book to them."""

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
