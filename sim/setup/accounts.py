"""How accounts begin: empty, with room for a week, its decisions and its loads."""

from __future__ import annotations

import numpy as np

from sim.network import Network
from sim.world import state
from sim.world.codes import KG_HEADINGS, USD_HEADINGS
from sim.world.moves import LARGEST


def build_week(network: Network, lines: state.Lines, cartels: state.Cartels) -> state.Week:
    """Empty weekly and yearly accounts."""
    n_lines, n_cartels = len(lines.key), len(cartels.capital_usd)
    n_legs, n_places = len(network.legs), len(network.places)
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(
            ("bought_kg", "delivered_kg", "seized_kg", "paid_usd", "revenue_usd"), (n_lines,)
        ),
        "source_kg": (n_lines, len(network.sources)),
        **dict.fromkeys(("moved_kg", "taken_kg", "hits", "trips"), (n_legs, n_cartels)),
        **dict.fromkeys(("toll_usd", "passed_kg"), (n_cartels, n_places)),
        **dict.fromkeys(("through_kg", "through_usd"), (n_places,)),
        **dict.fromkeys(("leg_trips", "leg_seized", "leg_kg", "leg_seized_kg"), (n_legs,)),
        "gang_usd": (n_cartels,),
    }
    return state.Week(**{name: np.zeros(shape) for name, shape in shapes.items()})


def build_moves() -> state.Moves:
    """Return an empty log."""
    whole = ("clock", "kind", "who", "place", "other")
    return state.Moves(
        made=np.zeros(1, np.int64),
        usd=np.zeros(LARGEST),
        **{name: np.zeros(LARGEST, np.int64) for name in whole},
    )


def build_consignments(legs: state.Legs) -> state.Consignments:
    """Room for many times the loads of a usual week."""
    usual = float((legs.flow_kg / legs.load_kg).sum())
    room = int(20.0 * usual) + 2_000
    whole = ("line", "leg", "number", "pilot", "fate")
    return state.Consignments(
        loaded=np.zeros(1, np.int64),
        kg=np.zeros(room),
        **{name: np.zeros(room, np.int64) for name in whole},
    )


def build_agencies(network: Network, legs: state.Legs) -> state.Agencies:
    """Agencies with the effort of their legs as budget, and nothing seized."""
    return state.Agencies(
        budget=np.bincount(legs.agency, legs.effort, len(network.agencies)).astype(float),
        seized_kg=np.zeros(len(network.agencies)),
        yield_kg=np.zeros(len(legs.key)),
    )


def build_books() -> state.Books:
    """Return empty books; ``sim.results.ledger.open_books`` enters what is there."""
    return state.Books(np.zeros(KG_HEADINGS), np.zeros(USD_HEADINGS))
