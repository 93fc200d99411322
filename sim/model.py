"""The market as a Mesa model: makes a world, passes weeks, returns a run.

What happens in a week, and in which order, stands in ``sim.week``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim import week as phases
from sim.agents import create_cast, update_cast
from sim.engine.streams import name_key, replicate_seed
from sim.errors import ScenarioError
from sim.hooks import Hook, Hooks, Rule
from sim.network import Network
from sim.results.collector import WeeklyCollector
from sim.results.ledger import LedgerError, complain
from sim.results.recorder import Recorder
from sim.rules.best_effort import best_effort
from sim.run import Run
from sim.scenario.scenario import Scenario
from sim.seeds import base_seed, batch_iteration, whole_number
from sim.setup.begin import begin
from sim.setup.given import build_given
from sim.setup.paths import demand_moved, follow_paths
from sim.setup.roster import Roster
from sim.shocks.calendar import Calendar
from sim.world.codes import CLOCK, HALF_YEAR, OPTIMAL

PHASES = tuple(phase.__name__ for phase in phases.PHASES)


def as_method(phase: Callable[..., None]) -> Callable[[TraffickingModel], None]:
    """Make a phase of the week a method of the model, with the phase's docstring."""

    def method(self: TraffickingModel) -> None:
        self._do(phase)

    method.__name__, method.__doc__ = phase.__name__, phase.__doc__
    method.__qualname__ = f"TraffickingModel.{phase.__name__}"
    return method


