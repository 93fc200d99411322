"""Stylised facts as checks: what is known, the worlds that test it, the measured value.

Each fact names the worlds it needs as overrides of a scenario; worlds of one
replicate share their luck. A fact is judged on the median over replicates and
reported with its 5-95 % interval; a fact that fails is reported as failing, and one that the
data's places leave nothing to judge by as such.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from experiments.runner.executors import in_order
from experiments.runner.replicates import one
from experiments.validation.events import event
from experiments.validation.fact_measures import (
    LEADERS,
    PORT,
    RISKS,
    STRIPS,
    Runs,
    Values,
    air_cut,
    broken_up,
    by_land,
    displaced_violence,
    finance_first,
    leader_removed,
    lethal_risk,
    more_effort,
    one_corridor,
    supply_cut,
    turnover,
)
from sim.network import MARKET_FIELDS
from sim.results.spread import NO_BAND, spread
from sim.run import Run
from sim.scenario.scenario import Scenario

SHORT = ("weeks=364",)
VERDICTS = {True: "pass", False: "[bold]FAIL[/bold]", None: "cannot tell"}
USUAL_RISK = 0.0318  # per flight out of Peru at usual effort


@dataclass(frozen=True)
class Fact:
    """One fact: its check, the worlds it needs, how it is measured and judged."""

    id: str
    check: str
    grade: str
    worlds: Mapping[str, tuple[str, ...]]
    measure: Callable[[Runs], Values]
    passes: Callable[[Values], bool | None]  # None: cannot tell


def risk_world(p: float) -> tuple[str, ...]:
    """Return the overrides for a lethal risk per flight from Peru's strips."""
    factor = math.log(1.0 - p) / math.log(1.0 - USUAL_RISK)
    law = event("law", factor=factor, death_prob=1.0, places=STRIPS, modes=("air",))
    return (*SHORT, law)


CUT = (*SHORT, event("airstrips", weeks=78, factor=0.3, places=STRIPS))
ELASTIC = {"inelastic": 0.5, "elastic": 1.5}
ZONES = (
    "CO_NARINO",
    "CO_PUTUMAYO",
    "CO_CAUCA",
    "CO_CATATUMBO",
    "CO_BAJOCAUCA",
    "CO_META",
    "PE_VRAEM",
    "PE_HUALLAGA",
    "BO_CHAPARE",
    "BO_YUNGAS",
)


def elastic_world(name: str) -> tuple[str, ...]:
    """Return the overrides that give all markets one elasticity of demand."""
    return (
        *SHORT,
        *(f"demand.elasticity_{field}={ELASTIC[name]}" for field in MARKET_FIELDS.values()),
    )


MONTH_CUT = event("eradication", weeks=4, factor=0.2, places=ZONES)
FACTS = (
    Fact(
        "F1",
        "effort doubled: more weight seized, less worth per seizure, no fewer active places",
        grade="B",
        worlds={"as_is": SHORT, "double": (*SHORT, event("campaign", factor=2.0))},
        measure=more_effort,
        passes=lambda v: (
            v["seized_ratio"] > 1
            and v["worth_per_seizure_ratio"] < 1
            and v["change_of_active_places"] >= 0
        ),
    ),
    Fact(
        "F2",
        "one of six or more corridors doubled: half of its lost flow reappears within a "
        "year, supply falls less than 10 %",
        grade="B",
        worlds={
            "as_is": SHORT,
            "double": (*SHORT, event("campaign", factor=2.0, places=(PORT,), modes=("sea",))),
        },
        measure=one_corridor,
        passes=lambda v: (
            v["corridors"] >= 6
            and v["supply_change"] > -0.1
            and v["reappears_elsewhere_bulk_t"] >= 0.5 * v["lost_bulk_t"]
        ),
    ),
    Fact(
        "F3",
        "lethal risk of 8-12 % per flight: at most a quarter of flights; more than 5 % "
        "left at 20 %",
        grade="B",
        worlds={"as_is": SHORT, **{f"risk_{p:g}": risk_world(p) for p in RISKS}},
        measure=lethal_risk,
        passes=lambda v: (
            v["flights_at_0.1"] <= 0.25
            and v["flights_at_0.2"] > 0.05
            and v["flights_at_0.03"] > 0.6
        ),
    ),
    Fact(
        "F4",
        "air capacity cut by 70 %: VRAEM price falls 30-60 %, prices below rise",
        grade="B",
        worlds={"as_is": SHORT, "cut": CUT},
        measure=air_cut,
        passes=lambda v: (
            0.4 <= v["vraem_price"] <= 0.7 and v["beni_price"] > 1 and v["brazil_price"] > 1
        ),
    ),
    Fact(
        "F5",
        "after an air shock most VRAEM output goes by land or river; the air recovers",
        grade="C",
        worlds={"as_is": SHORT, "cut": CUT},
        measure=by_land,
        passes=lambda v: (
            v["land_share_after"] > 0.5 and v["land_share_two_years_on"] < v["land_share_after"]
        ),
    ),
    Fact(
        "F6",
        "displaced flow explains 15-40 % of violence where it arrives (cannot tell where no "
        "place that receives it is contested: nobody fights there)",
        grade="A",
        worlds={"as_is": SHORT, "cut": CUT},
        measure=displaced_violence,
        passes=lambda v: 0.15 <= v["explained"] <= 0.4 if v["contested_places"] >= 1 else None,
    ),
    Fact(
        "F7",
        "a month's supply cut: more violence if demand is inelastic, less if elastic",
        grade="A",
        worlds={
            name + suffix: elastic_world(name) + extra
            for name in ELASTIC
            for suffix, extra in (("", ()), ("_cut", (MONTH_CUT,)))
        },
        measure=supply_cut,
        passes=lambda v: v["fights_inelastic"] > 0 > v["fights_elastic"],
    ),
    Fact(
        "F8",
        "a leader removed: violence up 20-60 % in half a year, and it spills over",
        grade="A",
        worlds={
            "as_is": SHORT,
            **{f"without_{o}": (*SHORT, event("decapitation", organisation=o)) for o in LEADERS},
        },
        measure=leader_removed,
        passes=lambda v: 0.2 <= v["rise_at_its_places"] <= 0.6 and v["rise_next_to_them"] > 0,
    ),
    Fact(
        "F17",
        "entry about 12 % and exit about 7 % of places a year (half to double), stay of "
        "2-4 years, under 40 % of places",
        grade="B",
        worlds={"long": ()},
        measure=turnover,
        passes=lambda v: (
            0.06 <= v["entry_per_year"] <= 0.24
            and 0.035 <= v["exit_per_year"] <= 0.14
            and 2 <= v["median_stay_years"] <= 4
            and v["largest_share_of_places"] < 0.4
        ),
    ),
    Fact(
        "F18",
        "an entrant's share of flow financed rises faster than its share of places",
        grade="C",
        worlds={
            "enters": (
                "scenario=sinaloa_enters",
                "demand.europe_growth_per_year=0.08",
                "organisations.MX_SINALOA.capital_usd_m=1780",
            )
        },
        measure=finance_first,
        passes=lambda v: v["rise_financed"] > v["rise_held"],
    ),
    Fact(
        "F19",
        "a dominant group broken up: more groups, no less output, no higher price after "
        "two years (5 %)",
        grade="B",
        worlds={
            "as_is": SHORT,
            "broken": (*SHORT, event("decapitation", organisation="MX_SINALOA", dissolves=True)),
        },
        measure=broken_up,
        passes=lambda v: (
            v["more_organisations"] > 0 and v["supply_ratio"] > 0.95 and v["price_ratio"] < 1.05
        ),
    ),
)


