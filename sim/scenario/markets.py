"""What end markets are called: by a name that everybody uses, or by the id in the data."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

# The names stand in parameters (``demand.europe_growth_per_year``) and wherever a market
# is named; no place of a data pack may have one of them as its id.
MARKET_NAMES = {
    "us": "MK_US",
    "europe": "MK_EU",
    "brazil": "MK_BR",
    "southern_cone": "MK_SC",
    "rest": "MK_REST",
}


def market_id(name: str) -> str:
    """Return the id of a market that goes by a name, such as ``europe``; an id is itself."""
    return MARKET_NAMES.get(name, name)


Market = Annotated[str, AfterValidator(market_id)]
