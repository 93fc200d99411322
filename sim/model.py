"""The market as a Mesa model: makes a world, passes weeks, returns a run.

What happens in a week, and in which order, stands in ``sim.week``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mesa
import numpy as np

from sim import week as phases
from sim.agents import create_cast, update_cast
from sim.engine.streams import replicate_seed
from sim.network import Network
from sim.results.ledger import complain
from sim.results.recorder import Recorder
from sim.rules.best_effort import best_effort
from sim.run import Run
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world
from sim.setup.given import build_given
from sim.setup.inference import calibrate_reach
from sim.setup.roster import Roster
from sim.shocks.calendar import Calendar
from sim.world.codes import CLOCK, HALF_YEAR, OPTIMAL

PHASES = tuple(phase.__name__ for phase in phases.PHASES)


class TraffickingModel(mesa.Model):
    """Producers, pilots, gangs, cartels and agencies on a regional network.

    Every phase of the week is a method, named as in ``sim.week``. A subclass may
    override any of them, or ``step`` itself: ``run`` then passes week by week and
    phase by phase, which is slower and gives the same bits where nothing differs.

    Parameters
    ----------
    scenario : Scenario
        What the world is like and what happens to it.
    seed : int, optional
        Overrides the scenario's seed.
    replicate : int
        Number of the replicate; replicates of one seed differ in their luck only.

    Examples
    --------
    >>> from sim import Scenario, TraffickingModel
    >>> scenario = Scenario.load("baseline", ["weeks=4", "burn_in_weeks=0"])
    >>> run = TraffickingModel(scenario, seed=1).run()
    >>> sorted(run.tables)
    ['cartels', 'events', 'ledger', 'legs', 'markets', 'moves', 'pilots', 'places', 'territory']
    """

    scenario: Any = None  # Mesa 3.5 has a property of this name, which takes no scenario of ours

    def __init__(self, scenario: Scenario, *, seed: int | None = None, replicate: int = 0) -> None:
        self.base_seed = scenario.seed if seed is None else seed
        self.luck = replicate_seed(self.base_seed, replicate)
        super().__init__(rng=self.luck % 2**32)
        self.scenario, self.replicate = scenario, replicate
        self.week = -scenario.burn_in_weeks  # counted from the scenario's start
        self.network = Network.load(scenario.data_folder)
        self.roster = Roster.of(self.network)
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            self.world = build_world(scenario, self.network, self.luck)
            calibrate_reach(self.world, scenario.parameters)
        self.calendar = Calendar(scenario, self.network, self.world, self.roster)
        self.recorder = Recorder(scenario, self.network, self.world, self.roster)
        self.given = build_given(
            scenario,
            self.network,
            self.world,
            seed=self.luck,
            demand_factors=self.calendar.demand_factors(np.arange(self.week, scenario.weeks)),
            place_prices=self.recorder.prices,
            records=self.recorder.records,
            spare=self.recorder.spare,
        )
        create_cast(self)

    def step(self) -> None:
        """Advance the world by one week; nothing happens after the last."""
        if self.week < self.scenario.weeks:
            self._pass(1)

    def run(self, progress: Callable[[int], None] | None = None) -> Run:
        """Pass all weeks that are left, burn-in first, and return the run.

        Weeks pass in compiled stretches from event to event and year to year, unless a
        subclass has a phase or a step of its own.

        Parameters
        ----------
        progress : callable, optional
            Called with the number of weeks passed since its last call.
        """
        own_step = type(self).step is not TraffickingModel.step
        while self.week < self.scenario.weeks:
            first = self.week
            if own_step:
                self.step()
            else:
                self.steps += self._pass(self._stretch())
            if progress is not None:
                progress(self.week - first)
        return Run(
            scenario=self.scenario,
            network=self.network,
            tables=self.recorder.tables(self.replicate),
            manifest={"seed": self.base_seed, "replicate": self.replicate},
        )

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
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            if self._own_phases():
                for phase in PHASES:
                    getattr(self, phase)()
                passed = int(phases.books_close(self.given, self._clock))
            else:
                passed = phases.pass_weeks(self.world, self.given, self._clock, weeks)
        self.week += passed
        if passed < weeks:
            records = self.given.spare if self.week < 0 else self.given.records
            raise complain(self.week, records.ledger, max(self.week, 0))
        self.recorder.close_year(self.week - 1)
        update_cast(self)
        self.running = self.week < self.scenario.weeks
        return weeks

    def _own_phases(self) -> bool:
        """Say whether a subclass or the user has given this model a phase of its own."""
        return any(
            name in self.__dict__
            or getattr(type(self), name) is not getattr(TraffickingModel, name)
            for name in PHASES
        )

    def _put_events(self) -> None:
        """Put events that begin or end now into force, and place effort that knows all flows."""
        self.recorder.events += self.calendar.apply(self.week)
        if self.given.patrols == OPTIMAL and self._clock % HALF_YEAR == 0:
            legs, agencies = self.world.legs, self.world.agencies
            legs.effort[:] = best_effort(legs, agencies, self.scenario.parameters.interdiction)

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

    def open_week(self) -> None:
        """Clear the weekly accounts, and set demand."""
        self._do(phases.open_week)

    def grow(self) -> None:
        """Let growers and laboratories make this week's output."""
        self._do(phases.grow)

    def value_routes(self) -> None:
        """Value every place for every line, and choose routes."""
        self._do(phases.value_routes)

    def buy(self) -> None:
        """Move order books by their margins, price each zone, and buy from trusting producers."""
        self._do(phases.buy)

    def dispatch(self) -> None:
        """Load consignments; match those by air with pilots, or put them back in stock."""
        self._do(phases.dispatch)

    def interdict(self) -> None:
        """Decide the fate of every consignment, settle its costs, update congestion."""
        self._do(phases.interdict)

    def sell(self) -> None:
        """Bring in what is due, sell it in the end markets, and let traders expect."""
        self._do(phases.sell)

    def learn(self) -> None:
        """Update beliefs about every leg."""
        self._do(phases.learn)

    def contest_places(self) -> None:
        """Let gangs contest places, fight, recruit and set tolls."""
        self._do(phases.contest_places)

    def take_sides(self) -> None:
        """Let gangs choose patrons, be paid, and spend."""
        self._do(phases.take_sides)

    def invest(self) -> None:
        """Let cartels weigh projects, and close what has not paid for long."""
        self._do(phases.invest)

    def police(self) -> None:
        """Let agencies place effort by the scenario's rule."""
        self._do(phases.police)

    def close_books(self) -> None:
        """Take profits out, close the ledger and write the week down."""
        self._do(phases.close_books)
