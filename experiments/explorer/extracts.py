"""What views show of a run: small tables, cut once from its large ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from experiments.reports.of_run import PERU
from sim.figures.bands import group_shares
from sim.figures.flow_map import OVERVIEW, Stretch, stretches
from sim.run import Run
from sim.units import KG_PER_TONNE

Array = np.ndarray[Any, Any]
SMOOTH_WEEKS = 13
ALL = "all owners"
WAYS_TOLD = 3
SHOWN_EVERY = 4  # weeks: more cannot be told apart in sums of thirteen


@dataclass(eq=False)
class Extract:
    """What is shown of one run; each part is cut when it is first asked for."""

    run: Run
    _flows: dict[tuple[int, str], list[tuple[Stretch, str, float]]] = field(default_factory=dict)
    _shares: dict[str, pd.DataFrame] = field(default_factory=dict)
    _busy: dict[tuple[int, str], list[tuple[tuple[str, str, str], float]]] = field(
        default_factory=dict
    )

    @cached_property
    def dates(self) -> Array:
        """First days of the weeks."""
        table = self.run.tables["markets"]
        return np.unique(table["date"].to_numpy()).astype("datetime64[D]")

    @cached_property
    def places(self) -> list[str]:
        """Ids of the places, in the order of the network."""
        return [str(place) for place in self.run.network.places["id"]]

    @cached_property
    def price_usd_per_kg(self) -> Array:
        """Price by week and place, USD per kg bulk."""
        return self._weekly("price_usd_per_kg")

    @cached_property
    def stock_kg(self) -> Array:
        """Stock by week and place, kg bulk."""
        return self._weekly("stock_kg")

    def _weekly(self, column: str) -> Array:
        table = self.run.tables["places"]
        wide = table.pivot_table(column, "week", "place", observed=True)
        found: Array = wide.reindex(columns=self.places).to_numpy(float)
        return found

    def year_of(self, week: int) -> int:
        """Return the calendar year of a week."""
        return int(self.day_of(week).year)

    def day_of(self, week: int) -> dt.date:
        """Return the first day of a week; of one past the end, of the last."""
        found: dt.date = self.dates[min(week, len(self.dates) - 1)].item()
        return found

    @cached_property
    def groups(self) -> list[str]:
        """Groups that own goods, those with most first."""
        table = self.run.tables["legs"]
        kg = table["moved_kg"].groupby(table["group"].astype(str)).sum()
        return [str(group) for group in kg.sort_values(ascending=False).index]

    def flows(self, year: int, owners: str = ALL) -> list[tuple[Stretch, str, float]]:
        """Return what moved in a year: stretches of the way, the owners' group, t bulk."""
        if (year, owners) not in self._flows:
            groups = self.groups if owners == ALL else [owners]
            self._flows[year, owners] = [
                (stretch, group, tonnes)
                for group in groups
                for stretch, tonnes in self._group_flows(year, group).items()
            ]
        return self._flows[year, owners]

    def busiest(self, year: int, owners: str = ALL) -> list[tuple[tuple[str, str, str], float]]:
        """Return the busiest legs of a year: start, end and mode, t bulk."""
        if (year, owners) not in self._busy:
            table = self._legs
            mine = table[table["year"] == year]
            mine = mine if owners == ALL else mine[mine["group"] == owners]
            sums = mine.groupby(["from", "to", "mode"], observed=True)["tonnes_per_year"].sum()
            most = sums[sums > 0.0].nlargest(WAYS_TOLD)
            self._busy[year, owners] = [
                ((str(start), str(end), str(mode)), float(tonnes))
                for (start, end, mode), tonnes in most.items()
            ]
        return self._busy[year, owners]

    def _group_flows(self, year: int, group: str) -> dict[Stretch, float]:
        table = self._legs
        mine = table[(table["year"] == year) & (table["group"] == group)]
        return stretches(self.run, mine, OVERVIEW)

    @cached_property
    def _legs(self) -> pd.DataFrame:
        table = self.run.tables["legs"].astype({"group": str})
        keys = ["year", "group", "leg", "from", "to", "mode"]
        kg = table.groupby(keys, observed=True)["moved_kg"].sum() / KG_PER_TONNE
        return kg.rename("tonnes_per_year").reset_index()

    @cached_property
    def holders(self) -> pd.DataFrame:
        """Who holds most of each place at the end of each year, with the share it controls."""
        table = self.run.tables["territory"]
        held = table[table["control"] > 0.0].sort_values("control", ascending=False)
        kept = held.drop_duplicates(["year", "place"])
        return kept[["year", "place", "organisation", "group", "control"]].reset_index(drop=True)

    def market_prices(self, place: str) -> Array:
        """Return the weekly price of a place."""
        found: Array = self.price_usd_per_kg[:, self.places.index(place)]
        return found

    def shares(self, market: str) -> pd.DataFrame:
        """Return shares of a market's deliveries by group, over 13 weeks, every fourth week."""
        if market not in self._shares:
            found = group_shares(self.run.tables["cartels"], market, SMOOTH_WEEKS)
            table = pd.DataFrame({group: wide.iloc[:, 0] for group, wide in found.items()})
            self._shares[market] = table.iloc[::-SHOWN_EVERY][::-1]  # the last week among them
        return self._shares[market]

    def stage_shares(self, stage: str) -> pd.DataFrame:
        """Return shares of the kilograms owned at a stage by group, by year."""
        table = self.run.tables["ownership"].astype({"stage": str, "group": str})
        mine = table[table["stage"] == stage]
        kg = mine.pivot_table("owned_kg", "year", "group", "sum", fill_value=0.0)
        total = kg.sum(axis=1)
        return kg.div(total.where(total > 0.0), axis=0).fillna(0.0)

    @cached_property
    def flights(self) -> pd.DataFrame:
        """Flights out of Peru a week, mean of 13 weeks, and pilots lost so far; by date."""
        table = self.run.tables["pilots"]
        start = table["leg"].astype(str).str.split(">").str[0]
        peru = table[start.isin(PERU)]
        sums = (peru if len(peru) else table).groupby("date")[["flights", "killed", "detained"]]
        weekly = sums.sum()
        lost = weekly[["killed", "detained"]].cumsum()
        smooth = weekly["flights"].rolling(SMOOTH_WEEKS, min_periods=1).mean()
        return lost.assign(flights=smooth, a_week=weekly["flights"])

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened: date, name, kind and effect."""
        table = self.run.tables["events"].drop_duplicates(["date", "name"])
        return table[["date", "name", "kind", "effect"]].reset_index(drop=True)
