"""The controls of one browser: what can be changed, each with its range and source."""

from __future__ import annotations

import datetime as dt
import html
from typing import Any

from experiments.explorer.levers import (
    AS_IT_IS,
    EVERYWHERE,
    RULES,
    Changes,
    Standing,
    help_of,
    levers,
    value_of,
)
from experiments.explorer.styled import FIRST, SHEET, WORDS, styled
from experiments.words import names_of
from sim.network import Network
from sim.parameters.registry import Entry
from sim.scenario.rows import Organisation
from sim.scenario.scenario import Scenario

STEPS = 100
MOST_PAIRS = 20
SECTIONS = {
    "demand": "Demand",
    "interdiction": "Effort against it",
    "territory": "Places",
    "exchange": "Exchanges",
}
PLACES = (AS_IT_IS, "allowed", "barred", "held")


class Controls:
    """Widgets, and the changes that they stand for.

    Attributes
    ----------
    panel : Panel column
        All of it.
    run, stop : Panel buttons
    seed, pairs : Panel widgets
    """

    def __init__(self, base: Scenario, seed: int) -> None:
        import panel as pn

        self._base, self._raids = base, []  # type: tuple[Scenario, list[tuple[str, dt.date]]]
        self.run = styled(
            pn.widgets.Button, label="Run the changed world", stylesheets=[SHEET, FIRST]
        )
        self.stop = styled(pn.widgets.Button, label="Cancel", disabled=True)
        self.seed = styled(pn.widgets.IntInput, label="Seed of all luck", value=seed, start=0)
        self.pairs = styled(
            pn.widgets.IntInput,
            label=f"Pairs of runs, 1 to {MOST_PAIRS}",
            value=1,
            start=1,
            end=MOST_PAIRS,
        )
        self._numbers = {e.name: Lever(e, value_of(base, e.name)) for e in levers()}
        self._agencies = styled(
            pn.widgets.Select, label="How agencies place effort", options=[AS_IT_IS, *RULES]
        )
        self._standing = Who(base)
        self._events = tick_boxes({f"{e.name} ({e.date})": k for k, e in enumerate(base.events)})
        self._paths = tick_boxes({name.replace("_", " "): name for name in base.paths})
        self._listed = pn.pane.HTML("", sizing_mode="stretch_width")
        self._undo = styled(pn.widgets.Button, label="Take back the last raid", disabled=True)
        self._undo.on_click(self._take_back)
        self._lines = styled(
            pn.widgets.TextAreaInput,
            label="Any other change, KEY=VALUE on a line each, as --set has it",
            placeholder="ordering.hurdle=0.2",
            rows=3,
        )
        self._tell()
        self.panel = pn.Column(*self._cards(), sizing_mode="stretch_width", margin=0)

    def _cards(self) -> list[Any]:
        by_section: dict[str, list[Any]] = {}
        for entry in levers():
            mine = by_section.setdefault(entry.name.partition(".")[0], [])
            mine += [self._numbers[entry.name].row, note(help_of(entry))]
        by_section["interdiction"].append(self._agencies)
        raids = [
            note("Tap a place on the map, then say: raid it. The raid falls into the week shown."),
            self._listed,
            self._undo,
        ]
        cards = [
            card(SECTIONS["demand"], by_section.pop("demand"), is_open=True),
            card(SECTIONS["interdiction"], by_section.pop("interdiction")),
            card("One organisation", self._standing.widgets),
            card("Raids of your own", raids),
        ]
        if self._base.events:
            cards.append(card("Events that happen", [self._events]))
        if self._base.paths:
            cards.append(card("Yearly series that move it", [self._paths]))
        cards += [card(SECTIONS[name], widgets) for name, widgets in by_section.items()]
        luck = [self.seed, self.pairs, self._lines]
        return [self.run, self.stop, *cards, card("Luck, and all else", luck)]

    def changes(self) -> Changes:
        """Return what has been changed."""
        on = set(self._events.value)
        return Changes(
            numbers={n: lever.typed for n, lever in self._numbers.items() if lever.moved},
            agencies=self._agencies.value,
            standing=self._standing.read(),
            off=tuple(k for k in range(len(self._base.events)) if k not in on),
            still=tuple(name for name in self._base.paths if name not in self._paths.value),
            raids=tuple(self._raids),
            lines=tuple(line.strip() for line in self._lines.value.splitlines() if line.strip()),
        )

    def add_raid(self, place: str, day: dt.date) -> None:
        """Add a raid to the changed world."""
        self._raids.append((place, day))
        self._tell()

    def busy(self, working: bool) -> None:
        """Let one of the two buttons be pressed: run, or cancel."""
        self.run.disabled, self.stop.disabled = working, not working

    def _take_back(self, _: Any) -> None:
        self._raids = self._raids[:-1]
        self._tell()

    def _tell(self) -> None:
        listed = "".join(
            f"<li>{html.escape(place)}, {day:%d %b %Y}</li>" for place, day in self._raids
        )
        self._listed.object = WORDS + (f"<ul>{listed}</ul>" if listed else "<p>None yet.</p>")
        self._undo.disabled = not self._raids


