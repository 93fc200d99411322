"""Weekly numbers of a model as Mesa collects them, for its batches and data frames.

A Mesa model has a ``datacollector``. Ours reads what the week wrote into the records,
so that weeks passed one by one and weeks passed in a compiled stretch report the same.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.agents.cartel import Cartel
from sim.agents.gang import Gang

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network import Network
    from sim.results.recorder import Recorder
    from sim.world.records import Records
    from sim.world.state import World

READERS = ("model_reporters", "agent_reporters", "agenttype_reporters")
WHOLE = ("flights", "seized_kg")  # of all markets together


class WeeklyCollector(mesa.DataCollector):
    """One row a week: prices, deliveries and concentration by market, flights, seizures.

    ``get_model_vars_dataframe`` has, for each market, ``ID.price_usd_per_kg``,
    ``ID.delivered_kg`` and ``ID.herfindahl`` (sum of squared shares of the week's
    deliveries; missing where nothing arrived), and ``flights`` and ``seized_kg``.
    ``get_agenttype_vars_dataframe`` has ``name``, ``capital_usd`` and ``stock_kg`` of
    every ``Cartel``, ``name`` and ``members`` of every ``Gang``.
    """

    def __init__(self, network: Network, world: World, recorder: Recorder) -> None:
        self._markets, self._lines, self._recorder = network.markets, world.lines, recorder
        self._week: dict[str, np.ndarray] = {}
        self._stock_kg: np.ndarray = np.zeros(0)
        self._read_all()

    def _read_all(self) -> None:
        """Say what is read of a model, of cartels and of gangs."""
        names = [f"{m}.{what}" for m in self._markets for what in MEASURES]
        super().__init__(
            model_reporters={
                "week": week_passed,
                **{name: self._reader(name) for name in (*names, *WHOLE)},
            },
            agenttype_reporters={
                Cartel: {
                    "name": "name",
                    "capital_usd": "capital_usd",
                    "stock_kg": self._stock_of,
                },
                Gang: {"name": "name", "members": "members"},
            },
        )

    @staticmethod
    def _reader(name: str) -> Callable[[Any], float]:
        """Return a plain function: Mesa 3.4 takes nothing else that is asked about a model.

        It asks the model that it is given for its collector, so that a copy reads its own.
        """
        return lambda model: float(model._collector._week[name][0])

    def __deepcopy__(self, memo: dict[int, Any]) -> WeeklyCollector:
        """Return a copy that reads the copied model, by the same readers."""
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Return what can be pickled: all but the readers, which Mesa makes where it runs."""
        return {name: held for name, held in self.__dict__.items() if name not in READERS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the readers anew; those that a user has added are not among them."""
        self.__dict__.update(state)
        self._read_all()
        self.__dict__.update(state)

    def _stock_of(self, cartel: Cartel) -> float:
        return float(self._stock_kg[cartel.row])

    def collect(self, model: Any) -> None:
        """Collect the week that has just passed; a second time in a week changes nothing."""
        week = model.week - 1
        begun = week >= -model.scenario.burn_in_weeks
        if not begun or week in self.model_vars["week"][-1:]:
            return
        spare = week < 0
        records = model.given.spare if spare else self._recorder.records
        self._week = self._measure(records, slice(0, 1) if spare else slice(week, week + 1))
        by_line = self._lines.stock_kg.sum(axis=1)
        self._stock_kg = np.bincount(
            self._lines.cartel, by_line, len(model.world.cartels.capital_usd)
        )
        super().collect(model)

    def catch_up(self, first: int, last: int) -> None:
        """Add the weeks ``first`` to ``last - 1``, read from the records.

        Weeks of the burn-in are not kept, so their numbers are missing.
        """
        unkept = max(min(last, 0) - first, 0)
        made = self._measure(self._recorder.records, slice(max(first, 0), max(last, 0)))
        self.model_vars["week"].extend(range(first, last))
        for name, values in made.items():
            self.model_vars[name].extend([np.nan] * unkept + values.tolist())

    def _measure(self, records: Records, rows: slice) -> dict[str, np.ndarray]:
        """Return every measure of some rows of the records."""
        out: dict[str, np.ndarray] = {}
        lines, markets = records.lines, records.markets
        for m, market in enumerate(self._markets):
            kg = lines.delivered_kg[rows][:, self._lines.market == m]
            total, squares = sum_rows(kg), sum_rows(kg**2)
            concentration = np.full(len(total), np.nan)
            np.divide(squares, total**2, out=concentration, where=total > 0)
            columns = (
                markets.price_usd_per_kg[rows, m],
                markets.delivered_kg[rows, m],
                concentration,
            )
            names = (f"{market}.{name}" for name in MEASURES)
            out |= dict(zip(names, columns, strict=True))
        out["flights"] = sum_rows(records.air.flights[rows])
        out["seized_kg"] = sum_rows(lines.seized_kg[rows])
        return out


def week_passed(model: Any) -> int:
    """Return the number of the week that has just passed."""
    return int(model.week) - 1


def sum_rows(values: np.ndarray) -> np.ndarray:
    """Sum each row by itself: the same bits for one row and for many."""
    return np.ascontiguousarray(values).sum(axis=1)


MEASURES = ("price_usd_per_kg", "delivered_kg", "herfindahl")  # of each market
