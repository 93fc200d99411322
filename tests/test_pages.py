"""Reports that travel: one file with the words of the report, its figures and its making."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from support import ROOT, airbridge, check_refusal, check_success

from experiments.reports.limits import LIMITS
from experiments.reports.page import write_page
from experiments.reports.pictures import ROOM, inlined
from sim.figures.catalogue import FIGURES
from sim.results.question import hash_file

SMALL = ["--set", "burn_in_weeks=0", "--set", "weeks=26"]


class Page(HTMLParser):
    """What a page asks for, says and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img":
            self.images.append(given)
        elif given.get("src"):
            raise AssertionError(f"{tag} asks for {given['src']}")
        if tag == "a":
            self.links.append(given["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    words = ["run", "baseline", "--replicates", "2", "--seed", "7", *SMALL, "--out", "out"]
    check_success(airbridge(*words, cwd=folder))
    return folder / "out"


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    words = ["displace", "everything", "--replicates", "2", *SMALL, "--out", "out"]
    check_success(airbridge(*words, cwd=folder))
    return folder / "out"


@pytest.fixture(params=["run_folder", "study_folder"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def read(folder: Path) -> Page:
    return Page((folder / "report.html").read_text())


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[`*]", "", text))


def test_the_page_says_what_the_report_says(folder: Path) -> None:
    said = flat(read(folder).words)
    report = (folder / "report.md").read_text()
    lines = [line for line in report.splitlines() if re.match(r"[A-Z*]", line)]
    assert len(lines) >= 3
    for line in lines:
        assert flat(line).strip() in said
    cells = re.findall(r"^\| ([^|]+) \|", report, re.MULTILINE)
    assert len(cells) > 5 and all(flat(cell).strip() in said for cell in cells)


def test_the_page_asks_for_nothing_and_its_links_lead_to_files_beside_it(folder: Path) -> None:
    text, page = (folder / "report.html").read_text(), read(folder)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//|url\(|@import|<script|<link", text)
    beside = [link for link in page.links if not link.startswith("#")]
    assert len(beside) > 4 and all((folder / link).is_file() for link in beside)
    for link in page.links:
        assert not link.startswith("#") or f'id="{link[1:]}"' in text
    assert len(text) < 5_000_000


def test_every_figure_stands_in_the_page_with_words_for_who_cannot_see_it(folder: Path) -> None:
    images = read(folder).images
    assert len(images) == len(list((folder / "figures").glob("*.png"))) > 3
    for image in images:
        assert (image["src"] or "").startswith("data:image/png;base64,")
        assert len(image["alt"] or "") > 30
    assert len({image["alt"] for image in images}) == len(images)


def test_the_page_tells_how_it_was_made(folder: Path) -> None:
    said = read(folder).words
    name = "manifest.json" if (folder / "manifest.json").exists() else "study.json"
    record = json.loads((folder / name).read_text())
    for fact in (record["command"], record["code_version"], record["packages"]["numpy"]):
        assert fact in said
    assert hash_file(folder / "scenario.toml") in said
    assert record["started_utc"] not in said  # the same result has the same page
    assert record["files"]["report.html"] == hash_file(folder / "report.html")


def test_a_run_made_anew_has_the_same_page(run_folder: Path) -> None:
    before = (run_folder / "report.html").read_bytes()
    words = ["run", "baseline", "--replicates", "2", "--seed", "7", *SMALL, "--out", "out"]
    check_success(airbridge(*words, cwd=run_folder.parent))
    assert (run_folder / "report.html").read_bytes() == before


def test_a_run_has_a_figure_each_and_its_answer_in_words(run_folder: Path) -> None:
    page = read(run_folder)
    assert len(page.images) == len(FIGURES)
    assert re.search(r"Europe \d+ \(.* first with \d+%\)", page.words)
    assert "Medians are of few replicates and have no range" in page.words


def test_a_page_of_the_users_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("mine")
    done = airbridge("run", "baseline", *SMALL, "--out", "out", cwd=tmp_path)
    check_refusal(done, "report.html")
    assert (tmp_path / "out" / "report.html").read_text() == "mine"


def test_what_the_model_cannot_tell_is_told_in_the_readmes_words() -> None:
    readme = (ROOT / "README.md").read_text()
    for line in LIMITS:
        assert line in readme


def test_names_cannot_smuggle_anything_into_the_page(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("# A <b>b</b>\n\n<script>x</script>\n\n[a](javascript:b)\n")
    write_page(tmp_path, {"command": "airbridge <i>", "scenarios": ["<s>"]})
    text = (tmp_path / "report.html").read_text()
    assert "<script" not in text and "<b>" not in text and "<i>" not in text and "<s>" not in text
    assert 'href="javascript' not in text


def test_many_large_figures_are_drawn_smaller_until_they_fit(tmp_path: Path) -> None:
    noise = bytes(k * 7919 * (k % 251) % 256 for k in range(3 * 1400 * 1400))
    for name in "abcdef":
        Image.frombytes("RGB", (1400, 1400), noise).save(tmp_path / f"{name}.png")
    found = inlined(sorted(tmp_path.glob("*.png")))
    assert list(found) == list("abcdef")
    assert 0.1 * ROOM < sum(map(len, found.values())) < 1.4 * ROOM
