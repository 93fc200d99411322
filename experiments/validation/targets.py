"""How a run compares with the targets of the data pack.

A target carries a measure, ``kind:where``, that says how to compute it (the
grammar is in ``docs/model/data.md``). A level of about 2013 is compared with the mean of
the years 2012-2015, replicate by replicate: met if the median lies within the
target's range. Targets of other years need a scenario with those years'
conditions and are left out here. Tonnes moved and seized are bulk, as in a run; what
is measured as ``..._pure_t`` is converted to pure weight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from sim.errors import ScenarioError
from sim.results.spread import NO_BAND, spread
from sim.run import Run
from sim.scenario.scenario import Scenario
from sim.units import KG_PER_TONNE, pure

YEARS = (2012, 2015)


class Measures:
    """Computes measures of one replicate over ``YEARS``."""

    def __init__(self, run: Run, replicate: int) -> None:
        self.run = run
        self.purity = run.scenario.parameters.market.bulk_purity
        network = run.network.legs.set_index("leg")["agency"]
        self.legs = self._cut("legs", replicate).assign(
            agency=lambda table: table["leg"].map(network)
        )
        self.places = self._cut("places", replicate)
        self.markets = self._cut("markets", replicate)
        self.cartels = self._cut("cartels", replicate)
        self.pilots = self._cut("pilots", replicate)
        self.years = max(self.markets["year"].nunique(), 1)

    def _cut(self, name: str, replicate: int) -> pd.DataFrame:
        table = self.run.tables[name]
        rows = (table["replicate"] == replicate) & table["year"].between(*YEARS)
        return table[rows]

    def compute(self, measure: str) -> float | None:
        """Return the value of a measure, or None where a run cannot tell."""
        kind, _, where = measure.partition(":")
        method: Callable[[str], float] | None = getattr(self, f"_{kind}", None)
        return float(method(where)) if method is not None and where else None

    def chosen(self, where: str) -> pd.DataFrame:
        """Return the rows of the legs table that a ``where`` names."""
        if where == "northbound":
            return self.legs[self._northbound()]
        rows = np.zeros(len(self.legs), bool)
        for item in where.split("+"):
            pattern, _, narrow = item.partition(":")
            if pattern.startswith("AG_"):
                found = (self.legs["agency"] == pattern).to_numpy()
            else:
                text = pattern if ">" in pattern else f"{pattern}>*" if pattern != "*" else "*"
                found = like(self.legs["leg"], text)
            if narrow.startswith("AG_"):
                found &= (self.legs["agency"] == narrow).to_numpy()
            elif narrow:
                found &= (self.legs["mode"] == narrow).to_numpy()
            rows |= found
        return self.legs[rows]

    def _tonnes(self, kg: pd.Series) -> float:
        """Return tonnes a year, of the weight that the kilograms are in."""
        return float(kg.sum()) / KG_PER_TONNE / self.years

    def _northbound(self) -> pd.Series:
        """Legs from South America towards Mexico, Central America and the Caribbean."""
        south = self.legs["from"].str[:2].isin(["CO", "EC", "PE", "VE"])
        north = self.legs["to"].str[:2].isin(["MX", "GT", "HN", "PA", "CR", "CA"])
        return south & north

    def _price(self, where: str) -> float:
        wanted = where.split("+")
        rows = self.places[self.places["place"].isin(wanted)]
        return float(rows["price_usd_per_kg"].mean())

    def _price_ratio(self, where: str) -> float:
        above, _, below = where.partition("/")
        return ratio(self._price(above), self._price(below))

    def _retail(self, where: str) -> float:
        rows = self.markets[self.markets["market"] == where]
        return float(rows["retail_usd_per_g"].mean())

    def _produced_bulk_t(self, where: str) -> float:
        zones = set(self.run.network.zones)
        out = self.legs[self.legs["from"].isin(zones)]
        mine = out[like(out["from"], where)]
        back = self.legs[self.legs["to"].isin(zones)]
        taken = back[like(back["to"], where)]
        arrived = taken["moved_kg"] - taken["seized_kg"]
        return self._tonnes(mine["moved_kg"]) - self._tonnes(arrived)

    def _produced_pure_t(self, where: str) -> float:
        return pure(self._produced_bulk_t(where), self.purity)

    def _consumed_pure_t(self, where: str) -> float:
        rows = self.markets[like(self.markets["market"], where)]
        return pure(self._tonnes(rows["delivered_kg"]), self.purity)

    def _moved_t(self, where: str) -> float:
        return self._tonnes(self.chosen(where)["moved_kg"])

    def _moved_pure_t(self, where: str) -> float:
        return pure(self._moved_t(where), self.purity)

    def _seized_t(self, where: str) -> float:
        return self._tonnes(self.chosen(where)["seized_kg"])

    def _seized_share(self, where: str) -> float:
        if where == "*":
            return ratio(self._seized_t("*"), self._produced_bulk_t("*"))
        rows = self.chosen(where)
        return ratio(rows["seized_kg"].sum(), rows["moved_kg"].sum())

    def _seized_share_of(self, where: str) -> float:
        part, _, whole = where.partition("/")
        return ratio(self._seized_t(part), self._seized_t(whole))

    def _seized_bulk_over_produced_pure(self, where: str) -> float:
        return ratio(self._seized_t("*"), self._produced_pure_t("*"))

    def _flights(self, where: str) -> float:
        rows = self.pilots[like(self.pilots["leg"], where)]
        return float(rows["flights"].sum()) / self.years

    def _air_share(self, where: str) -> float:
        places = where.split("+")
        out = self.legs[self.legs["from"].isin(places) & ~self.legs["to"].isin(places)]
        flown = out.loc[out["mode"] == "air", "moved_kg"].sum()
        return ratio(flown, out["moved_kg"].sum())

    def _group_share(self, where: str) -> float:
        group, _, place = where.partition("@")
        if ">" in place:
            rows, column = self.chosen(place), "moved_kg"
        else:
            rows, column = self.cartels[self.cartels["market"] == place], "delivered_kg"
        mine = rows.loc[rows["group"] == group, column].sum()
        return ratio(mine, rows[column].sum())

    def _via_share(self, where: str) -> float:
        place, _, market = where.partition("@")
        into = self.chosen(f"*>{market}")
        arrived = into["moved_kg"] - into["seized_kg"]
        return ratio(arrived[into["from"] == place].sum(), arrived.sum())

    def _market_share(self, where: str) -> float:
        pattern, _, market = where.partition("@")
        into = self.chosen(f"*>{market}")
        arrived = into["moved_kg"] - into["seized_kg"]
        mine = like(into["from"], pattern)
        return ratio(arrived[mine].sum(), arrived.sum())


def ratio(part: float, whole: float) -> float:
    """Return what part of a whole something is; NaN, which no run can tell, of nothing."""
    return float(part / whole) if whole > 0 else float("nan")


def like(names: Iterable[object], pattern: str) -> np.ndarray:
    """Say which names match a pattern with ``*`` as wildcard."""
    return np.array([fnmatchcase(str(name), pattern) for name in names], bool)


def about_2013(period: str) -> bool:
    """Say whether a target's period is a level of the reference years."""
    years = [int(part) for part in str(period).replace("-", " ").split() if part.isdigit()]
    return bool(years) and min(years) <= YEARS[1] and max(years) >= YEARS[0]


