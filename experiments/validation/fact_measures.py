"""What each stylised fact measures in paired runs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.run import Run
from sim.units import KG_PER_TONNE

Values = dict[str, float]
Runs = Mapping[str, Run]
START, YEAR = 104, 2012  # week and year in which shocks begin
STRIPS = ("PE_VRAEM", "PE_PASCO", "PE_PICHIS", "PE_UCAYALI")
PORT = "BR_SANTOS"  # the corridor of F2: everything by sea out of the largest port
LEADERS = ("MX_ZETAS_GULF", "BR_PCC", "CO_CDG", "MX_CJNG")
RISKS = (0.02, 0.05, 0.08, 0.12, 0.16)
OVER_SEA = ("EU_", "WA_")  # Europe, and West Africa on the way there
ANDES = ("PE_", "BO_", "CO_", "EC_", "VE_")


def flow(run: Run, years: tuple[int, ...], by: list[str], what: str = "moved_kg") -> pd.Series:
    """Return bulk kilograms by leg, place or the like in given years."""
    table = run.tables["legs"]
    return table[table["year"].isin(years)].groupby(by, observed=True)[what].sum()


def price(run: Run, place: str, first: int, weeks: int) -> float:
    """Return a place's mean price over a window of weeks."""
    table = run.tables["places"]
    rows = (table["place"] == place) & table["week"].between(first, first + weeks - 1)
    return float(table.loc[rows, "price_usd_per_kg"].mean())


def fights(run: Run, first: int, weeks: int, places: set[str] | None = None) -> float:
    """Return members killed in fights over a window of weeks."""
    table = run.tables["places"]
    rows = table["week"].between(first, first + weeks - 1)
    if places is not None:
        rows &= table["place"].isin(places)
    return float(table.loc[rows, "killed_in_fights"].sum())


def more_effort(runs: Runs) -> Values:
    """F1: seized weight, worth per seizure and active places under doubled effort."""
    out = {}
    worth = runs["as_is"].network.places.set_index("id")["reference_price_usd_per_kg"]
    for name in ("as_is", "double"):
        table = runs[name].tables["legs"]
        table = table[table["year"] == YEAR + 1]
        usd = (table["seized_kg"] * table["from"].map(worth).astype(float)).sum()
        kg = table.groupby("from", observed=True)["moved_kg"].sum()
        out[name] = (table["seized_kg"].sum(), usd / table["seizures"].sum(), (kg > 100.0).sum())
    a, b = out["as_is"], out["double"]
    return {
        "seized_ratio": b[0] / a[0],
        "worth_per_seizure_ratio": b[1] / a[1],
        "change_of_active_places": float(b[2] - a[2]),
    }


def one_corridor(runs: Runs) -> Values:
    """F2: where the flow of one corridor goes when its seizure probability doubles.

    A corridor is all that leaves one port by sea for Europe, in one step or several.
    """
    table = runs["as_is"].tables["legs"]
    into = table["to"].str.startswith(OVER_SEA) & ~table["from"].str.startswith(OVER_SEA)
    corridors = table.loc[into & (table["mode"] == "sea"), ["leg", "from"]].drop_duplicates("leg")
    a, b = (
        flow(runs[name], (YEAR,), ["leg"])
        .reindex(corridors["leg"])
        .fillna(0.0)
        .groupby(corridors.set_index("leg")["from"])
        .sum()
        for name in ("as_is", "double")
    )
    lost = a[PORT] - b[PORT]
    gained = (b - a).drop(PORT).sum()
    supply = [runs[name].tables["markets"] for name in ("as_is", "double")]
    kg = [
        t[(t["market"] == "MK_EU") & t["week"].between(START, START + 51)]["delivered_kg"].sum()
        for t in supply
    ]
    return {
        "corridors": float((a > 500.0).sum()),
        "share_lost": lost / a[PORT],
        "lost_bulk_t": lost / KG_PER_TONNE,
        "reappears_elsewhere_bulk_t": gained / KG_PER_TONNE,
        "supply_change": kg[1] / kg[0] - 1.0,
    }


