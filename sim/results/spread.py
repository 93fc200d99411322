"""How far replicates lie apart: their median and, where they are enough, a band around it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FEWEST = 5  # replicates or pairs: of fewer, a band or interval tells of its formula alone
LOW, HIGH = 0.05, 0.95  # what a band holds
NO_BAND = f"Medians are of few replicates and have no range, which takes {FEWEST}."


def spread(values: Iterable[float]) -> tuple[float, float, float]:
    """Return the 5 % quantile, the median and the 95 % quantile over replicates.

    Unknown values are left out. Of fewer than ``FEWEST`` there is no band: its edges are NaN.

    Examples
    --------
    >>> spread([0.0, 1.0, 2.0, 3.0, 4.0])
    (0.2, 2.0, 3.8)
    >>> spread([1.0, 3.0])
    (nan, 2.0, nan)
    """
    known = np.asarray(list(values), float)
    known = known[~np.isnan(known)]
    if not len(known):
        return np.nan, np.nan, np.nan
    low, middle, high = (float(x) for x in np.quantile(known, (LOW, 0.5, HIGH)))
    return (low, middle, high) if len(known) >= FEWEST else (np.nan, middle, np.nan)
