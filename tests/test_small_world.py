"""A small world in which every mechanism is at work has the numbers kept in ``golden/``."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_numbers import changes, stored
from small_world import WORLDS, stirred, sums

from sim.world.moves import GROWS, NAMES

pytestmark = pytest.mark.usefixtures("wrap_around")


@pytest.mark.parametrize("world", WORLDS)
def test_the_numbers_are_those_kept(world: str, small_pack: Path) -> None:
    kept = stored("small_world")
    mine = kept[kept["measure"].str.startswith(f"{world} ")]
    assert len(mine) > 300
    changed = changes(mine, sums(stirred(small_pack, world).run(), world))
    assert not changed, "\n".join(["if this is meant, say `make golden`:", *changed[:20]])


def test_everything_that_can_be_decided_is_decided_in_some_small_world() -> None:
    kept = stored("small_world")
    moves = kept[kept["measure"].str.endswith(" moves.rows")]
    assert set(moves["of"]) == set(NAMES) - {NAMES[GROWS]}
    for what in ("flights", "killed", "detained"):
        assert kept[kept["measure"].str.endswith(f"pilots.{what}")]["value"].sum() > 0.0, what
