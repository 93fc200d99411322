"""Sensitivity studies: known answers through the project's own path, seeds, gaps, messages."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from SALib import ProblemSpec
from SALib.analyze import sobol as salib_sobol

from experiments.results.export import export
from experiments.results.workbench import for_workbench, open_study, quiet
from experiments.runner import execute as runner
from experiments.runner import jobs
from experiments.runner.executors import SerialExecutor
from experiments.runner.jobs import Job, Result
from experiments.runner.laboratory import Laboratory
from experiments.runner.store import Store
from experiments.sensitivity import steps as sensitivity
from experiments.sensitivity.discovery import discover
from experiments.sensitivity.indices import analyse, converge, noise_table, seeded
from experiments.sensitivity.plan import READY, Plan, load_study, make_plan
from experiments.sensitivity.points import make_point_jobs, replicates_at
from experiments.sensitivity.report import constancy, present
from experiments.sensitivity.sampling import block_size, draw_sample
from sim.errors import ScenarioError
from sim.parameters.registry import register

Function = Callable[[np.ndarray], float]
NAMES = ["ordering.hurdle", "ordering.own_share", "learning.salience", "routing.aversion"]
RANGES = {entry.name: (entry.low, entry.high) for entry in register()}
ASKED = "flights_per_year"
ROOT = Path(__file__).parents[1]


def plan_of(method: Any, samples: int, count: int = 3, **more: Any) -> Plan:
    tables = [{"name": name, "distribution": "uniform"} for name in NAMES[:count]]
    content = {
        "name": "known",
        "scenario": "baseline",
        "method": method,
        "samples": samples,
        "outcomes": [ASKED],
        "factors": tables,
        **more,
    }
    return make_plan(content, "known.toml", Path())


def in_units(values: dict[str, float], names: list[str]) -> np.ndarray:
    return np.array([(values[n] - RANGES[n][0]) / (RANGES[n][1] - RANGES[n][0]) for n in names])


def ishigami(u: np.ndarray) -> float:
    a, b, c = 2 * math.pi * u - math.pi
    return math.sin(a) + 7 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)


ISHIGAMI_S1, ISHIGAMI_ST = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
G = np.array([0.0, 1.0, 4.5, 9.0])


def sobol_g(u: np.ndarray) -> float:
    return float(np.prod((np.abs(4 * u - 2) + G) / (1 + G)))


def g_indices() -> tuple[np.ndarray, np.ndarray]:
    part = 1 / (3 * (1 + G) ** 2)
    total = np.prod(1 + part) - 1
    return part / total, part * np.prod(1 + part) / (1 + part) / total


def pretend(
    monkeypatch: pytest.MonkeyPatch,
    function: Function,
    names: list[str],
    noise: float = 0.0,
    fails: int | None = None,
) -> list[str]:
    """Let a function stand in for the model; all else is the project's own path."""
    ran: list[str] = []

    def run_job(job: Job, keep: Path | None = None) -> Result:
        ran.append(job.id)
        if fails is not None and job.note == f"point {fails}":
            return job.id, None, "ValueError: no sense"
        tree = job.scenario.to_tree()
        values = {n: tree[n.split(".")[0]][n.split(".")[1]] for n in names}
        luck = np.random.default_rng([job.seed, job.replicate, len(ran)]).normal()
        y = function(in_units(values, names)) + noise * luck
        return job.id, {"summary": {ASKED: y}}, ""

    monkeypatch.setattr(runner, "run_job", run_job)
    monkeypatch.setattr(jobs, "fingerprint", lambda s: json.dumps(s.to_tree(), default=str))
    return ran


def carry_out(plan: Plan, folder: Path, gaps: bool = False) -> dict[str, pd.DataFrame]:
    """Sample, run and analyse, each from what the one before has left on disk."""
    sensitivity.sample(plan, folder)
    with Store(folder / "runs") as store:
        sensitivity.run(plan, folder, Laboratory(store, SerialExecutor(), 1, plan.study.seed, gaps))
    return sensitivity.analyse_study(plan, folder, gaps)


