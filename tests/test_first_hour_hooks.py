"""Rules of a user's own: called when they should be, checked, keyed, and told in the result."""

from __future__ import annotations

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import Run, Scenario, TraffickingModel
from sim.errors import ScenarioError
from sim.model import PHASES
from sim.results.ledger import LedgerError

SHORT = Scenario.load("baseline", ["weeks=10", "burn_in_weeks=3"])
PAGE = Path(__file__).parent.parent / "docs" / "guide" / "mesa.md"


def same(a: Run, b: Run) -> bool:
    return all(a.tables[name].equals(b.tables[name]) for name in a.tables)


def nothing(model: Any, week: int) -> None:
    """A rule without effect."""


def lucky_searches(model: Any, week: int) -> None:
    """Search each leg from Peru twice as hard in half of all weeks, by its own luck."""
    table, legs = model.network.legs, model.world.legs
    for e in np.flatnonzero(table["from"].str.startswith("PE_")):
        lucky = model.generator("searches", table["leg"].iloc[e]).random() < 0.5
        legs.campaign[e] = 2.0 if lucky else 1.0


def run_with_searches(replicate: int) -> Run:
    hooks = [("before", "interdict", lucky_searches)]
    return TraffickingModel(SHORT, seed=4, replicate=replicate, hooks=hooks).run()


def test_rules_are_called_around_their_phase_in_every_week() -> None:
    model = TraffickingModel(SHORT)
    calls: list[tuple[str, int]] = []
    for phase in PHASES:
        model.before(phase, lambda m, week, phase=phase: calls.append((f"before {phase}", week)))
        model.after(phase, lambda m, week, phase=phase: calls.append((f"after {phase}", week)))
    model.run()
    a_week = [f"{when} {phase}" for phase in PHASES for when in ("before", "after")]
    assert calls == [(call, week) for week in range(-3, 10) for call in a_week]


def test_a_rule_sees_and_changes_the_week_it_stands_in() -> None:
    model = TraffickingModel(SHORT, seed=2)

    def forbid(model: Any, week: int) -> None:
        if week >= 5:
            model.world.lines.order_kg[:] = 0.0
            model.world.lines.zone_order_kg[:] = 0.0

    model.after("value_routes", forbid)
    runs = model.run(), TraffickingModel(SHORT, seed=2).run()
    forbade, free = (r.tables["cartels"].groupby("week")["bought_kg"].sum() for r in runs)
    assert forbade[:5].equals(free[:5])
    assert forbade[5:].sum() < 0.05 * free[5:].sum()


def test_a_rule_without_effect_leaves_every_bit_as_it_was() -> None:
    model = TraffickingModel(SHORT, hooks=[("after", "sell", nothing)])
    run = model.run()
    assert same(run, TraffickingModel(SHORT).run())
    assert run.manifest["hooks"] == [f"after sell: {__name__}.nothing"]
    assert "hooks" not in TraffickingModel(SHORT).run().manifest


def test_the_luck_of_rules_is_the_same_here_and_in_another_process() -> None:
    here = [run_with_searches(k) for k in range(2)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = list(pool.map(run_with_searches, range(2)))
    assert all(same(a, b) for a, b in zip(here, there, strict=True))
    assert not same(here[0], TraffickingModel(SHORT, seed=4).run())


def test_luck_is_keyed_by_seed_stream_week_and_row() -> None:
    model, other = TraffickingModel(SHORT, seed=1), TraffickingModel(SHORT, seed=2)
    first = model.generator("a", "x").random(4).tolist()
    assert model.generator("b", "x").random() and model.rng.random()  # of no consequence
    assert model.generator("a", "x").random(4).tolist() == first
    others = [model.generator("b", "x"), model.generator("a", "y"), other.generator("a", "x")]
    model.step()
    others.append(model.generator("a", "x"))
    assert all(generator.random(4).tolist() != first for generator in others)
    draws = [model.generator("many", k).random() for k in range(2000)]
    assert np.mean(draws) == pytest.approx(0.5, abs=0.03)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.1
    with pytest.raises(ScenarioError, match="row is below 0"):
        model.generator("a", -1)


@pytest.mark.parametrize(
    ("hook", "says"),
    [
        (("before", "bye", nothing), "before: no phase 'bye'; did you mean 'buy'?"),
        (("after", "zzz", nothing), "after: no phase 'zzz'; they are open_week, grow, "),
        (("after", "sell", 3), "after 'sell': 3 is not a function(model, week)"),
        (("during", "sell", nothing), "'during' is neither 'before' nor 'after'"),
        (("sell", nothing), "is not ('before' or 'after', phase, function)"),
    ],
)
def test_a_mistake_in_a_rule_is_one_message(hook: Any, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        TraffickingModel(SHORT, hooks=[hook])
    assert says in str(caught.value)


def test_a_rule_that_breaks_the_books_is_named() -> None:
    def smuggle(model: Any, week: int) -> None:
        model.world.producers.stock_kg[0] += 1.0

    model = TraffickingModel(SHORT)
    model.after("grow", smuggle)
    with pytest.raises(LedgerError, match="week -3: .*not the model's own: after grow: .*smuggle"):
        model.run()


def test_the_page_about_rules_runs_as_it_stands() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    legs = [names[run].tables["legs"] for run in ("struck", "calm")]
    at_port = [table[table["to"].isin(names["PORTS"])] for table in legs]
    assert at_port[0]["seized_kg"].sum() < at_port[1]["seized_kg"].sum()
    a, b = names["told"].agents_by_type[names["Journalist"]]
    assert len(a.heard_kg) == 156 and a.heard_kg == b.heard_kg and a.heard_kg[-1] > 0
    assert len({row["iteration"] for row in names["rows"]}) == 2
