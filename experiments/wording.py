"""Names and numbers in words: what tables call by ids, as a reader would say it."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.displacement import Estimate
from experiments.figures.style import place_name
from sim.network import Network
from sim.scenario import Scenario

Names = Mapping[str, str]

WORLD = {
    "flights_per_year": "flights a year",
    "killed_in_fights_per_year": "killed in fights a year",
    "seized_t_per_year": "seized, t a year",
    "cartels_trading": "cartels that trade",
}
CORRIDORS = {"air_bridge": "Air bridge", "brazil_ports": "Ports of Brazil"}
OF_A_MARKET = {
    "price_usd_per_kg": "price, USD/kg",
    "delivered_t_per_year": "deliveries, t a year",
    "herfindahl": "Herfindahl index",
    "t_per_year": "kilograms moved, t a year",
}
DRIVER_WORDS = {"none of them": "with none of them", "demand": "demand shift",
                "capital": "entrant's capital", "all": "with all of them"}  # fmt: skip
OF_SOMEONE = {"share_": "share of {} groups", "t_": "{}, t a year",
              "margin_usd_m_": "margin of {}, M USD a year"}  # fmt: skip


def names_of(scenario: Scenario) -> dict[str, str]:
    """Return the names of a scenario's organisations and places by id, fit for figures.

    What stands in brackets is left out.
    """
    network = Network.load(scenario.data_folder)
    who = network.organisations
    names = {str(i): str(n).split(" (")[0] for i, n in zip(who["id"], who["name"], strict=True)}
    return names | {str(p): place_name(str(p), network.places) for p in network.places["id"]}


def name_of(who: str, names: Names) -> str:
    """Return the name of an organisation or place, also of one that broke away from another."""
    parent, _, place = who.partition("/")
    name = names.get(parent, parent)
    return f"{name} ({names.get(place, place)})" if place else name


def outcome_words(outcome: str, names: Names) -> str:
    """Return a summary outcome in words.

    Examples
    --------
    >>> outcome_words("MK_EU.t_BR_PCC", {"MK_EU": "Europe", "BR_PCC": "PCC"})
    'Europe: PCC, t a year'
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


def shown(e: Estimate) -> str:
    """Return an estimate with its interval, or why there is none."""
    if e.value != e.value:
        return "none: the entrant gains nothing"
    if e.low in (float("-inf"), float("inf")):
        return f"{figure_of(e.value)} (no bounds: the gain cannot be told from luck)"
    return f"{figure_of(e.value)} ({figure_of(e.low)} to {figure_of(e.high)})"


def percent(e: Estimate) -> str:
    """Return a share in per cent with its interval."""
    if e.value != e.value:
        return "none: there is nothing to share"
    value, low, high = (figure_of(100 * x) for x in (e.value, e.low, e.high))
    return f"{value} % ({low} to {high})"
