"""Which containers and networks are the lab's, found in the engine each time, under the names of the text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from dockernet_course.errors import NameTaken, NotFound
from dockernet_course.lab.api import Json
from dockernet_course.lab.cleaning import name_of
from dockernet_course.lab.handles import ContainerHandle, NetworkHandle
from dockernet_course.lab.lab_session import LabSession
from dockernet_course.lab.lease import LABEL
from dockernet_course.lab.names import JOINED, PREDEFINED, checked, free, joined, quoted
from dockernet_course.lab.observer import OBSERVER

__all__ = ["Registry"]

Handle = TypeVar("Handle", bound=ContainerHandle | NetworkHandle)


class Registry:
    """The lab's things. In a private engine everything is the lab's, also what was made by hand in a terminal."""

    def __init__(self, session: LabSession) -> None:
        self.session = session
        self._containers: dict[str, ContainerHandle] = {}
        self._networks: dict[str, NetworkHandle] = {}

    def containers(self) -> tuple[ContainerHandle, ...]:
        """The lab's containers, without the observer, by name."""
        found = [(name_of(c), c) for c in self.session.api.containers() if self._is_ours(c)]
        ours = [(name, c) for name, c in found if not name.startswith(OBSERVER)]
        return _by_name(_handle(self._containers, ContainerHandle(self, name, name, c["Id"])) for name, c in ours)

    def networks(self, *, predefined: bool = False) -> tuple[NetworkHandle, ...]:
        """The lab's networks, by name; with the three that Docker has anyway if these are wanted too."""
        seen = [n for n in self.session.api.networks() if (predefined if n["Name"] in PREDEFINED else self._is_ours(n))]
        return _by_name(
            _handle(self._networks, NetworkHandle(self.session, n["Name"], n["Name"], n["Id"])) for n in seen
        )

    def container(self, wanted: str | ContainerHandle) -> ContainerHandle:
        """The lab's container of that name. Raises NotFound."""
        return wanted if isinstance(wanted, ContainerHandle) else _found(wanted, self.containers(), "container")

    def network(self, wanted: str | NetworkHandle) -> NetworkHandle:
        """The lab's network of that name, or a predefined one. Raises NotFound."""
        return (
            wanted if isinstance(wanted, NetworkHandle) else _found(wanted, self.networks(predefined=True), "network")
        )

    def either(self, wanted: str | ContainerHandle | NetworkHandle) -> ContainerHandle | NetworkHandle:
        """The lab's container of that name, else the network. Raises NotFound."""
        if isinstance(wanted, ContainerHandle | NetworkHandle):
            return wanted
        there: tuple[ContainerHandle | NetworkHandle, ...] = (*self.containers(), *self.networks(predefined=True))
        return _found(wanted, there, "container or network")

    def add_container(self, name: str, real_name: str, ident: str) -> ContainerHandle:
        """Keep the handle of a container that the lab has made, with its name in the text."""
        self._containers[ident] = ContainerHandle(self, name, real_name, ident)
        return self._containers[ident]

    def add_network(self, name: str, real_name: str, ident: str) -> NetworkHandle:
        """Keep the handle of a network that the lab has made, with its name in the text."""
        self._networks[ident] = NetworkHandle(self.session, name, real_name, ident)
        return self._networks[ident]

    def real_container_name(self, name: str) -> str:
        """Under which name a new container can be made. Raises InvalidName, NameTaken (by one of the lab's own)."""
        checked(name, "container")
        if self.session.private:  # there is nothing but the lab's: the engine itself says so
            self.session.observer.require()
            return name
        return self._free(name, self.containers(), [name_of(c) for c in self.session.api.containers()], "container")

    def real_network_name(self, name: str) -> str:
        """Under which name a new network can be made. Raises InvalidName, NameTaken (by one of the lab's own)."""
        checked(name, "network")
        if self.session.private or name in PREDEFINED:
            self.session.observer.require()
            return name
        return self._free(name, self.networks(), [n["Name"] for n in self.session.api.networks()], "network")

    def network_option(self, wanted: str | NetworkHandle | ContainerHandle | None) -> str:
        """What to write after ``--network``, with real names. Raises InvalidName."""
        if wanted is None or isinstance(wanted, NetworkHandle):
            return wanted.real_name if wanted else ""
        if isinstance(wanted, ContainerHandle):
            return JOINED + wanted.real_name
        if other := joined(str(wanted)):
            return JOINED + self._known(other, self._containers, "container")
        return wanted if wanted in PREDEFINED else self._known(wanted, self._networks, "network")

    def link_option(self, link: str | ContainerHandle) -> str:
        """What to write after ``--link``, with real names."""
        if isinstance(link, ContainerHandle):
            return link.real_name if link.name == link.real_name else f"{link.real_name}:{link.name}"
        name, colon, alias = link.partition(":")
        return self._known(name, self._containers, "container") + colon + alias

    def _is_ours(self, seen: Json) -> bool:
        return self.session.private or (seen.get("Labels") or {}).get(LABEL) == self.session.lab

    @staticmethod
    def _known(name: str, handles: dict[str, Handle], what: str) -> str:
        """The real name behind a name of the text; others are the engine's business."""
        return next((handle.real_name for handle in handles.values() if handle.name == name), checked(name, what))

    @staticmethod
    def _free(name: str, mine: tuple[Handle, ...], taken: list[str], what: str) -> str:
        if any(handle.name == name for handle in mine):
            raise NameTaken(f"This lab has a {what} {name} already.", cure="Remove it, or choose another name.")
        real = free(name, taken)
        if real != name:
            print(f"The name {name} is taken on this engine: the lab's {what} is called {real}.")
        return real


def _handle(known: dict[str, Handle], seen: Handle) -> Handle:
    """The handle for a thing in the engine; renamed by hand, it has its new name."""
    handle = known.setdefault(seen.id, seen)
    if handle.real_name != seen.real_name:
        handle.name = handle.real_name = seen.real_name
    return handle


def _by_name(handles: Iterable[Handle]) -> tuple[Handle, ...]:
    return tuple(sorted(handles, key=lambda handle: handle.name))


def _found(name: str, handles: tuple[Handle, ...], what: str) -> Handle:
    by_text = [h for h in handles if h.name == name] or [h for h in handles if h.real_name == name]
    if by_text:
        return by_text[0]
    there = ", ".join(h.name for h in handles) or "none"
    raise NotFound(f"This lab has no {what} {quoted(name)}.", state=f"There is: {there}.")
