"""Prints of sources without their words, kept, since to parse all sources takes half a second."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sim.engine.folders import cache_folders

MOST = 20_000  # prints in a file; it begins anew beyond that


class Prints:
    """The hash of what a source says, by the hash of its bytes; a file per user and Python.

    What cannot be read or written costs time and nothing else.
    """

    def __init__(self) -> None:
        self._name = f"prints-{sys.implementation.cache_tag}.json"
        self._known = self._read()
        self._new: dict[str, str] = {}
        self._ways: dict[Callable[[str], str], bytes] = {}  # another way gives other prints

    def of(self, source: bytes, strip: Callable[[str], str]) -> str:
        """Return the hash of a source as ``strip`` leaves it."""
        if strip not in self._ways:
            self._ways[strip] = inspect.getsource(strip).encode()
        name = hashlib.sha256(self._ways[strip] + source).hexdigest()
        found = self._known.get(name)
        if found is None:
            found = hashlib.sha256(strip(source.decode("utf-8")).encode()).hexdigest()
            self._known[name] = self._new[name] = found
        return found

    def save(self) -> None:
        """Keep the prints made since the last time, beside what others have kept meanwhile."""
        if not self._new:
            return
        content = self._read() | self._new
        if len(content) > MOST:
            content = self._new
        for folder in cache_folders():
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
                    json.dump(content, file)
                os.replace(file.name, folder / self._name)
                self._new = {}
                return

    def _read(self) -> dict[str, str]:
        for folder in cache_folders():
            path: Path = folder / self._name
            with suppress(OSError, ValueError, AttributeError):
                content = json.loads(path.read_text(encoding="utf-8"))
                return {str(name): str(found) for name, found in content.items()}
        return {}
