"""The answer over many entrants: the same worlds are run once, and all it says is measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from support import SHORT, airbridge, check_refusal, check_success
from test_ensemble import made

from experiments.displacement import entrants
from sim.scenario.scenario import Scenario


def test_worlds_that_are_the_same_are_run_once() -> None:
    history, rest = Scenario.load("history"), Scenario.load("baseline")
    asked = entrants.cases(history, rest, "europe", ("MX_SINALOA", "BR_PCC"), 500.0)
    assert len(asked) == 2 * 4
    worlds: dict[str, Scenario] = {}
    for case in asked:
        for name, world in case.worlds.items():
            assert worlds.setdefault(name, world) == world  # one name, one world
    # history and rest once; of each entrant barred, held, with a chest in two worlds, held at rest
    assert len(worlds) == 2 + 2 * 5
    chest = worlds["BR_PCC, growth, war chest, allowed"]
    assert chest.organisations["BR_PCC"].capital_usd_m == 500.0
    assert "MX_SINALOA" not in chest.organisations
    assert worlds["BR_PCC, presence, barred"].barred == ("BR_PCC:MK_EU",)
    assert worlds["BR_PCC, growth, held"].held == ("BR_PCC:MK_EU",)
    assert worlds["BR_PCC, drift at rest, held"].paths == {}


def test_an_answer_leaves_its_page_and_goes_on_from_its_store(tmp_path: Path) -> None:
    path = made(tmp_path)
    small = [word for text in SHORT for word in ("--set", text)]
    words = ("answer", "baseline", "--entrant", "MX_SINALOA", "--replicates", "2", *small)
    check_success(airbridge(*words, "--ensemble", path, "--out", "out", cwd=tmp_path))
    out = tmp_path / "out"
    page = (out / "report.md").read_text()
    assert all(f"| {kind} |" in page for kind in entrants.ABOUT) and "By stage" in page
    table = pd.read_csv(out / "entrants.csv")
    assert set(table["kind"]) == set(entrants.ABOUT) and set(table["entrant"]) == {"MX_SINALOA"}
    gain = table[table["measure"] == "entrant_gain_t"].set_index("kind")["value"]
    # In a world where nothing happens, growth with equal capital is drift: the same pair.
    assert gain["drift at rest"] == pytest.approx(gain["growth"])
    assert (out / "figures" / "entrants.png").is_file()
    check_success(airbridge(*words, "--ensemble", path, "--out", "out", cwd=tmp_path))


def test_without_an_ensemble_there_is_no_answer(tmp_path: Path) -> None:
    done = airbridge("answer", "--ensemble", "none.parquet", cwd=tmp_path)
    check_refusal(done, "none.parquet: no such file")
    done = airbridge("answer", "--entrant", "MX_NOBODY", cwd=tmp_path)
    check_refusal(done, "MX_NOBODY: no such organisation")
