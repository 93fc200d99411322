"""How the market answers to changes: who loses access, who gains demand, who inherits."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.model import TraffickingModel
from sim.rules.territory import leave_place
from sim.rules.tolls import set_tolls
from sim.scenario.scenario import Scenario

pytestmark = pytest.mark.usefixtures("wrap_around")
STILL = "demand.europe_growth_per_year=0"


def sold_kg(table: pd.DataFrame, who: str, market: str, first: int, last: int) -> float:
    """Return the kilograms that an organisation, or all its heirs, delivered in some weeks."""
    mine = table["cartel"].astype(str).str.split("/").str[0] == who
    rows = mine & (table["market"] == market) & table["week"].between(first, last)
    return float(table.loc[rows, "delivered_kg"].sum())


def driven_out(model: TraffickingModel, o: int, n: int) -> None:
    """Take an organisation's own people and the gangs that work for it off a place."""
    gangs = model.world.gangs
    for k in range(gangs.n_here[n] - 1, -1, -1):
        if gangs.affiliation[gangs.here[n, k]] == o:
            leave_place(gangs, gangs.here[n, k], n, k)


def sold_with(lost: bool, replicate: int) -> float:
    """Return what the PCC sells in Europe with its home ports, or driven out of them."""
    settings = ["weeks=208", "burn_in_weeks=26"]
    model = TraffickingModel(Scenario.load("baseline", settings), replicate=replicate)
    w, o = model.world, model.roster.row("BR_PCC")
    ports = [model.network.place_index[n] for n in ("BR_SANTOS", "BR_SAOPAULO")]
    assert (w.cartels.access[o, ports] > 0.95).all()
    if lost:
        w.cartels.roots[o, ports] = w.cartels.trust[o, ports] = 0.0
        w.cartels.posted[o, ports] = 0
        for n in ports:
            driven_out(model, o, n)
        set_tolls(w.cartels, w.gangs)
    return sold_kg(model.run().tables["cartels"], "BR_PCC", "MK_EU", 26, 207)


def test_who_loses_its_access_at_its_ports_sells_less() -> None:
    """The same luck with and without its roots, posts and arms there; allies soften it later."""
    parts = [sold_with(True, r) / sold_with(False, r) for r in range(6)]
    assert 0.5 < sum(parts) / 6 < 0.95
    assert sum(part < 1.0 for part in parts) >= 4


def europe(*settings: str) -> tuple[float, float]:
    """Return kilograms and mean price of Europe in the last years of ten."""
    scenario = Scenario.load("baseline", ["weeks=520", "burn_in_weeks=26", STILL, *settings])
    table = TraffickingModel(scenario).run().tables["markets"]
    late = table[(table["market"] == "MK_EU") & (table["week"] >= 416)]
    return float(late["delivered_kg"].sum()), float(late["price_usd_per_kg"].mean())


def test_doubled_demand_brings_more_and_supply_softens_its_price() -> None:
    doubled = (
        'events=[{ kind="demand", name="Europe doubles", date=2010-06-07, market="MK_EU", '
        "factor=2.0, over_weeks=52 }]"
    )
    fixed = ("switches.size=false", "switches.experience=false", "switches.expansion=false")
    kg, price = europe()
    more_kg, more_price = europe(doubled)
    fixed_kg, fixed_price = europe(*fixed)
    fixed_more_kg, fixed_more_price = europe(doubled, *fixed)
    assert more_kg > 1.25 * kg
    assert more_kg / kg > fixed_more_kg / fixed_kg
    assert 1.0 < more_price / price < fixed_more_price / fixed_price


def test_a_lost_leader_hands_its_share_on() -> None:
    """What it sold its heirs and rivals sell; the market is served as before."""
    settings = ["weeks=312", "burn_in_weeks=26", STILL]
    fall = TraffickingModel(Scenario.load("decapitation", settings))
    run, usual = fall.run(), TraffickingModel(Scenario.load("baseline", settings)).run()
    now, before = run.tables["cartels"], usual.tables["cartels"]
    alone = now["cartel"] == "MX_SINALOA"
    assert now.loc[alone & (now["week"] >= 208), "delivered_kg"].sum() == 0.0
    heirs = {name for name in set(now["cartel"]) if str(name).startswith("MX_SINALOA/")}
    assert len(heirs) >= 2
    inherited = sold_kg(now, "MX_SINALOA", "MK_US", 208, 311)
    had = sold_kg(before, "MX_SINALOA", "MK_US", 208, 311)
    assert 0.5 * had < inherited < 1.3 * had
    late = [t[(t["market"] == "MK_US") & (t["week"] >= 208)] for t in (now, before)]
    totals = [t["delivered_kg"].sum() for t in late]
    assert totals[0] == pytest.approx(totals[1], rel=0.1)