class Lever:
    """One number of the register: a slider over its range, and a field to type any value in.

    What is typed outside the range is not corrected but refused when the world is run, in
    the words of the command line.
    """

    def __init__(self, entry: Entry, value: float) -> None:
        import panel as pn

        self._first = f"{value:g}"
        self._slider = styled(
            pn.widgets.FloatSlider,
            label=entry.about,
            start=entry.low,
            end=entry.high,
            step=(entry.high - entry.low) / STEPS,
            value=value,
            show_value=False,
        )
        self._field = styled(
            pn.widgets.TextInput,
            value=self._first,
            placeholder=entry.name,
            width=84,
            height=32,
            sizing_mode="fixed",
            align="end",
        )
        self._slider.param.watch(lambda event: self._slid(event.new), "value")
        self._field.param.watch(lambda event: self._put(event.new), "value")
        self.row = pn.Row(self._slider, self._field, sizing_mode="stretch_width", margin=0)

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return str(self._field.value).strip()

    @property
    def moved(self) -> bool:
        """Whether that is another value; an empty field is one that stays as it is."""
        return self.typed not in ("", self._first)

    def _slid(self, value: float) -> None:
        if number_in(self.typed) != value:
            self._field.value = f"{value:.6g}"

    def _put(self, text: str) -> None:
        value = number_in(text)
        if value is not None and self._slider.start <= value <= self._slider.end:
            self._slider.value = value


def number_in(text: str) -> float | None:
    """Return the number that a text is, if it is one.

    Examples
    --------
    >>> number_in("0.05"), number_in("much")
    (0.05, None)
    """
    try:
        return float(text)
    except ValueError:
        return None


class Who:
    """What becomes of one organisation."""

    def __init__(self, base: Scenario) -> None:
        import panel as pn

        network, names = Network.of(base), names_of(base)
        table = network.organisations
        ids = [str(i) for i in table.loc[table["kind"] != "gang", "id"]]
        wealth = Organisation.model_fields["capital_usd_m"]
        span = wealth.json_schema_extra or {}
        self._who = styled(
            pn.widgets.Select, label="Organisation", options={names[i]: i for i in sorted(ids)}
        )
        if "MX_SINALOA" in ids:
            self._who.value = "MX_SINALOA"
        self._place = styled(pn.widgets.Select, label="It is", options=list(PLACES))
        markets = {EVERYWHERE: EVERYWHERE} | {names[m]: m for m in network.markets}
        self._market = styled(pn.widgets.Select, label="... of", options=markets)
        self._capital = styled(
            pn.widgets.TextInput, label="War chest, million USD", placeholder=AS_IT_IS
        )
        unit = span.get("unit", "million USD") if isinstance(span, dict) else "million USD"
        self.widgets = [
            self._who,
            self._place,
            self._market,
            note("Barred, it may not sell there; held, its trade keeps the size it begins with."),
            self._capital,
            note(f"{wealth.description}, {unit}, 0 to 100,000. Source: data/organisations.csv."),
        ]

    def read(self) -> Standing | None:
        """Return what becomes of it, or nothing if it stays as it is."""
        standing = Standing(
            self._who.value, self._place.value, self._market.value, self._capital.value
        )
        if standing.place == AS_IT_IS and not standing.capital_usd_m.strip():
            return None
        return standing


def tick_boxes(options: dict[str, Any]) -> Any:
    """Return boxes, all of them ticked."""
    import panel as pn

    return styled(pn.widgets.CheckBoxGroup, options=options, value=list(options.values()))


def note(text: str) -> Any:
    """Return a line of help."""
    import panel as pn

    return pn.pane.HTML(
        f'{WORDS}<p class="help">{html.escape(text)}</p>',
        sizing_mode="stretch_width",
        margin=(0, 10),
    )


def card(title: str, widgets: list[Any], is_open: bool = False) -> Any:
    """Return widgets under a heading that opens and closes."""
    import panel as pn

    return styled(
        pn.Card, *widgets, title=title, collapsed=not is_open, margin=(4, 0), hide_header=False
    )
