"""A misspelt number of the register is found in the source, before anything runs.

Sections get their numbers from the register, so that no type checker knows them. Here the
syntax trees are read instead: whatever is read of a section must be a number of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from sim.parameters import register
from sim.world import state

ROOT = Path(__file__).parents[1]
SECTIONS: dict[str, set[str]] = {}
for _entry in register():
    _section, _name = _entry.name.split(".")
    SECTIONS.setdefault(_section, set()).add(_name)
SAME_NAME = {"territory": {one.name for one in fields(state.Territory)}}  # a section and a group
METHODS = {"record", "model_copy", "model_dump", "model_fields"}
WHOLE = ("parameters", "numbers")  # what all sections together are called
ANY = "any"  # all sections together, or one that the caller chooses
# Read by a name that is put together: demand of each market, growth and its ends.
PUT_TOGETHER = {entry.name for entry in register() if entry.name.startswith("demand.")}


def called(node: ast.AST) -> str:
    """The last word of a name or a path: ``numbers`` of ``given.numbers``."""
    return getattr(node, "attr", getattr(node, "id", ""))


def section_of(node: ast.AST, known: dict[str, str]) -> str:
    """The section that an expression is, if it is one."""
    if isinstance(node, ast.Call) and called(node.func) == "record":
        return section_of(getattr(node.func, "value", node), known)
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.Attribute) and section_of(node.value, known) == ANY:
        return node.attr
    if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Call):
        return ANY if node.attr in WHOLE else ""
    return ""


def names_in(scope: ast.AST, rule: bool) -> dict[str, str]:
    """Local names of sections: arguments of a rule, or what a section is assigned to."""
    known: dict[str, str] = {}
    if isinstance(scope, ast.FunctionDef):
        taken = arguments(scope)
        for one in scope.args.args:
            section = one.arg.removesuffix("_numbers")
            if one.annotation is not None and ast.unparse(one.annotation) == "Parameters":
                known[one.arg] = ANY
            elif rule and one.arg in ("numbers", "p"):
                known[one.arg] = ANY
            elif rule and section in SECTIONS and f"{one.arg}_numbers" not in taken:
                known[one.arg] = section
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target, value in pairs(node):
                if isinstance(target, ast.Name) and (section := section_of(value, known)):
                    known[target.id] = section
    return known


def arguments(scope: ast.FunctionDef) -> set[str]:
    return {one.arg for one in scope.args.args}


def pairs(node: ast.Assign) -> Iterator[tuple[ast.AST, ast.AST]]:
    """What is assigned to what, one by one."""
    (target, *_), value = node.targets, node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def reads(tree: ast.Module, rule: bool) -> Iterator[tuple[int, str, str]]:
    """Line, section and number of everything that a module reads of sections."""
    for scope in tree.body:
        for part in scope.body if isinstance(scope, ast.ClassDef) else [scope]:
            known = names_in(part, rule)
            for node in ast.walk(part):
                if isinstance(node, ast.Attribute) and (section := section_of(node.value, known)):
                    yield node.lineno, section, node.attr


def may_be_read(section: str) -> set[str]:
    """What there is to read of a section, or of all of them."""
    if section == ANY:
        return METHODS.union(SECTIONS, *SECTIONS.values())
    return METHODS | SECTIONS.get(section, set()) | SAME_NAME.get(section, set())


def misspelt(tree: ast.Module, rule: bool) -> list[str]:
    """Numbers that are read and are not in the register."""
    return [
        f"{line}: {section}.{name}"
        for line, section, name in reads(tree, rule)
        if name not in may_be_read(section)
    ]


def is_rule(path: Path) -> bool:
    return path.parent.name == "rules" or path == ROOT / "sim" / "week.py"


SOURCES = sorted(path for top in ("sim", "experiments") for path in (ROOT / top).rglob("*.py"))
TREES = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


def test_every_number_that_is_read_is_in_the_register() -> None:
    assert len(TREES) > 200
    found = [(path, misspelt(tree, is_rule(path))) for path, tree in TREES]
    assert [(path.name, wrong) for path, wrong in found if wrong] == []


def test_every_number_of_the_register_is_read() -> None:
    read = {
        (section, name) for path, tree in TREES for _, section, name in reads(tree, is_rule(path))
    }
    unread = {
        f"{section}.{name}"
        for section, names in SECTIONS.items()
        for name in names
        if not {(section, name), (ANY, name)} & read
    }
    assert unread - PUT_TOGETHER == set()


@pytest.mark.parametrize(
    "code",
    [
        "def rule(w, expansion): return expansion.plase_usd",
        "def rule(w, numbers): return numbers.expansion.plase_usd",
        "def rule(w, numbers): return numbers.expension.place_usd",
        "def rule(given):\n a, b = given.on, given.numbers.expansion\n return b.plase_usd",
        "def f(p: Parameters): return p.expansion.plase_usd",
        "def f(scenario): return scenario.parameters.expansion.plase_usd",
        "def f(self):\n p = self.parameters.expansion.record()\n return p.plase_usd",
    ],
)
def test_a_misspelt_number_would_be_found(code: str) -> None:
    assert misspelt(ast.parse(code), rule=True) != []
    right = code.replace("plase", "place").replace("expension", "expansion")
    assert misspelt(ast.parse(right), rule=True) == []