def lethal_risk(runs: Runs) -> Values:
    """F3: flights from Peru over flights without lethal risk, at risks really borne per flight."""

    def flights(run: Run) -> float:
        table = run.tables["pilots"]
        rows = table["leg"].astype(str).str.startswith(STRIPS) & (table["year"] == YEAR + 2)
        return float(table.loc[rows, "flights"].sum())

    def borne(run: Run) -> float:
        table = run.tables["legs"]
        rows = table["leg"].str.startswith(STRIPS) & (table["mode"] == "air")
        hit = table[rows & (table["year"] == YEAR + 2)]
        return float(hit["seizures"].sum() / max(hit["consignments"].sum(), 1))

    usual = flights(runs["as_is"])
    found = sorted(
        (borne(runs[f"risk_{p:g}"]), flights(runs[f"risk_{p:g}"]) / usual) for p in RISKS
    )
    risks, shares = zip(*[(0.0, 1.0), *found], strict=True)
    return {f"flights_at_{p:g}": float(np.interp(p, risks, shares)) for p in (0.03, 0.1, 0.2)}


def air_cut(runs: Runs) -> Values:
    """F4: prices at the source and below after a cut of air capacity."""
    a, b = runs["as_is"], runs["cut"]
    return {
        name: price(b, place, START + 39, 26) / price(a, place, START + 39, 26)
        for name, place in (
            ("vraem_price", "PE_VRAEM"),
            ("beni_price", "BO_BENI"),
            ("brazil_price", "MK_BR"),
        )
    }


def by_land(runs: Runs) -> Values:
    """F5: share of VRAEM output that leaves by land or river, and recovery of the air."""

    def share(run: Run, year: int) -> float:
        table = run.tables["legs"]
        out = table[(table["from"] == "PE_VRAEM") & (table["year"] == year)]
        onward = table[
            (table["from"].isin(("PE_PASCO", "PE_PICHIS")))
            & (table["year"] == year)
            & (table["mode"] == "air")
        ]["moved_kg"].sum()
        air = out.loc[out["mode"] == "air", "moved_kg"].sum() + onward
        return float(1.0 - min(air / out["moved_kg"].sum(), 1.0))

    return {
        "land_share_usual": share(runs["as_is"], YEAR),
        "land_share_after": share(runs["cut"], YEAR + 1),
        "land_share_two_years_on": share(runs["cut"], YEAR + 4),
    }


def displaced_violence(runs: Runs) -> Values:
    """F6: share of the fights at places that receive displaced flow that the flow explains.

    Where no two gangs hold one of these places nobody fights over it, whatever passes.
    """
    a, b = (flow(runs[name], (YEAR, YEAR + 1), ["from"]) for name in ("as_is", "cut"))
    gain = (b - a.reindex(b.index).fillna(0.0)) / a.reindex(b.index)
    near = {p for p in gain.index if p.startswith(("PE_", "BO_")) and gain[p] > 0.1}
    with_it, without = (fights(runs[name], START, 104, near) for name in ("cut", "as_is"))
    land = runs["as_is"].tables["territory"]
    land = land[(land["year"] == YEAR) & (land["control"] > 0.0) & land["place"].isin(near)]
    return {
        "places": float(len(near)),
        "contested_places": float((land.groupby("place")["organisation"].nunique() > 1).sum()),
        "explained": 1.0 - without / with_it if with_it > 0 else math.nan,
    }


def supply_cut(runs: Runs) -> Values:
    """F7: change of fights after a month without part of the supply, by demand elasticity."""
    out = {}
    for name in ("inelastic", "elastic"):
        usual, cut = (fights(runs[f"{name}{kind}"], START + 13, 26) for kind in ("", "_cut"))
        out[f"fights_{name}"] = cut / usual - 1.0
    return out


