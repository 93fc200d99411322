"""What can be taken away: the scenario, the tables as a saved run, a figure as printed."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import tempfile
from pathlib import Path

from experiments.reports.of_run import write_report
from experiments.runner.provenance import provenance
from sim.run import Run

FILE = "scenario.toml"


def scenario_file(run: Run) -> io.BytesIO:
    """Return the resolved scenario as a file that loads to the same scenario."""
    return io.BytesIO(run.scenario.to_toml().encode())


def tables_file(run: Run) -> io.BytesIO:
    """Return a saved run with its report as a ZIP file; unpacked, it can be explored again."""
    seed, replicate = run.manifest["seed"], run.manifest.get("replicate", 0)
    now = dt.datetime.now(dt.UTC)
    record = provenance([run.scenario], now, seed=seed, replicates=1)
    # What makes the same again, from the scenario that the folder holds.
    record["command"] = f"airbridge run {FILE} --seed {seed}"
    whole = Run(run.scenario, run.network, run.tables, record | {"replicate": replicate})
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "run"
        whole.save(folder, also=lambda work: write_report(whole, work))
        return io.BytesIO(Path(shutil.make_archive(f"{room}/run", "zip", folder)).read_bytes())


def figure_file(run: Run, name: str) -> io.BytesIO:
    """Return a figure of the catalogue as PDF."""
    out = io.BytesIO()
    run.plot(name).savefig(out, format="pdf", metadata={"CreationDate": None})
    out.seek(0)
    return out
