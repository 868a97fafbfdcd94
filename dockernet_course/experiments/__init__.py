"""Questions put to the network, each answered with the kind of failure."""

from __future__ import annotations

from dockernet_course.experiments.ask import Place, connect, ping, resolve
from dockernet_course.experiments.explain import explain
from dockernet_course.experiments.firewall import Counted, Rule, counted
from dockernet_course.experiments.matrix import reachability
from dockernet_course.experiments.model import WAYS, Cell, Explanation, Kind, Matrix, Probe, Verdict, Way

__all__ = [
    "WAYS",
    "Cell",
    "Counted",
    "Explanation",
    "Kind",
    "Matrix",
    "Place",
    "Probe",
    "Rule",
    "Verdict",
    "Way",
    "connect",
    "counted",
    "explain",
    "ping",
    "reachability",
    "resolve",
]