def world(base: str, overrides: tuple[str, ...], seed: int | None, replicate: int) -> Run:
    """Run one replicate of one world."""
    named = [text.removeprefix("scenario=") for text in overrides if text.startswith("scenario=")]
    rest = [text for text in overrides if not text.startswith("scenario=")]
    scenario = Scenario.load(named[0] if named else base, rest)
    return one(scenario, scenario.seed if seed is None else seed, replicate)


def measure_replicate(
    base: str, ids: tuple[str, ...], seed: int | None, replicate: int
) -> list[tuple[str, str, float]]:
    """Measure the facts in one replicate; worlds that facts share are run once."""
    known: dict[tuple[str, ...], Run] = {}
    rows = []
    for fact in FACTS:
        if fact.id not in ids:
            continue
        runs = {}
        for name, overrides in fact.worlds.items():
            if overrides not in known:
                known[overrides] = world(base, overrides, seed, replicate)
            runs[name] = known[overrides]
        rows += [(fact.id, name, float(value)) for name, value in fact.measure(runs).items()]
    return rows


def judge(
    base: str,
    ids: tuple[str, ...],
    replicates: int,
    workers: int,
    seed: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Measure facts over replicates.

    Parameters
    ----------
    base : str
        Scenario that every world of a fact starts from.
    ids : tuple of str
        Facts to measure.
    progress : callable, optional
        Called with 1 when a replicate of all worlds has ended.

    Returns
    -------
    DataFrame
        One row per fact and measure: median, band (see ``spread``), and whether the
        fact passes on the medians (None: cannot tell).
    """
    jobs = [(base, ids, seed, r) for r in range(replicates)]
    found = in_order(measure_replicate, jobs, workers, partial(progress, 1) if progress else None)
    rows = [row for replicate in found for row in replicate]
    table = pd.DataFrame(rows, columns=["fact", "measure", "value"])
    grouped = table.groupby(["fact", "measure"], sort=False)["value"]
    bands = {key: spread(values) for key, values in grouped}
    index = pd.MultiIndex.from_tuples(bands, names=["fact", "measure"])
    out = pd.DataFrame(list(bands.values()), index, ["low", "median", "high"])
    out = out[["median", "low", "high"]].reset_index()
    verdict = {}
    for fact in FACTS:
        rows_of = out[out["fact"] == fact.id]
        if len(rows_of):
            medians = dict(zip(rows_of["measure"], rows_of["median"], strict=True))
            passed = fact.passes(medians)
            verdict[fact.id] = None if passed is None else bool(passed)
    out["passes"] = [verdict[name] for name in out["fact"]]
    return out


def print_facts(table: pd.DataFrame) -> None:
    """Print every fact with its measures and verdict."""
    from rich.console import Console
    from rich.table import Table

    checks = {fact.id: f"{fact.check} ({fact.grade})" for fact in FACTS}
    shown = Table("fact", "measure", "median", "5-95 %", "verdict")
    for name, rows in table.groupby("fact", sort=False):
        for k, row in enumerate(rows.itertuples()):
            verdict = "" if k else VERDICTS[None if pd.isna(row.passes) else bool(row.passes)]
            shown.add_row(
                "" if k else str(name),
                row.measure,
                f"{row.median:.3g}",
                f"{row.low:.3g} to {row.high:.3g}" if row.low == row.low else "",
                verdict,
            )
        shown.add_row("", f"[dim]{checks[str(name)]}[/dim]", "", "", "", end_section=True)
    console = Console()
    console.print(shown)
    if table["low"].isna().all() and table["median"].notna().any():
        console.print(NO_BAND)
