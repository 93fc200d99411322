"""What a Mesa user tries in the first hour works as Mesa's documents say."""

from __future__ import annotations

import copy
import gc
import pickle
import warnings
import weakref
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from sim import Scenario, TraffickingModel
from sim.agents.cartel import Cartel
from sim.agents.gang import Gang
from sim.errors import ScenarioError
from sim.model import PHASES
from sim.results.ledger import LedgerError

SHORT = Scenario.load("baseline", ["weeks=12", "burn_in_weeks=4"])


class Observer(mesa.Agent):
    """An agent of the user's own."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.seen: list[int] = []

    def look(self) -> None:
        self.seen.append(self.model.week)


class Watched(TraffickingModel):
    """A model whose step ends with agents of its own."""

    def __init__(self, scenario: Scenario, watchers: int = 3, **luck: Any) -> None:
        super().__init__(scenario, **luck)
        Observer.create_agents(self, watchers)

    def step(self) -> None:
        super().step()
        self.agents_by_type[Observer].shuffle_do("look")


class Doubled(TraffickingModel):
    """A model that collects by itself, as Mesa's examples do."""

    def __init__(self, scenario: Scenario, **luck: Any) -> None:
        super().__init__(scenario, **luck)
        self.datacollector = mesa.DataCollector(model_reporters={"at": "week"})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def same(a: dict[str, pd.DataFrame], b: dict[str, pd.DataFrame]) -> bool:
    return all(a[name].equals(b[name]) for name in a)


def prices(**luck: Any) -> list[float]:
    tables = TraffickingModel(SHORT, **luck).run().tables
    return list(tables["markets"]["price_usd_per_kg"])


def batch(parameters: dict[str, Any], iterations: int, **more: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of ``iterations``, in Mesa 3.4
        rows = mesa.batch_run(
            TraffickingModel,
            parameters,
            iterations=iterations,
            max_steps=20,
            display_progress=False,
            **({"number_processes": 1} | more),
        )
    return pd.DataFrame(rows)


def test_numbers_of_agents_stand_once_whoever_made_them() -> None:
    model = TraffickingModel(SHORT)
    cast = len(model.agents)
    mine = Observer.create_agents(model, 3)
    list(mine)[1].remove()
    again = Observer(model)
    numbers = [agent.unique_id for agent in model.agents]
    assert sorted(numbers) == [*range(1, cast + 2), cast + 3, cast + 4]
    before = again.unique_id
    model.register_agent(again)  # an old habit: it is registered already
    assert again.unique_id == before and len(model.agents) == cast + 3


def test_a_model_with_agents_of_the_users_own_is_forgotten_too() -> None:
    model = Watched(SHORT)
    model.run()
    trace = weakref.ref(model)
    del model
    gc.collect()
    assert trace() is None


def test_agents_of_ones_own_act_each_week_in_step_and_run() -> None:
    model = Watched(SHORT, watchers=2, seed=3)
    run = model.run()
    assert all(agent.seen == list(range(-3, 13)) for agent in model.agents_by_type[Observer])
    assert same(run.tables, TraffickingModel(SHORT, seed=3).run().tables)
    rich = model.agents.select(lambda agent: isinstance(agent, Cartel) and agent.capital_usd > 1e9)
    assert [agent.name for agent in rich] == ["MX_SINALOA"]


def test_a_model_ends_by_itself() -> None:
    model = TraffickingModel(SHORT)
    while model.running:
        model.step()
    assert (model.week, model.steps) == (12, 16)
    tables = model.recorder.tables()
    for _ in range(3):
        model.step()
    assert not model.running and model.week == 12
    assert same(tables, model.run().tables)
    assert len(model.datacollector.get_model_vars_dataframe()) == 16


def test_a_run_that_is_over_leaves_mesas_clock_where_steps_would() -> None:
    model = TraffickingModel(SHORT)
    model.run()
    assert model.steps == 16 and getattr(model, "time", 16) == 16
    model.step()
    assert model.steps == 17 and getattr(model, "time", 17) == 17


def test_running_set_to_false_stops_the_run_after_that_week() -> None:
    model = TraffickingModel(SHORT)

    def stop(model: Any, week: int) -> None:
        model.running = week < 5

    model.after("sell", stop)
    run = model.run()
    assert model.week == 6 and run.tables["ledger"]["week"].tolist() == list(range(6))
    model.running = True
    model._hooks = type(model._hooks)(PHASES)
    assert same(model.run().tables, TraffickingModel(SHORT).run().tables)


def test_iterations_of_a_batch_are_the_replicates_of_the_scenario() -> None:
    table = batch({"scenario": [SHORT]}, 3).set_index("iteration")
    assert len(table) == 3 or "AgentID" in table  # Mesa 3.5 has a row an agent
    for iteration in range(3):
        run = TraffickingModel(SHORT, replicate=iteration).run()
        price = run.tables["markets"].query("market == 'MK_EU'").set_index("week")
        rows = table.loc[[iteration]]
        last = price.loc[rows["week"], "price_usd_per_kg"].tolist()
        assert rows["MK_EU.price_usd_per_kg"].tolist() == last
    assert table["MK_EU.price_usd_per_kg"].nunique() == 3
    assert table["week"].between(10, 11).all()  # Mesa 3.4 leaves the last out


def test_one_scenario_is_one_value_of_a_batch_and_a_name_will_do() -> None:
    assert len(batch({"scenario": SHORT}, 1)["MK_US.price_usd_per_kg"].unique()) == 1
    assert TraffickingModel("pasco_raid").scenario.name == "pasco_raid"


@pytest.mark.slow
def test_two_processes_of_a_batch_give_what_one_gives() -> None:
    tables = [batch({"scenario": [SHORT]}, 2, number_processes=n) for n in (1, 2)]
    columns = ["iteration", "MK_EU.price_usd_per_kg", "flights", "seized_kg"]
    one, two = (t[columns].drop_duplicates().sort_values("iteration") for t in tables)
    assert one.to_numpy().tolist() == two.to_numpy().tolist()


def test_a_seed_given_to_a_batch_is_the_seed_of_all_its_iterations() -> None:
    table = batch({"scenario": [SHORT], "seed": [1, 2]}, 2)
    prices = table.groupby("seed", dropna=False)["MK_EU.price_usd_per_kg"].nunique()
    assert prices.sum() <= 4 and table["MK_EU.price_usd_per_kg"].nunique() >= 2


@pytest.mark.parametrize("bad", [1.5, 1.0, True, "abc", "1", -1, 2**63, 1 + 2j, {}, float("nan")])
@pytest.mark.parametrize("name", ["seed", "rng", "replicate"])
def test_seeds_are_whole_numbers(name: str, bad: Any) -> None:
    with pytest.raises(ScenarioError, match="replicate" if name == "replicate" else "seed"):
        TraffickingModel(SHORT, **{name: bad})


def test_a_seed_may_be_given_once() -> None:
    with pytest.raises(ScenarioError, match="seed and rng both given"):
        TraffickingModel(SHORT, seed=1, rng=1)
    with pytest.raises(ScenarioError, match="scenario: 3 is neither"):
        TraffickingModel(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: 7,
        lambda: np.int32(7),
        lambda: [7, 1],
        lambda: np.random.SeedSequence(7),
        lambda: np.random.default_rng(7),
        lambda: np.random.PCG64(7),
    ],
)
def test_the_same_rng_twice_gives_the_same_bits(make: Any) -> None:
    assert prices(rng=make()) == prices(rng=make())
    model = TraffickingModel(SHORT, rng=make())
    assert prices(seed=model.base_seed) == prices(rng=make())


