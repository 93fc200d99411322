"""Numbers of what is observed: they change what is reported of a run, never the run."""

from __future__ import annotations

from sim.parameters.declare import Section, number


class Observation(Section):
    """How seizures become reported totals."""

    load_spread: float = number(
        1.0,
        "log",
        0,
        2,
        "assumed: seizures of 9 t and of 10 kg on one leg",
        "Dispersion of the weights of single seizures",
        "constant",
    )
    late_share: float = number(
        0.05,
        "share",
        0,
        0.5,
        "assumed",
        "Share of a year's seizures that is booked in the year after",
        "constant",
    )
