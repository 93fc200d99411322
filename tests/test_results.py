"""Results on disk: listed, put into one table, and exported to formats that others read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from support import airbridge, check_refusal, check_success, short

import experiments
from experiments.extras import EXTRAS
from experiments.results.export import WRITERS, export
from experiments.results.network import graph_of
from experiments.runner.outcomes import summarise
from experiments.runner.replicates import replicate
from sim.errors import ScenarioError
from sim.run import Run

SMALL = ["--set", "weeks=30", "--set", "burn_in_weeks=0"]
STUDY = ["compare", "baseline", "us_falls", *SMALL, "--replicates", "2"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of two replicates, a finished and a stopped study; not to be changed."""
    shelf = tmp_path_factory.mktemp("shelf")
    made = replicate(short("weeks=60", "burn_in_weeks=0"), 5, 2)
    made.manifest |= {"seed": 5, "replicates": 2}
    made.save(shelf / "run")
    check_success(airbridge(*STUDY, "--out", "study", cwd=shelf))
    shutil.copytree(shelf / "study", shelf / "deep" / "stopped")
    record = shelf / "deep" / "stopped" / "study.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"state": "begun"}))
    return shelf


@pytest.fixture(scope="module")
def saved(shelf: Path) -> Run:
    return Run.load(shelf / "run")


def test_results_are_listed_with_what_they_answer_and_their_state(
    shelf: Path, tmp_path: Path
) -> None:
    shutil.copytree(shelf, tmp_path, dirs_exist_ok=True)
    shutil.copytree(tmp_path / "run", tmp_path / "cut")
    (tmp_path / "cut" / "markets.parquet").unlink()
    shutil.copytree(tmp_path / "run", tmp_path / "torn")
    (tmp_path / "torn" / "manifest.json").write_text("{")
    shutil.copytree(tmp_path / "study", tmp_path / "worn")
    (tmp_path / "worn" / "runs" / "part-000001" / "summary.parquet").write_text("PAR1")
    done = airbridge("results", ".", cwd=tmp_path)
    check_success(done)
    lines = {line.split(":")[0]: line for line in done.out.splitlines()}
    assert list(lines) == ["cut", "deep/stopped", "run", "study", "torn", "worn"]
    assert "run of baseline, seed 5, 2 replicates; 2 runs," in lines["run"]
    assert lines["run"].endswith("; complete")
    assert "compare of baseline, us_falls, seed 1; 4 runs," in lines["study"]
    assert lines["deep/stopped"].endswith("; resumable")
    assert lines["cut"].endswith("broken (markets.parquet is missing)")
    assert lines["torn"].endswith("broken (manifest.json is damaged)")
    assert lines["worn"].endswith(
        "resumable (runs/part-000001 is damaged; its runs are made again)"
    )
    assert len(set(experiments.load(tmp_path)["folder"])) == 2
    listed = json.loads(airbridge("results", "run", "deep", "--json", cwd=tmp_path).out)
    assert [r["state"] for r in listed] == ["resumable", "complete"]
    assert listed[1]["runs"] == 2 and listed[1]["bytes"] > 10_000
    check_refusal(airbridge("results", "nowhere", cwd=tmp_path), "nowhere: is no folder")


def test_finished_results_are_one_tidy_table(
    shelf: Path, saved: Run, caplog: pytest.LogCaptureFixture
) -> None:
    table = experiments.load(shelf)
    assert list(table)[:6] == ["folder", "scenario", "seed", "replicate", "outcome", "value"]
    assert "stopped: is resumable and left out" in caplog.text
    runs = table.drop_duplicates(["folder", "scenario", "seed", "replicate"])
    labels = runs[["scenario", "seed", "replicate"]].itertuples(index=False, name=None)
    assert sorted(labels) == [
        ("baseline", 1, 0),
        ("baseline", 1, 1),
        ("baseline", 5, 0),
        ("baseline", 5, 1),
        ("us_falls", 1, 0),
        ("us_falls", 1, 1),
    ]
    mine = table[table["seed"] == 5].pivot(index="outcome", columns="replicate", values="value")
    second = {
        name: t[t["replicate"] == 1].reset_index(drop=True) for name, t in saved.tables.items()
    }
    wanted = summarise(Run(saved.scenario, saved.network, second), "summary")["summary"]
    assert mine[1].to_dict() == {k: v for k, v in wanted.items() if v == v}
    assert not table.duplicated(["folder", "run", "replicate", "outcome"]).any()
    with pytest.raises(ScenarioError, match="no finished run or study"):
        experiments.load(shelf / "deep")