def found(tables: dict[str, pd.DataFrame], index: str) -> pd.DataFrame:
    return tables["indices"][tables["indices"]["index"] == index].reset_index(drop=True)


def within(table: pd.DataFrame, known: Any) -> np.ndarray:
    return ((table["low"] <= known) & (known <= table["high"])).to_numpy()


def within_three_sigma(table: pd.DataFrame, known: Any) -> bool:
    """Tell whether all lie in the intervals at 99.7 %: at 95 % one in twenty must not."""
    half = 1.53 * (table["high"] - table["low"]) / 2
    return bool((np.abs(table["value"] - known) <= half).all())


def test_ishigami_and_sobol_g_come_out_of_the_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, ishigami, NAMES[:3])
    tables = carry_out(plan_of("sobol", 256, second_order=True), tmp_path / "i")
    assert within_three_sigma(found(tables, "S1"), ISHIGAMI_S1)
    assert within_three_sigma(found(tables, "ST"), ISHIGAMI_ST)
    pairs = found(tables, "S2").set_index(["factor", "other"])["value"]
    assert pairs[NAMES[0], NAMES[2]] == pytest.approx(0.2437, abs=0.1)
    assert abs(pairs[NAMES[0], NAMES[1]]) < 0.1
    pretend(monkeypatch, sobol_g, NAMES)
    first, total = g_indices()
    tables = carry_out(plan_of("sobol", 256, 4), tmp_path / "g")
    assert within_three_sigma(found(tables, "S1"), first)
    assert within_three_sigma(found(tables, "ST"), total)
    path = tables["convergence"].query(f"factor == '{NAMES[0]}'").sort_values("n")
    assert list(path["n"]) == [32, 64, 128, 256]
    width = (path["high"] - path["low"]).to_numpy()
    assert width[-1] < 0.6 * width[0]


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    hits = []
    for seed in range(8):
        for count, function, known in (
            (3, ishigami, (ISHIGAMI_S1, ISHIGAMI_ST)),
            (4, sobol_g, g_indices()),
        ):
            plan = plan_of("sobol", 256, count, seed=seed, resamples=200)
            tables = {"indices": analyse(plan, *known_means(plan, function))}
            for index, truth in zip(("S1", "ST"), known, strict=True):
                hits.extend(within(found(tables, index), truth))
    assert len(hits) == 8 * 14 and 0.9 <= np.mean(hits) <= 1.0


@pytest.mark.parametrize(
    ("method", "n", "known", "tolerance"),
    [
        ("fast", 400, {"S1": ISHIGAMI_S1, "ST": ISHIGAMI_ST}, 0.08),
        ("rbd_fast", 1000, {"S1": ISHIGAMI_S1}, 0.08),
        ("delta", 1000, {"S1": ISHIGAMI_S1}, 0.15),
    ],
)
def test_other_methods_find_ishigami_too(
    method: str, n: int, known: dict[str, list[float]], tolerance: float
) -> None:
    plan = plan_of(method, n)
    tables = {"indices": analyse(plan, *known_means(plan, ishigami))}
    for index, truth in known.items():
        assert np.abs(found(tables, index)["value"] - truth).max() < tolerance, index


def test_a_polynomial_is_what_hdmr_fits() -> None:
    plan = plan_of("hdmr", 300)
    means = known_means(plan, lambda u: float(u[0] + 2 * u[1] * u[2]))
    tables = {"indices": analyse(plan, *means)}
    assert found(tables, "Sa")["value"].to_numpy() == pytest.approx([0.3, 0.3, 0.3], abs=0.04)
    assert found(tables, "ST")["value"].to_numpy() == pytest.approx([0.3, 0.4, 0.4], abs=0.04)


