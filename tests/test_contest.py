"""The contest between organisations: hand-worked cases, limits, conservation."""

from __future__ import annotations

import copy
import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sim.agents.cartel import Cartel
from sim.agents.gang import Gang
from sim.model import TraffickingModel
from sim.network import Network
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches
from sim.results.ledger import balance, closes
from sim.rules.affiliation import choose_patrons, price_to_win, worth_to
from sim.rules.best_effort import best_effort
from sim.rules.corridors import draw_zone, follow
from sim.rules.costs import annuity, away, reach_cost
from sim.rules.expansion import choose_volume
from sim.rules.membership import membership_change
from sim.rules.policing import place_at_random
from sim.rules.retreat import close_down, dissolve
from sim.rules.territory import contest, leave_place, move_in
from sim.rules.tolls import set_tolls, strangers_toll
from sim.rules.trust import access_with, move_trust, tie_with
from sim.rules.violence import fight
from sim.scenario.scenario import Scenario
from sim.world.codes import RUNNING_DOWN, SHUT, TRADING
from sim.world.moves import AFFILIATES
from sim.world.records import LedgerRecord, blank
from sim.world.state import Legs

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


def books_close(model: TraffickingModel) -> bool:
    ledger = blank(LedgerRecord, 1)
    balance(model.world, model.given.opening_usd, ledger, 0)
    return closes(ledger, 0, model.given.opening_usd)


# Members: Prieto-Curiel, Campedelli & Hope (2023)


def test_one_cartel_alone_settles_where_the_closed_form_says() -> None:
    rho, eta, omega, c = 2.5e-3, 20.0, 4e-8, 40_000.0
    for _ in range(60_000):
        c += membership_change(c, rho, eta / c, 0.0, omega)
    root = (rho + math.sqrt(rho**2 - 4 * omega * eta)) / (2 * omega)
    assert c == pytest.approx(root, rel=1e-6)


def test_members_follow_the_published_equation_of_rival_cartels() -> None:
    rho, eta, theta, omega = 2.5e-3, 110.0, 5e-8, 4e-8
    start = np.array([60_000.0, 35_000.0, 20_000.0])

    def slope(_: float, c: np.ndarray) -> np.ndarray:
        rivals = c.sum() - c
        return c * (rho - eta / c.sum() - theta * rivals - omega * c)

    c, step = start.copy(), 0.02
    for _ in range(int(200 / step)):
        rivals = c.sum() - c
        c = c + step * np.array(
            [
                membership_change(c[i], rho, eta / c.sum(), theta * rivals[i], omega)
                for i in range(3)
            ]
        )
    exact = solve_ivp(slope, (0, 200), start, rtol=1e-10, atol=1e-6).y[:, -1]
    assert c == pytest.approx(exact, rel=1e-3)


def test_members_of_the_settled_market_stay_near_their_usual_number(
    settled: TraffickingModel,
) -> None:
    g = settled.world.gangs
    there = g.usual_members > 0
    ratio = g.members[there].sum() / g.usual_members[there].sum()
    assert 0.9 < ratio < 1.1


# Places


def test_control_goes_where_strength_is(model: TraffickingModel) -> None:
    w = model.world
    n = int(np.argmax(w.gangs.n_here >= 2))
    g, h = w.gangs.here[n, 0], w.gangs.here[n, 1]
    w.gangs.n_here[n] = 2
    w.gangs.control[:, n] = 0.0
    w.gangs.control[[g, h], n] = 0.5
    w.gangs.local[[g, h], n] = 3.0, 1.0
    w.gangs.affiliation[[g, h]] = -1
    w.gangs.members[[g, h]] = w.gangs.usual_members[[g, h]] = 100.0
    w.gangs.places[[g, h]] = w.gangs.usual_places[[g, h]]
    for week in range(52 * 20):
        contest(w, P.territory.record(), week)
    assert w.gangs.control[[g, h], n] == pytest.approx([0.75, 0.25], abs=1e-3)


