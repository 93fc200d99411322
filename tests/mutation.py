"""Mutation testing of sim/rules and sim/results: how many small faults do the fast tests find?

    make mutation                   # a sample of 200 mutants
    python tests/mutation.py 1000   # of another size
    python tests/mutation.py 200 7  # another sample of that size

Cosmic Ray makes the mutants: one operator, number or word of the code changed in each. Its
own runner would start the tests anew for every mutant, with ten seconds of imports and
set-up each, so they are run here, in processes forked from one that has set everything up.
The compiler is off: a mutant is put in place of a function's code. mutmut leaves functions
with decorators alone, and nearly every rule has one.

A mutant meets the tests that call its function, the quickest first. A test counts as fast
if it takes less than ``FAST_S`` of processor time without the compiler.
"""

from __future__ import annotations

import os

os.environ["NUMBA_DISABLE_JIT"] = "1"

import random  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import Counter, defaultdict  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from types import CodeType, FrameType, FunctionType  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from _pytest.runner import runtestprotocol  # noqa: E402
from cosmic_ray.ast import ast_nodes, get_ast  # noqa: E402
from cosmic_ray.mutating import mutate_code  # noqa: E402
from cosmic_ray.plugins import get_operator  # noqa: E402

ROOT = Path(__file__).parents[1]
FOLDERS = ("sim/rules", "sim/results")
SEED, SAMPLE = 12, 200
FAST_S, PATIENCE = 2, 5  # a mutant may take so many times as long as the tests did without it
WALL_S = 90  # for tests that wait for another process
FILES = (
    "rules",
    "rules_by_hand",
    "rules_worked",
    "limits",
    "size",
    "contest",
    "small_world",
    "small_results",
)
SINGLE = ("exchanges.py::test_owners_of_a_chain_worked_by_hand",)  # of files that take long
OPERATORS = [  # that leave a program which could have been meant
    *(f"ReplaceBinaryOperator_{a}_{b}" for a, b in (
        ("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("FloorDiv", "Mul"),
        ("Mod", "Mul"), ("Pow", "Mul"), ("BitAnd", "BitOr"), ("BitOr", "BitAnd"))),
    *(f"ReplaceComparisonOperator_{a}_{b}" for a, b in (
        ("Lt", "LtE"), ("LtE", "Lt"), ("Gt", "GtE"), ("GtE", "Gt"), ("Lt", "Gt"), ("LtE", "GtE"),
        ("Gt", "Lt"), ("GtE", "LtE"), ("Eq", "NotEq"), ("NotEq", "Eq"), ("Is", "IsNot"),
        ("IsNot", "Is"))),
    "ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot", "NumberReplacer", "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ZeroIterationForLoop", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub",
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    operator: str
    number: int  # of the places where the operator applies
    line: int
    function: str  # dotted, within the module; "" outside all functions

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function} {self.operator} {self.number}"

    def source(self) -> str:
        """Return the code of the file with this change."""
        changed = mutate_code(
            text_of(self.path), get_operator(f"core/{self.operator}")(), self.number
        )
        assert changed is not None
        return str(changed)


def text_of(path: str) -> str:
    return (ROOT / path).read_text()


def mutants() -> list[Mutant]:
    """Return every mutant of the folders."""
    found = []
    for path in sorted(str(p.relative_to(ROOT)) for f in FOLDERS for p in (ROOT / f).glob("*.py")):
        nodes = list(ast_nodes(get_ast(text_of(path))))
        for name in OPERATORS:
            operator, number = get_operator(f"core/{name}")(), 0
            for node in nodes:
                for (line, _), _end in operator.mutation_positions(node):
                    found.append(Mutant(path, name, number, line, function_of(node)))
                    number += 1
    return [one for one in found if one.function]


def function_of(node: Any) -> str:
    """Return the name of the function whose body a node stands in, dotted."""
    names, within = [], False
    while node.parent is not None:
        if node.parent.type == "funcdef" and node is node.parent.children[-1]:
            within = True
        if node.parent.type in ("funcdef", "classdef"):
            names.append(node.parent.name.value)
        node = node.parent
    return ".".join(reversed(names)) if within else ""


def functions_of(holder: Any, module: str) -> dict[str, FunctionType]:
    """Return the functions of a module or class by dotted name."""
    found: dict[str, FunctionType] = {}
    for thing in list(vars(holder).values()):
        inner = getattr(thing, "fget", None) or getattr(thing, "__func__", thing)
        inner = getattr(inner, "__wrapped__", inner)
        if isinstance(inner, FunctionType) and inner.__module__ == module:
            found[inner.__qualname__] = inner
        elif isinstance(thing, type) and thing.__module__ == module and thing is not holder:
            found |= functions_of(thing, module)
    return found


def code_at(code: CodeType, names: list[str]) -> CodeType:
    """Return the code of a function within a module's."""
    for name in names:
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return code


def put_in_place(mutant: Mutant) -> bool:
    """Give a function the code of a mutant; say whether it could be found."""
    module = mutant.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    parts = mutant.function.split(".")
    for n in range(len(parts), 0, -1):  # a function within another comes with it
        known = functions_of(import_module(module), module).get(".".join(parts[:n]))
        if known is not None:
            whole = compile(mutant.source(), str(ROOT / mutant.path), "exec", dont_inherit=True)
            known.__code__ = code_at(whole, parts[:n])
            return True
    return False


class Runner:
    """A plugin of pytest: runs all tests once, then those that matter for every mutant."""

    def __init__(self, sample: int, seed: int) -> None:
        self.sample, self.seed = sample, seed
        self.calls: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
        self.took: dict[str, float] = {}
        self.results: dict[Mutant, str] = {}
        self.watched: Any = None  # what notes the calls of a first run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        last = session.items[-1]  # of a file of which no other test may have been set up
        for item in session.items:
            if item.path != last.path:
                self.first_run(item, last)
        self.check_runner(last)
        every = mutants()
        chosen = random.Random(self.seed).sample(every, min(self.sample, len(every)))
        print(f"\n{len(self.took)} fast tests; {len(chosen)} of {len(every)} mutants", flush=True)
        for mutant in chosen:
            self.results[mutant] = self.fate(mutant, last)
            print(self.results[mutant], mutant, flush=True)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Any:
        """Watch the body of a test in its first run; what is set up for it may take its time."""
        if self.watched is None:
            return (yield)
        limit(FAST_S, WALL_S, late)
        sys.setprofile(self.watched)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            limit(0, 0, late)

    def first_run(self, item: pytest.Item, last: pytest.Item) -> None:
        """Run a test without mutants, and note which functions it calls; leave slow ones out."""
        called: dict[int, CodeType] = {}

        def note(frame: FrameType, event: str, _: Any) -> None:
            if event == "call":
                called[id(frame.f_code)] = frame.f_code

        self.watched, start = note, time.process_time()
        passed = passes(item, last)
        self.watched = None
        if passed:
            self.took[item.nodeid] = time.process_time() - start
            for code in called.values():
                if code.co_filename.startswith(str(ROOT / "sim/r")):
                    path = str(Path(code.co_filename).relative_to(ROOT))
                    self.calls[path, code.co_qualname].append(item)

    def check_runner(self, last: pytest.Item) -> None:
        """Make sure that tests which passed pass once more: else every mutant would be killed."""
        items = {item.path: item for found in self.calls.values() for item in found}
        failed = [item.nodeid for item in items.values() if not passes(item, last)]
        if failed:
            raise RuntimeError(f"do not pass twice, without any mutant: {failed}")

    def fate(self, mutant: Mutant, last: pytest.Item) -> str:
        """Say what becomes of a mutant: killed, survived, or no test calls its function."""
        items = sorted(self.calls[mutant.path, mutant.function], key=lambda i: self.took[i.nodeid])
        if not items:
            return "no test"
        child = os.fork()
        if child == 0:
            usual = sum(self.took[item.nodeid] for item in items)
            limit(2 + PATIENCE * usual, WALL_S + 10 * usual, signal.SIG_DFL)  # ends the process
            silence()
            try:
                found = put_in_place(mutant)
                survived = all(passes(item, last) for item in items)
            except BaseException:
                found, survived = True, False
            os._exit(0 if survived and found else 1 if found else 3)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return {0: "survived", 3: "not placed"}.get(code, "killed")


def passes(item: pytest.Item, last: pytest.Item) -> bool:
    """Run one test; say whether it passes. What a session sets up is kept."""
    reports = runtestprotocol(item, log=False, nextitem=last)
    return all(report.passed for report in reports)


def limit(cpu_s: float, wall_s: float, then: Any) -> None:
    """Do something when so much time has passed on the processor, or on the clock."""
    for sign, timer, seconds in (
        (signal.SIGPROF, signal.ITIMER_PROF, cpu_s),
        (signal.SIGALRM, signal.ITIMER_REAL, wall_s),
    ):
        signal.signal(sign, then)
        signal.setitimer(timer, seconds)


def late(*_: Any) -> None:
    """End a test that takes too long."""
    raise TimeoutError


def silence() -> None:
    """Let a child say nothing."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def main() -> None:
    asked = [int(word) for word in sys.argv[1:]]
    runner = Runner(*asked, *(SAMPLE, SEED)[len(asked) :])
    files = [
        str(ROOT / "tests" / f"test_{name}") for name in (*(f"{f}.py" for f in FILES), *SINGLE)
    ]
    last = str(ROOT / "tests" / "test_layout.py")  # never run: it keeps the session open
    pytest.main(
        [
            "-q",
            "--tb=native",
            "-p",
            "no:cacheprovider",
            "-s",
            "-W",
            "ignore:A plugin raised",
            *files,
            last,
        ],
        plugins=[runner],
    )
    told = Counter(runner.results.values())
    judged = max(1, told["killed"] + told["survived"] + told["no test"])
    print(dict(told), f"killed: {told['killed'] / judged:.1%} of {judged}")
    by_folder = Counter((m.path.rsplit("/", 1)[0], fate) for m, fate in runner.results.items())
    for (folder, fate), count in sorted(by_folder.items()):
        print(f"{folder:12} {fate:10} {count}")


if __name__ == "__main__":
    main()
