"""A one-page report in words, filled from the results of a displacement study.

What is said of a gain is what its ``Verdict`` allows; see ``experiments.displacement.verdicts``.
"""

from __future__ import annotations

from math import isnan

from experiments.displacement.accounts import Displacement
from experiments.displacement.estimates import (
    FEWEST_PAIRS,
    PARTS,
    Estimate,
    around,
    counted,
    often,
    percent,
    shown,
)
from experiments.displacement.losses import EVERYONE
from experiments.displacement.stages import stage_lines
from experiments.displacement.verdicts import DISPLACED, ENTERED, FOOTHOLD, TAILS, Verdict
from experiments.words import DRIVER_WORDS, figure_of

LABELS = {
    "probability_of_entry": f"probability of entry (over {100 * ENTERED:.0f} % of the market)",
    "probability_of_displacement": "probability of displacement",
    "entrant_share": "the entrant's share of the market",
    "entrant_gain_t": "the entrant's gain, t bulk a year",
    "incumbents_loss_t": "the incumbents' loss, t bulk a year",
    "diversion_kg": "diversion ratio, kilograms",
    "logit_diversion_kg": "... of a plain logit with the same demand elasticity",
    "excess_diversion_kg": "... excess over the logit",
    "excess_loss_t": "the incumbents' loss over that of the logit, t bulk a year",
    "diversion_margin": "diversion ratio, margin",
    "diversion_places": "diversion ratio, places held",
    "herfindahl_change": "change of the Herfindahl index",
    "diversion_financed": "diversion ratio, kilograms financed",
    "diversion_handled": "diversion ratio, kilograms handled",
    "entrant_share_air_bridge": "the entrant's share of the air bridge, as owner",
    "entrant_share_bridge_handled": "the entrant's share of the air bridge, as holder",
    "entrant_share_brazil_ports": "the entrant's share through Brazilian ports, as owner",
    "diversion_air_bridge": "diversion ratio, air bridge, kilograms financed",
    "diversion_bridge_handled": "diversion ratio, air bridge, kilograms handled",
    "diversion_brazil_ports": "diversion ratio, Brazilian ports, kilograms financed",
}
FIGURES = {
    "shares": "shares of the market in both worlds",
    "parts": "what the incumbents lose, by cause",
    "waiting": "how long until the entrant has 10, 25 and 50 %",
    "financed_handled": "what the entrant finances and what it handles",
    "drivers": "the split over drivers",
}
ENDS = ("usd_per_year", "low", "high")
GROUPS_SHOWN = 6
ALWAYS_SHOWN = (EVERYONE, "Colombian", "Brazilian")


TAUGHT = {
    "barred": "The two worlds tell what the entrant's *presence* in the market does",
    "held": "The two worlds tell what the entrant's *growth* in the market does",
}


def report(found: Displacement, scenario: str, seed: int) -> str:
    """Return the report as Markdown."""
    m, n = found.measures, len(found.pairs)
    drawn = [name for name in FIGURES if name != "drivers" or found.shapley is not None]
    lines = [
        f"# Does {found.entrant} displace incumbents in {found.market}?",
        "",
        f"Scenario `{scenario}`, {counted(n)} of replicates, seed {seed}. {worlds_words(found)} "
        "All luck is shared. Values are yearly means over the last three years, or over all of a "
        "shorter run, with 95 % "
        f"intervals, which take {FEWEST_PAIRS} pairs. Definitions: "
        "`docs/guide/displacement.md`.",
        "",
        f"**{answer(found)}**",
        "",
        flow_answer(found),
        "",
        *member_lines(found),
        f"| measure | value (95 % interval), of {counted(n)} |",
        "|---|---|",
        *(f"| {label} | {cell(name, m[name])} |" for name, label in LABELS.items() if name in m),
        "",
        *stage_lines(found, shown),
        *loss_lines(found),
        *driver_lines(found),
        "## Figures",
        "",
        *(f"- [{name}](figures/{name}.png): {FIGURES[name]}" for name in drawn),
        "",
        *left_out_lines(found),
        *caveats(found),
    ]
    return "\n".join(lines)


def member_lines(found: Displacement) -> list[str]:
    """Say what intervals hold where pairs are run over an ensemble; nothing elsewhere."""
    if found.luck_share is None:
        return []
    share = (
        "cannot be split" if isnan(found.luck_share) else f"is {100 * found.luck_share:.0f} % luck"
    )
    return [
        "Pairs are run over the members of an ensemble, two a member, so that intervals hold what "
        f"is not known of the model's numbers as well. The variance of the gain {share}.",
        "",
    ]


