"""Follow one real packet: every point that it passes, every change of its addresses, the rule that drops it.

::

    walk(lab, web, db)                      # ping by address; shows itself as text
    walk(lab, lab.host, web, "published").save("walk.pcapng")
"""

from __future__ import annotations

from dockernet_course.experiments.walk.model import (
    HOWS,
    Hop,
    How,
    Outcome,
    Packet,
    Point,
    Rewrite,
    Rule,
    WalkVerdict,
)
from dockernet_course.experiments.walk.result import Walk
from dockernet_course.experiments.walk.run import walk
from dockernet_course.experiments.walk.sizes import HEADERS
from dockernet_course.experiments.walk.text import (
    end_words,
    hop_words,
    rewrite_words,
    rows,
    rule_words,
    sentences,
    unseen_words,
)
from dockernet_course.experiments.walk.written import bare, port_of

__all__ = [
    "HEADERS",
    "HOWS",
    "Hop",
    "How",
    "Outcome",
    "Packet",
    "Point",
    "Rewrite",
    "Rule",
    "Walk",
    "WalkVerdict",
    "bare",
    "end_words",
    "hop_words",
    "port_of",
    "rewrite_words",
    "rows",
    "rule_words",
    "sentences",
    "unseen_words",
    "walk",
]
