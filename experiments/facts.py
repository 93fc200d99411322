"""Stylised facts as checks: what is known, the worlds that test it, the measured value.

Each fact names the worlds it needs as overrides of a scenario; worlds of one
replicate share their luck. A fact is judged on the median over replicates and
reported with its 5-95 % interval; a fact that fails is reported as failing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pandas as pd

from sim.model import TraffickingModel
from sim.record import Run
from sim.scenario import Scenario

Values = dict[str, float]
Runs = Mapping[str, Run]
START, YEAR = 104, 2012  # week and year in which shocks begin
SHORT = ("weeks=364",)
STRIPS = ("PE_VRAEM", "PE_PASCO", "PE_PICHIS", "PE_UCAYALI")
PORT = "BR_SANTOS"  # the corridor of F2: everything by sea out of the largest port
LEADERS = ("MX_ZETAS_GULF", "BR_PCC", "CO_CDG", "MX_CJNG")
RISKS = (0.02, 0.05, 0.08, 0.12, 0.16)
USUAL_RISK = 0.0318  # per flight out of Peru at usual effort
OVER_SEA = ("EU_", "WA_")  # Europe, and West Africa on the way there
ANDES = ("PE_", "BO_", "CO_", "EC_", "VE_")


@dataclass(frozen=True)
class Fact:
    """One fact: its check, the worlds it needs, how it is measured and judged."""

    id: str
    check: str
    grade: str
    worlds: Mapping[str, tuple[str, ...]]
    measure: Callable[[Runs], Values]
    passes: Callable[[Values], bool]


def event(kind: str, **fields: object) -> str:
    """Return an override that adds one event at the start of the shocks."""
    words = {"kind": kind, "name": kind, "date": "2012-01-02", **fields}
    parts = []
    for key, value in words.items():
        if key == "date":
            text = str(value)
        elif isinstance(value, tuple):
            text = "[" + ", ".join(f'"{v}"' for v in value) + "]"
        elif isinstance(value, bool):
            text = str(value).lower()
        else:
            text = f'"{value}"' if isinstance(value, str) else repr(value)
        parts.append(f"{key} = {text}")
    return "events=[{ " + ", ".join(parts) + " }]"


def flow(run: Run, years: tuple[int, ...], by: list[str], what: str = "moved_kg") -> pd.Series:
    """Return kilograms by leg, place or the like in given years."""
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
    """F1: seized kilograms, worth per seizure and active places under doubled effort."""
    out = {}
    worth = runs["as_is"].network.places.set_index("id")["reference_price_usd_per_kg"]
    for name in ("as_is", "double"):
        table = runs[name].tables["legs"]
        table = table[table["year"] == YEAR + 1]
        usd = (table["seized_kg"] * table["from"].map(worth).astype(float)).sum()
        kg = table.groupby("from", observed=True)["moved_kg"].sum()
        out[name] = (table["seized_kg"].sum(), usd / table["seizures"].sum(), (kg > 100.0).sum())
    a, b = out["as_is"], out["double"]
    return {"seized_ratio": b[0] / a[0], "worth_per_seizure_ratio": b[1] / a[1],
            "change_of_active_places": float(b[2] - a[2])}  # fmt: skip


def one_corridor(runs: Runs) -> Values:
    """F2: where the flow of one corridor goes when its seizure probability doubles.

    A corridor is all that leaves one port by sea for Europe, in one step or several.
    """
    table = runs["as_is"].tables["legs"]
    into = table["to"].str.startswith(OVER_SEA) & ~table["from"].str.startswith(OVER_SEA)
    corridors = table.loc[into & (table["mode"] == "sea"), ["leg", "from"]].drop_duplicates("leg")
    a, b = (flow(runs[name], (YEAR,), ["leg"]).reindex(corridors["leg"]).fillna(0.0)
            .groupby(corridors.set_index("leg")["from"]).sum()
            for name in ("as_is", "double"))  # fmt: skip
    lost = a[PORT] - b[PORT]
    gained = (b - a).drop(PORT).sum()
    supply = [runs[name].tables["markets"] for name in ("as_is", "double")]
    kg = [t[(t["market"] == "MK_EU") & t["week"].between(START, START + 51)]["delivered_kg"].sum()
          for t in supply]  # fmt: skip
    return {"corridors": float((a > 500.0).sum()), "share_lost": lost / a[PORT],
            "lost_t": lost / 1e3, "reappears_elsewhere_t": gained / 1e3,
            "supply_change": kg[1] / kg[0] - 1.0}  # fmt: skip


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
    found = sorted((borne(runs[f"risk_{p:g}"]), flights(runs[f"risk_{p:g}"]) / usual)
                   for p in RISKS)  # fmt: skip
    risks, shares = zip(*[(0.0, 1.0), *found], strict=True)
    return {f"flights_at_{p:g}": float(np.interp(p, risks, shares)) for p in (0.03, 0.1, 0.2)}


def air_cut(runs: Runs) -> Values:
    """F4: prices at the source and below after a cut of air capacity."""
    a, b = runs["as_is"], runs["cut"]
    return {name: price(b, place, START + 39, 26) / price(a, place, START + 39, 26)
            for name, place in (("vraem_price", "PE_VRAEM"), ("beni_price", "BO_BENI"),
                                ("brazil_price", "MK_BR"))}  # fmt: skip


def by_land(runs: Runs) -> Values:
    """F5: share of VRAEM output that leaves by land or river, and recovery of the air."""

    def share(run: Run, year: int) -> float:
        table = run.tables["legs"]
        out = table[(table["from"] == "PE_VRAEM") & (table["year"] == year)]
        onward = table[(table["from"].isin(("PE_PASCO", "PE_PICHIS"))) & (table["year"] == year)
                       & (table["mode"] == "air")]["moved_kg"].sum()  # fmt: skip
        air = out.loc[out["mode"] == "air", "moved_kg"].sum() + onward
        return float(1.0 - min(air / out["moved_kg"].sum(), 1.0))

    return {"land_share_usual": share(runs["as_is"], YEAR),
            "land_share_after": share(runs["cut"], YEAR + 1),
            "land_share_two_years_on": share(runs["cut"], YEAR + 4)}  # fmt: skip


def displaced_violence(runs: Runs) -> Values:
    """F6: share of the fights at places that receive displaced flow that the flow explains."""
    a, b = (flow(runs[name], (YEAR, YEAR + 1), ["from"]) for name in ("as_is", "cut"))
    gain = (b - a.reindex(b.index).fillna(0.0)) / a.reindex(b.index)
    near = {p for p in gain.index if p.startswith(("PE_", "BO_")) and gain[p] > 0.1}
    with_it, without = (fights(runs[name], START, 104, near) for name in ("cut", "as_is"))
    return {"places": float(len(near)),
            "explained": 1.0 - without / with_it if with_it > 0 else math.nan}  # fmt: skip


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
    return {"rise_at_its_places": float(np.median(home)),
            "rise_next_to_them": float(np.median(near))}  # fmt: skip


def turnover(runs: Runs) -> Values:
    """F17: entry into and exit from places, length of stay, spread of organisations."""
    table = runs["long"].tables["territory"]
    years = sorted(table["year"].unique())
    held = {y: set(zip(g["organisation"], g["place"], strict=True))
            for y, g in table.groupby("year")}  # fmt: skip
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
    return {"entry_per_year": float(np.mean(entry)), "exit_per_year": float(np.mean(leave)),
            "median_stay_years": float(np.median(stays)) if stays else math.nan,
            "largest_share_of_places": float(spread.max() / 70.0)}  # fmt: skip


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
        return int((kg > 100.0).sum()), float(rows["delivered_kg"].sum()), float(
            rows["price_usd_per_kg"].mean())  # fmt: skip

    a, b = state(runs["as_is"]), state(runs["broken"])
    return {"more_organisations": float(b[0] - a[0]), "supply_ratio": b[1] / a[1],
            "price_ratio": b[2] / a[2]}  # fmt: skip


def risk_world(p: float) -> tuple[str, ...]:
    """Return the overrides for a lethal risk per flight from Peru's strips."""
    factor = math.log(1.0 - p) / math.log(1.0 - USUAL_RISK)
    law = event("law", factor=factor, death_prob=1.0, places=STRIPS, modes=("air",))
    return (*SHORT, law)