def leader_removed(runs: Runs) -> Values:
    """F8: fights at a decapitated organisation's places, and next to them, over half a year."""
    usual = runs["as_is"]
    there = usual.tables["territory"]
    there = there[(there["year"] == YEAR - 1) & (there["control"] > 0.1)]
    legs = usual.network.legs
    home: list[float] = []
    near: list[float] = []
    for leader in LEADERS:
        own = set(there.loc[there["organisation"] == leader, "place"])
        touching = legs[legs["from"].isin(own) | legs["to"].isin(own)]
        around = (set(touching["from"]) | set(touching["to"])) - own
        run = runs[f"without_{leader}"]
        for places, found in ((own, home), (around, near)):
            before = fights(usual, START, 26, places)
            if before > 0:
                found.append(fights(run, START, 26, places) / before - 1.0)
    return {
        "rise_at_its_places": float(np.median(home)),
        "rise_next_to_them": float(np.median(near)),
    }


def turnover(runs: Runs) -> Values:
    """F17: entry into and exit from places, length of stay, spread of organisations."""
    table, places = runs["long"].tables["territory"], runs["long"].network.places
    years = sorted(table["year"].unique())
    held = {
        y: set(zip(g["organisation"], g["place"], strict=True)) for y, g in table.groupby("year")
    }
    movers = {o for y in years[1:] for o, _ in held[y] - held[y - 1]}
    entry, leave = [], []
    for y in years[1:]:
        before = {pair for pair in held[y - 1] if pair[0] in movers}
        now = {pair for pair in held[y] if pair[0] in movers}
        if before:
            entry.append(len(now - before) / len(before))
            leave.append(len(before - now) / len(before))
    stays = []
    for pair in set().union(*held.values()) - held[years[0]]:
        first = min(y for y in years if pair in held[y])
        gone = [y for y in years if y > first and pair not in held[y]]
        if gone:
            stays.append(gone[0] - first)
    spread = table[table["year"] == years[-1]].groupby("organisation")["place"].nunique()
    return {
        "entry_per_year": float(np.mean(entry)),
        "exit_per_year": float(np.mean(leave)),
        "median_stay_years": float(np.median(stays)) if stays else math.nan,
        "largest_share_of_places": float(spread.max() / len(places)),
    }


def finance_first(runs: Runs) -> Values:
    """F18: an entrant's share of the flow it finances against its share of upstream places."""
    run = runs["enters"]
    legs, land = run.tables["legs"], run.tables["territory"]
    last = int(legs["year"].max())
    out: Values = {}
    for name, years in (("before", (2011,)), ("after", (last - 1, last))):
        out_of = legs[legs["from"].str.startswith(("PE_", "BO_")) & legs["year"].isin(years)]
        mine = out_of.loc[out_of["cartel"] == "MX_SINALOA", "moved_kg"].sum()
        up = land[land["place"].str.startswith(ANDES) & land["year"].isin(years)]
        held = (up["organisation"] == "MX_SINALOA").sum() / max(len(up), 1)
        out[f"financed_{name}"], out[f"held_{name}"] = mine / out_of["moved_kg"].sum(), held
    out["rise_financed"] = out["financed_after"] - out["financed_before"]
    out["rise_held"] = out["held_after"] - out["held_before"]
    return out


def broken_up(runs: Runs) -> Values:
    """F19: organisations, supply and price two years after the largest cartel broke up."""

    def state(run: Run) -> tuple[int, float, float]:
        table = run.tables["cartels"]
        late = table[table["week"].between(START + 91, START + 116)]
        kg = late.groupby("cartel", observed=True)["delivered_kg"].sum()
        market = run.tables["markets"]
        rows = market[
            (market["market"] == "MK_US") & market["week"].between(START + 91, START + 116)
        ]
        return (
            int((kg > 100.0).sum()),
            float(rows["delivered_kg"].sum()),
            float(rows["price_usd_per_kg"].mean()),
        )

    a, b = state(runs["as_is"]), state(runs["broken"])
    return {
        "more_organisations": float(b[0] - a[0]),
        "supply_ratio": b[1] / a[1],
        "price_ratio": b[2] / a[2],
    }
