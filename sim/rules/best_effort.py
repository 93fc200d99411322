"""The best placing of effort by agencies that know every flow: a linear programme."""

from __future__ import annotations

import numpy as np

from sim.parameters.sections import Interdiction
from sim.world.state import Agencies, Legs

SEGMENTS = 8  # pieces of the concave return to effort on a leg
LARGEST = 4.0  # most effort on a leg, over the agency's mean effort


def best_effort(legs: Legs, agencies: Agencies, interdiction: Interdiction) -> np.ndarray:
    """Return the effort per leg that seizes most kilograms a week within each budget.

    Maximises, over efforts x with sum(x) <= budget for each agency on its own legs,

        sum_e F_e (1 - (1 - q_e)^x_e),

    with F the smoothed flow. The return to effort is concave, so cutting it into
    segments of falling slope makes it a linear programme whose solution fills the
    segments of a leg in order (HiGHS through SciPy). It is a benchmark, not a
    description: real agencies do not know the flows.

    Returns
    -------
    array (e)
        Effort; the budget that finds no flow stays where it was.
    """
    # Imported here, since it takes a tenth of a start and few scenarios come this way.
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    n = len(legs.effort)
    q = np.minimum(legs.base_prob * interdiction.seizure_factor, 0.95)
    count = np.bincount(legs.agency, minlength=len(agencies.budget))
    most = LARGEST * (agencies.budget / np.maximum(count, 1))[legs.agency]
    edges = np.linspace(0.0, 1.0, SEGMENTS + 1)[None, :] * most[:, None]
    caught = legs.flow_kg[:, None] * (1.0 - (1.0 - q[:, None]) ** edges)
    gain = np.diff(caught, axis=1) / np.maximum(np.diff(edges, axis=1), 1e-12)
    owner = np.repeat(legs.agency, SEGMENTS)
    budget = csr_matrix(
        (np.ones(len(owner)), (owner, np.arange(len(owner)))),
        shape=(len(agencies.budget), len(owner)),
    )
    wide = np.repeat(most / SEGMENTS, SEGMENTS)
    found = linprog(
        -gain.ravel(),
        A_ub=budget,
        b_ub=agencies.budget,
        bounds=[(0.0, w) for w in wide],
        method="highs",
    )
    # the solver's zero may lie a rounding error below it
    effort = np.maximum(found.x, 0.0).reshape(n, SEGMENTS).sum(axis=1)
    spare = agencies.budget - np.bincount(legs.agency, effort, len(agencies.budget))
    usual = np.bincount(legs.agency, legs.effort, len(agencies.budget))
    share = legs.effort / np.maximum(usual, 1e-12)[legs.agency]
    return np.asarray(effort + np.maximum(spare, 0.0)[legs.agency] * share)
