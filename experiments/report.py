"""A one-page report in words, filled from the results of a displacement study."""

from __future__ import annotations

from experiments.displacement import PARTS, Estimate
from experiments.studies import DISPLACED, FOOTHOLD, Displacement


def report(found: Displacement, scenario: str, seed: int) -> str:
    """Return the report as Markdown."""
    m, q, n = found.measures, found.question, len(found.pairs)
    since = f"may enter from {q.since}" if q.since else "trades as the scenario says"
    lines = [
        f"# Does {q.entrant} displace incumbents in {q.market}?",
        "",
        f"Scenario `{scenario}`, {n} pairs of replicates, seed {seed}. In one world of a pair the "
        f"entrant {since}, in the other it is barred; all luck is shared. Values are yearly means "
        "over the last three years, with 95 % intervals.",
        "",
        f"**{answer(found)}**",
        "",
        "| measure | value (95 % interval) |",
        "|---|---|",
        *(f"| {label} | {shown(m[name])} |" for name, label in LABELS.items()),
        "",
        "## Who loses",
        "",
        "| incumbents | loss, t a year | change of margin, million USD a year | "
        + " | ".join(PARTS)
        + " |",
        "|---|---|---|" + "---|" * len(PARTS),
        *loss_rows(found),
        "",
        "Price: lower prices in the market. Source: higher prices at the farm gate. Affiliates: "
        "tolls to gangs that are not, or no longer, their own. Routes: fees, flights and losses "
        "on the way. Volume: kilograms no longer traded, at unchanged unit values. The parts add "
        "up exactly.",
        "",
        *(driver_lines(found) if found.shapley is not None else []),
        "## Caveats",
        "",
        "- Prices and shares at the start are calibrated; costs of entry, places and trust are "
        "assumed, as the register says. The interval is that of luck, not of parameters.",
        f"- Displacement in a replicate means: the entrant has gained over {FOOTHOLD:.0%} of the "
        f"market and the incumbents have lost over {DISPLACED:.0%} of that gain.",
        f"- Pairing: the variance of paired differences of the incumbents' kilograms is "
        f"{m['variance_paired_over_unpaired'].value:.2f} of that with unpaired seeds.",
        "- Financed (owner) and handled (gang at the place) kilograms are counted on every leg.",
        "",
    ]
    return "\n".join(lines)


LABELS = {
    "probability_of_entry": "probability that the entrant gains over 1 % of the market",
    "probability_of_displacement": "probability of displacement",
    "entrant_share": "the entrant's share of the market",
    "entrant_gain_t": "the entrant's gain, t a year",
    "incumbents_loss_t": "the incumbents' loss, t a year",
    "diversion_kg": "diversion ratio, kilograms",
    "diversion_margin": "diversion ratio, margin",
    "diversion_places": "diversion ratio, places held",
    "entrant_share_financed": "the entrant's share of all kilograms financed",
    "entrant_share_handled": "the entrant's share of all kilograms handled",
    "herfindahl_change": "change of the Herfindahl index",
}


def shown(e: Estimate) -> str:
    """Return an estimate with three figures, or why there is none."""
    if e.value != e.value:
        return "none: the entrant gains nothing"
    return f"{e.value:.3g} ({e.low:.3g} to {e.high:.3g})"


def answer(found: Displacement) -> str:
    """Return the answer in a sentence or two, chosen by the intervals."""
    m, name = found.measures, found.question.entrant
    gain, ratio = m["entrant_gain_t"], m["diversion_kg"]
    if not gain.low > 0:
        return (f"{name} gains nothing that differs from luck ({shown(gain)} t a year), so it "
                "displaces nobody here.")  # fmt: skip
    head = f"{name} gains {shown(gain)} t a year"
    if ratio.low > DISPLACED:
        tail = "mostly taken from incumbents"
    elif ratio.low > 0:
        tail = "taken from incumbents in part"
    elif ratio.high < 0:
        tail = "and incumbents gain as well"
    else:
        tail = "but whether incumbents lose by it cannot be told from luck"
    sure = m["probability_of_displacement"]
    return (f"{head}, {tail}: diversion ratio {shown(ratio)}. It displaces incumbents in "
            f"{sure.value:.0%} of replicates ({sure.low:.0%} to {sure.high:.0%}).")  # fmt: skip


def loss_rows(found: Displacement) -> list[str]:
    """Return the table of losses by group, largest change of margin first."""
    wide = found.parts.pivot(index="group", columns="part", values="usd_per_year") / 1e6
    totals = found.parts[found.parts["part"] == "total"].set_index("group")
    rows = []
    for group in wide["total"].abs().sort_values(ascending=False).index:
        total = totals.loc[group]
        kg = found.measures.get(f"loss_t_{group}")
        if group == "All incumbents":
            kg = found.measures["incumbents_loss_t"]
        parts = " | ".join(f"{wide.loc[group, part]:.1f}" for part in PARTS)
        margin = Estimate(*(total[c] / 1e6 for c in ("usd_per_year", "low", "high")))
        rows.append(f"| {group} | {shown(kg) if kg else ''} | {shown(margin)} | {parts} |")
    return rows


def driver_lines(found: Displacement) -> list[str]:
    """Return the Shapley split as a table."""
    assert found.shapley is not None
    lines = ["## Why: Shapley split over the drivers", "", "| effect | driver | value (95 %) |",
             "|---|---|---|"]  # fmt: skip
    for row in found.shapley.itertuples():
        lines.append(f"| {row.effect} | {row.driver} | "
                     f"{row.value:.3g} ({row.low:.3g} to {row.high:.3g}) |")  # fmt: skip
    return [*lines, ""]