def known_means(plan: Plan, function: Function) -> tuple[pd.DataFrame, pd.DataFrame]:
    points = draw_sample(plan)
    names = list(points.columns)
    y = [function(in_units(row, names)) for row in points.to_dict("records")]
    return points, pd.DataFrame({ASKED: y})


def test_elementary_effects_of_a_plane_are_its_slopes() -> None:
    plan = plan_of("morris", 6)
    table = analyse(plan, *known_means(plan, lambda u: float(3 * u[0] - 2 * u[1])))
    wide = table.pivot(index="factor", columns="index", values="value").loc[NAMES[:3]]
    assert wide["mu"].to_numpy() == pytest.approx([3.0, -2.0, 0.0], abs=1e-9)
    assert wide["mu_star"].to_numpy() == pytest.approx([3.0, 2.0, 0.0], abs=1e-9)
    assert wide["sigma"].to_numpy() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_factors_of_a_group_move_together_and_are_judged_together(method: str) -> None:
    tables = [
        {"name": NAMES[0], "group": "money"},
        {"name": NAMES[1], "group": "money"},
        {"name": NAMES[2]},
    ]
    plan = plan_of(method, 64, factors=tables)
    points, means = known_means(plan, lambda u: float(u[0] + u[1]))
    assert len(points) == 64 * block_size(plan) == 64 * (3 if method == "morris" else 4)
    table = analyse(plan, points, means)
    lead = table[table["index"] == {"morris": "mu_star", "sobol": "ST"}[method]]
    assert list(lead["factor"]) == ["money", NAMES[2]]
    assert lead["value"].iloc[0] > 0.4 and abs(lead["value"].iloc[1]) < 0.05


