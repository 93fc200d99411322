"""History matching, the sampler and the trial on known truth, on models that are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import airbridge, check_refusal

from experiments.calibration import emulator, matching, posterior, recovery, variants, waves
from experiments.calibration.matching import Data
from experiments.calibration.plan import Plan, load_plan, plan_of, read_study
from experiments.calibration.prior import Prior, spread_evenly
from experiments.calibration.targets import Target, measured, weights_of
from experiments.sensitivity.factors import Factor
from sim.errors import ScenarioError

HEAD = """
name = "small"
scenario = "history"
waves = [40, 40]
"""
FACTORS = """
[[factors]]
name = "expansion.size_response"
low = 0.1
high = 1.0

[[factors]]
name = "expansion.experience_years"
distribution = "log_uniform"
low = 5.0
high = 60.0
"""
TARGET = """
[[targets]]
name = "seizures in Brazil"
measure = "seized_bulk_t"
where = ["Brazil"]
level = 0.3
change = 0.4
reason = "a test"
"""


def written(folder: Path, *parts: str) -> Path:
    """A study file of these parts."""
    path = folder / "small.toml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A small study on the history."""
    return load_plan(written(tmp_path_factory.mktemp("study"), HEAD, FACTORS, TARGET))


def invented(targets: int, unknowns: int, sd: float = 0.1) -> tuple[Plan, np.ndarray]:
    """A plan without a scenario, and the slopes of a straight-line model with that luck."""
    factors = tuple(Factor(f"x.n{k}", "", f"n{k}", low=0.0, high=1.0) for k in range(unknowns - 1))
    prior = Prior(factors, ("p",))
    nothing = pd.DataFrame({"year": [2010]})
    made = tuple(Target(f"t{k}", "level", nothing, 0.0, sd, sd, "a test") for k in range(targets))
    text = HEAD + FACTORS + TARGET
    study = read_study(
        _content(text) | {"waves": [60, 40], "runs": 1, "candidates": 2000, "members": 40},
        "small",
    )
    study = study.model_copy(update={"particles": 400, "tolerated": 0})
    slopes = np.random.default_rng(3).normal(0.0, 1.0, (unknowns, targets))
    return Plan(study, "small", None, prior, made), slopes  # type: ignore[arg-type]


def _content(text: str) -> dict[str, object]:
    import tomllib

    return tomllib.loads(text)


def line_maker(plan: Plan, slopes: np.ndarray, luck: float) -> waves.Maker:
    """A model that is a straight line in the scaled unknowns, with luck."""

    def make(rows: pd.DataFrame) -> pd.DataFrame:
        x = plan.prior.scaled(plan.prior.normal(rows))
        noise = np.random.default_rng(int(rows["luck"].iloc[0])).standard_normal(
            (len(rows), slopes.shape[1])
        )
        names = [target.name for target in plan.targets]
        return pd.DataFrame(x @ slopes + luck * noise, columns=names, index=range(len(rows)))

    return make


def test_nothing_after_2016_is_run_or_looked_at(plan: Plan) -> None:
    assert plan.scenario.end.isoformat() == "2017-01-01"  # the Sunday of 2016's last week
    assert not plan.scenario.left_out
    assert max(year for target in plan.targets for year in target.years) <= 2016
    ready = load_plan("calibration")
    assert max(year for target in ready.targets for year in target.years) == 2016
    assert ready.scenario.end == plan.scenario.end
    assert all(target.discrepancy_sd > 0 and target.reason for target in ready.targets)


def test_unknowns_are_numbers_and_all_paths(plan: Plan) -> None:
    assert plan.prior.names[:2] == ["expansion.size_response", "expansion.experience_years"]
    assert len(plan.prior) == 2 + len(plan.scenario.paths)


def test_level_and_change_by_hand(plan: Plan) -> None:
    level, change = plan.targets
    years = level.years
    assert weights_of("change", np.array(years)) @ np.array(years) == pytest.approx(
        years[-1] - years[0]
    )
    # Twice the data in every year: a level higher by the log of two, floors apart, no change.
    parts = level.parts
    observed = pd.DataFrame(
        [
            {"row": 7, "measure": "seized_bulk_t", "where": "Brazil", "year": y, "value": 50.0}
            for y in parts["year"]
        ]
    )
    shown = measured(plan.targets, observed, [7])
    floor = float(parts["floor"].iloc[0])
    assert shown.loc[7, level.name] == pytest.approx(np.log(50.0 + floor))
    assert shown.loc[7, change.name] == pytest.approx(0.0, abs=1e-12)


