"""One order of the week, whichever way it is passed: at once, step by step, overridden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from scenarios import library
from sim.model import TraffickingModel
from sim.run import Run
from sim.scenario.event_kinds import KINDS
from sim.scenario.scenario import Scenario
from sim.week import PHASES

BURN_IN, WEEKS = 4, 9
PHASE_NAMES = [phase.__name__ for phase in PHASES]
EXAMPLES = {
    "raid": 'place = "PE_PASCO", organisation = "MX_SINALOA", gang = "BO_AFFILIATE", kg = 270, '
    "killed = 1, detained = 1, arrested = 2",
    "campaign": 'factor = 3.0, places = ["PE_VRAEM"], weeks = 3',
    "law": 'factor = 2.0, death_prob = 0.9, agencies = ["AG_PE"]',
    "airstrips": 'factor = 0.1, places = ["PE_VRAEM"], weeks = 3',
    "eradication": 'factor = 0.5, places = ["PE_VRAEM"]',
    "supply": 'factor = 2.0, places = ["CO_META"], weeks = 3',
    "demand": 'factor = 2.0, market = "MK_EU", over_weeks = 4',
    "entry": 'organisation = "MX_SINALOA", market = "MK_EU", permitted = false',
    "decapitation": 'organisation = "MX_SINALOA", dissolves = true',
    "presence": 'organisation = "CO_FARC", present = false',
    "port_controls": 'factor = 3.0, places = ["BR_SANTOS"], weeks = 3',
    "truce": "factor = 0.0, weeks = 3",
    "trust": 'organisation = "IT_NDRANGHETA", places = ["BR_SANTOS"], change = 0.5, weeks = 3',
}


def with_event(kind: str) -> Scenario:
    """Return a short baseline in which one event happens in its fourth week."""
    event = f'events=[{{ kind = "{kind}", name = "x", date = 2010-01-25, {EXAMPLES[kind]} }}]'
    return Scenario.load("baseline", [f"weeks={WEEKS}", f"burn_in_weeks={BURN_IN}", event])


def squeezed(name: str) -> Scenario:
    """Return a scenario of the library with its whole calendar inside a few weeks."""
    scenario = Scenario.load(name)
    events = []
    for k, event in enumerate(scenario.events):
        change: dict[str, Any] = {"date": scenario.start + dt.timedelta(weeks=1 + k % (WEEKS - 2))}
        if getattr(event, "weeks", None):
            change["weeks"] = 3
        events.append(event.model_copy(update=change))
    short = {"events": tuple(events), "weeks": WEEKS, "burn_in_weeks": BURN_IN}
    return scenario.model_copy(update=short)


def stepped(scenario: Scenario, kind: type[TraffickingModel] = TraffickingModel) -> Run:
    model = kind(scenario, seed=3)
    while model.week < scenario.weeks:
        model.step()
    return model.run()


def differing(one: Run, other: Run) -> Sequence[str]:
    return [name for name in one.tables if not one.tables[name].equals(other.tables[name])]


@pytest.mark.parametrize("name", library())
def test_single_steps_of_every_shipped_scenario_leave_the_tables_of_its_run(name: str) -> None:
    scenario = squeezed(name)
    at_once = TraffickingModel(scenario, seed=3).run()
    assert len(at_once.tables["events"]) == len(scenario.events)
    assert differing(at_once, stepped(scenario)) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_single_steps_through_every_kind_of_event_leave_the_tables_of_the_run(kind: str) -> None:
    scenario = with_event(kind)
    at_once = TraffickingModel(scenario, seed=3).run()
    assert list(at_once.tables["events"]["kind"]) == [kind]
    assert differing(at_once, stepped(scenario)) == []
    none = scenario.model_copy(update={"events": ()})
    assert differing(at_once, TraffickingModel(none, seed=3).run()) != []


@pytest.mark.parametrize("agencies", ["random", "adaptive", "optimal"])
def test_single_steps_under_every_policy_leave_the_tables_of_the_run(agencies: str) -> None:
    short = ["weeks=30", f"burn_in_weeks={BURN_IN}", f"agencies={agencies}"]
    scenario = Scenario.load("baseline", short)
    assert differing(TraffickingModel(scenario, seed=3).run(), stepped(scenario)) == []


@pytest.mark.parametrize("phase", PHASE_NAMES)
def test_a_phase_of_ones_own_is_honoured_by_run_and_leaves_all_else_as_it_was(phase: str) -> None:
    scenario = with_event("raid")
    weeks = []

    def own(self: TraffickingModel) -> None:
        weeks.append(self.week)
        getattr(TraffickingModel, phase)(self)

    kind = type("Own", (TraffickingModel,), {phase: own})
    run = kind(scenario, seed=3).run()
    assert weeks == list(range(-BURN_IN, WEEKS))
    assert differing(run, TraffickingModel(scenario, seed=3).run()) == []


class NoPurchases(TraffickingModel):
    """Nobody buys."""

    def buy(self) -> None:
        """Leave the order books shut."""


def test_a_phase_that_does_nothing_does_nothing() -> None:
    run = NoPurchases(with_event("raid"), seed=3).run()
    assert run.tables["cartels"]["bought_kg"].sum() == 0.0


def test_a_phase_set_on_one_model_is_honoured() -> None:
    model, calls = TraffickingModel(with_event("law"), seed=3), []
    usual = model.grow
    model.grow = lambda: (calls.append(model.week), usual())[1]  # type: ignore[method-assign]
    run = model.run()
    assert calls == list(range(-BURN_IN, WEEKS))
    assert differing(run, TraffickingModel(with_event("law"), seed=3).run()) == []


class Patient(TraffickingModel):
    """Counts its own steps."""

    weeks_seen = 0

    def step(self) -> None:
        """Pass a week and count it."""
        self.weeks_seen += 1
        super().step()


def test_a_step_of_ones_own_is_honoured_by_run() -> None:
    model = Patient(with_event("raid"), seed=3)
    run = model.run()
    assert model.weeks_seen == model.steps == BURN_IN + WEEKS
    assert differing(run, TraffickingModel(with_event("raid"), seed=3).run()) == []


def test_a_law_changes_the_risk_of_pilots_and_no_number_of_the_register() -> None:
    scenario = with_event("law")
    model = TraffickingModel(scenario, seed=3)
    usual = scenario.parameters.interdiction.death_prob
    assert (model.world.air.death_prob == usual).all()
    model.run()
    assert (model.world.air.death_prob == 0.9).all()
    assert model.given.numbers.interdiction.death_prob == usual
    assert scenario.parameters.interdiction.death_prob == usual
    assert (TraffickingModel(scenario, seed=3).world.air.death_prob == usual).all()


def test_pilots_fly_less_under_a_law_that_kills() -> None:
    law, none = with_event("law"), with_event("law").model_copy(update={"events": ()})
    risk = [TraffickingModel(s, seed=3) for s in (law, none)]
    for model in risk:
        model.run()
    assert (risk[0].world.air.risk > 2.0 * risk[1].world.air.risk).any()
    assert np.isfinite(risk[0].world.air.risk).all()