def test_shares_of_a_place_always_sum_to_one(settled: TraffickingModel) -> None:
    g = settled.world.gangs
    held = g.control.sum(axis=0)
    assert held[g.n_here > 0] == pytest.approx(np.ones((g.n_here > 0).sum()))
    assert np.array_equal((g.control > 0).sum(axis=0), g.n_here)
    assert np.array_equal((g.control > 0).sum(axis=1), g.places)


def test_moving_in_and_leaving_keep_the_lists_right(model: TraffickingModel) -> None:
    w = model.world
    n = int(np.argmax(w.gangs.n_here == 2))
    g = int(np.flatnonzero((w.gangs.control[:, n] == 0) & (w.gangs.members > 0))[0])
    before, places = w.gangs.control[:, n].copy(), w.gangs.places.copy()
    move_in(w.cartels, w.gangs, g, n, 1.0)
    assert w.gangs.n_here[n] == 3 and w.gangs.control[g, n] == 0.05
    leave_place(w.gangs, g, n, 2)
    assert w.gangs.control[:, n] == pytest.approx(before)
    assert np.array_equal(w.gangs.places, places)


def alone(model: TraffickingModel, n: int, members: tuple[float, float]) -> tuple[int, int]:
    """Leave two rivals with all their members at one place."""
    gangs = model.world.gangs
    g, h = (int(k) for k in np.flatnonzero(gangs.members > 0)[:2])
    gangs.control[:] = 0.0
    gangs.n_here[:] = 0
    gangs.n_here[n], gangs.here[n, 0], gangs.here[n, 1] = 2, g, h
    gangs.control[[g, h], n] = 0.5
    gangs.members[[g, h]] = members
    gangs.affiliation[[g, h]] = -1
    model.world.territory.rents_usd[n] = model.world.territory.usual_rents_usd[n] = 1e6
    model.world.territory.pressure[n] = 0.0
    return g, h


def test_rivals_kill_each_other_in_proportion_to_both_numbers(model: TraffickingModel) -> None:
    w, n, p = model.world, 20, P.territory.record()
    g, h = alone(model, n, (1000.0, 500.0))
    fight(w.graph, w.gangs, w.territory, p)
    each = P.territory.fight_rate * 1000.0 * 500.0
    assert w.gangs.lost[[g, h]] == pytest.approx([each, each])
    assert w.territory.fights.sum() == pytest.approx(2 * each)
    w.territory.rents_usd[n] *= 2.0
    fight(w.graph, w.gangs, w.territory, p)
    assert w.territory.fights[n] == pytest.approx(2 * each * 2.0**P.territory.stakes_power)
    w.territory.truce[n] = 0.25
    fight(w.graph, w.gangs, w.territory, p)
    assert w.territory.fights[n] == pytest.approx(each * 0.5 * 2.0**P.territory.stakes_power)


def test_gangs_of_one_patron_do_not_fight_and_a_leaderless_one_fights_itself(
    model: TraffickingModel,
) -> None:
    w, n, p = model.world, 20, P.territory.record()
    g, h = alone(model, n, (1000.0, 500.0))
    w.gangs.affiliation[[g, h]] = 3
    fight(w.graph, w.gangs, w.territory, p)
    assert w.territory.fights.sum() == 0.0
    w.gangs.cohesion[g] = 0.5
    fight(w.graph, w.gangs, w.territory, p)
    deaths = 0.5 * P.territory.fight_rate * 1000.0**2
    assert w.gangs.lost[g] == pytest.approx(deaths)
    assert w.territory.fights.sum() == pytest.approx(deaths)
    assert w.territory.fights[n] == pytest.approx((1 - P.territory.spill_share) * deaths)


