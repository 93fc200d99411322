"""One self-contained page of a result: what its report says, its figures, and its making.

``report.html`` says what ``report.md`` says: the page is made of that text, so that there is
no second account. Figures stand in it, tables beside it. It asks nothing of any network, and
holds no hour of the clock: the same result has the same page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from experiments.reports.captions import caption_of, captions_in
from experiments.reports.limits import LIMITS
from experiments.reports.pictures import inlined
from sim.results.folder import files_in
from sim.results.question import SCENARIO, hash_file

PAGE, WORDS = "report.html", "report.md"
TABLES = (".csv", ".parquet")
LISTING = re.compile(r"^## Figures\n+(?:- \[.*\n)+", re.MULTILINE)  # the page shows them instead


@dataclass(frozen=True)
class Picture:
    """A figure of the page: its name, its content as an address, and what it shows."""

    name: str
    address: str
    caption: str


def write_page(work: Path, record: Mapping[str, Any], kept: Path | None = None) -> None:
    """Write ``report.html`` beside the ``report.md``, figures and tables of a result.

    Parameters
    ----------
    work : Path
        Folder in which the result is being written.
    record : mapping
        What made it, as ``experiments.runner.provenance`` tells it.
    kept : Path, optional
        Where the scenario stands, if it is not in ``work``.
    """
    markdown = (work / WORDS).read_text(encoding="utf-8")
    (work / PAGE).write_text(page(markdown, work, record, kept or work), encoding="utf-8")


def page(markdown: str, work: Path, record: Mapping[str, Any], kept: Path) -> str:
    """Return the page of a report in Markdown as HTML."""
    title, _, body = markdown.partition("\n")
    pictures = pictures_of(work, captions_in(markdown))
    text, contents = render(LISTING.sub("", body), pictures)
    tables = [name for name in files_in(work) if name.endswith(TABLES) and "/" not in name]
    shown = {picture.name for picture in pictures if picture.address in text}
    return template().render(
        title=title.removeprefix("# "),
        body=Markup(text),
        contents=contents,
        pictures=[picture for picture in pictures if picture.name not in shown],
        tables=tables,
        limits=[Markup(words().renderInline(line)) for line in LIMITS],
        facts=list(facts(record, kept)),
        command=record.get("command", ""),
        packages=record.get("packages", {}),
        data=record.get("data_sha256", {}),
    )


def pictures_of(work: Path, captions: Mapping[str, str]) -> list[Picture]:
    """Return the figures of a result: those that its report lists first, in that order."""
    there = {path.stem: path for path in sorted((work / "figures").glob("*.png"))}
    order = [name for name in (*captions, *sorted(there)) if name in there]
    names = list(dict.fromkeys(order))
    addresses = inlined([there[name] for name in names])
    return [
        Picture(name, addresses[name], captions.get(name) or caption_of(name)) for name in names
    ]


def render(markdown: str, pictures: Sequence[Picture]) -> tuple[str, list[tuple[str, str]]]:
    """Return Markdown as HTML with its figures in it, and its headings with their anchors."""
    addresses = {f"figures/{picture.name}.png": picture.address for picture in pictures}
    tokens = words().parse(markdown)
    contents: list[tuple[str, str]] = []
    for heading, inline in zip(tokens, tokens[1:], strict=False):
        if heading.type == "heading_open" and heading.tag == "h2":
            anchor = f"part-{len(contents) + 1}"
            heading.attrSet("id", anchor)
            contents.append((anchor, plain(inline.content)))
    for token in tokens:
        for child in token.children or ():
            if child.type == "image" and child.attrs.get("src") in addresses:
                child.attrSet("src", addresses[str(child.attrs["src"])])
    return words().renderer.render(tokens, words().options, {}), contents


def plain(text: str) -> str:
    """Return a heading without its marks."""
    return re.sub(r"[`*]", "", text)


def facts(record: Mapping[str, Any], kept: Path) -> Iterator[tuple[str, str]]:
    """Yield what a reader needs to make the same again, a name and a value each."""
    names = {
        "seed": "Seed",
        "replicates": "Replicates",
        "overrides": "Changes to the scenario",
        "commit": "Commit",
        "code_version": "Version of the model's code",
        "python": "Python",
    }
    yield "Scenario", ", ".join(record.get("scenarios", ()))
    for path in sorted(kept.glob(f"{SCENARIO.partition('.')[0]}*.toml")):
        yield f"SHA-256 of {path.name}", hash_file(path)
    for key, name in names.items():
        value = record.get(key)
        if value not in (None, [], ""):
            yield name, ", ".join(value) if isinstance(value, list) else str(value)


@cache
def words() -> MarkdownIt:
    """Return the reader of Markdown: tables too, and no HTML that a name could smuggle in."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def template() -> Any:
    """Return the template of a page."""
    return Environment(
        loader=PackageLoader("experiments.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("page.html.j2")
