"""What a kind of network differs in when it is observed: a module of this folder for each, and ``KINDS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["OTHER", "Api", "NetworkKind", "options"]

Api = Mapping[str, Any]


def options(api: Api) -> Mapping[str, str]:
    """The network's options, as ``docker network create --opt`` was given them."""
    return api.get("Options") or {}


def _nothing(_: Any) -> str:
    return ""


@dataclass(frozen=True)
class NetworkKind:
    """A kind of network; what is left out is what containers on it do not have.

    ``name`` is its driver's (``docker network ls``), or the word of ``--network`` where it has none; ``mode`` what
    Docker calls a container's network mode that is no network's name. ``link`` is the kernel's word for the interface
    that a container gets (ip-link(8)), and ``leads_to`` what the number behind its ``@if`` (IFLA_LINK) is the number
    of: the other end of a pair, which names this one back, or a parent. ``bridge`` and ``parent`` give the name of the
    host's interface that is a network's, from the engine's JSON; ``detail`` what ``ip -d link`` says of an interface,
    from the attributes of its IFLA_INFO_DATA. ``created`` goes on after "eth0 is created", of the one to which it
    leads: ``{name}``, in the place ``{there}``.
    """

    name: str
    mode: str = ""
    link: str = ""
    leads_to: Literal["", "other end", "parent"] = ""
    bridge: Callable[[Api], str] = _nothing
    parent: Callable[[Api], str] = _nothing
    detail: Callable[[Mapping[int, bytes]], str] = _nothing
    created: str = ""

    @property
    def pair(self) -> bool:
        """Whether its interfaces are ends of pairs."""
        return self.leads_to == "other end"


OTHER = NetworkKind("")
"""What the course does not know: a driver that is a plugin, a device that is no network's."""
