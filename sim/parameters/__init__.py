"""The register: every number of the model, declared once, in ``register.csv``."""

from sim.parameters.registry import Entry, register
from sim.parameters.sections import Parameters
from sim.parameters.switches import Switches

__all__ = ["Entry", "Parameters", "Switches", "register"]
