"""Figures of sensitivity studies hold the values given, and all their words can be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from legibility import assert_legible
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Rectangle

from experiments.sensitivity.figures import (
    bars,
    convergence,
    discovered,
    elementary,
    luck,
    phase,
    second_order,
)
from sim.errors import ScenarioError
from sim.figures.style import BLUE, ORANGE, paper

COLUMNS = ["method", "outcome", "index", "factor", "other", "value", "low", "high", "n"]
LONG = {
    "risk.f0": "Factor on published potential production, which is thought to be understated",
    "risk.f1": "Perceived risk up to which nobody gives up flying; half do at twice that",
    "share": "entrant's share after ten years",
}


@pytest.fixture(autouse=True)
def _printed():
    with paper():
        yield


def table(method: str, kinds: tuple[str, ...], factors: int, sizes=(512,)) -> pd.DataFrame:
    """Invented indices; factor f0 matters most, intervals are a tenth either side."""
    rows = [
        (
            method,
            "share",
            kind,
            f"risk.f{k}",
            "",
            v := (100 - 50 * j) / (k + 1) * (1 + 1 / n),
            0.9 * v,
            1.1 * v,
            n,
        )
        for n in sizes
        for j, kind in enumerate(kinds)
        for k in range(factors)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=1)


def morris(factors: int) -> pd.DataFrame:
    """Elementary effects: mean and spread."""
    return table("morris", ("mu_star", "sigma"), factors)


def pairs(factors: int) -> pd.DataFrame:
    """Second-order indices; those of f0 are clear of zero, the others are not."""
    rows = [
        ("sobol", "share", "S2", f"risk.f{i}", f"risk.f{j}", 0.01 * (i + 1), low, 0.5, 512)
        for i in range(factors)
        for j in range(i + 1, factors)
        for low in [0.001 if i == 0 else -0.2]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def sobol(factors: int) -> pd.DataFrame:
    return pd.concat([table("sobol", ("ST", "S1"), factors), pairs(factors)])


def plane() -> pd.DataFrame:
    """A probability that rises with the logarithm of x from 0 to 1 and knows nothing of y."""
    grid = pd.DataFrame(
        [(x, y) for x in np.geomspace(1e5, 1e8, 7) for y in (0.0, 0.5, 1.0)],
        columns=["entry.capital", "entry.weight"],
    )
    grid["value"] = (np.log10(grid["entry.capital"]) - 5) / 3
    return grid.assign(low=grid["value"] - 0.1, high=grid["value"] + 0.1, share=0.4 * grid["value"])


def peels() -> pd.DataFrame:
    path = pd.DataFrame(
        {
            "coverage": [1.0, 0.9, 0.7, 0.4],
            "density": [0.2, 0.4, 0.8, 0.9],
            "mass": [1.0, 0.5, 0.2, 0.1],
            "n_restricted": [0, 1, 2, 4],
        }
    )
    return path.assign(chosen=[False, False, True, False])


def limits() -> pd.DataFrame:
    rows = [
        ("risk.f0", 4e7, 1e8, 0.0, 1e8, 1e-9, np.nan, True),
        ("risk.f1", 0.48, 0.52, 0.0, 1.0, 0.03, 0.0004, True),
        ("risk.f2", 0.0, 1.0, 0.0, 1.0, np.nan, np.nan, False),
    ]
    return pd.DataFrame(
        rows,
        columns=[
            "factor",
            "low",
            "high",
            "full_low",
            "full_high",
            "qp_low",
            "qp_high",
            "restricted",
        ],
    )


def noisy() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outcome": ["still", "share", "deaths"],
            "noise_share": [np.nan, 0.1, 0.6],
            "low": [np.nan, 0.05, 0.5],
            "high": [np.nan, 0.2, 0.7],
        }
    )


# Each kind of figure, small and large, with short and long names.
KINDS = {
    "bars": lambda: bars.bars(table("delta", ("delta", "S1"), 4), "share", "delta"),
    "bars, 110": lambda: bars.bars(sobol(110), "share", "sobol", LONG),
    "morris": lambda: elementary.morris_plane(
        table("morris", ("mu_star", "sigma"), 6), "share", LONG
    ),
    "morris, 110": lambda: elementary.morris_plane(
        table("morris", ("mu_star", "sigma"), 110), "share"
    ),
    "heat map, 2": lambda: second_order.heat_map(sobol(2), "share"),
    "heat map": lambda: second_order.heat_map(sobol(6), "share", LONG),
    "heat map, 110": lambda: second_order.heat_map(sobol(110), "share", LONG),
    "convergence": lambda: convergence.convergence(
        table("pawn", ("median",), 3, (64, 128, 256)), "share"
    ),
    "convergence, 110": lambda: convergence.convergence(
        table("sobol", ("ST", "S1"), 110, 2 ** np.arange(5, 13)), "share", LONG
    ),
    "phase": lambda: phase.phase(
        plane().drop(columns="share"), "entry.capital", "entry.weight", log_x=True
    ),
    "phase, share": lambda: phase.phase(
        plane(),
        "entry.capital",
        "entry.weight",
        {"entry.capital": "Capital of the entrant"},
        log_x=True,
        units={"entry.capital": "USD"},
    ),
    "trade-off": lambda: discovered.trade_off(peels()),
    "box": lambda: discovered.box(limits(), LONG, {"risk.f0": "USD"}),
    "box, none": lambda: discovered.box(limits().assign(restricted=False)),
    "noise": lambda: luck.noise(noisy()),
    "noise, long": lambda: luck.noise(noisy().drop(columns=["low", "high"]), LONG),
}


def bars_of(axis, colour: str) -> list[Rectangle]:
    return [p for p in axis.patches if to_hex(p.get_facecolor()) == colour.lower()]


def segments(collection) -> np.ndarray:
    return np.array(collection.get_segments())


@pytest.mark.parametrize("name", KINDS)
def test_words_are_inside_the_figure_apart_and_large_enough(name):
    assert_legible(KINDS[name]())


def test_bars_are_the_values_from_large_to_small_with_their_intervals():
    figure = bars.bars(table("sobol", ("ST", "S1"), 4), "share", "sobol")
    axis = figure.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["f0", "f1", "f2", "f3"]
    total = np.array([100, 50, 100 / 3, 25]) * (1 + 1 / 512)
    for kind, colour, values in ((0, BLUE, total), (1, ORANGE, total / 2)):
        shown = bars_of(axis, colour)
        assert [bar.get_width() for bar in shown] == pytest.approx(values)
        middles = [bar.get_y() + bar.get_height() / 2 for bar in shown]
        lines = segments(axis.collections[kind])
        assert lines[:, :, 0] == pytest.approx(np.column_stack([0.9 * values, 1.1 * values]))
        assert lines[:, 0, 1] == pytest.approx(middles)
    assert axis.yaxis_inverted()
    assert "95 % interval" in axis.get_xlabel() and "Sobol" in axis.get_xlabel()


def test_bars_use_the_largest_sample_and_say_how_many_factors_are_left_out():
    figure = bars.bars(table("morris", ("mu_star",), 110, (8, 64)), "share", "morris")
    shown = bars_of(figure.axes[0], BLUE)
    assert len(shown) == 25
    assert shown[0].get_width() == pytest.approx(100 * (1 + 1 / 64))
    assert "25 leading factors of 110" in figure.axes[0].get_xlabel()


def test_a_method_without_intervals_is_drawn_and_promises_none():
    bare = table("pawn", ("median",), 3).assign(low=np.nan, high=np.nan)
    assert "interval" not in bars.bars(bare, "share", "pawn").axes[0].get_xlabel()


def test_what_was_not_computed_is_refused():
    with pytest.raises(ScenarioError, match="no sobol indices of deaths"):
        bars.bars(sobol(3), "deaths", "sobol")
    with pytest.raises(ScenarioError, match="no indices of deaths"):
        convergence.convergence(sobol(3), "deaths")
    with pytest.raises(ScenarioError, match="two or more values"):
        phase.phase(plane().query("`entry.weight` == 0.5"), "entry.capital", "entry.weight")


def test_names_of_one_end_keep_their_section():
    rows = table("pawn", ("median",), 2).replace({"factor": {"risk.f1": "price.f0"}})
    labels = bars.bars(rows, "share", "pawn").axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["risk.f0", "price.f0"]


def test_morris_points_are_mean_and_spread_and_the_leading_are_named():
    labels = {"risk.f1": "Chance that a load is lost"}
    figure = elementary.morris_plane(table("morris", ("mu_star", "sigma"), 40), "share", labels)
    axis, key = figure.axes[0], figure.legends[1]
    points = next(line for line in axis.lines if line.get_marker() == "o")
    star = 100 / np.arange(1, 41) * (1 + 1 / 512)
    assert points.get_xdata() == pytest.approx(star)
    assert points.get_ydata() == pytest.approx(star / 2)
    assert segments(axis.collections[0])[:, :, 0] == pytest.approx(
        np.column_stack([0.9 * star, 1.1 * star])
    )
    numbered = {text.get_text() for text in axis.texts if text.get_text()}
    assert {"1", "2", "3"} <= numbered <= set("12345678")
    named = [text.get_text() for text in key.get_texts()]
    assert named[:3] == ["1  f0", "2  Chance that a load is lost", "3  f2"] and len(named) == 8
    assert key.get_title().get_text() == "Leading 8 of 40 factors"
    slopes = [
        line.get_ydata()[1] / line.get_xdata()[1]
        for line in axis.lines
        if line.get_marker() == "None"
    ]
    assert slopes == pytest.approx([1, 0.5, 0.1])


def test_heat_map_holds_both_orders_and_crosses_what_may_be_zero():
    rows = sobol(4)
    # A pair may come in either order, and an empty second factor as a missing value.
    rows = rows.rename(columns={"factor": "other", "other": "factor"}).where(
        rows["index"] == "S2", rows
    )
    rows["other"] = rows["other"].replace("", np.nan)
    axis = second_order.heat_map(rows, "share").axes[0]
    first, second = (np.ma.filled(image.get_array(), np.nan) for image in axis.images)
    assert np.diag(first) == pytest.approx(50 / np.arange(1, 5) * (1 + 1 / 512))
    assert np.isnan(first).sum() == 12
    assert second[1:, 0] == pytest.approx([0.01] * 3) and second[3, 2] == pytest.approx(0.03)
    assert np.isnan(second[np.triu_indices(4)]).all()
    crosses = axis.lines[0]
    assert set(zip(crosses.get_xdata(), crosses.get_ydata(), strict=True)) == {
        (1, 2),
        (1, 3),
        (2, 3),
    }


def test_convergence_follows_six_factors_over_doubling_samples():
    sizes = (64, 128, 256)
    figure = convergence.convergence(table("sobol", ("ST", "S1"), 9, sizes), "share")
    assert len(figure.axes) == 2
    for axis, most in zip(figure.axes, (100, 50), strict=True):
        assert axis.get_xscale() == "log"
        lines = [line for line in axis.lines if str(line.get_label()).startswith("f")]
        assert [line.get_label() for line in lines] == [f"f{k}" for k in range(6)]
        values = most / 2 * (1 + 1 / np.array(sizes))
        assert lines[1].get_xdata() == pytest.approx(sizes)
        assert lines[1].get_ydata() == pytest.approx(values)
        edge = axis.collections[1].get_paths()[0].vertices[:, 1]
        assert edge.min() == pytest.approx(0.9 * values.min())
        assert edge.max() == pytest.approx(1.1 * values.max())
        assert [t.get_text() for t in axis.get_xticklabels()] == ["64", "128", "256"]


def test_contours_are_where_the_probability_has_their_value():
    figure = phase.phase(plane(), "entry.capital", "entry.weight", log_x=True)
    likely, share = figure.axes[:2]
    lines = next(c for c in likely.collections if hasattr(c, "levels"))
    assert list(lines.levels) == [0.1, 0.25, 0.5, 0.75, 0.9]
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        assert np.log10(path.vertices[:, 0]) == pytest.approx(5 + 3 * level)
    mesh = likely.collections[0]
    assert np.asarray(mesh.get_array()).reshape(3, 7)[1] == pytest.approx(np.linspace(0, 1, 7))
    # Cells meet half way between points, in the scale of the axis, and end at the points.
    edges = np.log10(np.asarray(mesh.get_coordinates())[0, :, 0])
    assert edges[[0, 1, -1]] == pytest.approx([5.0, 5.25, 8.0])
    assert float(share.collections[0].get_array().max()) == pytest.approx(40)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert "Probability of displacement" in labels and "Mean share of the entrant, %" in labels


def test_grid_points_are_open_where_displacement_is_undecided():
    axis = phase.phase(plane(), "entry.capital", "entry.weight", log_x=True).axes[0]
    by_colour = {to_rgba(line.get_markerfacecolor()): line for line in axis.lines}
    undecided = by_colour[to_rgba("white")]
    assert undecided.get_xdata() == pytest.approx([10**6.5] * 3)
    assert len(by_colour[to_rgba("black")].get_xdata()) == 18


def test_a_phase_map_may_have_plain_columns_and_no_contour_at_all():
    grid = plane().rename(columns={"entry.capital": "x", "entry.weight": "y"})
    figure = phase.phase(grid.assign(value=0.0), "entry.capital", "entry.weight", log_x=True)
    assert figure.axes[0].get_xlabel() == "capital"
    assert not any(hasattr(c, "levels") for c in figure.axes[0].collections)


def test_trade_off_rings_the_chosen_box():
    for chosen, at in ((None, (0.7, 0.8)), (1, (0.9, 0.4))):
        axis = discovered.trade_off(peels(), chosen).axes[0]
        ring = next(line for line in axis.lines if line.get_label() == "Chosen box")
        assert (ring.get_xdata()[0], ring.get_ydata()[0]) == pytest.approx(at)
    points = axis.collections[0]
    assert np.asarray(points.get_offsets())[:, 0] == pytest.approx(peels()["coverage"].to_numpy())
    assert list(points.get_array()) == [0, 1, 2, 4]


def test_box_shows_limits_within_the_full_range_the_most_certain_first():
    axis = discovered.box(limits(), None, {"risk.f0": "USD"}).axes[0]
    assert [t.get_text() for t in axis.get_yticklabels()] == ["f0 (USD)", "f1"]
    inner = bars_of(axis, BLUE)
    assert [(b.get_x(), b.get_width()) for b in inner] == [
        pytest.approx((0.4, 0.6)),
        pytest.approx((0.48, 0.04)),
    ]
    texts = [text.get_text() for text in axis.texts]
    assert {"40 M", "100 M", "0.48", "0.52", "< 0.001", "0.03", "–"} <= set(texts)


def test_noise_and_signal_make_up_the_whole():
    axis = luck.noise(noisy()).axes[0]
    assert [t.get_text() for t in axis.get_yticklabels()] == ["share", "deaths"]
    signal = bars_of(axis, BLUE)
    assert [bar.get_width() for bar in signal] == pytest.approx([90, 40])
    noise = bars_of(axis, discovered.PALE)
    assert [bar.get_x() + bar.get_width() for bar in noise] == pytest.approx([100, 100])
    assert segments(axis.collections[0])[0, :, 0] == pytest.approx([80, 95])
