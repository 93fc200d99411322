"""Compiled rules: kept once per user, named after their code, never in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.engine.code import COMPILED, DECIDES, SIM, hash_code, sources

DRAW = """
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from sim.engine.streams import stream_key, uniform
    drawn = uniform(stream_key(1, 2, 3), 4, 5)
hits = sum(uniform.stats.cache_hits.values()) if hasattr(uniform, "stats") else 0
print(drawn, hits, [str(w.message) for w in told if w.category is RuntimeWarning], sep="|")
"""


def copy_of_the_project(folder: Path) -> Path:
    shutil.copytree(SIM, folder / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def draw(project: Path, **environment: str) -> tuple[float, int, list[str]]:
    """Draw a number in a process of its own; return it, the cache hits and the warnings."""
    usual = {k: v for k, v in os.environ.items() if k not in ("AIRBRIDGE_CACHE", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", DRAW],
        capture_output=True,
        text=True,
        check=True,
        env=usual | {"PYTHONPATH": str(project)} | environment,
    )
    drawn, hits, told = done.stdout.strip().split("|")
    return float(drawn), int(hits), eval(told)


def test_two_copies_of_the_project_share_what_is_compiled(tmp_path: Path) -> None:
    one, two = copy_of_the_project(tmp_path / "one"), copy_of_the_project(tmp_path / "two")
    streams = two / "sim/engine/streams.py"
    streams.write_text("# A comment that moves every line.\n\n" + streams.read_text())
    kept = {"AIRBRIDGE_CACHE": str(tmp_path / "kept")}
    first, second = draw(one, **kept), draw(two, **kept)
    assert first == (first[0], 0, []) and second == (first[0], 1, [])


def test_a_changed_rule_is_compiled_anew(tmp_path: Path) -> None:
    project, kept = copy_of_the_project(tmp_path), {"AIRBRIDGE_CACHE": str(tmp_path / "kept")}
    before = draw(project, **kept)
    streams = project / "sim/engine/streams.py"
    assert streams.read_text().count("_S27,") == 1
    streams.write_text(streams.read_text().replace("_S30, _S27", "_S27, _S30", 1))
    after = draw(project, **kept)
    assert after[0] != before[0] and after[1] == 0


def test_a_home_that_cannot_be_written_to_costs_one_warning(tmp_path: Path) -> None:
    project, nowhere = SIM.parent, {"HOME": "/dev/null", "TMPDIR": str(tmp_path)}
    drawn, hits, told = draw(project, **nowhere)
    assert hits == 0 and len(told) == 1
    assert "/dev/null/.cache/airbridge" in told[0] and str(tmp_path) in told[0]
    assert "AIRBRIDGE_CACHE" in told[0]
    assert draw(project, **nowhere) == (drawn, 1, told)


def test_a_temporary_folder_of_somebody_else_is_not_read_from(tmp_path: Path) -> None:
    (tmp_path / f"airbridge-{os.getuid()}").mkdir(mode=0o755)
    (tmp_path / f"airbridge-{os.getuid()}").chmod(0o777)
    drawn, hits, told = draw(SIM.parent, HOME="/dev/null", TMPDIR=str(tmp_path))
    assert hits == 0 and len(told) == 1 and "compiles them anew" in told[0]


def test_a_file_cut_short_is_compiled_again(tmp_path: Path) -> None:
    kept = {"AIRBRIDGE_CACHE": str(tmp_path)}
    drawn, _, _ = draw(SIM.parent, **kept)
    for path in tmp_path.rglob("*uniform*"):
        path.write_bytes(path.read_bytes()[:50])
    assert draw(SIM.parent, **kept) == (drawn, 0, [])
    assert draw(SIM.parent, **kept) == (drawn, 1, [])


def edited(
    tmp_path: Path, old: str, new: str, file: str = "sim/rules/pricing.py"
) -> tuple[str, str]:
    """Return the hashes of the code, as it is and with one edit of a file."""
    before = hash_code(DECIDES, copy_of_the_project(tmp_path) / "sim")
    path = tmp_path / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return before, hash_code(DECIDES, tmp_path / "sim")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""How end markets price', '"""Words. How end markets price'),
        ("    ratio = ", "    # Why this is so.\n\n    ratio = "),
        ("Return the wholesale price", "Return another word for the price"),
        ("0.1 * reference_usd_per_kg), 10.0", "0.10 * reference_usd_per_kg), 10.0"),
    ],
)
def test_words_do_not_change_the_version_of_the_code(tmp_path: Path, old: str, new: str) -> None:
    before, after = edited(tmp_path, old, new)
    assert before == after == hash_code(DECIDES)


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.1 * reference_usd_per_kg), 10.0", "0.2 * reference_usd_per_kg), 10.0"), ("-math", "math")],
)
def test_a_number_or_a_rule_changes_the_version_of_the_code(
    tmp_path: Path, old: str, new: str
) -> None:
    before, after = edited(tmp_path, old, new)
    assert before != after


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        (",assumed: as US,", ",a better source,", False),
        (",Year from which growth runs", ",First year of growth", False),
        ("elasticity_us,0.75", "elasticity_us,0.76", True),
        (",year,constant,", ",year,lever,", True),
    ],
)
def test_a_number_of_the_register_counts_and_its_words_do_not(
    tmp_path: Path, old: str, new: str, counts: bool
) -> None:
    before, after = edited(tmp_path, old, new, "sim/parameters/register.csv")
    assert (before != after) is counts


def test_compiled_rules_rest_on_hashed_code_only() -> None:
    """What a rule imports is compiled into it, so its code must name the folder too."""
    import ast

    inside = {str(path.relative_to(SIM)) for path in sources(COMPILED)}
    for path in sources(COMPILED):
        tree = ast.parse(path.read_text())
        if "kernel" not in path.read_text() or path.name == "best_effort.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim."):
                home = (node.module or "").removeprefix("sim.").replace(".", "/")
                for name in node.names:
                    names = {f"{home}.py", f"{home}/{name.name}.py", f"{home}/__init__.py"}
                    assert names & inside, f"{path}: {node.module}"


@pytest.mark.slow
def test_nothing_is_compiled_twice(tmp_path: Path) -> None:
    code = """
import collections
import numba.core.event as event
made = collections.Counter()
class Listener(event.Listener):
    def on_start(self, what):
        made[what.data["dispatcher"].py_func] += 1
    def on_end(self, what):
        pass
event.register("numba:compile", Listener())
from sim import Scenario, TraffickingModel
for agencies in ("random", "adaptive"):
    chosen = ["weeks=30", f"agencies={agencies}"]
    TraffickingModel(Scenario.load("everything", chosen[1:]), seed=1).run()
print(sorted(f.__name__ for f, n in made.items() if n > 1 and str(f.__module__).startswith("sim.")))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ
        | {"PYTHONPATH": str(Path(sim.__file__).parent.parent), "AIRBRIDGE_CACHE": str(tmp_path)},
    )
    assert done.stdout.strip() == "[]"
