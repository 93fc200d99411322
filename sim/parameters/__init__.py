"""The register: every number of the model, declared once. See ``sim.parameters.registry``."""

from sim.parameters.registry import Entry, Parameters, register
from sim.parameters.switches import Switches

__all__ = ["Entry", "Parameters", "Switches", "register"]
