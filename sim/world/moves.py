"""What organisations decided, as a log that compiled rules write and a table reads."""

from typing import Final

from sim.engine.compiled import kernel

OPENS_LINE: Final = 0  # begins to buy for a market
CLOSES_LINE: Final = 1  # stops buying for a market
OPENS_PLACE: Final = 2  # sets up a post on a corridor
LEAVES_PLACE: Final = 3  # gives a post up
GROWS: Final = 4  # builds up its network in a market it serves
AFFILIATES: Final = 5  # a gang takes a patron (other: the patron)
LEAVES_PATRON: Final = 6  # a gang stands alone again (other: the former patron)
MOVES_IN: Final = 7  # a gang contests a place
LOSES_PLACE: Final = 8  # a gang's hold of a place ends
FOUNDED: Final = 9  # begins to own loads, or is born of a break-up
FOLDS: Final = 10  # a cartel leaves the business
NAMES = (
    "opens line",
    "closes line",
    "opens place",
    "leaves place",
    "grows",
    "affiliates",
    "leaves patron",
    "moves in",
    "loses place",
    "founded",
    "folds",
)
NOBODY: Final = -1
NOWHERE: Final = -1
LARGEST = 20_000  # rows of the log


@kernel
def log_move(moves, now, kind, who, place, other, usd):
    """Write one move down; a full log keeps what it has."""
    k = moves.made[0]
    if k < moves.usd.size:
        moves.clock[k], moves.kind[k] = now, kind
        moves.who[k], moves.place[k], moves.other[k] = who, place, other
        moves.usd[k] = usd
        moves.made[0] = k + 1
