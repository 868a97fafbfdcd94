"""Facts: what the kernel has in each network namespace, and what Docker calls it, as one frozen ``Topology``."""

from __future__ import annotations

from dockernet_course.observe import decorate, discover, relate
from dockernet_course.observe.as_json import as_json
from dockernet_course.observe.by_hand import ByHand, HostState, by_hand, host_state
from dockernet_course.observe.clashes import Clash, clashes
from dockernet_course.observe.diff import Change, Difference, difference
from dockernet_course.observe.discover import Source
from dockernet_course.observe.film import Film, Frame, record
from dockernet_course.observe.listening import held_by, listeners_in, who_gets
from dockernet_course.observe.masquerade import Masquerade
from dockernet_course.observe.model import (
    Address,
    Asked,
    Bridge,
    Container,
    Endpoint,
    Interface,
    Listener,
    Namespace,
    Neighbour,
    Netconf,
    Network,
    ParentLink,
    PortBinding,
    Route,
    RoutingRule,
    Topology,
    VethPair,
)
from dockernet_course.observe.selection import Group, groups, only, projects, without
from dockernet_course.observe.text import inspect, network_inspect, network_ls

__all__ = [
    "Address",
    "Asked",
    "Bridge",
    "ByHand",
    "Change",
    "Clash",
    "Container",
    "Difference",
    "Endpoint",
    "Film",
    "Frame",
    "Group",
    "HostState",
    "Interface",
    "Listener",
    "Masquerade",
    "Namespace",
    "Neighbour",
    "Netconf",
    "Network",
    "ParentLink",
    "PortBinding",
    "Route",
    "RoutingRule",
    "Topology",
    "VethPair",
    "as_json",
    "by_hand",
    "clashes",
    "difference",
    "groups",
    "held_by",
    "host_state",
    "inspect",
    "listeners_in",
    "network_inspect",
    "network_ls",
    "observe",
    "only",
    "projects",
    "record",
    "who_gets",
    "without",
]


def observe(lab: Source) -> Topology:
    """Look at the lab's network once: the host's namespace, the lab's containers, and what connects them.

    Takes the same few round trips however many containers there are. What vanishes while we look is named in
    ``vanished``. Raises EngineStopped or ObserveError when there is nothing to look at any more.
    """
    seen = discover.discover(lab)
    return decorate.decorate(relate.relate(seen.spaces), seen)
