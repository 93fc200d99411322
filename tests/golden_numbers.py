"""Yearly numbers of four scenarios and a small world: what a change must not move unasked.

They are kept in ``golden/``. ``make golden`` runs this file: it writes the numbers of the
present code and prints each that changed. The tests beside it only compare.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from small_world import KEY, small_numbers

from sim import Run, Scenario, TraffickingModel

FOLDER = Path(__file__).parent / "golden"
SCENARIOS = ("baseline", "everything", "history", "sinaloa_enters")
SEED = 1
DIGITS = 12
# NumPy's last bits are those of the processor (with AVX-512 or without), some 1e-14 of a sum.
TOLERANCE = 1e-11
PRICED = ("PE_VRAEM", "CO_CATATUMBO", "BO_BENI", "BR_SANTOS", "MX_PACIFIC", "EU_ANTWERP")


def yearly(name: str) -> pd.DataFrame:
    """Return the yearly numbers of a scenario: one row a year, measure and thing measured."""
    run = TraffickingModel(Scenario.load(name), seed=SEED).run()
    parts = [
        long.rename_axis(["year", "of"]).rename("value").reset_index().assign(measure=measure)
        for measure, long in measures(run).items()
    ]
    table = pd.concat(parts, ignore_index=True).astype({"of": str})
    return table.sort_values(KEY, ignore_index=True)[[*KEY, "value"]]


def measures(run: Run) -> dict[str, pd.Series]:
    """Return each measure by year and thing."""
    t = {name: table.rename(columns={"market": "of"}) for name, table in run.tables.items()}
    markets, cartels, pilots = t["markets"].groupby(["year", "of"]), t["cartels"], t["pilots"]
    by_group = cartels.groupby(
        ["year", cartels["group"].astype(str) + "@" + cartels["of"].astype(str)]
    )["delivered_kg"].sum()
    market = by_group.index.get_level_values(1).str.split("@").str[1]
    whole = by_group.groupby([by_group.index.get_level_values("year"), market]).transform("sum")
    priced = t["places"][t["places"]["place"].isin(PRICED)]
    return {
        "delivered_kg": markets["delivered_kg"].sum(),
        "demand_kg": markets["demand_kg"].sum(),
        "price_usd_per_kg": pd.concat(
            [
                markets["price_usd_per_kg"].mean(),
                priced.groupby(["year", priced["place"].astype(str)])["price_usd_per_kg"].mean(),
            ]
        ),
        "share": by_group[by_group > 0] / whole[by_group > 0],
        "lost_kg": cartels.groupby(["year", "of"], observed=True)["seized_kg"].sum(),
        "seized_kg": t["legs"].groupby(["year", "mode"])["seized_kg"].sum(),
        "seizures": t["legs"].groupby(["year", "mode"])["seizures"].sum(),
        "flights": pilots.groupby(["year", "hub"], observed=True)["flights"].sum(),
        "wage_usd_per_flight": pilots.groupby(["year", "hub"], observed=True)[
            "wage_usd_per_flight"
        ].mean(),
        "moves": t["moves"].groupby(["year", "move"]).size(),
    }


def written(table: pd.DataFrame) -> str:
    """Return the numbers as text, to twelve significant digits."""
    values = [f"{value:.{DIGITS}g}" for value in table["value"]]
    return str(table.assign(value=values).to_csv(index=False, lineterminator="\n"))


def stored(name: str) -> pd.DataFrame:
    """Return the numbers kept of a scenario; none if none are kept."""
    path = FOLDER / f"{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=[*KEY, "value"])


def changes(before: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Return a line for each number that came, went or changed beyond its last digits."""
    old = {tuple(key): value for *key, value in before.itertuples(index=False)}
    new = {tuple(key): value for *key, value in now.itertuples(index=False)}
    lines = []
    for key in sorted(old.keys() | new.keys(), key=lambda key: (key[1], key[2], key[0])):
        was, is_ = old.get(key), new.get(key)
        if was is None or is_ is None or not math.isclose(was, is_, rel_tol=TOLERANCE):
            year, measure, of = key
            told = ["none" if value is None else f"{value:.{DIGITS}g}" for value in (was, is_)]
            lines.append(f"{measure} of {of} in {year}: {told[0]} -> {told[1]}")
    return lines


KEPT: dict[str, Callable[[], pd.DataFrame]] = {
    **{name: partial(yearly, name) for name in SCENARIOS},
    "small_world": small_numbers,
}


def main() -> None:
    """Write the numbers of the present code, and print what changed."""
    FOLDER.mkdir(exist_ok=True)
    for name, numbers in KEPT.items():
        now = numbers()
        changed = changes(stored(name), now)
        if changed:
            (FOLDER / f"{name}.csv").write_text(written(now), encoding="utf-8")
        print(f"{name}: {len(changed)} of {len(now)} numbers changed", *changed, sep="\n  ")


if __name__ == "__main__":
    main()
