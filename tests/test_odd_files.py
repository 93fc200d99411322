"""Whatever stands in a file, it is accepted and runs, or is refused in words with code 2."""

from __future__ import annotations

import shutil
import signal
import tempfile
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from odd_files import Files, packs, put, scenarios, studies
from support import Finished, airbridge
from test_random_worlds import random_pack

from sim.errors import LONGEST

SMALL = 'extends = "baseline"\ndata = "pack"\nweeks = 6\nburn_in_weeks = 2\nflying.seats = 20\n'
SECONDS = 120  # no file may take longer
JARGON = (
    "Traceback",
    "Input should",
    "is refused:",
    "Error(",
    "np.",
    "numpy",
    "pydantic",
    " object at ",
)


def small_world(folder: Path) -> None:
    """Write a data pack of nine places, and the scenario that uses it."""
    (folder / "pack").mkdir()
    random_pack(folder / "pack", seed=3, zones=2, hubs=3, ports=2, markets=2)
    (folder / "small.toml").write_text(SMALL)


def tables_of_small_world() -> Files:
    """Return the files of the small world's data pack."""
    with tempfile.TemporaryDirectory() as name:
        small_world(Path(name))
        return {path.name: path.read_bytes() for path in (Path(name) / "pack").iterdir()}


TABLES = tables_of_small_world()


@contextmanager
def folder_of(pack: Files) -> Iterator[Path]:
    """Make a folder with the small world in it, whose data pack has these files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pack").mkdir()
        put(folder / "pack", pack)
        (folder / "small.toml").write_text(SMALL)
        yield folder


@contextmanager
def in_time() -> Iterator[None]:
    """Raise if what is done inside hangs."""

    def late(number: int, frame: types.FrameType | None) -> None:
        raise AssertionError(f"not done in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(done: Finished) -> bool:
    """Say whether a command did what it was asked; if not, check how it has said so."""
    if done.code == 0:
        return True
    assert done.code == 2, (done.code, done.err)
    assert done.err.startswith("airbridge: ") and not any(word in done.err for word in JARGON), (
        done.err
    )
    lines = done.err.strip().splitlines()
    assert len(lines) == 1 or lines[0].endswith(" mistakes:"), done.err
    for line in (one for one in lines if not one.startswith("  and ")):
        assert 12 < len(line) <= LONGEST + 40 and line.isprintable(), line
    return False


def check_scenario(folder: Path, files: Files, name: str = "mine.toml") -> bool:
    """Check a scenario file and, if all is well, run it for some weeks."""
    put(folder, files)
    with in_time():
        if not judge(airbridge("check", name, cwd=folder)):
            return False
        few = ["--set", "weeks=4", "--set", "burn_in_weeks=1", "--set", "start=2010-01-04"]
        return judge(airbridge("run", name, *few, cwd=folder))


def check_pack(folder: Path, files: Files) -> bool:
    """Check the small world with a data pack of its own."""
    with folder_of(files) as apart:
        return check_scenario(apart, {}, "small.toml")


def check_study(folder: Path, files: Files) -> bool:
    """Draw the sample of a study file."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    put(folder, files)
    with in_time():
        text = (folder / "mine.toml").read_bytes()
        command = "phase" if b"values" in text and b'"grid"' in text else "sensitivity"
        done = airbridge(command, "mine.toml", "--only", "sample", "--out", "out", cwd=folder)
        return judge(done)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the worlds that are kept on disk to those who come back to them."""
    monkeypatch.setattr("sim.setup.kept_rest.kept_in", lambda: None)


def every(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


# What is drawn of a kind of file, and how it is tried; both in a folder with the small world.
KINDS: dict[str, tuple[SearchStrategy[Files], Callable[[Path, Files], bool]]] = {
    "scenarios": (scenarios(), check_scenario),
    "studies": (studies(), check_study),
    "packs": (packs(TABLES), check_pack),
}


def fuzz(kind: str, examples: int) -> int:
    """Try odd files of a kind; return how many were accepted."""
    drawn, check = KINDS[kind]
    count = 0
    with folder_of(TABLES) as folder:

        @every(examples)
        @given(drawn)
        def one(files: Files) -> None:
            nonlocal count
            count += check(folder, files)

        one()
    return count


EVERYDAY = {"scenarios": 200, "studies": 150, "packs": 150}
MANY = {"scenarios": 4000, "studies": 3000, "packs": 3000}


@pytest.mark.parametrize("kind", KINDS)
def test_odd_files_run_or_are_refused_in_words(kind: str) -> None:
    accepted = fuzz(kind, EVERYDAY[kind])
    assert EVERYDAY[kind] // 50 < accepted < EVERYDAY[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_odd_files_run_or_are_refused_in_words(kind: str) -> None:
    accepted = fuzz(kind, MANY[kind])
    assert MANY[kind] // 50 < accepted < MANY[kind]
