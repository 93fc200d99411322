"""What the model and simpler forecasters say of each observation, as ensembles.

All forecasts carry the observation's own error: a range in the data is taken to hold
90 %. Everybody gets the same draws of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.validation.scores import crps, inside, log_sd
from sim.engine.streams import name_key
from sim.results.spread import spread

LAST_FITTED = 2016
DRAWS = 240  # members of a forecast
TREND_FROM = 3  # fitted years that a line needs; with fewer the trend is persistence
MODEL, LEVEL, PERSISTENCE, TREND = "model", "model, level fitted", "persistence", "trend"
SERIES = ["group", "measure", "where"]


def score(observations: pd.DataFrame, worlds: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return, for each observation, every contender's score and whether it was in the band.

    Parameters
    ----------
    observations : DataFrame
        ``group``, ``measure``, ``where``, ``year``, ``value``, ``low``, ``high``, ``use``.
    worlds : mapping
        What was observed of the model and its variants: ``measure``, ``where``, ``year``,
        ``replicate`` and ``value``; the first is the model.

    Returns
    -------
    DataFrame
        ``CONTENDER.crps`` over the observed value, ``CONTENDER.inside``, and of the model's
        worlds ``low``, ``median`` and ``high``; missing where a contender cannot tell.
    """
    found = {name: by_series(table) for name, table in worlds.items()}
    rows = [
        one
        for _, series in observations.sort_values("year").groupby(SERIES, sort=False)
        for one in score_series(series, found)
    ]
    return pd.DataFrame(rows)


def by_series(table: pd.DataFrame) -> dict[tuple[str, str, int], np.ndarray]:
    """Return the members of an ensemble by measure, where and year."""
    return {
        (str(measure), str(where), int(year)): rows.to_numpy(float)
        for (measure, where, year), rows in table.groupby(["measure", "where", "year"])["value"]
    }


def score_series(
    series: pd.DataFrame, worlds: Mapping[str, dict[tuple[str, str, int], np.ndarray]]
) -> list[dict[str, object]]:
    """Score all contenders on one series."""
    measure, where = str(series["measure"].iloc[0]), str(series["where"].iloc[0])
    fitted = series[series["year"] <= LAST_FITTED]
    model = worlds[next(iter(worlds))]
    level = level_of(fitted, model, measure, where)
    out = []
    for row in series.itertuples():
        year, value = int(row.year), float(row.value)
        said = {name: members(found, measure, where, year) for name, found in worlds.items()}
        first = said[next(iter(worlds))]
        told = None if first is None or level is None else first * level
        said = {**said, LEVEL: told, **simple(fitted, year)}
        errors = noise(measure, where, year, 0) * log_sd(float(row.low), float(row.high))
        one: dict[str, object] = {name: getattr(row, name) for name in series.columns}
        if first is not None:
            low, middle, high = spread(first)
            one |= {"model_low": low, "model_median": middle, "model_high": high}
        for name, ensemble in said.items():
            known = ensemble is not None and value != 0.0
            whole = None if ensemble is None else np.resize(ensemble, DRAWS) * np.exp(errors)
            one[f"{name}.crps"] = crps(whole, value) / abs(value) if known else np.nan  # type: ignore[arg-type]
            one[f"{name}.inside"] = float(inside(whole, value)) if known else np.nan  # type: ignore[arg-type]
        out.append(one)
    return out


def members(
    found: dict[tuple[str, str, int], np.ndarray], measure: str, where: str, year: int
) -> np.ndarray | None:
    """Return what replicates show of one thing in a year, None where the model has none of it."""
    return found.get((measure, where, year))


def level_of(
    fitted: pd.DataFrame,
    model: dict[tuple[str, str, int], np.ndarray],
    measure: str,
    where: str,
) -> float | None:
    """Return the mean ratio, in logs, of the data to the model's median in the fitted years."""
    gaps = [
        np.log(row.value / middle)
        for row in fitted.itertuples()
        if (at := model.get((measure, where, int(row.year)))) is not None
        and (middle := float(np.median(at))) > 0.0
        and row.value > 0.0
    ]
    return float(np.exp(np.mean(gaps))) if gaps else None


def simple(fitted: pd.DataFrame, year: int) -> dict[str, np.ndarray | None]:
    """Return what persistence and a straight line say of a year.

    Persistence is the last fitted year for ever, and within the fitted years the
    observation before. The line is drawn through all fitted years, so within them it is no
    forecast.
    """
    before = fitted[fitted["year"] < year]
    if before.empty:
        return {PERSISTENCE: None, TREND: None}
    last = before.iloc[-1]
    sd = log_sd(float(last["low"]), float(last["high"]))
    name = f"{last['measure']} {last['where']}"
    persistent = float(last["value"]) * np.exp(sd * noise(name, "", int(last["year"]), 1))
    line = straight(fitted, year, name)
    return {PERSISTENCE: persistent, TREND: persistent if line is None else line}


def straight(fitted: pd.DataFrame, year: int, name: str) -> np.ndarray | None:
    """Return a line through the fitted years at a year, with the scatter around it."""
    if len(fitted) < TREND_FROM:
        return None
    x, y = fitted["year"].to_numpy(float), fitted["value"].to_numpy(float)
    slope, start = np.polyfit(x, y, 1)
    scatter = float(np.sqrt(((y - start - slope * x) ** 2).sum() / max(len(x) - 2, 1)))
    return np.maximum(start + slope * year + scatter * noise(name, "", year, 2), 0.0)


def noise(one: str, other: str, year: int, stream: int) -> np.ndarray:
    """Return standard normal draws, keyed by what they are for."""
    key = [name_key("forecast"), stream, year, name_key(f"{one}@{other}")]
    return np.random.default_rng(key).standard_normal(DRAWS)
