"""Places as gangs see them: rents, luck, footholds, pressure, turnover."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.model import TraffickingModel
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches
from sim.results.ledger import closes
from sim.rules.local_shocks import shake_strength
from sim.rules.membership import draw_of_income
from sim.rules.stakes import watch_rents
from sim.rules.territory import draw_by_rents, leave_place, review_territory
from sim.rules.tolls import toll_of
from sim.rules.violence import fight_rate, forget_pressure
from sim.scenario.scenario import Scenario
from sim.setup.revealed import Looks, foothold_scales, moments, reveal_costs
from sim.world.records import LedgerRecord, blank

P = Parameters()
T = P.territory
pytestmark = pytest.mark.usefixtures("wrap_around")


# Stakes


def test_rents_are_tolls_at_the_full_rate_and_what_strangers_give_up(
    model: TraffickingModel,
) -> None:
    w, n = model.world, model.network.place_index["BR_SANTOS"]
    g = w.gangs.here[n, 0]
    w.gangs.n_here[n] = 1
    w.gangs.control[g, n], w.gangs.toll_share[g], w.gangs.worth_usd_per_kg[n] = 1.0, 0.01, 7000.0
    w.gangs.affiliation[g] = g  # its patron pays nothing, and yet the toll is worth having
    w.territory.through_kg[n], w.territory.through_usd[n] = 500.0, 4e6
    watch_rents(w.gangs, w.territory, 0.02, True)
    assert w.territory.rents_usd[n] == pytest.approx(500.0 * 70.0 + 0.02 * 4e6)
    watch_rents(w.gangs, w.territory, 0.02, False)
    assert np.array_equal(w.territory.rents_usd, w.territory.through_usd)


def test_stakes_fall_where_fewer_kilograms_are_worth_no_more(model: TraffickingModel) -> None:
    """Elastic demand: a tenth less passes and its worth falls; inelastic: its worth rises."""
    w, n = model.world, model.network.place_index["BR_SANTOS"]
    assert toll_of(w.gangs, n, -1) > 0.0
    kg, usd = w.territory.through_kg[n], w.territory.through_usd[n]
    rates = []
    for fewer, worth in ((1.0, 1.0), (0.9, 0.97), (0.9, 1.2)):
        w.territory.through_kg[n], w.territory.through_usd[n] = fewer * kg, worth * usd
        watch_rents(w.gangs, w.territory, P.routing.outsider_discount, True)
        if fewer == 1.0:
            w.territory.usual_rents_usd[n] = w.territory.rents_usd[n]
        rates.append(fight_rate(n, w.territory, T.record()))
    assert rates[1] < rates[0] < rates[2]


# Luck of local strength


def test_local_strength_wanders_around_what_was_inferred(model: TraffickingModel) -> None:
    gangs, key = model.world.gangs, model.world.graph.key
    g = int(gangs.places.argmax())
    held = gangs.control[g] > 0.0
    gangs.local[g, held], gangs.local_shock[g] = 2.0, 0.0
    seen = []
    for quarter in range(6000):
        shake_strength(g, gangs, key, np.uint64(977 * quarter), T.record(), 13.0)
        seen.append(np.log(gangs.local[g, held] / 2.0))
    luck = np.array(seen[40:])
    assert np.abs(luck.mean()) < 0.02
    assert luck.std() == pytest.approx(T.local_shock_sd, rel=0.05)
    later = np.mean(luck[1:] * luck[:-1]) / luck.var()
    assert later == pytest.approx(math.exp(-13.0 / T.local_shock_weeks), abs=0.02)
    assert (gangs.local_shock[g, ~held] == 0.0).all()
    assert gangs.local_shock[g, held] == pytest.approx(luck[-1])


def test_luck_is_of_the_gang_and_the_place_and_is_lost_with_it(model: TraffickingModel) -> None:
    gangs, key = model.world.gangs, model.world.graph.key
    g = int(gangs.places.argmax())
    here = np.flatnonzero(gangs.control[g] > 0.0)
    gangs.local_shock[g] = 0.0
    shake_strength(g, gangs, key, np.uint64(5), T.record(), 13.0)
    first = gangs.local_shock[g, here].copy()
    assert len(set(first)) == len(first) > 1
    n = int(here[0])
    leave_place(gangs, g, n, int(np.flatnonzero(gangs.here[n] == g)[0]))
    assert gangs.local_shock[g, n] == 0.0
    gangs.local_shock[g] = 0.0
    shake_strength(g, gangs, key, np.uint64(5), T.record(), 13.0)
    assert np.array_equal(gangs.local_shock[g, here[1:]], first[1:])


# Following the flow


def test_the_place_looked_at_is_drawn_in_proportion_to_its_rents(model: TraffickingModel) -> None:
    w = model.world
    g = int(np.flatnonzero((w.gangs.places == 1) & (w.gangs.members > 0))[0])
    rents = np.zeros(len(w.graph.key))
    near = {draw_by_rents(w.graph, w.gangs, g, rents + 1.0, u) for u in np.arange(0, 1, 0.002)}
    a, b = sorted(near)[:2]
    assert len(near) >= 2 and (w.gangs.control[g, sorted(near)] == 0.0).all()
    rents[a], rents[b] = 3e5, 1e5
    drawn = [draw_by_rents(w.graph, w.gangs, g, rents, (k + 0.5) / 400) for k in range(400)]
    assert drawn.count(a) == 300 and drawn.count(b) == 100
    assert draw_by_rents(w.graph, w.gangs, g, np.zeros_like(rents), 0.5) == -1


def test_a_small_gang_has_cheap_footholds_and_a_cartel_its_posts(model: TraffickingModel) -> None:
    w = model.world
    scale = foothold_scales(w, P)
    g = model.roster.row("PE_HUALLAGA_CLANS")
    assert w.gangs.usual_members[g] == 400.0
    assert scale[g] == pytest.approx((400.0 / T.foothold_members) ** T.foothold_power)
    assert (scale[w.cartels.trades] == 1.0).all() and (scale > 0.0).all()


def test_tolls_that_pay_in_a_usual_quarter_bound_what_gangs_places_cost(
    model: TraffickingModel,
) -> None:
    w, looks = model.world, Looks()
    for now in (13, 26, 39):
        looks.add(w, model.given, now)
    for k, factor in enumerate((0.5, 1.0, 1.5)):  # quarters differ
        looks.tolls[k] = factor * looks.tolls[0] if k else looks.tolls[0]
    upkeep = P.expansion.upkeep_per_year / 52.0
    mean, _ = moments(looks.tolls)
    held = (w.gangs.control > 0.0) & (mean > 100.0)
    alone = (mean > 0.0) & (w.gangs.control == 0.0) & ~w.cartels.trades[:, None]
    costs = {}
    for turnover in (True, False):
        reveal_costs(w, looks, P, Switches(turnover=turnover), seed=5)
        costs[turnover] = w.cartels.post_usd.copy()
    assert held.sum() > 10 and alone.sum() > 10
    assert (costs[True][held] * upkeep <= mean[held] * (1.0 + 1e-9)).all()
    assert (costs[True][alone] <= costs[False][alone] * (1.0 + 1e-9)).all()
    assert costs[True][alone].sum() < costs[False][alone].sum()
    assert costs[True][held].sum() > costs[False][held].sum()


def test_members_live_on_other_income_too(model: TraffickingModel) -> None:
    gangs, cartels = model.world.gangs, model.world.cartels
    g = int(np.flatnonzero((gangs.usual_income_usd > 0.0) & ~cartels.trades)[0])
    p = T.model_copy(update={"other_income_share": 0.5, "income_power": 0.5}).record()
    gangs.income_usd[g] = gangs.usual_income_usd[g]
    assert draw_of_income(g, cartels, gangs, p, True) == pytest.approx(1.0)
    gangs.income_usd[g] *= 0.28
    assert draw_of_income(g, cartels, gangs, p, True) == pytest.approx(0.8)  # sqrt(0.64)
    assert draw_of_income(g, cartels, gangs, p, False) == pytest.approx(math.sqrt(0.28))
    gangs.income_usd[g] = 0.0
    assert draw_of_income(g, cartels, gangs, p, True) == pytest.approx(math.sqrt(0.5))


# Pressure


def test_pressure_raises_fights_and_is_forgotten(model: TraffickingModel) -> None:
    land, p = model.world.territory, T.record()
    land.pressure[:] = 0.0
    calm = fight_rate(7, land, p)
    land.pressure[7] = 2.0
    assert fight_rate(7, land, p) == pytest.approx(calm * (1.0 + 2.0 * T.pressure_gain))
    for _ in range(int(T.pressure_weeks)):
        forget_pressure(land, T.pressure_weeks, True)
    assert land.pressure[7] == pytest.approx(2.0 * math.exp(-1.0), rel=0.03)
    forget_pressure(land, T.pressure_weeks, False)
    assert (land.pressure == 0.0).all()


def test_a_newcomer_upsets_the_place(model: TraffickingModel) -> None:
    w, given = model.world, model.given
    w.territory.pressure[:] = 0.0
    w.cartels.post_usd[:] = 1.0  # so that somebody moves
    before = w.gangs.n_here.copy()
    for now in range(13):
        review_territory(w, T.record(), P.expansion.record(), given.on, 3, now)
    came = w.gangs.n_here - before
    assert came.max() > 0 and np.array_equal(w.territory.pressure, np.maximum(came, 0.0))


@pytest.mark.parametrize(
    ("event", "where"),
    [
        ('kind = "campaign", factor = 2.0, places = ["BR_SANTOS"]', {"BR_SANTOS"}),
        ('kind = "campaign", factor = 2.0, legs = ["PE_CALLAO>EU_ROTTERDAM"]', {"PE_CALLAO"}),
        ('kind = "campaign", factor = 0.5, places = ["BR_SANTOS"]', set()),
        ('kind = "campaign", factor = 2.0', set()),
        ('kind = "airstrips", factor = 0.5, places = ["PE_PICHIS"]', set()),
        (
            'kind = "raid", place = "PE_PASCO", organisation = "BR_PCC", '
            'gang = "BO_PILOTS", kg = 5',
            {"PE_PASCO"},
        ),
        ('kind = "decapitation", organisation = "MX_ZETAS_GULF"', {"held"}),
    ],
)
def test_crackdowns_and_fallen_leaders_upset_their_places(event: str, where: set[str]) -> None:
    text = f'events=[{{ name = "x", date = 2010-01-18, {event} }}]'
    model = TraffickingModel(Scenario.load("baseline", ["weeks=4", "burn_in_weeks=4", text]))
    while model.week < 2:
        model.step()
    land, names = model.world.territory, model.network.places["id"]
    land.pressure[:] = 0.0
    leader = model.world.gangs.control[model.roster.row("MX_ZETAS_GULF")] > 0.0
    model._put_events()
    upset = set(names[land.pressure > 0.0])
    assert upset == (set(names[leader]) if where == {"held"} else where)
    assert set(land.pressure) <= {0.0, 1.0}


# Turnover before a run


# Books of a world in debt


def test_rounding_of_what_everybody_owes_is_no_missing_dollar() -> None:
    ledger = blank(LedgerRecord, 1)
    ledger.residual_usd[0] = 2.4e-7  # the last bit of 1.7e9
    assert closes(ledger, 0, -1.7e9) and closes(ledger, 0, 1.7e9)
    ledger.residual_usd[0] = 1e3
    assert not closes(ledger, 0, -1.7e9)
