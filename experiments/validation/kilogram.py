"""One kilogram from a zone to a market, through its owners: a page made from a run.

python -m experiments.validation.kilogram > docs/results/one_kilogram.md
"""

from __future__ import annotations

from sim import Run, Scenario, TraffickingModel
from sim.names import place_name
from sim.results.owners import Chain, Owners, owners

ZONE, MARKET, YEARS = "PE_VRAEM", "MK_EU", range(2011, 2014)
SHOWN = 12  # chains
LONG = 3  # organisations in the chain that is followed


def page(run: Run, seed: int) -> str:
    """Return the page as Markdown."""
    found = owners(run, ZONE, MARKET, YEARS)
    names = dict(
        zip(run.network.organisations["id"], run.network.organisations["name"], strict=True)
    )
    chain = next((c for c in found.chains if len(c) >= LONG), next(iter(found.chains)))
    lines = [
        "# One kilogram from the VRAEM to Europe, through its owners",
        "",
        f"Made by `python -m experiments.validation.kilogram` from scenario `{run.scenario.name}`, "
        f"seed {seed}, {YEARS[0]} to {YEARS[-1]}. Organisations stand for groups of the data pack; "
        "shares of sellers and how often goods change hands are judgements (grade C).",
        "",
        *followed(run, found, chain, names),
        *usual(run, found, names),
    ]
    return "\n".join(lines)


def followed(run: Run, found: Owners, chain: Chain, names: dict[str, str]) -> list[str]:
    """Return the hand-overs of one chain with prices and margins."""
    stops = [place for _, place in chain] + [MARKET]
    prices = [price_at(run, place) for place in stops]
    holders = ["growers and their clan", *(names.get(owner, owner) for owner, _ in chain)]
    rows = []
    for k, place in enumerate(stops):
        buyer = holders[k + 1] if k + 1 < len(holders) else "wholesale buyers"
        rise = f"{prices[k] / prices[k - 1]:.1f}" if k else ""
        where = place_name(place, run.network.places)
        rows.append(f"| {where} | {holders[k]} | {buyer} | {prices[k]:,.0f} | {rise} |")
    share = found.chains[chain]
    return [
        f"The most usual way through {len(chain)} organisations has {share:.1%} of the "
        f"kilograms. A load seized on the way is the loss of whoever owned it then.",
        "",
        "| where title passes | seller | buyer | price, USD per kg bulk | over the price before |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "The rise between two prices pays carriers, pilots, tolls, those who handle the load, "
        "losses on the way and the owner's margin.",
        "",
    ]


def usual(run: Run, found: Owners, names: dict[str, str]) -> list[str]:
    """Return the most usual chains, and how many owners there are on average."""
    rows = []
    for chain, share in list(found.chains.items())[:SHOWN]:
        steps = [
            f"{names.get(owner, owner)} (buys in {place_name(place, run.network.places)})"
            for owner, place in chain
        ]
        rows.append(f"| {share:.1%} | {' → '.join(steps)} |")
    shown = sum(list(found.chains.values())[:SHOWN])
    return [
        f"A kilogram has {found.mean:.2f} owners on average, the growers' clan that holds it until "
        f"the first sale counted; there are {len(found.chains)} chains. The {len(rows)} most usual "
        f"have {shown:.0%}:",
        "",
        "| share of kilograms | owners after the growers |",
        "|---|---|",
        *rows,
        "",
    ]


def price_at(run: Run, place: str) -> float:
    """Return the mean price of a zone, an exchange or a market over the years looked at."""
    table = run.tables["places"]
    rows = (table["place"] == place) & table["year"].isin(YEARS)
    return float(table.loc[rows, "price_usd_per_kg"].mean())


def main(seed: int = 1) -> None:
    """Print the page of one run."""
    scenario = Scenario.load("exchanges")
    print(page(TraffickingModel(scenario, seed=seed).run(), seed))


if __name__ == "__main__":
    main()
