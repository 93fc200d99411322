"""The register: every number of the model, declared once.

Each field carries its unit, allowed range, default, source (or "assumed") and
role. Scenario checks, ``airbridge parameters``, the documentation table and the
bounds of sensitivity studies are all read from here. A parameter's name is its
path, ``section.name``: the same in a TOML file, in ``--set`` and in a study.

Roles
-----
uncertainty
    Not known well; a sensitivity study varies it over its range.
lever
    A policy or an experiment sets it; the default is the status quo.
constant
    A convention or a definition; changing it changes what is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from sim.parameters.contest import Affiliation, Expansion, Territory
from sim.parameters.declare import Section
from sim.parameters.market import Demand, Market, Production
from sim.parameters.observing import Observation
from sim.parameters.transport import Flying, Interdiction, Learning, Ordering, Routing


class Parameters(BaseModel):
    """All sections of the register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    demand: Demand = Demand()
    market: Market = Market()
    production: Production = Production()
    routing: Routing = Routing()
    ordering: Ordering = Ordering()
    flying: Flying = Flying()
    interdiction: Interdiction = Interdiction()
    learning: Learning = Learning()
    expansion: Expansion = Expansion()
    affiliation: Affiliation = Affiliation()
    territory: Territory = Territory()
    observation: Observation = Observation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the register, as tables and checks read it."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    source: str
    role: str
    about: str

    @property
    def distribution(self) -> str:
        """How a sensitivity study draws it unless it says otherwise.

        Uniform over the range, or log-uniform where the range spans a factor of ten or
        more: then only the order of magnitude is known.
        """
        wide = self.low > 0 and self.high >= 10 * self.low
        return "log_uniform" if wide else "uniform"


def register() -> Iterator[Entry]:
    """Yield every number of the model in the order of declaration."""
    for section, holder in Parameters.model_fields.items():
        model = holder.annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            assert isinstance(extra, dict)
            bounds = {type(m).__name__: m for m in field.metadata}
            yield Entry(
                name=f"{section}.{name}",
                default=float(field.default),
                unit=str(extra["unit"]),
                low=float(bounds["Ge"].ge),
                high=float(bounds["Le"].le),
                source=str(extra["source"]),
                role=str(extra["role"]),
                about=str(field.description),
            )
