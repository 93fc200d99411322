"""What is written down each week, in arrays made beforehand; tables come at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.compiled import kernel
from sim.ledger import COLUMNS
from sim.moves import AFFILIATES, LEAVES_PATRON, NAMES
from sim.organisations import Roster
from sim.phases import SHUT
from sim.rules.flying import ACTIVE

if TYPE_CHECKING:
    from sim.network import Network
    from sim.scenario import Scenario
    from sim.state import World


@kernel
def note(row, lines, week, cartels, markets, zones, producers, pilots, air, graph, fights,
         prices, out_markets, out_lines, out_places, out_air):  # fmt: skip
    """Copy one week into row ``row`` of the records, and update the prices of places.

    A place's price is the farm-gate price in a zone, the wholesale price in a
    market, and elsewhere the mean netback of the loads that left it, smoothed
    over a few weeks (what a kilogram is worth to those who move it there).
    """
    for n in range(prices.size):
        if week.through[n, 0] > 0.0:
            prices[n] += 0.25 * (week.through[n, 1] / week.through[n, 0] - prices[n])
    for z in range(graph.zone_place.size):
        prices[graph.zone_place[z]] = zones.price_usd_per_kg[z]
    for m in range(graph.market_place.size):
        prices[graph.market_place[m]] = markets.price_usd_per_kg[m]
        out_markets[row, m, 0] = markets.price_usd_per_kg[m]
        out_markets[row, m, 1] = markets.delivered_kg[m]
        out_markets[row, m, 2] = markets.demand_kg[m]
    for n in range(prices.size):
        out_places[row, n, 0] = prices[n]
        out_places[row, n, 1] = 0.0
        out_places[row, n, 2] = fights[n]
    for k in range(lines.cartel.size):
        if lines.phase[k] == SHUT:
            continue
        out_lines[row, k, 0] = lines.order_kg[k]
        out_lines[row, k, 1] = week.bought_kg[k]
        out_lines[row, k, 2] = week.delivered_kg[k]
        out_lines[row, k, 3] = week.seized_kg[k]
        out_lines[row, k, 4] = week.paid_usd[k]
        out_lines[row, k, 5] = week.revenue_usd[k]
        out_lines[row, k, 6] = cartels.capital_usd[lines.cartel[k]]
        out_lines[row, k, 7] = lines.margin[k]
        out_lines[row, k, 8] = lines.phase[k]
        for n in range(prices.size):
            out_places[row, n, 1] += lines.stock_kg[k, n]
    for i in range(producers.zone.size):
        out_places[row, graph.zone_place[producers.zone[i]], 1] += producers.stock_kg[i]
    for a in range(air.leg.size):
        out_air[row, a, 0] = air.wanted[a]
        out_air[row, a, 1] = air.flown[a]
        out_air[row, a, 2] = air.wage_usd[a]
        out_air[row, a, 4] = air.killed[a]
        out_air[row, a, 5] = air.detained[a]
    active = np.zeros(pilots.pool.size)
    for i in range(pilots.pool.size):
        if pilots.status[i] == ACTIVE:
            active[pilots.pool[i]] += 1.0
    for a in range(air.leg.size):
        out_air[row, a, 3] = active[air.pool[a]]


@kernel
def clear(week, cartels):
    """Empty the weekly accounts."""
    week.bought_kg[:] = 0.0
    week.delivered_kg[:] = 0.0
    week.seized_kg[:] = 0.0
    week.paid_usd[:] = 0.0
    week.revenue_usd[:] = 0.0
    week.through[:, :] = 0.0
    week.toll_usd[:, :] = 0.0
    week.gang_usd[:] = 0.0
    week.passed_kg[:, :] = 0.0
    week.leg_trips[:] = 0.0
    week.leg_seized[:] = 0.0
    week.leg_kg[:] = 0.0
    week.leg_seized_kg[:] = 0.0
    cartels.fresh_hits[:, :] = 0.0
    cartels.fresh_runs[:, :] = 0.0


class Recorder:
    """Holds the records of one run and turns them into tables."""

    def __init__(self, scenario: Scenario, network: Network, world: World,
                 roster: Roster) -> None:  # fmt: skip
        weeks = scenario.weeks
        self._scenario, self._network, self._world = scenario, network, world
        self._roster = roster
        self.prices = network.places["reference_price_usd_per_kg"].to_numpy(float).copy()
        shapes = {
            "markets": (len(network.markets), 3),
            "lines": (len(world.lines.key), 9),
            "places": (len(network.places), 3),
            "air": (len(world.air.leg), 6),
            "ledger": (len(COLUMNS),),
        }
        prices = network.places["reference_price_usd_per_kg"].to_numpy(float).copy()
        self.records = {name: np.zeros((weeks, *shape)) for name, shape in shapes.items()}
        self.spare = {name: np.zeros((1, *shape)) for name, shape in shapes.items()}
        self.prices = prices
        start = np.datetime64(scenario.start)
        self.dates = (start + np.arange(weeks) * np.timedelta64(7, "D")).astype("datetime64[s]")
        self.years = self.dates.astype("datetime64[Y]").astype(int) + 1970
        self._years: list[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        self._held: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def next_stop(self, week: int) -> int:
        """Return the first week after ``week`` in which a new year of accounts begins."""
        if week < 0:
            return 0
        later = np.flatnonzero(self.years[week:] != self.years[week])
        return week + int(later[0]) if len(later) else len(self.years)

    def close_year(self, week: int) -> None:
        """Keep the yearly accounts of legs if ``week`` was the last of its year."""
        if week == -1:
            self._take_year(None)
        elif week >= 0 and week + 1 == self.next_stop(week):
            self._take_year(int(self.years[week]))

    def _take_year(self, year: int | None) -> None:
        """Keep the yearly accounts of legs and begin new ones."""
        w = self._world.week
        if year is not None:
            self._years.append((year, w.trips.copy(), w.moved_kg.copy(), w.taken_kg.copy(),
                                w.hits.copy()))  # fmt: skip
            self._note_places(year)
        else:
            self._world.moves.made[0] = 0  # the log begins with the scenario
        for account in (w.trips, w.moved_kg, w.taken_kg, w.hits):
            account[:] = 0.0

    def _note_places(self, year: int) -> None:
        """Note who is where at the end of a year: gangs with control, cartels with a post."""
        cartels, gangs = self._world.cartels, self._world.gangs
        names, places = self._roster.names, list(self._network.places["id"])
        for o, n in zip(*np.nonzero((gangs.control > 0) | (cartels.posted > 0)), strict=True):
            patron = gangs.affiliation[o]
            self._held.append({
                "year": year, "place": places[n], "organisation": names[o],
                "group": self._roster.groups[o], "control": gangs.control[o, n],
                "post": int(cartels.posted[o, n]), "trust": cartels.trust[o, n],
                "affiliation": names[patron] if patron >= 0 else "",
                "members": gangs.members[o],
                "toll_usd_per_kg": gangs.toll_share[o] * gangs.worth_usd_per_kg[n],
            })  # fmt: skip

    def tables(self, replicate: int) -> dict[str, pd.DataFrame]:
        """Return all tables of the run."""
        made = {
            "markets": self._market_table(),
            "cartels": self._cartel_table(),
            "legs": self._leg_table(),
            "places": self._weekly(
                self.records["places"], "place", list(self._network.places["id"]),
                ["price_usd_per_kg", "stock_kg", "killed_in_fights"],
            ),
            "pilots": self._pilot_table(),
            "territory": pd.DataFrame(self._held, columns=TERRITORY_COLUMNS),
            "moves": self._move_table(),
            "events": pd.DataFrame(self.events, columns=EVENT_COLUMNS),
            "ledger": pd.DataFrame(self.records["ledger"], columns=COLUMNS),
        }  # fmt: skip
        ledger = made["ledger"]
        ledger.insert(0, "week", np.arange(len(ledger)))
        ledger.insert(1, "date", self.dates[: len(ledger)])
        for table in made.values():
            table.insert(0, "replicate", replicate)
        return made

    def _weekly(self, values: np.ndarray, what: str, names: list[str],
                columns: list[str]) -> pd.DataFrame:  # fmt: skip
        weeks, n = values.shape[:2]
        table = pd.DataFrame({
            "week": np.repeat(np.arange(weeks), n),
            "date": np.repeat(self.dates, n),
            "year": np.repeat(self.years, n),
            what: pd.Categorical.from_codes(np.tile(np.arange(n), weeks), names),
        })  # fmt: skip
        for k, column in enumerate(columns):
            table[column] = values[:, :, k].ravel()
        return table

    def _market_table(self) -> pd.DataFrame:
        table = self._weekly(self.records["markets"], "market", self._network.markets,
                             ["price_usd_per_kg", "delivered_kg", "demand_kg"])  # fmt: skip
        table["retail_usd_per_g"] = retail_price(
            table, self._network, self._scenario.parameters.market.pass_through
        )
        return table

    def _cartel_table(self) -> pd.DataFrame:
        """Weekly accounts of every line that was ever open."""
        columns = ["order_kg", "bought_kg", "delivered_kg", "seized_kg", "paid_usd",
                   "revenue_usd", "capital_usd", "margin"]  # fmt: skip
        values, lines = self.records["lines"], self._world.lines
        kept = np.flatnonzero(values[:, :, len(columns)].any(axis=0))
        table = self._weekly(values[:, kept], "line", [str(k) for k in kept], columns)
        code = kept[table.pop("line").cat.codes.to_numpy()]
        names = np.array(self._roster.names, object)[lines.cartel]
        groups = np.array(self._roster.groups, object)[lines.cartel]
        markets = np.array(self._network.markets, object)[lines.market]
        labels = {"cartel": names, "group": groups, "market": markets}
        for k, (name, label) in enumerate(labels.items()):
            table.insert(3 + k, name, pd.Categorical(label[code]))
        table.insert(table.columns.get_loc("revenue_usd") + 1, "profit_usd",
                     table["revenue_usd"] - table["paid_usd"])  # fmt: skip
        return table

    def _move_table(self) -> pd.DataFrame:
        """List what organisations decided, in order."""
        moves = self._world.moves
        rows = moves.what[: moves.made[0]]
        week = rows[:, 0] - CLOCK
        names = np.array([*self._roster.names, ""], object)
        other = np.where(np.isin(rows[:, 1], (AFFILIATES, LEAVES_PATRON)), names[rows[:, 4]],
                         np.array([*self._network.markets, ""], object)[
                             np.minimum(rows[:, 4], len(self._network.markets))])  # fmt: skip
        return pd.DataFrame({
            "week": week, "date": self.dates[week], "year": self.years[week],
            "move": np.array(NAMES, object)[rows[:, 1]], "organisation": names[rows[:, 2]],
            "group": np.array([*self._roster.groups, ""], object)[rows[:, 2]],
            "place": np.array([*self._network.places["id"], ""], object)[rows[:, 3]],
            "other": other, "usd": moves.usd[: len(rows)],
        })  # fmt: skip

    def _leg_table(self) -> pd.DataFrame:
        names, legs = np.array(self._roster.names, object), self._network.legs
        groups = np.array(self._roster.groups, object)
        parts = []
        for year, trips, moved, taken, hits in self._years:
            e, o = np.nonzero(trips)
            parts.append(pd.DataFrame({
                "year": year, "leg": legs["leg"].to_numpy()[e], "from": legs["from"].to_numpy()[e],
                "to": legs["to"].to_numpy()[e], "mode": legs["mode"].to_numpy()[e],
                "cartel": names[o], "group": groups[o],
                "consignments": trips[e, o].astype(int), "moved_kg": moved[e, o],
                "seized_kg": taken[e, o], "seizures": hits[e, o].astype(int),
            }))  # fmt: skip
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=LEG_COLUMNS)

    def _pilot_table(self) -> pd.DataFrame:
        air = self._world.air
        legs = list(self._network.legs["leg"].iloc[air.leg])
        hubs = self._network.air_pools["hub"].to_numpy()[air.pool]
        table = self._weekly(self.records["air"], "leg", legs, ["flights_wanted", "flights",
                             "wage_usd_per_flight", "active", "killed", "detained"])  # fmt: skip
        table.insert(4, "hub", pd.Categorical(np.tile(hubs, len(table) // max(len(legs), 1))))
        return table


CLOCK = 10_000  # the week of the rules at the scenario's start
TERRITORY_COLUMNS = ["year", "place", "organisation", "group", "control", "post", "trust",
                     "affiliation", "members", "toll_usd_per_kg"]  # fmt: skip
LEG_COLUMNS = ["year", "leg", "from", "to", "mode", "cartel", "group", "consignments",
               "moved_kg", "seized_kg", "seizures"]  # fmt: skip
EVENT_COLUMNS = ["week", "date", "year", "kind", "name", "place", "leg", "organisation", "group",
                 "kg", "usd", "aircraft", "killed", "detained", "note"]  # fmt: skip
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
