"""A calibration study: what is unknown, what it is put to, and how far the model may miss.

A study is a TOML file beside those of sensitivity. Factors go by their names in the
register; the deviations of all the scenario's paths are unknown besides. Targets are series
of ``observations.csv`` in the fitted years; each says how far the model may miss it for
reasons of its own, and why. See ``docs/guide/calibration.md``.
"""

from __future__ import annotations

from pydantic import Field

from experiments.sensitivity.study import FactorTable, Strict
from sim.scenario.values import quantity


class TargetTable(Strict):
    """One series, or several of a kind, that the model is put to."""

    name: str = Field(..., min_length=1, description="What it is, in a few words")
    measure: str = Field(..., min_length=1, description="As in observations.csv")
    where: tuple[str, ...] = Field(
        ..., min_length=1, description="As in observations.csv; of several the mean of logs"
    )
    level: float | None = Field(
        None, gt=0, le=5, description="Discrepancy of the mean over years, log; left out, no target"
    )
    change: float | None = Field(
        None, gt=0, le=5, description="Discrepancy of the change over the years, log"
    )
    reason: str = Field(..., min_length=1, description="Why the model may miss by so much")


class RecoveryTable(Strict):
    """How the code is tried on data that the model itself has made."""

    points: int = quantity(10, "1", 0, 100, "Hidden points; without any there is no trial")
    particles: int = quantity(600, "1", 100, 20_000, "Draws of the posterior at each")


class CalibrationStudy(Strict):
    """What a calibration asks and how it goes about it."""

    name: str = Field(..., min_length=1, description="Short name; a file's stem unless given")
    question: str = Field("", description="The question that the study asks")
    scenario: str = Field(..., min_length=1, description="Name in the library, or a path")
    settings: tuple[str, ...] = Field((), description="Changes to the scenario, 'key=value'")
    seed: int = quantity(1, "1", 0, 2**31 - 2, "Seed of the points and of the luck")
    waves: tuple[int, ...] = Field(..., min_length=1, description="Points of each wave")
    runs: int = quantity(
        2, "1", 1, 100, "Runs at each point, each with its own luck and deviations of paths"
    )
    cut: float = quantity(3.0, "standard deviations", 1, 10, "Implausibility that rules out")
    tolerated: int = quantity(
        2, "1", 0, 50, "Targets that a point may miss by more before it is ruled out"
    )
    candidates: int = quantity(20_000, "1", 1000, 10_000_000, "Draws by which volume is measured")
    particles: int = quantity(1000, "1", 100, 100_000, "Draws of the posterior")
    members: int = quantity(200, "1", 20, 10_000, "Points of the ensemble")
    recovery: RecoveryTable = RecoveryTable()
    factors: tuple[FactorTable, ...] = Field(..., description="What is unknown")
    targets: tuple[TargetTable, ...] = Field(..., description="What is to be met")
