"""Who has which row: organisations by id, with spare rows for heirs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.network import REFERENCE_YEARS, Network

HEIRS = 16  # spare rows; later chapters join the last one founded
ROOM = 10  # gangs that can be present at one place
DEFAULT_MEMBERS = 300.0  # where the data give none


def organisation_ids(network: Network) -> list[str]:
    """Ids of all organisations in the order of the arrays, spare rows last."""
    return [*network.organisations["id"], *(f"HEIR_{k + 1}" for k in range(HEIRS))]


@dataclass
class Roster:
    """Names and nationality groups by row; heirs get theirs when they are born."""

    names: list[str]
    groups: list[str]

    @staticmethod
    def of(network: Network) -> Roster:
        """Return the roster of a data pack, with spare rows unnamed."""
        names = organisation_ids(network)
        groups = [*network.organisations["group"], *[""] * HEIRS]
        return Roster(names, [str(group) for group in groups])

    def row(self, name: str) -> int:
        """Return the row of an organisation."""
        return self.names.index(name)


def line_pairs(network: Network) -> list[tuple[str, str]]:
    """Return (organisation, goal) of every line: those of the data first, then all others."""
    table = network.market_lines
    given = list(zip(table["cartel"], table["market"], strict=True))
    known = set(given)
    return given + [
        (o, m) for o in organisation_ids(network) for m in network.goals if (o, m) not in known
    ]


def members_of(row: pd.Series) -> float:
    """Return how many members an organisation usually has."""
    return float(row["members"]) if pd.notna(row["members"]) else DEFAULT_MEMBERS


def present(row: pd.Series) -> bool:
    """Say whether an organisation is there in the reference years."""
    start = row["present_from"] if pd.notna(row["present_from"]) else 0
    end = row["present_to"] if pd.notna(row["present_to"]) else 9999
    return bool(start <= REFERENCE_YEARS[1] - 2 and end >= REFERENCE_YEARS[0] + 1)


def organisation_rows(network: Network) -> dict[str, pd.Series]:
    """Return organisations by id."""
    return {row["id"]: row for _, row in network.organisations.iterrows()}
