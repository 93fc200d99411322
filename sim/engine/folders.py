"""The folders in which a user's compiled rules, worlds at rest and the like may be kept."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

SETTING = "AIRBRIDGE_CACHE"


def cache_folders() -> Iterator[Path]:
    """Yield the folders to try: the one chosen, the user's own, a private one among the temporary.

    A temporary folder that belongs to somebody else is not read from: what is kept is code.
    """
    chosen = os.environ.get(SETTING)
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "airbridge"
    yield Path(chosen).expanduser() if chosen else usual
    user = getattr(os, "getuid", lambda: 0)()
    private = Path(tempfile.gettempdir()) / f"airbridge-{user}"
    try:
        private.mkdir(exist_ok=True, mode=0o700)
        seen = private.lstat()
    except OSError:
        return
    closed_to_others = stat.S_ISDIR(seen.st_mode) and not seen.st_mode & 0o77
    if os.name == "nt" or (closed_to_others and seen.st_uid == user):
        yield private
