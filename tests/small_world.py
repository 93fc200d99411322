"""A small world in which every mechanism is at work, quick enough to run without the compiler.

Two zones, two hubs, two ports and two markets; cartels, gangs and an exchange. Its numbers
are made up: it is no place on earth, though some names are, since what is observed of a run
goes by names.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from support import leg_row, organisation_row, output_row, place_row, write_pack

from sim.model import TraffickingModel
from sim.results.observation import observe
from sim.run import Run
from sim.scenario.scenario import Scenario

PLACES = [
    place_row("PE_VRAEM", "zone", 900, -12.0, -74.0) | {"country": "Peru"},
    place_row("CO_SOUTH", "zone", 1_500, 1.0, -76.0) | {"country": "Colombia"},
    place_row("BO_BENI", "hub", 2_000, -14.0, -65.0) | {"country": "Bolivia"},
    place_row("BR_WEST", "hub", 2_600, -15.0, -58.0) | {"country": "Brazil"},
    place_row("BR_SANTOS", "port", 7_000, -24.0, -46.0) | {"country": "Brazil"},
    place_row("CO_COAST", "port", 6_500, 11.0, -74.0) | {"country": "Colombia"},
    place_row("EU_PORT", "port", 24_000, 51.0, 4.0) | {"country": "Belgium"},
    place_row("MK_EU", "market", 40_000, 50.0, 8.0) | {"country": "Germany/Europe"},
    place_row("MK_BR", "market", 9_000, -23.0, -45.0) | {"country": "Brazil"},
]
HEAVY = {"consignment_kg": 400}
LEGS = [
    leg_row("PE_VRAEM", "BO_BENI", mode="air", consignment_kg=320, seizure_prob=0.03, agency="A"),
    leg_row("PE_VRAEM", "BR_WEST", consignment_kg=100, seizure_prob=0.06, agency="A")
    | {"cost_usd_per_kg": 300, "capacity_t_per_year": 30},
    leg_row("CO_SOUTH", "CO_COAST", mode="river", seizure_prob=0.04, agency="A") | HEAVY,
    leg_row("CO_SOUTH", "BR_WEST", mode="air", consignment_kg=300, seizure_prob=0.02, agency="A"),
    leg_row("BO_BENI", "BR_WEST", seizure_prob=0.02, capacity_t_per_year=60, agency="B") | HEAVY,
    leg_row("BO_BENI", "BR_SANTOS", seizure_prob=0.08, transit_weeks=2, agency="B") | HEAVY,
    leg_row("BR_WEST", "BR_SANTOS", seizure_prob=0.03, agency="B") | HEAVY,
    leg_row("BR_SANTOS", "MK_BR", seizure_prob=0.02, agency="B", consignment_kg=200),
    leg_row("BR_SANTOS", "EU_PORT", mode="sea", seizure_prob=0.1, transit_weeks=3, agency="B")
    | HEAVY,
    leg_row("CO_COAST", "EU_PORT", mode="sea", seizure_prob=0.15, transit_weeks=2, agency="B")
    | {"consignment_kg": 600},
    leg_row("EU_PORT", "MK_EU", seizure_prob=0.02, agency="B") | HEAVY,
]
ORGANISATIONS = [
    organisation_row("BIG", "BR_SANTOS", kind="both", places="BR_SANTOS;BR_WEST", members=900)
    | {"group": "Brazilian", "toll_usd_per_kg": 60},
    organisation_row("OLD", "CO_COAST", kind="both", places="CO_COAST", members=400)
    | {"group": "Colombian", "toll_usd_per_kg": 80, "partners": "FARM"},
    organisation_row("CLAN", "PE_VRAEM", group="Peruvian"),
    organisation_row("FARM", "CO_SOUTH", kind="gang", places="CO_SOUTH", members=300)
    | {"group": "Colombian", "toll_usd_per_kg": 40, "affiliation": "OLD"},
    organisation_row("BO_AFFILIATE", "BO_BENI", kind="gang", places="BO_BENI;BR_WEST", members=250)
    | {"group": "Bolivian", "toll_usd_per_kg": 50, "affiliation": "BIG"},
    organisation_row("DOCK", "EU_PORT", kind="gang", places="EU_PORT", members=120)
    | {"group": "European", "toll_usd_per_kg": 300},
]
SHARES = [
    ("BIG", "MK_EU", 0.5),
    ("OLD", "MK_EU", 0.5),
    ("BIG", "MK_BR", 0.7),
    ("CLAN", "MK_BR", 0.3),
]
TABLES = {
    "places": PLACES,
    "legs": LEGS,
    "organisations": ORGANISATIONS,
    "market_lines": [{"cartel": who, "market": m, "share": part} for who, m, part in SHARES],
    "agencies": [{"id": "A", "effort": 1.5}, {"id": "B", "effort": 0.8}],
    "air_pools": [
        {"hub": "BO_BENI", "start_countries": "Peru", "seat_share": 0.6},
        {"hub": "BR_WEST", "start_countries": "Colombia", "seat_share": 0.4},
    ],
    "origins": [
        {"market": "MK_EU", "country": "Peru", "share": 0.4},
        {"market": "MK_EU", "country": "Colombia", "share": 0.6},
        {"market": "MK_BR", "country": "Peru", "share": 1},
    ],
    "cultivation": [output_row("PE_VRAEM", 90), output_row("CO_SOUTH", 60)],
    "exchanges": [{"exchange": "BR_WEST", "contract_cost": 0.08, "cover_weeks": 2}],
    "handovers": [
        {"exchange": "BR_WEST", "market": "MK_EU", "sold_share": 0.4},
        {"exchange": "BR_WEST", "market": "MK_BR", "sold_share": 0.3},
    ],
    "exchange_sellers": [{"exchange": "BR_WEST", "cartel": "CLAN", "share": 1}],
    "bookings": [
        {"agency": "A", "booked_by": "departure", "share": 1.0},
        {"agency": "B", "booked_by": "departure", "share": 0.3},
        {"agency": "B", "booked_by": "arrival", "share": 0.7},
    ],
}
SETTINGS = (
    "weeks=56",
    "burn_in_weeks=2",
    "exchanges=true",
    "demand.europe_t_per_year=72",
    "demand.brazil_t_per_year=50",
    "flying.seats=24",
    "flying.availability=0.3",
    "expansion.review_weeks=4",
    "expansion.look_weeks=8",
    "expansion.patience_weeks=13",
    "organisations.OLD.capital_usd_m=900",
)


ABOUT = {
    "markets": "market",
    "cartels": "cartel",
    "legs": "leg",
    "places": "place",
    "pilots": "leg",
    "territory": "organisation",
    "moves": "move",
    "purchases": "organisation",
    "trades": "buyer",
    "exchanges": "exchange",
    "ownership": "organisation",
}
LEFT_OUT = ["replicate", "year", "profit_usd", "owned_share"]
KEY = ["year", "measure", "of"]
WORLDS: dict[str, tuple[tuple[str, ...], dict[str, bool]]] = {
    "usual": (('agencies="adaptive"',), {}),
    "held": (('agencies="random"',), {"founding": False}),
    "other": (
        (),
        {
            "founding": False,
            "salience": True,
            "fixed_arrests": True,
            "contested_rents": False,
            "rents_followed": False,
            "pilot_threshold": False,
            "other_income": False,
            "watching": False,
        },
    ),
}


def small_world(folder: Path, *settings: str) -> Scenario:
    """Return a scenario of the data pack, which has been written to a folder."""
    return Scenario.load("baseline", [f'data="{folder}"', *SETTINGS, *settings])


def stirred(folder: Path, world: str) -> TraffickingModel:
    """Return a model of a small world that is far from rest, so that everybody decides something.

    Posts, footholds and contacts are cheap, gangs are rich and have no loyalty, one lacks its
    leaders; one cartel is broke, one has a post where it does not pay. Dollars are moved, not
    made.
    """
    settings, switches = WORLDS[world]
    model = TraffickingModel(small_world(folder, *settings), seed=3)
    w, row = model.world, model.roster.row
    w.cartels.post_usd[:] *= 0.02
    w.lines.entry_usd[:] *= 0.02
    w.gangs.loyalty_usd[:] = 0.0
    for name in ("FARM", "DOCK", "BO_AFFILIATE"):
        w.gangs.cash_usd[row(name)] += 30e6
        w.cartels.capital_usd[row("BIG")] -= 30e6
    w.gangs.cohesion[row("FARM")] = 0.4
    n = model.network.place_index["BO_BENI"]
    w.cartels.posted[row("OLD"), n], w.cartels.post_usd[row("OLD"), n] = 1, 20e6
    w.cartels.capital_usd[row("BIG")] += w.cartels.capital_usd[row("CLAN")] + 1e9
    w.cartels.capital_usd[row("CLAN")] = -1e9
    w.zones.price_usd_per_kg[0] *= 1.3
    model.given = replace(model.given, on=replace(model.given.on, **switches))
    return model


def sums(run: Run, world: str) -> pd.DataFrame:
    """Return the sums of the tables' columns, by year and by whom or what they are about.

    Of moves and trades it counts the rows as well. What a sum leaves to rounding is left out.
    """
    parts = []
    for name, about in ABOUT.items():
        table = run.tables[name]
        numbers = table.select_dtypes("number").drop(columns=LEFT_OUT, errors="ignore")
        if name != "moves":
            numbers = numbers.drop(columns="week", errors="ignore")
        if name in ("moves", "trades"):
            numbers = numbers.assign(rows=1)
        found = numbers.groupby([table["year"], table[about].astype(str)]).sum().stack()
        part = found.rename_axis(["year", "of", "column"]).rename("value").reset_index()
        parts.append(part.assign(measure=f"{world} {name}." + part["column"]))
    return pd.concat(parts, ignore_index=True)[[*KEY, "value"]]


def two_years(run: Run) -> Run:
    """Return a run whose first year comes twice, the second time with half as much again."""
    tables = {}
    for name, table in run.tables.items():
        if "year" in table:
            first = table[table["year"] == 2010]
            flows = [
                c for c in first if c.endswith(("_kg", "seizures")) and c != "price_usd_per_kg"
            ]
            second = first.assign(year=2011, **{c: 1.5 * first[c] for c in flows})
            table = pd.concat([first, second], ignore_index=True)
        tables[name] = table
    return replace(run, tables=tables)


def observed_numbers(run: Run) -> pd.DataFrame:
    """Return what is observed of a small world, as kept numbers."""
    table = observe(two_years(run)).rename(columns={"where": "of"})
    return table.assign(measure="observed " + table["measure"])[[*KEY, "value"]]


def small_numbers() -> pd.DataFrame:
    """Return the numbers of all small worlds: one row a year, measure and thing measured."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_pack(folder, TABLES)
        runs = {world: stirred(folder, world).run() for world in WORLDS}
        parts = [sums(run, world) for world, run in runs.items()]
        parts.append(observed_numbers(runs["usual"]))
    return pd.concat(parts, ignore_index=True).sort_values(KEY, ignore_index=True)
