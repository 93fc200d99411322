"""The record of a result: what was asked, and every file of the answer with its hash.

``manifest.json`` of a run and ``study.json`` of a study. Earlier records list files without
hashes. A record that cannot be read is refused: then nobody knows whose the files beside it
are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sim.errors import ScenarioError
from sim.results.question import hash_file

MANIFEST, STUDY = "manifest.json", "study.json"
RECORDS = (MANIFEST, STUDY)
BEGUN, COMPLETE = "begun", "complete"  # states of a study
BESIDE = ".airbridge-"  # begins the names of what is not finished


def read_record(path: Path) -> dict[str, Any] | None:
    """Return what a record says, or nothing where there is none.

    Raises
    ------
    ScenarioError
        If it cannot be read: then nobody knows whose the files beside it are.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error})") from None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ScenarioError(f"{path}: is damaged; move it away, or choose another folder")
    return content


def is_whole(folder: Path, record: str = MANIFEST) -> bool:
    """Say whether a folder holds a result that was put in place to the last file."""
    try:
        content = read_record(folder / record)
    except ScenarioError:
        return False
    if content is None or "incoming" in content:
        return False
    return all((folder / name).is_file() for name, _ in listed(content, "files"))


def listed(record: Mapping[str, Any], key: str) -> Iterator[tuple[str, str | None]]:
    """Yield the files that a record lists, with their hashes; earlier records have none."""
    files = record.get(key)
    pairs = files.items() if isinstance(files, Mapping) else ((n, None) for n in files or ())
    for name, digest in pairs:
        if isinstance(name, str) and is_inside(name):
            yield name, digest if isinstance(digest, str) else None


def is_inside(name: str) -> bool:
    """Say whether a listed name stays within its folder."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def is_ours(folder: Path, name: str, digests: Iterable[str | None]) -> bool:
    """Say whether a listed file is as it was written, reached by no link."""
    path = folder / name
    parts = [PurePosixPath(name), *PurePosixPath(name).parents][:-1]
    if any((folder / part).is_symlink() for part in parts):
        return False
    if not path.is_file():
        return False
    known = list(digests)
    return None in known or hash_file(path) in known


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, in place only when it is whole."""
    beside = path.with_name(f"{BESIDE}{os.getpid()}-{path.name}")
    try:
        beside.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
