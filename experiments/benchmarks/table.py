"""What the model costs, in one table of one session: ``make benchmark``.

Against a plain Mesa loop and against the same loop with NumPy (which both decide less than
the model does); by phase; against the time in which memory could be read; at the first start
and the second; in a sweep with one worker and two; and as the world grows.

    python -m experiments.benchmarks.table            # all of it, some ten minutes
    python -m experiments.benchmarks.table peers      # a part: peers, phases, starts, sweep, growth
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.benchmarks.vectorised import ArrayModel
from experiments.benchmarks.week import PlainModel
from experiments.runner.execute import execute
from experiments.runner.executors import open_executor
from experiments.runner.jobs import Job, make_jobs
from experiments.runner.store import Store
from sim import week
from sim.engine.compiled import ready
from sim.engine.folders import SETTING
from sim.engine.groups import members
from sim.model import TraffickingModel
from sim.scenario.scenario import Scenario
from sim.world.codes import CLOCK, WEEKS_PER_YEAR

Row = tuple[str, str, str]  # what, how much, unit
SCENARIOS = ("baseline", "exchanges")
PEER_WEEKS = 50
REPLICATES = 3
SIZES = (1, 2, 4, 8)
POINTS = 16
STUDY_WEEKS = ("weeks=520", "burn_in_weeks=52")


def cpu(task: Callable[[], Any]) -> float:
    """Return the seconds of the processor that a task takes in this process."""
    begun = time.process_time()
    task()
    return time.process_time() - begun


def whole_run(scenario: Scenario) -> tuple[float, float, TraffickingModel]:
    """Return seconds of the build at a known rest and of the run, a mean of some replicates."""
    TraffickingModel(scenario).run()  # compiled, and at rest
    built = passed = 0.0
    for replicate in range(REPLICATES):
        begun = time.process_time()
        model = TraffickingModel(scenario, replicate=replicate)
        built += time.process_time() - begun
        passed += cpu(model.run)
    return built / REPLICATES, passed / REPLICATES, model


def peers() -> Iterator[Row]:
    """Compare a week with the same cast in plain Mesa, and in Mesa with NumPy."""
    for name in SCENARIOS:
        scenario = Scenario.load(name)
        weeks = scenario.weeks + scenario.burn_in_weeks
        built, passed, model = whole_run(scenario)
        plain = PlainModel(model)
        arrays = ArrayModel(plain)
        times = {}
        for label, peer in (("plain Mesa", plain), ("Mesa with NumPy", arrays)):
            peer.step()
            begun = time.process_time()
            for _ in range(PEER_WEEKS):
                peer.step()
            times[label] = (time.process_time() - begun) / PEER_WEEKS
        yield f"{name}: a week, tables included", f"{1e6 * passed / weeks:.0f}", "µs"
        year = WEEKS_PER_YEAR * (passed + built) / weeks
        yield f"{name}: a simulated year, with the build", f"{year:.3f}", "s"
        for label, one in times.items():
            yield f"{name}: a week of {label}", f"{1e6 * one:.0f}", "µs"
            yield f"{name}: ratio to {label}", f"{one * weeks / passed:.1f}", "times"
            ratio = one * weeks / (passed + built)
            yield f"{name}: ratio to {label}, with the build", f"{ratio:.1f}", "times"


def phases() -> Iterator[Row]:
    """Time each phase of the week, and the least time in which its state could be read."""
    for name in SCENARIOS:
        model = TraffickingModel(Scenario.load(name))
        names = [rule.__name__ for rule in week.PHASES]
        made = ready(week.PHASES, model.world, model.given, 0)
        spent = dict.fromkeys(names, 0.0)
        passes = 200
        for now in range(CLOCK + model.week, CLOCK + model.week + passes):
            for label, phase in zip(names, made, strict=True):
                begun = time.perf_counter()
                phase(model.world, model.given, now)
                spent[label] += time.perf_counter() - begun
        for label, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
            yield f"{name}: {label}", f"{1e6 * seconds / passes:.0f}", "µs a week"
        size = bytes_of(model.world)
        yield f"{name}: state of the world", f"{size / 2**20:.1f}", "MiB"
        yield f"{name}: to read it once", f"{1e6 * size / memory_speed():.0f}", "µs"


def bytes_of(group: Any) -> int:
    """Return the bytes of all arrays of a group."""
    if isinstance(group, np.ndarray):
        return group.nbytes
    return sum(map(bytes_of, members(group))) if hasattr(group, "_block") else 0


def memory_speed() -> float:
    """Return the bytes a second that this machine reads from memory, the best of some sums."""
    block = np.ones(2**24)
    return block.nbytes / min(cpu(block.sum) for _ in range(5))


def starts() -> Iterator[Row]:
    """Start a run of ten weeks in a process of its own: nothing compiled, then all."""
    with tempfile.TemporaryDirectory() as kept:
        for label in ("first", "second"):
            out = Path(kept) / label
            words = ("run", "baseline", "--weeks", "10", "--out", out)
            wall, used = command(words, {SETTING: str(Path(kept) / "compiled")})
            yield f"{label} start with figures", f"{wall:.1f}", "s"
            yield f"{label} start, of the processor", f"{used:.1f}", "s"


def command(words: tuple[str | Path, ...], settings: dict[str, str]) -> tuple[float, float]:
    """Carry out a command; return seconds by the clock, and of the processor with all workers."""
    used, begun = spent_by_children(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "experiments.cli.main", *map(str, words)],
        check=True,
        capture_output=True,
        env=os.environ | settings,
    )
    return time.perf_counter() - begun, spent_by_children() - used


def spent_by_children() -> float:
    """Return the processor time of all processes that this one has started and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sweep() -> Iterator[Row]:
    """Count the runs a second of worlds never seen before, each to come to rest once."""
    rates = []
    fresh = 1e-6 * (time.time_ns() % 10**6)  # no world of an earlier benchmark is met again
    for workers in (1, 2):
        known = [new_world(0.5 + fresh)] * workers
        new = [new_world(1.0 + 0.01 * k + 0.1 * workers + fresh) for k in range(POINTS)]
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
            with open_executor(workers) as (executor, in_flight):
                execute(jobs_of(known, replicates=2), store, executor, in_flight)
                begun = time.perf_counter()
                execute(jobs_of(new, replicates=1), store, executor, in_flight)
                rates.append(POINTS / (time.perf_counter() - begun))
        yield f"sweep of new worlds, workers: {workers}", f"{rates[-1]:.2f}", "runs/s"
    yield "two workers against one", f"{rates[1] / rates[0]:.2f}", "times"
    built, passed, _ = whole_run(new_world(1.0))
    yield "one more run of a world that is known", f"{built + passed:.2f}", "s"


