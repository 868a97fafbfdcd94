"""The little Markdown of questions, tasks and hints, as HTML in which everything else is escaped."""

from __future__ import annotations

from html import escape

from markdown_it import MarkdownIt

__all__ = ["escape", "html", "plain"]

_INLINE = MarkdownIt("zero").enable(["backticks", "emphasis", "escape"])
_BLOCKS = MarkdownIt("zero").enable(["backticks", "emphasis", "escape", "fence", "list"])


def html(text: str, *, blocks: bool = False) -> str:
    """HTML of ``code``, *emphasis* and **strong**; with ``blocks`` also of paragraphs, lists and fenced code."""
    return str(_BLOCKS.render(text) if blocks else _INLINE.renderInline(text)).strip()


def plain(text: str) -> str:
    """The text without its marks, for places that show text only."""
    tokens = _INLINE.parseInline(text)[0].children or []
    return "".join(" " if token.type in ("softbreak", "hardbreak") else token.content for token in tokens)
