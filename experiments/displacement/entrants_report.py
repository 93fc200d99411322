"""The answer of all entrants in words and in one figure."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from experiments.displacement.entrants import ABOUT, CHEST, DRIFT, GROWTH, PRESENCE, Answer
from experiments.displacement.estimates import Estimate, counted, often, shown
from experiments.displacement.intervals import intervals
from experiments.displacement.stages import WORDS, stage_kinds, stage_sentence
from experiments.displacement.verdicts import GAINS

KINDS = (PRESENCE, GROWTH, CHEST, DRIFT)
LARGEST = 4  # losers that are named


def headline(answer: Answer) -> str:
    """Return in a sentence who displaces by its growth, and who by its presence."""
    parts = []
    for kind in (GROWTH, PRESENCE):
        told = []
        for (who, mine), one in answer.found.items():
            chance = one.measures["probability_of_displacement"]
            if mine == kind and one.verdict.kind in GAINS:
                told.append(f"{answer.names.get(who, who)} ({100 * chance.value:.0f} %)")
        parts.append(f"by its {kind}: {', '.join(told) or 'nobody'}")
    return (
        "Who gains more than luck would give it, and in how many pairs it displaces incumbents; "
        f"{'; '.join(parts)}."
    )


def report(answer: Answer, scenario: str, over: str, command: str) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    over : str
        What replicates are run over.
    """
    first = next(iter(answer.found.values()))
    lines = [
        f"# Who enters {answer.names.get(first.question.market, first.question.market)}, and from "
        "whom do they take?",
        "",
        f"**{headline(answer)}**",
        "",
        f"Scenario `{scenario}`, {counted(len(first.pairs))} each, {over}. Means of the last three "
        "years, 95 % intervals, t bulk a year.",
        "",
        *(f"- *{kind}*: {about}" for kind, about in ABOUT.items()),
        "",
        *entrant_table(answer),
        *stage_table(answer),
        f"`{command}`",
        "",
    ]
    return "\n".join(lines)


def entrant_table(answer: Answer) -> list[str]:
    """Return gain, loss and displacement of all cases, a row a case, and who loses."""
    heads = (
        "entrant | | its gain | incumbents' loss | over the logit | displaces | luck in its gain | "
        "who loses"
    )
    lines = ["## Gain, and from whom", "", f"| {heads} |", "|---|---|---|---|---|---|---|---|"]
    luck = answer.table[answer.table["measure"] == "entrant_gain_t"].set_index(["entrant", "kind"])
    for (who, kind), one in answer.found.items():
        m = one.measures
        share = float(luck.loc[(who, kind), "luck_share"])
        cells = [
            answer.names.get(who, who),
            kind,
            shown(m["entrant_gain_t"]),
            shown(m["incumbents_loss_t"]),
            shown(m["excess_loss_t"]),
            often(m["probability_of_displacement"]),
            "-" if share != share else f"{100 * share:.0f} %",
            losers(m),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def losers(measures: dict[str, Estimate]) -> str:
    """Return the groups that lose most beyond luck, with their losses."""
    found = {
        name.removeprefix("loss_t_"): e
        for name, e in measures.items()
        if name.startswith("loss_t_")
    }
    sure = {name: e for name, e in found.items() if e.low > 0.0}
    order = sorted(sure, key=lambda name: -sure[name].value)[:LARGEST]
    return ", ".join(f"{name} {sure[name].value:.1f}" for name in order) or "nobody beyond luck"


def stage_table(answer: Answer) -> list[str]:
    """Return what each entrant gains in title by stage, in growth, and whether stages agree."""
    lines = ["## By stage: what its growth gains in title", ""]
    stages: list[str] = []
    rows = []
    for (who, kind), one in answer.found.items():
        if kind != GROWTH:
            continue
        stages = list(stage_kinds(one)) or stages
        cells = [shown(one.measures[f"stage_gain_t_{stage}"]) for stage in stages]
        rows.append(f"| {answer.names.get(who, who)} | {' | '.join(cells)} |")
    heads = " | ".join(WORDS[stage] for stage in stages)
    lines += [f"| entrant | {heads} |", "|---|" + "---|" * len(stages), *rows, ""]
    for (who, kind), one in answer.found.items():
        if kind == GROWTH:
            lines.append(f"- {answer.names.get(who, who)}: {stage_sentence(stage_kinds(one))}")
    return [*lines, ""]


def draw(answer: Answer) -> Figure:
    """Draw the gain of every entrant in all kinds of worlds."""
    rows = answer.table[answer.table["measure"] == "entrant_gain_t"].copy()
    rows["name"] = [answer.names.get(who, who) for who in rows["entrant"]]
    titles = {kind: f"{kind}: gain, t bulk a year" for kind in KINDS}
    return intervals(pd.DataFrame(rows), "name", "kind", titles, line=0.0)
