"""The lists of CONTRIBUTING.md are carried out, step by step, in a copy of the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
HEADS = re.findall(r"^## (Add a .*)$", TEXT, re.MULTILINE)
# One list a day: among the others one compiles the model anew, one carries out a study.
SHORT = "Add a number"


def steps(head: str) -> list[str]:
    """The steps of a list, in order."""
    part = TEXT.split(f"## {head}\n")[1].split("\n## ")[0]
    found = re.split(r"^\d\. ", part, flags=re.MULTILINE)
    return found[1:]


def blocks(step: str) -> list[tuple[str, str]]:
    """Language and content of the blocks of a step."""
    found = re.findall(r"^    ```(\w+)\n(.*?)^    ```$", step, re.MULTILINE | re.DOTALL)
    return [(language, textwrap.dedent(content)) for language, content in found]


def change(root: Path, content: str) -> None:
    """Make a change that is written as a difference: it fits in one place, of lines or of one."""
    head, *lines = content.splitlines(keepends=True)
    path = root / head.removeprefix("+++ ").strip()
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text()
    assert text.count(old.strip("\n")) == 1, f"{path.name}: {old}"
    path.write_text(text.replace(old.strip("\n"), new.strip("\n")))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what is tracked, or could be."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("docs/figures"):
            target = tmp_path / "copy" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool, module in (("airbridge", "experiments.cli.main"), ("pytest", "pytest")):
        script = f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n'
        (tools / tool).write_text(script)
        (tools / tool).chmod(0o755)
    return tmp_path / "copy"


def carry_out(root: Path, language: str, content: str) -> None:
    """Do what a block says: write a file, change one, or run commands."""
    if language == "bash":
        path = f"{root.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(root)}
        for command in content.splitlines():
            done = subprocess.run(
                ["bash", "-c", command], cwd=root, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    elif language == "diff":
        change(root, content)
    else:
        head, _, rest = content.partition("\n")
        target = root / head.removeprefix("# ")
        assert not target.exists()
        target.write_text(rest)


@pytest.mark.parametrize(
    "head", [pytest.param(h, marks=[pytest.mark.slow] * (h != SHORT)) for h in HEADS]
)
def test_a_list_works_as_it_is_written(head: str, copy: Path) -> None:
    assert len(steps(head)) == 5
    touched = set()
    for step in steps(head):
        for language, content in blocks(step):
            carry_out(copy, language, content)
            touched |= set(re.findall(r"\A(?:#|\+\+\+) (\S+\.py)$", content, re.MULTILINE))
    for how in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *how, "CONTRIBUTING.md", *sorted(touched)]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_there_is_a_list_for_each_thing() -> None:
    assert HEADS == [
        f"Add a {what}" for what in ("number", "rule", "kind of event", "figure", "study")
    ]
