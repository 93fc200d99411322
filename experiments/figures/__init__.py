"""The catalogue of figures: one file a figure, each takes one run or many replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from matplotlib.figure import Figure

from experiments.figures.flights import flights
from experiments.figures.flow_map import flow_map
from experiments.figures.market_shares import market_shares
from experiments.figures.price_chain import price_chain
from experiments.figures.style import paper
from sim.record import Run

FIGURES: dict[str, Callable[[Run], Figure]] = {
    "price_chain": price_chain,
    "market_shares": market_shares,
    "flow_map": flow_map,
    "flights": flights,
}


def save_figures(run: Run, directory: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Write figures as PDF and PNG (300 dpi); a figure that fails leaves no file.

    Parameters
    ----------
    names : iterable of str, optional
        Figures of the catalogue; all of them by default.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in FIGURES if names is None else names:
        figure = FIGURES[name](run)
        for suffix in ("pdf", "png"):
            path = directory / f"{name}.{suffix}"
            part = path.with_suffix(f".part.{suffix}")
            with paper():
                figure.savefig(part, dpi=300)
            part.replace(path)
            written.append(path)
    return written