def test_tolls_are_paid_to_strangers_only(model: TraffickingModel) -> None:
    w = model.world
    n = model.network.place_index["BR_SANTOS"]
    pcc = model.roster.row("BR_PCC")
    set_tolls(w.cartels, w.gangs)
    here = w.gangs.here[n, : w.gangs.n_here[n]]
    charge = w.gangs.control[:, n] * w.gangs.toll_share * w.gangs.worth_usd_per_kg[n]
    assert w.cartels.toll_usd_per_kg[:, n].max() == pytest.approx(charge[here].sum())
    own = charge[here][w.gangs.affiliation[here] == pcc].sum()
    assert own > 0
    assert w.cartels.toll_usd_per_kg[pcc, n] == pytest.approx(charge[here].sum() - own)


# Sides


def test_a_gang_takes_the_offer_that_is_worth_most_and_gets_the_next_best(
    model: TraffickingModel,
) -> None:
    w = model.world
    g = model.roster.row("CA_TRANSP")
    n = int(w.gangs.control[g].argmax())
    rich, poor = model.roster.row("MX_SINALOA"), model.roster.row("MX_CJNG")
    w.cartels.through_kg[:] = 0.0
    w.cartels.roots[[rich, poor], n] = 0.0
    w.cartels.posted[[rich, poor], n] = 0
    w.cartels.through_kg[rich, n], w.cartels.through_kg[poor, n] = 2000.0, 800.0
    w.territory.through_kg[n], w.territory.through_usd[n] = 2800.0, 2800.0 * 6000.0
    w.gangs.affiliation[g] = w.gangs.root_patron[g] = -1
    w.gangs.loyalty_usd[g] = 100.0
    routing, side = P.routing.record(), P.affiliation.record()
    offers = {o: worth_to(o, g, w, routing) for o in (rich, poor)}
    saved = P.routing.outsider_discount * P.routing.ally_trust * 6000.0
    toll = w.gangs.control[g, n] * w.gangs.toll_share[g] * w.gangs.worth_usd_per_kg[n]
    assert offers[rich][0] == pytest.approx(2000.0 * (saved + toll))
    price = price_to_win(g, rich, w, routing, side)
    asked = P.affiliation.switching_usd_per_week + w.gangs.loyalty_usd[g]
    assert price == pytest.approx(2000.0 * toll + asked)
    w.moves.made[0] = 0
    choose_patrons(w, routing, side, 13, 13 - 2 * g % 13)
    assert w.gangs.affiliation[g] == rich
    assert w.gangs.retainer_usd[g] == pytest.approx(800.0 * saved + 2000.0 * toll)
    assert w.moves.kind[0] == AFFILIATES


def test_nobody_hires_the_arm_of_a_trading_cartel(settled: TraffickingModel) -> None:
    g, c = settled.world.gangs, settled.world.cartels
    arms = np.flatnonzero(c.trades & (g.members > 0) & (g.usual_members > 0))
    assert len(arms) > 10 and np.array_equal(g.affiliation[arms], arms)


def test_trust_follows_posts_and_allies_and_fades(model: TraffickingModel) -> None:
    w, p = model.world, P.routing.record()
    o, n = model.roster.row("MX_SINALOA"), model.network.place_index["BR_SANTOS"]
    assert w.cartels.trust[o, n] == 0.0
    assert w.cartels.access[o, n] == pytest.approx(1 - P.routing.outsider_discount)
    w.cartels.posted[o, n] = 1
    move_trust(w, p, 0.2, 13)
    assert w.cartels.trust[o, n] == pytest.approx(13.0 / P.routing.trust_weeks)
    for _ in range(40):
        move_trust(w, p, 0.2, 13)
    assert w.cartels.access[o, n] == pytest.approx(1.0)
    w.cartels.posted[o, n] = 0
    move_trust(w, p, 0.2, 13)
    assert w.cartels.trust[o, n] == pytest.approx(1 - 13.0 / P.routing.fade_weeks)


# Investment