def test_the_frame_knows_the_worlds_of_a_study_and_leaves_out_what_keeps_no_runs(
    shelf: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(shelf / "study", tmp_path / "study")
    (tmp_path / "rest").mkdir()
    (tmp_path / "rest" / "manifest.json").write_text('{"answers": "rest of baseline"}')
    table = experiments.load(tmp_path)
    assert set(table["world"]) == {"baseline", "us_falls"} and table["point"].isna().all()
    assert "rest: keeps no runs (rest of baseline) and is left out" in caplog.text


def test_finished_results_are_compared_beside_scenarios(shelf: Path, tmp_path: Path) -> None:
    shutil.copytree(shelf / "study", tmp_path / "study")
    check_success(
        airbridge(
            "run",
            "us_falls",
            *SMALL,
            "--replicates",
            "2",
            "--no-figures",
            "--out",
            "falls",
            cwd=tmp_path,
        )
    )
    words = ["compare", "study", "falls", "us_falls", *SMALL, "--replicates", "2", "--out", "c"]
    for _ in range(2):  # typed twice
        check_success(airbridge(*words, cwd=tmp_path))
    table = pd.read_csv(tmp_path / "c" / "differences.csv")
    worlds = ["study: us_falls", "falls", "us_falls"]
    assert list(dict.fromkeys(table["scenario"])) == worlds and (table["pairs"] == 2).all()
    mine = table.pivot(index="outcome", columns="scenario", values="difference")
    studied = pd.read_csv(tmp_path / "study" / "differences.csv").set_index("outcome")["difference"]
    for world in worlds:  # one world three ways, to the same bits
        assert mine[world].to_dict() == studied.to_dict()
    tidy = pd.read_parquet(tmp_path / "c" / "outcomes.parquet")
    assert list(tidy) == ["world", "seed", "replicate", "outcome", "value"]
    assert set(tidy["world"]) == {"study: baseline", *worlds}
    assert (tmp_path / "c" / "figures" / "differences.pdf").is_file()
    assert len(experiments.load(tmp_path / "c")["run"].unique()) == 2


def test_results_without_common_luck_are_compared_by_their_means(
    shelf: Path, saved: Run, tmp_path: Path
) -> None:
    words = ["compare", shelf / "study", shelf / "run", "--out", "c"]
    done = airbridge(*words, cwd=tmp_path)
    check_success(done)
    assert "share no seed and replicate" in done.out
    table = pd.read_csv(tmp_path / "c" / "differences.csv")
    apart = table[table["scenario"] == str(shelf / "run")].set_index("outcome")
    assert (apart["pairs"] == 0).all() and apart[["low", "high"]].isna().all(axis=None)
    frame = experiments.load(shelf / "run")
    mean = frame.groupby("outcome")["value"].mean()
    assert apart.loc["MK_EU.price_usd_per_kg", "other"] == pytest.approx(
        mean["MK_EU.price_usd_per_kg"], rel=1e-12
    )


def test_what_cannot_be_compared_is_refused(shelf: Path, tmp_path: Path) -> None:
    run, stopped = shelf / "run", shelf / "deep" / "stopped"
    for words, says in (
        ([run], "at least one other"),
        ([run, run], "each once"),
        ([run, stopped], "is resumable"),
        ([run, tmp_path], "no finished run or study is there"),
        ([run, shelf / "study", "--set", "weeks=30"], "--set: changes scenarios"),
        ([run, "nowhere"], "no scenario 'nowhere'"),
    ):
        check_refusal(airbridge("compare", *words, "--out", "c", cwd=tmp_path), says)
    assert list(tmp_path.iterdir()) == []


def test_runs_of_an_earlier_question_are_not_loaded(shelf: Path, tmp_path: Path) -> None:
    shutil.copytree(shelf / "study", tmp_path / "study")
    other = ["compare", "baseline", "europe_rises", *SMALL, "--replicates", "2"]
    check_success(airbridge(*other, "--out", "study", "--replace", cwd=tmp_path))
    assert set(experiments.load(tmp_path)["scenario"]) == {"baseline", "europe_rises"}


def test_csv_reads_back(shelf: Path, saved: Run, tmp_path: Path) -> None:
    words = ["export", shelf / "run", "--to", "csv", "--out", "tables"]
    check_success(airbridge(*words, cwd=tmp_path))
    for name, table in saved.tables.items():
        back = pd.read_csv(tmp_path / "tables" / f"{name}.csv", keep_default_na=False)
        assert list(back) == list(table) and len(back) == len(table)
        numbers = table.select_dtypes("number")
        for column in numbers:
            there = pd.to_numeric(back[column], errors="coerce")
            pd.testing.assert_series_equal(there, numbers[column], check_dtype=False)
    (tmp_path / "tables" / "mine.csv").write_text("mine")
    check_refusal(airbridge(*words, cwd=tmp_path), "is there already", "--replace")
    check_success(airbridge(*words, "--replace", cwd=tmp_path))
    assert (tmp_path / "tables" / "mine.csv").read_text() == "mine"


@pytest.mark.parametrize("form", ["netcdf", "xarray"])
def test_xarray_reads_back_numbers_units_and_days(
    form: str, shelf: Path, saved: Run, tmp_path: Path
) -> None:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    path = export(shelf / "run", form, tmp_path / "run.nc")
    with xr.open_dataset(path, engine="h5netcdf") as data:
        assert data.sizes["replicate"] == 2 and data.sizes["week"] == 60
        row = saved.tables["markets"].iloc[77]
        at = {"replicate": row["replicate"], "week": row["week"], "market": row["market"]}
        price = data["markets_price_usd_per_kg"]
        assert float(price.sel(at)) == row["price_usd_per_kg"]
        assert price.attrs == {"units": "USD/kg", "basis": "bulk", "long_name": "Wholesale price"}
        assert pd.Timestamp(data["date"].sel(week=1).item()) == pd.Timestamp("2010-01-11")
        delivered = saved.tables["cartels"]["delivered_kg"].sum()
        assert float(data["cartels_delivered_kg"].sum()) == pytest.approx(delivered, rel=1e-12)
        moved = saved.tables["legs"]
        assert data["legs_leg"].to_numpy().tolist() == moved["leg"].tolist()
        assert data["legs_moved_kg"].to_numpy().tolist() == moved["moved_kg"].tolist()
        assert data["events_kg"].size == 0 and data["events_kg"].dtype == "float64"
        assert data.attrs["license"] == "CC-BY-4.0"


def test_duckdb_reads_back_types_units_and_rows(shelf: Path, saved: Run, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = export(shelf / "run", "duckdb", tmp_path / "run.duckdb")
    with duckdb.connect(str(path), read_only=True) as database:
        for name, table in saved.tables.items():
            (rows,) = database.execute(f'select count(*) from "{name}"').fetchone()
            assert rows == len(table)
        asked = "select sum(delivered_kg) from cartels where replicate = 1"
        mine = saved.tables["cartels"].query("replicate == 1")["delivered_kg"].sum()
        assert database.execute(asked).fetchone()[0] == pytest.approx(mine, rel=1e-12)
        asked = (
            "select column_name, data_type, comment from duckdb_columns() where "
            "table_name = 'events'"
        )
        columns = {name: (kind, told) for name, kind, told in database.execute(asked).fetchall()}
        assert columns["kg"][0] == "DOUBLE" and "basis: bulk" in columns["kg"][1]
        assert columns["date"][0].startswith("TIMESTAMP") and columns["name"][0] == "VARCHAR"
        joined = "select count(*) from events join markets using (replicate, week)"
        assert database.execute(joined).fetchone() == (0,)


def test_graphml_and_geojson_read_back(shelf: Path, saved: Run, tmp_path: Path) -> None:
    path = export(shelf / "run", "graphml", tmp_path / "run.graphml")
    graph = nx.read_graphml(path)
    made = graph_of(saved)
    assert dict(graph.nodes) == dict(made.nodes)
    assert {e: graph.edges[e] for e in graph.edges} == {e: made.edges[e] for e in made.edges}
    assert len(graph) == len(saved.network.places) and len(graph.edges) == len(saved.network.legs)
    yearly = saved.tables["legs"]["moved_kg"].sum() / 2 / (60 / 52.1775)
    moved = sum(leg["moved_kg_per_year"] for leg in graph.edges.values())
    assert moved == pytest.approx(yearly)
    text = export(shelf / "run", "geojson", tmp_path / "run.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    assert len(features) == len(graph) + len(graph.edges)
    santos = next(f for f in features if f["properties"]["id"] == "BR_SANTOS")
    place = saved.network.places.set_index("id").loc["BR_SANTOS"]
    assert santos["geometry"] == {"type": "Point", "coordinates": [place["lon"], place["lat"]]}


@pytest.mark.parametrize("form", sorted(set(WRITERS) - {"csv", "workbench"}))
def test_a_file_in_the_way_is_replaced_only_if_asked(
    form: str, shelf: Path, tmp_path: Path
) -> None:
    if form not in ("graphml", "geojson"):
        pytest.importorskip("duckdb"), pytest.importorskip("h5netcdf")
    (tmp_path / "x").write_text("mine")
    words = ["export", shelf / "run", "--to", form, "--out", "x"]
    check_refusal(airbridge(*words, cwd=tmp_path), "is there already", "--replace")
    assert (tmp_path / "x").read_text() == "mine"
    check_success(airbridge(*words, "--replace", cwd=tmp_path))
    assert b"mine" != (tmp_path / "x").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    check_refusal(airbridge(*words[:-1], ".", cwd=tmp_path), "is a folder")


def test_an_export_of_nothing_is_refused(shelf: Path, tmp_path: Path) -> None:
    for run in ("nowhere", shelf / "study", shelf):
        done = airbridge("export", run, "--to", "graphml", "--out", "x", cwd=tmp_path)
        check_refusal(done, "holds no saved run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["netcdf", "xarray", "duckdb"])
def test_a_missing_library_is_named(
    form: str, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXTRAS, "export", ("no_such_library",))
    done = airbridge("export", shelf / "run", "--to", form, "--out", "x", cwd=tmp_path)
    check_refusal(done, f"--to {form} needs no_such_library", ".[export]")
