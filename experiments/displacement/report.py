"""A one-page report in words, filled from the results of a displacement study."""

from __future__ import annotations

from experiments.displacement.accounts import Displacement
from experiments.displacement.estimates import PARTS, Estimate, percent, shown
from experiments.displacement.losses import EVERYONE
from experiments.displacement.verdicts import DISPLACED, ENTERED, FOOTHOLD
from experiments.words import DRIVER_WORDS, figure_of

# What becomes of the entrant's gain, by what the intervals rule out.
TAILS = {
    "nothing": "nothing that can be told from luck",
    "mostly": "mostly taken from incumbents",
    "partly": "taken from incumbents in part",
    "new": "mostly new: incumbents lose less than half of it",
    "together": "and incumbents gain as well",
    "unsure": "but whether incumbents lose by it cannot be told from luck",
}
LABELS = {
    "probability_of_entry": f"probability of entry (over {100 * ENTERED:.0f} % of the market)",
    "probability_of_displacement": "probability of displacement",
    "entrant_share": "the entrant's share of the market",
    "entrant_gain_t": "the entrant's gain, t bulk a year",
    "incumbents_loss_t": "the incumbents' loss, t bulk a year",
    "diversion_kg": "diversion ratio, kilograms",
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
    "shares": "shares of the market, allowed and barred",
    "parts": "what the incumbents lose, by cause",
    "waiting": "how long until the entrant has 10, 25 and 50 %",
    "financed_handled": "what the entrant finances and what it handles",
    "drivers": "the split over drivers",
}
GROUPS_SHOWN = 6
ALWAYS_SHOWN = (EVERYONE, "Colombian", "Brazilian")


def report(found: Displacement, scenario: str, seed: int) -> str:
    """Return the report as Markdown."""
    m, q, n = found.measures, found.question, len(found.pairs)
    since = f"may enter from {q.since}" if q.since else "trades as the scenario says"
    drawn = [name for name in FIGURES if name != "drivers" or found.shapley is not None]
    lines = [
        f"# Does {found.entrant} displace incumbents in {found.market}?",
        "",
        f"Scenario `{scenario}`, {n} pairs of replicates, seed {seed}. In one world of a pair the "
        f"entrant {since}, in the other it is barred; all luck is shared. Values are yearly means "
        "over the last three years, with 95 % intervals. Definitions: "
        "`docs/guide/displacement.md`.",
        "",
        f"**{answer(found)}**",
        "",
        flow_answer(found),
        "",
        "| measure | value (95 % interval) |",
        "|---|---|",
        *(f"| {label} | {cell(name, m[name])} |" for name, label in LABELS.items() if name in m),
        "",
        *loss_lines(found),
        *driver_lines(found),
        "## Figures",
        "",
        *(f"- [{name}](figures/{name}.png): {FIGURES[name]}" for name in drawn),
        "",
        *caveats(found),
    ]
    return "\n".join(lines)


def verdict(gain: Estimate, ratio: Estimate) -> str:
    """Return what the intervals of a gain and its diversion ratio allow one to say."""
    if not gain.low > 0:
        return "nothing"
    if ratio.low > DISPLACED:
        return "mostly"
    if ratio.high < 0:
        return "together"
    if ratio.low > 0:
        return "partly"
    return "new" if ratio.high < DISPLACED else "unsure"


def answer(found: Displacement) -> str:
    """Return the answer in a sentence or two, chosen by the intervals."""
    m, gain = found.measures, found.measures["entrant_gain_t"]
    head, tail = f"The entrant, {found.entrant},", verdict(gain, m["diversion_kg"])
    if tail == "nothing":
        return (
            f"{head} gains nothing in {found.market} that can be told from luck "
            f"({shown(gain)} t bulk a year), so it displaces nobody there."
        )
    return (
        f"{head} gains {shown(gain)} t bulk a year in {found.market}, {TAILS[tail]}: diversion "
        f"ratio {shown(m['diversion_kg'])}. It displaces incumbents in "
        f"{percent(m['probability_of_displacement'])} of replicates."
    )


def flow_answer(found: Displacement) -> str:
    """Return the answer by kilograms financed and handled, and on the corridors if known."""
    m = found.measures
    same = len({flow_verdict(m, flow) for flow in ("financed", "handled")}) == 1
    text = [
        "Kilograms financed and kilograms handled give "
        + ("the same answer." if same else "**different answers**."),
        f"As owner of the loads, on all legs to all markets, {flow_words(m, 'financed')}.",
        f"As holder of the places that loads leave, {flow_words(m, 'handled')}.",
    ]
    if "entrant_share_air_bridge" in m:
        text.append(
            "On the air bridge from Peru to Bolivia, as owner, "
            f"{flow_words(m, 'air_bridge')}; as holder, {flow_words(m, 'bridge_handled')}. "
            "Through Brazilian ports, as owner, "
            f"{flow_words(m, 'brazil_ports')}."
        )
    return " ".join(text)


def flow_verdict(m: dict[str, Estimate], flow: str) -> str:
    """Return the verdict on the entrant's share of a flow."""
    return verdict(m[f"entrant_share_{flow}_change"], m[f"diversion_{flow}"])


def flow_words(m: dict[str, Estimate], flow: str) -> str:
    """Say what the entrant has of a flow, what it gains there, and from whom."""
    share, more, tail = (
        m[f"entrant_share_{flow}"],
        m[f"entrant_share_{flow}_change"],
        flow_verdict(m, flow),
    )
    if share.value != share.value:
        return "nothing moves"
    has = f"it has {percent(share)} of the kilograms"
    if tail == "nothing":
        return f"{has} and gains {TAILS[tail]}"
    points = Estimate(100 * more.value, 100 * more.low, 100 * more.high)
    return f"{has}, {shown(points)} points more than when barred, {TAILS[tail]}"


def cell(name: str, e: Estimate) -> str:
    """Return an estimate as it stands in the table of measures."""
    return percent(e) if name.startswith(("probability", "entrant_share")) else shown(e)


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
        margin = Estimate(*(totals.loc[group, c] / 1e6 for c in ("usd_per_year", "low", "high")))
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
        cells = [shown(Estimate(r.value, r.low, r.high)) for r in mine.itertuples()]
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
        "assumed, as the register says. The interval is that of luck, not of parameters.",
        "- Displacement in a replicate means: the entrant has gained over "
        f"{100 * FOOTHOLD:.0f} % of the market and the incumbents have lost over "
        f"{100 * DISPLACED:.0f} % of that gain.",
        "- Tonnes and kilograms are bulk, as traded; the model's purity is the same everywhere.",
        "- Financed (owner) and handled (holder of the place) kilograms are counted on every leg.",
        "- Pairing: the variance of paired differences over that with unpaired seeds is "
        f"{pairing}. Below 1 shared luck pays; near 1 the two worlds have come apart.",
        "",
    ]