def test_costs_by_hand() -> None:
    e = P.expansion.record()
    patient = P.expansion.model_copy(update={"discount_per_year": 0.0, "horizon_years": 2.0})
    assert annuity(patient.record()) == pytest.approx(104.0, rel=1e-3)
    assert away(2000.0, e) == pytest.approx(1 + 2 * P.expansion.away_per_1000_km)
    usual = P.expansion.reach_cost_years * 52 * 1000.0
    assert reach_cost(1000.0, 0.0, e) == pytest.approx(usual)
    assert reach_cost(1000.0, 0.2, e) / usual == pytest.approx(
        math.exp(0.2 * P.expansion.concentration_cost)
    )


def test_a_step_is_bounded_by_purse_people_and_market() -> None:
    e = P.expansion
    assert choose_volume(1e3, 100.0, 1e6, 1e6, e.record()) == pytest.approx(10.0)
    assert choose_volume(1e12, 1.0, 1e9, 1e4, e.record()) == pytest.approx(0.002 * 1e9)
    assert choose_volume(1e12, 1.0, 1e4, 1e6, e.record()) == pytest.approx(e.step_share * 1e4)
    assert choose_volume(-5.0, 1.0, 1e4, 1e6, e.record()) == 0.0


def test_trust_opens_ways_and_keeps_value() -> None:
    p = P.routing.record()
    assert access_with(1.0, p) == tie_with(1.0, p) == 1.0
    assert access_with(0.0, p) == pytest.approx(1.0 - P.routing.outsider_discount)
    assert tie_with(0.0, p) == pytest.approx(P.routing.stranger_share)
    assert tie_with(0.5, p) == pytest.approx(0.5 * (1.0 + P.routing.stranger_share))


def test_everybody_without_friends_pays_the_strangers_toll(model: TraffickingModel) -> None:
    w = model.world
    charge = np.zeros(len(w.graph.key))
    strangers_toll(w.gangs, charge)
    set_tolls(w.cartels, w.gangs)
    alone = [o for o in range(len(w.cartels.trades)) if not (w.gangs.affiliation == o).any()]
    assert np.array_equal(w.cartels.toll_usd_per_kg[alone], np.tile(charge, (len(alone), 1)))
    by_hand = (w.gangs.control * w.gangs.toll_share[:, None]).sum(axis=0)
    assert charge == pytest.approx(by_hand * w.gangs.worth_usd_per_kg)


def test_sources_are_drawn_in_proportion() -> None:
    weight = np.array([0.0, 3.0, 1.0])
    drawn = [draw_zone(weight, (k + 0.5) / 400) for k in range(400)]
    assert drawn.count(1) == 300 and drawn.count(2) == 100


def test_a_way_is_followed_from_source_to_market() -> None:
    graph = dataclasses.replace(
        Network.load(Scenario.load("baseline").data_folder).graph,
        first_out=np.array([0, 1, 2, 2]),
        out_leg=np.array([0, 1]),
        end=np.array([1, 2]),
    )
    assert list(follow(0, 2, graph, np.array([1.0, 1.0]), np.uint64(5))) == [0, 1]
    assert len(follow(0, 2, graph, np.array([1.0, 0.0]), np.uint64(5))) == 0


def entries_into_europe(*settings: str) -> int:
    """Count the replicates, of two, in which the rich outsider begins in Europe."""
    scenario = Scenario.load("sinaloa_enters", ["weeks=416", *settings])
    found = 0
    for replicate in range(2):
        moves = TraffickingModel(scenario, replicate=replicate).run().tables["moves"]
        begins = (moves["move"] == "opens line") & (moves["other"] == "MK_EU")
        found += (begins & (moves["organisation"] == "MX_SINALOA")).any()
    return found


def test_an_entrant_needs_margin_and_money() -> None:
    """The same rule, the same luck: entry where it pays and can be paid, not elsewhere."""
    rich, poor = (f"organisations.MX_SINALOA.capital_usd_m={usd}" for usd in (6000, 1))
    assert entries_into_europe(rich) == 2
    assert entries_into_europe(poor) == 0
    assert entries_into_europe(rich, "expansion.line_usd=20e6") == 0  # contacts ten times as dear