def test_a_generator_asked_twice_gives_two_worlds_and_an_int_is_a_seed() -> None:
    generator = np.random.default_rng(7)
    assert prices(rng=generator) != prices(rng=generator)
    assert prices(rng=7) == prices(seed=7) == prices(seed=np.uint8(7))
    assert prices() == prices(seed=SHORT.seed)


def test_a_reset_concerns_mesas_generators_and_not_the_market() -> None:
    model = TraffickingModel(SHORT, seed=3)
    first = model.rng.random(), model.random.random()
    model.reset_rng()
    model.reset_randomizer()
    assert (model.rng.random(), model.random.random()) == first
    model.reset_rng(5)
    assert model.rng.random() == np.random.default_rng(5).random()
    assert same(model.run().tables, TraffickingModel(SHORT, seed=3).run().tables)


def test_weeks_are_collected_alike_whether_stepped_or_run() -> None:
    fast = TraffickingModel(SHORT, seed=3)
    tables = fast.run().tables
    slow, full = TraffickingModel(SHORT, seed=3), TraffickingModel(SHORT, seed=3)
    while slow.running:
        slow.step()
    full.run(collect=True)
    frames = [m.datacollector.get_model_vars_dataframe() for m in (fast, slow, full)]
    assert frames[1].equals(frames[2])
    assert frames[0].iloc[4:].equals(frames[1].iloc[4:])
    assert frames[0].iloc[:4].drop(columns="week").isna().all(axis=None)
    assert frames[1]["week"].tolist() == list(range(-4, 12))
    assert frames[1].iloc[:4].filter(regex="price|flights").notna().all(axis=None)
    late = frames[1].iloc[4:].reset_index(drop=True)
    europe = tables["markets"].query("market == 'MK_EU'").reset_index(drop=True)
    assert late["MK_EU.price_usd_per_kg"].tolist() == europe["price_usd_per_kg"].tolist()
    assert late["flights"].tolist() == tables["pilots"].groupby("week")["flights"].sum().tolist()
    seized = tables["cartels"].groupby("week")["seized_kg"].sum()
    assert late["seized_kg"].tolist() == pytest.approx(seized.tolist())
    rows = tables["cartels"].query("week == 11 and market == 'MK_EU'")["delivered_kg"]
    share = rows / rows.sum()
    assert late["MK_EU.herfindahl"].iloc[-1] == pytest.approx((share**2).sum())


