"""Who owns goods at each stage of the way: the ownership matrix.

A load on a leg belongs to whoever sent it, so that the owner's share of what moves on the
legs of a stage is its share of title there. The owner has paid for the load, so owned and
financed are the same in this model; handled is what gangs let pass at their places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.results.schemas import own_columns

if TYPE_CHECKING:
    from sim.network import Network

SOURCE = "source"
STAGES = (SOURCE, "air_bridge", "inland", "border", "port", "sea", "landing")


def stage_legs(network: Network) -> dict[str, set[str]]:
    """Return the legs of every stage but the source; each leg belongs to one.

    landing     the last leg, into an end market
    sea         by sea, landings left out
    air_bridge  by air out of Peru
    port        by land or river to a port
    border      by land, river or air from one country to another
    inland      all others
    """
    places, legs = network.places, network.legs
    country = dict(zip(places["id"], places["country"], strict=True))
    kind = dict(zip(places["id"], places["kind"], strict=True))
    out: dict[str, set[str]] = {stage: set() for stage in STAGES[1:]}
    columns = (legs[name] for name in ("leg", "from", "to", "mode"))
    for leg, start, end, mode in zip(*columns, strict=True):
        if kind[end] == "market":
            stage = "landing"
        elif mode == "sea":
            stage = "sea"
        elif mode == "air" and country[start] == "Peru":
            stage = "air_bridge"
        elif kind[end] == "port":
            stage = "port"
        else:
            stage = "border" if country[start] != country[end] else "inland"
        out[stage].add(leg)
    return out


def ownership(tables: dict[str, pd.DataFrame], network: Network) -> pd.DataFrame:
    """Return, by year and stage, the kilograms that each organisation owned and handled."""
    keys = ["year", "stage", "organisation", "group"]
    stage = {leg: stage for stage, names in stage_legs(network).items() for leg in names}
    legs = tables["legs"].rename(columns={"cartel": "organisation", "moved_kg": "owned_kg"})
    legs = legs.assign(stage=legs["leg"].map(stage))
    bought = tables["purchases"]
    bought = bought[bought["source"].isin(network.zones)].rename(columns={"kg": "owned_kg"})
    owned = pd.concat([bought.assign(stage=SOURCE), legs])[[*keys, "owned_kg"]]
    left = legs.groupby(["year", "stage", "from"], as_index=False)["owned_kg"].sum()
    left = left.rename(columns={"from": "place", "owned_kg": "kg"})
    land = tables["territory"]
    at = land[land["control"] > 0.0].merge(left, on=["year", "place"])
    at["handled_kg"] = at["control"].astype(float) * at["kg"].astype(float)
    parts = [owned.groupby(keys)["owned_kg"].sum(), at.groupby(keys)["handled_kg"].sum()]
    table = pd.concat(parts, axis=1).astype(float).fillna(0.0).reset_index()
    whole = table.groupby(["year", "stage"])["owned_kg"].transform("sum")
    table["owned_share"] = (table["owned_kg"] / whole.where(whole > 0.0)).fillna(0.0)
    order = {stage: k for k, stage in enumerate(STAGES)}
    table = table.sort_values(
        ["year", "stage", "organisation"],
        key=lambda c: c.map(order) if c.name == "stage" else c,
        kind="stable",
        ignore_index=True,
    )
    return table[own_columns("ownership")]