CUT = (*SHORT, event("airstrips", weeks=78, factor=0.3, places=STRIPS))
ELASTIC = {"inelastic": 0.5, "elastic": 1.5}
ZONES = ("CO_NARINO", "CO_PUTUMAYO", "CO_CAUCA", "CO_CATATUMBO", "CO_BAJOCAUCA", "CO_META",
         "PE_VRAEM", "PE_HUALLAGA", "BO_CHAPARE", "BO_YUNGAS")  # fmt: skip


def elastic_world(name: str) -> tuple[str, ...]:
    """Return the overrides that give all markets one elasticity of demand."""
    fields = ("us", "europe", "brazil", "southern_cone", "rest")
    return (*SHORT, *(f"demand.elasticity_{f}={ELASTIC[name]}" for f in fields))


MONTH_CUT = event("eradication", weeks=4, factor=0.2, places=ZONES)
FACTS = (
    Fact("F1", "effort doubled: more kg seized, less worth per seizure, no fewer active places",
         "B", {"as_is": SHORT, "double": (*SHORT, event("campaign", factor=2.0))}, more_effort,
         lambda v: v["seized_ratio"] > 1 and v["worth_per_seizure_ratio"] < 1
         and v["change_of_active_places"] >= 0),
    Fact("F2", "one of six or more corridors doubled: half of its lost flow reappears within a "
         "year, supply falls less than 10 %", "B",
         {"as_is": SHORT,
          "double": (*SHORT, event("campaign", factor=2.0, places=(PORT,), modes=("sea",)))},
         one_corridor,
         lambda v: v["corridors"] >= 6 and v["supply_change"] > -0.1
         and v["reappears_elsewhere_t"] >= 0.5 * v["lost_t"]),
    Fact("F3", "lethal risk of 8-12 % per flight: at most a quarter of flights; more than 5 % "
         "left at 20 %", "B",
         {"as_is": SHORT, **{f"risk_{p:g}": risk_world(p) for p in RISKS}}, lethal_risk,
         lambda v: v["flights_at_0.1"] <= 0.25 and v["flights_at_0.2"] > 0.05
         and v["flights_at_0.03"] > 0.6),
    Fact("F4", "air capacity cut by 70 %: VRAEM price falls 30-60 %, prices below rise", "B",
         {"as_is": SHORT, "cut": CUT}, air_cut,
         lambda v: 0.4 <= v["vraem_price"] <= 0.7 and v["beni_price"] > 1
         and v["brazil_price"] > 1),
    Fact("F5", "after an air shock most VRAEM output goes by land or river; the air recovers",
         "C", {"as_is": SHORT, "cut": CUT}, by_land,
         lambda v: v["land_share_after"] > 0.5
         and v["land_share_two_years_on"] < v["land_share_after"]),
    Fact("F6", "displaced flow explains 15-40 % of violence where it arrives", "A",
         {"as_is": SHORT, "cut": CUT}, displaced_violence,
         lambda v: 0.15 <= v["explained"] <= 0.4),
    Fact("F7", "a month's supply cut: more violence if demand is inelastic, less if elastic",
         "A", {name + suffix: elastic_world(name) + extra for name in ELASTIC
               for suffix, extra in (("", ()), ("_cut", (MONTH_CUT,)))}, supply_cut,
         lambda v: v["fights_inelastic"] > 0 > v["fights_elastic"]),
    Fact("F8", "a leader removed: violence up 20-60 % in half a year, and it spills over", "A",
         {"as_is": SHORT, **{f"without_{o}": (*SHORT, event("decapitation", organisation=o))
                             for o in LEADERS}}, leader_removed,
         lambda v: 0.2 <= v["rise_at_its_places"] <= 0.6 and v["rise_next_to_them"] > 0),
    Fact("F17", "entry about 12 % and exit about 7 % of places a year (half to double), stay of "
         "2-4 years, under 40 % of places", "B", {"long": ()}, turnover,
         lambda v: 0.06 <= v["entry_per_year"] <= 0.24 and 0.035 <= v["exit_per_year"] <= 0.14
         and 2 <= v["median_stay_years"] <= 4 and v["largest_share_of_places"] < 0.4),
    Fact("F18", "an entrant's share of flow financed rises faster than its share of places",
         "C", {"enters": ("scenario=sinaloa_enters", "demand.europe_growth_per_year=0.08",
                          "organisations.MX_SINALOA.capital_usd_m=1780")}, finance_first,
         lambda v: v["rise_financed"] > v["rise_held"]),
    Fact("F19", "a dominant group broken up: more groups, no less output, no higher price after "
         "two years (5 %)", "B",
         {"as_is": SHORT, "broken": (*SHORT, event("decapitation", organisation="MX_SINALOA",
                                                    dissolves=True))}, broken_up,
         lambda v: v["more_organisations"] > 0 and v["supply_ratio"] > 0.95
         and v["price_ratio"] < 1.05),
)  # fmt: skip


