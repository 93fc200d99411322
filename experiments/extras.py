"""Extras: libraries that one run does without, and that only some studies need.

A command that needs one says so at once, before anything is made, and how to get it.
"""

from __future__ import annotations

from importlib.util import find_spec

from sim.errors import ScenarioError

# What each extra of the package brings, by the names that are imported.
EXTRAS = {
    "studies": ("SALib", "threadpoolctl"),
    "discovery": ("ema_workbench",),
    "calibrate": ("sklearn", "threadpoolctl"),
    "cluster": ("distributed",),
    "app": ("panel", "bokeh"),
    "export": ("xarray", "h5netcdf", "h5py", "duckdb"),
}


def require(extra: str, purpose: str) -> None:
    """Make sure that an extra is installed; nothing is imported.

    Parameters
    ----------
    extra : str
        Name in ``EXTRAS``.
    purpose : str
        What needs it, as the message begins.

    Raises
    ------
    ScenarioError
        If one of its libraries is not there.
    """
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise ScenarioError(
            f"{purpose} needs {missing[0]}, which is not installed; say in the checkout: "
            f'pip install ".[{extra}]"'
        )