# Leaving


def test_a_line_that_loses_for_long_is_run_down_and_shut(model: TraffickingModel) -> None:
    w, e = model.world, P.expansion.record()
    row = 0
    w.lines.order_kg[row] = 0.01 * w.lines.reach_kg[row]
    for week in range(int(P.expansion.patience_weeks) + 2):
        close_down(w, e, week)
    assert w.lines.phase[row] == RUNNING_DOWN and w.lines.order_kg[row] == 0.0
    w.lines.stock_kg[row], w.lines.arriving_kg[row] = 0.0, 0.0
    for week in range(13):
        close_down(w, e, week)
    assert w.lines.phase[row] == SHUT


def test_a_cartel_without_money_folds_and_frees_its_gangs(model: TraffickingModel) -> None:
    w, o = model.world, model.roster.row("MX_SINALOA")
    w.cartels.capital_usd[o] = -1.0
    for week in range(int(P.expansion.patience_weeks)):
        close_down(w, P.expansion.record(), week)
    lines = w.lines.cartel == o
    assert not (w.lines.phase[lines] == TRADING).any()
    assert not (w.gangs.affiliation == o).any()


def test_a_dissolved_cartel_sells_what_is_left_and_leaves_the_cast() -> None:
    model = TraffickingModel(Scenario.load("baseline", ["weeks=150", "burn_in_weeks=20"]))
    w, o = model.world, model.roster.row("MX_BLO")
    dissolve(o, w.lines, w.gangs, w.moves, 0)
    model.run()
    mine = w.lines.cartel == o
    assert w.lines.stock_kg[mine].sum() + w.lines.arriving_kg[mine].sum() == 0.0
    assert not w.cartels.trades[o]
    assert "MX_BLO" not in {agent.name for agent in model.agents_by_type[Cartel]}


# Events


def run_event(*lines: str, weeks: int = 60) -> TraffickingModel:
    event = "events=[{ " + ", ".join(['name = "x"', "date = 2010-02-01", *lines]) + " }]"
    model = TraffickingModel(
        Scenario.load("baseline", [f"weeks={weeks}", "burn_in_weeks=30", event])
    )
    model.run()
    return model


def test_a_break_up_divides_everything_and_loses_nothing() -> None:
    model = TraffickingModel(Scenario.load("decapitation", ["weeks=160", "burn_in_weeks=30"]))
    with np.errstate(over="ignore"):
        while model.week < 104:
            model.step()
    w, o = model.world, model.roster.row("MX_SINALOA")
    goods = (w.lines.stock_kg.sum(), w.lines.arriving_kg.sum())
    money = w.cartels.capital_usd.sum()
    model._put_events()
    assert goods == pytest.approx((w.lines.stock_kg.sum(), w.lines.arriving_kg.sum()))
    assert w.cartels.capital_usd.sum() == pytest.approx(money - w.books.usd[7])
    assert books_close(model)
    heirs = [name for name in model.organisations if name.startswith("MX_SINALOA/")]
    assert len(heirs) >= 2 and not w.cartels.trades[o]
    assert {model.roster.groups[model.roster.row(name)] for name in heirs} == {"Mexican"}
    assert w.lines.phase[w.lines.cartel == o].max() == SHUT
    run = model.run()
    names = set(run.tables["cartels"]["cartel"])
    assert set(heirs) <= names
    assert {gang.name for gang in model.agents_by_type[Gang]} >= set(heirs)


def test_decapitation_confiscates_and_breaks_cohesion_for_a_while() -> None:
    model = run_event('kind = "decapitation"', 'organisation = "BR_PCC"', weeks=6)
    w, o = model.world, model.roster.row("BR_PCC")
    event = model.recorder.events[0]
    assert event["usd"] == pytest.approx(w.books.usd[7]) and event["usd"] > 1e6
    assert 0.5 < w.gangs.cohesion[o] < 0.7
    assert (
        run_event(
            'kind = "decapitation"', 'organisation = "BR_PCC"', weeks=150
        ).world.gangs.cohesion[o]
        > 0.95
    )


