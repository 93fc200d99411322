"""A broken data pack is refused in one line that names what is wrong; nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from support import airbridge, check_refusal

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


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the data pack, and ``mine.toml`` beside it that uses it."""
    shutil.copytree(scenarios.LIBRARY / "data", tmp_path / "pack")
    (tmp_path / "mine.toml").write_text('extends = "baseline"\ndata = "pack"\n')
    return tmp_path / "pack"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_pack_is_refused(fault: str, pack: Path) -> None:
    table, change, words = BROKEN[fault]
    change(pd.read_csv(pack / f"{table}.csv")).to_csv(pack / f"{table}.csv", index=False)
    done = airbridge("run", "mine.toml", "--out", "out", cwd=pack.parent)
    check_refusal(done, *words)
    assert not (pack.parent / "out").exists()


def test_a_missing_table_is_named(pack: Path) -> None:
    (pack / "origins.csv").unlink()
    check_refusal(airbridge("check", "mine.toml", cwd=pack.parent), "origins.csv")
