"""Rehearsals: what a Compose file makes of networks, rebuilt in a private engine with stand-ins, and looked at."""

from __future__ import annotations

from dockernet_course.rehearsal.findings import ComposeFinding
from dockernet_course.rehearsal.report import as_json
from dockernet_course.rehearsal.run import LeftOut, Rehearsal, rehearse

__all__ = ["ComposeFinding", "LeftOut", "Rehearsal", "as_json", "rehearse"]
