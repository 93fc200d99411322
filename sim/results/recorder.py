"""What is written down each week, in arrays made beforehand; tables come at the end."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.results.schemas import conform, own_columns
from sim.results.stages import ownership
from sim.results.trades import named, purchases, trades
from sim.rules.tolls import whole_toll
from sim.setup.roster import Roster
from sim.world.codes import CLOCK
from sim.world.moves import AFFILIATES, LEAVES_PATRON, NAMES
from sim.world.records import blank_records

if TYPE_CHECKING:
    from sim.network import Network
    from sim.scenario.scenario import Scenario
    from sim.world.state import World


class Recorder:
    """Holds the records of one run and turns them into tables."""

    def __init__(self, scenario: Scenario, network: Network, world: World, roster: Roster) -> None:
        weeks = scenario.weeks
        self._scenario, self._network, self._world = scenario, network, world
        self._roster = roster
        self.prices = network.places["reference_price_usd_per_kg"].to_numpy(float).copy()
        self.records = blank_records(world, weeks)
        start = np.datetime64(scenario.start)
        self.dates = (start + np.arange(weeks) * np.timedelta64(7, "D")).astype("datetime64[s]")
        self.years = self.dates.astype("datetime64[Y]").astype(int) + 1970
        self._years: list[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        self._held: list[dict[str, Any]] = []
        self._bought: list[dict[str, Any]] = []
        self._traded: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self._passed = 0  # weeks of the scenario that are written down

    def next_stop(self, week: int) -> int:
        """Return the first week after ``week`` in which a new year of accounts begins."""
        if week < 0:
            return 0
        later = np.flatnonzero(self.years[week:] != self.years[week])
        return week + int(later[0]) if len(later) else len(self.years)

    def close_year(self, week: int) -> None:
        """Note that ``week`` has passed; keep the yearly accounts of legs if its year has."""
        self._passed = max(week + 1, 0)
        if week == -1:
            self._take_year(None)
        elif week >= 0 and week + 1 == self.next_stop(week):
            self._take_year(int(self.years[week]))

    def _take_year(self, year: int | None) -> None:
        """Keep the yearly accounts of legs and begin new ones."""
        w = self._world.week
        if year is not None:
            self._years.append(
                (year, w.trips.copy(), w.moved_kg.copy(), w.taken_kg.copy(), w.hits.copy())
            )
            self._note_places(year)
            now = (year, self._network, self._world)
            self._bought += purchases(*now)
            self._traded += trades(*now)
        else:
            self._world.moves.made[0] = 0  # the log begins with the scenario
        traded = self._world.exchanges
        for account in (
            *(w.trips, w.moved_kg, w.taken_kg, w.hits, w.source_kg),
            *(traded.traded_kg, traded.traded_usd, traded.contract_usd),
        ):
            account[:] = 0.0

    def _note_places(self, year: int) -> None:
        """Note who is where at the end of a year: gangs with control, cartels with a post."""
        cartels, gangs = self._world.cartels, self._world.gangs
        names, places = self._roster.names, list(self._network.places["id"])
        for o, n in zip(*np.nonzero((gangs.control > 0) | (cartels.posted > 0)), strict=True):
            patron = gangs.affiliation[o]
            self._held.append(
                {
                    "year": year,
                    "place": places[n],
                    "organisation": names[o],
                    "group": self._roster.groups[o],
                    "control": gangs.control[o, n],
                    "post": int(cartels.posted[o, n]),
                    "trust": cartels.trust[o, n],
                    "affiliation": names[patron] if patron >= 0 else "",
                    "members": gangs.members[o],
                    "toll_usd_per_kg": whole_toll(o, n, gangs),
                }
            )

    def tables(self, replicate: int = 0) -> dict[str, pd.DataFrame]:
        """Return all tables of the weeks that have passed; none is of the burn-in.

        In mid-year ``legs`` counts the year so far, and ``territory``, which looks at
        the ends of years, ends with the last.
        """
        made = {
            "markets": self._market_table(),
            "cartels": self._cartel_table(),
            "legs": self._leg_table(),
            **self._title_tables(),
            "places": self._weekly(
                columns(self.records.places), "place", list(self._network.places["id"])
            ),
            "pilots": self._pilot_table(),
            "territory": pd.DataFrame(self._held, columns=own_columns("territory")),
            "moves": self._move_table(),
            "events": pd.DataFrame(self.events, columns=own_columns("events")),
            "ledger": pd.DataFrame(columns(self.records.ledger)).head(self._passed),
        }
        made["ownership"] = ownership(made, self._network)
        ledger = made["ledger"]
        ledger.insert(0, "week", np.arange(len(ledger)))
        ledger.insert(1, "date", self.dates[: len(ledger)])
        for table in made.values():
            table.insert(0, "replicate", replicate)
        return {name: conform(name, table) for name, table in made.items()}

    def _weekly(self, values: dict[str, np.ndarray], what: str, names: list[str]) -> pd.DataFrame:
        """Return a table with a row for each week that has passed and thing: (week, thing)."""
        weeks, n = self._passed, len(names)
        values = {column: rows[:weeks] for column, rows in values.items()}
        table = pd.DataFrame(
            {
                "week": np.repeat(np.arange(weeks), n),
                "date": np.repeat(self.dates[:weeks], n),
                "year": np.repeat(self.years[:weeks], n),
                what: pd.Categorical.from_codes(np.tile(np.arange(n), weeks), names),
            }
        )
        for column, weekly in values.items():
            table[column] = weekly.ravel()
        return table

    def _market_table(self) -> pd.DataFrame:
        ends = len(self._network.markets)
        values = {name: rows[:, :ends] for name, rows in columns(self.records.markets).items()}
        table = self._weekly(values, "market", self._network.markets)
        table["retail_usd_per_g"] = retail_price(
            table, self._network, self._scenario.parameters.market.pass_through
        )
        return table

    def _cartel_table(self) -> pd.DataFrame:
        """Weekly accounts of every line that was ever open."""
        values, lines = columns(self.records.lines), self._world.lines
        ends = lines.market < len(self._network.markets)
        kept = np.flatnonzero(values.pop("phase").any(axis=0) & ends)
        weekly = {column: rows[:, kept] for column, rows in values.items()}
        table = self._weekly(weekly, "line", [str(k) for k in kept])
        code = kept[table.pop("line").cat.codes.to_numpy()]
        names = np.array(self._roster.names, object)[lines.cartel]
        groups = np.array(self._roster.groups, object)[lines.cartel]
        markets = np.array(self._network.goals, object)[lines.market]
        labels = {"cartel": names, "group": groups, "market": markets}
        for k, (name, label) in enumerate(labels.items()):
            table.insert(3 + k, name, pd.Categorical(label[code]))
        table.insert(
            table.columns.get_loc("revenue_usd") + 1,
            "profit_usd",
            table["revenue_usd"] - table["paid_usd"],
        )
        return table

    def _title_tables(self) -> dict[str, pd.DataFrame]:
        """Return who bought where and from whom by year, and exchanges by week."""
        bought, traded = list(self._bought), list(self._traded)
        if self._in_mid_year():
            now = (int(self.years[self._passed - 1]), self._network, self._world)
            bought += purchases(*now)
            traded += trades(*now)
        ends, names = len(self._network.markets), list(self._network.trading)
        weekly = {
            "price_usd_per_kg": self.records.markets.price_usd_per_kg[:, ends:],
            "arrived_kg": self.records.markets.delivered_kg[:, ends:],
        }
        return {
            "purchases": named(bought, own_columns("purchases"), self._roster),
            "trades": named(traded, own_columns("trades"), self._roster),
            "exchanges": self._weekly(weekly, "exchange", names),
        }

    def _in_mid_year(self) -> bool:
        return bool(self._passed) and self._passed != self.next_stop(self._passed - 1)

    def _move_table(self) -> pd.DataFrame:
        """List what organisations decided, in order."""
        made = slice(self._world.moves.made[0] if self._passed else 0)
        log = {column: rows[made] for column, rows in columns(self._world.moves).items()}
        week, who, other = log["clock"] - CLOCK, log["who"], log["other"]
        names = np.array([*self._roster.names, ""], object)
        markets = np.array([*self._network.goals, ""], object)
        about_gangs = np.isin(log["kind"], (AFFILIATES, LEAVES_PATRON))
        market = markets[np.minimum(other, len(self._network.goals))]
        return pd.DataFrame(
            {
                "week": week,
                "date": self.dates[week],
                "year": self.years[week],
                "move": np.array(NAMES, object)[log["kind"]],
                "organisation": names[who],
                "group": np.array([*self._roster.groups, ""], object)[who],
                "place": np.array([*self._network.places["id"], ""], object)[log["place"]],
                "other": np.where(about_gangs, names[other], market),
                "usd": log["usd"],
            }
        )

    def _leg_table(self) -> pd.DataFrame:
        names, legs = np.array(self._roster.names, object), self._network.legs
        groups = np.array(self._roster.groups, object)
        parts, w = [], self._world.week
        years = list(self._years)
        if self._in_mid_year():
            year = int(self.years[self._passed - 1])
            years.append((year, w.trips, w.moved_kg, w.taken_kg, w.hits))
        for year, trips, moved, taken, hits in years:
            e, o = np.nonzero(trips)
            parts.append(
                pd.DataFrame(
                    {
                        "year": year,
                        "leg": legs["leg"].to_numpy()[e],
                        "from": legs["from"].to_numpy()[e],
                        "to": legs["to"].to_numpy()[e],
                        "mode": legs["mode"].to_numpy()[e],
                        "cartel": names[o],
                        "group": groups[o],
                        "consignments": trips[e, o].astype(int),
                        "moved_kg": moved[e, o],
                        "seized_kg": taken[e, o],
                        "seizures": hits[e, o].astype(int),
                    }
                )
            )
        return (
            pd.concat(parts, ignore_index=True)
            if parts
            else pd.DataFrame(columns=own_columns("legs"))
        )

    def _pilot_table(self) -> pd.DataFrame:
        air = self._world.air
        legs = list(self._network.legs["leg"].iloc[air.leg])
        hubs = self._network.air_pools["hub"].to_numpy()[air.pool]
        table = self._weekly(columns(self.records.air), "leg", legs)
        table.insert(4, "hub", pd.Categorical(np.tile(hubs, len(table) // max(len(legs), 1))))
        return table


def columns(record: Any) -> dict[str, np.ndarray]:
    """Return what a record holds by name, in the order of declaration."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


RETAIL_USD_PER_G = {"MK_US": 99.0, "MK_EU": 77.0}  # about 2013; unodc_wdr2025_annex


def retail_price(table: pd.DataFrame, network: Network, pass_through: float) -> pd.Series:
    """Return the retail price per gram as sold: part of the mark-up is proportional.

        retail = retail_0 + (1 + b (R_0 - 1)) (P - P_0) / 1000 with R_0 = retail_0 / P_0

    ``b`` is the pass-through parameter: 0 adds the change of the wholesale price
    to the retail price, 1 keeps the mark-up proportional. Missing where the data
    have no retail price.
    """
    reference = network.places.set_index("id")["reference_price_usd_per_kg"]
    wholesale = table["market"].map(reference).astype(float) / 1000.0
    retail = table["market"].map(RETAIL_USD_PER_G).astype(float)
    slope = 1.0 + pass_through * (retail / wholesale - 1.0)
    return retail + slope * (table["price_usd_per_kg"] / 1000.0 - wholesale)
