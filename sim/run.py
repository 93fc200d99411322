"""A finished run: its tables, where they came from, saving and loading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scenarios import data_folder
from sim.errors import ScenarioError
from sim.network import Network
from sim.results.datapackage import DATAPACKAGE, describe
from sim.results.folder import ResultFolder, expanded
from sim.results.question import DATA, Question, deciding, hash_file, keep_world, world_of
from sim.results.records import MANIFEST, listed, read_record, write_json
from sim.results.schemas import conform, read_table, write_table
from sim.results.tables import Tables
from sim.scenario.scenario import Scenario, build

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Run(Tables):
    """One or many replicates of a scenario: tables, figures, saving and loading."""

    @staticmethod
    def combine(runs: Sequence[Run]) -> Run:
        """Put replicates of one scenario together, in the order given."""
        first = runs[0]
        tables = {
            name: conform(name, pd.concat([run.tables[name] for run in runs], ignore_index=True))
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

    @property
    def question(self) -> Question:
        """What the run answers: scenario, data, seed, replicates and rules of one's own."""
        replicates = sorted({int(r) for r in self.tables["ledger"]["replicate"]})
        return question_of(
            self.scenario, self.manifest.get("seed"), replicates, self.manifest.get("hooks", [])
        )

    def save(
        self,
        directory: str | Path,
        figures: bool = False,
        replace: bool = False,
        also: Callable[[Path], None] | None = None,
    ) -> Path:
        """Write tables, scenario, data, manifest and, if wanted, figures; all or nothing.

        The folder stands by itself: it may be moved to where the data pack is not. Each
        table has the types and units of ``sim.results.schemas``.

        Parameters
        ----------
        directory : str or Path
            A folder that is new, empty, or holds the same run. Other files of the user's
            in it are left alone.
        figures : bool
            Draw the figures, too.
        replace : bool
            Let the run take the place of another result: of files that its manifest lists
            and that are still as they were written.
        also : callable, optional
            Writes what else belongs to the result into the folder that it is given.

        Raises
        ------
        ScenarioError
            If the folder holds anything else or cannot be written, or a table is not as
            declared.
        """
        target = ResultFolder(directory, MANIFEST, self.question, replace)
        try:
            with target.working() as work:
                self._write(work, figures)
                if also is not None:
                    also(work)
                target.publish(work, self.manifest | {"scenario": self.scenario.to_tree()})
        except OSError as error:
            told = error.strerror or error
            raise ScenarioError(f"{target.path}: cannot be written ({told})") from None
        return target.path

    def _write(self, work: Path, figures: bool) -> None:
        for name, table in self.tables.items():
            write_table(name, table, work / f"{name}.parquet")
        keep_world(self.scenario, work)
        write_json(work / DATAPACKAGE, describe(self, work))
        if figures:
            from sim.figures.files import save_figures

            save_figures(self, work / "figures")

    @staticmethod
    def load(directory: str | Path) -> Run:
        """Read a saved run; it needs nothing from elsewhere.

        Raises
        ------
        ScenarioError
            If the folder holds no saved run, or one that is damaged.
        """
        folder = expanded(directory)
        manifest = read_record(folder / MANIFEST)
        if manifest is None or not isinstance(manifest.get("scenario"), dict):
            raise ScenarioError(f"{folder}: holds no saved run ({MANIFEST} missing)")
        scenario = build(kept_tree(manifest, folder), str(folder / MANIFEST), folder, ())
        names = [path for path in sorted(folder.glob("*.parquet")) if is_part(manifest, path)]
        tables = {path.stem: read_table(path.stem, path) for path in names}
        for name in ("scenario", "files", "incoming", *Question("", {}, "").record()):
            manifest.pop(name, None)
        return Run(scenario, Network.of(scenario), tables, manifest)


def question_of(
    scenario: Scenario, seed: int | None, replicates: Sequence[int], hooks: Sequence[str] = ()
) -> Question:
    """Return what some replicates of a scenario answer."""
    asked = {**world_of(scenario), "seed": seed, "replicates": list(replicates)}
    many = f"{len(replicates)} replicate{'s' if len(replicates) != 1 else ''}"
    label = f"run of {scenario.name}, seed {seed}, {many}"
    return Question("run", asked | ({"hooks": list(hooks)} if hooks else {}), label)


def kept_tree(manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the scenario of a manifest, on the data that the result has kept.

    The packaged data are named where they are still the same.
    """
    tree = dict(manifest["scenario"])
    data = folder / DATA
    if data.is_dir():
        same = "data" not in tree and all(
            (data / f"{name}.csv").is_file()
            and hash_file(data / f"{name}.csv") == hash_file(data_folder() / f"{name}.csv")
            for name in deciding(tree.get("paths"))
        )
        tree |= {} if same else {"data": str(data)}
    return tree


def is_part(manifest: Mapping[str, Any], path: Path) -> bool:
    """Say whether a table belongs to a saved run, and is none that the user has put there."""
    names = {name for name, _ in listed(manifest, "files")}
    return path.name in names or not names
