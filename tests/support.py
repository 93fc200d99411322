"""What several tests need: commands typed in this process or another, tables compared."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from sim.scenario.scenario import Scenario

ROOT = Path(__file__).parents[1]
Row = dict[str, object]
SHORT = ("weeks=60", "burn_in_weeks=4")


@dataclass(frozen=True)
class Finished:
    """How a command has ended, and what it said."""

    code: int
    out: str
    err: str


def airbridge(*words: str | Path, cwd: Path) -> Finished:
    """Carry out a command in this process, by the function that the shell's command calls."""
    from experiments.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    typed = ["airbridge", *map(str, words)]
    with (
        contextlib.chdir(cwd),
        mock.patch.object(sys, "argv", typed),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            return Finished(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command has not ended")


def short(*changes: str, name: str = "baseline") -> Scenario:
    """Load a scenario of some weeks."""
    return Scenario.load(name, [*SHORT, *changes])


def start(*words: str | Path, cwd: Path = ROOT) -> subprocess.Popen[str]:
    """Start a command as from a shell, in a process group of its own.

    It listens to Ctrl-C even where the tests themselves run in a shell's background, whose
    jobs ignore it and hand that on.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.cli.main", *map(str, words)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def end_of(process: subprocess.Popen[str]) -> Finished:
    """Wait for a command's end."""
    out, err = process.communicate(timeout=240)
    return Finished(process.returncode, out, err)


def check_success(done: Finished) -> None:
    """Assert that a command has done what it was asked."""
    assert done.code == 0, done.err


def check_refusal(done: Finished, *says: str) -> None:
    """Assert that a command has ended in one line that says what is wrong, and in code 2."""
    assert done.code == 2, done.err or done.out
    assert len(done.err.strip().splitlines()) == 1 and "Traceback" not in done.err, done.err
    assert all(word in done.err for word in says), done.err


def same_tables(
    a: Mapping[str, pd.DataFrame] | Sequence[pd.DataFrame],
    b: Mapping[str, pd.DataFrame] | Sequence[pd.DataFrame],
) -> bool:
    """Say whether tables are the same to the last bit, one by one."""
    assert len(a) == len(b) > 0
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(a[name].equals(b[name]) for name in a)
    return all(x.equals(y) for x, y in zip(a, b, strict=True))


def place_row(name: str, kind: str, price: float, lat: float, lon: float) -> Row:
    """A place of a data pack, with its reference price in USD/kg."""
    return {
        "id": name,
        "name": name,
        "country": "X",
        "kind": kind,
        "lat": lat,
        "lon": lon,
        "reference_price_usd_per_kg": price,
    }


def leg_row(start: str, end: str, **changes: object) -> Row:
    """A leg of a data pack: a safe and cheap road, but for what is changed."""
    return {
        "from": start,
        "to": end,
        "mode": "road",
        "consignment_kg": 50,
        "transit_weeks": 1,
        "cost_usd_per_kg": 50,
        "seizure_prob": 0.0,
        "capacity_t_per_year": float("nan"),
        "agency": "AG",
    } | changes


def organisation_row(name: str, home: str, **changes: object) -> Row:
    """An organisation of a data pack: a cartel at home in one place, but for what is changed."""
    return {
        "id": name,
        "name": f"Group {name}",
        "kind": "cartel",
        "group": "Other",
        "home": home,
        "places": home,
        "partners": "",
        "affiliation": "",
        "present_from": 2000,
        "present_to": "",
        "members": "",
        "capital_usd_m": 50,
        "toll_usd_per_kg": 0,
    } | changes


def output_row(zone: str, tonnes: float) -> Row:
    """The output of a zone of a data pack, t pure in 2013."""
    return {"measure": "zone_output", "zone": zone, "year": 2013, "value": tonnes}


def write_pack(folder: Path, tables: Mapping[str, Iterable[Row]]) -> None:
    """Write the tables of a data pack from their rows."""
    for name, rows in tables.items():
        pd.DataFrame(list(rows)).to_csv(folder / f"{name}.csv", index=False)


def cut(group: Any, n: int = 0, **members: Any) -> Any:
    """Return a group cut to a case: nothing but zeros in it, ``n`` of each, beside what is given.

    Its arrays are of the types that a world's are, so that no rule is compiled anew.
    """
    zeros = {f.name: empty(getattr(group, f.name), n) for f in fields(group)}
    given = {name: np.array(values, zeros[name].dtype) for name, values in members.items()}
    return replace(group, **(zeros | given))


def empty(array: np.ndarray, n: int) -> np.ndarray:
    return np.zeros((n,) * array.ndim, array.dtype)


def with_numbers(section: Any, **numbers: float) -> Any:
    """Return the numbers of a section of the register, some of them others, as rules read them."""
    return section.model_copy(update=numbers).record()
