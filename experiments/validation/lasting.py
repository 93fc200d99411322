"""How soon a lasting risk is known, and how long a boom that has ended leaves its traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.displacement.estimates import mean_of
from experiments.validation.events import event
from experiments.validation.repeats import Repeats
from experiments.validation.responses import ENTRANT, FIRST
from experiments.validation.rest import held
from sim.model import TraffickingModel
from sim.scenario.scenario import Scenario

RISE, LASTS = 3.0, 5 * 52  # effort, for so many weeks
BUSY, THIN = 100.0, 12.0  # consignments a year
LEGS_TRIED = 24
BOOM_YEARS, AFTER_YEARS = 5, 25
DECIDES = "expansion.forgetting_years"
TIMES = (10, 20, 40)


def legs_in_use(model: TraffickingModel) -> np.ndarray:
    """Return legs in use, from the busiest to the thinnest, evenly by rank."""
    trips = model.world.legs.usual_trips
    used = np.flatnonzero(trips * 52 > 2.0)
    ranked = used[np.argsort(-trips[used], kind="stable")]
    return ranked[np.linspace(0, len(ranked) - 1, LEGS_TRIED).astype(int)]


def believed(model: TraffickingModel) -> np.ndarray:
    """Return the mean belief of trading organisations about every leg."""
    cartels = model.world.cartels
    return np.asarray(cartels.belief[cartels.trades].mean(axis=0))


def pass_weeks(model: TraffickingModel, until: int) -> np.ndarray:
    """Step to a week; return what is believed then."""
    while model.week < until:
        model.step()
    return believed(model)


def learn_risk(scenario: Scenario, seed: int, replicate: int) -> pd.DataFrame:
    """Triple the effort on legs for five years and take it back; follow what is believed."""
    world = held(scenario, 1 + 2 * LASTS // 52)

    def new_model() -> TraffickingModel:
        return TraffickingModel(world, seed=seed, replicate=replicate)

    plain, rows = new_model(), []
    usual = [pass_weeks(plain, week) for week in (LASTS, 2 * LASTS)]
    for part in range(3):  # a third of the legs at a time: few of them change together
        model = new_model()
        legs, state = legs_in_use(model)[part::3], model.world.legs
        trips = state.usual_trips[legs] * 52
        pass_weeks(model, 0)
        true = state.prob[legs].copy()
        state.effort[legs] *= RISE
        up = pass_weeks(model, LASTS)
        risen = state.prob[legs] - true
        state.effort[legs] /= RISE
        after = pass_weeks(model, 2 * LASTS)
        row = {
            "leg": legs,
            "trips_per_year": trips,
            "learnt": (up - usual[0])[legs] / risen,
            "left": (after - usual[1])[legs] / risen,
            "replicate": replicate,
        }
        rows.append(pd.DataFrame(row))
    return pd.concat(rows, ignore_index=True)


def learning(scenario: Scenario, repeats: Repeats) -> pd.DataFrame:
    """Report how far beliefs follow a lasting change in five years, and come back in five more.

    Returns
    -------
    DataFrame
        One row a class of legs by traffic: legs, learnt and left (shares of the change of
        risk, mean over legs and replicates, with their intervals).
    """
    all_legs = pd.concat(repeats.ask(learn_risk, scenario))
    by_leg = all_legs.groupby("leg").mean()
    kind = np.select(
        [by_leg["trips_per_year"] >= BUSY, by_leg["trips_per_year"] >= THIN],
        [f"{BUSY:.0f} or more consignments a year", f"{THIN:.0f} to {BUSY:.0f}"],
        f"under {THIN:.0f}",
    )
    table = []
    for name, group in by_leg.groupby(kind):
        learnt, left = (mean_of(group[c].to_numpy()) for c in ("learnt", "left"))
        ends = {"learnt_low": learnt.low, "learnt_high": learnt.high}
        ends |= {"left": left.value, "left_low": left.low, "left_high": left.high}
        row = {"consignments": name, "legs": len(group), "learnt": learnt.value} | ends
        table.append(row)
    return pd.DataFrame(table)


# What a boom leaves


def boom(scenario: Scenario, seed: int, replicate: int) -> np.ndarray:
    """Double Europe's demand for five years; return the entrant's extra share, year by year."""
    years = BOOM_YEARS + AFTER_YEARS
    change = event("demand", date=FIRST, market="europe", factor=2.0, weeks=BOOM_YEARS * 52)
    shares = []
    for settings in ([], [change]):
        world = held(scenario, years).with_overrides(settings)
        table = TraffickingModel(world, seed=seed, replicate=replicate).run().tables["cartels"]
        table = table[table["market"] == "MK_EU"].assign(year=table["week"] // 52)
        whole = table.groupby("year")["delivered_kg"].sum()
        own = table[table["cartel"] == ENTRANT].groupby("year")["delivered_kg"].sum()
        shares.append((own / whole).reindex(range(years)).to_numpy())
    return np.asarray(shares[1] - shares[0])


def after_a_boom(
    scenario: Scenario, repeats: Repeats, times: Sequence[int] = TIMES
) -> pd.DataFrame:
    """Report how long the entrant's extra share outlasts a boom, and what decides it.

    Returns
    -------
    DataFrame
        One row a value of ``forgetting_years`` and year: extra_share with its interval, mean
        over pairs of worlds with and without the boom.
    """
    worlds = [scenario.with_overrides([f"{DECIDES}={time}"]) for time in times]
    found, n = np.array(repeats.ask(boom, *worlds)), repeats.replicates
    table = []
    for k, time in enumerate(times):
        for year, values in enumerate(found[k * n : (k + 1) * n].T):
            mean = mean_of(values)
            ends = {"extra_share": mean.value, "low": mean.low, "high": mean.high}
            table.append({"forgetting_years": time, "year": year, "pairs": mean.pairs} | ends)
    return pd.DataFrame(table)


def years_until_half(table: pd.DataFrame) -> pd.Series:
    """Return in how many years after the boom half of its extra share is gone for good.

    The mean of three years around each year is taken, as single years are luck, and a year
    counts if all after it are below half, too; infinite if there is none.
    """
    out = {}
    for time, rows in table.groupby("forgetting_years"):
        smooth = rows.set_index("year")["extra_share"].rolling(3, center=True).mean().dropna()
        end = smooth[BOOM_YEARS - 1]
        above = smooth.index[smooth > 0.5 * end]
        gone = max(above[-1] + 1, BOOM_YEARS) if len(above) else BOOM_YEARS
        out[time] = float(gone - BOOM_YEARS) if end > 0 and gone in smooth.index else np.inf
    return pd.Series(out, name="years")
