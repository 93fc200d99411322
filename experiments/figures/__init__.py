"""The figures: one file each, all drawn from the tables of a run with one or many replicates.

``price_chain`` shows prices from source to market, ``market_shares`` who delivers,
``flow_map`` where goods move, ``flights`` the air bridge out of Peru. ``style``
fixes what colours and lines mean, ``bands`` turns replicates into medians and bands,
``labels`` keeps names apart, ``coast`` draws land and borders.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from experiments.figures.flights import flights
from experiments.figures.flow_map import flow_map
from experiments.figures.market_shares import market_shares
from experiments.figures.price_chain import price_chain
from experiments.figures.style import paper

if TYPE_CHECKING:
    from sim.record import Run

__all__ = ["FIGURES", "save_figures"]

FIGURES: dict[str, Callable[[Run], Figure]] = {
    "price_chain": price_chain,
    "market_shares": market_shares,
    "flow_map": flow_map,
    "flights": flights,
}
# A file then depends on what it shows, and not on when it was written.
METADATA = {"pdf": {"CreationDate": None}, "png": {}}


def save_figures(run: Run, directory: str | Path, names: Iterable[str] | None = None) -> list[Path]:
    """Draw figures and write each as PDF and PNG (300 dpi).

    Files are written in a hidden folder beside their place and moved there when both
    formats of a figure are done, so that a failure leaves no half file behind.

    Parameters
    ----------
    run : Run
        One replicate or many.
    directory : str or Path
        Folder of the files; made if it is missing.
    names : iterable of str, optional
        Figures to draw; all of ``FIGURES`` if left out.

    Returns
    -------
    list of Path
        The files written, PDF before PNG, in the order of the names.

    Raises
    ------
    KeyError
        If there is no figure of a name; then nothing is drawn.
    """
    wanted = list(FIGURES) if names is None else list(names)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        raise KeyError(f"no figure '{unknown[0]}' (there are: {', '.join(FIGURES)})")
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [path for name in wanted for path in save_figure(run, folder, name)]


def save_figure(run: Run, folder: Path, name: str) -> list[Path]:
    """Draw one figure and put its two files in place once both are complete."""
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as work, paper():
        figure = FIGURES[name](run)
        try:
            for form, metadata in METADATA.items():
                figure.savefig(Path(work) / f"{name}.{form}", format=form, metadata=metadata)
        finally:
            figure.clear()
        paths = [folder / f"{name}.{form}" for form in METADATA]
        for path in paths:
            os.replace(Path(work) / path.name, path)
    return paths
