"""Does the market rest when nothing happens? Shares, prices and posts at held conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.validation.repeats import Repeats
from sim.model import TraffickingModel
from sim.network import Network
from sim.scenario.scenario import Scenario
from sim.world.codes import WEEKS_PER_YEAR

WEEKS = int(WEEKS_PER_YEAR)  # of a year of this page
POINTS, PART = 0.02, 0.2  # a share may move by two points or a fifth of itself
LARGE = 0.01  # shares below this are not looked at
DIES, DOUBLES = 0.1, 2.0  # of the reference share
FEW = 0.1  # share of replicates in which that may happen, and one in any case
FIRST, LAST = 2, 3  # years compared
CYCLE = (20, 60)  # weeks
LEAST_YEARS = 8


@dataclass(frozen=True)
class Rest:
    """What held conditions leave.

    Attributes
    ----------
    shares : DataFrame
        Yearly share of deliveries by unit ("group" or "cartel"), market, name, year and
        replicate.
    drift : DataFrame
        One row per unit, market and name: reference share, first and last mean, the largest
        change allowed, and in what part of replicates it dies or doubles.
    prices : DataFrame
        One row per market and replicate: standard deviation and autocorrelation of weekly
        prices around their mean of four years.
    posts : DataFrame
        Posts kept by cartels at the end of each year, by replicate.
    """

    shares: pd.DataFrame
    drift: pd.DataFrame
    prices: pd.DataFrame
    posts: pd.DataFrame

    @property
    def rests(self) -> bool:
        """Whether no share of a group moves too far, and no organisation dies or doubles."""
        groups = self.drift[self.drift["unit"] == "group"]
        return not (groups["moves"].any() or self.drift["lost"].any())


def held(scenario: Scenario, years: int) -> Scenario:
    """Return a scenario in which nothing happens: no events or paths, demand of the first year."""
    demand = scenario.parameters.demand
    still = {name: 0.0 for name in type(demand).model_fields if name.endswith("growth_per_year")}
    parameters = scenario.parameters.model_copy(update={"demand": demand.model_copy(update=still)})
    return scenario.model_copy(
        update={"events": (), "paths": {}, "parameters": parameters, "weeks": years * WEEKS}
    )


def watch(scenario: Scenario, seed: int, replicate: int) -> dict[str, pd.DataFrame]:
    """Run one replicate; return kilograms by year, weekly prices and posts."""
    run = TraffickingModel(scenario, seed=seed, replicate=replicate).run()
    cartels = run.tables["cartels"]
    kg = cartels.assign(year=cartels["week"] // WEEKS)
    keys = ["market", "group", "cartel", "year"]
    kg = kg.groupby(keys, observed=True)["delivered_kg"].sum().reset_index()
    prices = run.tables["markets"].pivot(index="week", columns="market", values="price_usd_per_kg")
    posts = run.tables["territory"].groupby("year")["post"].sum().rename("posts").reset_index()
    out = {
        "kg": kg.astype({"market": str, "group": str, "cartel": str}),
        "prices": prices,
        "posts": posts,
    }
    return {
        name: table.assign(replicate=replicate) if name != "prices" else table
        for name, table in out.items()
    }


def rest(scenario: Scenario, years: int, repeats: Repeats) -> Rest:
    """Pass years in which nothing happens, and say what moved all the same."""
    found = repeats.ask(watch, held(scenario, years))
    kg = pd.concat([one["kg"] for one in found], ignore_index=True)
    shares = pd.concat([shares_of(kg, unit) for unit in ("group", "cartel")], ignore_index=True)
    network = Network.of(scenario)
    drift = drift_of(shares, reference(network), years)
    prices = pd.concat(
        [swing(one["prices"]).assign(replicate=r) for r, one in enumerate(found)],
        ignore_index=True,
    )
    posts = pd.concat([one["posts"] for one in found], ignore_index=True)
    return Rest(shares, drift, prices, posts)


def shares_of(kg: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return yearly shares of a market's deliveries by group or cartel, zeros included."""
    wide = kg.pivot_table(
        "delivered_kg", ["market", unit], ["replicate", "year"], "sum", fill_value=0.0
    )
    whole = wide.groupby(level="market").transform("sum")
    share = wide.div(whole.replace(0.0, np.nan)).fillna(0.0)
    long = share.stack(["replicate", "year"], future_stack=True).rename("share").reset_index()
    return long.rename(columns={unit: "name"}).assign(unit=unit)


def reference(network: Network) -> pd.Series:
    """Return the shares of the data by unit, market and name."""
    lines = network.market_lines
    groups = dict(zip(network.organisations["id"], network.organisations["group"], strict=True))
    rows = [("cartel", r.market, r.cartel, r.share) for r in lines.itertuples()]
    rows += [("group", r.market, groups[r.cartel], r.share) for r in lines.itertuples()]
    table = pd.DataFrame(rows, columns=["unit", "market", "name", "share"])
    return table.groupby(["unit", "market", "name"])["share"].sum()


def drift_of(shares: pd.DataFrame, data: pd.Series, years: int) -> pd.DataFrame:
    """Compare the first and the last years of every unit, mean over replicates and one by one."""
    keys = ["unit", "market", "name"]
    early = shares[shares["year"] < FIRST]
    late = shares[(shares["year"] >= years - LAST) & (shares["year"] < years)]
    first = early.groupby([*keys, "replicate"])["share"].mean().unstack("replicate")
    last = late.groupby([*keys, "replicate"])["share"].mean().unstack("replicate")
    found = pd.DataFrame({"first": first.mean(axis=1), "last": last.mean(axis=1)}).fillna(0.0)
    known = data.reindex(found.index).fillna(0.0)
    ratio = last.reindex(found.index).div(known.where(known > LARGE), axis=0)
    found.insert(0, "reference", known)
    found["change"] = found["last"] - found["first"]
    found["allowed"] = np.maximum(POINTS, PART * found["first"])
    found["moves"] = found["change"].abs() > found["allowed"]
    found["from_data"] = found["last"] - found["reference"]
    found["dies"] = (ratio < DIES).mean(axis=1)
    found["doubles"] = (ratio > DOUBLES).mean(axis=1)
    often = max(FEW, 1.0 / ratio.shape[1]) + 1e-9  # one of a few tells of no rate
    found["lost"] = (found["reference"] > LARGE) & (
        (found[["dies", "doubles"]].max(axis=1) > often)
        | ~(found["last"] / found["reference"].where(found["reference"] > 0)).between(DIES, DOUBLES)
    )
    large = (found[["reference", "first", "last"]] > LARGE).any(axis=1)
    return found[large].reset_index()


def swing(prices: pd.DataFrame) -> pd.DataFrame:
    """Return how weekly prices swing around their mean of four years, by market."""
    usual = prices.rolling(208, center=True, min_periods=52).mean()
    relative = prices / usual
    lags = [13, *range(CYCLE[0], CYCLE[1] + 1, 4)]
    rows = [
        {
            "market": str(market),
            "sd": float(series.std()),
            **{f"autocorrelation_{lag}": float(series.autocorr(lag)) for lag in lags},
        }
        for market, series in relative.items()
    ]
    return pd.DataFrame(rows)