@pytest.mark.parametrize("method", ["sobol", "morris", "fast", "rbd_fast", "delta", "pawn"])
def test_a_seed_always_arrives_even_zero(method: str) -> None:
    n = {"sobol": 64, "morris": 10, "fast": 65, "delta": 400}.get(method, 120)
    draws = {seed: draw_sample(plan_of(method, n, seed=seed)) for seed in (0, 1)}
    assert draws[0].equals(draw_sample(plan_of(method, n, seed=0)))
    assert not draws[0].equals(draws[1])
    plans = {seed: plan_of(method, n, seed=seed, resamples=20) for seed in (0, 1)}
    points, means = known_means(plans[1], ishigami)
    zero, again, one = (analyse(plans[seed], points, means) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(zero, again, check_exact=True)
    assert not zero["high"].equals(one["high"])


def test_analysis_leaves_the_global_generator_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    with seeded(0) as number:
        assert number == 1
        np.random.random(10)  # noqa: NPY002
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_stopped_at_random_moments_a_study_ends_with_the_same_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("sobol", 16)
    pretend(monkeypatch, ishigami, NAMES[:3])
    whole = carry_out(plan, tmp_path / "whole")
    honest, ran, rng = runner.run_job, 0, np.random.default_rng(5)

    def stops(job: Job, keep: Path | None = None) -> Result:
        nonlocal ran
        ran += 1
        if rng.random() < 0.2:
            raise KeyboardInterrupt
        return honest(job, keep)

    monkeypatch.setattr(runner, "run_job", stops)
    stopped = 0
    while True:
        try:
            parts = carry_out(plan, tmp_path / "parts")
            break
        except KeyboardInterrupt:
            stopped += 1
    assert stopped >= 5 and ran == 16 * 5 + stopped
    for name in ("samples", "outcomes", "means", "indices", "convergence"):
        pd.testing.assert_frame_equal(parts[name], whole[name], check_exact=True)


def test_points_that_are_alike_share_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = pretend(monkeypatch, lambda u: float(u[0] + 2 * u[1]), NAMES[:2])
    tables = carry_out(plan_of("morris", 40, 2), tmp_path)
    assert tables["samples"].duplicated().any()
    assert len(ran) == len(tables["samples"].drop_duplicates())
    assert found(tables, "mu")["value"].to_numpy() == pytest.approx([1.0, 2.0])


def test_gaps_are_refused_and_told_to_are_dropped_by_whole_base_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("sobol", 32)
    pretend(monkeypatch, ishigami, NAMES[:3], fails=7)
    with pytest.raises(ScenarioError, match="1 of 160 runs are missing"):
        carry_out(plan, tmp_path)
    tables = carry_out(plan, tmp_path, gaps=True)
    assert len(tables["samples"]) == 155 and set(tables["indices"]["n"]) == {31}
    sample, means = pd.read_csv(tmp_path / "samples.csv"), pd.read_csv(tmp_path / "means.csv")
    left = sorted(set(range(160)) - set(means["point"]))
    assert left == list(range(left[0], left[0] + 5)) and 7 in left  # numbered as they were
    there = open_study(tmp_path)[0][NAMES[:3]]
    assert (there.to_numpy() == sample.drop(left).to_numpy()).all()


def test_noise_between_replicates_is_told_from_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("sobol", 64, replicates=2)
    pretend(monkeypatch, lambda u: float(u[0]), NAMES[:3], noise=0.5)
    (row,) = carry_out(plan, tmp_path)["noise"].to_dict("records")
    assert row["noise_of_one_run"] == pytest.approx(0.25, rel=0.25)
    assert row["noise_share"] == pytest.approx(0.125 / (0.125 + 1 / 12), rel=0.25)
    alone = plan_of("sobol", 64)
    outcomes = pd.DataFrame({"point": range(4), "replicate": 0, ASKED: [1.0, 2.0, 3.0, 5.0]})
    assert np.isnan(noise_table(alone, outcomes, outcomes[[ASKED]])["noise_share"].iloc[0])


def test_points_share_their_luck_or_have_their_own() -> None:
    for common in (True, False):
        plan = plan_of("morris", 2, replicates=2, common_luck=common)
        rows = list(make_point_jobs(plan, draw_sample(plan).head(3)))
        keys = [(job.seed, job.replicate) for _, _, _, job in rows]
        assert len(set(keys)) == (2 if common else 6)
    plan = plan_of("morris", 8, noise_points=4, noise_replicates=5)
    counts = replicates_at(plan, 32)
    assert sorted(set(counts)) == [1, 5] and (counts == 5).sum() == 4


def test_worlds_of_a_point_share_their_luck_and_differ_in_the_entrant() -> None:
    plan = plan_of("morris", 2, outcomes=["entrant_share"], entrant="MX_SINALOA")
    (_, _, one, a), (_, _, two, b) = list(make_point_jobs(plan, draw_sample(plan).head(1)))
    assert (one, two) == ("allowed", "barred") and (a.seed, a.replicate) == (b.seed, b.replicate)
    assert "MX_SINALOA:MK_EU" in b.scenario.barred and not a.scenario.barred
    assert a.scenario.parameters == b.scenario.parameters


def test_factors_take_bounds_and_distribution_from_the_register() -> None:
    content = {
        "name": "all",
        "scenario": "baseline",
        "method": "pawn",
        "samples": 200,
        "outcomes": [ASKED],
        "roles": ["uncertainty"],
    }
    plan = make_plan(content, "all.toml", Path())
    points = draw_sample(plan)
    known = {e.name: e for e in register() if e.role == "uncertainty"}
    assert list(points) == list(known)
    for factor in plan.factors:
        entry, drawn = known[factor.name], points[factor.name]
        assert drawn.between(entry.low, entry.high).all()
        middle = (
            math.sqrt(entry.low * entry.high)
            if entry.distribution == "log_uniform"
            else (entry.low + entry.high) / 2
        )
        assert 0.4 < (drawn < middle).mean() < 0.6, factor.name
    half = make_plan(content | {"span": 0.5}, "all.toml", Path())
    for whole, part in zip(plan.factors, half.factors, strict=True):
        assert whole.low <= part.low < part.high <= whole.high
        assert part.low <= known[part.name].default <= part.high


def test_results_load_into_salib_and_the_ema_workbench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, ishigami, NAMES[:3])
    plan = plan_of("sobol", 64)
    tables = carry_out(plan, tmp_path)
    problem = ProblemSpec(json.loads((tmp_path / "problem.json").read_text()))
    y = pd.read_csv(tmp_path / "means.csv")[ASKED].to_numpy()
    assert len(pd.read_csv(tmp_path / "samples.csv")) == len(y)
    theirs = salib_sobol.analyze(problem, y, calc_second_order=False, seed=2, num_resamples=1000)
    assert theirs["ST"] == pytest.approx(found(tables, "ST")["value"].to_numpy())
    assert theirs["ST_conf"] == pytest.approx((found(tables, "ST").eval("high - value")).to_numpy())
    experiments, outcomes = for_workbench(tables["samples"], tables["means"])
    assert list(experiments)[:3] == NAMES[:3] and outcomes[ASKED].shape == (320,)
    pd.testing.assert_frame_equal(open_study(tmp_path)[0], experiments)


