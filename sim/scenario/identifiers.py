"""The names that a scenario may use: ids of its data pack and of what it adds, and of markets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.markets import MARKET_NAMES, market_id
from sim.scenario.pack import Pack
from sim.scenario.rows import USUAL_KIND


def market_words(markets: Iterable[str]) -> list[str]:
    """Return all words by which markets can be named: names first, then ids."""
    ids = list(markets)
    return [*(name for name, known in MARKET_NAMES.items() if known in ids), *ids]


def spell_bar(bar: str) -> str:
    """Return ``CARTEL:MARKET`` with the id of the market."""
    cartel, colon, market = bar.partition(":")
    return f"{cartel}{colon}{market_id(market)}"


@dataclass(frozen=True)
class Identifiers:
    """Ids that a scenario may use, each kind in the order of its table, additions last."""

    place: tuple[str, ...]
    zone: tuple[str, ...]
    market: tuple[str, ...]
    leg: tuple[str, ...]
    organisation: tuple[str, ...]
    cartel: tuple[str, ...]
    gang: tuple[str, ...]
    agency: tuple[str, ...]
    exchange: tuple[str, ...]
    country: tuple[str, ...]

    @staticmethod
    def of(pack: Pack, changes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Identifiers:
        """Return the ids of a pack and of the rows that a scenario adds.

        Parameters
        ----------
        changes : mapping
            For ``places``, ``legs`` and ``organisations``, columns by id as a scenario
            file gives them.
        """
        known = pack.kinds("places")
        places = known | kinds_of(changes["places"], known, "hub")
        known = pack.kinds("organisations")
        organisations = known | kinds_of(changes["organisations"], known, USUAL_KIND)
        legs = [f"{start}>{end}" for start, end in pack.edges()]
        return Identifiers(
            place=tuple(places),
            zone=tuple(name for name, kind in places.items() if kind == "zone"),
            market=tuple(name for name, kind in places.items() if kind == "market"),
            leg=tuple(dict.fromkeys([*legs, *changes["legs"]])),
            organisation=tuple(organisations),
            cartel=tuple(name for name, kind in organisations.items() if kind != "gang"),
            gang=tuple(name for name, kind in organisations.items() if kind != "cartel"),
            agency=tuple(pack.ids("agencies")),
            exchange=tuple(entry.keys["exchange"] for entry in pack.tables["exchanges"]),
            country=tuple(
                dict.fromkeys(
                    str(one)
                    for one in (
                        *(entry.row.country for entry in pack.tables["places"]),
                        *(row.get("country") for row in changes["places"].values()),
                    )
                    if one
                )
            ),
        )


def kinds_of(
    rows: Mapping[str, Mapping[str, Any]], known: Mapping[str, str], usual: str
) -> dict[str, str]:
    """Return the kind of each row: as it says, else as it was, else the usual one."""
    return {name: str(row.get("kind") or known.get(name, usual)) for name, row in rows.items()}
