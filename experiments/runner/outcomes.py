"""What is kept of a run: summary outcomes, yearly accounts by cartel, milestones.

``summary`` one row: prices, deliveries, concentration, shares of groups and cartels,
corridors, flights, violence, over the last three years. ``yearly``: kilograms and
dollars by year, market and cartel. ``organisations``: by year, places held, kilograms
financed (owned) and handled (passed by gangs at their places, by control), in all and
on the corridors of the question, price paid at source and tolls paid per kilogram.
``lines``: the week in which a cartel's share of a market, over half a year, first
passed 10, 25 and 50 %. Kilograms and tonnes are bulk, prices those of a bulk kilogram.

A job keeps all four (detail ``accounts``), in sweeps of many points ``summary`` alone, or
beside it ``observed``: what statistics would say of the run (``sim.results.observation``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.network import Network
from sim.run import Run
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR

Columns = dict[str, list[Any]]
LAST = 3  # years
CLOSE = 0.06  # of a year: years of the calendar that lack two or three weeks count as whole
MILESTONES = (0.10, 0.25, 0.50)
HALF_YEAR = 26
ACCOUNTS = ["bought_kg", "delivered_kg", "seized_kg", "paid_usd", "revenue_usd"]
CORRIDORS = ("air_bridge", "brazil_ports")
WORLD = ("flights_per_year", "killed_in_fights_per_year", "seized_t_per_year", "cartels_trading")
MILLION = 1e6


@dataclass(frozen=True)
class Late:
    """The last years of the calendar that runs have passed: which, and their length together.

    A run of less than three years is looked at whole, and its yearly figures are those of
    the time that it has passed.
    """

    years: range
    length: float  # years

    @staticmethod
    def of(yearly: pd.DataFrame) -> Late:
        """Read it from the yearly accounts of runs of one length."""
        final = int(yearly["year"].max())
        first = max(final - LAST + 1, int(yearly["year"].min()))
        if "weeks" not in yearly:  # of an earlier version, which took all years as whole
            return Late(range(final - LAST + 1, final + 1), LAST)
        seen = yearly[yearly["year"] >= first].drop_duplicates("year")
        length = float(seen["weeks"].sum()) / WEEKS_PER_CALENDAR_YEAR
        whole = max(round(length), 1)
        return Late(range(first, final + 1), whole if abs(length - whole) < CLOSE else length)


def summarise(run: Run, detail: str = "accounts") -> dict[str, Any]:
    """Return the outcomes of one replicate as plain columns, fit for JSON and Parquet.

    Parameters
    ----------
    detail : str
        ``"accounts"`` for all tables, ``"summary"`` for the summary alone, ``"observed"``
        for the summary and what would be observed, year by year.
    """
    yearly = accounts(run)
    out: dict[str, Any] = {"summary": summary(run, yearly)}
    if detail == "accounts":
        out |= {
            "yearly": columns(yearly),
            "organisations": columns(organisations(run)),
            "lines": columns(milestones(run)),
        }
    if detail == "observed":
        out["observed"] = columns(run.observed())
    return out


def known_outcomes(network: Network) -> list[str]:
    """Return the names of all summary outcomes that runs on a data pack can have.

    Heirs of organisations that break up have outcomes of their own, named when they are born.
    """
    table = network.organisations
    traders, groups = list(table["id"]), sorted(set(table["group"]))
    names = [
        f"{m}.{what}"
        for m in network.markets
        for what in ("price_usd_per_kg", "delivered_t_per_year", "herfindahl")
    ]
    names += [f"{m}.share_{group}" for m in network.markets for group in groups]
    names += [
        f"{m}.{what}_{cartel}"
        for m in network.markets
        for cartel in traders
        for what in ("t", "margin_usd_m")
    ]
    names += [f"{c}.t_{cartel}" for c in CORRIDORS for cartel in traders]
    return [*names, *(f"{c}.t_per_year" for c in CORRIDORS), *WORLD]


def columns(table: pd.DataFrame) -> Columns:
    """Return a table as lists by column."""
    return {str(name): table[name].tolist() for name in table}


def accounts(run: Run) -> pd.DataFrame:
    """Return kilograms and dollars by year, market and cartel, and the weeks of each year."""
    table = run.tables["cartels"]
    keys = ["year", "market", "cartel", "group"]
    weeks = table.groupby("year")["week"].nunique()
    return (
        table.groupby(keys, observed=True)[ACCOUNTS]
        .sum()
        .reset_index()
        .astype({"market": str, "cartel": str, "group": str})
        .assign(weeks=lambda sums: sums["year"].map(weeks))
    )


def corridor_legs(network: Network) -> dict[str, set[str]]:
    """Return the legs of each corridor of the question.

    ``air_bridge``: by air from Peru into Bolivia; ``brazil_ports``: by sea out of Brazil.
    """
    country = dict(zip(network.places["id"], network.places["country"], strict=True))
    legs = network.legs
    start, end = legs["from"].map(country), legs["to"].map(country)
    bridge = (legs["mode"] == "air") & (start == "Peru") & (end == "Bolivia")
    ports = (legs["mode"] == "sea") & (start == "Brazil")
    return {"air_bridge": set(legs.loc[bridge, "leg"]), "brazil_ports": set(legs.loc[ports, "leg"])}


def organisations(run: Run) -> pd.DataFrame:
    """Return what each organisation holds, finances, handles and pays, by year."""
    legs, land = run.tables["legs"], run.tables["territory"]
    legs = legs.astype({"cartel": str, "from": str}).rename(columns={"cartel": "organisation"})
    land = land.astype({"place": str, "organisation": str})
    held, keys = land[land["control"] > 0], ["year", "organisation"]
    lanes = corridor_legs(run.network)
    bridge = legs[legs["leg"].isin(lanes["air_bridge"])]
    ports = legs[legs["leg"].isin(lanes["brazil_ports"])]
    parts = [
        legs.groupby(keys)["moved_kg"].sum().rename("financed_kg"),
        handled(legs, held).rename("handled_kg"),
        held.groupby(keys)["place"].nunique().rename("places"),
        bridge.groupby(keys)["moved_kg"].sum().rename("air_bridge_kg"),
        handled(bridge, held).rename("bridge_handled_kg"),
        ports.groupby(keys)["moved_kg"].sum().rename("brazil_ports_kg"),
        *stage_columns(run.tables["ownership"]),
        source_price(run, legs),
        tolls(legs, held),
    ]
    return pd.concat(parts, axis=1).fillna(0.0).reset_index()


def stage_columns(owned: pd.DataFrame) -> list[pd.Series]:
    """Return kilograms owned at each stage, a column a stage, by year and organisation."""
    owned = owned.astype({"organisation": str})
    return [
        mine.set_index(["year", "organisation"])["owned_kg"].rename(f"stage_{stage}_kg")
        for stage, mine in owned.groupby("stage", sort=False)
    ]


def handled(legs: pd.DataFrame, held: pd.DataFrame) -> pd.Series:
    """Return the kilograms that gangs let pass at their places, by control, by year."""
    passed = legs.groupby(["year", "from"])["moved_kg"].sum().rename("passed_kg")
    at = held.merge(
        passed.reset_index(), left_on=["year", "place"], right_on=["year", "from"], how="left"
    )
    at["kg"] = at["control"] * at["passed_kg"].fillna(0.0)
    return at.groupby(["year", "organisation"])["kg"].sum()


def source_price(run: Run, legs: pd.DataFrame) -> pd.Series:
    """Return the mean price that an owner pays at source, USD per kg, by year."""
    table = run.tables["places"]
    prices = table[table["place"].isin(run.network.zones)].astype({"place": str})
    price = prices.groupby(["year", "place"])["price_usd_per_kg"].mean().rename("price")
    out = legs[legs["from"].isin(run.network.zones)]
    out = out.merge(price.reset_index(), left_on=["year", "from"], right_on=["year", "place"])
    out["usd"] = out["moved_kg"] * out["price"]
    sums = out.groupby(["year", "organisation"])[["usd", "moved_kg"]].sum()
    return (sums["usd"] / sums["moved_kg"]).rename("source_usd_per_kg")


def tolls(legs: pd.DataFrame, held: pd.DataFrame) -> pd.Series:
    """Return tolls to gangs that are not one's own, USD in all, by year and owner."""
    charge = held.assign(toll=held["control"] * held["toll_usd_per_kg"])
    everyone = charge.groupby(["year", "place"])["toll"].sum().rename("all")
    own = (
        charge.astype({"affiliation": str}).groupby(["year", "place", "affiliation"])["toll"].sum()
    )
    out = legs.groupby(["year", "organisation", "from"], as_index=False)["moved_kg"].sum()
    at_place = everyone.reset_index().rename(columns={"place": "from"})
    out = out.merge(at_place, on=["year", "from"], how="left")
    names = {"place": "from", "affiliation": "organisation"}
    to_own = own.rename("own").reset_index().rename(columns=names)
    out = out.merge(to_own, on=["year", "from", "organisation"], how="left")
    out = out.fillna({"all": 0.0, "own": 0.0})
    out["tolls_usd"] = out["moved_kg"] * (out["all"] - out["own"])
    return out.groupby(["year", "organisation"])["tolls_usd"].sum()


