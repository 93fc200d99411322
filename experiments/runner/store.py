"""Where finished runs are kept: nothing finished is lost, nothing half-written is read.

A store is a folder. Every finished run goes at once to the end of a journal, one
line each, so that a process killed at any moment loses only the runs in flight (a power
cut, those of the last second besides); in batches the journal becomes a part, a folder
of Parquet tables that is put in place by one rename. A run is known by its id (see
``experiments.runner.jobs``); a store may hold runs of many scenarios and versions, and gives
back those that are asked for.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from sim.errors import ScenarioError
from sim.results.question import hash_file
from sim.results.records import write_json

log = logging.getLogger("airbridge")
Row = dict[str, Any]
BATCH = 64  # runs of a part
LONG = 16  # values from which a column is packed
SETTLE_EVERY = 1.0  # seconds; waiting for the disk after every short run would cost a tenth of it
HASHES = "hashes.json"  # of the files of a part
LABELS = ("name", "seed", "replicate")
KINDS = ("summary", "yearly", "organisations", "lines")  # of a run with its accounts
KEPT = (*KINDS, "observed")


class Store:
    """Finished runs on disk, for one writer at a time.

    Parameters
    ----------
    folder : Path
        Made if missing.

    Raises
    ------
    ScenarioError
        If another process writes to the store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / ".lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise ScenarioError(f"{folder}: another process is writing runs there") from None
        for left in folder.glob(".part-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._parts = [part for part in sorted(folder.glob("part-*")) if is_sound(part)]
        self.done: set[str] = set()
        for part in self._parts:
            self.done.update(pd.read_parquet(part / "summary.parquet", columns=["id"])["id"])
        self._fresh = [row for row in self._read_journal() if row["id"] not in self.done]
        self.done.update(row["id"] for row in self._fresh)
        self._write_journal(self._fresh)
        self._journal = open(self._journal_path, "a")
        self._settled = 0.0  # when the journal was last known to be on the disk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()  # if something is wrong, all is in the journal anyway
        with suppress(OSError):  # a full disk was told of already; torn lines are made again
            self._journal.close()
        self._lock.release()

    @property
    def _journal_path(self) -> Path:
        return self.folder / "journal.jsonl"

    def _read_journal(self) -> list[Row]:
        return read_journal(self._journal_path)

    def _write_journal(self, rows: Sequence[Row]) -> None:
        beside = self._journal_path.with_suffix(".new")
        beside.write_text("".join(write_line(row) for row in rows))
        os.replace(beside, self._journal_path)

    def add(self, row: Row) -> None:
        """Keep one finished run: its id, labels and the columns of its tables."""
        if row["id"] in self.done:
            return
        self._journal.write(write_line(row))
        self._journal.flush()
        if time.monotonic() - self._settled > SETTLE_EVERY:
            os.fsync(self._journal.fileno())
            self._settled = time.monotonic()
        self._fresh.append(row)
        self.done.add(row["id"])
        if len(self._fresh) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Turn the journal into a part."""
        if not self._fresh:
            return
        number = 1 + max((int(part.name.split("-")[1]) for part in self._parts), default=0)
        work = Path(tempfile.mkdtemp(prefix=".part-", dir=self.folder))
        for kind in KEPT:
            rows = [row for row in self._fresh if kind in row]
            if rows:
                stack(rows, kind).to_parquet(work / f"{kind}.parquet", index=False)
        write_json(work / HASHES, {p.name: hash_file(p) for p in work.glob("*.parquet")})
        work.chmod(0o755)
        for path in (*work.iterdir(), work):
            settle(path)
        target = self.folder / f"part-{number:06d}"
        if not target.exists():  # else it was put in place just before an interruption
            os.replace(work, target)
        settle(self.folder)
        self._parts.append(target)
        self._fresh = []
        self._journal.close()
        self._write_journal([])
        self._journal = open(self._journal_path, "a")

    def table(self, kind: str, ids: Sequence[str]) -> pd.DataFrame:
        """Return one table of the runs asked for, in the order of the ids.

        Raises
        ------
        ScenarioError
            If a run is missing: an analysis must not pass over gaps.
        """
        missing = [i for i in ids if i not in self.done]
        if missing:
            raise ScenarioError(
                f"{self.folder}: {len(missing)} of {len(ids)} runs are missing; run the same "
                "command again, or analyse with --allow-gaps"
            )
        self.flush()
        wanted = pd.Index(ids)
        frames = []
        for part in self._parts:
            path = part / f"{kind}.parquet"
            if path.exists():  # runs of a sweep keep their summary alone
                frame = pd.read_parquet(path)
                frame = frame[frame["id"].isin(wanted)]
                if len(frame):  # other runs must not lend their columns or types
                    frames.append(frame)
        if not frames:
            raise ScenarioError(f"{self.folder}: no run asked for has kept the table {kind!r}")
        whole = pd.concat(frames, ignore_index=True)
        first = [name for name in ("id", *LABELS) if name in whole]
        whole = whole[[*first, *sorted(set(whole.columns) - set(first))]]
        return whole.iloc[wanted.get_indexer(whole["id"]).argsort(kind="stable")].reset_index(
            drop=True
        )


def read_journal(path: Path) -> list[Row]:
    """Return the finished runs of a journal; lines that were torn are passed over."""
    rows: list[Row] = []
    if path.exists():
        for line in path.read_text(errors="replace").splitlines():
            with suppress(ValueError):  # the line that was being written when it died
                rows.append(read_line(line))
    return rows


def read_summaries(folder: Path) -> pd.DataFrame:
    """Return the summaries of all runs of a store that nobody needs to close, a row each."""
    fresh = read_journal(folder / "journal.jsonl")
    frames = [pd.read_parquet(p) for p in sorted(folder.glob("part-*/summary.parquet"))]
    if fresh:
        frames.append(stack(fresh, "summary"))
    if not frames:
        return pd.DataFrame({name: [] for name in ("id", *LABELS)})
    return pd.concat(frames, ignore_index=True).drop_duplicates("id", ignore_index=True)


def count_runs(folder: Path) -> int:
    """Return how many runs a store holds, also while another process writes to it."""
    ids = {row["id"] for row in read_journal(folder / "journal.jsonl")}
    for path in sorted(folder.glob("part-*/summary.parquet")):
        with suppress(OSError, ValueError):  # damaged: made again when the study goes on
            ids.update(pd.read_parquet(path, columns=["id"])["id"])
    return len(ids)


def write_line(row: Row) -> str:
    """Return a finished run as a line of the journal, with long columns of floats packed.

    Half the cost of a short run's keeping would be writing out their digits.
    """
    packed = {
        kind: {name: pack(values) for name, values in row[kind].items()}
        for kind in KEPT
        if kind in row
    }
    text = json.dumps({**row, **packed})
    return f"{text}\t{zlib.crc32(text.encode()):08x}\n"


def pack(values: list[Any]) -> list[Any] | str:
    """Return a long column of floats as the text of its bytes, any other as it is."""
    if len(values) < LONG or not isinstance(values[0], float):
        return values
    return base64.b64encode(np.array(values, "<f8").tobytes()).decode()


def read_line(line: str) -> Row:
    """Return a finished run from a line of the journal.

    Raises
    ------
    ValueError
        If it is not as it was written.
    """
    text, _, check = line.rstrip("\n").partition("\t")
    if check != f"{zlib.crc32(text.encode()):08x}":
        raise ValueError("a torn line")
    row: Row = json.loads(text)
    for kind in KEPT:
        for name, values in row.get(kind, {}).items():
            if isinstance(values, str):
                row[kind][name] = np.frombuffer(base64.b64decode(values), "<f8").tolist()
    return row


def stack(rows: Sequence[Row], kind: str) -> pd.DataFrame:
    """Return one table of many runs; a column that a run does not have is missing there."""
    sizes = [len(next(iter(row[kind].values()))) for row in rows]
    names = dict.fromkeys(name for row in rows for name in row[kind])
    sized = list(zip(rows, sizes, strict=True))
    columns = {
        name: [v for row, n in sized for v in row[kind].get(name, [None] * n)] for name in names
    }
    return pd.DataFrame({**columns, "id": [row["id"] for row, n in sized for _ in range(n)]})


def is_whole(part: Path) -> bool:
    """Say whether a part is as it was written."""
    try:
        hashes = json.loads((part / HASHES).read_text())
        return all(hash_file(part / name) == digest for name, digest in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def is_sound(part: Path) -> bool:
    """Say whether a part is as it was written; set aside one that is not, and tell.

    Its runs are then made again: the same seeds give the same bits.
    """
    if is_whole(part):
        return True
    aside = Path(tempfile.mkdtemp(prefix=f"damaged-{part.name}-", dir=part.parent))
    os.replace(part, aside)
    log.warning(f"{part}: is damaged and set aside as {aside.name}; its runs are made again")
    return False


def settle(path: Path) -> None:
    """Wait until a file or folder is on the disk, so that a power cut cannot undo it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
