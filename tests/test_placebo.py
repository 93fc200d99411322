"""A placebo: sellers with nothing given to them gain nothing, and a gift is found out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from support import airbridge, check_refusal, check_success, short

from experiments.displacement import placebo as study
from experiments.displacement.question import Question
from experiments.runner.executors import SerialExecutor
from experiments.runner.laboratory import Laboratory
from experiments.runner.store import Store
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

LENGTH = ("weeks=60", "burn_in_weeks=4")


def alike(self: Question, scenario: Scenario) -> tuple[Scenario, Scenario]:
    return scenario, scenario.model_copy(update={"name": "held"})


def test_who_is_alike_in_both_worlds_gains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Question, "worlds", alike)
    out = tmp_path / "out"
    words = [word for text in LENGTH for word in ("--set", text)]
    two = ("--entrant", "IT_NDRANGHETA", "--entrant", "BR_PCC")
    done = airbridge("placebo", *two, *words, "--replicates", "5", "--out", out, cwd=tmp_path)
    check_success(done)
    assert "2 show no effect that matters" in done.out and "0 gain or lose" in done.out
    table = pd.read_csv(out / "placebo.csv")
    gain = table[table["measure"] == "entrant_gain_t"]
    assert (gain[["value", "low", "high"]] == 0).all(axis=None) and (gain["pairs"] == 5).all()
    assert set(table["kind"]) == {"none"} and list(gain["entrant"]) == ["IT_NDRANGHETA", "BR_PCC"]
    assert {path.suffix for path in (out / "figures").iterdir()} == {".png", ".pdf"}
    assert "no effect" in (out / "report.md").read_text()


def test_a_seller_that_the_worlds_set_apart_is_named(tmp_path: Path) -> None:
    """Barred is no placebo: presence is a gain, and the study must say so."""
    scenario = short()
    asked = study.questions(scenario, "europe", ["IT_NDRANGHETA"], "barred")
    with Store(tmp_path) as store:
        found = study.placebo(Laboratory(store, SerialExecutor(), 1, seed=1), scenario, asked, 5)
    assert found.kinds.iloc[0] in study.WRONG
    assert "1 gain or lose" in study.answer(found)
    few = study.Placebo(found.table.assign(kind="few", pairs=2), "Europe", "barred")
    assert study.answer(few).startswith("Cannot tell from 2 pairs")


def test_every_seller_in_turn_the_largest_first() -> None:
    scenario = short()
    asked = study.questions(scenario, "europe", (), "barred")
    assert list(asked) == study.sellers(scenario, "MK_EU") and len(asked) > 5
    with pytest.raises(ScenarioError, match="BR_PCC: named twice"):
        study.questions(scenario, "europe", ["BR_PCC", "BR_PCC"], "barred")
    with pytest.raises(ScenarioError, match="did you mean"):
        study.questions(scenario, "europe", ["BR_PC"], "barred")


@pytest.mark.skipif("held" in Scenario.model_fields, reason="the model can hold")
def test_what_the_model_cannot_do_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    done = airbridge("placebo", "--out", tmp_path / "out", cwd=tmp_path)
    check_refusal(done, "--against held", "say --against barred")
    assert not (tmp_path / "out").exists()
