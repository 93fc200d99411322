"""An ensemble: worlds that history does not rule out, with weights, and worlds of the prior.

A small Parquet file, a row a member: the values of the unknown numbers and the deviations of
paths, and a weight. A study with an ensemble runs its replicates over members, so that its
numbers hold luck and ignorance together; two replicates in a row share a member, which tells
the one from the other. Where the file comes from stands in it: study, code, date, targets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.errors import ScenarioError
from sim.results.question import hash_file
from sim.scenario.scenario import Scenario

LUCKS = 2  # replicates in a row that share a member
ABOUT = b"airbridge"  # key of what the file says of itself
SET, WEIGHT = "set", "weight"
Kind = Literal["posterior", "prior"]
POSTERIOR: Kind = "posterior"
PRIOR: Kind = "prior"
SHIPPED = "shipped"  # word for the ensemble of the data pack
FILE = "ensemble.parquet"
HEAD, TAIL = "paths.", ".deviation"


@dataclass(frozen=True)
class Ensemble:
    """Members of one set, and where they come from.

    Attributes
    ----------
    members : DataFrame
        A row a member, a column each unknown, by its key in a scenario.
    weight : array
        Of members; their sum is one.
    about : dict
        Study, code version, date, targets.
    digest : str
        Hash of the file and the set, which tells one ensemble from another.
    other : DataFrame
        The members of both sets with their weights, as the file has them.
    """

    members: pd.DataFrame
    weight: np.ndarray
    about: Mapping[str, Any]
    digest: str
    both: pd.DataFrame = field(repr=False)

    @property
    def keys(self) -> list[str]:
        """The unknowns, by their keys in a scenario."""
        return list(self.members)

    @property
    def effective(self) -> float:
        """How many members of equal weight would tell as much."""
        return float(1.0 / (self.weight**2).sum())

    @cached_property
    def _reached(self) -> np.ndarray:
        return np.cumsum(self.weight)

    def member(self, replicate: int) -> int:
        """Return the member of a replicate: in proportion to weight, evenly from the first on.

        The k-th pair of replicates takes the member at which the sum of weights passes the
        k-th number of van der Corput's sequence, so that more replicates add to fewer.
        """
        at = van_der_corput(replicate // LUCKS)
        return min(int(np.searchsorted(self._reached, at, side="right")), len(self.weight) - 1)

    def world(self, scenario: Scenario, replicate: int) -> Scenario:
        """Return a scenario as the member of a replicate has it.

        Deviations of paths that the scenario does not have are passed over.
        """
        return self.as_member(scenario, self.member(replicate))

    def as_member(self, scenario: Scenario, member: int) -> Scenario:
        """Return a scenario as a member has it; the first has number 0.

        Raises
        ------
        ScenarioError
            If there is no such member.
        """
        if not 0 <= member < len(self.members):
            last = len(self.members) - 1
            raise ScenarioError(f"--member {member}: the ensemble has members 0 to {last}")
        row = self.members.iloc[member]
        return scenario.with_overrides(
            {key: float(row[key]) for key in self.keys if applies(key, scenario)}
        )

    def of_prior(self) -> Ensemble:
        """Return the ensemble of what was thought possible before."""
        return of_set(self.both, PRIOR, self.about, self.digest)

    def knows(self, path: str) -> bool:
        """Whether members say how far a path deviates."""
        return f"{HEAD}{path}{TAIL}" in self.members

    def refuse_clash(self, settings: Sequence[str]) -> None:
        """Refuse changes of what members decide.

        Raises
        ------
        ScenarioError
            With the first.
        """
        for text in settings:
            key = text.partition("=")[0].strip()
            if key in self.members:
                raise ScenarioError(f"{key}: each member of the ensemble has its own; leave it out")


def applies(key: str, scenario: Scenario) -> bool:
    """Say whether a scenario has what an unknown is about."""
    if not key.startswith(HEAD):
        return True
    return key.removeprefix(HEAD).removesuffix(TAIL) in scenario.paths


def van_der_corput(k: int) -> float:
    """Return the k-th number of van der Corput's sequence, which fills 0..1 evenly.

    Examples
    --------
    >>> [van_der_corput(k) for k in range(4)]
    [0.5, 0.25, 0.75, 0.125]
    """
    value, part, k = 0.0, 0.5, k + 1
    while k:
        value += part * (k & 1)
        k, part = k >> 1, part / 2.0
    return value


def read_ensemble(name: str | Path, scenario: Scenario, kind: Kind = POSTERIOR) -> Ensemble:
    """Read an ensemble: a file, or the word ``shipped`` for that of the scenario's data pack.

    Raises
    ------
    ScenarioError
        If there is none, or it is not of this kind.
    """
    import pyarrow.parquet as pq
    from pyarrow.lib import ArrowException

    path = scenario.data_folder / FILE if str(name) == SHIPPED else Path(name)
    if not path.is_file():
        raise ScenarioError(f"--ensemble {name}: no such file; airbridge calibrate makes one")
    try:
        table = pq.read_table(path)
        about = json.loads((table.schema.metadata or {})[ABOUT])
        both = table.to_pandas()
        weight = both[WEIGHT].to_numpy(float)
        sets = set(both[SET])
    except (ArrowException, KeyError, ValueError, OSError) as error:
        raise ScenarioError(f"--ensemble {name}: {path} is no ensemble of airbridge") from error
    if not {POSTERIOR, PRIOR} <= sets or not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise ScenarioError(f"--ensemble {name}: {path} lacks members, or weights are not numbers")
    found = of_set(both, kind, about, hash_file(path)[:16])
    found.world(scenario, 0)  # refuses what this scenario does not know
    return found


def of_set(both: pd.DataFrame, kind: Kind, about: Mapping[str, Any], digest: str) -> Ensemble:
    """Return the members of one set of a file."""
    mine = both[both[SET] == kind].reset_index(drop=True)
    weight = mine[WEIGHT].to_numpy(float)
    members = mine.drop(columns=[SET, WEIGHT])
    return Ensemble(members, weight / weight.sum(), about, f"{digest.split('/')[0]}/{kind}", both)


def write_ensemble(
    path: Path, posterior: pd.DataFrame, prior: pd.DataFrame, about: Mapping[str, Any]
) -> None:
    """Write an ensemble with what it says of itself.

    Parameters
    ----------
    posterior, prior : DataFrame
        Members of both sets: a column each unknown, and ``weight``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    both = pd.concat([posterior.assign(set=POSTERIOR), prior.assign(set=PRIOR)], ignore_index=True)
    table = pa.Table.from_pandas(both, preserve_index=False)
    text = json.dumps(dict(about), default=str).encode()
    said = {**(table.schema.metadata or {}), ABOUT: text}
    pq.write_table(table.replace_schema_metadata(said), path)


@dataclass(frozen=True)
class Split:
    """Variance over replicates, split: between members (ignorance) and within (luck)."""

    total: float
    luck: float

    @property
    def luck_share(self) -> float:
        """The part that is luck; NaN if nothing varies."""
        return self.luck / self.total if self.total > 0.0 else float("nan")


def split_variance(values: np.ndarray) -> Split:
    """Split the variance of an outcome over replicates in luck and ignorance.

    Replicates stand in order, two a member; the variance within pairs is luck, what is left
    of the whole is that members differ. An odd one at the end tells of the whole alone.

    Examples
    --------
    >>> split_variance(np.array([1.0, 1.0, 3.0, 3.0])).luck_share
    0.0
    """
    values = np.asarray(values, float)
    pairs = values[: len(values) // LUCKS * LUCKS].reshape(-1, LUCKS)
    within = float(pairs.var(axis=1, ddof=1).mean()) if len(pairs) else float("nan")
    between = float(pairs.mean(axis=1).var(ddof=1)) if len(pairs) > 1 else float("nan")
    ignorance = max(between - within / LUCKS, 0.0)
    return Split(ignorance + within, within)
