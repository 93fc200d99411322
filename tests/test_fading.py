"""Events that fade, strips that reopen, and events on whom a place trusts."""

from __future__ import annotations

import numpy as np
import pytest
from support import same_tables

from sim import Scenario, TraffickingModel
from sim.shocks.fading import lifetime, strength, weakenings

SHORT = ["weeks=40", "burn_in_weeks=0"]


def model(*events: str, weeks: int = 40) -> TraffickingModel:
    listed = ", ".join(f'{{name="x", {event}}}' for event in events)
    return TraffickingModel(
        Scenario.load("baseline", [*SHORT, f"weeks={weeks}", f"events=[{listed}]"])
    )


def weekly(run: TraffickingModel, weeks: int, look: str) -> list[float]:
    """One number of the world after each week."""
    seen = []
    for _ in range(weeks):
        run.step()
        seen.append(float(eval(look, {"w": run.world})))
    return seen


def test_half_is_gone_after_the_half_life_in_steps_of_four_weeks() -> None:
    scenario = model('kind="campaign", date=2010-01-04, factor=3.0, half_life_weeks=8').scenario
    (event,) = scenario.events
    assert [strength(event, week) for week in (0, 3, 4, 8, 16)] == [1, 1, 0.5**0.5, 0.5, 0.25]
    assert lifetime(event) == 56  # 8 log2(100) = 53.2 weeks, in whole steps
    assert list(weakenings(event, 10, 20)) == [10, 14, 18]


def test_a_campaign_fades_and_leaves_no_trace() -> None:
    run = model('kind="campaign", date=2010-01-04, factor=3.0, half_life_weeks=4', weeks=40)
    factor = weekly(run, 40, "w.legs.campaign[0]")
    assert factor[:12] == [3, 3, 3, 3, 2, 2, 2, 2, 1.5, 1.5, 1.5, 1.5]
    assert factor[27] == 1 + 2 / 64 and set(factor[28:]) == {1.0}


def test_a_law_s_risk_of_death_fades_to_the_usual() -> None:
    run = model('kind="law", date=2010-01-04, death_prob=0.9, half_life_weeks=4')
    usual = run.scenario.parameters.interdiction.death_prob
    risk = weekly(run, 40, "w.air.death_prob[0]")
    assert risk[0] == 0.9 and risk[4] == pytest.approx(0.5 * 0.9 + 0.5 * usual)
    assert risk[39] == usual


def test_demand_that_fades_is_half_back_after_the_half_life() -> None:
    run = model('kind="demand", date=2010-01-04, market="us", factor=2.0, half_life_weeks=8')
    us = run.network.markets.index("MK_US")
    demand = run.given.demand_kg[:, us] / run.world.markets.first_demand_kg[us]
    assert demand[[0, 8, 16]] == pytest.approx([2.0, 1.5, 1.25])


def test_strips_reopen_elsewhere_and_those_destroyed_stay_so() -> None:
    event = 'kind="airstrips", date=2010-01-04, factor=0.25, places=["PE_VRAEM"], '
    run = model(event + 'half_life_weeks=4, elsewhere=["PE_UCAYALI", "PE_PICHIS"]')
    legs = list(run.network.legs["leg"])
    slots = dict(zip(run.world.air.leg.tolist(), run.world.air.slots.tolist(), strict=True))
    old, new = legs.index("PE_VRAEM>BO_BENI"), legs.index("PE_UCAYALI>BO_BENI")
    other = legs.index("PE_PICHIS>BO_BENI")
    for week in range(9):
        run.step()
        reopened = {0: 0.0, 4: 0.5, 8: 0.75}.get(week)
        if reopened is not None:
            share = run.world.legs.open_share
            assert share[old] == 0.25 and share[new] == share[other]
            won = (share[new] - 1) * (slots[new] + slots[other])
            assert won == pytest.approx(reopened * 0.75 * slots[old])
    run.run()
    assert run.world.legs.open_share[new] > share[new] * 0.999
    assert run.world.legs.open_share[old] == 0.25


def test_trust_moves_at_once_and_settles_where_the_event_puts_it() -> None:
    where = 'organisation="IT_NDRANGHETA", places=["BR_NEPORTS"]'
    run = model(f'kind="trust", date=2010-02-01, change=0.5, weeks=12, {where}')
    o = run.roster.row("IT_NDRANGHETA")
    n = run.network.place_index["BR_NEPORTS"]
    look = f"w.cartels.trust[{o}, {n}]"
    trust = weekly(run, 40, look)
    assert trust[4] - trust[3] == pytest.approx(0.5, abs=0.05)
    assert run.world.cartels.standing[o, n] == 0.0 and trust[39] < trust[15]
    tie = 1 - (1 - run.scenario.parameters.routing.stranger_share) * (1 - trust[39])
    assert run.world.cartels.tie[o, n] == pytest.approx(tie)
    war = model(f'kind="trust", date=2010-01-04, change=-1, {where}')
    assert set(weekly(war, 12, look)) == {0.0}


def test_fading_events_are_the_same_in_stretches_and_week_by_week() -> None:
    events = [
        'kind="law", date=2010-01-11, factor=2.0, death_prob=0.9, half_life_weeks=6',
        'kind="trust", date=2010-02-01, organisation="BR_PCC", places=["BR_SANTOS"], change=-0.5,'
        " half_life_weeks=5",
    ]
    at_once, stepped = model(*events), model(*events)
    while stepped.running:
        stepped.step()
    assert same_tables(at_once.run().tables, stepped.run().tables)
    words = list(at_once.run().tables["events"]["effect"])
    assert words[1].startswith("trust -0.5 at 1 places")
    assert np.isfinite(at_once.world.cartels.trust).all()
