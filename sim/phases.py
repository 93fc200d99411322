"""The phases of a line: one cartel's order book for one market."""

from typing import Final

SHUT: Final = 0
TRADING: Final = 1
RUNNING_DOWN: Final = 2  # buys no more, sells what is left
