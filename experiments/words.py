"""Names and numbers in words: what tables call by ids, as a reader would say it.

Weights of runs are bulk (see ``sim.units``), and the words say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.names import place_name
from sim.network import Network
from sim.scenario.scenario import Scenario

SCALES = ((1e9, " bn"), (1e6, " M"))
Names = Mapping[str, str]
WORLD = {
    "flights_per_year": "flights a year",
    "killed_in_fights_per_year": "killed in fights a year",
    "seized_t_per_year": "seized, t bulk a year",
    "cartels_trading": "cartels that trade",
}
CORRIDORS = {"air_bridge": "Air bridge", "brazil_ports": "Ports of Brazil"}
OF_A_MARKET = {
    "price_usd_per_kg": "price, USD/kg bulk",
    "delivered_t_per_year": "deliveries, t bulk a year",
    "herfindahl": "Herfindahl index",
    "t_per_year": "moved, t bulk a year",
}
OF_A_PAIR = {  # an entrant allowed against barred or held
    "entrant_share": "Entrant's share of the market",
    "entrant_gain_t": "Entrant's gain, t bulk a year",
    "incumbents_loss_t": "Incumbents' loss, t bulk a year",
    "incumbents_margin_loss_usd_m": "Incumbents' loss of margin, M USD a year",
    "diversion_ratio": "Diversion ratio",
    "diversion_kg": "Diversion ratio",
    "logit_diversion_kg": "Diversion ratio of a plain logit",
    "excess_diversion_kg": "Excess of the diversion ratio over the logit's",
    "entered": "Probability of entry",
    "displaced": "Probability of displacement",
    "probability_of_displacement": "Probability of displacement",
    "price_change": "Change of price, share",
    "herfindahl_change": "Change of the Herfindahl index",
    "bridge_gain_t": "Entrant's gain on the air bridge, t bulk a year",
    "bridge_loss_t": "Others' loss on the air bridge, t bulk a year",
}
DRIVER_WORDS = {
    "none of them": "with none of them",
    "demand": "demand shift",
    "capital": "entrant's capital",
    "all": "with all of them",
}
OF_SOMEONE = {
    "share_": "share of {} groups",
    "t_": "{}, t bulk a year",
    "margin_usd_m_": "margin of {}, M USD a year",
}


def names_of(scenario: Scenario) -> dict[str, str]:
    """Return the names of a scenario's organisations and places by id, fit for figures.

    What stands in brackets is left out.
    """
    network = Network.of(scenario)
    who = network.organisations
    names = {str(i): str(n).split(" (")[0] for i, n in zip(who["id"], who["name"], strict=True)}
    return names | {str(p): place_name(str(p), network.places) for p in network.places["id"]}


def name_of(who: str, names: Names) -> str:
    """Return the name of an organisation or place, also of one that broke away from another."""
    parent, _, place = who.partition("/")
    name = names.get(parent, parent)
    return f"{name} ({names.get(place, place)})" if place else name


def unit_of_measure(name: str) -> str:
    """Return the unit of a measure of displacement.

    Examples
    --------
    >>> [unit_of_measure(name) for name in ("entrant_gain_t", "loss_t_Italian", "diversion_kg")]
    ['t bulk a year', 't bulk a year', '1']
    """
    return "t bulk a year" if name.endswith("_t") or name.startswith("loss_t_") else "1"


def outcome_words(outcome: str, names: Names) -> str:
    """Return a summary outcome in words.

    Examples
    --------
    >>> outcome_words("MK_EU.t_BR_PCC", {"MK_EU": "Europe", "BR_PCC": "PCC"})
    'Europe: PCC, t bulk a year'
    """
    if outcome in WORLD:
        return WORLD[outcome][0].upper() + WORLD[outcome][1:]
    where, _, what = outcome.partition(".")
    head = CORRIDORS.get(where) or name_of(where, names)
    if what in OF_A_MARKET:
        return f"{head}: {OF_A_MARKET[what]}"
    for prefix, text in OF_SOMEONE.items():
        if what.startswith(prefix):
            return f"{head}: {text.format(name_of(what.removeprefix(prefix), names))}"
    return outcome


def figure_of(value: float) -> str:
    """Return a number with three figures and no exponent.

    Examples
    --------
    >>> [figure_of(x) for x in (1234.5, -0.12345, 2.0, 1e-9)]
    ['1,234', '-0.123', '2', '0']
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 5e-4 else "0"


def short_names(factors: Sequence[str], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Name factors as tables and figures have room for: without section, unless ambiguous."""
    ends = [factor.rsplit(".", 1)[-1] for factor in factors]
    names = {
        factor: end if ends.count(end) == 1 else factor
        for factor, end in zip(factors, ends, strict=True)
    }
    return names | {factor: labels[factor] for factor in factors if labels and factor in labels}


def in_digits(value: float) -> str:
    """Write a number with three digits that count: 0.2, 12,300, 3.1 M."""
    for scale, name in SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g}{name}"
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
