"""A calibration in words, filled from its tables; what fails comes first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.calibration.recovery import ALONE, AS_HISTORY, LUCK_ALONE, Recovery
from experiments.calibration.steps import Calibration, progress
from experiments.calibration.variants import largest_shifts

FAR = 3.0  # standard deviations
COVERS = (0.80, 0.97)  # share of 90 % intervals that must hold the truth


def headline(found: Calibration) -> str:
    """Return what is left, in a sentence or two, failures first."""
    last = found.waves[-1]
    closed = found.unknowns[found.unknowns["contraction"] >= 0.3]["label"]
    text = [
        f"After {last.number} waves ({last.runs} runs) {100 * last.volume:.2g} % of what was "
        f"possible are left. {len(closed)} of {len(found.unknowns)} unknowns have closed in by "
        f"30 % or more: {', '.join(closed) or 'none'}."
    ]
    if last.left == 0:
        text.insert(
            0, "**No point is left: history rules out the model within its discrepancies.**"
        )
    if far := missed(found):
        text.insert(0, f"**Targets that the model misses wherever it may be: {', '.join(far)}.**")
    if found.recovery is not None and (bad := bad_coverage(found.recovery)):
        text.insert(0, bad)
    return " ".join(text)


def missed(found: Calibration) -> list[str]:
    """Return the targets that the posterior misses by more than three standard deviations."""
    table = found.fits
    spread = np.sqrt(
        table["observation_sd"] ** 2
        + table["discrepancy_sd"] ** 2
        + ((table["posterior_high"] - table["posterior_low"]) / 3.29) ** 2
    )
    gap = (table["posterior_median"] - table["data"]).abs() / spread
    return list(table.loc[gap > FAR, "target"])


def bad_coverage(recovery: Recovery) -> str:
    """Say so if intervals do not hold the truth as often as they should."""
    row = coverage_of(recovery, AS_HISTORY, "identified")
    if row is None or row["intervals"] == 0:
        return "**On data of the model's own no unknown is identified.**"
    share = float(row["coverage"])
    if COVERS[0] <= share <= COVERS[1]:
        return ""
    return (
        f"**Where the model made the data, 90 % intervals hold the truth in {100 * share:.0f} % of "
        f"{row['intervals']} cases.**"
    )


def coverage_of(recovery: Recovery, mode: str, what: str) -> pd.Series | None:
    """Return the row of coverage of a mode, or None."""
    table = recovery.coverage
    rows = table[(table["mode"] == mode) & (table["of"] == what)]
    return None if rows.empty else rows.iloc[0]


def report(found: Calibration, command: str) -> str:
    """Return the page in Markdown."""
    study = found.plan.study
    parts = [
        f"# Calibration: {study.name}",
        "",
        headline(found),
        "",
        f"Scenario `{found.plan.scenario.name}` to {found.plan.scenario.end}, which is all that is "
        f"run: no year after it is looked at. {len(found.plan.targets)} targets; "
        f"{len(found.plan.prior)} unknowns, {len(found.plan.prior.paths)} of them deviations of "
        f"paths. A point is ruled out if more than {study.tolerated} targets have an "
        f"implausibility above {study.cut:g}.",
        "",
        "## Waves",
        "",
        *table_lines(progress(found)),
        "",
        "## What is known now",
        "",
        "Median and 90 %. `contraction`: fall of the standard deviation, on the scale on which "
        "the prior is normal.",
        "",
        *table_lines(found.unknowns.drop(columns="unknown")),
        "",
        f"The ensemble has {len(found.members.u)} members, worth {found.members.effective:.0f} of "
        "equal weight.",
        "",
        "## What would change it",
        "",
        "By how much the unknown that moves most moves, in standard deviations of the prior; all "
        "are in `variants.csv`.",
        "",
        *table_lines(largest_shifts(found.variants)),
        "",
        *recovery_lines(found),
        "## Targets",
        "",
        "Logs. `luck_sd`: of a single run.",
        "",
        *table_lines(found.fits),
        "",
        "## Emulators",
        "",
        "At runs left out in turn.",
        "",
        *table_lines(found.waves[-1].checks),
        "",
        f"`{command}`",
        "",
    ]
    return "\n".join(parts)


def recovery_lines(found: Calibration) -> list[str]:
    """Return what came back where the model made the data."""
    recovery = found.recovery
    if recovery is None:
        return []
    lines = ["## Known truth", ""]
    for mode in (AS_HISTORY, LUCK_ALONE):
        row = coverage_of(recovery, mode, "identified")
        mine = recovery.table[recovery.table["mode"] == mode]
        named = list(mine.loc[mine["verdict"] == ALONE, "unknown"])
        if row is not None and row["intervals"]:
            lines.append(
                f"*{mode}*: {len(named)} unknowns are identified; {int(row['hold_the_truth'])} of "
                f"{int(row['intervals'])} of their 90 % intervals hold the truth."
            )
    lines += ["", *table_lines(recovery.table), ""]
    return lines


def table_lines(table: pd.DataFrame) -> list[str]:
    """Return a table in Markdown, numbers with three digits."""
    heads = [str(name).replace("_", " ") for name in table]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in table.itertuples(index=False):
        cells = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in row]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
