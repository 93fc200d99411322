"""The network of a run with what went over it: for programs that draw graphs and maps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from sim.run import Run
from sim.units import WEEKS_PER_CALENDAR_YEAR

PLACE = ["name", "country", "kind", "lat", "lon", "reference_price_usd_per_kg"]
LEG = [
    "mode",
    "consignment_kg",
    "transit_weeks",
    "cost_usd_per_kg",
    "seizure_prob",
    "capacity_t_per_year",
    "agency",
]


def graph_of(run: Run) -> nx.DiGraph[str]:
    """Return places and legs with means over the weeks and replicates of a run.

    Places have ``price_usd_per_kg`` and ``stock_kg``; legs ``moved_kg_per_year``,
    ``seized_kg_per_year`` and ``consignments_per_year``. Weights are bulk. What is not known
    is left out.
    """
    network, years = run.network, run.scenario.weeks / WEEKS_PER_CALENDAR_YEAR
    made: nx.DiGraph[str] = nx.DiGraph(
        scenario=run.scenario.name,
        question=run.scenario.question,
        replicates=run.replicates,
        weights="kg and t are bulk",
    )
    columns = ["price_usd_per_kg", "stock_kg"]
    means = run.tables["places"].groupby("place", observed=True)[columns].mean()
    for row in network.places.to_dict("records"):
        weekly = means.loc[row["id"]].to_dict() if row["id"] in means.index else {}
        made.add_node(row["id"], **plain({k: row.get(k) for k in PLACE} | weekly))
    counts = ["moved_kg", "seized_kg", "consignments"]
    sums = run.tables["legs"].groupby("leg")[counts].sum() / (years * run.replicates)
    for row in network.legs.to_dict("records"):
        flows = sums.loc[row["leg"]] if row["leg"] in sums.index else dict.fromkeys(counts, 0.0)
        yearly = {f"{name}_per_year": float(flows[name]) for name in counts}
        made.add_edge(row["from"], row["to"], **plain({k: row.get(k) for k in LEG} | yearly))
    return made


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is known, in the types of Python."""
    known = {key: value for key, value in values.items() if not pd.isna(value)}
    return {k: v.item() if hasattr(v, "item") else v for k, v in known.items()}


def write_graphml(run: Run, path: Path) -> None:
    """Write the network as GraphML."""
    nx.write_graphml(graph_of(run), path, encoding="utf-8")


def write_geojson(run: Run, path: Path) -> None:
    """Write places as points and legs as lines between them, in degrees of WGS 84."""
    graph = graph_of(run)
    where = {n: [place["lon"], place["lat"]] for n, place in graph.nodes.items()}
    points = [
        feature("Point", where[name], {"id": name, **place}) for name, place in graph.nodes.items()
    ]
    lines = [
        feature(
            "LineString",
            [where[start], where[end]],
            {"id": f"{start}>{end}", "from": start, "to": end, **leg},
        )
        for (start, end), leg in graph.edges.items()
    ]
    whole = {"type": "FeatureCollection", **graph.graph, "features": [*points, *lines]}
    path.write_text(json.dumps(whole, ensure_ascii=False) + "\n", encoding="utf-8")


def feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Return a feature of GeoJSON."""
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
