"""Why can these two not talk? The cause with its evidence, or what was ruled out.

::

    why(lab, "cli", "web")                       # by address, at the port at which web listens
    why(lab, lab.host, "web", "published")
    why_cell(lab, matrix.cell("cli", "web", "port"))  # of a reachability matrix
    report(why(lab, "cli", "web"), masked=True)  # to paste into an issue
"""

from __future__ import annotations

from dockernet_course.experiments.why.cells import offer, why_cell
from dockernet_course.experiments.why.markdown import report, spelt
from dockernet_course.experiments.why.masking import masked
from dockernet_course.experiments.why.model import Diagnosis, Evidence
from dockernet_course.experiments.why.run import why

__all__ = ["Diagnosis", "Evidence", "masked", "offer", "report", "spelt", "why", "why_cell"]
