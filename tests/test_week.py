"""The week as a whole: bits, twins, balance, settlement."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest
from mesa.agent import AgentSet

from experiments.runner.replicates import replicate
from sim.agents.agency import Agency
from sim.agents.cartel import Cartel
from sim.agents.gang import Gang
from sim.agents.pilot import Pilot
from sim.agents.producer import Producer
from sim.model import TraffickingModel
from sim.results.ledger import LedgerError
from sim.run import Run
from sim.scenario.scenario import Scenario
from sim.week import PHASES

SHORT = ["weeks=60", "burn_in_weeks=30"]
HASH = """
import hashlib, sys
from sim import Scenario, TraffickingModel
run = TraffickingModel(Scenario.load("pasco_raid", sys.argv[1:]), seed=3, replicate=1).run()
digest = hashlib.sha256()
for name in sorted(run.tables):
    digest.update(run.tables[name].to_csv(index=False, float_format="%.17g").encode())
print(digest.hexdigest())
"""


def same(a: Run, b: Run) -> bool:
    return all(a.tables[name].equals(b.tables[name]) for name in a.tables)


def short(name: str = "baseline", *more: str) -> Scenario:
    return Scenario.load(name, [*SHORT, *more])


def digest(arguments: list[str], **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", HASH, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    return done.stdout.strip()


def test_the_week_is_a_table_of_contents_in_this_order() -> None:
    assert [phase.__name__ for phase in PHASES] == [
        "open_week",
        "grow",
        "value_routes",
        "buy",
        "dispatch",
        "interdict",
        "sell",
        "learn",
        "contest_places",
        "take_sides",
        "invest",
        "police",
        "close_books",
    ]


def test_single_steps_and_compiled_stretches_give_the_same_bits() -> None:
    scenario = short("airstrips_2014", "start=2013-09-02", "agencies='adaptive'")
    fast = TraffickingModel(scenario, seed=2).run()
    slow = TraffickingModel(scenario, seed=2)
    with np.errstate(over="ignore"):
        for _ in range(90):
            slow.step()
    tables = slow.recorder.tables(0)
    assert all(fast.tables[name].equals(tables[name]) for name in tables)
    assert slow.steps == 90


def test_same_seed_same_bits_and_replicates_differ() -> None:
    once = TraffickingModel(short(), seed=5).run()
    again = TraffickingModel(short(), seed=5).run()
    other = TraffickingModel(short(), seed=5, replicate=1).run()
    assert same(once, again)
    assert (
        not once.tables["markets"]
        .drop(columns="replicate")
        .equals(other.tables["markets"].drop(columns="replicate"))
    )


def test_one_process_and_two_give_the_same_bits() -> None:
    world = short("baseline", "weeks=12", "burn_in_weeks=4")
    assert same(replicate(world, 4, 2, workers=1), replicate(world, 4, 2, workers=2))


def test_with_and_without_the_compiler_the_bits_are_the_same() -> None:
    few = ["weeks=5", "burn_in_weeks=2", "start=2013-11-04"]
    assert digest(few) == digest(few, NUMBA_DISABLE_JIT="1")


def test_a_raid_changes_nothing_before_its_week() -> None:
    raid = TraffickingModel(short("pasco_raid", "start=2013-04-01"), seed=1).run()
    none = TraffickingModel(short("baseline", "start=2013-04-01"), seed=1).run()
    week = int(raid.tables["events"]["week"].iloc[0])
    for name in ("markets", "cartels", "places", "pilots", "ledger"):
        before = [run.tables[name][run.tables[name]["week"] < week] for run in (raid, none)]
        assert before[0].equals(before[1]), name
    assert not raid.tables["ledger"].equals(none.tables["ledger"])


def test_a_raid_touches_only_its_place_in_its_week() -> None:
    raid = TraffickingModel(short("pasco_raid", "start=2013-04-01"), seed=1).run()
    none = TraffickingModel(short("baseline", "start=2013-04-01"), seed=1).run()
    week = int(raid.tables["events"]["week"].iloc[0])
    for name, key in (("markets", "market"), ("places", "place")):
        rows = []
        for run in (raid, none):
            table = run.tables[name]
            rows.append(table[table["week"] == week].set_index(key)["price_usd_per_kg"])
        changed = {k for k in rows[0].index if rows[0][k] != rows[1][k]}
        assert changed <= {"PE_PASCO"}, changed
    event = raid.tables["events"].iloc[0]
    seized = [run.tables["ledger"].set_index("week")["seized_kg"][week] for run in (raid, none)]
    assert 0 < event["kg"] <= 270
    assert (event["killed"], event["detained"], event["aircraft"]) == (1, 2, 1)
    assert seized[0] - seized[1] == pytest.approx(event["kg"], abs=400)


def test_barring_a_cartel_leaves_the_luck_of_others_alone() -> None:
    """The draws of every pilot are the same in both worlds."""
    barred = TraffickingModel(short("baseline", 'barred=["MX_SINALOA"]'), seed=1)
    free = TraffickingModel(short(), seed=1)
    with np.errstate(over="ignore"):
        for model in (barred, free):
            for _ in range(10):
                model.step()
    active = (barred.world.pilots.status == 0) & (free.world.pilots.status == 0)
    assert active.sum() > 250
    names = list(free.network.market_lines["cartel"])
    mine = [k for k, name in enumerate(names) if name == "MX_SINALOA"]
    assert barred.world.lines.order_kg[mine].sum() == 0
    assert barred.world.lines.stock_kg[mine].sum() == 0
    assert np.array_equal(barred.world.pilots.life_usd, free.world.pilots.life_usd)


def test_an_entrant_barred_by_date_is_like_an_entrant_free_until_then() -> None:
    event = (
        'events=[{kind="entry", name="bar", date=2010-11-01, organisation="MX_SINALOA", '
        "permitted=false}]"
    )
    barred = TraffickingModel(short("baseline", event), seed=1).run()
    free = TraffickingModel(short(), seed=1).run()
    a, b = barred.tables["cartels"], free.tables["cartels"]
    assert a[a["week"] < 43].equals(b[b["week"] < 43])
    later = a[(a["week"] >= 43) & (a["cartel"] == "MX_SINALOA")]
    assert later["bought_kg"].sum() == 0


@pytest.mark.parametrize("name", ["baseline", "pasco_raid", "europe_rises", "airstrips_2014"])
def test_every_shipped_scenario_closes_its_books_every_week(name: str) -> None:
    ledger = TraffickingModel(Scenario.load(name, ["burn_in_weeks=52"])).run().tables["ledger"]
    assert len(ledger) == 728
    assert (ledger["residual_kg"].abs() <= 1e-9 * ledger["produced_kg"]).all()
    turnover = ledger["consumers_usd"] + ledger["held_usd"].iloc[0]
    assert (ledger["residual_usd"].abs() <= 1e-9 * turnover).all()


def test_tables_agree_with_the_ledger() -> None:
    run = TraffickingModel(short("baseline", "burn_in_weeks=0")).run()
    ledger = run.tables["ledger"].iloc[-1]
    cartels = run.tables["cartels"]
    assert cartels["delivered_kg"].sum() == pytest.approx(ledger["consumed_kg"], rel=1e-9)
    assert cartels["seized_kg"].sum() == pytest.approx(ledger["seized_kg"], rel=1e-9)
    assert run.tables["legs"]["seized_kg"].sum() == pytest.approx(ledger["seized_kg"], rel=1e-9)
    assert run.tables["markets"]["delivered_kg"].sum() == pytest.approx(ledger["consumed_kg"])
    stock = run.tables["places"]
    assert stock[stock["week"] == 59]["stock_kg"].sum() == pytest.approx(ledger["stock_kg"])


def test_a_kilogram_from_nowhere_is_found_the_week_it_appears() -> None:
    model = TraffickingModel(short())
    with np.errstate(over="ignore"):
        model.step()
        model.world.producers.stock_kg[0] += 1.0
        with pytest.raises(LedgerError, match=r"week -29: the books do not close: .*stock_kg"):
            model.step()


def test_a_dollar_from_nowhere_is_found_in_a_compiled_stretch() -> None:
    model = TraffickingModel(short())
    model.world.gangs.cash_usd[0] += 1e6
    with pytest.raises(LedgerError, match=r"week -30: .*residual_usd"):
        model.run()


def test_the_cast_are_mesa_agents_that_see_the_week() -> None:
    model = TraffickingModel(short())
    kinds = {kind.__name__: len(agents) for kind, agents in model.agents_by_type.items()}
    assert kinds["Producer"] >= 200 and kinds["Pilot"] >= 300 and kinds["Gang"] >= 20
    assert kinds["Cartel"] >= 12 and kinds["Agency"] >= 8
    model.run()
    pilots: AgentSet = model.agents_by_type[Pilot]
    flown = pilots.agg("flights", sum)
    assert flown == model.world.pilots.flights.sum() > 0
    idle = pilots.select(lambda pilot: pilot.status != "active")
    assert len(idle) == (model.world.pilots.status != 0).sum()
    sinaloa = next(a for a in model.agents_by_type[Cartel] if a.name == "MX_SINALOA")
    assert sinaloa.group == "Mexican" and sinaloa.capital_usd > 0
    assert sinaloa.netback("MK_US", "MX_BORDER") > sinaloa.netback("MK_US", "MX_SOUTH") > 0
    assert (
        abs(sinaloa.decides_growth("MK_US")) <= model.scenario.parameters.ordering.growth_per_week
    )
    assert all(0 <= a.belief("PE_VRAEM>BO_BENI") < 0.2 for a in model.agents_by_type[Cartel])
    gang = next(a for a in model.agents_by_type[Gang] if a.name == "BO_AFFILIATE")
    patron = model.world.gangs.affiliation[gang.row]
    assert gang.affiliation == (model.organisations[patron] if patron >= 0 else None)
    assert gang.control("PE_PASCO") > 0
    peru = next(a for a in model.agents_by_type[Agency] if a.name == "AG_PE")
    assert peru.seized_kg > 0 and peru.effort("PE_VRAEM>BO_BENI") > 0
    assert model.agents_by_type[Producer].agg("capacity_kg", sum) > 10_000


def test_an_agent_reads_its_row_and_does_not_write_it() -> None:
    model = TraffickingModel(short())
    gang = next(a for a in model.agents_by_type[Gang] if a.name == "BO_AFFILIATE")
    model.world.gangs.cash_usd[gang.row] = 12.5
    assert gang.cash_usd == 12.5 and type(gang.cash_usd) is float
    assert type(model.agents_by_type[Cartel][0].trades) is bool
    with pytest.raises(AttributeError, match=rf"gangs\.cash_usd\[{gang.row}\]"):
        gang.cash_usd = 3.0
    assert gang.cash_usd == 12.5


def test_every_phase_is_a_method_that_says_what_it_does() -> None:
    for phase in PHASES:
        method = getattr(TraffickingModel, phase.__name__)
        assert (method.__name__, method.__doc__) == (phase.__name__, phase.__doc__)


def test_pilots_decide_as_the_weekly_rule_does() -> None:
    model = TraffickingModel(short())
    model.run()
    leg = "PE_VRAEM>BO_BENI"
    willing = [p for p in model.agents_by_type[Pilot] if p.flies(leg)]
    assert 0 < len(willing) < 200
    assert all(p.reservation_usd <= 60_000 and p.perceived_risk(leg) > 0 for p in willing)


@pytest.fixture(scope="module")
def baseline() -> Run:
    scenario = Scenario.load("baseline")
    return Run.combine([TraffickingModel(scenario, replicate=r).run() for r in range(3)])


def test_the_settled_market_does_not_swing(baseline: Run) -> None:
    table = baseline.tables["markets"]
    yearly = (
        table[table["year"] >= 2014]
        .groupby(["replicate", "market", "year"], observed=True)["price_usd_per_kg"]
        .mean()
    )
    variation = yearly.groupby(["replicate", "market"], observed=True).agg(
        lambda price: price.std() / price.mean()
    )
    assert variation.max() < 0.10


def test_the_settled_market_has_no_trend(baseline: Run) -> None:
    table = baseline.tables["markets"]
    yearly = (
        table[table["year"] >= 2014]
        .groupby(["market", "year"], observed=True)["price_usd_per_kg"]
        .mean()
        .unstack()
    )
    slope = np.polyfit(yearly.columns.to_numpy(float), np.log(yearly.to_numpy()).T, 1)[0]
    assert np.abs(slope).max() < 0.01  # less than a per cent a year


def test_no_price_touches_a_bound(baseline: Run) -> None:
    table = baseline.tables["markets"]
    reference = baseline.network.places.set_index("id")["reference_price_usd_per_kg"]
    ratio = table["price_usd_per_kg"] / table["market"].map(reference).astype(float)
    assert ratio.min() > 0.4 and ratio.max() < 2.5  # the bounds are 0.1 and 10


def test_every_large_market_keeps_three_or_more_cartels(baseline: Run) -> None:
    table = baseline.tables["cartels"]
    last = table[table["year"] == 2023]
    kg = last.groupby(["replicate", "market", "cartel"], observed=True)["delivered_kg"].sum()
    share = kg / kg.groupby(["replicate", "market"], observed=True).transform("sum")
    large = share[share > 0.05].groupby(["replicate", "market"], observed=True).count()
    assert large.min() >= 3
    assert share.max() < 0.6


def test_the_price_ladder_is_that_of_the_data(baseline: Run) -> None:
    table = baseline.tables["places"]
    mean = table.groupby("place", observed=True)["price_usd_per_kg"].mean()
    reference = baseline.network.places.set_index("id")["reference_price_usd_per_kg"]
    for place in ("BO_BENI", "BO_SANTACRUZ", "BR_SAOPAULO", "BR_SANTOS", "MK_EU"):
        simulated = mean[place] / mean["PE_VRAEM"]
        observed = reference[place] / reference["PE_VRAEM"]
        assert abs(simulated / observed - 1) < 0.30, place


def test_cutting_air_capacity_lowers_the_farm_price_and_raises_it_downstream() -> None:
    cut_scenario = Scenario.load("airstrips_2014", ["weeks=420"])
    free_scenario = Scenario.load("baseline", ["weeks=420"])
    cut = Run.combine([TraffickingModel(cut_scenario, replicate=r).run() for r in range(3)])
    free = Run.combine([TraffickingModel(free_scenario, replicate=r).run() for r in range(3)])

    def ratio(place: str, first: int, last: int) -> float:
        values = []
        for run in (cut, free):
            table = run.tables["places"]
            rows = (table["place"] == place) & table["week"].between(first, last)
            values.append(table[rows]["price_usd_per_kg"].mean())
        return float(values[0] / values[1])

    assert ratio("PE_VRAEM", 240, 280) < 0.80
    assert ratio("BO_BENI", 240, 280) > 1.02 and ratio("MK_BR", 250, 290) > 1.01

    def by_land(run: Run, year: int) -> float:
        table = run.tables["legs"]
        out = table[(table["from"] == "PE_VRAEM") & (table["year"] == year)]
        return float(out.loc[out["mode"] != "air", "moved_kg"].sum() / out["moved_kg"].sum())

    assert by_land(cut, 2014) > by_land(free, 2014) + 0.2
    assert by_land(cut, 2017) < by_land(cut, 2014) - 0.15  # part of it flies again


def test_a_finished_model_is_forgotten() -> None:
    """Mesa 3.3 keeps every model whose agents it has numbered; a sweep would fill the memory."""
    model = TraffickingModel(Scenario.load("baseline", ["weeks=4", "burn_in_weeks=0"]), seed=1)
    model.run()
    numbers = [agent.unique_id for agent in model.agents]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    trace = weakref.ref(model)
    del model
    gc.collect()
    assert trace() is None
