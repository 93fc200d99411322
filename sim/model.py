"""HOW A WEEK PASSES: the market as a Mesa model.

``TraffickingModel.step`` is the whole story in a dozen calls. Each hands the
arrays behind the agents to one compiled rule of ``sim.rules``; nothing is
decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import mesa
import numpy as np

from sim.agents import create_cast, update_cast
from sim.allocation import best_effort
from sim.build import MARKET_FIELDS, build_world, calibrate_reach
from sim.events import Calendar
from sim.ledger import balance, closes, complain, opening
from sim.network import Network
from sim.organisations import Roster
from sim.record import Run
from sim.recorder import CLOCK, Recorder, clear, note
from sim.rules.belief import learn
from sim.rules.contests import contest_week, invest, take_sides
from sim.rules.dispatch import dispatch
from sim.rules.finance import withdraw
from sim.rules.flying import ground_the_rest, match_pilots, move_careers
from sim.rules.interdiction import interdict, patrol
from sim.rules.netback import congest, value_routes
from sim.rules.ordering import place_orders
from sim.rules.policing import HALF_YEAR, MODES, OPTIMAL, police
from sim.rules.pricing import arrive, expect, sell
from sim.rules.production import produce
from sim.rules.purchase import buy, price_zones
from sim.rules.territory import watch_places
from sim.scenario import Scenario
from sim.state import Counter
from sim.streams import replicate_seed
from sim.week import Flags, Numbers, Records, Work, pass_weeks


class TraffickingModel(mesa.Model):
    """Producers, pilots, gangs, cartels and agencies on a regional network.

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

    # Mesa 3.5 has a property of this name, which would write to the scenario, and sets one
    # of its own on the way: a plain attribute hides the first and is set after the second.
    scenario: Scenario = cast(Scenario, None)

    def __init__(self, scenario: Scenario, *, seed: int | None = None, replicate: int = 0) -> None:
        self.base_seed = scenario.seed if seed is None else seed
        self.luck = replicate_seed(self.base_seed, replicate)
        super().__init__(rng=self.luck % 2**32)
        self.scenario, self.replicate = scenario, replicate
        self.network = Network.load(scenario.data_folder)
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            self.world = build_world(scenario, self.network, self.luck)
            calibrate_reach(self.world, scenario.parameters)
        self.week = -scenario.burn_in_weeks  # counted from the scenario's start
        self.roster = Roster.of(self.network)
        self.calendar = Calendar(scenario, self.network, self.world, self.roster)
        self.recorder = Recorder(scenario, self.network, self.world, self.roster)
        self._prepare()
        create_cast(self)

    def _prepare(self) -> None:
        """Turn parameters into records once, and make work arrays and demand paths."""
        p, w = self.scenario.parameters, self.world
        self.numbers = Numbers(*(getattr(p, name).record() for name in Numbers._fields))
        self.flags = Flags(*(getattr(self.scenario.switches, name) for name in Flags._fields))
        n_lines, n_zones = w.lines.zone_order_kg.shape
        counter = Counter(
            np.zeros((n_zones, n_lines), np.int64), np.zeros(n_zones, np.int64), np.zeros(n_zones),
            np.zeros((len(w.producers.zone), n_lines)), np.zeros((n_lines, n_zones)),
        )  # fmt: skip
        patrols = MODES.index(self.scenario.agencies)
        self._work = Work(counter, w.legs.effort.copy(), patrols, opening(w))
        self._records = Records(self.recorder.prices, **self.recorder.records)
        self._spare = Records(self.recorder.prices, **self.recorder.spare)
        weeks = np.maximum(np.arange(self.week, self.scenario.weeks), 0)
        years = self.scenario.start.year + weeks / 52.1775 - p.demand.growth_from_year
        growth = [getattr(p.demand, f"{MARKET_FIELDS.get(m, 'rest')}_growth_per_year")
                  for m in self.network.markets]  # fmt: skip
        path = np.exp(np.maximum(years, 0.0)[:, None] * np.array(growth))
        passing = np.arange(self.week, self.scenario.weeks)
        self._demand_kg = path * w.markets.first_demand_kg * self.calendar.demand_factors(passing)

    def step(self) -> None:
        """Advance the world by one week.

        Beliefs move last: a seizure this week changes routes next week, never
        this one.
        """
        self.open_week()  # events due now, demand of the year
        self.grow()  # capacity follows the local price; output joins stock
        self.value_routes()  # what a kilogram is worth at every place, for every line
        self.buy()  # order books move by their margin; bids meet stocks at the farm gate
        self.dispatch()  # whole consignments leave, by air if a pilot flies
        self.interdict()  # seized, crashed or through, and who pays
        self.sell()  # what arrived is sold; markets set their price
        self.learn()  # evidence fades, this week's is added
        self.contest_places()  # gangs fight over places, recruit, set tolls
        self.take_sides()  # gangs choose patrons
        self.invest()  # cartels open corridors and markets, or give them up
        self.police()  # agencies move effort
        self.close_books()  # owners take profits out; kilograms and dollars must close
        self.week += 1

    def run(self, progress: Callable[[int], None] | None = None) -> Run:
        """Pass all weeks that are left, burn-in first, and return the run.

        Weeks pass in compiled stretches from event to event and year to year, to
        the same bits as single steps.

        Parameters
        ----------
        progress : callable, optional
            Called with the number of weeks passed since its last call.
        """
        with np.errstate(over="ignore"):  # the hash of the draws wraps around by design
            while self.week < self.scenario.weeks:
                passed = self._pass_stretch()
                if progress is not None:
                    progress(passed)
        return Run(
            scenario=self.scenario,
            network=self.network,
            tables=self.recorder.tables(self.replicate),
            manifest={"seed": self.base_seed, "replicate": self.replicate},
        )

    def _pass_stretch(self) -> int:
        """Pass the weeks to the next event or year in one compiled call."""
        self._put_events()
        stop = min(self.calendar.next_change(self.week), self.recorder.next_stop(self.week))
        if self._work.patrols == OPTIMAL:
            stop = min(stop, self.week + HALF_YEAR - self._clock % HALF_YEAR)
        weeks = min(stop, self.scenario.weeks) - self.week
        records, row, stride = self._row()
        demand = self._demand_kg[self._path_row :][:weeks]
        closed = pass_weeks(self.world, weeks, self._clock, row, stride, demand, self.numbers,
                            self.flags, self._work, records, self.luck)  # fmt: skip
        if closed < weeks:
            raise complain(self.week + closed, records.ledger[row + closed * stride])
        self.week += weeks
        self.steps += weeks
        self.recorder.close_year(self.week - 1)
        update_cast(self)
        return weeks

    def _row(self) -> tuple[Records, int, int]:
        """Return where this week is written down; the burn-in writes over one row."""
        return (self._spare, 0, 0) if self.week < 0 else (self._records, self.week, 1)

    def _put_events(self) -> None:
        """Put events that begin or end now into force."""
        for happened in self.calendar.apply(self.week):
            self.recorder.events.append(happened)
        self.numbers.interdiction.death_prob = self.calendar.death_prob
        if self._work.patrols == OPTIMAL and self._clock % HALF_YEAR == 0:
            w = self.world
            w.legs.effort[:] = best_effort(
                w.legs, w.agencies, self.scenario.parameters.interdiction
            )

    def open_week(self) -> None:
        """Clear the weekly accounts, put due events into force, set demand."""
        clear(self.world.week, self.world.cartels)
        self._put_events()
        self.world.markets.demand_kg[:] = self._demand_kg[self._path_row]

    def grow(self) -> None:
        """Let growers and laboratories make this week's output."""
        w = self.world
        produce(w.producers, w.zones, w.books, self.numbers.production)

    def value_routes(self) -> None:
        """Value every place for every line, and choose routes."""
        w = self.world
        value_routes(w.graph, w.legs, w.lines, w.cartels, w.markets, w.air, self.numbers.routing,
                     self.numbers.flying.aircraft_usd)  # fmt: skip

    def buy(self) -> None:
        """Move order books by their margins, price each zone, and buy from trusting producers."""
        w, p = self.world, self.numbers
        place_orders(w.lines, w.zones, w.cartels, p.ordering, self.flags.saturation)
        price_zones(w.graph, w.lines, w.producers, w.zones, p.production, p.ordering.normal_margin)
        buy(w.graph, w.lines, w.week, w.cartels, w.producers, w.zones, p.production,
            self._work.counter)  # fmt: skip

    def dispatch(self) -> None:
        """Load consignments; match those by air with pilots, or put them back in stock."""
        w, seed, now = self.world, self.luck, self._clock
        dispatch(w.graph, w.legs, w.lines, w.consignments, self.numbers.routing, seed, now)
        match_pilots(w.legs, w.lines, w.pilots, w.gangs, w.air, w.consignments, self.numbers.flying,
                     seed, now, self.flags.pilot_threshold)  # fmt: skip
        ground_the_rest(w.graph, w.lines, w.air, w.legs, w.consignments)
        move_careers(w.pilots, w.air, self.numbers.flying, seed, now)

    def interdict(self) -> None:
        """Decide the fate of every consignment, settle its costs, update congestion."""
        w = self.world
        patrol(w.legs, self.numbers.interdiction)
        interdict(w.graph, w.legs, w.lines, w.week, w.cartels, w.markets, w.pilots, w.air, w.gangs,
                  w.agencies, w.consignments, w.books, self.numbers.interdiction,
                  self.numbers.flying, self.luck, self._clock)  # fmt: skip
        congest(w.legs, w.week, self.numbers.routing, self.flags.congestion)

    def sell(self) -> None:
        """Bring in what is due, sell it in the end markets, and let traders expect."""
        w = self.world
        arrive(w.graph, w.lines, w.week, w.markets, self._clock)
        sell(w.graph, w.lines, w.week, w.cartels, w.markets, w.books, self.numbers.market)
        expect(w.lines, w.week, w.markets, self.numbers.market)

    def learn(self) -> None:
        """Update beliefs about every leg."""
        w, switches = self.world, self.flags
        numbers = self.numbers.interdiction
        fate = numbers.death_prob + self.numbers.flying.liberty_share * numbers.detention_prob
        learn(w.legs, w.week, w.cartels, w.air, self.numbers.learning, fate, switches.learning,
              switches.salience)  # fmt: skip

    def contest_places(self) -> None:
        """Let gangs contest places, fight, recruit and set tolls."""
        w, p = self.world, self.numbers
        watch_places(w.week, w.cartels, w.territory)
        contest_week(w.graph, w.cartels, w.gangs, w.territory, w.books, w.moves, p.territory,
                     p.expansion, self.flags, self.luck, self._clock)  # fmt: skip

    def take_sides(self) -> None:
        """Let gangs choose patrons, be paid, and spend."""
        w, p = self.world, self.numbers
        take_sides(w.cartels, w.gangs, w.week, w.territory, w.books, w.moves, p.routing,
                   p.affiliation, p.expansion, self.flags, self._clock)  # fmt: skip

    def invest(self) -> None:
        """Let cartels weigh projects, and close what has not paid for long."""
        w = self.world
        invest(w.graph, w.legs, w.lines, w.cartels, w.gangs, w.markets, w.zones, w.air,
               w.territory, w.books, w.moves, self.numbers, self.flags, self.luck,
               self._clock)  # fmt: skip

    def police(self) -> None:
        """Let agencies place effort by the scenario's rule."""
        w = self.world
        police(w.legs, w.week, w.agencies, self._work.first_effort, self.numbers.interdiction,
               self._work.patrols, self.luck, self._clock)  # fmt: skip

    def close_books(self) -> None:
        """Take profits out, close the ledger and write the week down."""
        w = self.world
        withdraw(w.lines, w.week, w.cartels, w.books, self.numbers.ordering)
        records, row, _ = self._row()
        balance(w.lines, w.cartels, w.producers, w.pilots, w.gangs, w.books,
                self._work.opening_usd, records.ledger[row])  # fmt: skip
        note(row, w.lines, w.week, w.cartels, w.markets, w.zones, w.producers, w.pilots, w.air,
             w.graph, w.territory.fights, records.prices, records.markets, records.lines,
             records.places, records.air)  # fmt: skip
        if not closes(records.ledger[row], self._work.opening_usd):
            raise complain(self.week, records.ledger[row])
        self.recorder.close_year(self.week)
        update_cast(self)

    @property
    def _path_row(self) -> int:
        """Row of this week in the demand path, which begins with the burn-in."""
        return self.week + self.scenario.burn_in_weeks

    @property
    def _clock(self) -> int:
        """Week counted from a fixed past, so that draws and slots never see a negative one."""
        return self.week + CLOCK

    @property
    def organisations(self) -> list[str]:
        """Ids of all organisations, in the order of the arrays."""
        return self.roster.names
