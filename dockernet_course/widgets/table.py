"""A table that shows as HTML in a notebook and as aligned text everywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dockernet_course.widgets.markup import escape

__all__ = ["Table"]


@dataclass(frozen=True, repr=False)
class Table:
    """``columns`` and ``rows`` of plain text; ``title`` is its caption.

    With ``folded`` it opens on a click. ``text`` replaces the aligned text where that would differ from run to run.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False
    text: str = ""

    def __repr__(self) -> str:
        return self.text or "\n".join([self.title, *self._lines()])

    def _lines(self) -> list[str]:
        rows = [self.columns, *self.rows]
        widths = [max(len(row[n]) for row in rows) for n in range(len(self.columns))]
        return ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="text-align:left">{escape(column)}</th>' for column in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        caption = "" if self.folded else f'<caption style="text-align:left">{escape(self.title)}</caption>'
        table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<details><summary>{escape(self.title)}</summary>{table}</details>" if self.folded else table


def _cell(text: str) -> str:
    return f'<td style="text-align:left;white-space:pre-wrap">{escape(text)}</td>'
