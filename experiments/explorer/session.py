"""One browser: its controls, the worlds it looks at, and what it is shown of them."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from experiments.explorer import sayings, views
from experiments.explorer.atlas import Atlas
from experiments.explorer.controls import MOST_PAIRS, Controls
from experiments.explorer.desk import Answer, Desk, Ticket
from experiments.explorer.extracts import ALL, Extract
from experiments.explorer.levers import changed, raid_allowed
from experiments.explorer.opened import REPORT, Opened
from experiments.explorer.styled import WORDS, styled
from experiments.words import names_of
from sim.errors import ScenarioError
from sim.network import Network
from sim.results.stages import STAGES

POLL_MS, PLAY_MS, PLAY_WEEKS = 120, 250, 4
IDLE_S, IDLE_LOOK_MS = 1800.0, 15_000
NAMES = ("Map", "Prices", "Shares", "Stages", "Flights", "Holders", "Events", "Differences")


class Session:
    """What one browser sees and does; nothing of it is known to another.

    Parameters
    ----------
    opened : Opened
    desk : Desk
        Runs the worlds of all browsers.
    theme : str
        ``light`` or ``dark``.
    idle_s : float
        Seconds without a touch after which what is held in memory is let go.
    """

    def __init__(self, opened: Opened, desk: Desk, theme: str, idle_s: float = IDLE_S) -> None:
        import panel as pn

        self._opened, self._desk, self.theme, self._idle_s = opened, desk, theme, idle_s
        self.base: Answer | None = None
        self.other: Answer | None = None
        self._seen: list[Extract] = []
        self._tickets: dict[str, Ticket] = {}
        self._touched = time.monotonic()
        self._place = ""
        self._view = views.View()
        self.controls = Controls(opened.scenario, opened.seed)
        network = Network.of(opened.scenario)
        self._maps = [Atlas(network, views.TITLES[0], theme)]
        self._maps.append(Atlas(network, views.TITLES[1], theme, self._maps[0].ranges))
        self._make_widgets(network)
        self._connect()
        self.world = self._lay_out()
        self._poll = pn.state.add_periodic_callback(self._look, POLL_MS, start=False)
        self._play = pn.state.add_periodic_callback(self._step, PLAY_MS, start=False)
        self._watch = pn.state.add_periodic_callback(self._rest_if_idle, IDLE_LOOK_MS)
        self._show()
        self._ask_base()

    # What there is to press.

    def _make_widgets(self, network: Network) -> None:
        import panel as pn

        names, make = names_of(self._opened.scenario), styled
        listed = [*NAMES, *(["Report"] if self._opened.report else [])]
        self.choice = make(pn.widgets.RadioButtonGroup, label="View", options=listed, value="Map")
        weeks = max(self._opened.scenario.weeks - 1, 1)
        self.week = make(pn.widgets.IntSlider, label="Week", start=0, end=weeks, value=0)
        self.play = make(pn.widgets.Button, label="Play", width=80, height=32, sizing_mode="fixed")
        groups = sorted(set(network.organisations["group"].astype(str)))
        self.owners = make(pn.widgets.Select, label="Owners shown", options=[ALL, *groups])
        markets = {names[m]: m for m in network.markets}
        self.market = make(pn.widgets.Select, label="Market", options=markets)
        if "MK_EU" in network.markets:
            self.market.value = "MK_EU"
        self.stage = make(pn.widgets.Select, label="Stage of the way", options=list(STAGES))
        self.raid = make(pn.widgets.Button, label="Tap a place on the map", disabled=True)
        self.look = make(
            pn.widgets.Button, label="Light or dark", width=110, height=32, sizing_mode="fixed"
        )
        self.message = pn.pane.HTML("", sizing_mode="stretch_width", margin=(0, 10))
        self.words = pn.pane.HTML("", sizing_mode="stretch_width", margin=(0, 10))
        self.progress = pn.indicators.Progress(
            value=0, max=100, sizing_mode="stretch_width", height=12, visible=False
        )
        self.stand = pn.Column(sizing_mode="stretch_width", margin=0)
        take = partial(make, pn.widgets.FileDownload, auto=True)
        self.takes = [
            take(callback=self._scenario, filename="scenario.toml", label="Scenario (TOML)"),
            take(callback=self._tables, filename="run.zip", label="Tables (saved run)"),
            take(callback=self._figure, filename="figure.pdf", label="Figure (PDF)"),
        ]

    def _lay_out(self) -> Any:
        import panel as pn

        full: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
        return pn.Column(
            pn.Row(self.choice, self.look, **full),
            self.message,
            self.progress,
            pn.Row(self.play, self.week, **full),
            pn.Row(self.owners, self.market, self.stage, self.raid, **full),
            self.stand,
            self.words,
            pn.Row(*self.takes, **full),
            **full,
        )

    def _connect(self) -> None:
        self.controls.run.on_click(self._run)
        self.controls.stop.on_click(self._cancel)
        self.choice.param.watch(self._touching(self._show), "value")
        for widget in (self.owners, self.market, self.stage):
            widget.param.watch(self._touching(self._show), "value")
        self.week.param.watch(self._touching(self._move), "value")
        self.play.on_click(self._touching(self._toggle_play))
        self.raid.on_click(self._touching(self._add_raid))
        self.look.on_click(self._touching(self._turn))
        self.look.js_on_click(
            code="const d = document.documentElement.dataset;"
            "d.theme = d.theme === 'dark' ? 'light' : 'dark'"
        )
        for atlas in self._maps:
            atlas.places.selected.on_change("indices", self._tapped)

    def _touching(self, act: Callable[[], None]) -> Callable[..., None]:
        """Return a callback that also notes that somebody is there."""

        def touched(*_: Any) -> None:
            self._touched = time.monotonic()
            act()

        return touched

    # Runs.

    def _ask_base(self) -> None:
        self._ask({"base": self._opened.scenario})

    def _run(self, _: Any = None) -> None:
        """Run the changed world, and the base if its luck has changed; or say what is wrong."""
        self._touched = time.monotonic()
        try:
            world = changed(self._opened.scenario, self.controls.changes())
        except ScenarioError as error:
            self._say(str(error), bad=True)
            return
        self._ask({"base": self._opened.scenario, "other": world})

    def _ask(self, worlds: dict[str, Any]) -> None:
        seed, pairs = self.controls.seed.value, self.controls.pairs.value
        if seed is None or pairs is None or not 1 <= pairs <= MOST_PAIRS:
            self._say(f"pairs: a whole number from 1 to {MOST_PAIRS}, and a seed", bad=True)
            return
        self._leave()
        for name, world in worlds.items():
            known = self._desk.known(world, seed, pairs)
            if known is not None:
                setattr(self, name, known)
            else:
                self._tickets[name] = self._desk.ask(world, seed, pairs)
        if self._tickets:
            self._say("Running. What is shown stays until it is done.")
            self.controls.busy(True)
            self.progress.visible = True
            self._poll.start()
        else:
            self._arrived()

    def _look(self) -> None:
        """See how far the runs are; show what has come of them once all are done."""
        tickets = self._tickets
        if not tickets:
            self._poll.stop()
            return
        done = sum(t.passed if not t.future.done() else 1.0 for t in tickets.values())
        self.progress.value = int(100 * done / len(tickets))
        if not all(ticket.future.done() for ticket in tickets.values()):
            return
        self._tickets = {}
        self._settle()
        for name, ticket in tickets.items():
            error = None if ticket.future.cancelled() else ticket.future.exception()
            if ticket.future.cancelled() or error is not None:
                self._say(f"The run failed: {error or 'it was cancelled'}", bad=True)
                return
            setattr(self, name, ticket.future.result())
        self._arrived()

    def _arrived(self) -> None:
        answers = [one for one in (self.base, self.other) if one is not None]
        known = {id(seen.run): seen for seen in self._seen}
        self._seen = [known.get(id(a.run)) or Extract(a.run) for a in answers]
        last = max(len(seen.dates) for seen in self._seen) - 1
        self.week.end = max(last, 1)
        self.week.value = min(self.week.value, self.week.end)
        self._settle()
        self._say("Two worlds with the same luck." if len(answers) == 2 else "One world.")
        self._show()

    def _settle(self) -> None:
        self._poll.stop()
        self.controls.busy(False)
        self.progress.visible = False

    def _cancel(self, _: Any = None) -> None:
        self._touched = time.monotonic()
        self._leave()
        self._settle()
        self._say("Cancelled. What is shown is what was there before.")

    def _leave(self) -> None:
        for ticket in self._tickets.values():
            self._desk.leave(ticket)
        self._tickets = {}

    def close(self) -> None:
        """Let go of everything: the browser has gone."""
        self._leave()
        for callback in (self._poll, self._play, self._watch):
            if callback.running:
                callback.stop()
        self.base = self.other = None
        self._seen, self._view = [], views.View()
        self.stand.clear()

    def _rest_if_idle(self) -> None:
        """Free memory where nobody has touched anything for long."""
        if self.base is None or time.monotonic() - self._touched < self._idle_s:
            return
        self._leave()
        self._play.stop()
        self.base = self.other = None
        self._seen, self._view = [], views.View()
        self.stand.objects = []
        self.words.object = ""
        self._say("At rest, to free memory. Press Run to go on where you were.")

    # What is shown.

    def _say(self, text: str, bad: bool = False) -> None:
        role = 'class="bad" role="alert"' if bad else 'role="status"'
        self.message.object = f"{WORDS}<p {role}>{html.escape(text)}</p>"

    def _show(self) -> None:
        """Draw the view that is chosen."""
        name, seen = self.choice.value, self._seen
        for widget, where in (
            (self.owners, "Map"),
            (self.market, "Shares"),
            (self.stage, "Stages"),
        ):
            widget.visible = name == where
        self.raid.visible = name == "Map"
        for take in self.takes:
            take.disabled = not seen or (take is self.takes[2] and name not in views.PRINTED)
        if name == "Map":
            self._show_map()
        elif name == "Report":
            self._show_report()
        elif not seen:
            self._put([], "<p>Nothing has been run yet.</p>")
        elif name == "Differences":
            self._show_differences()
        else:
            self._view = self._drawn(name)
            self._put(self._view.charts, views.in_html(self._view.words))
            self._move()

    def _drawn(self, name: str) -> views.View:
        if name == "Shares":
            return views.shares(self._seen, self.theme, self.market.value)
        if name == "Stages":
            return views.stages(self._seen, self.theme, self.stage.value)
        kinds = {
            "Prices": views.prices,
            "Flights": views.flights,
            "Holders": views.holders,
            "Events": views.events,
        }
        return kinds[name](self._seen, self.theme)

    def _put(self, charts: list[Any], words: str) -> None:
        import panel as pn

        panes = [pn.pane.Bokeh(chart, sizing_mode="stretch_width", margin=4) for chart in charts]
        self.stand.objects = (
            [pn.Row(*panes, sizing_mode="stretch_width", margin=0)] if panes else []
        )
        self.words.object = f"{WORDS}{words}"

    def _show_map(self) -> None:
        shown = self._maps[: max(len(self._seen), 1)]
        self._view = views.View([atlas.chart for atlas in shown])
        for atlas in shown:
            atlas.dress(self.theme)
        self._put(self._view.charts, "")
        self._move()

    def _move(self) -> None:
        """Show the week that is chosen, in the view that is there."""
        week = self.week.value
        if not self._seen:
            start = self._opened.scenario.start
            self.words.object = (
                f"{WORDS}<p>Places at the reference prices of the data; the world from {start} "
                "is being run.</p>"
            )
            return
        seen = self._seen[0]
        self.week.label = f"Week of {seen.day_of(week):%d %b %Y}, number"
        if self.choice.value != "Map":
            at = seen.dates[min(week, len(seen.dates) - 1)].astype("datetime64[ms]")
            self._view.move(float(at.astype(float)))
            return
        lines = []
        for title, atlas, one in zip(views.TITLES, self._maps, self._seen, strict=False):
            atlas.show(one, week, self.owners.value)
            lines.append(f"{title}: {sayings.map_words(one, week, self.owners.value)}")
        if self._place:
            lines.append(sayings.place_words(self._seen[-1], self._place, week))
        groups = sorted({group for atlas in self._maps for group in atlas.groups})
        self.words.object = WORDS + views.key_of(groups, self.theme) + views.in_html(lines)

    def _show_differences(self) -> None:
        self._view = views.View()
        if self.base is None or self.other is None:
            self._put([], "<p>Change something and run it: then two worlds can be compared.</p>")
            return
        names = names_of(self._opened.scenario)
        table = sayings.difference_table(self.base, self.other, names)
        said = html.escape(sayings.pairs_words(self.base, self.other))
        self._put([], f"<p>{said}</p>{table.to_html(index=False, border=0)}")

    def _show_report(self) -> None:
        from experiments.reports.page import pictures_of, render

        self._view = views.View()
        folder = self._opened.report or Path()
        text = (folder / REPORT).read_text(encoding="utf-8")
        body, _ = render(text, pictures_of(folder, {}))
        self._put([], body)

    def _toggle_play(self) -> None:
        if self._play.running:
            self._play.stop()
        elif self._seen:
            self._play.start()
        self.play.label = "Pause" if self._play.running else "Play"

    def _step(self) -> None:
        """Go on some weeks; from the last, begin anew."""
        self._touched = time.monotonic()
        last = self.week.value >= self.week.end
        self.week.value = 0 if last else min(self.week.value + PLAY_WEEKS, self.week.end)

    def _turn(self) -> None:
        """Turn from light to dark or back."""
        self.theme = "light" if self.theme == "dark" else "dark"
        self._show()

    def _tapped(self, _: str, __: Any, rows: list[int]) -> None:
        self._touched = time.monotonic()
        if not rows:
            return
        self._place = self._maps[0].places.data["id"][rows[0]]
        self.raid.label, self.raid.disabled = f"Raid {self._place} in the changed world", False
        self._move()

    def _add_raid(self) -> None:
        start = self._opened.scenario.start
        day = self._seen[0].day_of(self.week.value) if self._seen else start
        wrong = raid_allowed(self._opened.scenario, self._place, day)
        if wrong:
            self._say(wrong, bad=True)
            return
        self.controls.add_raid(self._place, day)
        self._say(f"A raid on {self._place} on {day} is added: press Run.")

    # What can be taken away.

    def _latest(self) -> Any:
        return self._seen[-1].run

    def _scenario(self) -> Any:
        from experiments.explorer import downloads

        return downloads.scenario_file(self._latest())

    def _tables(self) -> Any:
        from experiments.explorer import downloads

        return downloads.tables_file(self._latest())

    def _figure(self) -> Any:
        from experiments.explorer import downloads

        return downloads.figure_file(self._latest(), views.PRINTED[self.choice.value])