def test_what_a_run_does_not_have_is_none_of_it(plan: Plan) -> None:
    other = pd.DataFrame(
        [{"row": 0, "measure": "seized_bulk_t", "where": "Peru", "year": 2012, "value": 1.0}]
    )
    shown = measured(plan.targets, other, [0])
    floor = float(plan.targets[0].parts["floor"].iloc[0])
    assert shown.iloc[0, 0] == pytest.approx(np.log(floor))


def test_values_and_normal_numbers_are_one_another(plan: Plan) -> None:
    u = np.random.default_rng(0).standard_normal((50, len(plan.prior)))
    values = plan.prior.values(u)
    assert values["expansion.size_response"].between(0.1, 1.0).all()
    assert np.allclose(plan.prior.normal(values)[:, :2], u[:, :2], atol=1e-6)
    mild = np.abs(u[:, 2:]) < 3.0  # beyond, deviations are cut off
    assert np.allclose(plan.prior.normal(values)[:, 2:][mild], u[:, 2:][mild])
    middle = plan.prior.values(np.zeros((1, len(plan.prior))))
    assert middle["expansion.experience_years"].iloc[0] == pytest.approx(np.sqrt(5.0 * 60.0))


def test_a_hypercube_has_one_point_in_each_part() -> None:
    from scipy.special import ndtr

    q = ndtr(spread_evenly(20, 3, np.random.default_rng(1)))
    for column in q.T:
        assert sorted((column * 20).astype(int)) == list(range(20))


def test_runs_of_a_point_share_what_decides_rest(plan: Plan) -> None:
    u = waves.first_points(plan)
    assert u.shape == (80, len(plan.prior))
    assert (u[0::2, :2] == u[1::2, :2]).all() and (u[0::2, 2:] != u[1::2, 2:]).all()


def test_an_emulator_finds_who_matters_and_how_much_is_luck() -> None:
    draws = np.random.default_rng(2)
    x = draws.uniform(-1, 1, (300, 6))
    y = 2.0 * x[:, 3] + np.sin(3.0 * x[:, 1]) + 0.3 * draws.standard_normal(300)
    found = emulator.fit("y", x, y)
    assert set(found.active[:2]) == {1, 3} and len(found.active) <= 4
    assert np.sqrt(found.noise_variance) == pytest.approx(0.3, rel=0.25)
    new = draws.uniform(-0.9, 0.9, (500, 6))
    mean, variance = found.predict(new)
    truth = 2.0 * new[:, 3] + np.sin(3.0 * new[:, 1])
    assert np.sqrt(np.mean((mean - truth) ** 2)) < 0.15
    seen = truth + 0.3 * draws.standard_normal(500)
    inside = np.abs(seen - mean) <= 1.645 * np.sqrt(variance)
    assert 0.85 < inside.mean() < 0.95
    left = np.abs(found.errors / found.spreads) <= 1.645
    assert 0.83 < left.mean() < 0.97


def test_quick_predictions_are_those_of_scikit_learn() -> None:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    draws = np.random.default_rng(5)
    x, new = draws.uniform(-1, 1, (60, 2)), draws.uniform(-1, 1, (30, 2))
    y = x[:, 0] ** 2 + x[:, 1] + 0.1 * draws.standard_normal(60)
    kernel = ConstantKernel(1.0) * Matern([1.0, 2.0], nu=2.5) + WhiteKernel(0.1, (1e-2, 2))
    process = GaussianProcessRegressor(kernel, normalize_y=True, alpha=1e-8).fit(x, y)
    mean, spread = process.predict(new, return_std=True)
    quick, variance = emulator.Process.of(process).predict(new)
    assert np.allclose(quick, mean, atol=2e-3)
    assert np.allclose(np.sqrt(variance), spread, rtol=5e-3)


def test_implausibility_by_hand() -> None:
    class Flat:
        def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.tile([1.0, 2.0], (len(x), 1)), np.tile([0.5, 0.25], (len(x), 1))

    data = Data(np.array([2.0, 2.0]), np.array([0.25, 0.0]), np.array([0.25, 0.0]))
    found = matching.implausibility(Flat(), data, np.zeros((3, 1)))  # type: ignore[arg-type]
    assert found == pytest.approx(np.tile([1.0, 0.0], (3, 1)))