class TraffickingModel(mesa.Model):
    """Producers, pilots, gangs, cartels and agencies on a regional network.

    Every phase of the week is a method, named as in ``sim.week``. A subclass may
    override any of them, or ``step`` itself, and ``before`` and ``after`` add rules to
    a phase: ``run`` then passes week by week and phase by phase, which is slower and
    gives the same bits where nothing differs.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What the world is like and what happens to it; or a name in the library, or the
        path of a file.
    seed : int, optional
        Overrides the scenario's seed, 0 to 2^63-1.
    replicate : int, optional
        Number of the replicate; replicates of one seed differ in their luck only. Left
        out, it is 0, and the number of the iteration in Mesa's ``batch_run`` where
        ``seed`` and ``rng`` are left out, too.
    rng : int, sequence of int, numpy SeedSequence or Generator, optional
        The seed as Mesa and numpy pass it: in place of ``seed``. A generator is drawn
        from once.
    hooks : iterable of (when, phase, function)
        Rules of your own: as ``before`` and ``after`` add them one by one.

    Attributes
    ----------
    datacollector : mesa.DataCollector
        Weekly numbers, see ``sim.results.collector.WeeklyCollector``. Yours may take its
        place; ``step`` lets it collect unless your class has a ``step`` of its own.

    Raises
    ------
    ScenarioError
        If the scenario, a seed, the replicate or a hook is none.

    Examples
    --------
    >>> from sim import Scenario, TraffickingModel
    >>> scenario = Scenario.load("baseline", ["weeks=4", "burn_in_weeks=0"])
    >>> run = TraffickingModel(scenario, seed=1).run()
    >>> sorted(run.tables)
    ['cartels', 'events', 'exchanges', 'ledger', 'legs', 'markets', 'moves', 'ownership', \
'pilots', 'places', 'purchases', 'territory', 'trades']
    """

    running: bool
    scenario: Any = None  # Mesa 3.5 has a property of this name, which takes no scenario of ours

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        seed: int | None = None,
        replicate: int | None = None,
        rng: Any = None,
        hooks: Iterable[Hook] = (),
    ) -> None:
        scenario = read_scenario(scenario)
        if replicate is None:
            replicate = batch_iteration() if seed is None and rng is None else 0
        self.base_seed = base_seed(scenario.seed, seed, rng)
        self.replicate = whole_number("replicate", replicate)
        self.luck = replicate_seed(self.base_seed, self.replicate)
        self._hooks = Hooks(PHASES, hooks)
        self._agents_numbered = self._weeks_ahead = 0
        super().__init__(rng=self.luck % 2**32)
        self.scenario = scenario
        self.week = -scenario.burn_in_weeks  # counted from the scenario's start
        self.network = Network.of(scenario)
        self.roster = Roster.of(self.network)
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            self.world = begin(scenario, self.network)
        self.calendar = Calendar(scenario, self.network, self.world, self.roster)
        self.recorder = Recorder(scenario, self.network, self.world, self.roster)
        weeks = np.arange(self.week, scenario.weeks)
        given = build_given(
            scenario,
            self.network,
            self.world,
            seed=self.luck,
            demand_factors=demand_moved(scenario, self.network, weeks)
            * self.calendar.demand_factors(weeks),
            place_prices=self.recorder.prices,
            records=self.recorder.records,
        )
        paths = follow_paths(scenario, self.network, self.world, weeks)
        self.given = replace(given, paths=paths)
        create_cast(self)
        self._collector = WeeklyCollector(self.network, self.world, self.recorder)
        self.datacollector: mesa.DataCollector = self._collector

    def step(self) -> None:
        """Advance the world by one week, and collect it; nothing happens after the last."""
        if self._weeks_ahead:  # run() has passed this week: only Mesa's clock moves
            self._weeks_ahead -= 1
        elif self.week < self.scenario.weeks:
            self._pass(1)
            if self.datacollector is self._collector or not self._own_step():
                self.datacollector.collect(self)

    def run(self, progress: Callable[[int], None] | None = None, *, collect: bool = False) -> Run:
        """Pass all weeks that are left, burn-in first, and return the run.

        Weeks pass in compiled stretches from event to event and year to year, unless
        the model has a phase, a step, a hook or a data collector of its own. A model
        whose ``running`` is set to False stops after that week.

        Parameters
        ----------
        progress : callable, optional
            Called with the number of weeks passed since its last call.
        collect : bool
            Pass week by week and collect all of each week. Else ``datacollector`` has
            the weekly numbers of the markets only, and none of the burn-in.
        """
        while self.running and self.week < self.scenario.weeks:
            first = self.week
            if collect or self._own_step() or self.datacollector is not self._collector:
                self.step()
            else:
                self._weeks_ahead = self._pass(self._stretch())
                self._collector.catch_up(first, self.week)
                while self._weeks_ahead:
                    self.step()
            if progress is not None:
                progress(self.week - first)
        return Run(
            scenario=self.scenario,
            network=self.network,
            tables=self.recorder.tables(self.replicate),
            manifest=self.manifest(),
        )

    def manifest(self) -> dict[str, Any]:
        """Return what a result says of this model: luck, rules of the user's, events left out."""
        left_out = [f"{event.name} ({event.date})" for event in self.scenario.left_out]
        facts = {"hooks": self._hooks.names, "left_out": left_out}
        told = {name: value for name, value in facts.items() if value}
        return {"seed": self.base_seed, "replicate": self.replicate, **told}

    def before(self, phase: str, rule: Rule) -> None:
        """Call ``rule(model, week)`` every week before a phase, burn-in included.

        Parameters
        ----------
        phase : str
            One of the thirteen phases of ``sim.week``, such as ``"buy"``.
        rule : callable
            Takes this model and the week, counted from the scenario's start. It may read
            and write ``model.world``; for luck it should ask ``model.generator``.

        Raises
        ------
        ScenarioError
            If there is no such phase or the rule cannot be called.
        """
        self._hooks.add("before", phase, rule)

    def after(self, phase: str, rule: Rule) -> None:
        """Call ``rule(model, week)`` every week after a phase; see ``before``."""
        self._hooks.add("after", phase, rule)

    def generator(self, stream: str, row: str | int = 0) -> np.random.Generator:
        """Return a generator for this week's luck of one thing, for rules of your own.

        It is keyed by the model's seed, the name of the stream, the week and the row:
        the same key gives the same numbers in every process and in any order of calls,
        and no stream disturbs another or the model's own.

        Parameters
        ----------
        stream : str
            Name of the decision, such as ``"port strikes"``.
        row : str or int
            Who decides: an id, or a number that does not depend on who else is there.

        Examples
        --------
        >>> from sim import TraffickingModel
        >>> model = TraffickingModel("baseline", seed=1)
        >>> one, two = (model.generator("strikes", "EU_ANTWERP").random() for _ in range(2))
        >>> one == two
        True
        """
        key = name_key(row) if isinstance(row, str) else whole_number("row", row)
        kind = int(isinstance(row, str))
        return np.random.default_rng([self.luck, name_key(stream), self._clock, kind, key])

    def register_agent(self, agent: Any) -> None:
        """Add an agent, one of the user's own too, and give it the next number.

        Mesa 3.3 counts by class, so numbers could stand twice, and in a dictionary
        that would keep every finished model in memory, some 27 MB a run. Later
        versions count as this does.
        """
        if agent in self.agents:
            return
        super().register_agent(agent)
        self._agents_numbered += 1
        agent.unique_id = self._agents_numbered
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def reset_rng(self, rng: Any = None) -> None:
        """Begin ``model.rng`` anew: from where it began, or from what is given.

        Only agents and rules of your own that draw from it are concerned. The luck of
        the market is keyed by seed, stream, week and row, and cannot be reset.
        """
        super().reset_rng(self.luck % 2**32 if rng is None else rng)

    def reset_randomizer(self, seed: int | None = None) -> None:
        """Begin ``model.random`` anew; as ``reset_rng``."""
        self.random.seed(self.luck % 2**32 if seed is None else seed)

    def _own_step(self) -> bool:
        return type(self).step is not TraffickingModel.step

    def _stretch(self) -> int:
        """Return the weeks until something outside the market happens."""
        if self._own_phases():
            return 1
        stop = min(self.calendar.next_change(self.week), self.recorder.next_stop(self.week))
        if self.given.patrols == OPTIMAL:
            stop = min(stop, self.week + HALF_YEAR - self._clock % HALF_YEAR)
        return min(stop, self.scenario.weeks) - self.week

    def _pass(self, weeks: int) -> int:
        """Pass some weeks between which nothing comes from outside; return how many."""
        self._put_events()
        own = self._own_phases()
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            if own:
                passed = self._pass_phases()
            else:
                passed = phases.pass_weeks(self.world, self.given, self._clock, weeks)
        self.week += passed
        if passed < weeks:
            raise self._complain(own)
        self.recorder.close_year(self.week - 1)
        update_cast(self)
        self.running = self.running and self.week < self.scenario.weeks
        return weeks

    def _pass_phases(self) -> int:
        """Pass one week phase by phase, with rules before and after; return 1 if it closed."""
        self._do(phases.begin_week)
        for phase in PHASES:
            self._hooks.call("before", phase, self)
            getattr(self, phase)()
            self._hooks.call("after", phase, self)
        self._do(phases.end_week)
        return int(phases.books_close(self.given, self._clock))

    def _complain(self, own: list[str]) -> LedgerError:
        """Return the error of this week, whose books do not close."""
        records = self.given.spare if self.week < 0 else self.given.records
        return complain(self.week, records.ledger, max(self.week, 0), own)

    def _own_phases(self) -> list[str]:
        """Name the phases and rules that are not the model's own but a subclass's or user's."""
        return [
            name
            for name in PHASES
            if name in self.__dict__
            or getattr(type(self), name) is not getattr(TraffickingModel, name)
        ] + self._hooks.names

    def _put_events(self) -> None:
        """Put events that begin or end now into force, and place effort that knows all flows."""
        self.recorder.events += self.calendar.apply(self.week)
        if self.given.patrols == OPTIMAL and self._clock % HALF_YEAR == 0:
            legs, agencies = self.world.legs, self.world.agencies
            legs.effort[:] = best_effort(legs, agencies, self.scenario.parameters.interdiction)

    # The phases, each a method that a subclass may override.
    open_week = as_method(phases.open_week)
    grow = as_method(phases.grow)
    value_routes = as_method(phases.value_routes)
    buy = as_method(phases.buy)
    dispatch = as_method(phases.dispatch)
    interdict = as_method(phases.interdict)
    sell = as_method(phases.sell)
    learn = as_method(phases.learn)
    contest_places = as_method(phases.contest_places)
    take_sides = as_method(phases.take_sides)
    invest = as_method(phases.invest)
    police = as_method(phases.police)
    close_books = as_method(phases.close_books)

    @property
    def _clock(self) -> int:
        """Week counted from a fixed past, so that draws and slots never see a negative one."""
        return self.week + CLOCK

    @property
    def organisations(self) -> list[str]:
        """Ids of all organisations, in the order of the arrays."""
        return self.roster.names

    def _do(self, phase: Callable[..., None]) -> None:
        """Run one compiled phase of this week."""
        phase(self.world, self.given, self._clock)


def read_scenario(given: Scenario | str | Path) -> Scenario:
    """Return the scenario itself, or the one behind a name or path."""
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str | Path):
        return Scenario.load(given)
    raise ScenarioError(
        f"scenario: {given!r:.60} is neither a Scenario nor the name or path of one"
    )