@pytest.mark.filterwarnings("ignore:.*identifier:DeprecationWarning")  # by version 3
def test_a_study_opens_in_the_workbench_is_searched_scored_saved_and_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ema_workbench")
    pretend(monkeypatch, lambda u: float(u[0] > 0.7), NAMES[:3])
    carry_out(plan_of("sobol", 64), tmp_path / "study")
    export(tmp_path / "study", "workbench", tmp_path / "study.tar.gz")
    with quiet():
        from ema_workbench import load_results, save_results
        from ema_workbench.analysis import feature_scoring

        experiments, outcomes = open_study(tmp_path / "study")
        loaded = load_results(str(tmp_path / "study.tar.gz"))
        save_results(loaded, str(tmp_path / "theirs.tar.gz"))
        again = load_results(str(tmp_path / "theirs.tar.gz"))
        scores = feature_scoring.get_feature_scores_all(*again)[ASKED]
    for points, values in (loaded, again):
        assert points[NAMES[:3]].equals(experiments[NAMES[:3]])
        assert values[ASKED].tolist() == outcomes[ASKED].tolist()
    assert scores.idxmax() == NAMES[0]
    (box,) = discover(again[0][NAMES[:3]], again[1][ASKED] > 0.5, boxes=1)
    assert box.limits["restricted"].tolist() == [True, False, False]
    with pytest.raises(ScenarioError, match="no finished study of points .samples are missing"):
        open_study(tmp_path)


def planted(job: Job, keep: Path | None = None) -> Result:
    """An entrant that takes a tenth of Europe from incumbents where hurdles are low."""
    allowed = "MX_SINALOA:MK_EU" not in job.scenario.barred
    taken = 30.0 if allowed and job.scenario.parameters.ordering.hurdle < 0.2 else 0.0
    out = {
        "MK_EU.delivered_t_per_year": 300.0,
        "MK_EU.t_MX_SINALOA": taken,
        "MK_EU.price_usd_per_kg": 5e4,
        "MK_EU.herfindahl": 0.2,
    }
    return job.id, {"summary": out}, ""


