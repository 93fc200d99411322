"""Scenarios as researchers write them: additions, names of markets, shorter runs, all mistakes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.displacement.question import Question
from experiments.runner.jobs import fingerprint
from sim import Run, Scenario, ScenarioError, TraffickingModel
from sim.network import Network
from sim.scenario.event_kinds import KINDS
from sim.scenario.rows import TABLES
from sim.setup.kept_rest import name_of
from sim.setup.organisations import build_gangs
from sim.world.codes import SHUT

PORT = """
extends = "baseline"
weeks = 60
burn_in_weeks = 10

[organisations.MX_NEW]
name = "A newcomer"
group = "Mexican"
home = "MX_PACIFIC"
places = ["MX_PACIFIC", "BR_NEW"]
partners = ["BO_CLANS"]
capital_usd_m = 500
members = 800
trust = { PE_VRAEM = 0.8 }
shares = { europe = 0.05 }

[organisations.BR_CREW]
kind = "gang"
group = "Brazilian"
home = "BR_NEW"
affiliation = "MX_NEW"

[places.BR_NEW]
name = "A new port"
country = "Brazil"
kind = "port"
lat = -3.7
lon = -38.5
reference_price_usd_per_kg = 7500

[legs."BR_MANAUS>BR_NEW"]
mode = "road"
consignment_kg = 100
transit_weeks = 1
cost_usd_per_kg = 200
seizure_prob = 0.05
agency = "AG_BR"

[legs."BR_NEW>EU_ALGECIRAS"]
mode = "sea"
consignment_kg = 300
transit_weeks = 3
cost_usd_per_kg = 3000
seizure_prob = 0.1
agency = "AG_BR"

[[events]]
kind = "raid"
name = "A raid"
date = 2010-06-07
place = "BR_NEW"
organisation = "MX_NEW"
gang = "BR_CREW"
kg = 500

