"""Samples of factor space, by SALib's samplers, with a seed that always reaches them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.extras import require
from experiments.sensitivity.factors import rows_together, spec_of

if TYPE_CHECKING:
    from experiments.sensitivity.plan import Plan


def draw_sample(plan: Plan) -> pd.DataFrame:
    """Return the points of a study, one row each, one column a factor, in register units.

    Points stand in the order that the method's analysis expects; those of a grid
    run over the second factor first.
    """
    study, names = plan.study, [factor.name for factor in plan.factors]
    if "grid" in study.methods:
        return pd.DataFrame(product(*(factor.values for factor in plan.factors)), columns=names)
    problem = problem_of(plan)
    n, seed = study.samples, study.seed
    if "morris" in study.methods:
        problem.sample_morris(n, num_levels=study.levels, seed=seed)
    elif "sobol" in study.methods:
        problem.sample_sobol(n, calc_second_order=study.second_order, seed=seed)
    elif "fast" in study.methods:
        problem.sample_fast(n, seed=seed)
    else:
        problem.sample_latin(n, seed=seed)
    points = pd.DataFrame(problem.samples, columns=names)
    # Rounding in a transform must not push a point out of the range that the register allows.
    low, high = ([getattr(f, end) for f in plan.factors] for end in ("low", "high"))
    return points.clip(lower=low, upper=high, axis=1)


def problem_of(plan: Plan) -> Any:
    """Return the study's factors as SALib's ``ProblemSpec``."""
    require("studies", f"method = {plan.study.method!r}")
    from SALib import ProblemSpec

    return ProblemSpec(spec_of(plan.factors, plan.outcomes))


def block_size(plan: Plan) -> int:
    """Return how many rows of a sample belong together: those of one base point."""
    return rows_together(plan.study, plan.factors)


def nested_sizes(plan: Plan, n: int) -> list[int]:
    """Return base sample sizes, up to the whole, whose rows are a sample of their own.

    The first rows of a Sobol sequence, of Morris trajectories or of a shuffled Latin
    hypercube are; those of eFAST's search curves are not.
    """
    if "fast" in plan.study.methods:
        return [n]
    if "morris" in plan.study.methods:
        step = max(1, n // 8)
        return [*range(max(4, n % step), n, step), n] if n > 4 else [n]
    return [2**k for k in range(5, 31) if 2**k < n] + [n]


def rows_of(plan: Plan, n: int) -> slice:
    """Return the rows of the first ``n`` base points; eFAST's curves are only whole."""
    return slice(None) if "fast" in plan.study.methods else slice(0, n * block_size(plan))


def whole_blocks(plan: Plan, there: np.ndarray) -> np.ndarray:
    """Say which rows are left when base points with a missing row are dropped whole."""
    size = block_size(plan)
    return np.repeat(there.reshape(-1, size).all(axis=1), size)
