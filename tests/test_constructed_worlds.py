"""Displacement where the answer is known: worlds written by hand, and small ones that are run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support import leg_row, organisation_row, output_row, place_row, write_pack

from experiments.displacement.accounts import PAIRINGS, Displacement, account, change
from experiments.displacement.comparisons import displace
from experiments.displacement.estimates import PARTS
from experiments.displacement.figures import save_displacement
from experiments.displacement.losses import EVERYONE
from experiments.displacement.question import Question
from experiments.displacement.report import answer, flow_answer, report
from experiments.runner.execute import execute
from experiments.runner.executors import SerialExecutor
from experiments.runner.jobs import make_jobs
from experiments.runner.laboratory import Laboratory
from experiments.runner.store import Store
from sim.scenario.scenario import Scenario

QUESTION = Question("E", "MK", None)
YEARS = range(2020, 2024)
GAINS = (
    10.0,
    30.0,
    20.0,
    5.0,
    25.0,
    15.0,
    22.0,
    18.0,
)  # of the entrant, t bulk a year


def finished_run(
    id_: str, entrant: float, incumbents: float, bridge: float, held: float
) -> dict[str, Any]:
    """Return a run as a store keeps it, from tonnes: two incumbents and perhaps the entrant."""
    sold = {"E": 1e3 * entrant, "A": 250.0 * incumbents, "B": 750.0 * incumbents}
    groups = {"E": "Mexican", "A": "Colombian", "B": "Brazilian"}
    yearly = [
        {
            "year": y,
            "market": "MK",
            "cartel": who,
            "group": groups[who],
            "bought_kg": kg,
            "delivered_kg": kg,
            "seized_kg": 0.0,
            "paid_usd": 10.0 * kg,
            "revenue_usd": 30.0 * kg,
        }
        for y in YEARS
        for who, kg in sold.items()
    ]
    land = [
        {
            "year": y,
            "organisation": who,
            "financed_kg": kg,
            "places": 1.0,
            "handled_kg": 1e3 * (held if who == "E" else 100.0 - held / 2),
            "air_bridge_kg": 1e3 * (bridge if who == "E" else 40.0 - bridge / 2),
            "bridge_handled_kg": 0.0 if who == "E" else 40e3,
            "brazil_ports_kg": 0.0,
            "source_usd_per_kg": 2.0,
            "tolls_usd": kg,
        }
        for y in YEARS
        for who, kg in sold.items()
    ]
    lines = {
        "market": "MK",
        "cartel": "E",
        "week_10": 60.0 if entrant else np.nan,
        "week_25": np.nan,
        "week_50": np.nan,
    }
    columns = {"yearly": yearly, "organisations": land, "lines": [lines]}
    return {
        "id": id_,
        "summary": {"name": [id_], "seed": [1], "replicate": [0], "MK.price_usd_per_kg": [30.0]},
        **{kind: pd.DataFrame(rows).to_dict("list") for kind, rows in columns.items()},
    }


def constructed(
    folder: Path, incumbents: Sequence[float], handled: float = 0.0, gains: Sequence[float] = GAINS
) -> Displacement:
    """Account for pairs in which incumbents have 100 t barred, and what is given allowed."""
    ids: dict[str, list[str]] = {"allowed": [], "barred": []}
    with Store(folder) as store:
        for r, (gain, kg) in enumerate(zip(gains, incumbents, strict=True)):
            store.add(finished_run(f"a{r}", gain, kg, gain, handled * gain))
            store.add(finished_run(f"b{r}", 0.0, 100.0, 0.0, 0.0))
            ids["allowed"].append(f"a{r}")
            ids["barred"].append(f"b{r}")
        found = account(store, ids, QUESTION, elasticity=0.5)
    found.names |= {"E": "Newcomers", "MK": "Market"}
    return found


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.0, "mostly taken from incumbents: diversion ratio 1 (1 to 1)"),
        (0.0, "mostly new: incumbents lose less than half of it: diversion ratio 0 (0 to 0)"),
        (-0.4, "and incumbents gain as well: diversion ratio -0.4 (-0.4 to -0.4)"),
    ],
)
def test_the_ratio_is_what_the_world_was_built_for(
    tmp_path: Path, ratio: float, words: str
) -> None:
    """Fixed demand gives 1; sales that are all new 0; serving the entrant less than 0."""
    found = constructed(tmp_path / "runs", [100.0 - ratio * gain for gain in GAINS])
    for what in ("kg", "margin", "financed"):
        e = found.measures[f"diversion_{what}"]
        assert (e.value, e.low, e.high) == pytest.approx((ratio,) * 3, abs=1e-12)
    assert found.measures["entrant_gain_t"].value == pytest.approx(np.mean(GAINS))
    assert found.measures["incumbents_loss_t"].value == pytest.approx(ratio * np.mean(GAINS))
    assert found.measures["loss_t_Brazilian"].value == pytest.approx(0.75 * ratio * np.mean(GAINS))
    assert words in answer(found)
    assert "The entrant, Newcomers, gains" in answer(found) and "in Market" in answer(found)
    total = found.parts[found.parts["group"] == EVERYONE].set_index("part")["usd_per_year"]
    assert (
        total["volume"]
        == pytest.approx(total["total"])
        == pytest.approx(-20e3 * ratio * np.mean(GAINS))
    )
    save_displacement(found, tmp_path / "figures")
    text = report(found, "by hand", 1)
    assert "MK" not in text and "| E " not in text and " nan" not in text


def test_displacement_needs_a_foothold_and_a_loss(tmp_path: Path) -> None:
    whole = constructed(tmp_path / "a", [100.0 - gain for gain in GAINS])
    assert whole.measures["probability_of_entry"].value == 1.0
    assert whole.measures["probability_of_displacement"].value == 0.875  # 5 of 100 t is too little
    none = constructed(tmp_path / "b", [100.0] * 8, gains=[0.0] * 8)
    assert none.measures["probability_of_entry"].value == 0.0
    assert answer(none).startswith("No effect: the entrant, Newcomers, gains 0 t bulk a year")


def test_two_pairs_are_no_answer_and_no_denial(tmp_path: Path) -> None:
    found = constructed(tmp_path / "runs", [80.0, 70.0], gains=[20.0, 30.0])
    text = report(found, "by hand", 1)
    assert answer(found).startswith("Cannot tell from 2 pairs") and answer(found) in text
    assert "diversion ratio 1 (no interval)" in answer(found)
    assert "2 of 2 pairs, 100 % (no interval)" in text
    assert " to " not in "".join(line for line in text.splitlines() if "| diversion" in line)
    assert "displaces nobody" not in text and " nan" not in text
    assert "cannot be told from 2 pairs" in flow_answer(found)


def test_a_ratio_stands_beside_that_of_a_plain_logit(tmp_path: Path) -> None:
    """At elasticity 0.5 a logit takes 1 / 1.5 of a gain from incumbents that had all."""
    m = constructed(tmp_path, [100.0 - gain for gain in GAINS]).measures
    assert m["logit_diversion_kg"].value == pytest.approx(2 / 3)
    assert m["excess_diversion_kg"].value == pytest.approx(1 / 3)
    assert m["excess_loss_t"].value == pytest.approx(np.mean(GAINS) / 3)
    assert m["excess_loss_t"].low > 0.0


def test_financed_and_handled_can_give_different_answers(tmp_path: Path) -> None:
    kg = [100.0 - gain for gain in GAINS]
    one = flow_answer(constructed(tmp_path / "a", kg, handled=1.0))
    two = flow_answer(constructed(tmp_path / "b", kg, handled=0.0))
    assert "give the same answer" in one
    assert "**different answers**" in two
    assert "as holder, it has 0 % (0 to 0) of the kilograms, and exactly as much when barred" in two


def test_corridors_have_a_diversion_ratio_of_their_own(tmp_path: Path) -> None:
    m = constructed(tmp_path, [100.0 - gain for gain in GAINS]).measures
    assert m["diversion_air_bridge"].value == pytest.approx(1.0)
    assert m["entrant_share_air_bridge"].value == pytest.approx(np.mean(GAINS) / 80.0)
    assert m["entrant_share_bridge_handled"].value == 0.0
    assert np.isnan(m["diversion_brazil_ports"].value)


def test_pairing_is_told_for_several_outcomes(tmp_path: Path) -> None:
    table = constructed(tmp_path, [100.0 - gain for gain in GAINS]).pairing.set_index("outcome")
    assert len(table) == len(PAIRINGS) + 1
    ratio = table["variance_paired_over_unpaired"]
    assert ratio["incumbents' kilograms in the market"] == pytest.approx(1.0)  # barred never varies
    assert np.isnan(ratio["price of the market"])  # nothing varies


def chain(name: str) -> list[str]:
    return [f"{kind}_{name}" for kind in ("Z", "H", "P", "M")]


KINDS = {
    "Z": ("zone", 1000.0),
    "H": ("hub", 3000.0),
    "P": ("port", 8000.0),
    "M": ("market", 30000.0),
}


def write_chains(
    folder: Path, chains: Sequence[str], sellers: dict[str, tuple[str, float]]
) -> None:
    """Write a data pack of chains by road, with sellers that are alike but for place and share."""
    names = [place for name in chains for place in chain(name)]
    tables = {
        "places": [
            place_row(p, *KINDS[p[0]], lat=2.0 * k, lon=-3.0 * k) for k, p in enumerate(names)
        ],
        "legs": [
            leg_row(a, b, agency=f"AG_{name}") for name in chains for a, b in pairwise(chain(name))
        ],
        "organisations": [organisation_row(w, f"H_{name}") for w, (name, _) in sellers.items()],
        "market_lines": [
            {"cartel": who, "market": f"M_{name}", "share": share}
            for who, (name, share) in sellers.items()
        ],
        "agencies": [{"id": f"AG_{name}", "effort": 1.0} for name in chains],
        "air_pools": [
            {"hub": f"H_{name}", "start_countries": "X", "seat_share": 1 / len(chains)}
            for name in chains
        ],
        "origins": [{"market": f"M_{name}", "country": "X", "share": 1} for name in chains],
        "cultivation": [output_row(f"Z_{name}", 50) for name in chains],
    }
    write_pack(folder, tables)


def ran(folder: Path, *settings: str) -> tuple[Displacement, dict[str, pd.DataFrame]]:
    """Run E allowed and barred in M_1 of a pack; return the accounts and what owners financed."""
    scenario = Scenario.load(
        "baseline", [f'data="{folder}"', "weeks=170", "burn_in_weeks=26", *settings]
    )
    question = Question.ask(scenario, "E", "M_1", None)
    ids = {}
    with Store(folder / "runs") as store:
        for world, changed in zip(("allowed", "barred"), question.worlds(scenario), strict=True):
            jobs = make_jobs(changed, 1, 5)
            assert execute(jobs, store, SerialExecutor()) == []
            ids[world] = [job.id for job in jobs]
        held = {world: store.table("organisations", i) for world, i in ids.items()}
        return account(store, ids, question, question.elasticity(scenario)), held


def test_a_disjoint_entrant_displaces_nobody(tmp_path: Path) -> None:
    """Its market is served by nobody else, its source feeds nobody else: exactly 0."""
    write_chains(tmp_path, "01", {"I": ("0", 1.0), "E": ("1", 1.0)})
    found, held = ran(tmp_path, 'barred=["E:M_0", "I:M_1"]')
    for what in ("kg", "margin", "financed"):
        e = found.measures[f"diversion_{what}"]
        assert (e.value, e.low, e.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    assert found.measures["entrant_gain_t"].low > 10.0
    one, two = (
        t[t["organisation"] == "I"].drop(columns="id").reset_index(drop=True) for t in held.values()
    )
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


@pytest.mark.parametrize("elasticity", [0.4, 1.5])
def test_an_entrant_that_is_like_all_others_takes_what_it_sells_from_them(
    tmp_path: Path, elasticity: float
) -> None:
    """Nine sellers alike on one chain, none held back by its reach: eight sell as much as nine."""
    write_chains(tmp_path, "1", {f"I{k}": ("1", 0.1125) for k in range(8)} | {"E": ("1", 0.1)})
    free = ran(tmp_path, f"demand.elasticity_rest={elasticity}", "switches.saturation=false")[0]
    assert free.measures["diversion_kg"].value == pytest.approx(1.0, abs=0.05)
    held_back = ran(tmp_path, f"demand.elasticity_rest={elasticity}")[0]
    assert 0.5 < held_back.measures["diversion_kg"].value < 1.0


def test_the_parts_add_up_over_a_whole_study(tmp_path: Path) -> None:
    scenario = Scenario.load("baseline", ["weeks=170", "burn_in_weeks=4"])
    question = Question.ask(scenario, "MX_SINALOA", "europe", None)
    with Store(tmp_path) as store:
        lab = Laboratory(store, SerialExecutor(), 1, seed=1)
        found = displace(lab, scenario, question, 3)
    wide = found.parts.pivot(index="group", columns="part", values="usd_per_year")
    scale = wide.abs().to_numpy().max()
    assert (wide[list(PARTS)].sum(axis=1) - wide["total"]).abs().max() < 1e-9 * scale
    assert wide.drop(index=EVERYONE)["total"].sum() == pytest.approx(wide.loc[EVERYONE, "total"])
    margin = change(found.pairs, "incumbents_margin_usd").mean()
    assert wide.loc[EVERYONE, "total"] == pytest.approx(margin)
    lost = sum(e.value for name, e in found.measures.items() if name.startswith("loss_t_"))
    assert lost == pytest.approx(found.measures["incumbents_loss_t"].value)
    assert found.shares.groupby(["world", "year"])["median"].sum().between(0.8, 1.2).all()
    assert found.entrant == "Sinaloa cartel" and found.market == "Europe"
