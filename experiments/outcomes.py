"""What is kept of a run: summary outcomes, yearly accounts by cartel, milestones.

``summary`` one row: prices, deliveries, concentration, shares of groups, flights,
violence, over the last three years. ``yearly``: kilograms and dollars by year, market
and cartel. ``organisations``: by year, places held, kilograms financed (owned) and
handled (passed by gangs at their places, by control), price paid at source and tolls
paid per kilogram. ``lines``: the week in which a cartel's share of a market, over half
a year, first passed 10, 25 and 50 %.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.record import Run

Columns = dict[str, list[Any]]
LAST = 3  # years
MILESTONES = (0.10, 0.25, 0.50)
HALF_YEAR = 26


def summarise(run: Run) -> dict[str, Any]:
    """Return the outcomes of one replicate as plain columns, fit for JSON and Parquet."""
    yearly = accounts(run)
    return {
        "summary": summary(run, yearly),
        "yearly": columns(yearly),
        "organisations": columns(organisations(run)),
        "lines": columns(milestones(run)),
    }


def columns(table: pd.DataFrame) -> Columns:
    """Return a table as lists by column."""
    return {str(name): table[name].tolist() for name in table}


def accounts(run: Run) -> pd.DataFrame:
    """Return kilograms and dollars by year, market and cartel."""
    table = run.tables["cartels"]
    what = ["bought_kg", "delivered_kg", "seized_kg", "paid_usd", "revenue_usd"]
    return table.groupby(["year", "market", "cartel", "group"], observed=True)[what].sum() \
        .reset_index().astype({"market": str, "cartel": str, "group": str})  # fmt: skip


def organisations(run: Run) -> pd.DataFrame:
    """Return what each organisation holds, finances, handles and pays, by year."""
    legs, land = run.tables["legs"], run.tables["territory"]
    keys = ["year", "organisation"]
    legs = legs.astype({"cartel": str, "from": str}).rename(columns={"cartel": "organisation"})
    financed = legs.groupby(keys)["moved_kg"].sum().rename("financed_kg")
    land = land.astype({"place": str, "organisation": str})
    held = land[land["control"] > 0]
    places = held.groupby(keys)["place"].nunique().rename("places")
    passed = legs.groupby(["year", "from"])["moved_kg"].sum().rename("passed_kg")
    at = held.merge(passed, left_on=["year", "place"], right_index=True, how="left")
    at["kg"] = at["control"] * at["passed_kg"].fillna(0.0)
    handled = at.groupby(keys)["kg"].sum().rename("handled_kg")
    out = pd.concat([financed, handled, places, source_price(run, legs), tolls(legs, held)], axis=1)
    return out.fillna(0.0).reset_index()


def source_price(run: Run, legs: pd.DataFrame) -> pd.Series:
    """Return the mean price that an owner pays at source, USD per kg, by year."""
    prices = run.tables["places"].astype({"place": str})
    price = prices.groupby(["year", "place"])["price_usd_per_kg"].mean().rename("price")
    out = legs[legs["from"].isin(run.network.zones)]
    out = out.merge(price, left_on=["year", "from"], right_index=True)
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
    out = out.merge(everyone, left_on=["year", "from"], right_index=True, how="left")
    out = out.merge(own.rename("own"), left_on=["year", "from", "organisation"], right_index=True,
                    how="left").fillna(0.0)  # fmt: skip
    out["tolls_usd"] = out["moved_kg"] * (out["all"] - out["own"])
    return out.groupby(["year", "organisation"])["tolls_usd"].sum()


def milestones(run: Run) -> pd.DataFrame:
    """Return the first week in which a smoothed share passed each milestone; NaN if never."""
    table = run.tables["cartels"]
    rows = []
    for market, mine in table.groupby("market", observed=True):
        kg = mine.pivot_table("delivered_kg", "week", "cartel", "sum", observed=True).fillna(0.0)
        kg = kg.rolling(HALF_YEAR, min_periods=1).sum()
        share = kg.div(kg.sum(axis=1).replace(0.0, np.nan), axis=0)
        for cartel in share:
            weeks = {f"week_{m:.0%}".rstrip("%"): first_week(share[cartel], m) for m in MILESTONES}
            rows.append({"market": str(market), "cartel": str(cartel), **weeks})
    return pd.DataFrame(rows)


def first_week(share: pd.Series, level: float) -> float:
    """Return the first week at or above a level, NaN if there is none."""
    above = share.index[share >= level]
    return float(above[0]) if len(above) else float("nan")


def summary(run: Run, yearly: pd.DataFrame) -> dict[str, float]:
    """Return the summary outcomes: means and shares over the last three years."""
    last = range(int(yearly["year"].max()) - LAST + 1, int(yearly["year"].max()) + 1)
    out: dict[str, float] = {}
    late = yearly[yearly["year"].isin(last)]
    markets = run.tables["markets"]
    price = markets[markets["year"].isin(last)].groupby("market", observed=True)["price_usd_per_kg"]
    for market, value in price.mean().items():
        mine = late[late["market"] == market]
        share = mine.groupby("cartel")["delivered_kg"].sum() / mine["delivered_kg"].sum()
        out[f"{market}.price_usd_per_kg"] = float(value)
        out[f"{market}.delivered_t_per_year"] = float(mine["delivered_kg"].sum() / 1e3 / LAST)
        out[f"{market}.herfindahl"] = float((share**2).sum())
        groups = mine.groupby("group")["delivered_kg"].sum() / mine["delivered_kg"].sum()
        out |= {f"{market}.share_{group}": float(value) for group, value in groups.items()}
    pilots, places = run.tables["pilots"], run.tables["places"]
    out["flights_per_year"] = float(pilots.loc[pilots["year"].isin(last), "flights"].sum() / LAST)
    killed = places.loc[places["year"].isin(last), "killed_in_fights"].sum() / LAST
    out["killed_in_fights_per_year"] = float(killed)
    out["seized_t_per_year"] = float(late["seized_kg"].sum() / 1e3 / LAST)
    out["cartels_trading"] = float((late.groupby("cartel")["delivered_kg"].sum() > 100.0).sum())
    return out
