"""Studies of many points as the EMA Workbench keeps results: its analyses, its files.

What it calls experiments are the points of a sample, what it calls outcomes their means
over replicates. Its names for outcomes need not be those of Python, whatever it warns of.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.extras import require
from sim.errors import ScenarioError
from sim.results.folder import expanded

Results = tuple[pd.DataFrame, dict[str, np.ndarray]]


def open_study(folder: str | Path) -> Results:
    """Return experiments and outcomes of a finished sensitivity study or phase diagram.

    Parameters
    ----------
    folder : str or Path
        Folder of the study. Points that it has left out are left out.

    Raises
    ------
    ScenarioError
        If the folder holds none that is finished.

    Notes
    -----
    Scores of all factors, by the library::

        experiments, outcomes = open_study("results/screening")
        feature_scoring.get_feature_scores_all(experiments, outcomes)
    """
    place = expanded(folder)
    for name in ("samples", "means"):
        if not (place / f"{name}.parquet").is_file():
            raise ScenarioError(f"{folder}: holds no finished study of points ({name} are missing)")
    means = pd.read_parquet(place / "means.parquet").set_index("point")
    samples = pd.read_parquet(place / "samples.parquet")
    return for_workbench(samples.loc[means.index], means)


def for_workbench(samples: pd.DataFrame, outcomes: pd.DataFrame | Mapping[str, Any]) -> Results:
    """Return points and outcomes as the EMA Workbench keeps the results of experiments.

    The columns scenario, policy and model are those that the library adds itself.
    """
    arrays = {str(name): np.asarray(outcomes[name]) for name in outcomes}
    for name, values in arrays.items():
        if len(values) != len(samples):
            raise ScenarioError(f"{name}: {len(values)} values for {len(samples)} points")
    experiments = samples.reset_index(drop=True).assign(
        scenario=np.arange(len(samples)), policy="none", model="airbridge"
    )
    return experiments, arrays


def write_workbench(results: Results, path: Path) -> None:
    """Write results as a file that the library's own ``load_results`` reads."""
    require("discovery", "--to workbench")
    with quiet():
        from ema_workbench import ScalarOutcome, save_results

        for name in results[1]:
            ScalarOutcome(name)  # the library looks up there how an outcome is kept
        save_results(results, str(path))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what the workbench warns of on its own behalf."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ipyparallel not installed", UserWarning)
        warnings.filterwarnings("ignore", "altair based interactive", ImportWarning)
        warnings.filterwarnings("ignore", ".*not a valid Python identifier", DeprecationWarning)
        for kind in (FutureWarning, DeprecationWarning):  # of what later versions will drop
            warnings.filterwarnings("ignore", category=kind, module="ema_workbench")
        yield
