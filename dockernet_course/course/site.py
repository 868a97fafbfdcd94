"""Executed chapters as pages that need neither a kernel nor the internet."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from dockernet_course.course.normal import normal
from dockernet_course.course.run import Result
from dockernet_course.lessons.catalogue import chapter
from dockernet_course.lessons.glossary import glossary, glossary_markdown

__all__ = ["write_glossary", "write_index", "write_page"]

_COURSE = "Docker networking, live"

_STYLE = """
body { font: 17px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem;
       color: #16202c; background: #fff; }
@media (prefers-color-scheme: dark) { body { color: #e6e9ed; background: #14181d; } a { color: #7cc4ff; } }
td, th { text-align: left; padding: .35rem 1.2rem .35rem 0; }
"""


def write_page(executed: Path) -> Path:
    """Write the executed notebook as one HTML file beside it; its path.

    Pictures are in the file. A widget leaves what is shown without a kernel. No script is in it: nbconvert's would load
    formulas, diagrams and widgets from the internet.
    """
    notebook = normal(nbformat.read(executed, as_version=4))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = cell["source"].replace(".ipynb)", ".html)").replace("(glossary.md#", "(glossary.html#")
        for output in cell.get("outputs", []):
            _say_in_words(output)
    target = executed.with_suffix(".html")
    target.write_text(_page(notebook, _title(executed.stem)), "utf-8")
    return target


def write_glossary(out: Path) -> Path:
    """Write ``glossary.html``, to which the chapters link; its path."""
    text = glossary_markdown().replace(".ipynb)", ".html)")
    for term in glossary():
        text = text.replace(f"\n## {term.name}\n", f'\n<a id="{term.anchor}"></a>\n\n## {term.name}\n')
    target = out / "glossary.html"
    target.write_text(_page(new_notebook(cells=[new_markdown_cell(text)]), "Glossary"), "utf-8")
    return target


def _say_in_words(output: NotebookNode) -> None:
    """Make a picture one with its alternative text, which nbconvert's template would leave out."""
    about = output.get("metadata", {}).get("image/png", {})
    if "alt" in about:
        png = "".join(output["data"]["image/png"].split())
        size = f' width="{int(about["width"])}"' if "width" in about else ""
        picture = f'<img alt="{html.escape(about["alt"])}"{size} src="data:image/png;base64,{png}">'
        output["data"] = NotebookNode({"text/html": picture})


def _page(notebook: NotebookNode, title: str) -> str:
    """The notebook as HTML without scripts, with a way back to the index."""
    exporter = HTMLExporter(template_name="lab", embed_images=True)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    page = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    back = f'<nav style="padding: 1rem; font-family: sans-serif"><a href="index.html">{_COURSE}</a></nav>'
    return re.sub(r"(<body\b[^>]*>)", lambda body: body[0] + back, page, count=1)


def write_index(results: Sequence[Result], engine: str, out: Path) -> Path:
    """Write ``index.html``: the chapters of this run, with their checks; its path."""
    rows = "".join(
        f'<tr><td><a href="{html.escape(r.chapter)}.html">{html.escape(_title(r.chapter))}</a></td>'
        f"<td>{r.passed} of {r.checks} passed{f', {r.not_shown} not shown here' if r.not_shown else ''}"
        f"{', <strong>failed</strong>' if r.failure else ''}</td><td>{r.seconds:.0f} s</td></tr>"
        for r in results
    )
    target = out / "index.html"
    target.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{_COURSE}</title><style>{_STYLE}</style><h1>{_COURSE}</h1>"
        f"<p>Every statement in these chapters was checked on {html.escape(engine)}.</p>"
        f"<table><tr><th>chapter</th><th>checks</th><th>time</th></tr>{rows}</table>"
        '<p><a href="glossary.html">Glossary</a></p></html>',
        "utf-8",
    )
    return target


def _title(stem: str) -> str:
    return f"{stem[:2]} · {chapter(stem).title}"
