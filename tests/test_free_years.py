"""Rounds of free years before a run: what they correct, and what they undo."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model import TraffickingModel
from sim.rules.territory import move_in
from sim.setup.build import own_arrays
from sim.setup.free_years import DEARER, Standing, resting_margin, undo
from sim.world.codes import RUNNING_DOWN, SHUT, TRADING
from sim.world.state import World


@pytest.fixture
def world(settled: TraffickingModel) -> World:
    return own_arrays(settled.world)


def test_the_resting_margin_leaves_no_growth_on_average() -> None:
    rng = np.random.default_rng(5)
    margins = rng.gamma(1.5, 0.2, (400, 3)) - 0.1  # skewed: the plain mean would be too high
    rest = resting_margin(margins, 0.15)
    growth = np.tanh((margins - rest) / 0.15).mean(axis=0)
    assert np.abs(growth).max() < 1e-9
    assert (rest < margins.mean(axis=0)).all()


def test_a_post_that_the_data_lack_is_given_up_and_costs_twice(world: World) -> None:
    before = Standing.of(world)
    o = int(np.flatnonzero(world.cartels.trades)[0])
    n = int(np.flatnonzero(world.cartels.posted[o] == 0)[0])
    cost = world.cartels.post_usd.copy()
    world.cartels.posted[o, n] = 1
    undo(world, before)
    assert np.array_equal(world.cartels.posted, before.posted)
    assert world.cartels.post_usd[o, n] == DEARER * cost[o, n]
    cost[o, n] *= DEARER
    assert np.array_equal(world.cartels.post_usd, cost)


def test_a_post_that_was_given_up_stays_so(world: World) -> None:
    before = Standing.of(world)
    o, n = np.argwhere(world.cartels.posted > 0)[0]
    cost = world.cartels.post_usd.copy()
    world.cartels.posted[o, n] = 0
    undo(world, before)
    assert world.cartels.posted[o, n] == 0
    assert np.array_equal(world.cartels.post_usd, cost)


def test_a_gang_leaves_the_place_that_it_moved_into(world: World) -> None:
    gangs, before = world.gangs, Standing.of(world)
    g = int(np.flatnonzero(gangs.members > 0)[0])
    held = np.flatnonzero((gangs.control[g] <= 0.0) & (gangs.n_here > 0))
    n = int(held[gangs.n_here[held] < gangs.here.shape[1]][0])
    cost = world.cartels.post_usd[g, n]
    move_in(world.cartels, gangs, g, n, 1.0)
    undo(world, before)
    assert np.allclose(gangs.control, before.control, rtol=0.0, atol=1e-12)
    assert world.cartels.post_usd[g, n] == DEARER * cost


def test_an_entry_is_undone_and_a_seller_who_left_is_back(world: World) -> None:
    lines = world.lines
    lines.phase[np.flatnonzero(lines.phase == RUNNING_DOWN)] = TRADING
    before = Standing.of(world)
    new = int(np.flatnonzero(lines.phase == SHUT)[0])
    left = int(np.flatnonzero(lines.phase == TRADING)[0])
    entry = lines.entry_usd.copy()
    lines.phase[new], lines.order_kg[new], lines.stock_kg[new, 0] = TRADING, 50.0, 7.0
    lines.phase[left], lines.reach_kg[left] = RUNNING_DOWN, 0.0
    undo(world, before)
    assert np.array_equal(lines.phase, before.phase)
    assert lines.entry_usd[new] == DEARER * entry[new]
    assert lines.order_kg[new] == lines.reach_kg[new] == lines.stock_kg[new].sum() == 0.0
    assert lines.reach_kg[left] == lines.order_kg[left] == lines.root_kg[left] > 0.0
    assert lines.entry_usd[left] == entry[left]


def test_a_gang_that_founded_a_cartel_is_a_gang_again_with_its_money(world: World) -> None:
    cartels, gangs = world.cartels, world.gangs
    before = Standing.of(world)
    g = int(np.flatnonzero(~cartels.trades & (gangs.members > 0))[0])
    money = gangs.cash_usd[g] + cartels.capital_usd[g]
    cartels.trades[g] = True
    cartels.capital_usd[g], gangs.cash_usd[g] = money, 0.0
    undo(world, before)
    assert not cartels.trades[g]
    assert gangs.cash_usd[g] == money
    assert cartels.capital_usd[g] == 0.0
