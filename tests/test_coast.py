"""The coasts of the maps: what the file holds, and how it is made of a TopoJSON file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.figures import coast, natural_earth
from sim.figures.coast import Frame, draw_coast, lines, over_land, project
from sim.figures.natural_earth import FILE, PER_DEGREE, area, simplify, unwrap

# Two countries of one square each with a border between them, an island across the date
# line, and a speck. Scale 1, so that the steps of the arcs are degrees.
SQUARES = {
    "transform": {"scale": [1.0, 1.0], "translate": [0.0, 0.0]},
    "arcs": [
        [[10, 0], [0, 5], [0, 5]],  # the border, with a point it can do without
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
        [[178, 20], [-356, 0], [0, 5], [356, 0], [0, -5]],
        [[50, 50], [0.1, 0], [0, 0.1], [-0.1, -0.1]],
    ],
    "objects": {
        "countries": {
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "arcs": [[[2, -1]], [[3]], [[4]]]},
            ]
        },
        "land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[1, 2]], [[3]], [[4]]]}]},
    },
}


def test_land_and_sea_are_where_they_are() -> None:
    spots = {
        "La Paz": (-68.1, -16.5, 1),
        "Kansas": (-98, 39, 1),
        "Mali": (-2, 17, 1),
        "Cuba": (-79, 22, 1),
        "Atlantic": (-30, 0, 0),
        "Gulf of Mexico": (-90, 25, 0),
        "Channel": (-3, 50, 0),
        "Caribbean": (-75, 15, 0),
    }
    for name, (lon, lat, land) in spots.items():
        assert over_land(np.array([[lon, lat]])) == land, name


def test_the_file_is_small_and_its_rings_are_closed() -> None:
    assert FILE.stat().st_size < 150_000
    for ring in lines("land"):
        assert len(ring) > 3 and (ring[0] == ring[-1]).all()
    for line in (*lines("land"), *lines("borders")):
        # No line jumps from one side of the map to the other.
        assert np.abs(np.diff(line[:, 0])).max() < 60.0
        assert np.abs(line[:, 0]).max() <= 200.0


def test_a_map_has_the_limits_of_its_frame() -> None:
    ax, frame = Figure().add_subplot(), Frame(west=-80, east=-40, south=-30, north=10)
    draw_coast(ax, frame)
    assert ax.get_xlim() == (-80.0, -40.0)
    assert ax.get_ylim() == pytest.approx([float(project(0, lat)[1]) for lat in (-30, 10)])
    assert frame.holds(-60, 0) and not frame.holds(-60, 20)
    assert all(path.vertices.size for one in ax.collections for path in one.get_paths())


def test_miller_keeps_longitudes_and_stretches_latitudes() -> None:
    lon, lat = project(np.array([-30.0, 0.0]), np.array([0.0, 45.0]))
    assert list(lon) == [-30.0, 0.0]
    assert list(lat) == pytest.approx([0.0, 48.2914], abs=1e-3)


def test_a_file_is_made_of_topojson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source.json").write_text(json.dumps(SQUARES))
    monkeypatch.setattr(natural_earth, "FILE", tmp_path / "made.npz")
    natural_earth.main(str(tmp_path / "source.json"))
    with np.load(tmp_path / "made.npz") as made:
        assert made["borders"].tolist() == [[1000, 0], [1000, 1000]]
        assert made["borders_lengths"].tolist() == [2]
        assert made["land_lengths"].tolist() == [7, 5, 5]  # the speck is gone
        island = made["land"][7:] / PER_DEGREE
    assert sorted(set(island[:, 0])) == [-182.0, -178.0, 178.0, 182.0]


def test_lines_are_simplified_within_tolerance_and_keep_their_ends() -> None:
    t = np.linspace(0.0, 2 * np.pi, 400)
    circle = np.column_stack([np.cos(t), np.sin(t)])
    few = simplify(circle, 0.01)
    assert 10 < len(few) < 60
    assert (few[[0, -1]] == circle[[0, -1]]).all()
    assert area(few) == pytest.approx(np.pi, rel=0.02)


def test_a_line_goes_on_past_the_date_line() -> None:
    line = unwrap(np.array([[170.0, 0.0], [179.0, 1.0], [-179.0, 2.0]]))
    assert list(line[:, 0]) == [170.0, 179.0, 181.0]


def test_ways_know_large_land_only() -> None:
    assert 10 < len(coast.land()) < 60