def worlds_words(found: Displacement) -> str:
    """Say what the two worlds of a pair are, and what their difference is about."""
    q = found.question
    since = f"may enter from {q.since}" if q.since else "trades as the scenario says"
    other = "keeps the size it begins with" if q.against == "held" else "is barred"
    return (
        f"In one world of a pair the entrant {since}, in the other it {other}. {TAUGHT[q.against]}."
    )


def answer(found: Displacement) -> str:
    """Return the answer in a sentence or two, as the verdict allows."""
    v, who, where = found.verdict, found.entrant, found.market
    often_displaced = found.measures["probability_of_displacement"]
    against = f"allowed against {found.question.against}"
    gain, n = shown(v.gain), counted(len(found.pairs))
    how_often = f"It displaces incumbents in {often(often_displaced)}."
    if v.kind == "few":
        return (
            f"Cannot tell from {n} whether the entrant, {who}, {against}, gains in {where} or "
            f"displaces anybody: an interval takes {FEWEST_PAIRS}. In these it gains "
            f"{gain} t bulk a year, diversion ratio {shown(v.ratio)}. {how_often}"
        )
    if v.kind == "none":
        return (
            f"No effect: the entrant, {who}, gains 0 t bulk a year in {where} in each of {n}, "
            f"{against}, so it displaces nobody there."
        )
    if v.gains:
        return (
            f"The entrant, {who}, gains {gain} t bulk a year in {where}, {against}, "
            f"{TAILS[v.kind]}: diversion ratio {shown(v.ratio)}. {how_often}"
        )
    return f"{unproven(v, who, where, against, n)} {how_often}"


def unproven(v: Verdict, who: str, where: str, against: str, pairs: str) -> str:
    """Say what is known of a gain that cannot be told from luck, or that is a loss."""
    gain = f"{shown(v.gain)} t bulk a year"
    bound = f"{figure_of(v.bound)} t bulk a year at 90 %"
    if v.kind == "loses":
        return f"The entrant, {who}, loses in {where} by being {against}: gain {gain}, {pairs}."
    if v.kind == "small":
        return (
            f"No effect larger than {bound}: the entrant, {who}, {against}, gains {gain} in "
            f"{where}, from {pairs}; under {100 * ENTERED:.0f} % of the market counts as nothing."
        )
    return (
        f"Cannot tell from {pairs} whether the entrant, {who}, {against}, gains in {where}: "
        f"{gain}; no effect larger than {bound} is left."
    )


def flow_answer(found: Displacement) -> str:
    """Return the answer by kilograms financed and handled, and on the corridors if known."""
    kinds = {flow: found.flow_verdict(flow).kind for flow in ("financed", "handled")}
    unknown = {"few", "untold"} & set(kinds.values())
    same = "the same answer." if len(set(kinds.values())) == 1 else "**different answers**."
    text = [
        f"Whether kilograms financed and kilograms handled give the same answer cannot be told "
        f"from {counted(len(found.pairs))}."
        if unknown
        else f"Kilograms financed and kilograms handled give {same}",
        f"As owner of the loads, on all legs to all markets, {flow_words(found, 'financed')}.",
        f"As holder of the places that loads leave, {flow_words(found, 'handled')}.",
    ]
    if "entrant_share_air_bridge" in found.measures:
        text.append(
            "On the air bridge from Peru to Bolivia, as owner, "
            f"{flow_words(found, 'air_bridge')}; as holder, {flow_words(found, 'bridge_handled')}. "
            "Through Brazilian ports, as owner, "
            f"{flow_words(found, 'brazil_ports')}."
        )
    return " ".join(text)


def flow_words(found: Displacement, flow: str) -> str:
    """Say what the entrant has of a flow, what it gains there, and from whom."""
    share, v = found.measures[f"entrant_share_{flow}"], found.flow_verdict(flow)
    if share.value != share.value:
        return "nothing moves"
    world = found.question.against
    has = f"it has {percent(share)} of the kilograms"
    gain = f"{figure_of(100 * v.gain.value)} points more than when {world} {around(v.gain, 100)}"
    if v.gains:
        return f"{has}, {gain}, {TAILS[v.kind]}"
    said = {
        "few": f"{gain}: cannot tell from {counted(v.gain.pairs)}",
        "none": f"and exactly as much when {world}",
        "small": f"{gain}: no effect larger than {figure_of(100 * v.bound)} points at 90 %",
        "untold": f"{gain}: cannot tell whether it gains",
        "loses": f"{gain}: it loses",
    }
    return f"{has}, {said[v.kind]}"


