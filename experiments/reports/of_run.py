"""What a run came to, in words and rows: printed by the command and written in its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.words import figure_of, names_of
from sim.results.spread import FEWEST, NO_BAND, spread
from sim.run import Run
from sim.units import KG_PER_TONNE, WEEKS_PER_CALENDAR_YEAR, pure

CHAIN = [
    "PE_VRAEM",
    "BO_BENI",
    "BO_SANTACRUZ",
    "BR_SAOPAULO",
    "BR_SANTOS",
    "MK_BR",
    "MK_EU",
    "MX_PACIFIC",
    "MK_US",
]
PERU = ("PE_VRAEM", "PE_PICHIS", "PE_PASCO", "PE_UCAYALI")
LEADERS = 4


@dataclass(frozen=True)
class Price:
    """Mean price of a place, USD/kg bulk, and what the data say."""

    place: str
    simulated: float
    data: float


@dataclass(frozen=True)
class Deliveries:
    """Deliveries of a market, t a year, its leading cartels, and the spread of replicates."""

    market: str
    bulk_t: float
    pure_t: float
    leading: str
    low: float
    high: float


def prices(run: Run) -> list[Price]:
    """Return the mean simulated price of places on the chain beside the reference of the data."""
    reference = run.network.places.set_index("id")["reference_price_usd_per_kg"]
    mean = run.tables["places"].groupby("place", observed=True)["price_usd_per_kg"].mean()
    return [Price(p, float(mean[p]), float(reference[p])) for p in CHAIN if p in mean.index]


def deliveries(run: Run) -> list[Deliveries]:
    """Return deliveries of each market, bulk and pure, and the cartels that lead in it."""
    purity = run.scenario.parameters.market.bulk_purity
    years = run.scenario.weeks / WEEKS_PER_CALENDAR_YEAR
    table = run.tables["cartels"]
    kg = table.groupby(["market", "cartel"], observed=True)["delivered_kg"].sum()
    each = table.groupby(["market", "replicate"], observed=True)["delivered_kg"].sum()
    found = []
    for market in run.network.markets:
        mine = kg.loc[market].sort_values(ascending=False)
        total = max(mine.sum(), 1e-9)
        lead = ", ".join(
            f"{name} {value / total:.0%}" for name, value in mine.head(LEADERS).items()
        )
        tonnes = total / KG_PER_TONNE / (years * run.replicates)
        low, _, high = spread(each.loc[market] / KG_PER_TONNE / years)
        found.append(
            Deliveries(
                market=market,
                bulk_t=tonnes,
                pure_t=pure(tonnes, purity),
                leading=lead,
                low=low,
                high=high,
            )
        )
    return found


def closing_lines(run: Run) -> list[str]:
    """Flights, seizures, events and the balance, in words."""
    years = run.scenario.weeks * run.replicates / WEEKS_PER_CALENDAR_YEAR
    pilots = run.tables["pilots"]
    peru = pilots[pilots["leg"].astype(str).str.split(">").str[0].isin(PERU)]
    ledger = run.tables["ledger"]
    first = ledger.groupby("replicate")[["produced_kg", "seized_kg"]].first()
    last = ledger.groupby("replicate")[["produced_kg", "seized_kg"]].last()
    grown = (last - first).sum()
    gap = (ledger["residual_kg"].abs() / ledger["produced_kg"]).max()
    flown, out_of = (peru, " out of Peru") if len(peru) else (pilots, "")
    lines = [
        f"Flights{out_of}: {flown['flights'].sum() / years:,.0f} a year; pilots killed "
        f"{pilots['killed'].sum() / run.replicates:.1f}, detained "
        f"{pilots['detained'].sum() / run.replicates:.1f} in the run",
        f"Seized: {grown['seized_kg'] / max(grown['produced_kg'], 1e-9):.0%} of output; "
        f"largest gap of the ledger {gap:.1e} of production",
    ]
    events = run.tables["events"].drop_duplicates(["date", "name"])
    in_one = " (in the first replicate)" if run.replicates > 1 and len(events) else ""
    lines += [
        f"{row.date:%d %b %Y} {row.name}: {row.effect}{in_one}" for row in events.itertuples()
    ]
    return lines


def opening_line(run: Run) -> str:
    """Return how often and how long the scenario was run."""
    return f"{run.replicates} replicate(s), {run.scenario.weeks} weeks from {run.scenario.start}"


def answer(run: Run) -> str:
    """Return in a sentence how many tonnes the markets took, and who led in each."""
    names = names_of(run.scenario)
    said = []
    for one in deliveries(run):
        first = one.leading.split(", ")[0] if one.bulk_t > 1e-6 else "nobody"
        leader, _, share = first.rpartition(" ")
        who = f"{names.get(leader, leader)} first with {share}" if leader else first
        said.append(f"{names.get(one.market, one.market)} {figure_of(one.bulk_t)} ({who})")
    return f"Deliveries, t bulk a year, and who leads: {'; '.join(said)}."


def report(run: Run) -> str:
    """Return the report of a run in Markdown."""
    known = run.replicates >= FEWEST
    price_rows = [
        f"| {p.place} | {p.simulated:,.0f} | {p.data:,.0f} | {p.simulated / p.data:.2f} |"
        for p in prices(run)
    ]
    market_rows = [
        f"| {d.market} | {d.bulk_t:,.0f} | "
        f"{f'{figure_of(d.low)} to {figure_of(d.high)}' if known else 'no band'} | "
        f"{d.pure_t:,.0f} | {d.leading} |"
        for d in deliveries(run)
    ]
    lines = [
        f"# {run.scenario.question or run.scenario.name}",
        "",
        f"Scenario `{run.scenario.name}`, {opening_line(run)}, seed {run.manifest['seed']}. "
        "Means over replicates and over the whole run.",
        "",
        f"**{answer(run)}**",
        "",
        *(f"- {line}" for line in closing_lines(run)),
        "",
        "## Deliveries",
        "",
        "| market | t bulk a year | 5 to 95 % of replicates | t pure a year | leading cartels |",
        "|---|---|---|---|---|",
        *market_rows,
        "",
        *([] if known else [NO_BAND, ""]),
        "## Prices",
        "",
        "| price, USD/kg bulk | simulated | data | ratio |",
        "|---|---|---|---|",
        *price_rows,
        "",
        *caveats(run),
    ]
    return "\n".join(lines)


def write_report(run: Run, work: Path) -> None:
    """Write the report of a run beside its tables and figures, as words and as a page."""
    from experiments.reports.page import WORDS, write_page

    (work / WORDS).write_text(report(run), encoding="utf-8")
    write_page(work, run.manifest)


def caveats(run: Run) -> list[str]:
    """Return what the numbers of one scenario do not hold."""
    later = ", ".join(f"{event.name} ({event.date})" for event in run.scenario.left_out)
    return [
        "## Caveats",
        "",
        "- One scenario by itself tells no effect: for that, worlds that share their luck are "
        "compared (`airbridge compare`, `airbridge displace`).",
        "- The spread of replicates is that of luck, not of parameters.",
        *([f"- Left out: events after the end, {run.scenario.end}: {later}"] if later else []),
        "",
    ]
