"""Scenario discovery: the ranges of factors within which displacement mostly happens.

The patient rule induction method (PRIM; Friedman and Fisher 1999, Bryant and Lempert
2010) is that of the EMA Workbench, and results load straight into that library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import signature
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from experiments.extras import require
from experiments.results.workbench import quiet
from experiments.words import in_digits, short_names
from sim.errors import ScenarioError

FEWEST = 10  # cases of interest from which a box can be told from chance
SIGNIFICANT = 0.05  # quasi-p value above which a limit is dropped


@dataclass(frozen=True)
class Box:
    """Ranges of factors, and how well they hold the cases of interest.

    Attributes
    ----------
    limits : DataFrame
        One row a factor: factor, low, high, full_low, full_high, qp_low, qp_high,
        restricted. A quasi-p value is missing where an end is not limited.
    coverage : float
        Share of all cases of interest that lie in the box.
    density : float
        Share of the cases in the box that are of interest.
    mass : float
        Share of all cases that lie in the box.
    n_restricted : int
        Number of factors with a limit.
    trajectory : DataFrame
        Boxes it was chosen from: coverage, density, mass, n_restricted, chosen.
    """

    limits: pd.DataFrame
    coverage: float
    density: float
    mass: float
    n_restricted: int
    trajectory: pd.DataFrame


def discover(
    x: pd.DataFrame,
    y: np.ndarray,
    *,
    density: float = 0.8,
    peel_alpha: float = 0.05,
    mass_min: float = 0.05,
    boxes: int = 2,
) -> list[Box]:
    """Find the ranges of factors within which most cases are of interest.

    PRIM peels thin slices off the space of factors until few cases are left. From each
    box on the way, limits that may be chance (quasi-p above 0.05) are dropped, the least
    certain first. Of the boxes that then reach ``density`` the one of largest coverage is
    chosen; if none does, the densest is. The cases in it are set aside before the next
    box is sought. The first box is always returned, without limits if no factor matters;
    a further one only if it has limits and is denser than all cases together.

    Parameters
    ----------
    x : DataFrame
        Value of each factor (column) in each case (row).
    y : array of bool
        Whether a case is of interest.
    density : float
        Share of cases of interest that a box should reach.
    peel_alpha : float
        Share of the cases in a box that one peel removes.
    mass_min : float
        Smallest share of all cases that a box may hold.
    boxes : int
        Most boxes to return.

    Raises
    ------
    ScenarioError
        If fewer than ten cases are of interest, or all are, or a value is missing.
    """
    x, wanted = _checked(x, y)
    found: list[Box] = []
    with quiet():
        prim = _prim(x, wanted, peel_alpha, mass_min)
        while len(found) < boxes and prim.y[prim.yi_remaining].sum() >= FEWEST:
            path = prim.find_box()
            length = len(path.peeling_trajectory)
            chosen = _choose(path, [_prune(path, step) for step in range(length)], density)
            box = _box(path, chosen, length)
            if found and (box.n_restricted == 0 or box.density <= wanted.mean()):
                break
            found.append(box)
            if box.n_restricted == 0:
                break
            path.select(chosen)
    return found


def in_words(
    box: Box,
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    what: str = "Entrants displace incumbents",
) -> str:
    """Say in one sentence where the cases of a box lie, the most certain limit first."""
    rows = box.limits[box.limits["restricted"]]
    certain = rows[["qp_low", "qp_high"]].min(axis=1).sort_values(kind="stable").index
    rows = rows.loc[certain]
    if rows.empty:
        return (
            f"{what} in {100 * box.density:.0f} % of cases, and no range of the factors "
            "sets these apart"
        )
    names = short_names(list(box.limits["factor"]), labels)
    clauses: list[str] = []
    for row in rows.itertuples():
        unit = (units or {}).get(row.factor, "")
        clauses.append(f"{names[row.factor]}{'' if clauses else ' is'} {_range(row, unit)}")
    where = " and ".join(filter(None, [", ".join(clauses[:-1]), clauses[-1]]))
    return (
        f"{what} mostly where {where} (coverage {box.coverage:.2f}, density "
        f"{box.density:.2f}, {100 * box.mass:.0f} % of cases)"
    )


def _range(row: Any, unit: str) -> str:
    """Say between which limits a factor lies."""
    unit = f" {unit}" if unit else ""
    if np.isnan(row.qp_high):
        return f"above {in_digits(row.low)}{unit}"
    if np.isnan(row.qp_low):
        return f"below {in_digits(row.high)}{unit}"
    return f"between {in_digits(row.low)} and {in_digits(row.high)}{unit}"


def _checked(x: pd.DataFrame, y: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return numbers and flags that the search can work on, or say what is wrong with them."""
    wanted = np.asarray(y).astype(bool).astype(int)
    if wanted.shape != (len(x),):
        raise ScenarioError(f"{len(x)} points but outcomes of shape {wanted.shape}")
    if (n := int(wanted.sum())) < FEWEST:
        raise ScenarioError(
            f"only {n} of {len(x)} cases are of interest; scenario discovery "
            f"needs at least {FEWEST}"
        )
    if n == len(x):
        raise ScenarioError(f"all {n} cases are of interest: there is nothing to tell them from")
    words = [str(c) for c in x if not pd.api.types.is_numeric_dtype(x[c])]
    if words:
        raise ScenarioError(f"scenario discovery needs numbers, not words: {', '.join(words)}")
    holes = [str(c) for c in x if not np.isfinite(x[c].to_numpy(float)).all()]
    if holes:
        raise ScenarioError(f"scenario discovery needs every value of: {', '.join(holes)}")
    return x.astype(float).reset_index(drop=True), wanted


