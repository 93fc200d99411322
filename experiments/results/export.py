"""A run or a study in the formats of other programs, each written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.extras import require
from experiments.results.dataset import write_netcdf
from experiments.results.network import write_geojson, write_graphml
from experiments.results.one_file import refuse_taken, room_beside, written_whole
from experiments.results.workbench import open_study, write_workbench
from sim.errors import ScenarioError
from sim.results.datapackage import DATAPACKAGE, describe
from sim.results.folder import expanded, files_in, in_the_way, try_out
from sim.results.question import keep_world
from sim.results.records import write_json
from sim.results.schemas import SCHEMAS
from sim.run import Run


def write_csv(run: Run, folder: Path) -> None:
    """Write every table as CSV, with the description of a data package."""
    folder.mkdir()
    for name, table in run.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
    keep_world(run.scenario, folder)
    write_json(folder / DATAPACKAGE, describe(run, folder, "csv"))


def write_duckdb(run: Run, path: Path) -> None:
    """Write every table into a database of DuckDB, with units as comments of the columns."""
    import duckdb

    from sim.results.schemas import to_arrow

    with duckdb.connect(str(path)) as database:
        for name, table in run.tables.items():
            database.register("given", to_arrow(name, table))
            database.execute(f'create table "{name}" as select * from given')
            database.unregister("given")
            for column, declared in SCHEMAS.get(name, {}).items():
                told = "; ".join(f"{k}: {v}" for k, v in declared.metadata().items())
                quoted = told.replace("'", "''")
                database.execute(f'comment on column "{name}"."{column}" is \'{quoted}\'')


WRITERS: dict[str, Callable[[Any, Path], None]] = {
    "csv": write_csv,
    "xarray": write_netcdf,
    "netcdf": write_netcdf,
    "graphml": write_graphml,
    "geojson": write_geojson,
    "duckdb": write_duckdb,
    "workbench": write_workbench,
}
READERS: dict[str, Callable[[str | Path], Any]] = {"workbench": open_study}  # Run.load else
NEED_EXTRA = {"xarray": "export", "netcdf": "export", "duckdb": "export", "workbench": "discovery"}


def export(run: str | Path, form: str, out: str | Path, replace: bool = False) -> Path:
    """Write a saved run, or a study of many points, in another format.

    Parameters
    ----------
    run : str or Path
        Folder of a saved run or study.
    form : str
        ``csv`` (a folder), ``netcdf`` or ``xarray`` (the same NetCDF-4 file, which
        ``xarray.open_dataset`` reads), ``graphml``, ``geojson`` or ``duckdb``; of a
        sensitivity study or phase diagram ``workbench``, for the EMA Workbench.
    out : str or Path
        File, or folder for ``csv``.
    replace : bool
        Let files of the same names be replaced.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ScenarioError
        If there is no saved run, a library is missing, something stands at ``out`` already,
        or it cannot be written.
    """
    if form in NEED_EXTRA:
        require(NEED_EXTRA[form], f"--to {form}")
    target = expanded(out)
    if form == "csv":
        refuse_tables(target, replace)
    else:
        refuse_taken(target, replace)
    loaded = READERS.get(form, Run.load)(run)
    try:
        if form == "csv":
            with room_beside(target) as work:
                write_csv(loaded, work / "tables")
                put(work / "tables", target, replace)
        else:
            with written_whole(target, replace) as path:
                WRITERS[form](loaded, path)
    except OSError as error:
        raise ScenarioError(f"{target}: cannot be written ({error.strerror or error})") from None
    return target


def refuse_tables(target: Path, replace: bool) -> None:
    """Refuse a folder in which tables of these names stand, before the run is read."""
    try_out(target)
    if target.is_dir() and not replace:
        names = [f"{name}.csv" for name in SCHEMAS]
        taken = [name for name in (*names, DATAPACKAGE) if in_the_way(target, name)]
        if taken:
            raise ScenarioError(
                f"{target}: {taken[0]} is there already; name another folder, or say --replace"
            )


def put(work: Path, target: Path, replace: bool) -> None:
    """Move finished files into a folder; others in it stay."""
    names = files_in(work)
    for name in names:
        found = in_the_way(target, name)
        if found is not None and not (replace and found == target / name and found.is_file()):
            raise ScenarioError(f"{found}: is there already; name another folder")
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(work / name, target / name)
