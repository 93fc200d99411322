"""What commands print: a short readable summary of a run, and tables."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments.reports.of_run import closing_lines, deliveries, opening_line, prices
from experiments.words import figure_of
from sim.run import Run


def print_summary(run: Run, console: Console | None = None) -> None:
    """Print prices, deliveries, leading cartels, flights, seizures and the ledger."""
    console = console or Console()
    console.print(f"[bold]{run.scenario.name}[/bold]: {run.scenario.question}")
    console.print(opening_line(run))
    if (table := price_table(run)).row_count:
        console.print(table)
    console.print(market_table(run))
    for line in closing_lines(run):
        console.print(line)


def price_table(run: Run) -> Table:
    """Mean simulated price of places on the chain beside the reference of the data."""
    table = Table("price, USD/kg bulk", "simulated", "data", "ratio")
    for p in prices(run):
        ratio = f"{p.simulated / p.data:.2f}"
        table.add_row(p.place, f"{p.simulated:,.0f}", f"{p.data:,.0f}", ratio)
    return table


def market_table(run: Run) -> Table:
    """Deliveries of each market, bulk and pure, and the cartels that lead in it."""
    heads = ("market", "deliveries, t bulk a year", "t pure a year", "leading cartels")
    table = Table(*heads)
    for d in deliveries(run):
        table.add_row(d.market, f"{d.bulk_t:,.0f}", f"{d.pure_t:,.0f}", d.leading)
    return table


def print_table(table: pd.DataFrame) -> None:
    """Print a data frame with three figures."""
    printed = Table(*map(str, table.columns))
    for row in table.itertuples(index=False):
        printed.add_row(*(figure_of(v) if isinstance(v, float) else str(v) for v in row))
    Console().print(printed)
