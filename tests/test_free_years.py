"""Rounds of free years before a run: what they correct, and what they undo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.rules.posts import post_rate
from sim.rules.territory import move_in
from sim.setup.build import own_arrays
from sim.setup.free_years import (
    DEARER,
    Future,
    Standing,
    Usual,
    price_places,
    put_back,
    resting_margin,
    tie_to_patrons,
)
from sim.setup.revealed import Looks, raise_costs
from sim.world.codes import RUNNING_DOWN, SHUT, TRADING
from sim.world.state import World

P = Parameters()


@pytest.fixture
def world(settled: TraffickingModel) -> World:
    return own_arrays(settled.world)


def test_the_resting_margin_leaves_no_growth_on_average() -> None:
    rng = np.random.default_rng(5)
    margins = rng.gamma(1.5, 0.2, (400, 3)) - 0.1  # skewed: the plain mean would be too high
    rest = resting_margin(margins, 0.15)
    lead = np.log((1.0 + margins) / (1.0 + rest)) / np.log(1.15)
    assert np.abs(np.tanh(lead).mean(axis=0)).max() < 1e-9
    assert (rest < margins.mean(axis=0)).all()


def future_of(world: World, **changed: object) -> Future:
    """Return a future in which nothing changed but what is named."""
    usual, looks = Usual(), Looks()
    usual.note(world)
    looks.posts.append(np.full(world.cartels.posted.shape, np.nan))
    looks.entries.append(np.full(len(world.lines.key), -np.inf))
    plain = Future(
        kg=np.ones(len(world.lines.key)),
        looks=looks,
        margins=world.lines.rest_margin[None, :].copy(),
        usual=usual,
        posted=world.cartels.posted.copy(),
        patron=world.gangs.root_patron.copy(),
        paid_usd=np.zeros(len(world.gangs.members)),
        control=world.gangs.control.copy(),
        opened=np.zeros(len(world.lines.key), bool),
    )
    return replace(plain, **changed)


def test_what_the_data_lack_costs_twice_for_every_future_that_does_it(world: World) -> None:
    o = int(np.flatnonzero(world.cartels.trades)[0])
    n = int(np.flatnonzero(world.cartels.posted[o] == 0)[0])
    row = int(np.flatnonzero(world.lines.phase == SHUT)[0])
    cost, entry = world.cartels.post_usd.copy(), world.lines.entry_usd.copy()
    posted, opened = world.cartels.posted.copy(), np.zeros(len(entry), bool)
    posted[o, n], opened[row] = 1, True
    did = future_of(world, posted=posted, opened=opened)
    price_places(world, [did, future_of(world), did], 0.5, turnover=True)
    cost[o, n] *= DEARER * DEARER
    entry[row] *= DEARER * DEARER
    assert world.cartels.post_usd == pytest.approx(cost)
    assert world.lines.entry_usd == pytest.approx(entry)


def test_a_gang_with_more_places_than_in_the_data_finds_others_dearer(world: World) -> None:
    gangs, cost = world.gangs, world.cartels.post_usd.copy()
    g = int(np.flatnonzero((gangs.members > 0) & (gangs.places == 2))[0])
    more = future_of(world)
    more.usual.places[0][g] = 4  # and two in the other future: three in the mean
    price_places(world, [more, future_of(world)], 0.5, turnover=True)
    cost[g, gangs.control[g] == 0.0] *= np.sqrt(1.5)
    assert world.cartels.post_usd == pytest.approx(cost)


def test_a_gang_that_is_paid_to_leave_its_patron_is_more_loyal_by_that(world: World) -> None:
    gangs, loyal = world.gangs, world.gangs.loyalty_usd.copy()
    g = int(np.flatnonzero((gangs.members > 0) & (gangs.root_patron >= 0))[0])
    patron, paid = gangs.root_patron.copy(), np.full(len(loyal), 700.0)
    patron[g] = (patron[g] + 1) % len(patron)
    tie_to_patrons(world, [future_of(world, patron=patron, paid_usd=paid), future_of(world)])
    loyal[g] += 700.0
    assert gangs.loyalty_usd == pytest.approx(loyal)


def test_costs_rise_to_what_would_have_been_earned_in_a_rare_good_year(world: World) -> None:
    p = P.expansion.record()
    o = int(np.flatnonzero(world.cartels.trades)[0])
    strange = (world.cartels.posted[o] == 0) & (world.gangs.control[o] <= 0.0)
    n, near = np.flatnonzero(strange)[:2]
    row = int(np.flatnonzero(world.lines.phase == SHUT)[0])
    looks = Looks()
    for gain in (1e6, 3e6):  # mean 2e6, standard deviation 1e6: 5e6 in a rare good year
        looks.posts.append(np.full(world.cartels.posted.shape, np.nan))
        looks.posts[-1][o, [n, near]] = gain, 1e-3 * gain
        looks.entries.append(np.full(len(world.lines.key), -np.inf))
        looks.entries[-1][row] = gain
    world.cartels.post_usd[o, near] = 1e12
    world.lines.entry_usd[row] = 0.0
    raise_costs(world, [looks], p)
    assert world.cartels.post_usd[o, n] == pytest.approx(5e6 / post_rate(p))
    assert world.cartels.post_usd[o, near] == 1e12
    assert world.lines.entry_usd[row] == pytest.approx(5e6 * np.exp(2 * p.judgement_spread))


def test_posts_opened_are_closed_and_those_given_up_stay_so(world: World) -> None:
    before = Standing.of(world)
    o = int(np.flatnonzero(world.cartels.trades)[0])
    n = int(np.flatnonzero(world.cartels.posted[o] == 0)[0])
    kept = tuple(np.argwhere(before.posted > 0)[0])
    world.cartels.posted[o, n], world.cartels.posted[kept] = 1, 0
    put_back(world, before)
    assert world.cartels.posted[o, n] == 0 and world.cartels.posted[kept] == 0
    assert world.cartels.posted.sum() == before.posted.sum() - 1


def test_gangs_hold_the_places_and_have_the_patrons_of_before(world: World) -> None:
    gangs, before = world.gangs, Standing.of(world)
    control, patrons = gangs.control.copy(), gangs.affiliation.copy()
    g = int(np.flatnonzero(gangs.members > 0)[0])
    held = np.flatnonzero((gangs.control[g] <= 0.0) & (gangs.n_here > 0))
    n = int(held[gangs.n_here[held] < gangs.here.shape[1]][0])
    move_in(world.cartels, gangs, g, n, 1.0)
    gangs.affiliation[g], gangs.local_shock[g, n] = 0, 0.4
    put_back(world, before)
    assert np.array_equal(gangs.control, control) and np.array_equal(gangs.affiliation, patrons)
    assert np.array_equal((gangs.control > 0).sum(axis=1), gangs.places)
    assert not gangs.local_shock.any()


def test_an_entry_is_undone_and_a_seller_who_left_is_back(world: World) -> None:
    lines = world.lines
    lines.phase[np.flatnonzero(lines.phase == RUNNING_DOWN)] = TRADING
    before = Standing.of(world)
    new = int(np.flatnonzero(lines.phase == SHUT)[0])
    left = int(np.flatnonzero(lines.phase == TRADING)[0])
    lines.phase[new], lines.order_kg[new], lines.stock_kg[new, 0] = TRADING, 50.0, 7.0
    lines.phase[left], lines.reach_kg[left] = RUNNING_DOWN, 0.0
    put_back(world, before)
    assert np.array_equal(lines.phase, before.phase)
    assert lines.order_kg[new] == lines.reach_kg[new] == lines.stock_kg[new].sum() == 0.0
    assert lines.reach_kg[left] == lines.order_kg[left] == lines.root_kg[left] > 0.0


def test_a_gang_that_founded_a_cartel_is_a_gang_again_with_its_money(world: World) -> None:
    cartels, gangs = world.cartels, world.gangs
    before = Standing.of(world)
    g = int(np.flatnonzero(~cartels.trades & (gangs.members > 0))[0])
    money = gangs.cash_usd[g] + cartels.capital_usd[g]
    cartels.trades[g] = True
    cartels.capital_usd[g], gangs.cash_usd[g] = money, 0.0
    put_back(world, before)
    assert not cartels.trades[g]
    assert gangs.cash_usd[g] == money
    assert cartels.capital_usd[g] == 0.0
