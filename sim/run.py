"""A finished run: its tables, where they came from, saving and loading."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.errors import ScenarioError
from sim.network import Network
from sim.results.folder import MANIFEST, check_target, files_in, swap, write_json
from sim.results.tables import Tables
from sim.scenario.scenario import build

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Run(Tables):
    """One or many replicates of a scenario: tables, figures, saving and loading."""

    @staticmethod
    def combine(runs: Sequence[Run]) -> Run:
        """Put replicates of one scenario together, in the order given."""
        first = runs[0]
        tables = {
            name: pd.concat([run.tables[name] for run in runs], ignore_index=True)
            for name in first.tables
        }
        return Run(first.scenario, first.network, tables, dict(first.manifest))

    def observed(self) -> pd.DataFrame:
        """Return what statistics would say of this run; see ``sim.results.observation``."""
        from sim.results.observation import observe

        return observe(self)

    def plot(self, name: str = "price_chain") -> Figure:
        """Draw one figure of the catalogue, ``sim.figures.catalogue``.

        Raises
        ------
        ScenarioError
            If there is no figure of that name.
        """
        from sim.figures.catalogue import FIGURES

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
                from sim.figures.files import save_figures

                save_figures(self, work / "figures")
            files = {"files": files_in(work)}
            write_json(
                work / MANIFEST, self.manifest | {"scenario": self.scenario.to_tree()} | files
            )
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
        manifest.pop("files", None)
        scenario = build(manifest.pop("scenario"), str(folder / MANIFEST), folder, ())
        tables = {path.stem: read_table(path) for path in sorted(folder.glob("*.parquet"))}
        return Run(scenario, Network.of(scenario), tables, manifest)


def read_table(path: Path) -> pd.DataFrame:
    """Read a saved table as it was; Parquet keeps milliseconds where dates have seconds."""
    table = pd.read_parquet(path)
    return table.astype(dict.fromkeys(table.select_dtypes("datetime"), "datetime64[s]"))
