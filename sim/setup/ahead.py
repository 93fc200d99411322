"""The first start on two cores: a second process compiles the week from its end.

Each process finds on disk what the other has compiled already, and they meet in the middle.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout
from numba.core import config

from sim.engine.compiled import ready
from sim.engine.kept import kept_in
from sim.network import Network
from sim.scenario.scenario import Scenario
from sim.setup.build import build_world
from sim.setup.years import SEED, years_given
from sim.week import PHASES, end_week

PROGRAM = (sys.executable, "-P", "-m", __name__)


@contextmanager
def help_beside() -> Iterator[None]:
    """Have a second process compile meanwhile, if there is much to compile and a core for it.

    One for all who start at the same time: whoever comes first has it.
    """
    folder = kept_in()
    if folder is None or not wanted(folder):
        yield
        return
    lock = FileLock(folder / ".helper")
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):
        yield
        return
    quiet = subprocess.DEVNULL
    helper = subprocess.Popen(
        PROGRAM,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield
    finally:
        helper.kill()
        helper.wait()
        lock.release()


def wanted(folder: Path) -> bool:
    """Say whether the week is still to be compiled into a folder, and no worker asks."""
    settings = cast(Any, config)
    return (
        not settings.DISABLE_JIT
        and not any(folder.glob(f"{end_week.__module__}.{end_week.__qualname__}-*"))
        and multiprocessing.parent_process() is None
        and (os.cpu_count() or 1) > 1
        and bool(sys.executable)
    )


def compile_backwards(parent: int) -> None:
    """Compile the phases of a week, the last first, for as long as the parent lives."""
    scenario = Scenario.load("baseline")
    network = Network.load(scenario.data_folder)
    world = build_world(scenario, network, SEED)
    given = years_given(scenario, network, world, 1, settling=True)
    for phase in reversed((*PHASES, end_week)):
        if os.getppid() != parent:
            return
        ready([phase], world, given, 0)


if __name__ == "__main__":
    compile_backwards(os.getppid())
