"""What the docs teach works: the tutorial, the page of additions, the gallery, the glossary."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from notebook import cells, page, program
from support import ROOT, airbridge, check_success

from sim import Scenario, TraffickingModel

DOCS = ROOT / "docs"
TUTORIAL = DOCS / "guide" / "tutorial.ipynb"
LINK = re.compile(r"\]\((?!https?:)([^)#]*)")


def blocks(name: str, language: str) -> list[str]:
    text = (DOCS / "guide" / name).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_tutorial_is_a_notebook_without_old_outputs() -> None:
    content = json.loads(TUTORIAL.read_text())
    assert content["nbformat"] == 4 and len(content["cells"]) > 12
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
            compile("".join(cell["source"]), "cell", "exec")


def test_the_tutorial_on_the_site_is_the_notebook() -> None:
    text = page(TUTORIAL)
    assert text.startswith("# Tutorial") and text.count("```python") == sum(
        kind == "code" for kind, _ in cells(TUTORIAL)
    )
    for link in LINK.findall(text):
        assert (TUTORIAL.parent / link).is_file(), link


@pytest.mark.slow
def test_the_tutorial_can_be_followed_from_the_first_cell_to_the_last(tmp_path: Path) -> None:
    bin_ = str(Path(sys.executable).parent)
    code = f"import os\nos.environ['PATH'] = {bin_!r} + ':' + os.environ['PATH']\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code + program(TUTORIAL)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"gain [\d,]+ kg, incumbents' loss -?[\d,]+ kg, in 6 pairs", done.stdout)
    assert "Sinaloa" in done.stdout and "sobol" in done.stdout
    for made in ("price_chain.png", "baseline/manifest.json", "displace/report.html"):
        assert (tmp_path / made).is_file()
    assert (tmp_path / "sobol" / "report.html").is_file()


def test_the_additions_of_the_guide_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port, change = blocks("your_own.md", "toml")
    (code,) = blocks("your_own.md", "python")
    monkeypatch.chdir(tmp_path)
    Path("new_port.toml").write_text(port)
    check_success(airbridge("check", "new_port.toml", cwd=tmp_path))
    names: dict[str, object] = {}
    exec(code, names)
    assert len(names["seen"]) == 124  # type: ignore[arg-type]
    assert "moved_kg" in capsys.readouterr().out
    Path("richer.toml").write_text(f'extends = "baseline"\n{change}')
    assert Scenario.load("richer.toml").organisations["MX_SINALOA"].capital_usd_m == 3000


def test_the_story_of_the_raid_tells_the_scenario() -> None:
    (told,) = blocks("raid.md", "toml")
    (raid,) = Scenario.load("pasco_raid").events
    for key in ("kind", "name", "place", "organisation", "gang"):
        assert f'{key} = "{getattr(raid, key)}"' in told
    for key in ("date", "killed", "arrested"):
        assert f"{key} = {getattr(raid, key)}" in told
    assert f"kg = {raid.kg:g}" in told
    run = TraffickingModel(Scenario.load("pasco_raid", ["weeks=210", "burn_in_weeks=26"])).run()
    (happened,) = run.tables["events"].itertuples()
    assert 0 < happened.kg <= 270


def test_every_figure_kept_is_in_the_gallery_with_words() -> None:
    gallery = (DOCS / "results" / "figures.md").read_text()
    shown = dict(re.findall(r"!\[([^\]]*)\]\(\.\./figures/([\w.]+)\)", gallery))
    assert set(shown.values()) == {path.name for path in (DOCS / "figures").glob("*.png")}
    assert all(len(words) > 4 for words in shown)


def test_the_glossary_is_in_order_and_each_word_has_a_meaning() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \|$", (DOCS / "guide" / "glossary.md").read_text(), re.M
    )
    words = [word for word, _ in rows[1:]]
    assert words == sorted(words, key=str.lower) and len(set(words)) == len(words) > 50
    assert all(len(meaning) > 10 for _, meaning in rows[1:])
