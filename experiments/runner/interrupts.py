"""Signals held off while the locks of an executor are held.

Ctrl-C and the request to end raise in the main thread, wherever it is. Raised between the
taking of a future's lock and its giving back, they would leave the lock taken: the thread
that brings results would wait for it, and the process for that thread, without end.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDINGS = (signal.SIGINT, signal.SIGTERM)
LOOK_UP_S = 0.2  # seconds of waiting after which a signal that came meanwhile is let through


@contextmanager
def held_off() -> Iterator[None]:
    """Hold off Ctrl-C and the request to end; what came meanwhile acts at the end.

    Signals that are ignored stay so. Only the main thread meets signals: elsewhere this
    does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in ENDINGS}
    heard = [number for number, act in handlers.items() if act not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, handlers[number])
        for number in came[:1]:  # a second one would only disturb what the first sets going
            os.kill(os.getpid(), number)


def first_ended(futures: Collection[Future[Any]]) -> set[Future[Any]]:
    """Wait until one of some futures has ended, and return those that have.

    A signal acts within ``LOOK_UP_S``, and never while the futures' locks are held.
    """
    while True:
        with held_off():
            ended = wait(futures, timeout=LOOK_UP_S, return_when=FIRST_COMPLETED).done
        if ended:
            return ended
