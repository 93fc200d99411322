"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("sim/**/*.py"), *ROOT.glob("experiments/**/*.py")])


def test_no_global_random_state() -> None:
    """Draws are keyed; nobody imports ``random`` or calls numpy's global generator."""
    for path in SOURCES:
        text = path.read_text()
        assert not re.search(r"^\s*(import random|from random)", text, re.MULTILINE), path
        assert not re.search(r"np\.random\.(seed|rand|normal|uniform|choice|shuffle)", text), path


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if ">>> " in p.read_text()], ids=lambda path: path.stem
)
def test_docstring_examples_run(path: Path) -> None:
    """Every example is found, those of compiled rules too, and gives what it says."""
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    result = doctest.testmod(module)
    examples = re.findall(r"^\s*>>> ", path.read_text(), re.MULTILINE)
    assert result.failed == 0 and result.attempted == len(examples)


@pytest.mark.parametrize("top", ["sim", "experiments"])
def test_no_function_takes_more_than_eight_arguments(top: str) -> None:
    found = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if path.is_relative_to(ROOT / top) and isinstance(node, ast.FunctionDef)
        if len({*arguments(node)} - {"self", "cls"}) > 8
    ]
    assert found == []


def arguments(function: ast.FunctionDef) -> list[str]:
    """Names of all that a function takes."""
    held = function.args
    return [one.arg for one in (*held.posonlyargs, *held.args, *held.kwonlyargs)]


LISTS = ("Table", "Progress", "add_row", "Column")  # of columns, cells, rows, as many as there are


@pytest.mark.parametrize("room", ["sim", "experiments"])
def test_a_call_with_more_than_five_arguments_names_them(room: str) -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if path.is_relative_to(ROOT / room) and isinstance(node, ast.Call) and len(node.args) > 5
        if not ast.unparse(node.func).endswith(LISTS)
    ]
    assert found == []


def test_every_rule_is_in_the_list_of_rules() -> None:
    text = (ROOT / "sim" / "rules" / "__init__.py").read_text()
    _, lists = text.split("In the order of the week")
    listed = re.findall(r"^([a-z_]+) +\S", lists.split("\n\n", 1)[1], re.MULTILINE)
    assert sorted(listed) == sorted(
        path.stem for path in (ROOT / "sim" / "rules").glob("[a-z]*.py")
    )


def test_help_does_not_load_the_model() -> None:
    import sys

    code = "import sys, experiments.cli.main\n"
    code += "print([m for m in ('numba', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
