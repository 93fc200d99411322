"""The house stands on its foundations: imports go down, never up, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
# From the ground up: a room may read its own level and those above it in this table.
LEVELS = (
    ("sim.engine", "sim.errors", "sim.names", "sim.units"),
    ("sim.parameters", "sim.world"),
    ("sim.rules",),
    ("sim.network", "sim.scenario"),
    ("sim.setup", "sim.shocks", "sim.results", "sim.agents"),
    ("sim.figures", "sim.week"),
    (
        "sim.setup.ahead",
        "sim.setup.years",
        "sim.setup.free_years",
        "sim.setup.rest",
        "sim.setup.kept_rest",
        "sim.setup.begin",
    ),  # they pass weeks
    ("sim.hooks", "sim.seeds"),
    ("sim.run",),
    ("sim.model",),
    ("sim",),
    ("experiments", "experiments.extras", "experiments.words"),
    ("experiments.runner", "experiments.reports"),
    ("experiments.results",),
    ("experiments.displacement", "experiments.validation"),
    ("experiments.sensitivity",),
    ("experiments.calibration",),
    ("experiments.benchmarks", "experiments.studies", "experiments.explorer"),
    ("experiments.cli",),
)
# Rooms that read less than their level would let them, of other rooms of ``sim``.
ONLY = {
    "sim.figures": ("sim.names", "sim.results.spread", "sim.results.tables", "sim.units"),
    "sim.rules": ("sim.engine", "sim.parameters", "sim.world"),
    "sim.world": ("sim.engine",),
    "sim.parameters": ("sim.engine",),
    "sim.engine": (),
}
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def modules() -> dict[str, Path]:
    """Every module of the two packages by its name."""
    files = [path for top in ("sim", "experiments") for path in (ROOT / top).rglob("*.py")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    return {name.removesuffix(".__init__"): path for name, path in zip(names, files, strict=True)}


MODULES = modules()


def imports(tree: ast.AST) -> Iterator[str]:
    """What a module imports of the two packages, for the type checker only and late, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else str(node.module) for name in below]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ("sim", "experiments"))


ARROWS = sorted(
    (name, found)
    for name, path in MODULES.items()
    for found in set(imports(ast.parse(path.read_text(encoding="utf-8"))))
)


def room(module: str) -> str:
    """The room that a module stands in: a package of the house, or the module itself."""
    return module if module in LEVEL else ".".join(module.split(".")[:2])


def upward(arrows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Imports of a room that stands higher."""
    return [(a, b) for a, b in arrows if LEVEL[room(b)] > LEVEL[room(a)]]


def circles(arrows: list[tuple[str, str]]) -> list[list[str]]:
    """Groups of modules that reach one another."""
    found = nx.strongly_connected_components(nx.DiGraph(arrows))
    return [sorted(ring) for ring in found if len(ring) > 1]


def test_every_import_names_a_module_that_is_there() -> None:
    assert len(ARROWS) > 300
    assert [arrow for arrow in ARROWS if arrow[1] not in MODULES] == []


def test_every_room_has_its_level() -> None:
    assert {room(module) for module in MODULES} - set(LEVEL) == set()


def test_no_import_goes_up() -> None:
    assert upward(ARROWS) == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circles(ARROWS) == []


@pytest.mark.parametrize("reader", ONLY)
def test_a_room_reads_what_it_may_and_no_more(reader: str) -> None:
    read = {b for a, b in ARROWS if room(a) == reader and room(b) != reader}
    assert {b for b in read if not b.startswith(ONLY[reader])} == set()


def test_a_circle_and_an_upward_import_would_be_found() -> None:
    bad = [("sim.week", "sim.model"), ("sim.errors", "experiments.words")]
    assert upward([*ARROWS, *bad]) == bad
    files = ("ahead", "begin", "free_years", "kept_rest", "rest", "years")
    between = [f"sim.setup.{file}" for file in files]
    assert circles([*ARROWS, bad[0]]) == [["sim.model", *between, "sim.week"]]
