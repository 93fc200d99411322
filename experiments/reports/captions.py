"""What each figure shows, in words: its caption, and its alternative for who cannot see it."""

from __future__ import annotations

import re

from experiments.words import OF_A_PAIR, outcome_words

CAPTIONS = {
    "price_chain": "Wholesale prices along the chain and on the markets over time, beside the "
    "reference prices of the data, USD/kg bulk",
    "market_shares": "Shares of deliveries by market and group over time",
    "flow_map": "Map of the routes: width in proportion to the bulk tonnes sent a year, by mode",
    "flights": "Flights out of Peru over time, their wage, pilots and losses, with the events",
    "ownership": "Who owns the goods at each stage of the way, by group",
    "differences": "Differences from the base in per cent, each with its 95 % interval",
    "nulls": "The headline with each mechanism switched the other way, with 95 % intervals",
    "placebo": "Gains and diversion ratios of sellers with nothing given, with 95 % intervals",
    "rest": "Shares of groups over years in which nothing happens, market by market",
    "boom": "The entrant's extra share after European demand doubled for a while",
    "noise": "The share of the variance of each outcome that is luck",
    "phase": "The probability of displacement over the two factors of the grid",
}
FAMILIES = {  # figures that are drawn once for each of something, by how their names begin
    "hindcast": "Observed with ranges, the model's band, and persistence: {}",
    "morris": "Elementary effects of the factors: {}",
    "plane": "Mean against spread of elementary effects: {}",
    "sobol": "Sobol indices of the factors with 95 % intervals: {}",
    "pairs": "Second-order Sobol indices of pairs of factors: {}",
    "rbd_fast": "First-order indices by RBD-FAST with 95 % intervals: {}",
    "delta": "Delta indices of the factors with 95 % intervals: {}",
    "pawn": "PAWN indices of the factors: {}",
    "convergence": "How indices settle as the sample grows: {}",
    "peeling": "Coverage against density of box {} as it is peeled",
    "box": "Limits of box {} on each factor",
    "phase": "Level over the two factors of the grid: {}",
}
LISTED = re.compile(r"^- \[(\w+)\]\(figures/\1\.png\): (.*)$", re.MULTILINE)


def caption_of(figure: str) -> str:
    """Return what a figure of a result shows, by its name.

    Examples
    --------
    >>> caption_of("sobol_displaced")
    'Sobol indices of the factors with 95 % intervals: probability of displacement'
    >>> caption_of("hindcast_air_bridge")
    "Observed with ranges, the model's band, and persistence: air bridge"
    """
    if figure in CAPTIONS:
        return CAPTIONS[figure]
    for start, text in FAMILIES.items():
        if figure.startswith(f"{start}_"):
            return text.format(about(figure.removeprefix(f"{start}_")))
    return figure.replace("_", " ").capitalize()


def about(what: str) -> str:
    """Return in words which outcome, group or number a figure is about."""
    method, _, outcome = what.partition("_")
    if method in FAMILIES:  # the convergence of one of many methods
        return f"{about(outcome)}, by {method}"
    words = OF_A_PAIR.get(what) or outcome_words(what, {})
    return what.replace("_", " ") if words == what else words[0].lower() + words[1:]


def captions_in(markdown: str) -> dict[str, str]:
    """Return the captions that a report itself gives to figures: ``- [name](figure): words``."""
    return {name: words[0].upper() + words[1:] for name, words in LISTED.findall(markdown)}