def test_cartels_and_gangs_are_collected_by_step() -> None:
    model = TraffickingModel(SHORT)
    for _ in range(3):
        model.step()
        model.datacollector.collect(model)  # a second time in a week changes nothing
    cartels = model.datacollector.get_agenttype_vars_dataframe(Cartel)
    gangs = model.datacollector.get_agenttype_vars_dataframe(Gang)
    last = cartels.loc[3].set_index("name")
    for agent in model.agents_by_type[Cartel]:
        assert last.loc[agent.name, "capital_usd"] == agent.capital_usd
        assert last.loc[agent.name, "stock_kg"] == pytest.approx(agent.stock_kg)
    assert gangs.loc[3, "members"].sum() == pytest.approx(model.world.gangs.members.sum())
    assert len(model.datacollector.get_model_vars_dataframe()) == 3


def test_a_collector_of_ones_own_collects_each_week_once() -> None:
    model = TraffickingModel(SHORT)
    model.datacollector = mesa.DataCollector(model_reporters={"at": "week"})
    run = model.run()
    assert model.datacollector.get_model_vars_dataframe()["at"].tolist() == list(range(-3, 13))
    assert same(run.tables, TraffickingModel(SHORT).run().tables)
    doubled = Doubled(SHORT)
    doubled.run()
    assert doubled.datacollector.get_model_vars_dataframe()["at"].tolist() == list(range(-3, 13))


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_that_does_nothing_is_honoured_or_named(phase: str) -> None:
    model = TraffickingModel(Scenario.load("baseline", ["weeks=100", "burn_in_weeks=20"]))
    calls: list[int] = []
    setattr(model, phase, lambda: calls.append(model.week))
    if phase == "interdict":  # loads that nobody brings anywhere
        with pytest.raises(LedgerError, match="not the model's own: interdict"):
            model.run()
    else:
        model.run()
        assert calls == list(range(-20, 100))


def test_tables_in_mid_run_hold_weeks_that_have_passed() -> None:
    model = TraffickingModel(Scenario.load("pasco_raid", ["start=2013-11-04", "burn_in_weeks=4"]))
    for passed in (0, 3, 4, 5, 12):
        while model.week < passed - 4:
            model.step()
        tables = model.recorder.tables()
        weeks = list(range(max(passed - 4, 0)))
        for name in ("markets", "cartels", "places", "pilots", "ledger"):
            assert sorted(tables[name]["week"].unique()) == weeks, name
        assert (tables["moves"]["week"] < max(passed - 4, 0)).all()
        assert (tables["moves"]["week"] >= 0).all()
    whole = tables["legs"]["seized_kg"].sum()
    assert whole == pytest.approx(tables["ledger"]["seized_kg"].iloc[-1] - seized_before(model))


def seized_before(model: TraffickingModel) -> float:
    """Return kilograms seized before the first week, and those that the raid took in store."""
    records = model.recorder.records
    legs = records.lines.seized_kg[:8].sum()
    return float(records.ledger.seized_kg[7] - legs + model.recorder.events[0]["kg"])


@pytest.mark.parametrize("how", ["copied", "pickled"])
def test_a_copy_of_a_model_goes_its_own_way(how: str) -> None:
    """It passes the same weeks to the same bits, and leaves the one it was made of alone."""
    model = TraffickingModel(Scenario.load("baseline", ["weeks=30", "burn_in_weeks=4"]), seed=1)
    for _ in range(8):
        model.step()
    other = copy.deepcopy(model) if how == "copied" else pickle.loads(pickle.dumps(model))
    assert all(agent.model is other for agent in other.agents)
    stock, collected = model.world.lines.stock_kg.copy(), weekly(model)
    for _ in range(5):
        other.step()
    assert np.array_equal(model.world.lines.stock_kg, stock)
    assert weekly(model).equals(collected) and len(weekly(other)) == len(collected) + 5
    for _ in range(5):
        model.step()
    assert weekly(model).equals(weekly(other))
    ends, copied = model.run().tables, other.run().tables
    assert all(ends[name].equals(copied[name]) for name in ends)


def weekly(model: TraffickingModel) -> pd.DataFrame:
    return model.datacollector.get_model_vars_dataframe().copy()
