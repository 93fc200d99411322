"""What commands print: a short readable summary of a run, and tables."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments.words import figure_of
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


def print_summary(run: Run, console: Console | None = None) -> None:
    """Print prices, deliveries, leading cartels, flights, seizures and the ledger."""
    console = console or Console()
    console.print(f"[bold]{run.scenario.name}[/bold]: {run.scenario.question}")
    console.print(
        f"{run.replicates} replicate(s), {run.scenario.weeks} weeks from {run.scenario.start}"
    )
    if (prices := price_table(run)).row_count:
        console.print(prices)
    console.print(market_table(run))
    for line in closing_lines(run):
        console.print(line)


def price_table(run: Run) -> Table:
    """Mean simulated price of places on the chain beside the reference of the data."""
    reference = run.network.places.set_index("id")["reference_price_usd_per_kg"]
    mean = run.tables["places"].groupby("place", observed=True)["price_usd_per_kg"].mean()
    table = Table("price, USD/kg bulk", "simulated", "data", "ratio")
    for place in [p for p in CHAIN if p in mean.index]:
        table.add_row(
            place,
            f"{mean[place]:,.0f}",
            f"{reference[place]:,.0f}",
            f"{mean[place] / reference[place]:.2f}",
        )
    return table


def market_table(run: Run) -> Table:
    """Deliveries of each market, bulk and pure, and the cartels that lead in it."""
    purity = run.scenario.parameters.market.bulk_purity
    years = run.scenario.weeks * run.replicates / WEEKS_PER_CALENDAR_YEAR
    kg = run.tables["cartels"].groupby(["market", "cartel"], observed=True)["delivered_kg"].sum()
    heads = ("market", "deliveries, t bulk a year", "t pure a year", "leading cartels")
    table = Table(*heads)
    for market in run.network.markets:
        mine = kg.loc[market].sort_values(ascending=False)
        total = max(mine.sum(), 1e-9)
        lead = ", ".join(f"{name} {value / total:.0%}" for name, value in mine.head(4).items())
        tonnes = total / KG_PER_TONNE / years
        table.add_row(market, f"{tonnes:,.0f}", f"{pure(tonnes, purity):,.0f}", lead)
    return table


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


def print_table(table: pd.DataFrame) -> None:
    """Print a data frame with three figures."""
    printed = Table(*map(str, table.columns))
    for row in table.itertuples(index=False):
        printed.add_row(*(figure_of(v) if isinstance(v, float) else str(v) for v in row))
    Console().print(printed)
