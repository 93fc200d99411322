"""A wheel runs on every Python and Mesa that are promised, and gives the same numbers.

Not part of the usual tests: `pytest -m versions -rs` makes an environment for each pair and
installs into it, without the lock, what is newest today. A Python that this machine has
not got is skipped, and said so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from sim.figures.catalogue import FIGURES
from sim.results.schemas import SCHEMAS

pytestmark = pytest.mark.versions
ROOT = Path(__file__).parents[1]
SHORT = ["run", "baseline", "--weeks", "26", "--set", "burn_in_weeks=10", "--out"]
MESAS = {"oldest": "mesa==3.3.0", "newest": "mesa>=3.3,<4"}


def do(*words: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def find_python(version: str) -> Path | None:
    """Return an interpreter of a version that answers; a shim on the path need not."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    named = shutil.which(f"python{version}")
    candidates = [
        sys.executable,
        *([named] if named else []),
        *sorted(pyenv.glob(f"versions/{version}.*/bin/python")),
    ]
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for python in candidates:
        done = subprocess.run([python, "-c", ask], capture_output=True, text=True)
        if done.stdout.strip() == version:
            return Path(python)
    return None


def find_uv() -> str | None:
    return shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent)


def make_environment(folder: Path, python: Path, *wanted: str | Path) -> Path:
    """Make an environment, install what is wanted, and return its folder of commands."""
    there = folder / "bin"
    if (uv := find_uv()) is not None:
        do(uv, "venv", "--quiet", "--python", python, folder, cwd=ROOT)
        do(uv, "pip", "install", "--quiet", "--python", there / "python", *wanted, cwd=ROOT)
    else:
        do(python, "-m", "venv", folder, cwd=ROOT)
        do(there / "python", "-m", "pip", "install", "--quiet", *wanted, cwd=ROOT)
    return there


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left in the checkout."""
    work = tmp_path_factory.mktemp("wheel")
    (work / "source").mkdir()
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, work / "source")
    for package in ("sim", "experiments", "scenarios"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, work / "source" / package, ignore=unwanted)
    do(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        work,
        work / "source",
        cwd=work,
    )
    (made,) = work.glob("airbridge-*.whl")
    return made


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of this interpreter."""
    out = tmp_path_factory.mktemp("ours") / "out"
    do(Path(sys.executable).with_name("airbridge"), *SHORT, out, "--no-figures", cwd=ROOT)
    return out


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rules are kept once compiled: once for each Python, whatever its Mesa."""
    return tmp_path_factory.mktemp("compiled")


@pytest.mark.parametrize("mesa", MESAS)
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_wheel_gives_the_same_tables(
    version: str, mesa: str, wheel: Path, ours: Path, compiled: Path, tmp_path: Path
) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} found")
    commands = make_environment(tmp_path / "environment", python, wheel, MESAS[mesa])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    do(commands / "airbridge", *SHORT, "out", cwd=elsewhere, AIRBRIDGE_CACHE=str(compiled))
    names = sorted(path.name for path in ours.glob("*.parquet"))
    assert names == sorted(f"{name}.parquet" for name in SCHEMAS)
    for name in names:
        table, own = pd.read_parquet(elsewhere / "out" / name), pd.read_parquet(ours / name)
        pd.testing.assert_frame_equal(table, own, check_dtype=False, check_exact=True, obj=name)
    drawn = {path.stem for path in (elsewhere / "out" / "figures").glob("*.png")}
    assert drawn == set(FIGURES)
