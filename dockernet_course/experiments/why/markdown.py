"""A diagnosis as Markdown, to paste into an issue."""

from __future__ import annotations

import re

from dockernet_course.experiments.why.masking import masked as without_names
from dockernet_course.experiments.why.model import Diagnosis

__all__ = ["report", "spelt"]

_HEAD = {True: "They can talk", False: "They cannot talk", None: "Whether they can talk was not measured"}
_FEWEST = 3  # backticks of a fence (CommonMark 0.31, §4.5)


def report(diagnosis: Diagnosis, *, masked: bool = False) -> str:
    """The diagnosis as Markdown; ``masked``: with placeholders for names and addresses (see ``masking``).

    Whatever came from the network stands in one block of code, in which no name can become a link, a mention or HTML.
    """
    told = without_names(diagnosis) if masked else diagnosis
    question = [told.probe.output.command, f"→ {told.probe.verdict}"] if told.probe else []
    versions = [f"Docker Engine {diagnosis.world.engine}"] if diagnosis.world else []
    lines = (spelt(line.expandtabs()) for part in (repr(told), *question, *versions) for line in part.split("\n"))
    block = "\n".join(lines)
    note = "\n\nNames and addresses are masked; please read it before you paste it." if masked else ""
    fence = "`" * (1 + max([_FEWEST - 1, *map(len, re.findall("`+", block))]))
    return f"**{_HEAD[diagnosis.can]}**\n\n{fence}text\n{block}\n{fence}{note}\n"


def spelt(line: str) -> str:
    """The line, in which what a terminal would obey, or a reader would not see, is spelt."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