def milestones(run: Run) -> pd.DataFrame:
    """Return the first week in which a share, over half a year, passed each milestone.

    NaN if it never did; the first half-year of a run counts for nothing.
    """
    table = run.tables["cartels"]
    rows = []
    for market, mine in table.groupby("market", observed=True):
        codes = mine["cartel"].cat.codes.to_numpy()
        present, column = np.unique(codes, return_inverse=True)
        weeks, row = np.unique(mine["week"].to_numpy(), return_inverse=True)
        kg = np.zeros((len(weeks), len(present)))
        np.add.at(kg, (row, column), mine["delivered_kg"].to_numpy())
        share = half_year_shares(kg)
        for k, code in enumerate(present):
            firsts = {f"week_{100 * m:.0f}": first_week(share[:, k], m) for m in MILESTONES}
            rows.append(
                {
                    "market": str(market),
                    "cartel": str(mine["cartel"].cat.categories[code]),
                    **firsts,
                }
            )
    return pd.DataFrame(rows)


def half_year_shares(kg: np.ndarray) -> np.ndarray:
    """Return each column's share of the sum over the half-year up to each week; NaN before."""
    total = np.cumsum(kg, axis=0)
    total[HALF_YEAR:] -= total[:-HALF_YEAR].copy()
    out = np.full(kg.shape, np.nan)
    late = total[HALF_YEAR - 1 :]
    whole = late.sum(axis=1, keepdims=True)
    np.divide(late, whole, out=out[HALF_YEAR - 1 :], where=whole > 1e-6)
    return out


