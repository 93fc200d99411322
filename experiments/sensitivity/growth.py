"""Studies grow: more replicates, points or outcomes are added to what is there.

A study's folder remembers what its runs depend on, in two parts: what may not change, as
a hash, and what may only grow. Runs are known by what they are runs of, so those that are
there are found again whatever the study's size has become.

The first points of a larger sample are those of the smaller one for Sobol's sequence, for
Morris's trajectories and for a grid with more values. A larger Latin hypercube or set of
eFAST's curves has points of its own: these studies grow in replicates and outcomes, and
more samples are runs anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


RESULT_ONLY = ("resamples", "discovery", "question", "name")  # change no run
NUMBERS = ("replicates", "samples", "noise_points", "noise_replicates")  # may grow
ASKED = ("entrant", "market", "since", "against")  # of the pairs, where there are any


def digest(content: Any) -> str:
    """Return a short hash of plain content."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parts_of(plan: Plan) -> dict[str, Any]:
    """Return what a folder keeps of a study: what must stay, as a hash, and what may grow."""
    study = plan.study
    grid = "grid" in study.methods
    other = {*RESULT_ONLY, *NUMBERS, *ASKED, "outcomes", "factors"}
    fixed = study.model_dump(mode="json", exclude=other)
    factors = []
    for factor in plan.factors:
        mine = factor.__dict__ | {"label": ""}
        if grid:  # its bounds are the ends of its values, which may grow in number
            mine |= {"values": (), "low": 0.0, "high": 0.0, "mode": 0.0, "sd": 0.0}
        factors.append(mine)
    fixed |= {"factors": factors, "resolved": plan.scenario.to_tree()}
    asked = {name: getattr(study, name) for name in ASKED} if study.paired else None
    return {
        "fixed": digest(fixed),
        "asked": None if asked is None else digest(asked),
        "sizes": {name: getattr(study, name) for name in NUMBERS if name != "samples" or not grid},
        "outcomes": list(plan.outcomes),
        "values": {factor.name: list(factor.values) for factor in plan.factors} if grid else {},
    }


def growth(plan: Plan, known: Mapping[str, Any], folder: Path) -> list[str]:
    """Say how a study is larger than the one whose folder this was.

    Raises
    ------
    ScenarioError
        If it is another study, or smaller in any way.
    """
    now = parts_of(plan)
    same = known.get("fixed") == now["fixed"]
    if not same or (known["asked"] is not None and known["asked"] != now["asked"]):
        raise ScenarioError(
            f"{folder}: holds the sample of another study or scenario; name another --out. Only "
            "replicates, samples, outcomes and the values of a grid may grow in a folder"
        )
    shrunk = list(losses(known, now))
    if shrunk:
        raise ScenarioError(
            f"{folder}: holds more than the study asks for: {'; '.join(shrunk)}. A folder grows "
            "and does not shrink: name another --out"
        )
    return list(gains(known, now))


def losses(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a study no longer has."""
    for name, size in now["sizes"].items():
        if size < known["sizes"][name]:
            yield f"{name} = {known['sizes'][name]}, not {size}"
    for what, before, after in lists(known, now):
        gone = [str(item) for item in before if item not in after]
        if gone:
            yield f"{what} {', '.join(gone)}"


def gains(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a study has more than before."""
    for name, size in now["sizes"].items():
        if size > known["sizes"][name]:
            yield f"{name} {known['sizes'][name]} to {size}"
    for what, before, after in lists(known, now):
        new = [str(item) for item in after if item not in before]
        if new:
            yield f"{what} {', '.join(new)}"


def lists(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield each list that may grow: what it is of, before and now."""
    yield "outcome", known["outcomes"], now["outcomes"]
    for name, values in now["values"].items():
        yield f"{name} =", known["values"][name], values
