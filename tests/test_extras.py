"""The core works without the extras, and a command that needs one says which."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from experiments.extras import EXTRAS, require
from sim.errors import ScenarioError

ROOT = Path(__file__).parents[1]
# A module that is None counts as missing.
CALL = """
import sys
from importlib.metadata import entry_points
sys.modules.update(dict.fromkeys({missing}))
(command,) = entry_points(group="console_scripts", name="airbridge")
for words in {commands}:
    sys.argv[1:] = words
    try:
        command.load()()
    except SystemExit as end:
        if end.code:
            raise
print("all done")
"""
GRID = ["phase", "phase_europe_capital", "--only", "sample"]
ALL = ",".join(name for names in EXTRAS.values() for name in names)


@pytest.mark.parametrize(
    ("modules", "extra", "words"),
    [
        ("SALib", "studies", ["sensitivity", "screening"]),
        ("SALib", "studies", ["sensitivity", "screening", "--only", "sample"]),
        ("threadpoolctl", "studies", ["sensitivity", "screening", "--only", "analyse"]),
        ("ema_workbench", "discovery", ["sensitivity", "conditions"]),
        ("distributed", "cluster", ["displace", "everything", "--scheduler", "local"]),
        ("distributed", "cluster", ["compare", "baseline", "us_falls", "--scheduler", "local"]),
        ("distributed", "cluster", ["nulls", "baseline", "--scheduler", "tcp://nowhere:1"]),
        ("distributed", "cluster", ["sensitivity", "screening", "--scheduler", "local"]),
    ],
)
def test_a_missing_extra_is_one_line_and_leaves_nothing(
    modules: str, extra: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (command,) = entry_points(group="console_scripts", name="airbridge")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, modules, None)
    monkeypatch.setattr(sys, "argv", ["airbridge", *words])
    with pytest.raises(SystemExit) as stopped:
        command.load()()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("airbridge: ") and f"needs {modules}, which is not installed" in line
    assert line.endswith(f'pip install ".[{extra}]"')
    assert not list(tmp_path.iterdir())


def test_what_needs_no_extra_runs_without(tmp_path: Path) -> None:
    commands = (["scenarios"], ["check", "baseline"], ["parameters"], ["schema"], GRID)
    code = CALL.format(missing=ALL.split(","), commands=commands)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 0 and done.stdout.endswith("all done\n"), done.stderr


def test_no_module_imports_an_extra_when_it_is_imported() -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for folder in ("sim", "experiments")
        for path in (ROOT / folder).rglob("*.py")
        if path.stem not in ("__init__", "__main__", "runner_benchmark")
    )
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({ALL.split(',')}))\n"
        "from importlib import import_module\n"
        f"for name in {names}:\n    import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_there_passes_and_names_are_those_of_the_package() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(EXTRAS) < set(extras["optional-dependencies"])
    for extra in EXTRAS:
        require(extra, "this test")


def test_the_message_says_what_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRAS, "studies", ("no_such_library",))
    with pytest.raises(ScenarioError, match="^a study needs no_such_library, which is not"):
        require("studies", "a study")
