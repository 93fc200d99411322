"""Figures of a calibration: waves, emulators, what is known before and after, recovery."""

from __future__ import annotations

from itertools import combinations
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtr

from experiments.calibration.matching import depth
from experiments.calibration.recovery import MODES
from experiments.calibration.steps import Calibration
from experiments.calibration.waves import Wave
from sim.figures.style import (
    BLUE,
    DARK,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    MM,
    ORANGE,
    RED,
    new_figure,
    title_panels,
)

if TYPE_CHECKING:
    from experiments.calibration.plan import Plan

SHOWN = 5  # unknowns of a figure of waves
BINS = 9
LETTERS = 18  # of a label on a line
ROW_MM = 4.6


def leading(found: Calibration) -> list[int]:
    """Return the unknowns that have closed in most."""
    order = np.argsort(-found.unknowns["contraction"].to_numpy(), kind="stable")
    return sorted(int(k) for k in order[:SHOWN])


def draw_wave(wave: Wave, plan: Plan, shown: list[int]) -> Figure:
    """Draw what a wave leaves over pairs of unknowns.

    Above the diagonal the optical depth, the share of points that is not ruled out; below it the
    least implausibility of any point; on it how much of the prior is left along one unknown.
    """
    q = ndtr(wave.candidates)
    cut = plan.study.cut
    figure = new_figure(DOUBLE_COLUMN, 150 * MM)
    n = len(shown)
    axes = figure.subplots(n, n)
    images = {}
    for i, j in combinations(range(n), 2):
        share, least = depth(q, wave.worst, cut, (shown[i], shown[j]), BINS)
        top = max(float(np.nanmax(share)), 1e-9)
        box = {"origin": "lower", "extent": (0, 1, 0, 1), "aspect": "auto"}
        images["depth"] = axes[i, j].imshow(share, cmap="viridis", vmin=0, vmax=top, **box)
        images["least"] = axes[j, i].imshow(least.T, cmap="cividis_r", vmin=0, vmax=2 * cut, **box)
    for i, k in enumerate(shown):
        along(axes[i, i], q[:, k], wave.worst <= cut)
        axes[-1, i].set_xlabel(fill(plan.prior.labels[k], LETTERS))
        axes[i, 0].set_ylabel(fill(plan.prior.labels[k], LETTERS))
    for ax in axes.flat:
        ax.set_xticks([0, 0.5, 1])
        ax.set_yticks([])
    if "depth" in images:
        figure.colorbar(
            images["depth"], ax=list(axes[:, -1]), label="share not ruled out (above the diagonal)"
        )
        figure.colorbar(
            images["least"], ax=list(axes[:, -1]), label="least implausibility (below the diagonal)"
        )
    figure.supxlabel(
        f"Wave {wave.number}: {100 * wave.volume:.2g} % of the prior are left. Axes: quantiles "
        f"of the prior. Cut {cut:g}, {plan.study.tolerated} targets tolerated.",
        fontsize=6.5,
    )
    return figure


def along(ax: Axes, q: np.ndarray, left: np.ndarray) -> None:
    """Draw the share that is left along one unknown."""
    cell = np.minimum((q * BINS).astype(int), BINS - 1)
    count = np.bincount(cell, minlength=BINS)
    share = np.bincount(cell, weights=left, minlength=BINS) / np.maximum(count, 1)
    middles = (np.arange(BINS) + 0.5) / BINS
    ax.bar(middles, share, width=0.9 / BINS, color=BLUE)
    ax.set_xlim(0, 1)


def draw_emulators(wave: Wave) -> Figure:
    """Draw how good emulators are: variance foreseen, left to luck, and coverage."""
    table = wave.checks
    figure = new_figure(DOUBLE_COLUMN, (20 + ROW_MM * len(table)) * MM)
    left, right = figure.subplots(1, 2, sharey=True)
    at = np.arange(len(table))[::-1]
    left.barh(at, table["luck"], height=0.7, color=ORANGE, alpha=0.5, label="luck")
    left.plot(table["explained"], at, "o", color=BLUE, label="foreseen at runs left out")
    left.set_xlabel("share of a run's variance")
    left.set_xlim(min(0.0, float(table["explained"].min()) - 0.05), 1)
    left.set_yticks(at, table["target"])
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.02), ncols=2)
    half = 1.96 * np.sqrt(0.9 * 0.1 / table["runs"])
    right.fill_betweenx(at, 0.9 - half, 0.9 + half, color=GREY, alpha=0.25, linewidth=0)
    right.plot(table["coverage"], at, "o", color=BLUE)
    right.axvline(0.9, color=DARK, linestyle=":")
    right.set_xlabel("share of runs left out inside their 90 % interval")
    title_panels([right], [""], letters=" ")
    return figure


