"""Results go into folders of their own; nothing of the user's is touched; they stand alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from support import ROOT, airbridge, check_refusal, check_success, same_tables, short

from experiments.results.one_file import written_whole
from scenarios import data_folder
from sim.errors import ScenarioError
from sim.model import TraffickingModel
from sim.results.datapackage import DATAPACKAGE
from sim.results.records import MANIFEST
from sim.results.schemas import SCHEMAS, read_table, to_arrow, write_table
from sim.run import Run
from sim.setup.kept_rest import name_of

FEW = ["--weeks", "4", "--set", "burn_in_weeks=0", "--no-figures"]


def state(folder: Path) -> dict[str, bytes]:
    """Every file in a folder and below, with its bytes."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.fixture(scope="module")
def little() -> Run:
    """A run of a few weeks."""
    return TraffickingModel(short("weeks=4", "burn_in_weeks=0"), seed=2).run()


def other_run(seed: int = 3) -> Run:
    return TraffickingModel(short("weeks=4", "burn_in_weeks=0"), seed=seed).run()


STRANGERS = ["survey.parquet", "figures/mine.png", ".hidden", "markets.parquet", "a.csv"]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_folder_of_the_users_is_refused_before_any_run(name: str, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    before = state(tmp_path)
    for more in ([], ["--replace"]):
        done = airbridge("run", "baseline", *FEW, "--out", "mine", *more, cwd=tmp_path)
        check_refusal(done, "holds other files", "choose a new folder")
        assert state(tmp_path) == before and done.out == ""


@pytest.mark.parametrize("name", ["survey.parquet", "figures/mine.png", ".hidden"])
def test_files_added_to_a_result_are_kept(name: str, tmp_path: Path, little: Run) -> None:
    little.save(tmp_path / "out")
    mine = tmp_path / "out" / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    little.save(tmp_path / "out")
    other_run().save(tmp_path / "out", replace=True)
    assert mine.read_text() == "mine"
    assert Run.load(tmp_path / "out").manifest["seed"] == 3
    assert set(Run.load(tmp_path / "out").tables) == set(SCHEMAS)


def test_the_same_command_twice_gives_the_same_bytes(tmp_path: Path, little: Run) -> None:
    little.save(tmp_path / "out")
    first = state(tmp_path)
    little.save(tmp_path / "out")
    assert state(tmp_path) == first
    with pytest.raises(ScenarioError, match="holds another result .run of baseline, seed 2"):
        other_run().save(tmp_path / "out")
    assert state(tmp_path) == first


def test_another_scenario_is_refused_before_the_run_and_replace_is_offered(tmp_path: Path) -> None:
    check_success(airbridge("run", "pasco_raid", *FEW, "--out", "r", cwd=tmp_path))
    before = state(tmp_path)
    done = airbridge("run", "baseline", *FEW, "--out", "r", cwd=tmp_path)
    check_refusal(done, "run of pasco_raid, seed 1", "--replace")
    assert state(tmp_path) == before and done.out == ""
    check_success(airbridge("run", "baseline", *FEW, "--out", "r", "--replace", cwd=tmp_path))
    assert Run.load(tmp_path / "r").scenario.name == "baseline"
    check_success(airbridge("run", "baseline", *FEW, "--out", "r", cwd=tmp_path))


def test_a_listed_file_that_the_user_changed_is_not_replaced(tmp_path: Path, little: Run) -> None:
    little.save(tmp_path / "out")
    (tmp_path / "out" / "scenario.toml").write_text("mine")
    before = state(tmp_path)
    for replace in (False, True):
        with pytest.raises(ScenarioError, match=r"scenario.toml is no longer as it was written"):
            little.save(tmp_path / "out", replace=replace)
    assert state(tmp_path) == before


def test_no_link_and_no_name_outside_is_followed(tmp_path: Path, little: Run) -> None:
    precious, out = tmp_path / "precious.csv", tmp_path / "out"
    precious.write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "price_chain.pdf").write_text("mine")
    little.save(out)
    manifest = json.loads((out / MANIFEST).read_text())
    names = ["../precious.csv", str(precious), "figures/price_chain.pdf"]
    manifest |= {"question": "of another", "files": [*names, *manifest["files"]]}
    (out / MANIFEST).write_text(json.dumps(manifest))
    (out / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ScenarioError, match="no longer as it was written"):
        little.save(out, replace=True)
    (out / "figures").unlink()
    little.save(out, replace=True)
    assert precious.read_text() == "mine"
    assert (tmp_path / "elsewhere" / "price_chain.pdf").read_text() == "mine"


