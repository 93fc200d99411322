"""Worlds at rest: costs that behaviour reveals, equal capital, what is kept, and rest itself."""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.groups import members
from sim.model import TraffickingModel
from sim.network import Network
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches
from sim.rules.posts import post_rate
from sim.scenario.scenario import Scenario
from sim.setup import kept_rest
from sim.setup.build import own_arrays
from sim.setup.consistency import contradictions
from sim.setup.kept_rest import name_of, world_at_rest
from sim.setup.rest import tidy
from sim.setup.revealed import Looks, draw_between, moments, reveal_costs
from sim.world.state import World

P = Parameters()
pytestmark = pytest.mark.usefixtures("wrap_around")


def rest_name(*changes: str) -> str:
    return name_of(Scenario.load("baseline", list(changes)))


# Costs that behaviour reveals

medians, spreads = st.floats(1.0, 1e8), st.floats(0.2, 2.0)
lucks, bounds = st.floats(0.0, 1.0), st.floats(1e-3, 1e12)


@settings(max_examples=500, deadline=None)
@given(medians, spreads, bounds, bounds, lucks)
def test_a_cost_lies_between_its_bounds(
    median: float, spread: float, one: float, other: float, luck: float
) -> None:
    low, high = sorted((one, other))
    for least, most in ((low, high), (0.0, high), (low, math.inf)):
        cost = draw_between(median, spread, least, most, luck)
        assert math.isfinite(cost) and cost > 0.0
        assert least * (1.0 - 1e-6) <= cost <= most * (1.0 + 1e-6)


@settings(max_examples=100, deadline=None)
@given(medians, spreads, st.floats(1e-6, 1.0 - 1e-6))
def test_without_bounds_a_cost_is_the_quantile_of_its_prior(
    median: float, spread: float, luck: float
) -> None:
    closed = median * math.exp(spread * NormalDist().inv_cdf(luck))
    assert draw_between(median, spread, 0.0, math.inf, luck) == pytest.approx(closed)


def test_a_bound_cuts_the_prior_off_and_keeps_its_order() -> None:
    luck = (np.arange(2000) + 0.5) / 2000
    drawn = np.array([draw_between(100.0, 1.0, 100.0, math.inf, u) for u in luck])
    assert (np.diff(drawn) > 0.0).all()
    # the upper half of a log-normal: its median is the prior's upper quartile
    assert np.median(drawn) == pytest.approx(100.0 * math.exp(NormalDist().inv_cdf(0.75)), rel=1e-3)


def test_posts_that_are_kept_cost_less_than_they_earn_and_others_more(
    model: TraffickingModel,
) -> None:
    w, p, looks = model.world, P.expansion.record(), Looks()
    for now in (13, 26, 39):
        looks.add(w, model.given, now)
    looks.posts[1] = 1.2 * looks.posts[1]  # quarters differ
    reveal_costs(w, looks, P, Switches(), seed=5)
    mean, spread = moments(looks.posts)
    kept = w.cartels.posted != 0
    usual = w.cartels.trades[:, None] & (w.cartels.roots < 1.0)
    due = w.cartels.post_usd * P.expansion.upkeep_per_year / 52.0
    earns = kept & (mean > 1.0)
    assert earns.sum() >= 3 and (due[earns] <= mean[earns]).all()
    refused = usual & ~kept & (w.gangs.control == 0.0)
    assert refused.sum() > 300
    least = np.maximum(mean + 3.0 * spread, 0.0)[refused]
    assert (w.cartels.post_usd[refused] * post_rate(p) >= least * (1.0 - 1e-9)).all()
    assert (w.cartels.post_usd > 0.0).all() and np.isfinite(w.cartels.post_usd).all()
    entries = np.array(looks.entries)
    shut = np.isfinite(entries).all(axis=0)
    assert shut.any() and (w.lines.entry_usd[shut] > entries.mean(axis=0)[shut]).all()


# Capital


