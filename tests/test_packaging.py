"""The lock holds what the package asks for, and the version is the same everywhere."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = [
    Requirement(text)
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in group
]


def entries() -> list[str]:
    """The entries of the lock, each with its hashes on one line."""
    lines = LOCK.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pins() -> list[tuple[Requirement, str]]:
    """What is locked, and the hashes of each."""
    return [(Requirement(entry.split("--hash")[0].strip()), entry) for entry in entries()]


def test_the_lock_has_hashes_and_no_index_address() -> None:
    assert "://" not in LOCK and "index-url" not in LOCK and "find-links" not in LOCK
    for pin, entry in pins():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)) and pin.url is None
        options = entry.split("--hash")[1:]
        assert options and all(re.fullmatch(r"=sha256:[0-9a-f]{64}\s*", one) for one in options)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_lock_holds_every_dependency_once(version: str) -> None:
    where = {
        "python_version": version,
        "python_full_version": f"{version}.9",
        "extra": "",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "x86_64",
    }
    locked: dict[str, list[str]] = {}
    for pin, _ in pins():
        if pin.marker is None or pin.marker.evaluate(where):
            locked.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier)[2:])
    assert all(len(versions) == 1 for versions in locked.values()), locked
    for wanted in WANTED:
        name = canonicalize_name(wanted.name)
        if name != "airbridge":
            assert name in locked, f"{name} is not locked: say make lock"
            assert wanted.specifier.contains(locked[name][0]), f"{wanted}: say make lock"


def test_the_lock_says_how_it_is_made_and_make_finds_uv_in_it() -> None:
    assert "make lock" in LOCK.splitlines()[1]
    makefile = (ROOT / "Makefile").read_text()
    (script,) = re.findall(r"sed -n '(.*)' requirements\.lock", makefile)
    done = subprocess.run(
        ["sed", "-n", script.replace("$$", "$"), "requirements.lock"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("uv==") and len(lines) > 1
    assert all(line.strip().startswith("--hash") for line in lines[1:])


def test_citation_changelog_and_version_agree() -> None:
    heading = re.search(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    citation = dict(
        re.findall(r"^([\w-]+): (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    )
    assert heading is not None
    assert heading[1] == citation["version"] == PROJECT["version"]
    # A version that is not out has no date, neither here nor there.
    released = citation.get("date-released", "unreleased")
    assert released == heading[2]
    assert citation["license"] == PROJECT["license"]