[[events]]
kind = "port_controls"
name = "Controls"
date = 2010-09-06
factor = 3.0
places = ["BR_NEW"]
"""


def load(folder: Path, text: str, overrides: Any = ()) -> Scenario:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return Scenario.load(path, overrides)


def mistakes(folder: Path, text: str, overrides: Any = ()) -> list[str]:
    """Return the lines of a refusal, without the file they blame."""
    with pytest.raises(ScenarioError) as caught:
        load(folder, text, overrides)
    lines = str(caught.value).splitlines()
    if len(lines) > 1:
        assert lines.pop(0) == f"{len(lines)} mistakes:"
    assert all(f"{folder / 'mine.toml'}: " in line or "--set: " in line for line in lines)
    return [line.split("mine.toml: ")[-1] for line in lines]


def test_an_organisation_a_place_and_legs_can_be_added(tmp_path: Path) -> None:
    scenario = load(tmp_path, PORT)
    model = TraffickingModel(scenario, seed=2)
    hired = build_gangs(model.network).affiliation[model.roster.row("BR_CREW")]
    run = model.run()
    network, base = run.network, Network.load(scenario.data_folder)
    assert len(network.places) == len(base.places) + 1
    assert list(network.legs["leg"])[-2:] == ["BR_MANAUS>BR_NEW", "BR_NEW>EU_ALGECIRAS"]
    europe = network.market_lines.query("market == 'MK_EU'").set_index("cartel")["share"]
    before = base.market_lines.query("market == 'MK_EU'").set_index("cartel")["share"]
    assert europe["MX_NEW"] == 0.05
    assert europe.sum() == pytest.approx(before.sum())
    ratio = europe.drop("MX_NEW") / before
    assert ratio.to_numpy() == pytest.approx(np.full(len(before), 0.95))
    world, row = model.world, model.roster.row("MX_NEW")
    assert world.gangs.control[row, network.place_index["BR_NEW"]] > 0
    assert world.cartels.roots[row, network.place_index["PE_VRAEM"]] == 0.8
    assert hired == row
    cartels = run.tables["cartels"]
    assert cartels.loc[cartels["cartel"] == "MX_NEW", "delivered_kg"].sum() > 0
    legs = run.tables["legs"].set_index("leg")
    assert legs.loc["BR_NEW>EU_ALGECIRAS", "moved_kg"].sum() > 0
    effects = run.tables["events"].set_index("name")["effect"]
    assert "of MX_NEW taken" in effects["A raid"]
    assert effects["Controls"] == "effort x 3 on 1 sea legs"
    assert run.tables["ledger"]["residual_kg"].abs().max() < 1e-3


def test_the_order_of_added_rows_in_a_file_decides_nothing(tmp_path: Path) -> None:
    """Kept worlds and finished runs are known by what rows say, so their order must not count."""
    seller = '{group = "Other", home = "BR_SANTOS", capital_usd_m = 5, shares = {%s}}'
    place = '{country = "Brazil", kind = "hub", lat = -3.7, lon = -38, %s}'
    price = "reference_price_usd_per_kg = 7500"
    leg = '{mode = "sea", consignment_kg = 100, transit_weeks = 1, agency = "AG_BR", %s}'
    costs = "cost_usd_per_kg = 900, seizure_prob = 0.1"
    ways = ("BR_SANTOS>ZZ_NEW", "ZZ_NEW>AA_NEW", "AA_NEW>EU_ALGECIRAS")
    rows = [
        f"organisations.ZZ_NEW = {seller % 'europe = 0.03'}",
        f"organisations.AA_NEW = {seller % 'us = 0.01, europe = 0.05'}",
        *(f"places.{name} = {place % price}" for name in ("ZZ_NEW", "AA_NEW")),
        *(f'legs."{way}" = {leg % costs}' for way in ways),
    ]
    one = load(tmp_path, "\n".join(['extends = "baseline"', *rows]))
    text = "\n".join(['extends = "baseline"', *reversed(rows)])
    two = load(tmp_path, text.replace("us = 0.01, europe = 0.05", "europe = 0.05, us = 0.01"))
    assert fingerprint(one) == fingerprint(two) and name_of(one) == name_of(two)
    for name in TABLES:
        assert getattr(Network.of(one), name).equals(getattr(Network.of(two), name)), name


def test_additions_travel_with_a_result_and_with_a_scenario(tmp_path: Path) -> None:
    scenario = load(tmp_path, PORT, ["weeks=30"])
    run = TraffickingModel(scenario).run()
    run.save(tmp_path / "result")
    again = Run.load(tmp_path / "result")
    assert again.scenario == scenario
    assert "MX_NEW" in set(again.network.organisations["id"])
    assert load(tmp_path, scenario.to_toml()) == scenario
    question = Question.ask(scenario, "MX_NEW", "europe", None)
    barred = question.worlds(scenario)[1]
    tables = TraffickingModel(barred).run().tables["cartels"]
    assert tables.loc[tables["cartel"] == "MX_NEW", "bought_kg"].sum() == 0


def test_an_organisation_that_does_nothing_leaves_all_others_as_they_were() -> None:
    idle = {"ZZ_IDLE": {"group": "Other", "home": "WA_COAST", "capital_usd_m": 0, "places": []}}
    short = {"weeks": 30, "burn_in_weeks": 10, "switches.founding": False}
    one = TraffickingModel(Scenario.load("baseline", short), seed=3).run().tables
    scenario = Scenario.load("baseline", {**short, "organisations": idle})
    two = TraffickingModel(scenario, seed=3).run().tables
    for name in ("markets", "cartels", "legs", "places", "pilots", "territory", "moves"):
        assert one[name].equals(two[name]), name


def test_a_row_of_the_data_can_be_changed(tmp_path: Path) -> None:
    text = """
