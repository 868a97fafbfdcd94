"""The normal form in which notebooks are stored, so that running them again changes nothing that has not changed."""

from __future__ import annotations

import configparser
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from dockernet_course.files import write_text

__all__ = ["SANITIZE", "WIDGET", "normal", "sanitized", "store_outputs", "with_stored_outputs"]

SANITIZE = Path(__file__).with_name("sanitize.cfg")
"""The patterns of what differs from run to run, in nbval's format."""

WIDGET = "application/vnd.jupyter.widget-view+json"
"""A widget's place in an output; without a kernel only what stands beside it can be shown."""

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


_GIVEN_BY_JUPYTER = re.compile("[0-9a-f]{8}(-[0-9a-f-]{27})?")  # a random id says nothing


def normal(notebook: NotebookNode) -> NotebookNode:
    """A notebook without what depends on when and by what it was run: times, counts, widget state, ids of new cells."""
    cells = [_normal_cell(cell) for cell in _ours(notebook)]
    _identify(cells)
    counts = iter(range(1, len(cells) + 1))
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["execution_count"] = next(counts) if cell["outputs"] or cell["source"] else None
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = cell["execution_count"]
    return NotebookNode(cells=cells, metadata=_node(_KERNEL), nbformat=4, nbformat_minor=5)


def with_stored_outputs(fresh: NotebookNode, stored: NotebookNode) -> NotebookNode:
    """``fresh`` (normal), with the outputs of ``stored`` if each of them says the same.

    Two outputs say the same if they are equal after sanitizing; of a picture, its alternative text counts. If one says
    something else, all are replaced: an address must be the same from cell to cell.
    """
    before, now = dict(_numbered_code(stored)), dict(_numbered_code(fresh))
    if all(key in before and _says(before[key]["outputs"]) == _says(cell["outputs"]) for key, cell in now.items()):
        for key, cell in now.items():
            cell["outputs"] = [_counted(output, cell["execution_count"]) for output in before[key]["outputs"]]
    return fresh


def store_outputs(source: Path, executed: Path, *, everything: bool = False) -> bool:
    """Store the outputs of ``executed`` in the notebook ``source``, in normal form; whether that changed the file.

    With ``everything``, outputs that say the same are replaced as well.
    """
    fresh = normal(nbformat.read(executed, as_version=4))
    if not everything:
        fresh = with_stored_outputs(fresh, nbformat.read(source, as_version=4))
    text = nbformat.writes(fresh) + "\n"
    if text == source.read_text("utf-8"):
        return False
    write_text(source, text)
    return True


def _numbered_code(notebook: NotebookNode) -> Iterator[tuple[tuple[str, int], NotebookNode]]:
    """The code cells by their text; cells with the same text are told apart by their number."""
    seen: Counter[str] = Counter()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield (cell["source"], seen[cell["source"]]), cell
            seen[cell["source"]] += 1


def sanitized(text: str) -> str:
    """``text`` with what differs from run to run replaced."""
    for pattern, replacement in _patterns():
        text = pattern.sub(replacement, text)
    return text


@cache
def _patterns() -> Sequence[tuple[re.Pattern[str], str]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(SANITIZE, encoding="utf-8")
    return [(re.compile(parser[name]["regex"]), parser[name].get("replace", "")) for name in parser.sections()]


def _node(value: Any) -> NotebookNode:
    return NotebookNode({key: _node(item) if isinstance(item, dict) else item for key, item in value.items()})


def _ours(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells, without the one that papermill adds."""
    return [cell for cell in notebook["cells"] if "injected-parameters" not in cell["metadata"].get("tags", [])]


def _identify(cells: Sequence[NotebookNode]) -> None:
    """Cells keep their ids; one that has none of its own is named after its text, so that nothing else changes."""
    taken: set[str] = set()
    for cell in cells:
        name = cell["id"] or "cell-" + hashlib.sha256(cell["source"].encode()).hexdigest()[:8]
        others = (f"{name[:60]}-{n}" for n in range(2, len(cells) + 2))
        cell["id"] = name if name not in taken else next(other for other in others if other not in taken)
        taken.add(cell["id"])


def _normal_cell(cell: NotebookNode) -> NotebookNode:
    tags = [tag for tag in cell["metadata"].get("tags", []) if not tag.startswith("papermill")]
    own = cell.get("id", "")
    kept: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": "" if _GIVEN_BY_JUPYTER.fullmatch(own) else own,
        "metadata": NotebookNode({"tags": tags} if tags else {}),
        "source": cell["source"].strip("\n"),
    }
    if cell["cell_type"] == "code":
        kept |= {"execution_count": None, "outputs": _normal_outputs(cell["outputs"])}
    return NotebookNode(kept)


def _normal_outputs(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    kept: list[NotebookNode] = []
    for output in outputs:
        if output["output_type"] == "stream" and kept and kept[-1].get("name") == output["name"]:
            kept[-1]["text"] += output["text"]
            continue
        plain = NotebookNode(output)
        if "data" in plain:
            left_out = {WIDGET, "text/html" if "image/png" in plain["data"] else ""}  # a picture once is enough
            plain["data"] = NotebookNode({kind: data for kind, data in plain["data"].items() if kind not in left_out})
            plain.pop("transient", None)
            if not plain["data"]:
                continue
        kept.append(plain)
    return kept


def _counted(output: NotebookNode, count: int | None) -> NotebookNode:
    return NotebookNode({**output, "execution_count": count}) if "execution_count" in output else output


def _says(outputs: Sequence[NotebookNode]) -> list[tuple[str, str]]:
    """What the outputs say to a person, without what differs from run to run.

    Nor does the order of lines count: Docker lists the containers of a network by their ids, which are random.
    """
    said = []
    for output in outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        shown = {kind: text for kind, text in data.items() if isinstance(text, str) and not kind.startswith("image/")}
        plain = ((kind, sanitized(_without_pictures(text))) for kind, text in sorted(shown.items()))
        said += [(kind, "\n".join(sorted(text.splitlines()))) for kind, text in plain]
    return said


def _without_pictures(text: str) -> str:
    return re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "PICTURE", text)
