"""What the world is like and what happens to it: a TOML file as a frozen Scenario."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from scenarios import data_folder
from sim.errors import hint
from sim.parameters.registry import Parameters
from sim.parameters.switches import Switches
from sim.scenario.event_kinds import Event, quantity
from sim.scenario.identifiers import Identifiers, Location, Problem
from sim.scenario.layers import SECTIONS, Layer, Overrides, merge, override_layer, read_layers
from sim.scenario.messages import explain

ANYBODY = ("entry", "decapitation", "presence")  # events about gangs as well as cartels


class OrganisationOverride(BaseModel):
    """What a scenario changes about one organisation of the data pack."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    capital_usd_m: float | None = quantity(None, "million USD", 0, 100_000, "Working capital")
    affiliation: str | None = Field(None, description="Id of the cartel it works for, or 'none'")
    present_from: int | None = quantity(None, "year", 1900, 2100, "First year of presence")
    present_to: int | None = quantity(None, "year", 1900, 2100, "Last year of presence")
    toll_usd_per_kg: float | None = quantity(
        None, "USD/kg", 0, 10_000, "Toll on goods that leave its places"
    )


class Scenario(BaseModel):
    """One world and its calendar; nothing in it changes once it is made.

    Examples
    --------
    >>> scenario = Scenario.load("baseline", ["ordering.hurdle=0.2"])
    >>> scenario.parameters.ordering.hurdle
    0.2
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    __iter__ = None  # type: ignore[assignment]  # one value, which Mesa's batch_run must not take apart

    name: str = Field(..., min_length=1, description="Short name; a file's stem unless given")
    question: str = Field("", description="The question that the scenario asks")
    start: dt.date = Field(dt.date(2010, 1, 4), description="First day after the burn-in; a Monday")
    weeks: int = quantity(728, "week", 1, 5200, "Length of the run after the burn-in")
    burn_in_weeks: int = quantity(260, "week", 0, 5200, "Weeks passed before the start")
    seed: int = quantity(1, "1", 0, 2**32 - 1, "Seed of all random draws")
    parameters: Parameters = Parameters()
    switches: Switches = Switches()
    agencies: Literal["fixed", "random", "adaptive", "optimal"] = Field(
        "fixed", description="How agencies place effort over their own legs"
    )
    organisations: dict[str, OrganisationOverride] = Field(
        {}, description="Changes to organisations of the data pack, by id"
    )
    barred: tuple[str, ...] = Field(
        (), description="Cartels kept out: 'CARTEL' of all markets, 'CARTEL:MARKET' of one"
    )
    data: Path | None = Field(
        None, description="Folder with another data pack, relative to the file"
    )
    events: tuple[Event, ...] = Field((), description="What happens, and when")

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Scenario:
        if info.context != "stored":
            problems = [
                *self._calendar_problems(),
                *unknown_ids(self, Identifiers.load(self.data_folder)),
            ]
            if problems:
                raise ValidationError.from_exception_data(
                    "Scenario",
                    [
                        InitErrorDetails(
                            type=PydanticCustomError("unsound", "{what}", {"what": what}),
                            loc=where,
                            input=value,
                        )
                        for where, value, what in problems
                    ],
                )
        return self

    def _calendar_problems(self) -> Iterator[Problem]:
        if self.start.weekday() != 0:
            yield ("start",), self.start, f"start = {self.start} is a {self.start:%A}, not a Monday"
        if not 1950 <= self.start.year <= 2100:
            yield ("start",), self.start, f"start = {self.start} is outside the years 1950..2100"
            return
        for n, event in enumerate(self.events):
            if not self.start <= event.date <= self.end:
                what = f"date = {event.date} is outside the scenario, {self.start}..{self.end}"
                yield ("events", n, event.kind, "date"), event.date, what

    @property
    def end(self) -> dt.date:
        """Last day of the run."""
        return self.start + dt.timedelta(days=7 * self.weeks - 1)

    @property
    def data_folder(self) -> Path:
        """Folder of the tables that the run reads."""
        return data_folder() if self.data is None else self.data

    @classmethod
    def load(cls, name_or_path: str | Path, overrides: Overrides = ()) -> Scenario:
        """Read a scenario of the library, or of a file, and check all of it.

        Parameters
        ----------
        name_or_path : str or Path
            A name of the library such as ``"baseline"``, or a TOML file.
        overrides : sequence of str, or mapping
            Changes on top: ``["ordering.hurdle=0.2"]`` or ``{"ordering.hurdle": 0.2}``.

        Raises
        ------
        ScenarioError
            If anything is wrong: one line that names file, key, value, unit and range.
        """
        layers = read_layers(name_or_path)
        return cls._from_layers([*layers, *override_layer(overrides)])

    @classmethod
    def _from_layers(cls, layers: Sequence[Layer]) -> Scenario:
        merged = merge(layers)
        content: dict[str, Any] = {"parameters": {}}
        for key, value in merged.items():
            (content["parameters"] if key in SECTIONS else content)[key] = value
        try:
            return cls.model_validate_json(json.dumps(content, default=str), strict=True)
        except ValidationError as error:
            raise explain(error, cls, layers) from None

    def with_overrides(self, overrides: Overrides) -> Scenario:
        """Return a changed copy, checked anew; events in the overrides are added."""
        return self._from_layers([Layer(self.name, self.to_file()), *override_layer(overrides)])

    def to_file(self) -> dict[str, Any]:
        """Return the complete content of a scenario file: no ``extends``, no defaults left out."""
        content = self.model_dump(mode="json", exclude_none=True)
        content.update(content.pop("parameters"))
        content["start"] = self.start
        for row, event in zip(content["events"], self.events, strict=True):
            row["date"] = event.date
        return content

    def to_toml(self) -> str:
        """Return the resolved scenario as the text of a file that loads to the same scenario."""
        import tomli_w

        return tomli_w.dumps(self.to_file())

    @classmethod
    def from_stored(cls, content: Mapping[str, Any]) -> Scenario:
        """Rebuild the scenario of a saved run, whether or not its data pack is still there."""
        content = dict(content)
        parameters = {key: content.pop(key) for key in SECTIONS if key in content}
        text = json.dumps({**content, "parameters": parameters}, default=str)
        return cls.model_validate_json(text, context="stored")

    def to_tree(self) -> dict[str, Any]:
        """Return the complete content of a file in types that JSON has."""
        return {**self.to_file(), **self.model_dump(mode="json", include={"start", "events"})}


def file_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a scenario file."""
    from sim.scenario import schema

    return schema.file_schema(Scenario)