def test_a_grid_and_a_discovery_find_what_was_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run_job", planted)
    paired = {
        "outcomes": ["displaced", "entrant_share", "diversion_ratio"],
        "entrant": "MX_SINALOA",
    }
    grid = [{"name": NAMES[0], "values": [0.0, 0.1, 0.3]}, {"name": NAMES[1], "values": [0.1, 0.6]}]
    plan = plan_of("grid", 2, replicates=2, **paired | {"factors": grid})
    tables = carry_out(plan, tmp_path / "grid")
    present(plan, tables, tmp_path / "grid")
    table = pd.read_csv(tmp_path / "grid" / "phase.csv").set_index(NAMES[:2])
    assert table["value"].tolist() == [1, 1, 1, 1, 0, 0]
    assert table["share"].tolist() == pytest.approx([0.1] * 4 + [0.0] * 2)
    assert tables["means"]["diversion_ratio"].tolist() == pytest.approx([1.0] * 4 + [0.0] * 2)
    assert (tmp_path / "grid" / "figures" / "phase.pdf").is_file()
    plan = plan_of("rbd_fast", 120, discovery={"outcome": "displaced"}, **paired)
    tables = carry_out(plan, tmp_path / "lhs")
    lines = present(plan, tables, tmp_path / "lhs")
    assert any("displace incumbents" in line and "Margin required" in line for line in lines)
    limits = pd.read_csv(tmp_path / "lhs" / "boxes.csv").query("restricted and box == 1")
    assert limits["factor"].tolist() == [NAMES[0]]
    assert limits["high"].iloc[0] == pytest.approx(0.2, abs=0.02)
    assert (tmp_path / "lhs" / "report.md").read_text().startswith("# ")