def test_every_trader_has_the_same_weeks_of_spending() -> None:
    model = TraffickingModel(Scenario.load("baseline", ["weeks=4"]))
    cartels = model.world.cartels
    buys = cartels.trades & (cartels.spending_usd > 0.0)
    weeks = cartels.capital_usd[buys] / cartels.spending_usd[buys]
    assert buys.sum() > 10
    assert weeks == pytest.approx(np.full(buys.sum(), P.ordering.capital_weeks))
    assert not cartels.chest_only.any() and (cartels.chest_usd == 0.0).all()


def test_a_war_chest_is_exactly_what_a_scenario_says() -> None:
    change = "organisations.MX_SINALOA.capital_usd_m=777"
    model = TraffickingModel(Scenario.load("baseline", ["weeks=4", change]))
    usual = TraffickingModel(Scenario.load("baseline", ["weeks=4"]))
    o, cartels = model.roster.row("MX_SINALOA"), model.world.cartels
    assert cartels.capital_usd[o] == cartels.chest_usd[o] == 777e6 and cartels.chest_only[o]
    others = np.arange(len(cartels.capital_usd)) != o
    assert np.array_equal(cartels.capital_usd[others], usual.world.cartels.capital_usd[others])


def test_the_trade_of_coming_to_rest_is_in_no_year_of_a_run(settled: TraffickingModel) -> None:
    world = own_arrays(settled.world)
    trade = world.exchanges
    shape = (1, *trade.tie.shape)
    given = dict(traded_kg=np.ones(shape), traded_usd=np.ones(shape), contract_usd=np.ones(shape))
    traded = type(trade)(**({n: getattr(trade, n) for n in type(trade).__annotations__} | given))
    parts = {name: getattr(world, name) for name in type(world).__annotations__}
    tidy(type(world)(**(parts | {"exchanges": traded})))
    assert not any(values.any() for values in given.values())


def test_a_market_that_prices_cannot_pay_is_named_with_the_numbers() -> None:
    scenario = Scenario.load("baseline", ["interdiction.seizure_factor=2.5"])
    said = contradictions(scenario, Network.of(scenario))
    assert said and all(line.startswith("inconsistent: a dollar") for line in said)
    assert any("MK_US" in line and "interdiction.seizure_factor 2.5" in line for line in said)
    assert contradictions(Scenario.load("baseline"), Network.of(Scenario.load("baseline"))) == []


def test_every_amount_of_a_world_at_rest_is_a_real_number(settled: TraffickingModel) -> None:
    """A whole number as a default must not make an account that drops its cents."""
    for kind in members(settled.world):
        for name, what in type(kind).__annotations__.items():
            if what == "Floats":
                assert getattr(kind, name).dtype == np.float64, name


# What decides rest


@pytest.mark.parametrize(
    "change",
    [
        "organisations.MX_SINALOA.capital_usd_m=777",
        'barred=["MX_SINALOA"]',
        'held=["MX_SINALOA:MK_US"]',
        "weeks=9",
        "burn_in_weeks=9",
        "seed=9",
        "start=2012-01-02",
        "agencies='random'",
        'events=[{kind="truce", name="x", date=2011-01-03, factor=0.5, weeks=4}]',
        "demand.europe_growth_per_year=0.01",
    ],
)
def test_luck_length_events_bars_and_chests_do_not_change_the_world_at_rest(change: str) -> None:
    assert rest_name(change) == rest_name()


@pytest.mark.parametrize(
    "change",
    [
        "ordering.order_elasticity=1.9",
        "switches.size=false",
        "organisations.MX_SINALOA.toll_usd_per_kg=7",
    ],
)
def test_numbers_mechanisms_and_organisations_do(change: str) -> None:
    assert rest_name(change) != rest_name()


# What is kept


class Rests:
    """Come to rest at once, and count how often."""

    def __init__(self, world: World) -> None:
        self.world, self.times = world, 0

    def __call__(self, scenario: Scenario, network: Network) -> World:
        self.times += 1
        return copy.deepcopy(self.world)


