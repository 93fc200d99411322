"""The docs are true to the repository: links, paths, names of numbers, and they build."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.figures.catalogue import FIGURES
from sim.parameters import Parameters, register
from sim.parameters.switches import Switches
from sim.scenario.event_kinds import KINDS

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
SHELVES = ("sim", "experiments", "scenarios", "docs", "tests")  # folders that paths begin with


def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    heads = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", head.replace("`", "").lower()) for head in heads]
    return {re.sub(r"\s", "-", head.strip()) for head in plain}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(prose(page)):
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{path}: no such file"
        assert target.is_relative_to(ROOT), f"{path}: outside the repository"
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}: no such heading"
        # The site holds the folder docs alone.
        if page.is_relative_to(ROOT / "docs"):
            assert target.is_relative_to(ROOT / "docs"), f"{path}: not on the site"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_and_module_named_is_there(page: Path) -> None:
    for path in re.findall(r"`([\w./-]+)`", page.read_text()):
        shelf = path.split("/")[0]
        if "/" in path and shelf in SHELVES:
            assert (ROOT / path).exists(), path
        elif path.endswith(".py"):
            assert (ROOT / path).exists() or (ROOT / "sim" / "rules" / path).exists(), path
        elif re.fullmatch(r"(sim|experiments)(\.\w+)+", path):
            find(path)


def find(dotted: str) -> object:
    """What a dotted name means: a module, or something in one."""
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, attribute = dotted.rpartition(".")
        return getattr(find(module), attribute)


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name)
def test_every_number_named_is_in_the_register(page: Path) -> None:
    known = {entry.name for entry in register()}
    for section, number in re.findall(r"`(\w+)\.(\w+)(?:=[^`]*)?`", page.read_text()):
        if section in Parameters.model_fields and number != "py":
            assert f"{section}.{number}" in known


def test_every_kind_of_event_and_switch_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide" / "scenarios.md").read_text()
    assert set(KINDS) <= set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))
    assert set(Switches.model_fields) <= set(re.findall(r"\w+", guide))


def test_every_figure_is_in_the_readme() -> None:
    (line,) = re.findall(r"`run.plot` draws (.*)", (ROOT / "README.md").read_text())
    assert re.findall(r"`(\w+)`", line) == list(FIGURES)


def test_every_page_is_on_the_site() -> None:
    shown = set(re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text()))
    assert shown == {
        page.relative_to(ROOT / "docs").as_posix()
        for page in PAGES
        if page.is_relative_to(ROOT / "docs")
    }


@pytest.mark.slow
def test_the_site_is_built_without_a_warning() -> None:
    pytest.importorskip("mkdocs")
    bin_ = Path(sys.executable).parent
    make = ["make", "docs", f"BIN={bin_}", f"STAMP={bin_}"]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    site = ROOT / "build" / "site" / "reference"
    assert "us_t_per_year" in (site / "register.html").read_text()
    assert "sim.rules.pricing.demand_price" in (site / "rules.html").read_text()