def test_depth_counts_what_is_left() -> None:
    q = np.array([[0.1, 0.1], [0.2, 0.2], [0.9, 0.9]])
    share, least = matching.depth(q, np.array([1.0, 5.0, 2.0]), 3.0, (0, 1), 2)
    assert share[0, 0] == 0.5 and share[1, 1] == 1.0 and np.isnan(share[0, 1])
    assert least[0, 0] == 1.0 and least[1, 1] == 2.0 and np.isnan(least[1, 0])


def test_points_that_are_left_come_first() -> None:
    u = np.arange(4.0)[:, None]
    chosen, left = matching.choose(u, np.array([9.0, 1.0, 4.0, 2.0]), 3.0, 3)
    assert chosen[:, 0].tolist() == [1.0, 3.0, 2.0] and left == 2


def test_the_sampler_knows_a_posterior_that_can_be_written_down() -> None:
    """One straight line seen with normal errors: mean and variance are known."""

    class Line:
        correlation = np.eye(1)

        def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return 2.0 * x[:, :1], np.full((len(x), 1), 0.25)

    prior = Prior((), ("p", "q"))
    data = Data(np.array([1.0]), np.array([0.25]), np.array([0.0]))
    draws = posterior.sample(Line(), data, prior, 4000, (1,))  # type: ignore[arg-type]
    slope = 2.0 / (1.645 * 2.0)  # of what is seen in u: scaled is u / 1.645 / 2
    variance = 1.0 / (1.0 + slope**2 / 0.5)
    assert draws.u[:, 0].mean() == pytest.approx(variance * slope / 0.5, abs=0.06)
    assert draws.u[:, 0].std() == pytest.approx(np.sqrt(variance), rel=0.06)
    assert draws.u[:, 1].std() == pytest.approx(1.0, rel=0.06)
    assert draws.weight == pytest.approx(1 / 4000)
    bold = posterior.sample(Line(), data, prior, 4000, (1,), power=0.5)  # type: ignore[arg-type]
    assert bold.u[:, 0].std() > draws.u[:, 0].std()
    mean = bold.weight @ bold.u[:, 0]
    assert mean == pytest.approx(variance * slope / 0.5, abs=0.08)
    again = posterior.sample(Line(), data, prior, 4000, (1,))  # type: ignore[arg-type]
    assert (again.u == draws.u).all()


def test_the_sampler_finds_its_way_in_narrow_places() -> None:
    """Twenty unknowns, thirty targets seen almost exactly: all means and variances are known."""
    draws = np.random.default_rng(0)
    slopes = draws.standard_normal((20, 30)) * (draws.random((20, 30)) < 0.2)
    noise = 0.02

    class Lines:
        correlation = np.eye(30)

        def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return 2.0 * 1.645 * x @ slopes, np.full((len(x), 30), noise)

    prior = Prior((), tuple(f"p{k}" for k in range(20)))
    seen = draws.standard_normal(20) @ slopes + np.sqrt(noise) * draws.standard_normal(30)
    covariance = np.linalg.inv(np.eye(20) + slopes @ slopes.T / noise)
    mean, sd = covariance @ slopes @ seen / noise, np.sqrt(np.diag(covariance))
    data = Data(seen, np.zeros(30), np.zeros(30))
    found = posterior.sample(Lines(), data, prior, 500, (1,))  # type: ignore[arg-type]
    assert np.mean(found.u.std(axis=0) / sd) == pytest.approx(1.0, abs=0.07)
    assert np.abs((found.u.mean(axis=0) - mean) / sd).max() < 0.35


