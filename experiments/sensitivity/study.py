"""A study file: which factors vary, over what, by which method, and what is looked at.

A study is a TOML file beside the scenarios. Factors go by their names in the
register (``ordering.hurdle``), by a number of an organisation
(``organisations.MX_SINALOA.capital_usd_m``) or by the deviation of one of the scenario's
paths (``paths.supply_colombia.deviation``); bounds and distribution are those of the
register unless the study says otherwise. See ``docs/guide/sensitivity.md``.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from experiments.displacement.verdicts import LOOKED_AT
from sim.scenario.values import quantity

Method = Literal["morris", "sobol", "fast", "rbd_fast", "delta", "pawn", "hdmr", "grid"]
Distribution = Literal["uniform", "log_uniform", "triangular", "normal"]
FREE = ("rbd_fast", "delta", "pawn", "hdmr")  # work on any sample; they share one


class Strict(BaseModel):
    """A table of a study file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FactorTable(Strict):
    """One factor of a study; what is left out is as in the register."""

    name: str = Field(
        ..., min_length=1, description="In the register, organisations.ID.X or paths.X.deviation"
    )
    low: float | None = Field(None, description="Lower bound")
    high: float | None = Field(None, description="Upper bound")
    distribution: Distribution | None = Field(None, description="How it is drawn")
    mode: float | None = Field(None, description="Peak of a triangular, mean of a normal one")
    sd: float | None = Field(None, gt=0, description="Standard deviation of a normal one")
    group: str | None = Field(None, min_length=1, description="Factors that move together")
    values: tuple[float, ...] | None = Field(None, description="Values of a grid")
    label: str | None = Field(None, min_length=1, description="Short name in figures")


class DiscoveryTable(Strict):
    """In which box of conditions an outcome is high: scenario discovery with PRIM."""

    outcome: str = Field(..., description="Outcome that makes a case one of interest")
    above: float = Field(0.5, description="A case is of interest above this value")
    density: float = quantity(0.8, "share", 0.05, 1, "Share of cases of interest wanted in a box")


class Study(Strict):
    """What a study asks and how it goes about it."""

    name: str = Field(..., min_length=1, description="Short name; a file's stem unless given")
    question: str = Field("", description="The question that the study asks")
    scenario: str = Field(..., min_length=1, description="Name in the library, or a path")
    settings: tuple[str, ...] = Field((), description="Changes to the scenario, 'key=value'")
    method: Method | Annotated[tuple[Method, ...], Field(min_length=1)] = Field(
        ..., description="How the factors are varied"
    )
    samples: int = quantity(..., "1", 2, 1_000_000, "Base sample size N of the method")
    second_order: bool = Field(False, description="Sobol: second-order indices too")
    levels: int = quantity(4, "1", 2, 64, "Morris: levels of each factor; an even number")
    resamples: int = quantity(1000, "1", 20, 100_000, "Bootstrap samples of an interval")
    replicates: int = quantity(1, "1", 1, 10_000, "Replicates at every point")
    noise_points: int = quantity(0, "1", 0, 1_000_000, "Points at which luck is measured apart")
    noise_replicates: int = quantity(4, "1", 2, 10_000, "Replicates at those points")
    common_luck: bool = Field(True, description="All points share their random draws")
    seed: int = quantity(1, "1", 0, 2**31 - 2, "Seed of the sample, the luck and the intervals")
    entrant: str | None = Field(None, description="Id of the organisation allowed and barred")
    market: str = Field("europe", description="Market of the paired outcomes")
    since: dt.date | None = Field(None, description="Day from which the entrant may enter")
    against: Literal["barred", "held"] = Field(
        "barred", description="The other world: the entrant barred, or held at its size"
    )
    outcomes: tuple[str, ...] = Field(..., min_length=1, description="What is looked at")
    roles: tuple[Literal["uncertainty", "lever"], ...] = Field(
        (), description="Take all numbers of the register with these roles as factors"
    )
    sections: tuple[str, ...] = Field((), description="... but only those of these sections")
    exclude: tuple[str, ...] = Field((), description="... and not these")
    span: float = quantity(1.0, "share", 0.01, 1, "Part of the register's range around the default")
    factors: tuple[FactorTable, ...] = Field((), description="Factors one by one")
    discovery: DiscoveryTable | None = Field(None, description="Scenario discovery")

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods, one or many that share a sample."""
        return (self.method,) if isinstance(self.method, str) else self.method

    @property
    def paired(self) -> bool:
        """Whether points are run with the entrant allowed and barred."""
        wanted = [*self.outcomes, *([self.discovery.outcome] if self.discovery else [])]
        return any(name in LOOKED_AT for name in wanted)
