"""Executed chapters as pages that need neither a kernel nor the internet."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from dockernet_course.course.normal import normal
from dockernet_course.course.run import Result
from dockernet_course.lessons.catalogue import chapter

__all__ = ["write_index", "write_page"]

_STYLE = """
body { font: 17px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem;
       color: #16202c; background: #fff; }
@media (prefers-color-scheme: dark) { body { color: #e6e9ed; background: #14181d; } a { color: #7cc4ff; } }
td, th { text-align: left; padding: .35rem 1.2rem .35rem 0; }
"""


def write_page(executed: Path) -> Path:
    """Write the executed notebook as one HTML file beside it; its path.

    Pictures are in the file; a widget leaves what is shown without a kernel (nbconvert would load its code from
    the internet).
    """
    exporter = HTMLExporter(template_name="lab", embed_images=True)
    notebook = normal(nbformat.read(executed, as_version=4))
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace(".ipynb)", ".html)").replace("glossary.md#", "glossary.html#")
    # Nothing is loaded from elsewhere: no formulas, no modules, no widget manager is needed.
    resources = {"metadata": {"name": _title(executed.stem)}}
    for name in ("mathjax_url", "require_js_url", "mermaid_js_url", "jupyter_widgets_base_url"):
        if exporter.has_trait(name):
            setattr(exporter, name, "")
    page, _ = exporter.from_notebook_node(notebook, resources)
    target = executed.with_suffix(".html")
    target.write_text(page, "utf-8")
    return target


def write_index(results: Sequence[Result], engine: str, out: Path) -> Path:
    """Write ``index.html``: the chapters of this run, with their checks; its path."""
    rows = "".join(
        f'<tr><td><a href="{html.escape(r.chapter)}.html">{html.escape(_title(r.chapter))}</a></td>'
        f"<td>{r.passed} passed{f', {r.not_shown} not shown here' if r.not_shown else ''}"
        f"{', <strong>failed</strong>' if r.failure else ''}</td><td>{r.seconds:.0f} s</td></tr>"
        for r in results
    )
    target = out / "index.html"
    target.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Docker networking, live</title><style>{_STYLE}</style><h1>Docker networking, live</h1>"
        f"<p>Every statement in these chapters was checked on {html.escape(engine)}.</p>"
        f"<table><tr><th>chapter</th><th>checks</th><th>time</th></tr>{rows}</table></html>",
        "utf-8",
    )
    return target


def _title(stem: str) -> str:
    return f"{stem[:2]} · {chapter(stem).title}"
