"""The numbers of four scenarios are those kept in ``golden/``; `make golden` renews them."""

from __future__ import annotations

from pathlib import Path

import golden_numbers
import pandas as pd
import pytest
from golden_numbers import KEY, SCENARIOS, changes, main, stored, written, yearly


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_numbers_are_those_kept(name: str) -> None:
    kept = stored(name)
    assert len(kept) > 500 and set(kept["year"]) == set(range(2010, 2024))
    changed = changes(kept, yearly(name))
    assert not changed, "\n".join(["if this is meant, say `make golden`:", *changed[:20]])


def numbers(*rows: tuple[int, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*KEY, "value"])


def test_a_change_is_told_and_last_bits_are_none() -> None:
    before = numbers((2010, "flights", "A", 100.0), (2010, "share", "B", 0.1), (2011, "x", "C", 0))
    now = numbers((2010, "flights", "A", 101.0), (2010, "share", "B", 0.1 + 1e-16))
    assert changes(before, now) == ["flights of A in 2010: 100 -> 101", "x of C in 2011: 0 -> none"]
    assert changes(numbers(), before)[1] == "share of B in 2010: none -> 0.1"
    assert changes(before, before) == []


def test_renewing_prints_what_changed_and_then_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = numbers((2010, "flights", "A", 1 / 3))
    monkeypatch.setattr(golden_numbers, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(golden_numbers, "KEPT", {"one": lambda: now})
    main()
    told = capsys.readouterr().out
    assert told == ("one: 1 of 1 numbers changed\n  flights of A in 2010: none -> 0.333333333333\n")
    path = tmp_path / "kept" / "one.csv"
    assert (
        path.read_text() == written(now) == "year,measure,of,value\n2010,flights,A,0.333333333333\n"
    )
    main()
    assert capsys.readouterr().out == "one: 0 of 1 numbers changed\n"