def new_world(sharpness: float) -> Scenario:
    """Return the world of the ready Sobol study with another sharpness of route choice."""
    return Scenario.load("everything", [*STUDY_WEEKS, f"routing.choice_sharpness={sharpness:.9f}"])


def jobs_of(scenarios: list[Scenario], replicates: int) -> list[Job]:
    """Return the runs of some scenarios."""
    return [job for one in scenarios for job in make_jobs(one, 1, replicates)]


def growth() -> Iterator[Row]:
    """Let the world grow; say by which power of its size a run does."""
    for label, grown in (
        ("weeks", lambda k: Scenario.load("baseline", [f"weeks={260 * k}"])),
        ("pilots", lambda k: Scenario.load("baseline", ["weeks=260", f"flying.seats={320 * k}"])),
        ("organisations", lambda k: larger(58 * (k - 1), organisation)),
        ("legs", lambda k: larger(85 * (k - 1), place)),
    ):
        seconds = [whole_run(grown(k))[1] for k in SIZES]
        power = np.polyfit(np.log(SIZES), np.log(seconds), 1)[0]
        times = ", ".join(f"{one:.2f}" for one in seconds)
        yield f"{label} x {', '.join(map(str, SIZES))}: {times} s", f"{power:.2f}", "power"


def larger(more: int, added: Callable[[int], str]) -> Scenario:
    """Return the baseline with more of something."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "larger.toml"
        path.write_text('extends = "baseline"\nweeks = 260\n' + "".join(map(added, range(more))))
        return Scenario.load(path)


def organisation(k: int) -> str:
    """Return one more organisation, at home in Santos, that may own loads and has none."""
    row = 'kind = "cartel"\ngroup = "Other"\nhome = "BR_SANTOS"\ncapital_usd_m = 1'
    return f"[organisations.ZZ_{k}]\n{row}\nshares = {{europe = 0.0}}\n"


def place(k: int) -> str:
    """Return one more place between Santa Cruz and Santos, with a leg to it and one from it."""
    row = f'country = "Brazil"\nkind = "hub"\nlat = {-18 - 0.01 * k}\nlon = -52'
    leg = 'mode = "road"\nconsignment_kg = 200\ntransit_weeks = 1\nagency = "AG_BR"'
    costs = "cost_usd_per_kg = 900\nseizure_prob = 0.05"
    return (
        f"[places.ZZ_{k}]\n{row}\nreference_price_usd_per_kg = 6000\n"
        f'[legs."BO_SANTACRUZ>ZZ_{k}"]\n{leg}\n{costs}\n'
        f'[legs."ZZ_{k}>BR_SANTOS"]\n{leg}\n{costs}\n'
    )


PARTS = {"peers": peers, "phases": phases, "starts": starts, "sweep": sweep, "growth": growth}


def main() -> None:
    """Measure the parts asked for, all if none is, and print them as they come."""
    for name in sys.argv[1:] or PARTS:
        table = Table("what", "how much", "unit", title=name)
        for row in PARTS[name]():
            table.add_row(*row)
        Console(width=110).print(table)


if __name__ == "__main__":
    main()
