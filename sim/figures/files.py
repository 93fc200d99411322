"""The one writer of figures: each as PDF and PNG, in place when both are done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from sim.figures.catalogue import FIGURES
from sim.figures.style import paper

if TYPE_CHECKING:
    from sim.results.tables import Tables


__all__ = ["FIGURES", "save_figures"]
# A file then depends on what it shows, and not on when it was written.
METADATA = {"pdf": {"CreationDate": None}, "png": {}}


def save_figures(
    run: Tables, directory: str | Path, names: Iterable[str] | None = None
) -> list[Path]:
    """Draw figures and write each as PDF and PNG (300 dpi).

    Files are written in a hidden folder beside their place and moved there when both
    formats of a figure are done, so that a failure leaves no half file behind.

    Parameters
    ----------
    run : Tables
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


def save_figure(run: Tables, folder: Path, name: str) -> list[Path]:
    """Draw one figure and put its two files in place once both are complete."""
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as work, paper():
        figure = FIGURES[name](run)
        try:
            save(figure, Path(work), name)
        finally:
            figure.clear()
        paths = [folder / f"{name}.{form}" for form in METADATA]
        for path in paths:
            os.replace(Path(work) / path.name, path)
    return paths


def write(figure: Figure, folder: Path, name: str) -> None:
    """Save a figure as PDF and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    save(figure, folder, name)


def save(figure: Figure, folder: Path, name: str) -> None:
    """Save a figure as PDF and as PNG (300 dpi), laid out once, which takes as long as drawing."""
    for form, metadata in METADATA.items():
        figure.savefig(folder / f"{name}.{form}", format=form, metadata=metadata, dpi=300)
        figure.set_layout_engine("none")
