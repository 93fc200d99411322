"""Figures of displacement, comparisons and rest: what they hold, and that it can be read."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from legibility import assert_legible, illegible
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments.benchmarks import runner
from experiments.displacement import figures
from experiments.displacement.intervals import intervals
from experiments.validation.rest_report import draw
from sim.figures.style import GREY, GROUPS, RED, paper

YEARS = np.arange(2010, 2024)
SIZES = {
    "Colombian": 0.4,
    "Italian": 0.2,
    "Dutch-Belgian": 0.12,
    "Spanish": 0.09,
    "Balkan": 0.08,
    "West African": 0.04,
    "Brazilian": 0.02,
    "MX_SINALOA": 0.05,
}
WORLDS = ("allowed", "barred")
FLOWS = ("financed", "handled", "air_bridge", "bridge_handled", "brazil_ports")
PARTS = ("price", "source", "affiliates", "routes", "volume", "total")


@pytest.fixture(autouse=True)
def _printed():
    with paper():
        yield


def yearly(**keys) -> pd.DataFrame:
    """A median that grows slowly within a band, the same every time."""
    middle = keys.pop("size") * (1 + 0.02 * (YEARS - YEARS[0]))
    return pd.DataFrame(
        {"year": YEARS, "low": 0.8 * middle, "median": middle, "high": 1.3 * middle}
    ).assign(**keys)


def study(pairs: int = 30) -> SimpleNamespace:
    """A study of invented numbers with all that its figures are drawn from."""
    shares = [
        yearly(size=size * (1.0 if world == "allowed" else 1.1), world=world, group=group)
        for group, size in SIZES.items()
        for world in WORLDS
        if (group, world) != ("MX_SINALOA", "barred")
    ]
    flows = [
        yearly(size=0.02 + 0.05 * k, world=world, flow=flow)
        for k, flow in enumerate(FLOWS)
        for world in WORLDS
    ]
    groups = ["All incumbents", *(group for group in SIZES if group != "MX_SINALOA")]
    parts = [
        (group, part, (-1) ** k * 1e6 * (20 - 2 * j + k), -6e7, 5e7)
        for j, group in enumerate(groups)
        for k, part in enumerate(PARTS)
    ]
    weeks = np.arange(0, 700, 50)
    falling = np.linspace(1.0, 0.3, len(weeks))
    curve = pd.DataFrame(
        {"week": weeks, "share": falling, "low": 0.9 * falling, "high": np.fmin(1, 1.1 * falling)}
    )
    return SimpleNamespace(
        question=SimpleNamespace(
            entrant="MX_SINALOA", worlds_named=WORLDS, against="barred", since=dt.date(2013, 1, 7)
        ),
        entrant="Sinaloa cartel",
        start=dt.date(2010, 1, 4),
        pairs=pd.DataFrame({"pair": range(pairs)}),
        shares=pd.concat(shares),
        flows=pd.concat(flows),
        parts=pd.DataFrame(parts, columns=["group", "part", "usd_per_year", "low", "high"]),
        survival={f"{share}%": curve for share in (10, 25, 50)},
    )


def drivers() -> pd.DataFrame:
    rows = [
        (effect, driver, 5.0 + k, 4.0 + k, 7.0 + k, 20)
        for effect in ("entrant's gain, t bulk a year", "incumbents' loss, t bulk a year")
        for k, driver in enumerate(("none of them", "demand", "interdiction", "capital", "all"))
    ]
    return pd.DataFrame(rows, columns=["effect", "driver", "value", "low", "high", "pairs"])


def measured(rows: int, known: bool = True) -> pd.DataFrame:
    """Values by row and panel; one of the last panel has no interval and lies far off."""
    found = [
        (f"without mechanism number {k}", panel, v := 3.0 + k % 5 - 2 * j, v - 1.0, v + 1.5, 20)
        for k in range(rows)
        for j, panel in enumerate("abcd")
    ]
    table = pd.DataFrame(found, columns=["name", "measure", "value", "low", "high", "pairs"])
    if not known:
        return table.assign(low=np.nan, high=np.nan, pairs=2)
    table.loc[len(table) - 1, ["value", "low", "high"]] = [-98.4, np.nan, np.nan]
    return table


TITLES = {
    "a": "Entrant's gain, t bulk a year",
    "b": "Incumbents' loss, t bulk a year",
    "c": "Excess of the diversion ratio over the logit's",
    "d": "Probability of displacement",
}


def rest(groups: int = 9) -> SimpleNamespace:
    """Shares at rest: many groups in one market, two in another."""
    names = list(GROUPS)[:groups]
    who = [("MK_EU", name) for name in names] + [("MK_US", name) for name in names[:2]]
    shares = pd.DataFrame(
        [
            ("group", market, name, year, replicate, 0.3 / (k + 1) + 0.001 * replicate)
            for k, (market, name) in enumerate(who)
            for year in range(8)
            for replicate in range(6)
        ],
        columns=["unit", "market", "name", "year", "replicate", "share"],
    )
    drift = pd.DataFrame(who, columns=["market", "name"]).assign(unit="group", reference=0.12)
    return SimpleNamespace(shares=shares, drift=drift)


KINDS = {
    "shares": lambda: figures.shares(study()),
    "financed and handled": lambda: figures.financed_handled(study()),
    "parts": lambda: figures.parts(study()),
    "parts, few pairs": lambda: figures.parts(few()),
    "shares, few pairs": lambda: figures.shares(few()),
    "financed and handled, few pairs": lambda: figures.financed_handled(few()),
    "waiting": lambda: figures.waiting(study()),
    "drivers": lambda: figures.drivers(drivers()),
    "nulls": lambda: intervals(measured(17), "name", "measure", TITLES),
    "nulls, few pairs": lambda: intervals(measured(17, known=False), "name", "measure", TITLES),
    "one row": lambda: intervals(measured(1), "name", "measure", TITLES),
    "many rows": lambda: intervals(measured(44), "name", "measure", TITLES, line=0.0),
    "rest": lambda: draw(rest()),
    "memory": lambda: runner.draw({"none": [(100, 50.0), (9000, 60.0)], "real": [(100, 70.0)]}),
}


def few() -> SimpleNamespace:
    found = study(3)
    for name in ("parts", "shares", "flows"):
        setattr(found, name, getattr(found, name).assign(low=np.nan, high=np.nan))
    found.survival = {k: t.assign(low=np.nan, high=np.nan) for k, t in found.survival.items()}
    return found


@pytest.mark.parametrize("name", KINDS)
def test_words_are_inside_the_figure_apart_and_large_enough(name):
    assert_legible(KINDS[name]())


def test_a_panel_for_each_group_holds_both_worlds_and_the_entrant_comes_first():
    figure = figures.shares(study())
    titles = [ax.get_title("left") for ax in figure.axes]
    # Five largest besides the entrant, and those that the question names.
    assert titles == [
        "Sinaloa cartel", "Colombian", "Italian", "Dutch-Belgian", "Spanish", "Balkan", "Brazilian"
    ]  # fmt: skip
    for ax, group in zip(figure.axes, ["MX_SINALOA", *titles[1:]], strict=True):
        drawn = {line.get_label(): line for line in ax.lines}
        assert set(drawn) == {"allowed"} if group == "MX_SINALOA" else {"allowed", "barred"}
        middle = 100 * SIZES[group] * (1 + 0.02 * (YEARS - YEARS[0]))
        assert drawn["allowed"].get_ydata() == pytest.approx(middle)
        assert (
            to_hex(drawn["allowed"].get_color())
            == (RED if group == "MX_SINALOA" else GROUPS[group].colour).lower()
        )
        if "barred" in drawn:
            assert drawn["barred"].get_ydata() == pytest.approx(1.1 * middle)
            assert to_hex(drawn["barred"].get_color()) == GREY.lower()
        assert len(ax.collections) == len(drawn) and ax.get_ylim()[0] == 0.0


def test_few_pairs_have_no_band_in_any_figure():
    for make in (figures.shares, figures.financed_handled, figures.waiting):
        assert any(c.get_paths() for ax in make(study()).axes for c in ax.collections)
        figure = make(few())
        assert not any(c.get_paths() for ax in figure.axes for c in ax.collections)
        title = figure.legends[0].get_title().get_text()
        if make is not figures.waiting:
            assert title.startswith("Lines: medians of 3 replicates, without bands, which take 5")
            assert "shaded" not in title


def test_what_is_financed_and_handled_is_on_one_scale_from_zero():
    figure = figures.financed_handled(study())
    assert len(figure.axes) == 3
    assert len({ax.get_ylim() for ax in figure.axes}) == 1 and figure.axes[0].get_ylim()[0] == 0.0
    most = 130 * (0.02 + 0.05 * 4) * (1 + 0.02 * 13)
    assert figure.axes[0].get_ylim()[1] >= most


def test_a_value_far_off_without_an_interval_stands_at_the_edge_with_its_number():
    figure = intervals(measured(6), "name", "measure", TITLES)
    last = figure.axes[-1]
    assert [text.get_text() for text in last.texts] == ["−98.4"]
    assert last.get_xlim()[0] > -20
    assert not any(ax.texts for ax in figure.axes[:-1])
    assert "as in “without mechanism number 0”" in figure.get_supxlabel()


def test_a_market_of_many_groups_at_rest_has_a_panel_for_each_with_the_data_dotted():
    figure = draw(rest())
    titles = [ax.get_title("left") for ax in figure.axes]
    assert sorted(titles) == sorted([*list(GROUPS)[:9], ""])
    first = next(ax for ax in figure.axes if ax.get_title("left") == "Mexican")
    dotted = [line for line in first.lines if line.get_linestyle() == ":"]
    assert [line.get_ydata()[0] for line in dotted] == pytest.approx([12.0])
    assert first.lines[0].get_ydata() == pytest.approx([100 * 0.3025] * 8)


def page(*texts: tuple[float, float, str, dict]) -> Figure:
    figure = Figure(figsize=(4, 2))
    for x, y, said, options in texts:
        figure.text(x, y, said, fontsize=options.pop("size", 7), **options)
    return figure


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ([(0.1, 0.5, "one", {}), (0.6, 0.5, "two", {})], None),
        ([(0.1, 0.5, "one", {}), (0.11, 0.52, "two", {})], "'one' is over 'two'"),
        ([(0.1, 0.5, "one", {"size": 6})], "'one' is in 6 pt"),
        ([(0.97, 0.5, "a long one", {})], "'a long one' leaves the figure"),
        ([(0.1, 0.5, "one", {"rotation": 35})], "'one' stands aslant"),
        ([(0.1, 0.5, "one", {"visible": False}), (0.1, 0.5, "two", {})], None),
    ],
)
def test_what_cannot_be_read_is_told(texts, fault):
    assert illegible(page(*texts)) == ([] if fault is None else [fault])


def test_a_figure_larger_than_a_page_is_told():
    assert "are no page" in illegible(Figure(figsize=(12, 2)))[0]