@cache
def _workbench() -> ModuleType:
    """Import the workbench's PRIM when it is first wanted, which takes seconds."""
    require("discovery", "scenario discovery")
    from ema_workbench.analysis import prim

    return prim


def _prim(x: pd.DataFrame, y: np.ndarray, peel_alpha: float, mass_min: float) -> Any:
    """Set up the search; version 2 of the workbench wants a threshold, version 3 has none."""
    search = _workbench().Prim
    options = {"peel_alpha": peel_alpha, "mass_min": mass_min}
    if "threshold" in signature(search).parameters:
        # So low that any case of interest passes: boxes are chosen here, not by the library.
        options["threshold"] = 1e-9
    return search(x, y, **options)


def _quasi_p(path: Any, step: int) -> dict[str, list[float]]:
    """Return the quasi-p values of the limits of a box, low and high; -1 is no limit."""
    values = path.p_values if hasattr(path, "p_values") else path.qp
    return dict(values[step])


def _prune(path: Any, step: int) -> int:
    """Drop limits that may be chance, the least certain first; return where the box is then."""
    while ends := [
        (p, end, factor)
        for factor, pair in _quasi_p(path, step).items()
        for end, p in enumerate(pair)
    ]:
        p, end, factor = max(ends)
        if p <= SIGNIFICANT:
            break
        limits = path.box_lims[step].copy()
        limits.loc[end, factor] = path.box_lims[0].loc[end, factor]
        path.update(limits, _inside(path.prim, limits))
        step = len(path.box_lims) - 1
    return step


def _inside(prim: Any, limits: pd.DataFrame) -> np.ndarray:
    """Return which of the remaining cases lie within limits."""
    x = prim.x.loc[prim.yi_remaining].to_numpy()
    low, high = limits.loc[0].to_numpy(float), limits.loc[1].to_numpy(float)
    return prim.yi_remaining[((x >= low) & (x <= high)).all(axis=1)]


def _choose(path: Any, steps: Sequence[int], density: float) -> int:
    """Return the box of largest coverage that is dense enough, else the densest."""
    table = path.peeling_trajectory.loc[list(dict.fromkeys(steps))]
    enough = table[table["density"] >= density]
    by = ["coverage", "density"] if len(enough) else ["density", "coverage"]
    best = (enough if len(enough) else table).sort_values(by, ascending=False, kind="stable")
    return int(best.index[0])


def _box(path: Any, chosen: int, length: int) -> Box:
    """Gather a box, its limits, and the peels (and pastes) that led to it."""
    low, high = (path.box_lims[chosen].loc[end].to_numpy(float) for end in (0, 1))
    full_low, full_high = (path.prim.box_init.loc[end].to_numpy(float) for end in (0, 1))
    factors = list(path.box_lims[chosen].columns)
    quasi = _quasi_p(path, chosen)
    qp = np.array([quasi.get(factor, [-1.0, -1.0]) for factor in factors], float)
    qp[qp < 0] = np.nan
    limits = pd.DataFrame(
        {
            "factor": factors,
            "low": low,
            "high": high,
            "full_low": full_low,
            "full_high": full_high,
            "qp_low": qp[:, 0],
            "qp_high": qp[:, 1],
            "restricted": (low > full_low) | (high < full_high),
        }
    )
    steps = list(dict.fromkeys([*range(length), chosen]))
    table = path.peeling_trajectory.loc[steps].rename(columns={"res_dim": "n_restricted"})
    trajectory = table[["coverage", "density", "mass"]].astype(float)
    trajectory["n_restricted"] = table["n_restricted"].astype(int)
    trajectory["chosen"] = trajectory.index == chosen
    mine = trajectory.loc[chosen]
    return Box(
        limits,
        float(mine["coverage"]),
        density=float(mine["density"]),
        mass=float(mine["mass"]),
        n_restricted=int(mine["n_restricted"]),
        trajectory=trajectory.reset_index(drop=True),
    )
