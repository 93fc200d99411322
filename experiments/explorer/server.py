"""The page, served at one address of this machine to this machine alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.explorer.desk import Answer, Desk, outcomes_of
from experiments.explorer.opened import Opened
from experiments.explorer.session import IDLE_S, Session
from sim.errors import ScenarioError

HOST = "127.0.0.1"
AFTER_S = 8.0
GONE_MS, LOOK_MS = 15_000, 5_000  # after which a browser that has left is forgotten
PAGE = Path(__file__).with_name("page.html")


def free_port(wanted: int | None) -> int:
    """Return a port that is free, the one wanted if one is.

    Raises
    ------
    ScenarioError
        If the wanted port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise ScenarioError(
                f"--port {wanted}: cannot be had ({error.strerror}); left out, one is found"
            ) from None
        return int(probe.getsockname()[1])


class Explorer:
    """A server of pages, with the desk behind them.

    Attributes
    ----------
    address : str
        Where a browser finds it.
    sessions : set of Session
        Those that a browser looks at.
    """

    def __init__(self, opened: Opened, desk: Desk, port: int, idle_s: float = IDLE_S) -> None:
        self._opened, self._desk, self._port, self._idle_s = opened, desk, port, idle_s
        self.address = f"http://{HOST}:{port}/"
        self.sessions: set[Session] = set()
        self._saved: Answer | None = None
        if opened.run is not None:  # held as long as the server is
            self._saved = Answer(opened.run, outcomes_of(opened.run, opened.seed, 0))
            desk.keep(opened.scenario, opened.seed, self._saved)

    def page(self) -> Any:
        """Return the page of a browser that has just come."""
        import panel as pn

        asked = pn.state.session_args.get("theme", [b"light"])[0]
        theme = "dark" if asked == b"dark" else "light"
        session = Session(self._opened, self._desk, theme, self._idle_s)
        self.sessions.add(session)
        pn.state.on_session_destroyed(self._leaving(session))
        template = pn.Template(PAGE.read_text(encoding="utf-8"))
        template.add_variable("name", self._opened.scenario.name)
        template.add_variable("question", self._opened.scenario.question)
        template.add_panel("controls", session.controls.panel)
        template.add_panel("world", session.world)
        return template

    def _get_ready(self) -> None:
        """Load what only later views and runs need, once the first picture is there."""
        import experiments.displacement.comparisons
        import experiments.explorer.downloads  # noqa: F401

        with suppress(RuntimeError):  # the server has ended meanwhile
            self._desk.warm(self._opened.scenario)

    def _leaving(self, session: Session) -> Callable[[Any], None]:
        def leave(_: Any) -> None:
            session.close()
            self.sessions.discard(session)

        return leave

    def serve(self, show: bool, start: bool = True) -> Any:
        """Serve until the process is asked to end; only pages of this address may connect."""
        import panel as pn

        timer = threading.Timer(AFTER_S, self._get_ready)
        timer.daemon = True
        timer.start()
        pn.extension(notifications=False)
        return pn.serve(
            self.page,
            address=HOST,
            port=self._port,
            websocket_origin=[f"{HOST}:{self._port}", f"localhost:{self._port}"],
            show=show,
            start=start,
            title="Airbridge",
            verbose=False,
            session_history=0,
            unused_session_lifetime_milliseconds=GONE_MS,
            check_unused_sessions_milliseconds=LOOK_MS,
        )
