"""What the world is like and what happens to it: a TOML file as a frozen Scenario."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from scenarios import data_folder
from sim.errors import ScenarioError
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches
from sim.scenario.content import problems
from sim.scenario.event_kinds import Event
from sim.scenario.identifiers import spell_bar
from sim.scenario.layers import (
    SECTIONS,
    TOO_DEEP,
    Layer,
    Overrides,
    Reading,
    merge,
    override_layer,
    read_layers,
)
from sim.scenario.messages import Mistake, explain, origin, unknown_kinds
from sim.scenario.pack import read_pack
from sim.scenario.paths import YearlyPath
from sim.scenario.rows import Leg, Organisation, Place
from sim.scenario.tree import START, Problem, data_of, in_weeks, plain
from sim.scenario.values import quantity

FILES, STORED = "files", "stored"  # where a tree comes from that is checked elsewhere, or was
Bar = Annotated[str, AfterValidator(spell_bar)]
log = logging.getLogger("airbridge")


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
    start: dt.date = Field(START, description="First day after the burn-in; a Monday")
    weeks: int = quantity(728, "week", 1, 5200, "Length of the run after the burn-in")
    burn_in_weeks: int = quantity(260, "week", 0, 5200, "Weeks passed before the start")
    seed: int = quantity(1, "1", 0, 2**32 - 1, "Seed of all random draws")
    parameters: Parameters = Parameters()
    switches: Switches = Switches()
    agencies: Literal["fixed", "random", "adaptive", "optimal"] = Field(
        "fixed", description="How agencies place effort over their own legs"
    )
    organisations: dict[str, Organisation] = Field(
        {}, description="Organisations that are changed or added, by id"
    )
    places: dict[str, Place] = Field({}, description="Places that are changed or added, by id")
    legs: dict[str, Leg] = Field({}, description="Legs that are changed or added, by 'FROM>TO'")
    barred: tuple[Bar, ...] = Field(
        (), description="Cartels kept out: 'CARTEL' of all markets, 'CARTEL:MARKET' of one"
    )
    held: tuple[Bar, ...] = Field(
        (), description="Cartels whose lines keep their size: 'CARTEL', or 'CARTEL:MARKET'"
    )
    exchanges: bool | tuple[str, ...] = Field(
        False,
        description="Whether organisations sell to organisations at the exchanges of the data "
        "pack; or the ids of those at which they do",
    )
    data: Path | None = Field(
        None, description="Folder with another data pack, relative to the file"
    )
    paths: dict[str, YearlyPath] = Field(
        {}, description="Yearly series that move the world from outside, by name"
    )
    events: tuple[Event, ...] = Field((), description="What happens, and when")

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Scenario:
        if info.context is None:
            tree = self.model_dump(exclude_none=True)
            found = list(problems(tree, read_pack(self.data_folder)))
            if found:
                details = [
                    InitErrorDetails(
                        type=PydanticCustomError("unsound", "{what}", {"what": what}),
                        loc=where,
                        input=value,
                    )
                    for where, value, what in found
                ]
                raise ValidationError.from_exception_data("Scenario", details)
        return self

    @property
    def end(self) -> dt.date:
        """Last day of the run."""
        return self.start + dt.timedelta(days=7 * self.weeks - 1)

    @property
    def left_out(self) -> tuple[Event, ...]:
        """Events after the last day: they stay in the scenario, and do not happen in the run."""
        return tuple(event for event in self.events if event.date > self.end)

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
            If anything is wrong: a line for each mistake, with file, key, value, unit
            and range.
        """
        scenario = cls._from_layers(read_layers(name_or_path, overrides))
        if scenario.left_out:
            log.warning(scenario._left_out_line())
        return scenario

    def _left_out_line(self) -> str:
        told = ", ".join(f"{event.name} ({event.date})" for event in self.left_out)
        count = f"{len(self.left_out)} of {len(self.events)} events"
        return f"{self.name}: {count} come after its end, {self.end}, and are left out: {told}"

    @classmethod
    def _from_layers(cls, reading: Reading) -> Scenario:
        """Make a scenario of what has been read, or tell everything that is wrong with it."""
        layers, told = reading.layers, reading.told
        if not layers:
            raise ScenarioError(*(mistake for _, mistake in told))
        found: list[Problem] = []
        try:
            tree = tree_of(reading, found)
        except RecursionError:
            raise explain([], cls, layers, [*told, deepest(layers)]) from None
        pack = None
        try:
            pack = read_pack(data_of(tree)) if reading.whole or "data" in tree else None
        except ScenarioError as error:
            label = origin(("data",), layers)[0] if "data" in tree else ""
            start = f"{label}: " if label else ""
            told = [*told, *((label, f"{start}{one}") for one in error.mistakes)]
        mistakes = as_mistakes([*found, *problems(tree, pack if reading.whole else None)])
        scenario = None
        try:
            text = json.dumps(in_weeks(tree), default=str)
            scenario = cls.model_validate_json(text, strict=True, context=FILES)
        except ValidationError as error:
            said = [*error.errors(include_url=False), *unknown_kinds(tree)]
            mistakes[:0] = [one for one in said if reading.whole or one["type"] != "missing"]
        if scenario is None or mistakes or told:
            raise explain(mistakes, cls, layers, told)
        return scenario

    def with_overrides(self, overrides: Overrides) -> Scenario:
        """Return a changed copy, checked anew; events in the overrides are added."""
        reading = Reading([Layer(self.name, self.to_file())])
        override_layer(overrides, reading)
        return self._from_layers(reading)

    def with_switches(self, **changes: bool) -> Scenario:
        """Return a copy with other mechanisms on or off."""
        return self.model_copy(update={"switches": self.switches.model_copy(update=changes)})

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
        return cls.model_validate_json(text, context=STORED)

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
    reading = Reading([Layer(label, content)])
    override_layer(overrides, reading)
    return Scenario._from_layers(reading)


def tree_of(reading: Reading, found: list[Problem]) -> dict[str, Any]:
    """Merge what has been read into one tree whose numbers of the register stand together."""
    tree: dict[str, Any] = {"parameters": {}}
    for key, value in merge(reading).items():
        (tree["parameters"] if key in SECTIONS else tree)[key] = value
    plainly: dict[str, Any] = plain(tree, (), found)
    return plainly


def deepest(layers: Sequence[Layer]) -> tuple[str, str]:
    """Say which layer's tables or lists stand too deep within each other."""
    for layer in layers:
        try:
            plain(layer.content, (), [])
        except RecursionError:
            return layer.label, f"{layer.label}: {TOO_DEEP}"
    return layers[-1].label, f"{layers[-1].label}: {TOO_DEEP}"


def as_mistakes(found: Iterable[Problem]) -> list[Mistake]:
    """Return problems as pydantic tells its mistakes."""
    return [
        {"loc": where, "input": value, "type": "unsound", "ctx": {"what": what}}
        for where, value, what in found
    ]
