"""An ensemble: who its members are, how replicates run over it, and what is luck in the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import SHORT, airbridge, check_refusal, check_success

from experiments.displacement.question import Question
from experiments.runner.ensemble import (
    LUCKS,
    Ensemble,
    read_ensemble,
    split_variance,
    van_der_corput,
    write_ensemble,
)
from experiments.runner.executors import SerialExecutor
from experiments.runner.laboratory import Laboratory
from experiments.runner.store import Store
from experiments.validation import hindcast
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

RESPONSE, DEVIATION = "expansion.size_response", "paths.demand_us.deviation"


def made(folder: Path, weight: tuple[float, ...] = (1.0, 3.0)) -> Path:
    """The file of a small ensemble."""
    values = np.linspace(0.2, 0.6, len(weight))
    posterior = pd.DataFrame({RESPONSE: values, DEVIATION: -values, "weight": weight})
    prior = pd.DataFrame({RESPONSE: [0.9], DEVIATION: [1.5], "weight": [1.0]})
    path = folder / "some.parquet"
    write_ensemble(path, posterior, prior, {"study": "a test", "date": "2026-01-01"})
    return path


@pytest.fixture
def ensemble(tmp_path: Path) -> Ensemble:
    """Two members, the second three times as likely."""
    return read_ensemble(made(tmp_path), Scenario.load("history"))


def test_replicates_take_members_in_proportion_to_weight(ensemble: Ensemble) -> None:
    taken = [ensemble.member(r) for r in range(2 * 400)]
    assert np.mean(taken) == pytest.approx(0.75, abs=0.01)
    assert all(taken[k] == taken[k + 1] for k in range(0, 800, LUCKS))
    assert ensemble.effective == pytest.approx(1.6)
    assert ensemble.about["study"] == "a test"


def test_a_sequence_fills_evenly() -> None:
    first = sorted(van_der_corput(k) for k in range(15))
    assert first == [k / 16 for k in range(1, 16)]


def test_a_member_is_the_scenario_with_its_values(ensemble: Ensemble) -> None:
    world = ensemble.world(Scenario.load("history"), 0)
    member = ensemble.members.iloc[ensemble.member(0)]
    assert world.parameters.expansion.size_response == member[RESPONSE]
    assert world.paths["demand_us"].deviation == member[DEVIATION]
    calm = ensemble.world(Scenario.load("baseline"), 0)  # which has no paths
    assert calm.parameters.expansion.size_response == member[RESPONSE] and not calm.paths
    before = ensemble.of_prior()
    assert before.members[RESPONSE].tolist() == [0.9] and before.digest != ensemble.digest


def test_worlds_keep_who_is_barred_or_held(ensemble: Ensemble) -> None:
    scenario = Scenario.load("history")
    for against in ("barred", "held"):
        question = Question.ask(scenario, "MX_SINALOA", "europe", None, against)  # type: ignore[arg-type]
        _, other = question.worlds(scenario)
        assert getattr(ensemble.world(other, 0), against) == getattr(other, against) != ()


def test_paths_that_members_know_are_not_drawn_again(ensemble: Ensemble) -> None:
    world = ensemble.world(Scenario.load("history"), 0)
    drawn = hindcast.drawn(world, 1, 0, ensemble)
    assert drawn.paths["demand_us"] == world.paths["demand_us"]
    assert drawn.paths["demand_europe"] != world.paths["demand_europe"]
    alone = hindcast.drawn(Scenario.load("history"), 1, 0)
    assert drawn.paths["demand_europe"] == alone.paths["demand_europe"]


def test_variance_is_split_as_it_was_made() -> None:
    draws = np.random.default_rng(0)
    members = np.repeat(3.0 * draws.standard_normal(4000), LUCKS)
    found = split_variance(members + draws.standard_normal(8000))
    assert found.luck_share == pytest.approx(0.1, abs=0.01)
    assert found.total == pytest.approx(10.0, rel=0.05)
    assert np.isnan(split_variance(np.array([1.0])).luck_share)


def test_a_laboratory_runs_replicates_over_members(tmp_path: Path) -> None:
    scenario = Scenario.load("baseline", list(SHORT))
    ensemble = read_ensemble(made(tmp_path), scenario)
    with Store(tmp_path / "runs") as store:
        lab = Laboratory(store, SerialExecutor(), 1, seed=1, ensemble=ensemble)
        jobs = lab.jobs(scenario, 4, "")
        assert [job.replicate for job in jobs] == [0, 1, 2, 3]
        responses = [job.scenario.parameters.expansion.size_response for job in jobs]
        assert responses == [ensemble.members[RESPONSE].iloc[ensemble.member(r)] for r in range(4)]
        assert len({job.id for job in jobs}) == 4
        ids = lab.run({"one": scenario}, 2)
        assert ids["one"] == [job.id for job in jobs[:2]] and set(ids["one"]) <= store.done


def test_a_run_as_a_member_is_the_run_of_its_values(tmp_path: Path) -> None:
    path = made(tmp_path)
    small = [word for text in SHORT for word in ("--set", text)]
    words = ("run", "baseline", *small, "--no-figures", "--out")
    check_success(airbridge(*words, "a", "--ensemble", path, "--member", "1", cwd=tmp_path))
    check_success(airbridge(*words, "b", "--set", f"{RESPONSE}=0.6", cwd=tmp_path))
    one, other = (pd.read_parquet(tmp_path / name / "markets.parquet") for name in "ab")
    pd.testing.assert_frame_equal(one, other)
    check_refusal(
        airbridge(*words, "c", "--ensemble", path, "--member", "2", cwd=tmp_path), "0 to 1"
    )


def test_displace_runs_over_an_ensemble_and_its_folder_holds_no_other(tmp_path: Path) -> None:
    path = made(tmp_path)
    words = ("displace", "baseline", "--replicates", "2", "--out", "out")
    small = [word for text in SHORT for word in ("--set", text)]
    check_success(airbridge(*words, *small, "--ensemble", path, cwd=tmp_path))
    check_success(airbridge(*words, *small, "--ensemble", path, cwd=tmp_path))  # goes on
    text = (tmp_path / "out" / "report.md").read_text()
    assert "two a member" in text and "not of parameters" not in text
    check_refusal(airbridge(*words, *small, cwd=tmp_path), "another result")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--ensemble", "nowhere.parquet"), "no such file"),
        (("--ensemble", "odd.parquet"), "is no ensemble"),
        (("--ensemble", "some.parquet", "--set", f"{RESPONSE}=0.3"), "each member"),
    ],
)
def test_a_mistake_is_one_line(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "odd.parquet").write_text("odd")
    done = airbridge("displace", "baseline", "--out", "out", *words, cwd=tmp_path)
    check_refusal(done, says)
    assert not (tmp_path / "out").exists()


def test_an_ensemble_of_numbers_unknown_here_is_refused(tmp_path: Path) -> None:
    odd = pd.DataFrame({"expansion.no_such": [1.0], "weight": [1.0]})
    write_ensemble(tmp_path / "odd.parquet", odd, odd, {})
    with pytest.raises(ScenarioError, match="no_such"):
        read_ensemble(tmp_path / "odd.parquet", Scenario.load("baseline"))
