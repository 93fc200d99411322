"""A folder of results: all of it or nothing, and nobody else's files.

A result goes into a folder that is new, empty, or holds an answer to the same question. Its
record, ``manifest.json`` of a run and ``study.json`` of a study, lists every file with its
hash. Nothing is replaced or removed but a listed file that is still as it was written; links
are not followed. Files are written beside and moved one by one, so that a shell may stand in
the folder and files of the user's stay where they are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from sim.errors import ScenarioError
from sim.results.question import Question, hash_file
from sim.results.records import BESIDE, RECORDS, is_ours, listed, read_record, write_json

LONGEST = "weekly/" + "x" * 24 + "/figures/market_shares.parquet"  # path below the folder
WAY_OUT = "choose another folder, or say --replace"


class ResultFolder:
    """A folder that a result is to go into.

    Parameters
    ----------
    path : str or Path
        ``~`` is the home of the user. Nothing is made yet.
    record : str
        ``MANIFEST`` or ``STUDY``.
    question : Question
        What the result will answer.
    replace : bool
        Let it take the place of an answer to another question.

    Raises
    ------
    ScenarioError
        If the result could not go there: it cannot be written, or holds anything else.
    """

    def __init__(
        self, path: str | Path, record: str, question: Question, replace: bool = False
    ) -> None:
        self.path, self._record, self.question = expanded(path), record, question
        self._replace = replace
        try_out(self.path)
        self.grown: list[str] = []  # in what an answer that is there is smaller
        self._known = self._read()

    def _read(self) -> dict[str, Any]:
        """Return what the records in the folder list, if the result may go there."""
        found = {name: read_record(self.path / name) for name in RECORDS}
        records = {name: content for name, content in found.items() if content is not None}
        if not records:
            refuse_others(self.path, self._others())
            return {"files": {}, "same": False, "records": []}
        mine = records.get(self._record, {})
        same = list(records) == [self._record] and self.question.is_of(mine)
        if not self._replace:
            self._refuse_other(same, mine or next(iter(records.values())))
        same = same and not list(self.question.losses(mine))
        self.grown = self.grown or (list(self.question.gains(mine)) if same else [])
        files: dict[str, list[str | None]] = {}
        for content in records.values():
            for name, digest in (*listed(content, "files"), *listed(content, "incoming")):
                files.setdefault(name, []).append(digest)
        for name, digests in files.items():
            if os.path.lexists(self.path / name) and not is_ours(self.path, name, digests):
                raise ScenarioError(
                    f"{self.path}: {name} is no longer as it was written; move it away, or "
                    "choose another folder"
                )
        return {"files": files, "same": same, "records": list(records)}

    def _others(self) -> Iterator[Path]:
        """Yield what is in the folder and does not come from a run that was cut short."""
        if self.path.is_dir():
            for path in self.path.iterdir():
                if not (path.name.startswith(BESIDE) or is_blank_store(path)):
                    yield path

    def _refuse_other(self, same: bool, record: Mapping[str, Any]) -> None:
        """Refuse a folder with an answer to another question, or with more of an answer."""
        if not same:
            what = record.get("answers") or "made by an earlier version"
            raise ScenarioError(f"{self.path}: holds another result ({what}); {WAY_OUT}")
        more = "; ".join(self.question.losses(record))
        if more:
            raise ScenarioError(
                f"{self.path}: holds this with {more}. A folder does not shrink: {WAY_OUT}"
            )

    @property
    def holds_it(self) -> bool:
        """Whether the folder holds an answer to this question, or the beginning of one."""
        return bool(self._known["same"])

    def refuse_in_the_way(self, names: Iterable[str]) -> None:
        """Refuse if something stands where files are to go.

        Raises
        ------
        ScenarioError
            With the name of the first.
        """
        for name in names:
            found = in_the_way(self.path, name)
            if found is not None and name not in (*self._known["files"], *self._known["records"]):
                raise ScenarioError(
                    f"{self.path}: {found.relative_to(self.path)} stands where a result is to "
                    "go; move it away, or choose another folder"
                )

    def begin(self, content: Mapping[str, Any]) -> None:
        """Make the folder and its record; an answer to another question is removed now."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self._known["same"]:
            self._remove(self._known["files"])
            self._write({}, {}, content)
            self._known = {"files": {}, "same": True, "records": [self._record]}
        else:
            self._write(self._first_hashes(), {}, content)

    @contextmanager
    def working(self) -> Iterator[Path]:
        """Give a new folder beside the results, which is gone at the end."""
        made = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=BESIDE, dir=self.path))
        lock = FileLock(work / ".lock", timeout=0)
        try:
            with lock:
                yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
            if made and not any(self.path.iterdir()):
                self.path.rmdir()  # nothing came of it

    def publish(self, work: Path, content: Mapping[str, Any]) -> None:
        """Move finished files into place, and write the record that lists them.

        Raises
        ------
        ScenarioError
            If something of the user's stands where a file is to go.
        """
        self._known = self._read()  # as it is now
        fresh = {name: hash_file(work / name) for name in files_in(work)}
        self.refuse_in_the_way(fresh)
        kept = self._first_hashes()
        self._write(kept, fresh, content)
        for name in fresh:
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (work / name).chmod(0o644)
            os.replace(work / name, target)
        if not self._known["same"]:
            self._remove({k: v for k, v in self._known["files"].items() if k not in fresh})
            kept = {}
        self._write({**kept, **fresh}, {}, content)
        self._known = self._read()
        self._sweep()

    def adopt(self, names: Iterable[str], content: Mapping[str, Any]) -> None:
        """List files that have been written into the folder itself, where they are there."""
        there = [name for name in names if (self.path / name).is_file()]
        fresh = {name: hash_file(self.path / name) for name in there}
        kept = {k: v for k, v in self._first_hashes().items() if k not in fresh}
        self._write({**kept, **fresh}, {}, content)
        self._known = self._read()

    def drop(self, name: str) -> None:
        """Remove a listed file that is as it was written; the next record lists it no longer."""
        digests = self._known["files"].get(name)
        if digests is not None and is_ours(self.path, name, digests):
            (self.path / name).unlink()

    def _first_hashes(self) -> dict[str, str]:
        """Return the listed files that are there, with their hashes."""
        names = [name for name in self._known["files"] if (self.path / name).is_file()]
        return {name: hash_file(self.path / name) for name in names}

    def _write(
        self, files: Mapping[str, str], incoming: Mapping[str, str], content: Mapping[str, Any]
    ) -> None:
        about = {key: value for key, value in content.items() if key != "incoming"}
        whole = {**about, **self.question.record(), "files": dict(sorted(files.items()))}
        if incoming:
            whole["incoming"] = dict(incoming)
        write_json(self.path / self._record, whole)

    def _remove(self, files: Mapping[str, list[str | None]]) -> None:
        """Remove listed files that are as they were written, and folders that this empties."""
        for name, digests in files.items():
            if is_ours(self.path, name, digests):
                (self.path / name).unlink()
        above = {part for name in files for part in PurePosixPath(name).parents}
        for part in sorted(above - {PurePosixPath(".")}, key=lambda p: -len(p.parts)):
            folder = self.path / part
            if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
                folder.rmdir()
        for name in set(self._known["records"]) - {self._record}:
            (self.path / name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what runs that were killed have left half finished."""
        for left in self.path.glob(f"{BESIDE}*"):
            try:
                with FileLock(left / ".lock", timeout=0):
                    shutil.rmtree(left, ignore_errors=True)
            except (OSError, Timeout):
                continue  # another process is at it, or it is no folder


def is_blank_store(path: Path) -> bool:
    """Say whether this is a place for runs that was left before the first of them."""
    if path.name != "runs" or path.is_symlink() or not path.is_dir():
        return False
    blank = (".lock", "journal.jsonl")
    return all(p.name in blank and p.stat().st_size == 0 for p in path.iterdir())


def expanded(path: str | Path) -> Path:
    """Return a path from the root of the disk, with ``~`` as the home of the user.

    Raises
    ------
    ScenarioError
        If it cannot be a path.
    """
    try:
        return Path(os.path.abspath(Path(path).expanduser()))
    except (RuntimeError, ValueError) as error:
        raise ScenarioError(f"{str(path)[:60]!r}: is no folder ({error})") from None


def try_out(folder: Path, name: str | None = None) -> None:
    """Make sure that files can be written in a folder; what is made for it is removed again.

    Parameters
    ----------
    name : str, optional
        That of the one file that is to go there; left out, it is a folder of results.

    Raises
    ------
    ScenarioError
        If they cannot: with what stands in the way.
    """
    made: list[Path] = []
    try:
        for part in [*reversed(folder.parents), folder]:
            if not part.is_dir():
                if part.exists():
                    raise ScenarioError(f"{part}: is a file, not a folder for results")
                part.mkdir()
                made.append(part)
        with tempfile.TemporaryDirectory(prefix=BESIDE, dir=folder) as work:
            (Path(work) / "probe").write_bytes(b"airbridge")
            with suppress(FileNotFoundError):  # unless it is too long, the name can be asked for
                os.lstat(Path(work) / (name or LONGEST))
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise ScenarioError(
            f"{shortened(folder / (name or ''))}: cannot be written ({told})"
        ) from None
    finally:
        for part in reversed(made):
            part.rmdir()


def shortened(path: str | Path) -> str:
    """Return a path, cut short in the middle, for messages."""
    text = str(path)
    return text if len(text) <= 120 else f"{text[:60]}...{text[-40:]}"


def in_the_way(folder: Path, name: str) -> Path | None:
    """Return what keeps a file from being put at a name: the file there, or no folder above."""
    for part in reversed([*PurePosixPath(name).parents][:-1]):
        above = folder / part
        if above.is_symlink() or (os.path.lexists(above) and not above.is_dir()):
            return above
    return folder / name if os.path.lexists(folder / name) else None


def refuse_others(folder: Path, others: Iterable[Path]) -> None:
    """Refuse a place for results that is a file, or a folder that holds other things.

    Raises
    ------
    ScenarioError
        With the name of the first of the other things.
    """
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(f"{folder}: is a file, not a folder for results")
    first = min(others, default=None)
    if first is not None:
        raise ScenarioError(
            f"{folder}: holds other files ({first.relative_to(folder)}); choose a new folder, "
            "or one that this command has made"
        )


def files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below, hidden ones left out, as a record lists them."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.relative_to(folder).as_posix() for path in found if not path.name.startswith(".")
    )
