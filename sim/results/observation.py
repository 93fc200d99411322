"""What statistics would say of a run: seizures as booked, output, prices, flights, origins.

What is observed is not what happens. A load that the model seizes is weighed by whoever
took it (one load of nine tonnes moves a country's year), reported in bulk at the purity
seized, booked by one country of several that were there, some of it a year late. The
luck of this is keyed by seed, replicate, leg and year: it disturbs nothing else, and the
same run is always observed alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sim.engine.streams import name_key, replicate_seed
from sim.network import Network
from sim.results.tables import Tables
from sim.scenario.evidence import read_evidence
from sim.scenario.paths import MIDDLE
from sim.setup.paths import at_year, chosen, effort_legs
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR

COLUMNS = ["replicate", "year", "measure", "where", "value", "unit"]
WHOLE_YEAR = 50  # weeks in the tables from which a year counts; sums are raised to a full one
WORLD, EUROPE = "World", "EU"
KEYS = ["replicate", "year"]
STREAM = "observed loads"
MOST_DRAWN = 4096  # loads of a leg and year, beyond which their mean is taken for certain
STRIPS = ("PE_VRAEM", "PE_PICHIS", "PE_PASCO", "PE_UCAYALI")  # where the air bridge begins
INNER = ("PE_VRAEM",)


def observe(run: Tables) -> pd.DataFrame:
    """Return what would be observed of a run, by replicate and whole calendar year.

    Returns
    -------
    DataFrame
        ``measure``, ``where``, ``value`` and ``unit``: ``seized_bulk_t`` by country that
        books it, ``produced_pure_t`` by country, ``price_usd_per_kg`` by place (bulk),
        ``seized_share`` and ``origin_share`` of what Europe's countries book, by country or
        by where it was shipped, ``group_share`` of deliveries to Europe, and of the air bridge
        ``flights``, ``air_share``, ``lost_per_flight``.
    """
    years = whole_years(run)
    if years.empty:
        return pd.DataFrame(columns=COLUMNS)
    made = [part(run, years) for part in PARTS]
    table = pd.concat([part for part in made if len(part)], ignore_index=True)
    order = ["replicate", "measure", "where", "year"]
    return table[COLUMNS].sort_values(order, ignore_index=True)


def whole_years(run: Tables) -> pd.Series:
    """Return by year the factor that raises its weeks to a full year; short years are left out."""
    markets = run.tables["markets"]
    weeks = markets.groupby("year")["week"].nunique()
    weeks = weeks[weeks >= WHOLE_YEAR]
    return WEEKS_PER_CALENDAR_YEAR / weeks


def tidy(values: pd.Series, measure: str, unit: str) -> pd.DataFrame:
    """Return a series by replicate, year and where as rows."""
    table = values.rename("value").rename_axis(["replicate", "year", "where"]).reset_index()
    return table.assign(measure=measure, unit=unit).astype({"where": str})


def home(country: str) -> str:
    """Return the country that books, of a name that covers several."""
    name = country.split("/")[0]
    return "United States" if "(US)" in name else name.split(" (")[0].split(",")[0].strip()


def seizures(run: Tables) -> pd.DataFrame:
    """Return the bulk kilograms seized on every leg, as weighed, by replicate and year."""
    legs = run.tables["legs"]
    keys = ["replicate", "year", "leg"]
    kg = legs.groupby(keys, observed=True)[["seized_kg", "seizures"]].sum().reset_index()
    spread = run.scenario.parameters.observation.load_spread
    seed = int(run.manifest.get("seed", run.scenario.seed))
    factor = [
        weighed(replicate_seed(seed, int(r.replicate)), int(r.year), str(r.leg), int(r.n), spread)
        for r in kg.rename(columns={"seizures": "n"}).itertuples()
    ]
    usual = run.scenario.parameters.market.bulk_purity
    purity = np.full(len(kg), usual)
    for _, path, series in chosen(run.scenario, "purity"):
        purity[:] = series.at(kg["year"].to_numpy(float) + MIDDLE, path.deviation)
    return kg.assign(kg=kg["seized_kg"] * usual / purity * np.array(factor))


def weighed(luck: int, year: int, leg: str, loads: int, spread: float) -> float:
    """Return the weight of some seizures over what they weigh on average: mean 1.

    Each is log-normal with a spread in logs; many make the year's sum certain.
    """
    if loads == 0 or spread == 0.0 or loads > MOST_DRAWN:
        return 1.0
    draws = np.random.default_rng([luck, name_key(STREAM), year, name_key(leg)])
    return float(np.exp(spread * draws.standard_normal(loads) - spread**2 / 2).mean())


def bookings(run: Tables, years: np.ndarray) -> pd.DataFrame:
    """Return who books what part of the seizures of every leg: leg, year, country, part.

    A leg's agency divides its seizures as the table says. Where a path moves the effort of
    those who book, their part grows with it: weight = share + path's share (path - 1).
    """
    network = run.network
    legs, shares = list(network.legs["leg"]), booking_shares(network)
    names = dict.fromkeys(who for parts in shares.values() for who in parts)
    paths = [
        (path, effort_legs(path, network), at_year(run.scenario, path, series, years))
        for _, path, series in chosen(run.scenario, "effort")
        if path.booked_by is not None
    ]
    whos = list(dict.fromkeys([*names, *(str(path.booked_by) for path, *_ in paths)]))
    weight = np.zeros((len(whos), len(legs), len(years)))
    for leg, agency in enumerate(network.legs["agency"]):
        for who, share in shares[agency].items():
            weight[whos.index(who), leg] += share
    for path, moved, factor in paths:
        weight[whos.index(str(path.booked_by)), moved] += path.share * (factor - 1.0)
    weight = np.maximum(weight, 0.0)
    part = weight / np.maximum(weight.sum(axis=0), 1e-12)
    k, e, y = np.nonzero(part)
    country = countries_meant(whos, network)
    return pd.DataFrame(
        {
            "leg": np.array(legs, object)[e],
            "year": years[y],
            "country": country[k, e],
            "part": part[k, e, y],
        }
    )


def booking_shares(network: Network) -> dict[str, dict[str, float]]:
    """Return by agency who books what share; without a table, the country of departure all."""
    path = network.folder / "bookings.csv"
    out: dict[str, dict[str, float]] = {}
    if path.is_file():
        for row in read_evidence(path, ("agency", "booked_by"), ("share",)).itertuples():
            out.setdefault(str(row.agency), {})[str(row.booked_by)] = float(row.share)
    return {agency: out.get(agency, {"departure": 1.0}) for agency in network.agencies["id"]}


def countries_meant(whos: list[str], network: Network) -> np.ndarray:
    """Return by who books and leg the country meant: departure, arrival or one by its name.

    Who arrives at a market is booked where the leg begins.
    """
    places = network.places.set_index("id")
    start, end = (network.legs[side].map(places["country"]).map(home) for side in ("from", "to"))
    sold = (network.legs["to"].map(places["kind"]) == "market").to_numpy()
    arrival = np.where(sold, start, end)
    known = {"departure": start.to_numpy(), "arrival": arrival}
    return np.array([known.get(who, np.full(len(start), who, object)) for who in whos], object)


def booked(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Return bulk kilograms by replicate, year, leg and country that books them, lag apart."""
    kg = seizures(run)
    kg = kg[kg["year"].isin(years.index)]
    table = kg.merge(bookings(run, years.index.to_numpy()), on=["leg", "year"])
    table["kg"] = table["kg"] * table["part"] * table["year"].map(years)
    return table