def test_organisations_come_and_go() -> None:
    gone = run_event('kind = "presence"', 'organisation = "CO_FARC"', "present = false")
    row = gone.roster.row("CO_FARC")
    assert gone.world.gangs.control[row].sum() == 0 and gone.world.gangs.members[row] <= 1
    came = run_event('kind = "presence"', 'organisation = "CO_EXFARC"', "present = true", weeks=8)
    assert (came.world.gangs.control[came.roster.row("CO_EXFARC")] > 0).sum() >= 3


def test_a_truce_a_boom_and_port_controls_hold_while_they_last() -> None:
    truce = run_event('kind = "truce"', "factor = 0.0", "weeks = 10", weeks=20)
    table = truce.recorder.tables(0)["places"]
    killed = table.groupby("week")["killed_in_fights"].sum()
    assert killed[4:14].max() == 0.0 and killed[:4].min() > 0.0 and killed[14:].min() > 0.0
    boom = run_event('kind = "supply"', "factor = 2.0", 'places = ["CO_META"]', weeks=8)
    z = boom.network.zones.index("CO_META")
    assert boom.world.zones.supply_factor[z] == 2.0
    assert boom.world.zones.supply_factor.sum() == len(boom.network.zones) + 1
    ports = run_event('kind = "port_controls"', "factor = 3.0", 'places = ["BR_SANTOS"]', weeks=8)
    legs = ports.network.legs
    touched = (legs["from"] == "BR_SANTOS") | (legs["to"] == "BR_SANTOS")
    raised = ports.world.legs.campaign == 3.0
    assert np.array_equal(raised, (touched & (legs["mode"] == "sea")).to_numpy())


def test_a_demand_shift_can_build_up() -> None:
    model = run_event('kind = "demand"', 'market = "MK_EU"', "factor = 2.0", "over_weeks = 20")
    table = model.recorder.tables(0)["markets"]
    demand = table[table["market"] == "MK_EU"].set_index("week")["demand_kg"]
    assert demand[13] / demand[3] == pytest.approx(math.sqrt(2.0))
    assert demand[40] / demand[3] == pytest.approx(2.0)


def test_a_barred_line_is_shut_until_entry_is_permitted_and_then_has_to_be_built() -> None:
    scenario = Scenario.load("sinaloa_enters", ["weeks=130", "burn_in_weeks=30"])
    model = TraffickingModel(scenario)
    row = next(
        k
        for k in np.flatnonzero(model.world.lines.cartel == model.roster.row("MX_SINALOA"))
        if model.network.markets[model.world.lines.market[k]] == "MK_EU"
    )
    assert model.world.lines.phase[row] == SHUT and not model.world.lines.permitted[row]
    model.run()
    assert model.world.lines.permitted[row]
    assert model.world.lines.phase[row] == SHUT or model.world.lines.reach_kg[row] > 0


# Agencies


@pytest.mark.parametrize("mode", ["fixed", "random", "adaptive", "optimal"])
def test_agencies_spend_their_budget_on_their_own_legs(mode: str) -> None:
    scenario = Scenario.load("baseline", ["weeks=60", "burn_in_weeks=30", f'agencies="{mode}"'])
    model = TraffickingModel(scenario)
    first = model.world.legs.effort.copy()
    model.run()
    w = model.world
    spent = np.bincount(w.legs.agency, w.legs.effort, len(w.agencies.budget))
    assert spent == pytest.approx(w.agencies.budget, rel=1e-6)
    assert np.array_equal(first, w.legs.effort) == (mode in ("fixed", "random"))
    assert set(np.unique(w.legs.presence)) == ({0.0, 2.0} if mode == "random" else {1.0})
    assert w.legs.effort.min() >= 0


