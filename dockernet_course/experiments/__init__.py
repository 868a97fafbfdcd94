"""Questions put to the network, each answered with the kind of failure."""

from __future__ import annotations

from dockernet_course.experiments import batch, firewall
from dockernet_course.experiments.ask import Place, connect, ping, resolve
from dockernet_course.experiments.explain import explain
from dockernet_course.experiments.firewall import Counted, FirewallRule, counted
from dockernet_course.experiments.matrix import reachability
from dockernet_course.experiments.model import WAYS, Cell, Explanation, Kind, Matrix, Probe, Verdict, Way
from dockernet_course.experiments.modes import Mode, modes
from dockernet_course.experiments.targets import is_address

__all__ = [
    "WAYS",
    "Cell",
    "Counted",
    "Explanation",
    "FirewallRule",
    "Kind",
    "Matrix",
    "Mode",
    "Place",
    "Probe",
    "Verdict",
    "Way",
    "batch",
    "connect",
    "counted",
    "explain",
    "firewall",
    "is_address",
    "modes",
    "ping",
    "reachability",
    "resolve",
]
