"""Executed chapters as pages that need neither a kernel nor the internet; their form is in ``page/``."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

import jinja2
import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from dockernet_course.course.normal import WIDGET, normal
from dockernet_course.course.run import Result
from dockernet_course.figures import MapView, WalkView
from dockernet_course.lessons import COLOURS, Chapter, chapter, chapters, glossary, glossary_markdown
from dockernet_course.widgets import MapWidget, WalkWidget, markup

__all__ = ["write_glossary", "write_index", "write_page", "write_view"]

_COURSE = "Docker networking, live"
_STATE = "application/vnd.jupyter.widget-state+json"
_DARK = "@media (prefers-color-scheme: dark)"


def write_page(executed: Path) -> Path:
    """Write the executed notebook as one HTML file beside it; its path.

    Pictures are in the file. A widget leaves what is shown without a kernel; where that is a picture and the notebook
    has the widget's state, the same module as in JupyterLab draws it in the picture's place, if the browser runs it.
    """
    read = nbformat.read(executed, as_version=4)
    widgets = _widgets(read)
    notebook = normal(read)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = cell["source"].replace(".ipynb)", ".html)").replace("(glossary.md#", "(glossary.html#")
    this = chapter(executed.stem)
    page = executed.with_suffix(".html")
    return _write(page, "frame.html", title=_title(this), body=_body(notebook), widgets=widgets, **_beside(this))


def write_glossary(out: Path) -> Path:
    """Write ``glossary.html``, to which the chapters link; its path."""
    text = glossary_markdown().replace(".ipynb)", ".html)")
    for term in glossary():
        text = text.replace(f"\n## {term.name}\n", f'\n<a id="{term.anchor}"></a>\n\n## {term.name}\n')
    body = _body(new_notebook(cells=[new_markdown_cell(text)]))
    return _write(out / "glossary.html", "frame.html", title="Glossary", body=body)


def write_index(results: Sequence[Result], engine: str, out: Path) -> Path:
    """Write ``index.html``: the chapters of this run, what one can do after each, and how many checks passed."""
    known = {one.id: one for one in chapters()}
    return _write(
        out / "index.html", "index.html", title="All chapters", results=results, engine=engine, chapters=known
    )


def write_view(view: MapView | WalkView, target: Path) -> Path:
    """Write a map or a walk as one HTML file, in which everything can be asked for its facts; its path."""
    widget = WalkWidget(view, COLOURS) if isinstance(view, WalkView) else MapWidget(view, COLOURS, lambda: None)
    state = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    told = {"texts": [widget._esm, widget._css], "widgets": {"view": {**state, "_esm": 0, "_css": 1}}}
    picture = view.picture()
    source = f"data:image/png;base64,{b64encode(picture.png()).decode()}"
    body = f'<img data-widget="view" src="{source}" width="{picture.width}" alt="{escape(picture.alt)}">'
    return _write(target, "view.html", title=view.title, body=body, widgets=_embedded(told))


def _embedded(values: object) -> str:
    """JSON that can stand in a script element."""
    return json.dumps(values).replace("<", "\\u003c")


def _title(of: Chapter) -> str:
    return f"{of.number} · {of.title}"


def _beside(this: Chapter) -> dict[str, Chapter | None]:
    """The chapters before and after, for the way through."""
    row: list[Chapter | None] = [None, *chapters(), None]
    at = row.index(this)
    return {"before": row[at - 1], "after": row[at + 1]}


def _widgets(notebook: NotebookNode) -> str:
    """The state of the widgets that are pictures otherwise, as JSON; these pictures get their names.

    A text (module, style sheet) stands in it once, and its number wherever a widget has it.
    """
    states = notebook["metadata"].get("widgets", {}).get(_STATE, {}).get("state", {})
    texts: list[str] = []
    widgets: dict[str, dict[str, object]] = {}
    for output in (output for cell in notebook["cells"] for output in cell.get("outputs", ())):
        data = output.get("data", {})
        name = data.get(WIDGET, {}).get("model_id", "")
        state = states.get(name, {}).get("state", {})
        if "image/png" not in data or not {"_esm", "_css"} <= set(state):
            continue
        texts += [text for text in (state["_esm"], state["_css"]) if text not in texts]
        known = {"_esm": texts.index(state["_esm"]), "_css": texts.index(state["_css"])}
        widgets[name] = {key: value for key, value in state.items() if not key.startswith("_")} | known
        shown = output["metadata"]["image/png"]
        picture = f'src="data:image/png;base64,{data.pop("image/png").strip()}" width="{shown["width"]}"'
        data["text/html"] = f'<img data-widget="{escape(name)}" {picture} alt="{escape(shown["alt"])}">'
    return _embedded({"texts": texts, "widgets": widgets}) if widgets else ""


def _body(notebook: NotebookNode) -> str:
    """The notebook's cells as HTML, without scripts: what a container prints runs nowhere."""
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    return re.sub(r"<script\b.*?</script>", "", body, flags=re.DOTALL)


def _write(target: Path, template: str, **values: object) -> Path:
    page = _templates().get_template(template).render(course=_COURSE, style=_style(), **values)
    target.write_text(page, "utf-8")
    return target


@cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(loader=jinja2.PackageLoader(__package__, "page"), autoescape=True)
    templates.filters["marked"] = markup.html
    templates.globals["alive"] = files(__package__).joinpath("page/widgets.js").read_text("utf-8")
    return templates


@cache
def _style() -> str:
    """The pages' style sheet, with the colours of code for light and for dark."""
    light, dark = (
        HtmlFormatter(style=name, nobackground=True).get_style_defs(".highlight") for name in ("xcode", "github-dark")
    )
    sheet = files(__package__).joinpath("page/page.css").read_text("utf-8")
    return f"{sheet}\n{light}\n{_DARK} {{\n{dark}\n}}"