extends = "baseline"
[legs."PE_VRAEM>BO_BENI"]
seizure_prob = 0.5
[places.PE_VRAEM]
reference_price_usd_per_kg = 500
[organisations.MX_CJNG]
places = ["MX_SOUTH"]
shares = { us = 0.3, brazil = 0 }
"""
    network = Network.of(load(tmp_path, text))
    base = Network.load(Scenario.load("baseline").data_folder)
    assert network.legs.set_index("leg").loc["PE_VRAEM>BO_BENI", "seizure_prob"] == 0.5
    assert base.legs.set_index("leg").loc["PE_VRAEM>BO_BENI", "seizure_prob"] == 0.02
    assert network.places.set_index("id").loc["PE_VRAEM", "reference_price_usd_per_kg"] == 500
    assert network.organisations.set_index("id").loc["MX_CJNG", "places"] == "MX_SOUTH"
    shares = network.market_lines.set_index(["cartel", "market"])["share"]
    assert shares["MX_CJNG", "MK_US"] == 0.3 and shares["MX_CJNG", "MK_BR"] == 0
    assert shares.groupby("market").sum().to_numpy() == pytest.approx(np.ones(5))
    assert Network.of(load(tmp_path, text)) is network  # made once


def test_a_line_with_a_share_of_0_starts_at_nothing() -> None:
    new = {"group": "Other", "home": "EU_ANTWERP", "capital_usd_m": 100, "shares": {"europe": 0}}
    scenario = Scenario.load("baseline", {"weeks": 60, "organisations": {"ZZ_NEW": new}})
    model = TraffickingModel(scenario)
    lines, mine = model.world.lines, model.world.lines.cartel == model.roster.row("ZZ_NEW")
    assert (lines.phase[mine] == SHUT).all() and mine.sum() == len(model.network.markets)
    for kg in (lines.order_kg, lines.reach_kg, lines.base_kg, lines.stock_kg, lines.arriving_kg):
        assert (kg[mine] == 0.0).all()
    table = model.run().tables["cartels"]
    sold = table[table["cartel"] == "ZZ_NEW"]
    assert np.isfinite(sold[["order_kg", "delivered_kg", "capital_usd"]]).all(axis=None)
    assert (sold["order_kg"] >= 0).all() and len(sold)


@pytest.mark.parametrize("market", ["us", "MK_US"])
def test_a_market_goes_by_its_name_or_its_id(market: str, tmp_path: Path) -> None:
    text = f"""
