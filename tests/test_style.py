"""Rules of the house that a machine can check."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("sim/**/*.py"), *ROOT.glob("experiments/**/*.py")])


def test_no_global_random_state() -> None:
    """Draws are keyed; nobody imports ``random`` or calls numpy's global generator."""
    for path in SOURCES:
        text = path.read_text()
        assert not re.search(r"^\s*(import random|from random)", text, re.MULTILINE), path
        assert not re.search(r"np\.random\.(seed|rand|normal|uniform|choice|shuffle)", text), path


def test_docstring_examples_run() -> None:
    import doctest
    import importlib

    for name in ("sim.rules.pricing", "sim.rules.belief", "sim.model", "sim.scenario.scenario"):
        module = importlib.import_module(name)
        result = doctest.testmod(module)
        assert result.attempted > 0 and result.failed == 0, name


def test_help_does_not_load_the_model() -> None:
    import sys

    code = "import sys, experiments.cli.main\n"
    code += "print([m for m in ('numba', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
