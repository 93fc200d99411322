"""Do shares move for reasons? One cause at a time, in pairs of worlds that share their luck.

A contest that rests must still answer: a cheaper leg, a port that is searched, a market
that doubles, a rich entrant, a lost leader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd

from experiments.displacement.estimates import mean_of
from experiments.validation.events import event
from experiments.validation.repeats import Repeats
from experiments.validation.rest import held
from sim.model import TraffickingModel
from sim.run import Run
from sim.scenario.scenario import Scenario

YEARS = 12
LATE = (8 * 52, 12 * 52)  # weeks in which shares are compared
LEG, PORT = ("BR_SANTOS", "EU_ROTTERDAM"), "BR_SANTOS"
FIRST = "2010-01-04"  # day of the first week
ENTRANT, SMALL, LEADER = "MX_SINALOA", "UK_IRISH", "MX_SINALOA"
CHEAPER, SEARCHED, CHEST = 0.8, 5.0, 10_000
Change = Callable[[TraffickingModel], None]
T = TypeVar("T")


def nothing(model: TraffickingModel) -> None:
    """Leave the world as it is."""


def cheapen(model: TraffickingModel) -> None:
    """Make one leg cheaper for good."""
    model.world.legs.fee_usd_per_kg[leg_row(model, *LEG)] *= CHEAPER


def leg_row(model: TraffickingModel, start: str, end: str) -> int:
    """Return the row of the sea leg between two places."""
    legs = model.network.legs
    mine = (legs["from"] == start) & (legs["to"] == end) & (legs["mode"] == "sea")
    return int(np.flatnonzero(mine.to_numpy())[0])


def share_of(cartel: str, market: str) -> Callable[[Run], float]:
    """Return the measure of an organisation's late share of a market, its heirs included."""

    def measure(run: Run) -> float:
        table = late(run, "cartels", market)
        mine = table["cartel"].astype(str).str.split("/").str[0] == cartel
        return float(table.loc[mine, "delivered_kg"].sum() / table["delivered_kg"].sum())

    return measure


def late(run: Run, table: str, market: str) -> pd.DataFrame:
    """Return the late weeks of a market."""
    rows = run.tables[table]
    return rows[(rows["market"] == market) & rows["week"].between(*LATE)]


def leg_kg(run: Run) -> float:
    """Return what goes over the leg that became cheaper, in the late years."""
    legs = run.tables["legs"]
    mine = (legs["from"] == LEG[0]) & (legs["to"] == LEG[1])
    years = legs["year"] >= legs["year"].min() + LATE[0] // 52
    return float(legs.loc[mine & years, "moved_kg"].sum())


def delivered(market: str) -> Callable[[Run], float]:
    """Return the measure of late deliveries to a market."""
    return lambda run: float(late(run, "markets", market)["delivered_kg"].sum())


def price(market: str) -> Callable[[Run], float]:
    """Return the measure of a market's late price."""
    return lambda run: float(late(run, "markets", market)["price_usd_per_kg"].mean())


def rich(cartel: str) -> tuple[str, ...]:
    """Return the setting that gives an organisation a war chest."""
    return (f"organisations.{cartel}.capital_usd_m={CHEST}",)


@dataclass(frozen=True)
class Reason:
    """A cause, what is measured of it, and what economics expects.

    Attributes
    ----------
    cause : float
        By what factor the cause changes, for an elasticity; 0 where there is none.
    expected : int
        Sign of the change: 1 or -1; 0 where nothing should change.
    """

    name: str
    measure: Callable[[Run], float]
    of: str
    expected: int
    cause: float = 0.0
    settings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()  # settings of both worlds
    change: Change = field(default=nothing)