def build(tree: Mapping[str, Any], label: str, folder: Path, overrides: Overrides) -> Scenario:
    """Check a complete tree, such as a manifest holds, and make the scenario of it."""
    content = dict(tree)
    if isinstance(content.get("data"), str):
        content["data"] = str((folder / content["data"]).resolve())
    return Scenario._from_layers([Layer(label, content), *override_layer(overrides)])


def unknown_ids(scenario: Scenario, ids: Identifiers) -> Iterator[Problem]:
    """Yield every id in a scenario that its data pack does not have."""
    for where, kind, name in named_ids(scenario):
        if name not in getattr(ids, kind):
            keys = where[3:] if where[0] == "events" else where
            key = ".".join(part for part in keys if isinstance(part, str))
            what = f"{key}: unknown {kind} '{name}'"
            yield where, name, what + hint(name, getattr(ids, kind))


def named_ids(scenario: Scenario) -> Iterator[tuple[Location, str, str]]:
    """Yield where a scenario names an id, of which kind, and the id."""
    for name, override in scenario.organisations.items():
        yield ("organisations",), "organisation", name
        if override.affiliation not in (None, "none"):
            yield ("organisations", name, "affiliation"), "organisation", override.affiliation
    for n, text in enumerate(scenario.barred):
        cartel, colon, market = text.partition(":")
        yield ("barred", n), "organisation", cartel
        if colon:
            yield ("barred", n), "market", market
    for n, event in enumerate(scenario.events):
        kinds = {
            "organisation": "organisation" if event.kind in ANYBODY else "cartel",
            "gang": "gang",
            "market": "market",
            "place": "place",
            "legs": "leg",
            "places": "zone" if event.kind in ("eradication", "supply") else "place",
            "agencies": "agency",
        }
        for field, kind in kinds.items():
            value = getattr(event, field, None) or ()
            for name in (value,) if isinstance(value, str) else value:
                yield ("events", n, event.kind, field), kind, name
