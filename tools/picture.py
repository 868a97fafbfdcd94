"""The README's map is one that a chapter stores, drawn from a live engine: write it to docs/map.png."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
CHAPTER, TITLE = "02-bridge", "What did the second container add?"


def stored_map() -> bytes:
    """The picture that the chapter stores of the cell with that title."""
    notebook = nbformat.read(ROOT / f"notebooks/{CHAPTER}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and TITLE in cell.source]
    (picture,) = [output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]
    return b64decode(picture)


if __name__ == "__main__":
    (ROOT / "docs/map.png").write_bytes(stored_map())
