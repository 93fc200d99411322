"""A broken data pack is refused in one line that names what is wrong; nothing is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import scenarios

Change = Callable[[pd.DataFrame], pd.DataFrame]


def add_leg(start: str, end: str) -> Change:
    def change(legs: pd.DataFrame) -> pd.DataFrame:
        row = legs.iloc[0].copy()
        row["from"], row["to"] = start, end
        return pd.concat([legs, row.to_frame().T], ignore_index=True)

    return change


def without(column: str, value: str) -> Change:
    return lambda table: table[table[column] != value]


def put(column: str, value: object) -> Change:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table[column] = table[column].astype(object)
        table.loc[table.index[0], column] = value
        return table

    return change


BROKEN = {
    "cycle": ("legs", add_leg("MK_EU", "PE_VRAEM"), ["cycle", "PE_VRAEM", "MK_EU"]),
    "unreachable": ("legs", without("to", "MK_SC"), ["no zone reaches", "MK_SC"]),
    "stranded": ("legs", without("from", "PE_LORETO"), ["PE_LORETO", "reaches no market"]),
    "unknown place": ("legs", put("to", "BO_BENNI"), ["legs.csv", "unknown place", "BO_BENNI"]),
    "no number": ("legs", put("seizure_prob", "often"), ["seizure_prob", "often", "0..0.95"]),
    "out of range": ("legs", put("consignment_kg", -5), ["consignment_kg", "-5", "kg"]),
    "no column": ("agencies", lambda t: t.drop(columns="effort"), ["agencies.csv", "effort"]),
    "twice": ("places", lambda t: pd.concat([t, t.iloc[:1]]), ["places.csv", "twice"]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_pack_is_refused(fault: str, tmp_path: Path) -> None:
    table, change, words = BROKEN[fault]
    pack = tmp_path / "pack"
    shutil.copytree(scenarios.LIBRARY / "data", pack)
    change(pd.read_csv(pack / f"{table}.csv")).to_csv(pack / f"{table}.csv", index=False)
    file = tmp_path / "mine.toml"
    file.write_text('extends = "baseline"\ndata = "pack"\n')
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "experiments.cli.main",
            "run",
            str(file),
            "--out",
            str(tmp_path / "out"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert not (tmp_path / "out").exists()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(scenarios.LIBRARY / "data", pack)
    (pack / "origins.csv").unlink()
    file = tmp_path / "mine.toml"
    file.write_text('extends = "baseline"\ndata = "pack"\n')
    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli.main", "check", str(file)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "origins.csv" in done.stderr and done.stderr.count("\n") == 1
