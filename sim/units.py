"""Units: kilograms as traded and as pure substance, tonnes, weeks of a year.

Kilograms in the model are **bulk**: the weight that is loaded, priced and seized, of a
purity that is the same everywhere (``market.bulk_purity``). Demand, potential output and
published consumption are **pure** weight. Nothing else converts between the two.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

KG_PER_TONNE = 1000.0
# Of 365.2425 days: from sums over weeks to yearly means, and growth by calendar year.
WEEKS_PER_CALENDAR_YEAR = 52.1775

Weight = TypeVar("Weight", float, np.ndarray, pd.Series)


def pure(bulk_weight: Weight, purity: float) -> Weight:
    """Return the pure weight in a bulk weight, in the same unit.

    Examples
    --------
    >>> pure(200.0, purity=0.7)
    140.0
    """
    return bulk_weight * purity


def bulk(pure_weight: Weight, purity: float) -> Weight:
    """Return the bulk weight that holds a pure weight, in the same unit.

    Examples
    --------
    >>> bulk(140.0, purity=0.7)
    200.0
    """
    return pure_weight / purity