def world(base: str, overrides: tuple[str, ...], seed: int | None, replicate: int) -> Run:
    """Run one replicate of one world."""
    named = [text.removeprefix("scenario=") for text in overrides if text.startswith("scenario=")]
    rest = [text for text in overrides if not text.startswith("scenario=")]
    scenario = Scenario.load(named[0] if named else base, rest)
    return TraffickingModel(scenario, seed=seed, replicate=replicate).run()


def measure_replicate(base: str, ids: tuple[str, ...], seed: int | None,
                      replicate: int) -> list[tuple[str, str, float]]:  # fmt: skip
    """Measure the facts in one replicate; worlds that facts share are run once."""
    known: dict[tuple[str, ...], Run] = {}
    rows = []
    for fact in FACTS:
        if fact.id not in ids:
            continue
        runs = {}
        for name, overrides in fact.worlds.items():
            if overrides not in known:
                known[overrides] = world(base, overrides, seed, replicate)
            runs[name] = known[overrides]
        rows += [(fact.id, name, float(value)) for name, value in fact.measure(runs).items()]
    return rows


def judge(base: str, ids: tuple[str, ...], replicates: int, workers: int, seed: int | None = None,
          progress: Callable[[], None] | None = None) -> pd.DataFrame:  # fmt: skip
    """Measure facts over replicates.

    Returns
    -------
    DataFrame
        One row per fact and measure: median, 5 and 95 % quantiles, and whether the
        fact passes on the medians.
    """
    rows: list[tuple[str, str, float]] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(measure_replicate, base, ids, seed, r) for r in range(replicates)]
        for job in jobs:
            rows += job.result()
            if progress is not None:
                progress()
    table = pd.DataFrame(rows, columns=["fact", "measure", "value"])
    grouped = table.groupby(["fact", "measure"], sort=False)["value"]
    out = pd.DataFrame({"median": grouped.median(), "low": grouped.quantile(0.05),
                        "high": grouped.quantile(0.95)}).reset_index()  # fmt: skip
    verdict = {}
    for fact in FACTS:
        rows_of = out[out["fact"] == fact.id]
        if len(rows_of):
            medians = dict(zip(rows_of["measure"], rows_of["median"], strict=True))
            verdict[fact.id] = bool(fact.passes(medians))
    out["passes"] = out["fact"].map(verdict)
    return out


def print_facts(table: pd.DataFrame) -> None:
    """Print every fact with its measures and verdict."""
    from rich.console import Console
    from rich.table import Table

    checks = {fact.id: f"{fact.check} ({fact.grade})" for fact in FACTS}
    shown = Table("fact", "measure", "median", "5-95 %", "verdict")
    for name, rows in table.groupby("fact", sort=False):
        for k, row in enumerate(rows.itertuples()):
            verdict = "" if k else ("pass" if row.passes else "[bold]FAIL[/bold]")
            shown.add_row("" if k else str(name), row.measure, f"{row.median:.3g}",
                          f"{row.low:.3g} to {row.high:.3g}", verdict)  # fmt: skip
        shown.add_row("", f"[dim]{checks[str(name)]}[/dim]", "", "", "", end_section=True)
    Console().print(shown)