extends = "baseline"
barred = ["MX_CJNG:{market}"]
[organisations.MX_BLO]
shares = {{ {market} = 0.2 }}
[[events]]
kind = "demand"
name = "US falls"
date = 2012-01-02
market = "{market}"
factor = 0.7
over_weeks = 104
[[events]]
kind = "entry"
name = "open"
date = 2012-01-02
organisation = "MX_CJNG"
market = "{market}"
"""
    scenario = load(tmp_path, text)
    assert scenario.barred == ("MX_CJNG:MK_US",)
    assert [event.market for event in scenario.events] == ["MK_US", "MK_US"]  # type: ignore[union-attr]
    assert scenario.organisations["MX_BLO"].shares == {"MK_US": 0.2}
    assert Question.ask(scenario, "MX_CJNG", market, None).market == "MK_US"


def test_a_market_that_is_not_there_is_named_with_what_could_be_meant(tmp_path: Path) -> None:
    event = "[[events]]\nkind='demand'\nname='a'\ndate=2012-01-02\nfactor=1.0\nmarket='europ'\n"
    assert mistakes(tmp_path, "barred = ['MX_CJNG:MK_UX']\n" + event) == [
        "barred: unknown market 'MK_UX'; did you mean 'MK_US'?",
        "event 1 (demand): market: unknown market 'europ'; did you mean 'europe'?",
    ]
    with pytest.raises(ScenarioError, match="--market braszil: .*did you mean 'brazil'"):
        Question.ask(Scenario.load("baseline"), "MX_CJNG", "braszil", None)


def test_a_shorter_run_leaves_later_events_out_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scenario = Scenario.load("everything", ["weeks=208"])
    assert len(scenario.events) == 16 and len(scenario.left_out) == 12
    assert "12 of 16 events come after its end, 2013-12-29" in caplog.text
    assert "Airstrips destroyed (2014-01-06)" in caplog.text
    run = TraffickingModel(scenario).run()
    assert len(run.tables["events"]) == 4
    assert len(run.manifest["left_out"]) == 12
    caplog.clear()
    longer = scenario.with_overrides(["weeks=728"])
    assert longer.left_out == () and not caplog.text
    assert "left_out" not in TraffickingModel(longer.with_overrides(["weeks=728"])).manifest()


@pytest.mark.parametrize(
    ("until", "weeks"), [("2010-01-04", 1), ("2010-01-10", 1), ("2010-01-11", 2)]
)
def test_until_says_the_last_day(until: str, weeks: int, tmp_path: Path) -> None:
    scenario = Scenario.load("baseline", [f"until={until}"])
    assert scenario.weeks == weeks and scenario.end >= dt.date.fromisoformat(until)
    low = load(tmp_path, f"extends = 'baseline'\nuntil = {until}")
    assert low.weeks == weeks
    assert low.with_overrides(["weeks=7"]).weeks == 7
    assert Scenario.load(tmp_path / "mine.toml", ["weeks=9"]).weeks == 9


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("until = 2010-01-10\nweeks = 3", "until and weeks both given; one of them is enough"),
        ("until = 2009-12-31", "until = 2009-12-31 is before the start, 2010-01-04"),
        ("until = 'soon'", "until = 'soon' is not a date such as 2013-12-31"),
        ("until = 2999-01-01", "weeks = 51604 week is outside 1..5200"),
        ("question = 2012-01-01", "question = 2012-01-01 is a day or time; quote it if it is"),
        ("name = 12:00:00", "name = 12:00:00 is a day or time"),
        ("seed = 2012-01-01", "seed = 2012-01-01 is a day or time"),
        ("untill = 2012-01-01", "unknown key 'untill'; did you mean 'until'?"),
        ("start = 99999-01-01", "not valid TOML"),
        ("weeks = " + "9" * 5000, "a whole number has more than 4,300 digits"),
        ("weeks = 0x1" + "0" * 4000, "weeks: a whole number has more than 4,300 digits"),
        ("weeks = inf", "weeks = inf is not a whole number"),
        ("[market]\nbulk_purity = nan", "market.bulk_purity = nan is not a finite number"),
        ("[switches.a" + ".a" * 3000 + "]\nb = 1", "stand too deep within each other"),
        ("barred = " + "[" * 3000 + "]" * 3000, "stand too deep within each other"),
    ],
)
def test_odd_values_are_refused_in_words(text: str, says: str, tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, text)
    assert says in line


def test_an_event_of_no_known_kind_hides_no_other_mistake_in_it(tmp_path: Path) -> None:
    head = "events = [{ kind = 'rade', dat = 2012-01-02 }, { knd = 'raid', name = '', "
    tail = "date = 2010-01-05 }, { kind = 2012-01-02, name = 2012-01-02, date = 1999-01-04 }]\n"
    assert mistakes(tmp_path, "extends = 'baseline'\n" + head + tail) == [
        "event 1: unknown kind 'rade'; did you mean 'raid'?",
        f"event 3: unknown kind '2012-01-02'; it is one of {', '.join(KINDS)}",
        "event 1 (rade): unknown key 'dat'; did you mean 'date'?",
        "event 1 (rade): key 'name' is missing (Name, as tables and figures show it)",
        "event 2 (?): unknown key 'knd'; did you mean 'kind'?",
        "event 2 (?): name = '' must not be empty",
        "event 3 (?): name = 2012-01-02 is a day or time; quote it if it is meant as text",
        "event 3 (?): date = 1999-01-04 is outside the scenario: before its start, 2010-01-04",
    ]


def test_what_is_meant_by_an_unknown_key_is_judged_by_the_key_alone(tmp_path: Path) -> None:
    text = "extends = 'baseline'\npaths.coca.valus = 2012-01-02\npaths.coca.shar = 0.5\n"
    lines = mistakes(tmp_path, text)
    assert "unknown key 'paths.coca.valus'" in lines
    assert "unknown key 'paths.coca.shar'; did you mean 'paths.coca.share'?" in lines


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("weeks=" + "9" * 5000, "--set weeks: a whole number has more than 4,300 digits"),
        ("barred=" + "[" * 3000, "--set barred: tables or lists stand too deep"),
        ({"weeks": 10**5000}, "override: weeks: a whole number has more than 4,300 digits"),
        ({"barred": {"MX_CJNG"}}, "override: barred: a set cannot stand in a scenario"),
        ({3: 4}, "override: 3 is not the name of a setting"),
        ([3], "overrides: 3 is not text such as 'ordering.hurdle=0.2'"),
    ],
)
def test_odd_overrides_are_refused_in_words(override: Any, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load("baseline", [override] if isinstance(override, str) else override)
    assert says in str(caught.value)


def test_numbers_of_numpy_and_events_of_python_are_overrides() -> None:
    event = Scenario.load("pasco_raid").events[0]
    scenario = Scenario.load(
        "baseline", {"weeks": np.int64(300), "ordering.hurdle": np.float64(0.1), "events": [event]}
    )
    assert (scenario.weeks, scenario.parameters.ordering.hurdle) == (300, 0.1)
    assert scenario.events == (event,)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
extends = "baseline"
seed = -3
question = 2012-01-01
barred = ["MX_SINALO"]
[ordering]
hurdel = 0.2
[organisations.MX_SINALOA]
capital_usd_m = -1
affiliation = "MX_CJNG"
[[events]]
kind = "raid"
name = "r"
date = 1999-01-01
place = "PE_PASCA"
organisation = "MX_SINALO"
gang = "MX_SINALO"
kg = -1
"""
    assert mistakes(tmp_path, text) == [
        "seed = -3 is outside 0..4294967295",
        "unknown key 'ordering.hurdel'; did you mean 'ordering.hurdle'?",
        "organisations.MX_SINALOA.capital_usd_m = -1 million USD is outside 0..100000",
        "event 1 (raid): kg = -1 kg bulk is outside 0..20000",
        "question = 2012-01-01 is a day or time; quote it if it is meant as text",
        "event 1 (raid): date = 1999-01-01 is outside the scenario: before its start, 2010-01-04",
        "organisations.MX_SINALOA.affiliation: 'MX_SINALOA' is no gang but both; "
        "only gangs work for others",
        "barred: unknown organisation 'MX_SINALO'; did you mean 'MX_SINALOA'?",
        "event 1 (raid): organisation: unknown cartel 'MX_SINALO'; did you mean 'MX_SINALOA'?",
        "event 1 (raid): gang: unknown gang 'MX_SINALO'; did you mean 'MX_SINALOA'?",
        "event 1 (raid): place: unknown place 'PE_PASCA'; did you mean 'PE_PASCO'?",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("organisations.X = { capital_usd_m = 5 }", "to add one, give group, home"),
        (
            "organisations.X = { group = 'a', home = 'MX_PACIFC', capital_usd_m = 1 }",
            "organisations.X.home: unknown place 'MX_PACIFC'; did you mean 'MX_PACIFIC'?",
        ),
        (
            "organisations.X = { group = 'a', home = 'MX_PACIFIC' }",
            "organisations.X.capital_usd_m: 'X' is both, owns loads, and needs capital",
        ),
        (
            "organisations.X = { group = 'a', home = 'MX_PACIFIC', kind = 'gangs' }",
            "organisations.X.kind = 'gangs' is not one of 'gang', 'cartel' or 'both'",
        ),
        (
            "organisations.HEIR_3 = { group = 'a', home = 'MX_PACIFIC', capital_usd_m = 1 }",
            "organisations.HEIR_3: ids that begin with HEIR_ are the model's own",
        ),
        (
            "organisations.'a>b' = { group = 'a', home = 'MX_PACIFIC', capital_usd_m = 1 }",
            "an id holds no '>', ';', ':', line end or sign",
        ),
        (
            "organisations.BO_AFFILIATE.affiliation = 'BO_AFFILIATE'",
            "organisations.BO_AFFILIATE.affiliation: 'BO_AFFILIATE' cannot work for itself",
        ),
        (
            "organisations.BO_AFFILIATE.affiliation = 'BO_PILOTS'",
            "affiliation: 'BO_PILOTS' is a gang; a gang works for a cartel",
        ),
        (
            "organisations.BO_AFFILIATE.shares = { us = 0.1 }",
            "'BO_AFFILIATE' is a gang, which owns no loads to deliver",
        ),
        (
            "organisations.BO_AFFILIATE = { present_from = 2012, present_to = 2011 }",
            "organisations.BO_AFFILIATE.present_to: 2011 is before present_from, 2012",
        ),
        ("organisations.MX_CJNG.trust = { PE_VRAEM = 2 }", "trust.PE_VRAEM = 2 is outside 0..1"),
        ("organisations.MX_CJNG.trust = { PE_VRAM = 1 }", "did you mean 'PE_VRAEM'?"),
        ("organisations.MX_CJNG.shares = { us = -0.1 }", "shares.us = -0.1 is outside 0..1"),
        ("organisations.MX_CJNG.shares = { us = 1 }", "shares of MK_US add up to 1, which is not"),
        (
            "organisations.MX_CJNG.shares = { us = 0.1, MK_US = 0.2 }",
            "shares.us: the same market stands there by its id, too",
        ),
        ("places.PE_VRAEM.kind = 'hub'", "a place of the data stays what it is, a zone"),
        ("places.PE_VRAEM.lat = 91", "places.PE_VRAEM.lat = 91 degrees is outside -90..90"),
        ("places.X = { kind = 'port' }", "to add one, give country, lat, lon, reference_price"),
        (
            "places.X = { kind = 'market', country = 'a', lat = 0, lon = 0, "
            "reference_price_usd_per_kg = 5000 }",
            "places.X: a market cannot be added",
        ),
        (
            "places.X = { kind = 'zone', country = 'Peru', lat = 0, lon = 0, "
            "reference_price_usd_per_kg = 500 }",
            "places.X: a new zone needs output_t_per_year",
        ),
        ("legs.'PE_VRAEM>NOWHERE'.mode = 'air'", "unknown place 'NOWHERE'"),
        ("legs.PE_VRAEM.mode = 'air'", "legs.PE_VRAEM: unknown place ''"),
        ("legs.'PE_VRAEM>BO_BENI'.agency = 'AG_PX'", "unknown agency 'AG_PX'; did you mean"),
        (
            "legs.'PE_VRAEM>BO_BENI'.cost = 3",
            "did you mean 'legs.PE_VRAEM>BO_BENI.cost_usd_per_kg'",
        ),
    ],
)
def test_a_row_that_is_changed_or_added_is_checked(text: str, says: str, tmp_path: Path) -> None:
    lines = mistakes(tmp_path, "extends = 'baseline'\n" + text)
    assert any(says in line for line in lines), lines