def test_the_best_effort_seizes_most(settled: TraffickingModel) -> None:
    w, p = settled.world, P.interdiction
    q = np.minimum(w.legs.base_prob * p.seizure_factor, 0.95)

    def caught(effort: np.ndarray) -> float:
        return float((w.legs.flow_kg * (1 - (1 - q) ** effort)).sum())

    best = caught(best_effort(w.legs, w.agencies, p))
    assert best > 1.05 * caught(w.legs.effort)
    drawn = copy.deepcopy(w.legs)
    mean = 0.0
    for week in range(200):  # patrols that come and go catch what those that stay do
        place_at_random(drawn, 7, week)
        mean += float((w.legs.flow_kg * drawn.presence * (1 - (1 - q) ** w.legs.effort)).sum())
    assert mean / 200 == pytest.approx(caught(w.legs.effort), rel=0.1) and mean / 200 < best


def presence(keys: list[int], week: int = 0) -> np.ndarray:
    """Draw patrols for legs of these names."""
    legs = blank(Legs, len(keys))
    legs.key[:] = keys
    place_at_random(legs, 7, week)
    return legs.presence


def test_patrols_are_there_half_of_the_time_and_each_leg_draws_by_its_name() -> None:
    many = presence(list(range(20_000)))
    assert set(np.unique(many)) == {0.0, 2.0}
    assert many.mean() == pytest.approx(1.0, abs=0.03)
    assert np.array_equal(presence(list(range(20_000))[::-1]), many[::-1])
    assert np.array_equal(presence([5, 77, 4000]), many[[5, 77, 4000]])
    assert 0.4 < (presence(list(range(20_000)), 26) == many).mean() < 0.6


# Switches and specialisation


@pytest.mark.parametrize("switch", sorted(set(Switches.model_fields) - {"founding"}))
def test_every_mechanism_can_be_turned_off_and_on(switch: str) -> None:
    usual = getattr(Switches(), switch)
    runs = [
        TraffickingModel(
            Scenario.load(
                "baseline",
                ["weeks=80", "burn_in_weeks=60", f"switches.{switch}={str(value).lower()}"],
            )
        ).run()
        for value in (usual, not usual)
    ]
    tables = [
        {name: run.tables[name] for name in ("markets", "territory", "moves")} for run in runs
    ]
    assert any(not tables[0][name].equals(tables[1][name]) for name in tables[0]), switch


@pytest.mark.parametrize("allowed", [True, False])
def test_rich_gangs_found_cartels_where_they_may(allowed: bool) -> None:
    model = TraffickingModel(
        Scenario.load(
            "baseline",
            ["weeks=4", "burn_in_weeks=100", f"switches.founding={str(allowed).lower()}"],
        )
    )
    trading = int(model.world.cartels.trades.sum())
    rich = ~model.world.cartels.trades & (model.world.gangs.members > 0)
    model.world.gangs.cash_usd[rich] += 2e9
    model.world.cartels.capital_usd[model.roster.row("MX_SINALOA")] -= 2e9 * rich.sum()
    with np.errstate(over="ignore"):
        while model.week < 0:
            model.step()
    assert (int(model.world.cartels.trades.sum()) > trading) == allowed


def test_nationality_groups_keep_different_corridors_and_few_places() -> None:
    run = TraffickingModel(Scenario.load("baseline", ["weeks=520"])).run()
    legs = run.tables["legs"]
    legs = legs[(legs["year"] == legs["year"].max())]
    flow = legs.pivot_table("moved_kg", "leg", "group", "sum", fill_value=0.0)
    flow = flow.loc[:, flow.sum() > 2000.0]
    mix = flow / np.sqrt((flow**2).sum())
    alike = (mix.T @ mix).to_numpy(copy=True)
    np.fill_diagonal(alike, 0.0)
    assert alike.max() < 0.98
    held = run.tables["territory"]
    held = held[held["year"] == held["year"].max()]
    assert held.groupby("organisation")["place"].nunique().max() < 0.4 * 70
