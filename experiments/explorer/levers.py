"""What can be changed in a world, and the changed world.

Every change but one is spelt as ``--set`` has it, so that a wrong value is refused in the
words of the command line. The exception: events and paths that are switched off leave the
scenario, which no setting can say.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.errors import ScenarioError
from sim.network import Network
from sim.parameters.registry import Entry, register
from sim.scenario.event_kinds import Raid
from sim.scenario.scenario import Scenario

AS_IT_IS = "as the scenario says"
EVERYWHERE = "every market"
RULES = ("fixed", "random", "adaptive", "optimal")
RAID_KG = 300.0  # bulk, a load of a light aircraft; as far as it is there
RAID_KILLED, RAID_ARRESTED = 1, 2


@dataclass(frozen=True)
class Standing:
    """What becomes of one organisation: barred, held or let in, and its wealth."""

    organisation: str
    place: str = AS_IT_IS  # or 'allowed', 'barred', 'held'
    market: str = EVERYWHERE
    capital_usd_m: str = ""  # as typed; empty, as it is


@dataclass(frozen=True)
class Changes:
    """What a reader has changed.

    Attributes
    ----------
    numbers : dict
        Values of the register by name, as typed.
    agencies : str
        How agencies place effort, or ``AS_IT_IS``.
    standing : Standing, optional
    off : tuple of int
        Events of the base that do not happen, by position.
    still : tuple of str
        Yearly paths that are switched off, by name.
    raids : tuple of (place, day)
        Raids that are added.
    lines : tuple of str
        Other changes, each ``key=value``.
    """

    numbers: dict[str, str] = field(default_factory=dict)
    agencies: str = AS_IT_IS
    standing: Standing | None = None
    off: tuple[int, ...] = ()
    still: tuple[str, ...] = ()
    raids: tuple[tuple[str, dt.date], ...] = ()
    lines: tuple[str, ...] = ()


def levers() -> tuple[Entry, ...]:
    """Return the numbers of the register that a policy or an experiment sets."""
    return tuple(entry for entry in register() if entry.role == "lever")


def value_of(scenario: Scenario, name: str) -> float:
    """Return the value that a scenario has of a number of the register."""
    section, _, key = name.partition(".")
    return float(getattr(getattr(scenario.parameters, section), key))


def help_of(entry: Entry) -> str:
    """Return what a control's help says: name, range, unit, source.

    Examples
    --------
    >>> help_of(next(e for e in levers() if e.name == "demand.us_growth_per_year"))
    'demand.us_growth_per_year: -0.2 to 0.2 1/year. Source: assumed.'
    """
    span = f"{entry.low:g} to {entry.high:g}{'' if entry.unit == '1' else f' {entry.unit}'}"
    return f"{entry.name}: {span}. Source: {entry.source}."


def settings(base: Scenario, changes: Changes) -> list[str]:
    """Return changes as ``--set`` has them."""
    found = [f"{name}={changes.numbers[name]}" for name in changes.numbers]
    if changes.agencies != AS_IT_IS:
        found.append(f'agencies="{changes.agencies}"')
    if changes.standing is not None:
        found += standing_settings(base, changes.standing)
    found += [raid_setting(base, place, day) for place, day in changes.raids]
    return [*found, *changes.lines]


def standing_settings(base: Scenario, standing: Standing) -> list[str]:
    """Return what becomes of an organisation, as ``--set`` has it."""
    who, found = standing.organisation, []
    bar = who if standing.market == EVERYWHERE else f"{who}:{standing.market}"
    if standing.place == "allowed":
        kept = [one for one in base.barred if one.partition(":")[0] != who]
        found.append(f"barred={quoted(kept)}")
    elif standing.place in ("barred", "held"):
        there = getattr(base, standing.place)
        found.append(f"{standing.place}={quoted(dict.fromkeys((*there, bar)))}")
    if standing.capital_usd_m.strip():
        found.append(f"organisations.{who}.capital_usd_m={standing.capital_usd_m.strip()}")
    return found


def quoted(words: Sequence[str] | dict[str, None]) -> str:
    """Return words as a list in TOML."""
    return json.dumps(list(words), ensure_ascii=False)


def raid_setting(base: Scenario, place: str, day: dt.date) -> str:
    """Return a raid on a place as ``--set`` has it: on whoever has most to do with it."""
    owner, gang = whom_it_hits(base, place)
    facts = {
        "kind": "raid",
        "name": f"Raid on {place}",
        "place": place,
        "organisation": owner,
        "gang": gang,
        "kg": RAID_KG,
        "killed": RAID_KILLED,
        "arrested": RAID_ARRESTED,
        "source": "assumed: added in the explorer",
    }
    spelt = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return f"events=[{{ date = {day.isoformat()}, {', '.join(spelt)} }}]"


def whom_it_hits(base: Scenario, place: str) -> tuple[str, str]:
    """Return the cartel and the gang that a raid on a place hits.

    The largest gang that the data put there, and the cartel that it works for; without a
    gang there, the largest of all. A gang that works for nobody hands over the load of the
    cartel with most capital.
    """
    table = Network.of(base).organisations
    gangs = table[(table["kind"] != "cartel") & table["members"].notna()]
    there = gangs[gangs["places"].astype(str).str.split(";").map(lambda held: place in held)]
    gang = (there if len(there) else gangs).sort_values("members").iloc[-1]
    traders = table[table["kind"] != "gang"].sort_values("capital_usd_m")
    known = set(traders["id"])
    patron = str(gang["affiliation"])
    return (patron if patron in known else str(traders["id"].iloc[-1])), str(gang["id"])


def changed(base: Scenario, changes: Changes) -> Scenario:
    """Return the changed world.

    Raises
    ------
    ScenarioError
        If a value is wrong: as the command line says it.
    """
    found = base.with_overrides(settings(base, changes))
    events = tuple(e for k, e in enumerate(found.events) if k not in changes.off)
    paths = {name: path for name, path in found.paths.items() if name not in changes.still}
    name = found.name if found.name != base.name else f"{base.name}, changed"
    return found.model_copy(update={"events": events, "paths": paths, "name": name})


def raid_allowed(base: Scenario, place: str, day: dt.date) -> str:
    """Return why no raid can be added to a place, or nothing if it can."""
    try:
        base.with_overrides([raid_setting(base, place, day)])
    except ScenarioError as error:
        return str(error)
    return ""


def raids_of(scenario: Scenario) -> list[Raid]:
    """Return the raids of a scenario."""
    return [event for event in scenario.events if isinstance(event, Raid)]