def check(scenario: Scenario) -> None:
    """Refuse a scenario that passes none of ``YEARS``, before it is run.

    Raises
    ------
    ScenarioError
        With the years that it passes.
    """
    last_week = scenario.end - dt.timedelta(days=6)  # a week counts for the year it begins in
    if last_week.year < YEARS[0] or scenario.start.year > YEARS[1]:
        raise ScenarioError(
            f"{scenario.name}: targets are of {YEARS[0]} to {YEARS[1]}; this runs from "
            f"{scenario.start} to {scenario.end}"
        )


def compare(run: Run) -> pd.DataFrame:
    """Compare a run with every target of 2010-2016 that it can tell.

    Returns
    -------
    DataFrame
        One row per target: id, place, target, value, low, high, unit, simulated
        median, 5 % and 95 % over replicates (from five on), and ``result``: met, missed, or why
        it was not compared.
    """
    table = pd.read_csv(
        run.scenario.data_folder / "targets.csv", keep_default_na=False, na_values=[""]
    )
    table = table[table["use"].str.startswith("fit")].copy()
    replicates = sorted(run.tables["ledger"]["replicate"].unique())
    measures = [Measures(run, int(r)) for r in replicates]
    rows = []
    for target in table.itertuples():
        rows.append(judge(target, measures))
    columns = ["simulated", "simulated_5", "simulated_95", "result"]
    result = pd.DataFrame(rows, columns=columns, index=table.index)
    keep = [
        "id",
        "group",
        "place",
        "target",
        "value",
        "low",
        "high",
        "unit",
        "period",
        "confidence",
    ]
    return pd.concat([table[keep], result], axis=1).reset_index(drop=True)


def judge(target: object, measures: list[Measures]) -> tuple[float, float, float, str]:
    """Compare one target with all replicates."""
    gap = float("nan")
    if not isinstance(target.measure, str):  # type: ignore[attr-defined]
        return gap, gap, gap, "not in the tables"
    if not about_2013(target.period):  # type: ignore[attr-defined]
        return gap, gap, gap, "another year"
    values = [m.compute(target.measure) for m in measures]  # type: ignore[attr-defined]
    known = [value for value in values if value is not None and np.isfinite(value)]
    if not known:
        return gap, gap, gap, "not in the tables"
    low, middle, high = spread(known)
    met = target.low <= middle <= target.high  # type: ignore[attr-defined]
    return middle, low, high, "met" if met else "missed"


def print_targets(table: pd.DataFrame) -> None:
    """Print the comparison as a table, and how many targets were met."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    view = Table("id", "target", "data", "range", "simulated (5-95 %)", "unit", "result")
    for row in table.itertuples():
        shown = "" if np.isnan(row.simulated) else f"{row.simulated:,.3g}"
        if not np.isnan(row.simulated_5):
            shown += f" ({row.simulated_5:,.3g}-{row.simulated_95:,.3g})"
        view.add_row(
            row.id,
            row.target,
            f"{row.value:,.4g}",
            f"{row.low:,.4g}-{row.high:,.4g}",
            shown,
            row.unit,
            row.result,
        )
    console.print(view)
    counts = table["result"].value_counts()
    console.print(", ".join(f"{result}: {n}" for result, n in counts.items()))
    if table["simulated_5"].isna().all() and table["simulated"].notna().any():
        console.print(NO_BAND)