def seized(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe seizures by country, in Europe and in the world."""
    table = booked(run, years)
    keys = ["replicate", "year", "country"]
    kg = table.groupby(keys)["kg"].sum().unstack("country", fill_value=0.0)
    europe = europeans(run.network)
    total = kg.sum(axis=1)
    kg[EUROPE] = kg[[c for c in kg.columns if c in europe]].sum(axis=1)
    kg[WORLD] = total
    late = run.scenario.parameters.observation.late_share
    before = kg.groupby(level="replicate").shift(1)
    reported = (1.0 - late) * kg + late * before.fillna(kg)
    tonnes = (reported / KG_PER_TONNE).stack()
    shares = reported.div(reported[EUROPE].clip(lower=1e-9), axis=0)
    of_europe = shares[[c for c in shares.columns if c in europe]].stack()
    return pd.concat(
        [tidy(tonnes, "seized_bulk_t", "t bulk"), tidy(of_europe, "seized_share", "share")],
        ignore_index=True,
    )


def europeans(network: Network) -> set[str]:
    """Return the countries that have European places, ends of the market left out."""
    places = network.places
    mine = places["id"].str.startswith("EU_") & (places["kind"] != "market")
    return {home(country) for country in places.loc[mine, "country"]}


def origins(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe where what Europe books on arrival was shipped, as shares by country.

    ``Ecuador`` in all of Europe, ``Ecuador@Belgium`` of what Belgium books.
    """
    table = booked(run, years)
    legs = run.network.legs.set_index("leg")
    country = run.network.places.set_index("id")["country"]
    start = table["leg"].map(legs["from"])
    table["where"] = start.map(country).map(home)
    mine = table["country"].isin(europeans(run.network)) & ~start.str.startswith("EU_")
    table = table[mine]
    shares = share_of(table.groupby([*KEYS, "where"])["kg"].sum(), KEYS)
    at = table.assign(where=table["where"] + "@" + table["country"])
    by_port = share_of(at.groupby([*KEYS, "country", "where"])["kg"].sum(), [*KEYS, "country"])
    found = [shares, by_port.droplevel("country")]
    return pd.concat([tidy(one, "origin_share", "share") for one in found], ignore_index=True)


def share_of(kg: pd.Series, keys: list[str]) -> pd.Series:
    """Return parts of the sums over all that share some keys."""
    return kg / kg.groupby(level=keys).transform("sum").clip(lower=1e-9)


def output(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe output by country and in the world, in tonnes pure."""
    places = run.tables["places"]
    if "made_kg" not in places:  # a result of an older version
        return pd.DataFrame(columns=COLUMNS)
    zones = places[places["place"].isin(run.network.zones) & places["year"].isin(years.index)]
    country = run.network.places.set_index("id")["country"]
    where = zones["place"].astype(str).map(country)
    kg = zones.groupby(["replicate", "year", where])["made_kg"].sum().unstack()
    kg[WORLD] = kg.sum(axis=1)
    raised = kg.mul(years.reindex(kg.index.get_level_values("year")).to_numpy(), axis=0)
    tonnes = raised * run.scenario.parameters.market.bulk_purity / KG_PER_TONNE
    return tidy(tonnes.stack(), "produced_pure_t", "t pure")


def prices(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe yearly mean prices of all places."""
    places = run.tables["places"]
    rows = places[places["year"].isin(years.index)]
    keys = ["replicate", "year", "place"]
    price = rows.groupby(keys, observed=True)["price_usd_per_kg"].mean()
    return tidy(price, "price_usd_per_kg", "USD/kg bulk")


def air_bridge(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe the air bridge: flights out of Peru, the part that flies, aircraft lost."""
    pilots, legs = run.tables["pilots"], run.tables["legs"]
    legs = legs[legs["year"].isin(years.index)]
    mine = pilots["leg"].astype(str).str.startswith(STRIPS) & pilots["year"].isin(years.index)
    keys = ["replicate", "year"]
    flights = pilots[mine].groupby(keys)["flights"].sum()
    out = legs[legs["from"].isin(INNER)]
    all_kg = out.groupby(keys)["moved_kg"].sum()
    flown_kg = out[out["mode"] == "air"].groupby(keys)["moved_kg"].sum()
    over = legs[legs["from"].isin(STRIPS) & (legs["mode"] == "air")]
    hit = over.groupby(keys)[["seizures", "consignments"]].sum()
    raised = flights * flights.index.get_level_values("year").map(years)
    found = {
        ("flights", "flights"): raised,
        ("air_share", "share"): (flown_kg / all_kg).fillna(0.0),
        ("lost_per_flight", "per flight"): hit["seizures"] / hit["consignments"].clip(lower=1),
    }
    rows = [
        tidy(pd.concat({"air bridge": v}, names=["where"]).reorder_levels([1, 2, 0]), name, unit)
        for (name, unit), v in found.items()
    ]
    return pd.concat(rows, ignore_index=True)


def groups(run: Tables, years: pd.Series) -> pd.DataFrame:
    """Observe shares of nationality groups in deliveries to each market, ``GROUP@MARKET``."""
    cartels = run.tables["cartels"]
    rows = cartels[cartels["year"].isin(years.index)]
    where = rows["group"].astype(str) + "@" + rows["market"].astype(str)
    keys = ["replicate", "year", "market"]
    kg = rows.groupby([*keys, where.rename("where")], observed=True)["delivered_kg"].sum()
    return tidy(share_of(kg, keys).droplevel("market"), "group_share", "share")


PARTS: tuple[Callable[[Tables, pd.Series], pd.DataFrame], ...] = (
    seized,
    origins,
    output,
    prices,
    air_bridge,
    groups,
)