def test_a_network_that_runs_in_a_circle_is_refused(tmp_path: Path) -> None:
    leg = (
        "mode='sea'\nconsignment_kg=100\ntransit_weeks=1\ncost_usd_per_kg=1\nseizure_prob=0.1\n"
        "agency='AG_BR'\n"
    )
    (line,) = mistakes(tmp_path, f"extends='baseline'\n[legs.'MK_EU>BO_BENI']\n{leg}")
    assert "the legs form a cycle: " in line and "MK_EU" in line
    zone = "kind='zone'\ncountry='Peru'\nlat=0\nlon=0\nreference_price_usd_per_kg=500\n"
    zone += "output_t_per_year=10\n"
    (line,) = mistakes(tmp_path, f"extends='baseline'\n[places.PE_X]\n{zone}")
    assert line == "the zone 'PE_X' reaches no market"
    joined = f"extends='baseline'\nweeks=20\n[places.PE_X]\n{zone}[legs.'PE_X>PE_PASCO']\n{leg}"
    run = TraffickingModel(load(tmp_path, joined)).run()
    moved = run.tables["legs"].query("leg == 'PE_X>PE_PASCO'")["moved_kg"].sum()
    assert moved > 0


def test_events_say_what_they_did() -> None:
    scenario = Scenario.load(
        "everything",
        ["start=2009-12-28", "burn_in_weeks=4"],
    )
    table = TraffickingModel(scenario).run().tables["events"].set_index("name")
    assert (table["effect"] != "").all()
    for name, effect in {
        "US use is still higher": "demand x 1.25 in MK_US for 156 weeks",
        "US use recovers": "demand x 1.35 in MK_US, over 260 weeks",
        "Huallaga eradicated": "capacity x 0.6 in 2 zones",
        "Airstrips destroyed": "flights x 0.3 on 5 air legs for 78 weeks",
        "Shoot-down law in Peru": "effort x 2 on 5 legs, death probability 0.9",
        "The FARC lays down its arms": "leaves its places",
    }.items():
        assert table.loc[name, "effect"] == effect
    assert "confiscated" in table.loc["Rastrojos dissolve", "effect"]


