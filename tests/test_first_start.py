"""The first start: two processes compile one week, and find what the other has done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.engine import kept
from sim.engine.compiled import ready
from sim.engine.prints import Prints
from sim.setup import ahead

WEEK_END = "sim.week.end_week-"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for compiled rules with nothing in it."""
    monkeypatch.setattr(ahead, "kept_in", lambda: tmp_path)
    return tmp_path


def test_help_is_wanted_where_nothing_is_compiled_yet(tmp_path: Path) -> None:
    assert ahead.wanted(tmp_path) == ((os.cpu_count() or 1) > 1)
    (tmp_path / f"{WEEK_END}0123").touch()
    assert not ahead.wanted(tmp_path)


def test_the_helper_compiles_what_a_run_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its phases are compiled for the same arguments: it begins with the last, and all are."""
    asked: list[str] = []

    def note(rules: list, *arguments: object) -> list:
        asked.extend(rule.__name__ for rule in rules)
        made = ready(rules, *arguments)
        assert kept.kept_in() is None or list(kept.kept_in().glob(f"{WEEK_END}*"))
        return made

    monkeypatch.setattr(ahead, "ready", note)
    ahead.compile_backwards(os.getppid())
    assert asked == [rule.__name__ for rule in reversed((*ahead.PHASES, ahead.end_week))]


def test_the_helper_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "ready", lambda *_: pytest.fail("it went on"))
    ahead.compile_backwards(parent=os.getppid() + 1)


def test_the_helper_is_gone_when_the_world_rests(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    popen = ahead.subprocess.Popen
    monkeypatch.setattr(ahead, "wanted", lambda _: True)
    monkeypatch.setattr(
        ahead.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0]
    )
    with pytest.raises(KeyError), ahead.help_beside():
        with ahead.help_beside():  # a second start at the same time
            raise KeyError("a world that does not come to rest")
    assert len(started) == 1 and started[0].returncode is not None


def first_word(source: str) -> str:
    return source.split()[0]


def last_word(source: str) -> str:
    return source.split()[-1]


def test_prints_are_kept_by_content_and_by_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRBRIDGE_CACHE", str(tmp_path / "kept"))
    prints = Prints()
    first, last = prints.of(b"a b", first_word), prints.of(b"a b", last_word)
    assert first != last and first == prints.of(b"a c", first_word)
    prints.save()
    (file,) = (tmp_path / "kept").iterdir()
    again = Prints()
    assert again.of(b"a b", first_word) == first and again.of(b"a b", last_word) == last
    again.save()  # nothing new, nothing written
    file.write_text("{")
    assert Prints().of(b"a b", first_word) == first