def test_a_folder_of_an_earlier_version_is_replaced_by_name_only_if_asked(
    tmp_path: Path, little: Run
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "markets.parquet").write_text("old")
    (out / "mine.parquet").write_text("mine")
    (out / MANIFEST).write_text(json.dumps({"seed": 1, "files": ["markets.parquet"]}))
    with pytest.raises(ScenarioError, match="--replace"):
        little.save(out)
    little.save(out, replace=True)
    assert (out / "mine.parquet").read_text() == "mine"
    assert same_tables(Run.load(out).tables, little.tables)


def test_a_damaged_manifest_is_named(tmp_path: Path, little: Run) -> None:
    little.save(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(ScenarioError, match=r"manifest.json: is damaged"):
        little.save(tmp_path, replace=True)
    with pytest.raises(ScenarioError, match=r"manifest.json: is damaged"):
        Run.load(tmp_path)


def test_a_shell_may_stand_in_the_folder(tmp_path: Path) -> None:
    command = "airbridge run baseline --weeks 4 --set burn_in_weeks=0 --no-figures --out ."
    script = f"{command} && pwd -P && {command} && ls"
    stub = tmp_path / "airbridge"
    stub.write_text(f'#!/bin/sh\nexec "{os.sys.executable}" -m experiments.cli.main "$@"\n')
    stub.chmod(0o755)
    (tmp_path / "c").mkdir()
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path / "c",
        env=os.environ | paths,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "markets.parquet" in done.stdout and str(tmp_path / "c") in done.stdout


def test_a_home_is_found_and_bad_places_are_refused_before_the_run(
    tmp_path: Path, little: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert little.save("~/x") == tmp_path / "home" / "x" and not Path("~").exists()
    assert Run.load("~/x").manifest["seed"] == 2
    (tmp_path / "file").write_text("mine")
    shutil.rmtree(tmp_path / "home")
    before = sorted(tmp_path.rglob("*"))
    long = "n" * 120 + "/" + "/".join(["x" * 200] * 19) + "/" + "y" * 120
    for bad in ("file", "file/below", "n" * 256, "~nobody_of_that_name/x", long, "/proc/x"):
        done = airbridge("run", "baseline", *FEW, "--out", bad, cwd=tmp_path)
        check_refusal(done)
        assert done.out == "" and sorted(tmp_path.rglob("*")) == before
        with pytest.raises(ScenarioError):
            little.save(bad)
    with pytest.raises(ScenarioError):
        little.save("a\0b")
    check_success(airbridge("run", "baseline", *FEW, "--out", "n" * 252, cwd=tmp_path))


def test_a_result_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(data_folder(), pack)
    agencies = pd.read_csv(pack / "agencies.csv")
    agencies.loc[0, "effort"] = 1.5
    agencies.to_csv(pack / "agencies.csv", index=False)
    scenario = short("weeks=4", "burn_in_weeks=0", f"data={pack}")
    run, rests = TraffickingModel(scenario, seed=1).run(), name_of(scenario)
    run.save(tmp_path / "out")
    shutil.rmtree(pack)
    (tmp_path / "out").rename(tmp_path / "moved")
    back = Run.load(tmp_path / "moved")
    assert same_tables(back.tables, run.tables)
    back.plot("flow_map")
    assert name_of(back.scenario) == rests  # its world at rest is found again
    again = TraffickingModel(back.scenario, seed=1).run()
    assert same_tables(again.tables, run.tables)
    again.save(tmp_path / "moved")  # the same question, though the data stand elsewhere
    from_file = TraffickingModel(str(tmp_path / "moved" / "scenario.toml"), seed=1).run()
    assert same_tables(from_file.tables, run.tables)


def test_the_tables_of_a_run_are_as_declared_full_or_empty(little: Run) -> None:
    assert {name: list(table) for name, table in little.tables.items()} == {
        name: list(columns) for name, columns in SCHEMAS.items()
    }
    full = TraffickingModel(short("weeks=210", "burn_in_weeks=0", name="pasco_raid"), seed=1).run()
    assert little.tables["events"].empty and len(full.tables["events"]) == 1
    for name, table in little.tables.items():
        assert table.dtypes.astype(str).to_dict() == full.tables[name].dtypes.astype(str).to_dict()
        for some in (table, table.head(0)):
            made = to_arrow(name, some).schema
            whole = to_arrow(name, full.tables[name]).schema
            assert made.types == whole.types
            assert all("null" not in str(kind) for kind in made.types)


def test_units_travel_and_labels_and_days_come_back(tmp_path: Path, little: Run) -> None:
    for name, table in little.tables.items():
        for some in (table, table.head(1), table.head(0)):
            write_table(name, some, tmp_path / "t.parquet")
            pd.testing.assert_frame_equal(read_table(name, tmp_path / "t.parquet"), some)
        fields = {f.name: f.metadata for f in pq.read_schema(tmp_path / "t.parquet")}
        for column in table:
            if column.endswith(("_kg", "_per_kg")):
                assert fields[column][b"basis"] == b"bulk" and b"kg" in fields[column][b"unit"]
            if column.endswith("_usd"):
                assert fields[column][b"unit"] == b"USD"


def test_a_table_that_is_not_as_declared_is_not_saved(tmp_path: Path, little: Run) -> None:
    markets = little.tables["markets"]
    for broken in (
        markets.drop(columns="demand_kg"),
        markets.assign(week=markets["week"] + 0.5),
        markets.assign(demand_kg="much"),
    ):
        run = Run(little.scenario, little.network, {**little.tables, "markets": broken}, {})
        with pytest.raises(ScenarioError, match="table markets"):
            run.save(tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_result_describes_itself_as_a_data_package(tmp_path: Path, little: Run) -> None:
    little.save(tmp_path)
    package = json.loads((tmp_path / DATAPACKAGE).read_text())
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    paths = {resource["path"]: resource for resource in package["resources"]}
    assert {f"{name}.parquet" for name in SCHEMAS} | {"data/legs.csv"} <= set(paths)
    fields = {f["name"]: f for f in paths["ledger.parquet"]["schema"]["fields"]}
    assert fields["date"]["type"] == "datetime" and fields["week"]["type"] == "integer"
    assert fields["lost_kg"]["unit"] == "kg" and fields["lost_kg"]["basis"] == "bulk"
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    listed = {path: manifest["files"][path] for path in paths}
    assert listed == {path: r["hash"].removeprefix("sha256:") for path, r in paths.items()}


SMALL = ["--set", "weeks=30", "--set", "burn_in_weeks=0"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished small study; not to be changed."""
    folder = tmp_path_factory.mktemp("study")
    done = airbridge(*COMPARE, "--replicates", "2", "--out", "c", cwd=folder)
    check_success(done)
    return folder


COMPARE = ["compare", "baseline", "us_falls", *SMALL]


def test_a_study_of_another_question_or_size_is_refused(compared: Path, tmp_path: Path) -> None:
    shutil.copytree(compared, tmp_path, dirs_exist_ok=True)
    before = state(tmp_path)
    asks = [
        ["compare", "baseline", "europe_rises", *SMALL, "--replicates", "2"],
        [*COMPARE, "--replicates", "2", "--seed", "9"],
        ["displace", "baseline", *SMALL, "--replicates", "2"],
        ["nulls", "baseline", *SMALL, "--replicates", "2"],
        ["run", "baseline", *FEW],
    ]
    for words in asks:
        done = airbridge(*words, "--out", "c", cwd=tmp_path)
        check_refusal(done, "compare of baseline, us_falls, seed 1", "--replace")
    check_success(airbridge(*COMPARE, "--replicates", "3", "--out", "c", cwd=tmp_path))
    smaller = [*COMPARE, "--replicates", "2", "--out", "c"]
    check_refusal(airbridge(*smaller, cwd=tmp_path), "replicates = 3", "--replace")
    check_success(airbridge(*smaller, "--replace", cwd=tmp_path))
    fresh = state(tmp_path)
    for name in ("c/differences.csv", "c/figures/differences.pdf", "c/scenario_1.toml"):
        assert fresh[name] == before[name]


def test_a_study_leaves_the_users_files_alone(compared: Path, tmp_path: Path) -> None:
    shutil.copytree(compared, tmp_path, dirs_exist_ok=True)
    (tmp_path / "c" / "figures" / "mine.png").write_text("mine")
    (tmp_path / "c" / "differences.csv").write_text("mine now")
    command = [*COMPARE, "--replicates", "2", "--out", "c", "--replace"]
    check_refusal(airbridge(*command, cwd=tmp_path), "differences.csv is no longer as it was")
    (tmp_path / "c" / "differences.csv").unlink()
    check_success(airbridge(*command, cwd=tmp_path))
    other = [*COMPARE, "--replicates", "2", "--seed", "9", "--out", "c", "--replace"]
    check_success(airbridge(*other, cwd=tmp_path))
    assert (tmp_path / "c" / "figures" / "mine.png").read_text() == "mine"


def test_a_study_goes_on_though_its_data_are_gone(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(data_folder(), pack)
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "baseline"\ndata = "pack"\nweeks = 30\nburn_in_weeks = 0\n')
    asked = ["--entrant", "MX_SINALOA", "--replicates", "2"]
    check_success(airbridge("displace", "mine.toml", *asked, "--out", "d", cwd=tmp_path))
    first = state(tmp_path / "d")
    shutil.rmtree(pack)
    (tmp_path / "d").rename(tmp_path / "moved")
    again = ["displace", "moved/scenario.toml", *asked, "--out", "moved"]
    check_success(airbridge(*again, cwd=tmp_path))
    second = state(tmp_path / "moved")
    changes = {name for name in first | second if first.get(name) != second.get(name)}
    # the scenario is called after its file
    assert changes <= {"study.json", "report.md", "report.html", "scenario.toml"}


@pytest.mark.parametrize("command", ["targets", "facts"])
def test_a_file_of_the_users_is_not_replaced_by_a_table(command: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    (tmp_path / "folder").mkdir()
    for out, says in (
        ("mine.csv", "is there already; name another, or say --replace"),
        ("mine.csv/x.csv", "is a file, not a folder"),
        ("folder", "is a folder; name a file"),
    ):
        check_refusal(airbridge(command, "baseline", "--out", out, cwd=tmp_path), says)
    assert (tmp_path / "mine.csv").read_text() == "mine" and len(list(tmp_path.iterdir())) == 2


LONG = ["n" * 252, "n" * 255, "\u00e4" * 126 + "xyz"]  # as long as a disk's names may be
BUT_ONE = "n" * 256


@pytest.mark.parametrize("name", LONG)
def test_a_table_goes_to_a_file_of_a_long_name(name: str, tmp_path: Path) -> None:
    words = ["targets", "baseline", "--replicates", "1", "--set", "weeks=110"]
    check_success(airbridge(*words, "--set", "burn_in_weeks=0", "--out", name, cwd=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert "simulated" in pd.read_csv(tmp_path / name)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("form", ["csv", "graphml", "geojson"])
def test_an_export_goes_to_a_long_name(form: str, name: str, tmp_path: Path, little: Run) -> None:
    little.save(tmp_path / "r")
    check_success(airbridge("export", "r", "--to", form, "--out", name, cwd=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "r"])


TOO_LONG = [
    ["targets", "baseline"],
    ["facts", "baseline"],
    *(["export", "r", "--to", form] for form in ("csv", "netcdf", "graphml", "duckdb")),
    ["displace", "baseline"],
    ["nulls", "baseline"],
    ["placebo", "baseline"],
    ["compare", "baseline", "us_falls"],
    ["hindcast"],
    ["rest", "baseline"],
    ["responses", "baseline"],
    ["sensitivity", "screening"],
    ["phase", "phase_europe_capital"],
]


@pytest.mark.parametrize("words", TOO_LONG, ids=lambda words: "-".join(words))
def test_a_name_that_no_disk_has_is_refused_before_anything_is_read_or_run(
    words: list[str], tmp_path: Path
) -> None:
    deep = "/".join(["x" * 200] * 20) + "/" + "y" * 60
    for out in (BUT_ONE, deep):
        done = airbridge(*words, "--out", out, cwd=tmp_path)
        check_refusal(done, "cannot be written (File name too long)")
        assert done.out == "" and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["compare", "phase"])
def test_a_study_goes_to_a_folder_of_a_long_name(command: str, tmp_path: Path) -> None:
    words = {
        "compare": [*COMPARE, "--replicates", "2"],
        "phase": ["phase", "phase_europe_capital", "--only", "sample"],
    }[command]
    for _ in range(2):
        check_success(airbridge(*words, "--out", LONG[0], cwd=tmp_path))
    assert (tmp_path / LONG[0] / "study.json").is_file()


def test_a_file_that_has_come_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is there already"):
        with written_whole(tmp_path / "t.csv", replace=False) as path:
            path.write_text("table")
            (tmp_path / "t.csv").write_text("mine")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_text() == "mine"