def draw_unknowns(found: Calibration) -> Figure:
    """Draw what was known of every unknown before and after, as quantiles of the prior."""
    draws, names = found.draws, found.plan.prior.labels
    q = ndtr(draws.u)
    figure = new_figure(DOUBLE_COLUMN, (16 + ROW_MM * len(names)) * MM)
    ax = figure.subplots()
    at = np.arange(len(names))[::-1]
    low, middle, high = np.quantile(q, (0.05, 0.5, 0.95), axis=0)
    inner = np.quantile(q, (0.25, 0.75), axis=0)
    ax.hlines(at, 0.05, 0.95, color=GREY, alpha=0.3, linewidth=5)
    ax.hlines(at, low, high, color=BLUE, linewidth=1.2)
    ax.hlines(at, inner[0], inner[1], color=BLUE, linewidth=3)
    ax.plot(middle, at, "o", color=DARK, markersize=3)
    ax.set_yticks(at, names)
    ax.set_xlim(0, 1)
    ax.set_xlabel(
        "quantile of the prior. Grey: 90 % of the prior; blue: 90 and 50 % of the posterior"
    )
    return figure


def draw_fits(found: Calibration) -> Figure:
    """Draw all targets: what runs would show before and after, against the data."""
    table = found.fits
    figure = new_figure(DOUBLE_COLUMN, (16 + ROW_MM * len(table)) * MM)
    ax = figure.subplots()
    at = np.arange(len(table))[::-1]
    error = 1.645 * np.sqrt(table["observation_sd"] ** 2 + table["discrepancy_sd"] ** 2)
    ax.hlines(at, -error, error, color=GREY, alpha=0.35, linewidth=5)
    for when, colour, off in (("prior", ORANGE, 0.18), ("posterior", BLUE, -0.18)):
        low, middle, high = (
            table[f"{when}_{q}"] - table["data"] for q in ("low", "median", "high")
        )
        ax.hlines(at + off, low, high, color=colour, linewidth=1.2, label=when)
        ax.plot(middle, at + off, "o", color=colour, markersize=3)
    ax.axvline(0.0, color=DARK, linestyle=":")
    ax.set_yticks(at, table["target"])
    ax.set_xlabel(
        "log of model over data, 90 % intervals. Grey: error of the data and discrepancy, 90 %"
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def draw_recovery(found: Calibration) -> Figure:
    """Draw what comes back of each unknown at hidden points."""
    assert found.recovery is not None
    table = found.recovery.table
    labels = dict(zip(found.plan.prior.names, found.plan.prior.labels, strict=True))
    names = list(dict.fromkeys(table["unknown"]))
    figure = new_figure(DOUBLE_COLUMN, (22 + ROW_MM * len(names)) * MM)
    axes = figure.subplots(1, 3, sharey=True)
    at = np.arange(len(names))[::-1]
    columns = (
        ("contraction", "fall of the standard deviation"),
        ("correlation", "correlation of truth and median"),
        ("inside", "share of 90 % intervals with the truth"),
    )
    for ax, (column, title) in zip(axes, columns, strict=True):
        for mode, colour, mark in zip(MODES, (BLUE, GREEN), ("o", "s"), strict=True):
            mine = table[table["mode"] == mode].set_index("unknown").reindex(names)
            ax.plot(mine[column], at, mark, color=colour, markersize=3, label=mode)
        ax.set_xlabel(title)
    axes[0].set_yticks(at, [labels[name] for name in names])
    axes[0].axvline(0.3, color=RED, linestyle=":")
    axes[2].axvline(0.9, color=DARK, linestyle=":")
    axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def draw_all(found: Calibration) -> dict[str, Figure]:
    """Draw all figures of a calibration, by name."""
    shown = leading(found)
    drawn = {f"wave_{wave.number}": draw_wave(wave, found.plan, shown) for wave in found.waves}
    drawn |= {f"emulators_{wave.number}": draw_emulators(wave) for wave in found.waves}
    drawn |= {"unknowns": draw_unknowns(found), "fits": draw_fits(found)}
    if found.recovery is not None:
        drawn["recovery"] = draw_recovery(found)
    return drawn
