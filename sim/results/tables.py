"""What figures and outcomes read: the tables of a run, and what was run."""

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
        ``moves``, ``events`` and ``ledger``; the column ``replicate`` tells replicates
        apart.
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