DOUBLED = event("demand", date=FIRST, market="europe", factor=2.0)
SEARCH = event("port_controls", date=FIRST, factor=SEARCHED, places=(PORT,))
FALL = event("decapitation", date=FIRST, organisation=LEADER, dissolves=True)
POOR = (f"organisations.{SMALL}.capital_usd_m=1",)
REASONS = (
    Reason("a leg 20 % cheaper", leg_kg, "kg bulk over it", 1, CHEAPER, change=cheapen),
    Reason(
        "a port searched five times as much",
        share_of("BR_PCC", "MK_EU"),
        of="share of the gang at home there, in Europe",
        expected=-1,
        cause=SEARCHED,
        settings=(SEARCH,),
    ),
    Reason(
        "a market doubled",
        delivered("MK_EU"),
        of="kg bulk delivered",
        expected=1,
        cause=2.0,
        settings=(DOUBLED,),
    ),
    Reason(
        "a market doubled", price("MK_EU"), of="price", expected=1, cause=2.0, settings=(DOUBLED,)
    ),
    Reason(
        "a rich seller, in a market that doubles",
        share_of(SMALL, "MK_EU"),
        of="its share: money does not bind its growth",
        expected=0,
        cause=0.0,
        settings=rich(SMALL),
        beside=(DOUBLED,),
    ),
    Reason(
        "a poor seller",
        share_of(SMALL, "MK_EU"),
        of="its share of Europe",
        expected=-1,
        cause=0.0,
        settings=POOR,
    ),
    Reason(
        "a lost leader",
        share_of(LEADER, "MK_US"),
        of="share of its heirs in its first market",
        expected=-1,
        cause=0.0,
        settings=(FALL,),
    ),
    Reason(
        "a lost leader",
        delivered("MK_US"),
        of="kg bulk delivered there",
        expected=0,
        cause=0.0,
        settings=(FALL,),
    ),
)


def answer(scenario: Scenario, seed: int, replicate: int) -> list[float]:
    """Return the log change of each measure by its reason, in one pair of worlds each."""
    runs: dict[tuple[object, ...], Run] = {}

    def run_of(settings: tuple[str, ...], change: Change) -> Run:
        key = (settings, change)
        if key not in runs:
            world = held(scenario, YEARS).with_overrides(list(settings))
            model = TraffickingModel(world, seed=seed, replicate=replicate)
            change(model)
            runs[key] = model.run()
        return runs[key]

    out = []
    for reason in REASONS:
        usual = reason.measure(run_of(reason.beside, nothing))
        changed = reason.measure(run_of((*reason.beside, *reason.settings), reason.change))
        out.append(float(np.log(changed / usual)))
    return out


def reasons(scenario: Scenario, repeats: Repeats) -> pd.DataFrame:
    """Put each reason into the world, and report what moves.

    Returns
    -------
    DataFrame
        One row a reason and measure: change (a share of the usual, mean over pairs) with its
        95 % interval, the elasticity where the cause is a factor, what is expected, and
        whether the sign is right beyond luck.
    """
    found = np.array(repeats.ask(answer, scenario))
    table = []
    for reason, logs in zip(REASONS, found.T, strict=True):
        mean = mean_of(logs)
        cause = np.log(reason.cause) if reason.cause else np.nan
        expected = {1: "rises", -1: "falls", 0: "stays within 5 %"}[reason.expected]
        table.append(
            {
                "reason": reason.name,
                "measure": reason.of,
                "change": np.expm1(mean.value),
                "low": np.expm1(mean.low),
                "high": np.expm1(mean.high),
                "elasticity": mean.value / cause,
                "pairs": mean.pairs,
                "expected": expected,
                "holds": holds(reason.expected, mean.low, mean.high),
            }
        )
    return pd.DataFrame(table)


def holds(expected: int, low: float, high: float) -> str:
    """Say whether an interval of log changes has the expected sign."""
    if not np.isfinite(low):
        return "cannot tell: too few pairs"
    if expected == 0:
        return "yes" if max(abs(low), abs(high)) < 0.05 else "no"
    near, far = (low, high) if expected > 0 else (-high, -low)
    return "yes" if near > 0.0 else "no" if far < 0.0 else "cannot tell"