@pytest.fixture
def rests(settled: TraffickingModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rests:
    found = Rests(settled.world)
    monkeypatch.setattr(kept_rest, "come_to_rest", found)
    monkeypatch.setattr(kept_rest, "kept_in", lambda: tmp_path)
    forget(monkeypatch)
    return found


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a new process does, with no world in memory."""
    monkeypatch.setattr(kept_rest, "_kept", OrderedDict())


def same_worlds(a: World, b: World) -> bool:
    pairs = zip(members(a), members(b), strict=True)
    return all(
        np.array_equal(getattr(x, n), getattr(y, n))
        for x, y in pairs
        for n in type(x).__annotations__
    )


def test_a_world_is_written_and_read_back_the_same(
    rests: Rests, settled: TraffickingModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, network = settled.scenario, settled.network
    world_at_rest(scenario, network)
    assert [path.name for path in tmp_path.iterdir()] == [f"rest-{name_of(scenario)}.npz"]
    forget(monkeypatch)
    again = world_at_rest(scenario, network)
    assert rests.times == 1 and same_worlds(again, rests.world)
    again.lines.reach_kg[:] = -1.0  # a run spoils its own arrays only
    assert same_worlds(world_at_rest(scenario, network), rests.world) and rests.times == 1


@pytest.mark.parametrize("content", [b"", b"none", b"PK\x03\x04 cut off", None])
def test_a_file_that_cannot_be_read_is_made_anew(
    rests: Rests,
    settled: TraffickingModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
) -> None:
    world_at_rest(settled.scenario, settled.network)
    path = tmp_path / f"rest-{name_of(settled.scenario)}.npz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    bad = whole[:middle] + bytes(500) + whole[middle + 500 :] if content is None else content
    path.write_bytes(bad)
    forget(monkeypatch)
    assert same_worlds(world_at_rest(settled.scenario, settled.network), rests.world)
    assert rests.times == 2
    forget(monkeypatch)
    assert same_worlds(world_at_rest(settled.scenario, settled.network), rests.world)
    assert rests.times == 2  # the file is whole again
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("folder", [None, Path("/nowhere/at/all")])
def test_without_a_folder_to_write_to_worlds_are_kept_in_memory(
    rests: Rests,
    settled: TraffickingModel,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path | None,
) -> None:
    monkeypatch.setattr(kept_rest, "kept_in", lambda: folder)
    for _ in range(2):
        assert same_worlds(world_at_rest(settled.scenario, settled.network), rests.world)
    assert rests.times == 1


# Rest itself


def mean_shares(run: pd.DataFrame, years: tuple[int, int]) -> pd.Series:
    """Return each group's share of every market's kilograms, over years and replicates."""
    kg = run[run["year"].between(*years)].groupby(["market", "group"], observed=True)
    delivered = kg["delivered_kg"].sum()
    return delivered / delivered.groupby("market", observed=True).transform("sum")


@pytest.mark.slow
def test_no_group_moves_far_from_its_share_in_twenty_years() -> None:
    still = ["weeks=1040", "burn_in_weeks=52"]
    still += [f"demand.{m}_growth_per_year=0" for m in ("us", "europe", "rest")]
    tables = []
    for replicate in range(3):
        model = TraffickingModel(Scenario.load("baseline", still), replicate=replicate)
        table = model.run().tables["cartels"]
        tables.append(table.assign(replicate=replicate))
    together = pd.concat(tables)
    first = int(together["year"].min())
    early = mean_shares(together, (first, first + 1))
    late = mean_shares(together, (first + 17, first + 19)).reindex(early.index, fill_value=0.0)
    far = (late - early).abs() - np.maximum(0.03, 0.25 * early)
    assert (far <= 0.0).all(), pd.DataFrame({"early": early, "late": late})[far > 0.0]