@pytest.mark.parametrize(
    ("event", "effect"),
    [
        ("kind='campaign'\nfactor=3\nplaces=['PE_VRAEM']\nmodes=['air']", "effort x 3 on 1 legs"),
        ("kind='campaign'\nfactor=3\nlegs=['PE_VRAEM>BO_BENI']\nweeks=2", " 1 legs for 2 weeks"),
        ("kind='truce'\nfactor=0.5", "fights x 0.5 everywhere"),
        ("kind='truce'\nfactor=0.5\nplaces=['MX_BORDER']", "fights x 0.5 at 1 places"),
        ("kind='entry'\norganisation='MX_CJNG'\npermitted=false", "may not buy for all 5 markets"),
        ("kind='presence'\norganisation='CO_ELN'\npresent=true", "appears at 4 places"),
        ("kind='airstrips'\nfactor=0.5\nplaces=['MX_BORDER']", "flights x 0.5 on 0 air legs"),
    ],
)
def test_each_kind_of_event_says_what_it_did(event: str, effect: str, tmp_path: Path) -> None:
    head = "extends='baseline'\nweeks=3\nburn_in_weeks=0\n[[events]]\nname='e'\nnote='mine'\n"
    scenario = load(tmp_path, f"{head}date=2010-01-11\n{event}\n")
    (row,) = TraffickingModel(scenario).run().tables["events"].to_dict("records")
    assert effect in row["effect"] and row["note"] == "mine"