BASE = {
    "name": "s",
    "scenario": "baseline",
    "method": "sobol",
    "samples": 64,
    "outcomes": [ASKED],
    "factors": [{"name": NAMES[0]}, {"name": NAMES[1]}],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"factors": [{"name": "ordering.hurdl"}]},
            "s.toml: unknown factor 'ordering.hurdl'; did you mean 'ordering.hurdle'?",
        ),
        (
            {"factors": [{"name": NAMES[0], "low": 0.3, "high": 0.3}]},
            "s.toml: factor 'ordering.hurdle': the range 0.3..0.3 share of purchase price is empty",
        ),
        (
            {"factors": [{"name": NAMES[0], "high": 0.9}]},
            "s.toml: factor 'ordering.hurdle': high = 0.9 share of purchase price "
            "is outside 0..0.5",
        ),
        (
            {"outcomes": ["flight_per_year"]},
            "s.toml: unknown outcome 'flight_per_year'; did you mean 'flights_per_year'?",
        ),
        ({"samples": 4}, "s.toml: samples = 4 is too few for sobol: at least 8"),
        ({"samples": 100}, "s.toml: samples = 100 is no power of two"),
        ({"method": "fast"}, "s.toml: samples = 64 is too few for fast: at least 65"),
        ({"method": "sobl"}, "s.toml: "),
        ({"samples": 0}, "s.toml: samples = 0 is outside 2..1000000"),
        ({"outcomes": ["displaced"]}, "s.toml: key 'entrant' is missing"),
        ({"outcomes": ["displaced"], "entrant": "MX_SINALO"}, "did you mean 'MX_SINALOA'"),
        ({"replicats": 3}, "s.toml: unknown key 'replicats'; did you mean 'replicates'?"),
        ({"method": ["sobol", "pawn"]}, "can share a sample"),
        ({"factors": [{"name": NAMES[0], "distribution": "log_uniform"}]}, "is not above 0"),
        (
            {"factors": [{"name": "organisations.MX_SINALOA.capital_usd_m"}]},
            "needs 'low' and 'high'",
        ),
        ({"factors": [{"name": NAMES[0]}, {"name": NAMES[0]}]}, "stands twice"),
        ({"factors": [{"name": NAMES[0]}]}, "at least two factors"),
        ({"roles": ["uncertainty"], "sections": ["orderin"]}, "did you mean 'ordering'"),
        ({"scenario": "baselin"}, "no scenario 'baselin'; did you mean 'baseline'?"),
        ({"method": "grid"}, "has no 'values' for the grid"),
    ],
)
def test_a_mistake_gets_one_clear_message(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        make_plan(BASE | change, "s.toml", Path())
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_another_study_cannot_use_the_folder(tmp_path: Path) -> None:
    sensitivity.sample(plan_of("sobol", 16), tmp_path)
    sensitivity.sample(plan_of("sobol", 16), tmp_path)
    with pytest.raises(ScenarioError, match="another study"):
        sensitivity.sample(plan_of("sobol", 16, seed=2), tmp_path)
    with pytest.raises(ScenarioError, match="samples = 16, not 8.*does not shrink"):
        sensitivity.sample(plan_of("sobol", 8), tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ScenarioError, match="holds other files"):
        sensitivity.sample(plan_of("sobol", 16), tmp_path / "mine")
    with pytest.raises(ScenarioError, match="no outcomes yet; say --only run first"):
        sensitivity.analyse_study(plan_of("sobol", 16), tmp_path)


def test_a_study_that_grows_reuses_its_runs_and_ends_as_if_begun_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(job: Job, keep: Path | None = None) -> Result:
        made.append(job.id)
        return planted(job, keep)

    monkeypatch.setattr(runner, "run_job", counted)
    asked = {"entrant": "MX_SINALOA", "outcomes": ["displaced"], "common_luck": False}
    carry_out(plan_of("sobol", 8, **asked), tmp_path / "a")
    first = set(made)
    made.clear()
    larger = {**asked, "outcomes": ["displaced", "entrant_share"], "replicates": 2}
    grown = carry_out(plan_of("sobol", 16, **larger), tmp_path / "a")
    assert made and not first & set(made)  # nothing is run twice
    assert len(first) + len(made) == 16 * 5 * 2 * 2  # points, replicates, worlds
    fresh = carry_out(plan_of("sobol", 16, **larger), tmp_path / "b")
    for name in ("samples", "outcomes", "means", "indices"):
        pd.testing.assert_frame_equal(grown[name], fresh[name])
    with pytest.raises(ScenarioError, match="outcome entrant_share"):
        sensitivity.sample(plan_of("sobol", 16, **asked | {"replicates": 2}), tmp_path / "a")


def test_what_has_grown_is_not_analysed_before_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run_job", planted)
    asked = {"entrant": "MX_SINALOA", "outcomes": ["displaced"]}
    carry_out(plan_of("sobol", 8, **asked), tmp_path)
    more = plan_of("sobol", 8, replicates=2, **asked)
    with pytest.raises(ScenarioError, match="say --only sample first"):
        sensitivity.analyse_study(more, tmp_path)
    sensitivity.sample(more, tmp_path)
    with pytest.raises(ScenarioError, match="say --only run first"):
        sensitivity.analyse_study(more, tmp_path)


def test_a_grid_is_asked_only_for_what_it_uses() -> None:
    content: dict[str, Any] = {
        "name": "g",
        "scenario": "baseline",
        "entrant": "MX_SINALOA",
        "factors": [
            {"name": NAMES[0], "values": [0.0, 0.3]},
            {"name": NAMES[1], "values": [0.2, 0.4]},
        ],
    }
    plan = make_plan(content, "g.toml", Path())
    assert plan.study.methods == ("grid",) and plan.outcomes == ["displaced", "entrant_share"]
    assert len(draw_sample(plan)) == 4
    with pytest.raises(ScenarioError, match="'outcomes' is missing"):
        make_plan({k: v for k, v in content.items() if k != "entrant"}, "g.toml", Path())


CALIBRATION = "calibration"  # a study of another kind; see ``test_calibration``


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in READY.glob("*.toml") if path.stem != CALIBRATION)
)
def test_ready_studies_are_sound(name: str) -> None:
    plan = load_study(name)
    assert len(draw_sample(plan)) > 10 and plan.question is not None


def test_an_outcome_that_is_the_same_everywhere_has_no_index() -> None:
    plan = plan_of("sobol", 32)
    points, means = known_means(plan, lambda u: 3.0)
    assert analyse(plan, points, means)["value"].isna().all()
    assert converge(plan, points, means)["value"].isna().all()
    assert "constant, 3 at all" in constancy({"means": means}, ASKED)
