"""Random worlds: whatever the network, the books close and nothing is negative."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import leg_row, organisation_row, output_row, place_row, write_pack

from sim.errors import ScenarioError
from sim.model import TraffickingModel
from sim.parameters import register
from sim.parameters.switches import Switches
from sim.scenario.scenario import Scenario


def random_pack(folder: Path, seed: int, zones: int, hubs: int, ports: int, markets: int) -> None:
    """Write a data pack with a layered random network; every place leads on."""
    rng = np.random.default_rng(seed)
    layers = [
        [f"Z{i}" for i in range(zones)],
        [f"H{i}" for i in range(hubs)],
        [f"P{i}" for i in range(ports)],
        [f"MK_{i}" for i in range(markets)],
    ]
    price, places, legs = 1000.0, [], []
    for layer, kind in zip(layers, ("zone", "hub", "port", "market"), strict=True):
        for name in layer:
            lat, lon = rng.uniform(-30, 30), rng.uniform(-80, 0)
            places.append(place_row(name, kind, price * rng.uniform(0.9, 1.1), lat, lon))
        price *= rng.uniform(1.8, 4.0)
    for before, after in pairwise(layers):
        pairs = {(a, after[rng.integers(len(after))]) for a in before}
        pairs |= {(before[rng.integers(len(before))], b) for b in after}
        legs += [leg_row(start, end, **random_way(rng)) for start, end in sorted(pairs)]
    organisations = [
        organisation_row(
            f"O{i}",
            layers[1][0],
            kind=kind,
            places=layers[i % 3][0],
            affiliation="O0" if kind == "gang" else "",
            members=rng.integers(1, 500),
            capital_usd_m=rng.uniform(0, 200),
            toll_usd_per_kg=rng.uniform(0, 40),
        )
        for i, kind in enumerate(["cartel", "both", "cartel", "gang"])
    ]
    lines = [{"cartel": f"O{i}", "market": m, "share": 1 / 3} for i in range(3) for m in layers[3]]
    tables = {
        "places": places,
        "legs": legs,
        "organisations": organisations,
        "market_lines": lines,
        "agencies": [{"id": "AG", "effort": rng.uniform(0, 3)}],
        "air_pools": [{"hub": layers[1][0], "start_countries": "X", "seat_share": 1}],
        "origins": [{"market": m, "country": "X", "share": 1} for m in layers[3]],
        "cultivation": [output_row(z, rng.uniform(1, 100)) for z in layers[0]],
    }
    write_pack(folder, tables)


def random_way(rng: np.random.Generator) -> dict[str, object]:
    """Draw what a leg is like."""
    return {
        "mode": rng.choice(["air", "road", "river", "sea"]),
        "consignment_kg": rng.uniform(20, 800),
        "transit_weeks": rng.uniform(0, 6),
        "cost_usd_per_kg": rng.uniform(0, 400),
        "seizure_prob": rng.uniform(0, 0.4),
        "capacity_t_per_year": rng.choice([np.nan, rng.uniform(1, 60)]),
    }


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    zones=st.integers(1, 4),
    hubs=st.integers(1, 4),
    ports=st.integers(1, 3),
    markets=st.integers(1, 3),
    elasticity=st.floats(0.4, 1.5),
    outsider=st.floats(0, 0.3),
    adaptive=st.booleans(),
)
def test_books_close_in_random_worlds(
    seed: int,
    zones: int,
    hubs: int,
    ports: int,
    markets: int,
    elasticity: float,
    outsider: float,
    adaptive: bool,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        random_pack(folder, seed, zones, hubs, ports, markets)
        scenario = Scenario.load(
            "baseline",
            [
                f'data="{folder}"',
                "weeks=60",
                "burn_in_weeks=0",
                "flying.seats=20",
                f"demand.elasticity_rest={elasticity}",
                f"routing.outsider_discount={outsider}",
                f"agencies={'adaptive' if adaptive else 'fixed'}",
            ],
        )
        model = TraffickingModel(scenario, seed=seed)
        run = model.run()  # raises if a week does not close
    world, ledger = model.world, run.tables["ledger"]
    assert (ledger["residual_kg"].abs() <= 1e-9 * ledger["produced_kg"]).all()
    assert (np.diff(ledger["produced_kg"]) >= 0).all()
    for stock in (world.lines.stock_kg, world.lines.arriving_kg, world.producers.stock_kg):
        assert stock.min() >= -1e-9
    assert (world.legs.prob <= 0.95).all() and (world.legs.prob >= 0).all()
    assert np.isfinite(run.tables["places"]["price_usd_per_kg"]).all()
    assert (run.tables["pilots"]["flights"] <= 80).all()


# Parameters drawn from the register

NEVER_NEGATIVE = ("markets", "cartels", "legs", "places")
PATROLS = ("fixed", "random", "adaptive", "optimal")


def drawn_world(rng: np.random.Generator, at_corners: bool) -> dict[str, object]:
    """Draw every number of the register from its range, or from the ends of it."""
    values: dict[str, object] = {}
    for entry in register():
        if entry.role != "constant":
            part = rng.integers(2) if at_corners else rng.random()
            value = entry.low + part * (entry.high - entry.low)
            values[entry.name] = float(value)
    for switch in Switches.model_fields:
        if rng.random() < 0.1:
            values[f"switches.{switch}"] = bool(rng.integers(2))
    values |= {"agencies": str(rng.choice(PATROLS)), "weeks": 60, "burn_in_weeks": 8}
    return values


def check_world(number: int) -> bool:
    """Run a drawn world; say whether it ran, with finite tables, or was refused in words."""
    values = drawn_world(np.random.default_rng([2024, number]), at_corners=number % 3 == 2)
    try:
        run = TraffickingModel(Scenario.load("baseline", values), seed=number).run()
    except ScenarioError as refusal:
        assert len(str(refusal)) > 20
        return False
    for name, table in run.tables.items():
        real = table.select_dtypes("floating").drop(columns="retail_usd_per_g", errors="ignore")
        assert np.isfinite(real.to_numpy()).all(), (number, name)
        if name in NEVER_NEGATIVE:
            kilograms = real.filter(regex="_kg$")
            assert (kilograms.to_numpy() >= -1e-6).all(), (number, name)
    ledger = run.tables["ledger"]
    assert (ledger["residual_kg"].abs() <= 1e-9 * ledger["produced_kg"]).all(), number
    return True


def test_worlds_of_any_parameters_run_or_are_refused_in_words() -> None:
    assert sum(check_world(number) for number in range(6)) >= 4


@pytest.mark.slow
def test_many_worlds_of_any_parameters_run_or_are_refused_in_words() -> None:
    assert sum(check_world(number) for number in range(6, 306)) >= 200
