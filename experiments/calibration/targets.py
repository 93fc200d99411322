"""What the model is compared in: level and change of series, in logs, over fitted years.

A target is a weighted sum of the logs of a series' yearly values, of the model and of
the data alike: its *level* is their mean, its *change* the rise of a straight line through
them from the first to the last year observed. What is compared is what would be observed of a
run (``run.observed()``), never its flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from experiments.validation.scores import log_sd
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from experiments.calibration.study import TargetTable

KEYS = ["measure", "where", "year"]
FLOOR = 0.02  # of a series' median, added to all values, so that nothing has a finite log
Statistic = Literal["level", "change"]


@dataclass(frozen=True)
class Target:
    """One number that the model is put to.

    Attributes
    ----------
    name : str
    statistic : str
        ``level`` or ``change``.
    parts : DataFrame
        ``measure``, ``where``, ``year``, ``weight`` and ``floor`` of what is summed.
    value : float
        As observed, log.
    observed_sd : float
        Its error, from the ranges of the data. Errors of a series' level are taken to be
        the same in all years, those behind its change to be independent.
    discrepancy_sd : float
        By how much the model may miss for reasons of its own.
    reason : str
    """

    name: str
    statistic: Statistic
    parts: pd.DataFrame
    value: float
    observed_sd: float
    discrepancy_sd: float
    reason: str

    @property
    def years(self) -> list[int]:
        """The years that it is made of."""
        return sorted(set(self.parts["year"]))


def targets_of(asked: TargetTable, observations: pd.DataFrame, label: str) -> list[Target]:
    """Return the level and the change of a target, those that are asked for."""
    rows = observations[
        (observations["measure"] == asked.measure) & observations["where"].isin(asked.where)
    ].sort_values(["where", "year"])
    found = []
    wanted: tuple[tuple[Statistic, float | None], ...] = (
        ("level", asked.level),
        ("change", asked.change),
    )
    for statistic, discrepancy in wanted:
        if discrepancy is not None:
            found.append(make_target(asked, statistic, discrepancy, rows, label))
    return found


def make_target(
    asked: TargetTable, statistic: Statistic, discrepancy: float, rows: pd.DataFrame, label: str
) -> Target:
    """Return one target with what was observed of it."""
    pieces, variance = [], 0.0
    for place, mine in rows.groupby("where"):
        years, value = mine["year"].to_numpy(int), mine["value"].to_numpy(float)
        if statistic == "change" and len(years) < 2:
            raise ScenarioError(
                f"{label}: target '{asked.name}': a change takes two years, and there is one "
                f"of {place}"
            )
        weight = weights_of(statistic, years) / len(asked.where)
        errors = np.array([log_sd(a, b) for a, b in zip(mine["low"], mine["high"], strict=True)])
        apart = (weight**2 * errors**2).sum()
        variance += (np.abs(weight) * errors).sum() ** 2 if statistic == "level" else apart
        piece = pd.DataFrame({"year": years, "weight": weight, "observed": value})
        pieces.append(
            piece.assign(measure=asked.measure, where=place, floor=FLOOR * float(np.median(value)))
        )
    parts = pd.concat(pieces, ignore_index=True)
    logs = np.log(parts["observed"] + parts["floor"])
    return Target(
        name=f"{asked.name}, {statistic}",
        statistic=statistic,
        parts=parts.drop(columns="observed"),
        value=float((parts["weight"] * logs).sum()),
        observed_sd=float(np.sqrt(variance)),
        discrepancy_sd=discrepancy,
        reason=asked.reason,
    )


def weights_of(statistic: Statistic, years: np.ndarray) -> np.ndarray:
    """Return what the logs of a series' years are weighted with.

    Examples
    --------
    >>> weights_of("level", np.array([2010, 2012]))
    array([0.5, 0.5])
    >>> weights_of("change", np.array([2010, 2012]))
    array([-1.,  1.])
    """
    if statistic == "level":
        return np.full(len(years), 1.0 / len(years))
    centred = years - years.mean()
    return centred / (centred**2).sum() * (years.max() - years.min())


def measured(targets: tuple[Target, ...], observed: pd.DataFrame, rows: list[int]) -> pd.DataFrame:
    """Return every target of every run, a row a run and a column a target.

    Parameters
    ----------
    observed : DataFrame
        What was observed of the runs: ``row``, ``measure``, ``where``, ``year``, ``value``.
        A price that a run does not have leaves the target missing; of all else that it does
        not have it has none.
    rows : list of int
        The runs, by number.
    """
    series = observed.set_index(["row", *KEYS])["value"]
    wide = series.unstack("row").reindex(columns=rows)
    out = {}
    for target in targets:
        parts = target.parts
        values = wide.reindex(pd.MultiIndex.from_frame(parts[KEYS])).to_numpy(float)
        if not parts["measure"].str.startswith("price").any():
            values = np.nan_to_num(values)
        logs = np.log(values + parts["floor"].to_numpy()[:, None])
        out[target.name] = parts["weight"].to_numpy() @ logs
    return pd.DataFrame(out, index=pd.Index(rows, name="row"))
