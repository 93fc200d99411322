"""A notebook as a page of the site, and as one program: ``python tests/notebook.py FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def cells(path: Path) -> list[tuple[str, str]]:
    """Return the cells of a notebook: kind and text of each."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]


def page(path: Path) -> str:
    """Return a notebook in Markdown."""
    parts = [
        text if kind == "markdown" else f"```python\n{text}\n```" for kind, text in cells(path)
    ]
    return "\n\n".join(parts) + "\n"


def program(path: Path) -> str:
    """Return the code of a notebook, cell after cell."""
    return "\n\n".join(text for kind, text in cells(path) if kind == "code") + "\n"


if __name__ == "__main__":
    print(page(Path(sys.argv[1])), end="")
