"""Does the market rest elsewhere, too? Worlds drawn over the register's whole ranges."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.runner.executors import in_order
from experiments.validation.repeats import Repeats
from experiments.validation.rest import Rest, rest
from sim.errors import ScenarioError
from sim.network import Network
from sim.parameters import register
from sim.scenario.scenario import Scenario
from sim.setup.consistency import contradictions


def over_ranges(scenario: Scenario, points: int, years: int, repeats: Repeats) -> pd.DataFrame:
    """Watch worlds drawn over the register's ranges at rest.

    Returns
    -------
    DataFrame
        One row a world: rests (none if it was refused, is inconsistent or serves no market;
        ``sim.setup.consistency``), groups, moved
        (how many of them too far), largest_change and whose it is in which market, lost
        (lines that die or double), says, and the numbers drawn.
    """
    drawn = draw_points(points, repeats.seed)
    rows = [(scenario, point, years, repeats.in_this_process()) for point in drawn]
    found = in_order(watch_point, rows, repeats.workers, repeats.progress)
    table = pd.DataFrame(found)
    table.insert(0, "point", range(points))
    return pd.concat([table, pd.DataFrame(drawn)], axis=1)


def points_line(table: pd.DataFrame) -> str:
    """Return in one sentence in how many of the worlds drawn the market rests."""
    told = table[table["rests"].notna()]
    rests = int(told["rests"].astype(bool).sum())
    against = int(table["says"].str.startswith("inconsistent").sum())
    refused = len(table) - len(told) - against
    more = f"; in {against} more the numbers contradict the data's prices" if against else ""
    more += f"; {refused} more are refused in words or serve no market" if refused else ""
    return (
        f"Of {len(told)} worlds drawn over the register's ranges {rests} rest "
        f"({rests / max(len(told), 1):.0%}){more}."
    )


def points_table(table: pd.DataFrame) -> str:
    """Return the worlds drawn that do not rest, or were refused, in Markdown."""
    out = ["", "## Over the register's ranges", "", points_line(table), ""]
    others = table[table["rests"].map(lambda rests: rests is not True)]
    if len(others):
        out += ["| world | what moves too far | lines that die or double |", "|---|---|---|"]
    for row in others.to_dict("records"):
        if row["rests"] is None or row["says"]:
            out.append(f"| {row['point']} | {row['says']} | |")
            continue
        moves = f"{row['moved']:.0f} of {row['groups']:.0f} groups; {row['who']} in "
        moves += f"{row['market']} by {100 * row['largest_change']:+.1f} points"
        out.append(f"| {row['point']} | {moves} | {row['lost'] or 'none'} |")
    return "\n".join(out) + "\n"


def draw_points(count: int, seed: int) -> list[dict[str, float]]:
    """Draw numbers of the register, each evenly over its range; constants stay.

    Demand does not grow while a world is watched at rest, so growth is not drawn.
    """
    rng = np.random.default_rng(seed)
    free = [e for e in register() if e.role != "constant" and "growth" not in e.name]
    points = []
    for _ in range(count):
        point = {e.name: float(rng.uniform(e.low, e.high)) for e in free}
        whole = [e.name for e in free if isinstance(e.default, int)]
        points.append(point | {name: int(round(point[name])) for name in whole})
    return points


def watch_point(
    scenario: Scenario, point: Mapping[str, float], years: int, repeats: Repeats
) -> dict[str, object]:
    """Say whether a world rests, and what moves most if it does not."""
    try:
        world = scenario.with_overrides([f"{name}={value}" for name, value in point.items()])
        against = contradictions(world, Network.of(world))
        if against:
            return {"rests": None, "says": "; ".join(against)}
        found = rest(world, years, repeats)
    except ScenarioError as error:
        return {"rests": None, "says": str(error)}
    return outcome(found)


def outcome(found: Rest) -> dict[str, object]:
    """Return one row of the table of points: what moves furthest beyond what is allowed."""
    groups = found.drift[found.drift["unit"] == "group"]
    lost = found.drift[found.drift["lost"]]
    if groups.empty:
        return {"rests": None, "says": "no market is served"}
    worst = groups.loc[(groups["change"].abs() - groups["allowed"]).idxmax()]
    names = [
        f"{name} in {market}" for name, market in zip(lost["name"], lost["market"], strict=True)
    ]
    return {
        "rests": found.rests,
        "groups": len(groups),
        "moved": int(groups["moves"].sum()),
        "largest_change": float(worst["change"]),
        "who": str(worst["name"]),
        "market": str(worst["market"]),
        "lost": "; ".join(names),
        "says": "",
    }
