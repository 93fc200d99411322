"""A finished run: its tables, where they came from, saving and loading."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import ScenarioError
from sim.network import Network
from sim.scenario import Scenario, build

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANIFEST = "manifest.json"


@dataclass
class Run:
    """One or many replicates of a scenario.

    Attributes
    ----------
    scenario, network
        What was run, and on which data.
    tables : dict of DataFrame
        ``markets``, ``cartels``, ``legs``, ``places``, ``pilots``, ``events`` and
        ``ledger``; the column ``replicate`` tells replicates apart.
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

    @staticmethod
    def combine(runs: Sequence[Run]) -> Run:
        """Put replicates of one scenario together, in the order given."""
        first = runs[0]
        tables = {
            name: pd.concat([run.tables[name] for run in runs], ignore_index=True)
            for name in first.tables
        }
        return Run(first.scenario, first.network, tables, dict(first.manifest))

    def plot(self, name: str = "price_chain") -> Figure:
        """Draw one figure of the catalogue: price_chain, market_shares, flow_map or flights.

        Raises
        ------
        ScenarioError
            If there is no figure of that name.
        """
        from experiments.figures import FIGURES

        if name not in FIGURES:
            raise ScenarioError(f"no figure '{name}' (there are: {', '.join(FIGURES)})")
        return FIGURES[name](self)

    def save(self, directory: str | Path, figures: bool = False) -> Path:
        """Write manifest, tables and, if wanted, figures; all or nothing.

        Everything is written beside the target and then moved into place. A former
        result there is replaced; a folder that holds anything else is refused.
        """
        target = Path(directory).resolve()
        check_target(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            for name, table in self.tables.items():
                table.to_parquet(work / f"{name}.parquet", index=False)
            if figures:
                from experiments.figures import save_figures

                save_figures(self, work / "figures")
            manifest = self.manifest | {"scenario": self.scenario.to_tree()}
            (work / MANIFEST).write_text(json.dumps(manifest, indent=2, default=str) + "\n")
            work.chmod(0o755)
            swap(work, target)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return target

    @staticmethod
    def load(directory: str | Path) -> Run:
        """Read a saved run.

        Raises
        ------
        ScenarioError
            If the folder holds no saved run.
        """
        folder = Path(directory)
        try:
            manifest = json.loads((folder / MANIFEST).read_text())
        except (OSError, ValueError):
            raise ScenarioError(f"{folder}: holds no saved run ({MANIFEST} missing)") from None
        scenario = build(manifest.pop("scenario"), str(folder / MANIFEST), folder, ())
        tables = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        return Run(scenario, Network.load(scenario.data_folder), tables, manifest)


def check_target(target: Path) -> None:
    """Refuse a place that cannot be written, or that holds anything but a saved run.

    Called before a simulation starts, too, so that no work is lost. Makes nothing.

    Raises
    ------
    ScenarioError
        If results cannot go there.
    """
    if target.exists() and not target.is_dir():
        raise ScenarioError(f"{target}: is a file, not a folder for results")
    if target.is_dir():
        strangers = sorted(p.name for p in target.iterdir() if not belongs(p))
        if strangers:
            raise ScenarioError(
                f"{target}: holds other files ({strangers[0]}); choose an empty or new folder"
            )
    parent = target.resolve().parent
    while not parent.exists():
        parent = parent.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".airbridge-", dir=parent):
            pass
    except OSError as error:
        raise ScenarioError(f"{target}: cannot be written ({error.strerror})") from None


def belongs(path: Path) -> bool:
    """Say whether a file or folder is part of a saved run."""
    return path.name in (MANIFEST, "figures") or path.suffix == ".parquet"


def swap(work: Path, target: Path) -> None:
    """Move a finished folder into place, keeping the old one until the new one is there."""
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        os.replace(target, old / "was")
    os.replace(work, target)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