def test_waves_rule_out_what_is_wrong_and_keep_what_is_right() -> None:
    plan, slopes = invented(targets=5, unknowns=4)
    truth = np.array([[0.8, -0.5, 0.3, 0.4]])
    shown = plan.prior.scaled(truth) @ slopes
    plan = replace(
        plan,
        targets=tuple(
            replace(t, value=float(v)) for t, v in zip(plan.targets, shown[0], strict=True)
        ),
    )
    make = line_maker(plan, slopes, luck=0.1)
    found, runs = waves.all_waves(plan, make, lambda n, u: u)
    first, second = found
    assert first.volume < 0.1 and second.volume < 0.1
    assert len(runs.u) == 100 and second.runs == 100
    data = Data.of(plan.targets)
    bad = matching.worst(
        matching.implausibility(second.emulators, data, plan.prior.scaled(truth)), 0
    )
    assert bad[0] < 3.0
    later = matching.worst(
        matching.implausibility(second.emulators, data, plan.prior.scaled(runs.u[60:])), 0
    )
    assert (later <= 3.0).mean() > 0.5  # the second wave lies in what the first has left


def test_known_truth_comes_back_and_what_no_target_sees_does_not() -> None:
    plan, slopes = invented(targets=6, unknowns=5, sd=0.05)
    slopes[3] = 0.0  # nobody sees the fourth
    slopes[2] = slopes[1]  # of the second and third all see the sum alone
    plan = replace(plan, study=plan.study.model_copy(update={"waves": (120,)}))
    make = line_maker(plan, slopes, luck=0.05)
    found, _ = waves.all_waves(plan, make, lambda n, u: u)
    result = recovery.recover(plan, make, found[0].emulators)
    table = result.table[result.table["mode"] == recovery.AS_HISTORY].set_index("unknown")
    verdicts = table["verdict"]
    assert verdicts["x.n0"] == recovery.ALONE
    assert verdicts["x.n3"] == recovery.NOT_AT_ALL
    assert verdicts["x.n1"] != recovery.NOT_AT_ALL and verdicts["x.n2"] != recovery.NOT_AT_ALL
    assert table.loc["x.n0", "correlation"] > 0.9 > table.loc["x.n3", "correlation"]
    every = result.coverage[result.coverage["of"] == "all"]
    assert every["coverage"].between(0.75, 1.0).all()


def test_a_variant_without_targets_knows_what_the_prior_knows() -> None:
    plan, slopes = invented(targets=2, unknowns=3, sd=0.1)
    seen = plan.prior.scaled(np.array([[1.0, 0.0, 0.0]])) @ slopes
    parts = [plan.targets[0].parts.assign(measure=kind) for kind in ("one", "other")]
    both = zip(plan.targets, seen[0], parts, strict=True)
    plan = replace(plan, targets=tuple(replace(t, value=float(v), parts=p) for t, v, p in both))
    plan = replace(plan, study=plan.study.model_copy(update={"waves": (60,)}))
    make = line_maker(plan, slopes, luck=0.05)
    found, _ = waves.all_waves(plan, make, lambda n, u: u)
    table = variants.compare(plan, found[0].emulators)
    closed = table.groupby("variant")["contraction"].sum()
    assert closed["discrepancies halved"] > closed["as built"] > closed["discrepancies doubled"]
    assert closed["as built"] > max(closed["without one"], closed["without other"])
    told = variants.largest_shifts(table)
    assert list(told["variant"])[:2] == ["as built", "discrepancies halved"]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((HEAD, FACTORS, TARGET.replace("Brazil", "Brasil")), "did you mean 'Brazil'"),
        ((HEAD, FACTORS, TARGET.replace("seized_bulk_t", "seized_t")), "no measure 'seized_t'"),
        ((HEAD, FACTORS.replace("size_response", "size_respons"), TARGET), "size_respons"),
        ((HEAD.replace("[40, 40]", "[5]"), FACTORS, TARGET), "at least 12 points"),
        ((HEAD, FACTORS, TARGET.replace("level = 0.3", "level = -1.0")), "level"),
        ((HEAD, "cutt = 3.0\n", FACTORS, TARGET), "cutt"),
    ],
)
def test_a_mistake_is_one_line(parts: tuple[str, ...], says: str, tmp_path: Path) -> None:
    path = written(tmp_path, *parts)
    out = tmp_path / "out"
    done = airbridge("calibrate", path, "--out", out, cwd=tmp_path)
    check_refusal(done, "small.toml", says)
    assert not out.exists()


def test_a_judged_year_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no seized_bulk_t of 'Mars'"):
        study = plan.study.model_copy(
            update={"targets": (plan.study.targets[0].model_copy(update={"where": ("Mars",)}),)}
        )
        plan_of(study, "small", tmp_path)
