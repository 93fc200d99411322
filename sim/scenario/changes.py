"""A data pack's tables with the rows that a scenario changes or adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import BaseModel

from sim.scenario.pack import REFERENCE_YEARS
from sim.scenario.rows import USUAL_KIND, Leg, Organisation, Place, Row


class Changes(BaseModel):
    """The rows of a scenario, by table and id."""

    places: dict[str, Place] = {}
    legs: dict[str, Leg] = {}
    organisations: dict[str, Organisation] = {}


def change(tables: Mapping[str, pd.DataFrame], changes: Changes) -> dict[str, pd.DataFrame]:
    """Return new tables with rows changed, and rows that are added after the others.

    Rows are added in the order of their ids: the order in a file decides nothing.
    """
    new = dict(tables)
    known = set(tables["places"]["id"])
    for name, place in sorted(changes.places.items()):
        named = name not in known and place.name is None
        row = place.model_copy(update={"name": name}) if named else place
        new["places"] = put(new["places"], {"id": name}, row)
        if place.output_t_per_year is not None:
            new["cultivation"] = add_output(new["cultivation"], name, place.output_t_per_year)
    for name, leg in sorted(changes.legs.items()):
        start, _, end = name.partition(">")
        new["legs"] = put(new["legs"], {"from": start, "to": end}, leg)
    there = set(tables["organisations"]["id"])
    rows = {
        name: row if name in there else complete(name, row)
        for name, row in sorted(changes.organisations.items())
    }
    for name, organisation in rows.items():
        new["organisations"] = put(new["organisations"], {"id": name}, organisation)
    new["market_lines"] = with_shares(tables["market_lines"], rows)
    return new


def complete(name: str, organisation: Organisation) -> Organisation:
    """Return a new organisation with what goes without saying."""
    usual = {
        "name": name,
        "kind": USUAL_KIND,
        "places": (organisation.home,),
        "toll_usd_per_kg": 0.0,
    }
    missing = {k: v for k, v in usual.items() if getattr(organisation, k) is None}
    return organisation.model_copy(update=missing)


def put(table: pd.DataFrame, keys: Mapping[str, str], row: Row) -> pd.DataFrame:
    """Return a table with what a row gives, in the row of those keys or in a new last one."""
    given = {
        column: cell(value)
        for column, value in row
        if value is not None and column not in row.files_lack
    }
    here = (table[list(keys)] == pd.Series(keys)).all(axis=1)
    if not here.any():
        return pd.concat([table, pd.DataFrame([{**keys, **given}])], ignore_index=True)
    changed = table.copy()
    for column, value in given.items():
        if isinstance(value, float):
            changed[column] = changed[column].astype(float)
        changed.loc[here, column] = value
    return changed


def cell(value: Any) -> Any:
    """Return a value as the files write it; ``none`` is an empty cell."""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, str):
        return None if value == "none" else value
    return float(value)


def add_output(table: pd.DataFrame, zone: str, tonnes: float) -> pd.DataFrame:
    """Return the table of cultivation with the output of a new zone in the reference years."""
    row = {"measure": "zone_output", "zone": zone, "year": REFERENCE_YEARS[0], "value": tonnes}
    return pd.concat([table, pd.DataFrame([row])], ignore_index=True)


def with_shares(lines: pd.DataFrame, organisations: Mapping[str, Organisation]) -> pd.DataFrame:
    """Return market lines with the shares given; other sellers make room in proportion.

    A market's shares add up to what they did, so that it begins with the deliveries
    that the data have.
    """
    given = [
        {"cartel": name, "market": market, "share": float(share)}
        for name, row in organisations.items()
        for market, share in sorted((row.shares or {}).items())
    ]
    if not given:
        return lines
    new = pd.DataFrame(given)
    lines = lines.astype({"share": float})
    old = pd.MultiIndex.from_frame(lines[["cartel", "market"]])
    set_here = old.isin(pd.MultiIndex.from_frame(new[["cartel", "market"]]))
    for market, added in new.groupby("market")["share"].sum().items():
        here = lines["market"] == market
        others, total = here & ~set_here, lines.loc[here, "share"].sum()
        kept = lines.loc[others, "share"].sum()
        if kept > 0:
            lines.loc[others, "share"] *= (total - added) / kept
    return pd.concat([lines[~set_here], new], ignore_index=True)
