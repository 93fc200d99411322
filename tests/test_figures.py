"""Figures: files, units, fixed colours, and bands that are the quantiles of the tables."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from legibility import assert_legible
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from sim.figures.bands import band, group_shares
from sim.figures.catalogue import FIGURES
from sim.figures.coast import over_land
from sim.figures.files import save_figures
from sim.figures.flights import wage, window
from sim.figures.flow_map import OVERVIEW, annual_flows
from sim.figures.labels import spread
from sim.figures.sea_lanes import CANAL, PORT, WAYPOINTS, costs, legs_by_sea, sea_way
from sim.figures.style import GROUPS, date_ticks, group_mark
from sim.results.stages import STAGES

DATA = Path(__file__).resolve().parents[1] / "scenarios" / "data"
START = dt.date(2013, 1, 7)


def network() -> SimpleNamespace:
    places, legs = pd.read_csv(DATA / "places.csv"), pd.read_csv(DATA / "legs.csv")
    legs["leg"] = legs["from"] + ">" + legs["to"]
    return SimpleNamespace(places=places, legs=legs)


def weekly(weeks: int, replicates: int, key: str, names: list[str], start: dt.date) -> pd.DataFrame:
    """One row a replicate, week and name."""
    rows = pd.MultiIndex.from_product(
        [range(replicates), range(weeks), names], names=["replicate", "week", key]
    ).to_frame(index=False)
    rows["date"] = (np.datetime64(start) + 7 * rows["week"].to_numpy()).astype("datetime64[s]")
    rows["year"] = rows["date"].dt.year
    rows[key] = pd.Categorical(rows[key], names)
    return rows


def wander(rng: np.random.Generator, rows: int, replicates: int, weeks: int, scale: float):
    """Slow random factors around one, for each name of each replicate."""
    steps = rng.normal(0, scale, (replicates, weeks, rows // (replicates * weeks)))
    return np.exp(steps.cumsum(axis=1)).ravel()


def make_run(weeks=60, replicates=5, start=START, events=(), seed=1) -> SimpleNamespace:
    """An invented run with the tables of a real one; the numbers mean nothing."""
    rng, net = np.random.default_rng(seed), network()
    reference = net.places.set_index("id")["reference_price_usd_per_kg"].astype(float)

    def table(key, names):
        made = weekly(weeks, replicates, key, names, start)
        return made, (lambda scale: wander(rng, len(made), replicates, weeks, scale))

    places, noise = table("place", list(net.places["id"]))
    places["price_usd_per_kg"] = places["place"].map(reference).astype(float) * noise(0.01)
    markets = places[places["place"].astype(str).str.startswith("MK_")].rename(
        columns={"place": "market"}
    )
    markets["market"] = markets["market"].astype(str)
    lines = pd.read_csv(DATA / "market_lines.csv")
    group = pd.read_csv(DATA / "organisations.csv").set_index("id")["group"]
    keys = [f"{c}|{m}" for c, m in zip(lines["cartel"], lines["market"], strict=True)]
    cartels, noise = table("line", keys)
    size = {"MK_US": 5600, "MK_EU": 3500, "MK_BR": 1800, "MK_SC": 900, "MK_REST": 700}
    code = cartels.pop("line").cat.codes.to_numpy()
    for column in ("cartel", "market"):
        cartels[column] = pd.Categorical(lines[column].to_numpy()[code])
    cartels["group"] = pd.Categorical(cartels["cartel"].map(group).astype(str))
    mean = lines["share"].to_numpy()[code] * cartels["market"].map(size).astype(float)
    cartels["delivered_kg"] = rng.gamma(3.0, mean / 3.0) * noise(0.03)
    air = net.legs[(net.legs["mode"] == "air")]
    pilots, noise = table("leg", list(air["leg"]))
    busy = pilots["leg"].cat.codes.to_numpy() % 5
    pilots["hub"] = pd.Categorical(np.where(busy < 4, "BO_BENI", "PY_CHACO"))
    pilots["flights_wanted"] = (10.0 - 2 * busy) * noise(0.03)
    pilots["flights"] = rng.poisson(0.9 * pilots["flights_wanted"])
    pilots["wage_usd_per_flight"] = 25_000 * noise(0.01)
    pilots["active"] = 80 + rng.integers(-3, 4, (replicates * weeks)).repeat(len(air))
    pilots["killed"] = rng.poisson(0.02, len(pilots))
    pilots["detained"] = rng.poisson(0.08, len(pilots))
    moved = pd.MultiIndex.from_product(
        [range(replicates), sorted(places["year"].unique()), net.legs["leg"]],
        names=["replicate", "year", "leg"],
    ).to_frame(index=False)
    capacity = pd.to_numeric(net.legs["capacity_t_per_year"]).fillna(20).to_numpy()
    moved["moved_kg"] = (
        1000 * np.tile(capacity, len(moved) // len(net.legs)) * rng.uniform(0.0, 1.0, len(moved))
    )
    return SimpleNamespace(
        tables={
            "places": places,
            "markets": markets,
            "cartels": cartels,
            "pilots": pilots,
            "legs": moved,
            "ownership": invented_ownership(moved),
        },
        scenario=SimpleNamespace(name="invented", start=start, events=events),
        network=net,
        replicates=replicates,
    )


def invented_ownership(moved: pd.DataFrame) -> pd.DataFrame:
    """Title at every stage, held by two groups."""
    keys = moved[["replicate", "year"]].drop_duplicates()
    parts = [
        keys.assign(stage=stage, organisation=who, group=who, owned_kg=kg)
        for stage in STAGES
        for who, kg in (("Colombian", 700.0), ("Mexican", 300.0))
    ]
    return pd.concat(parts, ignore_index=True)


RAID = SimpleNamespace(name="Raid on an airstrip", date=dt.date(2013, 9, 15))


MANY_EVENTS = tuple(
    SimpleNamespace(
        name=f"An event with a name of some length, number {k}",
        date=dt.date(2013 + k // 2, 6, 3 + k),
    )
    for k in range(16)
)


@pytest.fixture(scope="module")
def long() -> SimpleNamespace:
    return make_run(weeks=500, replicates=2, events=MANY_EVENTS)


@pytest.fixture(scope="module")
def many() -> SimpleNamespace:
    return make_run(events=(RAID,))


@pytest.fixture(scope="module")
def drawn(many) -> dict[str, Figure]:
    return {name: draw(many) for name, draw in FIGURES.items()}


def line(ax, label: str) -> np.ndarray:
    """Heights of the line of that name."""
    found = [one for one in ax.lines if one.get_label() == label]
    assert len(found) == 1
    return np.asarray(found[0].get_ydata(), float)


def test_both_formats_are_written_and_show_something(many, tmp_path):
    paths = save_figures(many, tmp_path / "figures")
    expected = [f"{name}.{form}" for name in FIGURES for form in ("pdf", "png")]
    assert [path.name for path in paths] == expected
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == sorted(expected)
    for path in paths:
        if path.suffix == ".png":
            pixels = imread(path)
            assert 0.02 < (pixels[..., :3].min(axis=2) < 0.9).mean() < 0.6
            assert pixels.shape[1] == pytest.approx(183 / 25.4 * 300, abs=1)
        else:
            content = path.read_bytes()
            assert content.startswith(b"%PDF") and b"/FontFile2" in content


def test_one_figure_can_be_chosen_and_files_are_repeatable(many, tmp_path):
    first = save_figures(many, tmp_path / "a", ["price_chain"])
    again = save_figures(many, tmp_path / "b", ["price_chain"])
    assert [p.name for p in first] == ["price_chain.pdf", "price_chain.png"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]


def test_a_failure_leaves_no_half_file_and_keeps_the_old_ones(many, tmp_path, monkeypatch):
    (tmp_path / "price_chain.png").write_text("old")

    def fail(self, path, **options):
        Path(path).write_text("half")
        if options["format"] == "png":
            raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figures(many, tmp_path, ["price_chain"])
    assert [p.name for p in tmp_path.iterdir()] == ["price_chain.png"]
    assert (tmp_path / "price_chain.png").read_text() == "old"


def test_an_unknown_figure_is_refused_before_anything_is_drawn(many, tmp_path):
    with pytest.raises(KeyError, match="no figure 'prices'"):
        save_figures(many, tmp_path / "new", ["price_chain", "prices"])
    assert not (tmp_path / "new").exists()


def test_axes_name_their_units(drawn):
    units = ("USD per kg bulk", "%", "per week", "USD per flight", "persons")
    for name in ("price_chain", "market_shares", "flights"):
        for ax in drawn[name].axes:
            # Small panels share the label of their block.
            said = f"{ax.get_xlabel()} {ax.get_ylabel()} {ax.figure.get_supylabel()}"
            assert any(unit in said for unit in units), (name, said)
    assert any("t bulk a year" in key.get_title().get_text() for key in drawn["flow_map"].legends)


def test_drawing_leaves_global_settings_alone(many):
    before = dict(mpl.rcParams)
    FIGURES["price_chain"](many)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    "run",
    [make_run(12, 1), make_run(1, 1), make_run(3, 2, dt.date(2030, 1, 7))],
    ids=["one replicate", "one week", "outside the baseline years"],
)
def test_short_runs_are_drawn(run):
    names = [name for name in FIGURES if name != "flow_map"]
    for name in names:
        FIGURES[name](run).draw_without_rendering()


def test_a_map_without_flows_is_drawn():
    run = make_run(1, 1)
    run.tables["legs"] = run.tables["legs"].iloc[:0]
    FIGURES["flow_map"](run).draw_without_rendering()


@pytest.mark.parametrize("replicates", [1, 4])
def test_only_five_replicates_have_a_band(replicates, drawn):
    few = make_run(12, replicates)
    for name in ("market_shares", "price_chain", "flights"):
        figure = FIGURES[name](few)
        fills = [c for ax in figure.axes for c in ax.collections if isinstance(c, PolyCollection)]
        assert fills == [], name
        told = f"{figure.get_supxlabel()} {[sub.get_supxlabel() for sub in figure.subfigs]}".lower()
        assert "of 4 replicates, without a band" in told if replicates > 1 else "band" not in told
    for ax in drawn["market_shares"].axes:
        assert len(ax.collections) == len([one for one in ax.lines if one.get_label() in GROUPS])


def test_more_than_five_groups_have_a_panel_each_and_a_row_one_scale_from_zero(drawn):
    blocks: dict[object, list] = {}
    for ax in drawn["market_shares"].axes:
        blocks.setdefault(ax.figure, []).append(ax)
    sizes = [len(axes) for axes in blocks.values()]
    assert max(sizes) == 9 and min(sizes) == 1
    for axes in blocks.values():
        groups = [[one for one in ax.lines if one.get_label() in GROUPS] for ax in axes]
        assert sum(map(len, groups)) <= 5 if len(axes) == 1 else all(len(g) == 1 for g in groups)
        by_row: dict[object, set] = {}
        for ax in axes:
            by_row.setdefault(ax.get_subplotspec().rowspan.start, set()).add(ax.get_ylim())
        assert all(len(limits) == 1 for limits in by_row.values())
        assert all(low == 0.0 for limits in by_row.values() for low, _ in limits)


def test_groups_that_stay_below_a_hundredth_are_named_and_not_drawn(many):
    cartels = many.tables["cartels"]
    small = (cartels["group"] == "Italian").to_numpy()
    run = SimpleNamespace(**vars(many))
    kg = cartels["delivered_kg"].where(~small, 1e-3 * cartels["delivered_kg"])
    run.tables = many.tables | {"cartels": cartels.assign(delivered_kg=kg)}
    figure = FIGURES["market_shares"](run)
    assert "Italian" not in {one.get_label() for ax in figure.axes for one in ax.lines}
    assert "always below 1 % of the market: " in figure.get_supxlabel()
    assert "Europe: Italian" in figure.get_supxlabel()


def test_market_band_is_the_quantiles_of_the_table(many, drawn):
    ax = next(ax for ax in drawn["price_chain"].axes if ax.get_title("left") == "c  Europe")
    table = many.tables["markets"]
    europe = table[table["market"] == "MK_EU"].pivot(
        index="week", columns="replicate", values="price_usd_per_kg"
    )
    assert line(ax, "Europe") == pytest.approx(np.median(europe, axis=1))
    low, high = np.quantile(europe, [0.05, 0.95], axis=1)
    edges = [set(np.round(band.get_paths()[0].vertices[:, 1], 6)) for band in ax.collections]
    assert set(np.round([*low, *high], 6)) in [
        edge & set(np.round([*low, *high], 6)) for edge in edges
    ]


def test_a_band_leaves_out_missing_numbers_and_is_missing_where_there_are_none():
    rng = np.random.default_rng(4)
    table = rng.normal(size=(60, 7))
    table[rng.random(table.shape) < 0.4] = np.nan
    table[:3], table[3] = np.nan, [np.nan, np.nan, 5.0, *[np.nan] * 4]
    drawn = band(pd.DataFrame(table, index=range(100, 160)))
    assert list(drawn.median.index) == list(range(100, 160)) and drawn.replicates == 7
    for line_of, share in ((drawn.low, 0.05), (drawn.median, 0.5), (drawn.high, 0.95)):
        assert line_of.iloc[:3].isna().all() and line_of.iloc[3] == 5.0
        known = np.nanquantile(table[3:], share, axis=1)
        assert line_of.iloc[3:].to_numpy() == pytest.approx(known, rel=1e-14)


def test_ladder_is_the_yearly_means_of_the_baseline(many, drawn):
    table = many.tables["places"]
    beni = table[table["place"] == "BO_BENI"]
    yearly = beni.groupby(["replicate", "year"])["price_usd_per_kg"].mean()
    ladder = drawn["price_chain"].axes[0]
    points = next(one for one in ladder.lines if one.get_label() == "Simulated median, 2013–2014")
    at = [label.get_text() for label in ladder.get_yticklabels()].index("Beni")
    assert points.get_xdata()[at] == pytest.approx(yearly.median())
    band_of = next(c for c in ladder.collections if "5–95 %" in str(c.get_label()))
    ends = np.array(band_of.get_segments()[at])[:, 0]
    assert ends == pytest.approx(yearly.quantile([0.05, 0.95]).to_numpy())


def test_shares_sum_to_one_in_every_replicate(many):
    for market in ("MK_US", "MK_EU", "MK_BR"):
        total = sum(group_shares(many.tables["cartels"], market).values())
        assert total.shape == (60, many.replicates)
        assert total.iloc[:12].isna().all().all()  # no thirteen weeks yet
        assert total.iloc[12:].to_numpy() == pytest.approx(1.0)


def test_lines_of_a_share_panel_sum_to_hundred_per_cent():
    figure = FIGURES["market_shares"](make_run(20, 1))
    for market in {ax.figure for ax in figure.axes}:
        lines = [
            np.asarray(one.get_ydata(), float)
            for ax in figure.axes
            for one in ax.lines
            if ax.figure is market and one.get_label() in GROUPS
        ]
        assert sum(lines) == pytest.approx(100.0)


def test_share_counts_kilograms_of_thirteen_weeks_back():
    rows = [(0, 0, "Mexican", "M", 30.0)]
    rows += [(0, week, "Italian", "M", 10.0) for week in range(20)]
    table = pd.DataFrame(rows, columns=["replicate", "date", "group", "market", "delivered_kg"])
    share = group_shares(table, "M")["Mexican"][0]
    assert share[0] == pytest.approx(30 / 40)
    assert share[12] == pytest.approx(30 / (30 + 130))
    assert share[13] == 0.0


def test_a_market_without_deliveries_has_no_shares_and_a_missing_group_no_line(many):
    cartels = many.tables["cartels"]
    none = cartels.assign(delivered_kg=0.0)
    assert group_shares(none, "MK_EU")["Italian"].isna().all().all()
    fewer = SimpleNamespace(**vars(many))
    fewer.tables = many.tables | {"cartels": cartels[cartels["group"] != "Italian"]}
    shown = {one.get_label() for ax in FIGURES["market_shares"](fewer).axes for one in ax.lines}
    assert "Italian" not in shown and "Mexican" in shown
    silent = SimpleNamespace(**vars(many))
    silent.tables = many.tables | {"cartels": none}
    FIGURES["market_shares"](silent).draw_without_rendering()


def test_groups_keep_their_own_look(drawn):
    looks = [(mark.colour, mark.line) for mark in GROUPS.values()]
    assert len(set(looks)) == len(looks)
    groups = set(pd.read_csv(DATA / "organisations.csv")["group"])
    assert groups <= set(GROUPS)
    for ax in drawn["market_shares"].axes:
        for one in ax.lines:
            if one.get_label() in GROUPS:
                assert one.get_color() == group_mark(one.get_label()).colour
    assert group_mark("unheard of") not in GROUPS.values()


def test_flows_are_tonnes_a_year_per_replicate(many):
    flows = annual_flows(many).set_index("leg")["tonnes_per_year"]
    moved = many.tables["legs"]
    total = moved.loc[moved["leg"] == "PE_VRAEM>BO_BENI", "moved_kg"].sum() / 1000
    years = 60 * 7 / 365.2425
    assert flows["PE_VRAEM>BO_BENI"] == pytest.approx(total / many.replicates / years)


def test_ways_over_sea_go_round_the_land():
    ways = {
        ((-46.33, -23.96), (4.34, 51.27)): 0.1,  # Santos, Antwerp
        ((-79.91, -2.28), (4.34, 51.27)): 0.12,  # Guayaquil, Antwerp: the isthmus is land
        ((-46.33, -23.96), (15.9, 38.45)): 0.1,  # Santos, Gioia Tauro
    }
    for (start, end), most in ways.items():
        way = sea_way(start, end)
        assert way[0] == start and way[-1] == end
        points = np.concatenate([np.linspace(a, b, 50) for a, b in pairwise(way)])
        assert over_land(points).mean() < most


@pytest.mark.parametrize("end", [(4.34, 51.27), (15.9, 38.45), (-80.5, -8.0)])
def test_a_way_over_sea_is_the_cheapest_of_all(end):
    start = (-79.91, -2.28)  # Guayaquil
    spots = [*WAYPOINTS, start, end]
    graph = nx.Graph()
    for i, spot in enumerate(spots[1:], 1):
        others = np.array(spots[:i])
        for other, cost in zip(spots, costs(np.array([spot]), others), strict=False):
            graph.add_edge(spot, other, cost=cost)
    assert list(sea_way(start, end)) == nx.shortest_path(graph, start, end, weight="cost")
    assert sea_way(end, start) == sea_way(start, end)[::-1]


def test_ships_of_all_legs_keep_to_the_water():
    net = network()
    places = net.places.set_index("id")
    spots = {str(k): (float(r["lon"]), float(r["lat"])) for k, r in places.iterrows()}
    spots["MK_REST"] = OVERVIEW.exits[0]
    for leg in net.legs[net.legs["mode"] == "sea"].to_dict("records"):
        ends = np.array([spots[leg["from"]], spots[leg["to"]]])
        for mode, start, end in legs_by_sea(leg["from"], leg["to"], spots):
            if mode != "sea" or {start, end} == set(CANAL):
                continue
            points = np.linspace(start, end, 20 + int(10 * np.hypot(*np.subtract(end, start))))
            ashore = np.hypot(*(points[:, None] - ends).transpose(2, 0, 1)).min(axis=1) < PORT
            # A strip of land that lies beside the way, at most: 0.1 degrees, some 10 km.
            over = over_land(points) & ~ashore
            assert over.mean() * np.hypot(*np.subtract(end, start)) <= 0.1, leg["leg"]


def test_ways_inland_are_no_ways_by_sea():
    spots = {"MK_US": (-98.6, 39.8), "CA_PUERTORICO": (-65.5, 18.2), "EU_ANTWERP": (4.3, 51.3)}
    way = legs_by_sea("CA_PUERTORICO", "MK_US", spots)
    assert [mode for mode, _, _ in way][-2:] == ["sea", "road"] and way[-1][2] == spots["MK_US"]
    assert all(a[2] == b[1] for a, b in pairwise(way))  # without a gap
    assert {mode for mode, _, _ in legs_by_sea("CA_PUERTORICO", "EU_ANTWERP", spots)} == {"sea"}


@pytest.mark.parametrize("name", FIGURES)
def test_words_of_figures_are_whole_apart_and_large_enough(name, drawn, long):
    assert_legible(drawn[name])
    assert_legible(FIGURES[name](long))
    assert_legible(FIGURES[name](make_run(30, 1)))


def test_the_map_names_enough_places(drawn):
    for ax in drawn["flow_map"].axes:
        assert len([text for text in ax.texts if text.get_text()]) >= 12


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([0.5], [0.5]),
        ([0.1, 0.9], [0.1, 0.9]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.0, 0.0], [0.0, 0.1]),
        ([1.0, 0.98, 0.2], [1.0, 0.9, 0.2]),
    ],
)
def test_spread_keeps_distance_order_and_limits(values, expected):
    assert spread(values, 0.1, 0.0, 1.0) == pytest.approx(expected)


def test_flights_are_those_from_peru_around_the_first_event(many, drawn):
    figure = drawn["flights"]
    labels = {one.get_label() for one in figure.axes[0].lines if "→" in str(one.get_label())}
    assert "VRAEM → Beni" in labels and len(labels) == 5
    rows, happenings = window(many)
    assert happenings == [(np.datetime64("2013-09-15"), "Raid on an airstrip")]
    assert rows["date"].min() >= pd.Timestamp("2013-03-17")
    pilots = rows[rows["leg"] == "PE_VRAEM>BO_BENI"]
    median = pilots.groupby("date")["flights"].median()
    assert line(figure.axes[0], "VRAEM → Beni") == pytest.approx(median)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "1  15 Sep 2013: Raid on an airstrip"
    ]
    assert all(ax.get_ylim()[0] == 0.0 for ax in figure.axes)


def test_events_far_apart_are_shown_over_the_whole_run(long):
    rows, happenings = window(long)
    assert len(happenings) == len(MANY_EVENTS)
    dates = long.tables["pilots"]["date"]
    assert rows["date"].min() == dates.min() and rows["date"].max() == dates.max()
    left, right = FIGURES["flights"](long).axes[0].get_xlim()
    assert [left, right] == pytest.approx(
        [day.to_numpy().astype("datetime64[D]").astype(float) for day in (dates.min(), dates.max())]
    )


@pytest.mark.parametrize("months", [1, 2, 5, 9, 14, 30, 61, 168, 400])
@pytest.mark.parametrize("most", [2, 5, 8])
def test_ticks_of_dates_are_few_and_each_has_its_year(months, most):
    first = np.datetime64("2010-01-04")
    last = first + 30 * months
    ticks, names = date_ticks(first, last, most)
    assert 2 <= len(ticks) <= most and len(set(names)) == len(names)
    assert first <= ticks.min() and ticks.max() <= last
    for tick, name in zip(ticks, names, strict=True):
        assert str(tick.item().year) == name[-4:]


def test_wage_counts_each_leg_by_the_flights_wanted():
    rows = [(0, "a", 3.0, 10.0), (0, "b", 1.0, 30.0), (1, "a", 0.0, 10.0), (1, "b", 0.0, 30.0)]
    table = pd.DataFrame(rows, columns=["date", "leg", "flights_wanted", "wage_usd_per_flight"])
    assert list(wage(table.assign(replicate=0))[0]) == pytest.approx([15.0, 20.0])
