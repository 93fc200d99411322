"""Ctrl-C and the request to end (SIGTERM): the first ends things in order, others wait."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

PATIENCE = 15.0  # seconds that ending in order may take before Ctrl-C ends all at once


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""


def exit_code(stop: BaseException) -> int:
    """Return the exit code that shells expect after a signal."""
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


@contextmanager
def ended_in_order() -> Iterator[list[int]]:
    """Let the first signal end what is done here, and those that follow not disturb that.

    Gives a list that holds the first signal once it has come.

    A second Ctrl-C in the middle of closing would leave workers behind that the process
    then waits for. Signals that are ignored stay ignored, as in a shell's background.
    """
    first: list[int] = []
    since: list[float] = []

    def stop(number: int, _: FrameType | None) -> None:
        if not first:
            first.append(number)
            since.append(time.monotonic())
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        if time.monotonic() - since[0] > PATIENCE:
            os._exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield first
        return
    usual: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    mine = [n for n, handler in usual.items() if signal.getsignal(n) is handler]
    try:
        for number in mine:
            signal.signal(number, stop)
        yield first
    finally:
        for number in mine:  # once stopped, the process is about to end: let nothing disturb it
            signal.signal(number, signal.SIG_IGN if first else usual[number])
