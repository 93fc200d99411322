"""Studies grow: more replicates, points or outcomes are added to what is there.

A study's folder remembers its question (``sim.results.question``): what may not change, as
a hash, and sizes that may only grow. Runs are known by what they are runs of, so those that are
there are found again whatever the study's size has become.

The first points of a larger sample are those of the smaller one for Sobol's sequence, for
Morris's trajectories and for a grid with more values. A larger Latin hypercube or set of
eFAST's curves has points of its own: these studies grow in replicates and outcomes, and
more samples are runs anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError
from sim.results.question import Question, Size, world_of

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


RESULT_ONLY = ("resamples", "discovery", "question", "name")  # change no run
NUMBERS = ("replicates", "samples", "noise_points", "noise_replicates")  # may grow
RESOLVED = ("scenario", "settings")  # what comes of them counts, not where it stands
ASKED = ("entrant", "market", "since", "against")  # of the pairs, where there are any


def digest(content: Any) -> str:
    """Return a short hash of plain content."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def question_of(plan: Plan) -> Question:
    """Return what a study asks: what must stay as it is, and the sizes that may grow."""
    study = plan.study
    grid = "grid" in study.methods
    other = {*RESULT_ONLY, *NUMBERS, *ASKED, *RESOLVED, "outcomes", "factors"}
    fixed = study.model_dump(mode="json", exclude=other)
    factors = []
    for factor in plan.factors:
        mine = factor.__dict__ | {"label": ""}
        if grid:  # its bounds are the ends of its values, which may grow in number
            mine |= {"values": (), "low": 0.0, "high": 0.0, "mode": 0.0, "sd": 0.0}
        factors.append(mine)
    fixed |= {"factors": factors, "resolved": world_of(plan.scenario)}
    if plan.ensemble is not None:
        fixed["ensemble"] = plan.ensemble.digest
    sizes: dict[str, Size] = {
        name: getattr(study, name) for name in NUMBERS if name != "samples" or not grid
    }
    sizes["outcome"] = list(plan.outcomes)
    sizes["pairs of"] = [pairs_of(plan)] if study.paired else []
    if grid:
        sizes |= {f"{f.name} =": [str(value) for value in f.values] for f in plan.factors}
    command = "phase" if grid else "sensitivity"
    label = f"{command} {study.name} on {plan.scenario.name}, seed {study.seed}"
    return Question(command, {"fixed": digest(fixed)}, label, sizes)


def pairs_of(plan: Plan) -> str:
    """Say which worlds a study compares, where it compares any."""
    study = plan.study
    since = f" from {study.since}" if study.since else ""
    return f"{study.entrant} in {study.market}{since} against {study.against}"


def growth(plan: Plan, known: Mapping[str, Any], folder: Path) -> list[str]:
    """Say how a study is larger than the one whose folder this was.

    Raises
    ------
    ScenarioError
        If it is another study, or smaller in any way.
    """
    question = question_of(plan)
    if not question.is_of(known):
        raise ScenarioError(
            f"{folder}: holds the sample of another study or scenario; name another --out. Only "
            "replicates, samples, outcomes and the values of a grid may grow in a folder"
        )
    shrunk = "; ".join(question.losses(known))
    if shrunk:
        raise ScenarioError(
            f"{folder}: holds more than the study asks for: {shrunk}. A folder grows "
            "and does not shrink: name another --out"
        )
    return list(question.gains(known))
