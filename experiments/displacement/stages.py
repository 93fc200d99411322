"""The answer by stage of the way: what an entrant gains and incumbents lose in title there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from experiments.displacement.accounts import Displacement
from experiments.displacement.estimates import FEWEST_PAIRS, Estimate
from experiments.displacement.verdicts import GAINS, SHORT, Kind
from sim.results.stages import STAGES

GAINS_THERE = "gains"
SAID: dict[str, str] = {str(kind): said for kind, said in SHORT.items()}
SAID[GAINS_THERE] = "it gains"
WORDS = {
    "source": "source (bought at the farm gate)",
    "air_bridge": "air bridge out of Peru",
    "inland": "inland",
    "border": "across borders",
    "port": "to ports of loading",
    "sea": "sea",
    "landing": "landing",
}


def stage_kinds(found: Displacement) -> dict[str, Kind]:
    """Return the verdict on the entrant's share of title, by stage that runs tell."""
    known = [stage for stage in STAGES if f"stage_gain_t_{stage}" in found.measures]
    return {stage: found.flow_verdict(f"stage_{stage}").kind for stage in known}


def stage_sentence(kinds: Mapping[str, Kind]) -> str:
    """Say whether the answer is the same at every stage.

    Where an interval is missing or holds both signs, that is said and no difference claimed.
    """
    if not kinds:
        return "Runs do not tell stages."
    groups: dict[str, list[str]] = {}
    for stage, kind in kinds.items():
        told_as: str = GAINS_THERE if kind in GAINS else kind
        groups.setdefault(told_as, []).append(WORDS[stage])
    if set(groups) == {"few"}:
        return f"Too few pairs to compare stages: an interval takes {FEWEST_PAIRS}."
    unsure = sorted(set(groups) & {"few", "untold"})
    told = {said: stages for said, stages in groups.items() if said not in unsure}
    text = []
    if len(told) > 1:
        parts = "; ".join(f"{SAID[said]}: {', '.join(s)}" for said, s in told.items())
        text.append(f"**The answer differs between stages** ({parts}).")
    elif told:
        ((said, stages),) = told.items()
        every = "at every stage" if not unsure else f"at {', '.join(stages)}"
        text.append(f"The answer is the same {every}: {SAID[said]}.")
    if unsure:
        where = [stage for said in unsure for stage in groups[said]]
        text.append(f"Cannot tell at {', '.join(where)}.")
    return " ".join(text)


def stage_lines(found: Displacement, shown: Callable[[Estimate], str]) -> list[str]:
    """Return the table of gain and loss of title by stage.

    Parameters
    ----------
    shown : callable
        Writes an estimate with its interval.
    """
    kinds = stage_kinds(found)
    if not kinds:
        return []
    rows = []
    for stage in kinds:
        share = found.measures[f"entrant_share_stage_{stage}"]
        percent = Estimate(100 * share.value, 100 * share.low, 100 * share.high, share.pairs)
        gain, loss = (found.measures[f"stage_{what}_t_{stage}"] for what in ("gain", "loss"))
        ratio = found.measures[f"diversion_stage_{stage}"]
        cells = (shown(percent), shown(gain), shown(loss), shown(ratio))
        rows.append(f"| {WORDS[stage]} | {' | '.join(cells)} |")
    return [
        "## By stage",
        "",
        stage_sentence(kinds),
        "",
        "| stage | the entrant's share, % | its gain, t bulk a year | others' loss, t bulk a year "
        "| diversion ratio |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "Kilograms owned as they move through each stage, to all markets. Whoever owns a load has "
        "paid for it, so owned and financed are the same here; what is handled stands above.",
        "",
    ]
