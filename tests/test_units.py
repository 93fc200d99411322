"""Bulk and pure, kilograms and tonnes, weeks and years: by hand."""

from __future__ import annotations

import doctest
import re

import numpy as np
import pandas as pd
import pytest

from sim import units
from sim.network import MARKET_FIELDS, Network
from sim.parameters import register
from sim.parameters.sections import Parameters
from sim.scenario.event_kinds import KINDS
from sim.scenario.rows import TABLES
from sim.scenario.scenario import Scenario
from sim.setup.markets import build_markets
from sim.units import WEEKS_PER_CALENDAR_YEAR, bulk, pure


def test_pure_and_bulk_by_hand() -> None:
    assert pure(10.0, 0.7) == pytest.approx(7.0)
    assert bulk(7.0, 0.7) == pytest.approx(10.0)
    assert list(pure(np.array([0.0, 100.0]), 0.55)) == pytest.approx([0.0, 55.0])
    assert list(bulk(pd.Series([55.0]), 0.55)) == pytest.approx([100.0])
    assert pure(bulk(3.0, 0.61), 0.61) == pytest.approx(3.0)


def test_docstring_examples() -> None:
    assert doctest.testmod(units) == doctest.TestResults(failed=0, attempted=2)


def test_a_year_has_the_weeks_of_the_calendar() -> None:
    assert WEEKS_PER_CALENDAR_YEAR * 7 == pytest.approx(365.2425)


def test_demand_is_pure_in_the_register_and_bulk_in_the_model() -> None:
    """150 t pure a year at a purity of 0.6 are 250 t bulk, 250 / 52 t a week."""
    p = Parameters.model_validate(
        {"market": {"bulk_purity": 0.6}, "demand": {"us_t_per_year": 150}}
    )
    network = Network.load(Scenario.load("baseline").data_folder)
    row = network.markets.index("MK_US")
    assert MARKET_FIELDS["MK_US"] == "us"
    markets = build_markets(network, p)
    assert markets.first_demand_kg[row] == pytest.approx(250_000.0 / 52)


def test_every_unit_of_weight_says_bulk_or_pure() -> None:
    declared = [*(table.row for table in TABLES.values()), *KINDS.values()]
    units_told = [
        (name, extra["unit"])
        for model in declared
        for name, field in model.model_fields.items()
        if isinstance(extra := field.json_schema_extra, dict) and "unit" in extra
    ]
    units_told += [(entry.name, entry.unit) for entry in register()]
    weights = [(name, unit) for name, unit in units_told if re.search(r"\b(kg|t)\b", str(unit))]
    assert len(weights) > 10
    assert [one for one in weights if not re.search(r"\b(bulk|pure)\b", str(one[1]))] == []
