"""What figures and outcomes read: the tables of a run, and what was run.

Columns in ``_kg`` are bulk: the weight that is traded, at the purity
``market.bulk_purity`` that all goods share; so are prices in ``_usd_per_kg`` those of a
bulk kilogram. Demand, potential and published consumption are pure weight in register
and data; ``sim.units`` converts, and whoever writes a pure weight says so in its name.
Columns in ``_usd`` are nominal dollars, ``_usd_per_g`` is the retail price of a gram as
sold, ``_t_per_year`` a yearly mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sim.network import Network
from sim.scenario.scenario import Scenario


@dataclass
class Tables:
    """The tables of one or many replicates of a scenario.

    Attributes
    ----------
    scenario, network
        What was run, and on which data.
    tables : dict of DataFrame
        ``markets``, ``cartels``, ``legs``, ``places``, ``pilots``, ``territory``,
        ``moves``, ``events`` and ``ledger``; ``ownership`` by stage, ``purchases`` by source,
        and ``trades`` and ``exchanges``, empty without exchanges; the column ``replicate``
        tells replicates apart.
    manifest : dict
        Seed, versions, hashes and times.
    """

    scenario: Scenario
    network: Network
    tables: dict[str, pd.DataFrame]
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def replicates(self) -> int:
        """Number of replicates in the tables."""
        return int(self.tables["ledger"]["replicate"].nunique())