def first_week(share: np.ndarray, level: float) -> float:
    """Return the first week at or above a level, NaN if there is none."""
    above = np.flatnonzero(share >= level)
    return float(above[0]) if len(above) else float("nan")


def summary(run: Run, yearly: pd.DataFrame) -> dict[str, float]:
    """Return the summary outcomes: means and shares over the last years; see ``Late``."""
    when = Late.of(yearly)
    first, length = when.years[0], when.length
    late = yearly[yearly["year"] >= first]
    out: dict[str, float] = {}
    markets = run.tables["markets"]
    rows = markets[markets["year"] >= first]
    price = rows.groupby("market", observed=True)["price_usd_per_kg"].mean()
    for market, value in price.items():
        out[f"{market}.price_usd_per_kg"] = float(value)
        out |= market_outcomes(str(market), late[late["market"] == market], length)
    out |= corridor_outcomes(run, when)
    pilots, places = run.tables["pilots"], run.tables["places"]
    flights = pilots["flights"].to_numpy()[pilots["year"].to_numpy() >= first].sum()
    killed = places["killed_in_fights"].to_numpy()[places["year"].to_numpy() >= first].sum()
    out["flights_per_year"] = float(flights / length)
    out["killed_in_fights_per_year"] = float(killed / length)
    out["seized_t_per_year"] = tonnes_a_year(late["seized_kg"].sum(), length)
    out["cartels_trading"] = float((late.groupby("cartel")["delivered_kg"].sum() > 100.0).sum())
    return out


def market_outcomes(market: str, late: pd.DataFrame, years: float) -> dict[str, float]:
    """Return deliveries of a market, their concentration, and who has what part of them."""
    kg = late.groupby("cartel")["delivered_kg"].sum()
    total = kg.sum()
    share = kg / total if total > 0 else kg
    out = {
        f"{market}.delivered_t_per_year": tonnes_a_year(total, years),
        f"{market}.herfindahl": float((share**2).sum()) if total > 0 else 1.0,
    }
    groups = late.groupby("group")["delivered_kg"].sum()
    out |= {f"{market}.share_{g}": float(v / max(total, 1e-9)) for g, v in groups.items()}
    out |= {f"{market}.t_{cartel}": tonnes_a_year(v, years) for cartel, v in kg.items()}
    margin = (late["revenue_usd"] - late["paid_usd"]).groupby(late["cartel"]).sum()
    names = {f"{market}.margin_usd_m_{cartel}": v for cartel, v in margin.items()}
    return out | {name: float(v / MILLION / years) for name, v in names.items()}


def corridor_outcomes(run: Run, when: Late) -> dict[str, float]:
    """Return what passed the corridors of the question, and who owned it."""
    legs = run.tables["legs"]
    late = legs[legs["year"] >= when.years[0]]
    out: dict[str, float] = {}
    for corridor, names in corridor_legs(run.network).items():
        mine = late[late["leg"].isin(names)]
        out[f"{corridor}.t_per_year"] = tonnes_a_year(mine["moved_kg"].sum(), when.length)
        owners = mine.groupby("cartel")["moved_kg"].sum()
        out |= {
            f"{corridor}.t_{cartel}": tonnes_a_year(v, when.length) for cartel, v in owners.items()
        }
    return out


def tonnes_a_year(kg: float, years: float) -> float:
    """Return yearly tonnes of what some years sum to, in the same weight."""
    return float(kg / KG_PER_TONNE / years)