def left_out_lines(found: Displacement) -> list[str]:
    """Return what the numbers do not hold; nothing if they hold all."""
    if not found.left_out:
        return []
    return ["## Left out", "", *(f"- {what}" for what in found.left_out), ""]


def cell(name: str, e: Estimate) -> str:
    """Return an estimate as it stands in the table of measures."""
    if name.startswith("probability"):
        return often(e)
    return percent(e) if name.startswith("entrant_share") else shown(e)


def loss_lines(found: Displacement) -> list[str]:
    """Return the table of losses by group, largest change of margin first, and how to read it."""
    wide = found.parts.pivot(index="group", columns="part", values="usd_per_year") / 1e6
    totals = found.parts[found.parts["part"] == "total"].set_index("group")
    order = list(wide["total"].abs().sort_values(ascending=False).index)
    groups = [g for k, g in enumerate(order) if k <= GROUPS_SHOWN or g in ALWAYS_SHOWN]
    groups.sort(key=lambda g: g != EVERYONE)
    rows = []
    for group in groups:
        kg = found.measures["incumbents_loss_t" if group == EVERYONE else f"loss_t_{group}"]
        value, low, high = (float(totals.loc[group, c]) / 1e6 for c in ENDS)
        margin = Estimate(value, low, high, int(totals.loc[group, "pairs"]))
        parts = " | ".join(figure_of(wide.loc[group, part]) for part in PARTS)
        rows.append(f"| {group} | {shown(kg)} | {shown(margin)} | {parts} |")
    return [
        "## Who loses",
        "",
        "| incumbents | loss, t bulk a year | change of margin, million USD a year | "
        + " | ".join(PARTS)
        + " |",
        "|---|---|---|" + "---|" * len(PARTS),
        *rows,
        "",
        "Price: lower prices in the market. Source: higher prices at the farm gate. Affiliates: "
        "tolls to gangs that are not, or no longer, their own. Routes: fees, flights and losses "
        "on the way. Volume: kilograms no longer traded, at unchanged unit values. The parts add "
        "up exactly; all groups are in `parts.csv`.",
        "",
    ]


def driver_lines(found: Displacement) -> list[str]:
    """Return the Shapley split as a table, a row a driver; nothing if there is none."""
    if found.shapley is None:
        return []
    effects = list(dict.fromkeys(found.shapley["effect"]))
    rows = [f"| driver | {' | '.join(effects)} |", "|---|" + "---|" * len(effects)]
    for driver, mine in found.shapley.groupby("driver", sort=False):
        cells = [shown(Estimate(r.value, r.low, r.high, r.pairs)) for r in mine.itertuples()]
        rows.append(f"| {DRIVER_WORDS.get(str(driver), driver)} | {' | '.join(cells)} |")
    pairs = int(found.shapley["pairs"].iloc[0])
    note = (
        f"From {pairs} pairs of each of the eight sets of drivers; the drivers' values add up "
        "to the last row less the first."
    )
    return ["## Why: Shapley split over the drivers", "", *rows, "", note, ""]


def caveats(found: Displacement) -> list[str]:
    """Return what the numbers do and do not hold."""
    ratio = found.pairing.set_index("outcome")["variance_paired_over_unpaired"].dropna()
    pairing = ", ".join(f"{value:.2f} ({name})" for name, value in ratio.items())
    return [
        "## Caveats",
        "",
        "- Prices and shares at the start are calibrated; costs of entry, places and trust are "
        "assumed, as the register says. "
        + (
            ""
            if found.luck_share is not None
            else "The interval is that of luck, not of parameters."
        ),
        "- Displacement in a replicate means: the entrant has gained over "
        f"{100 * FOOTHOLD:.0f} % of the market and the incumbents have lost over "
        f"{100 * DISPLACED:.0f} % of that gain.",
        "- Tonnes and kilograms are bulk, as traded; the model's purity is the same everywhere.",
        "- Financed (owner) and handled (holder of the place) kilograms are counted on every leg.",
        "- Pairing: the variance of paired differences over that with unpaired seeds is "
        f"{pairing}. Below 1 shared luck pays; near 1 the two worlds have come apart.",
        "",
    ]
