"""The lab: what we make is ours, what is yours stays.

Containers and networks on an engine, labelled, with the ``docker`` line of each action; they go when the lab closes,
when its process ends, and even when that is killed.
"""

from __future__ import annotations

from dockernet_course.lab import compose, lease, settling, waiting
from dockernet_course.lab.cleaning import EngineObject, leftovers, sweep
from dockernet_course.lab.compose_labels import COMPOSE_PROJECT, COMPOSE_SERVICE
from dockernet_course.lab.core import Lab, open_lab
from dockernet_course.lab.handles import ContainerHandle, NetworkHandle
from dockernet_course.lab.lease import LABEL
from dockernet_course.lab.names import JOINED, PREDEFINED, joined
from dockernet_course.lab.nft_tables import marked
from dockernet_course.lab.notebook_shell import here
from dockernet_course.lab.observer import Observer, script_argv
from dockernet_course.lab.output import Output
from dockernet_course.lab.places import Host, Outside
from dockernet_course.lab.seen import NOT_ENTERED, SeenContainer
from dockernet_course.lab.spec import argv_of
from dockernet_course.lab.view import View, open_view

__all__ = [
    "COMPOSE_PROJECT",
    "COMPOSE_SERVICE",
    "JOINED",
    "LABEL",
    "NOT_ENTERED",
    "PREDEFINED",
    "ContainerHandle",
    "EngineObject",
    "Host",
    "Lab",
    "NetworkHandle",
    "Observer",
    "Output",
    "Outside",
    "SeenContainer",
    "View",
    "argv_of",
    "compose",
    "here",
    "joined",
    "lease",
    "leftovers",
    "marked",
    "open_lab",
    "open_view",
    "script_argv",
    "settling",
    "sweep",
    "waiting",
]
