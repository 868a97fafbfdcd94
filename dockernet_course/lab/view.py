"""A view: an engine as it is, read and asked, but not changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from dockernet_course.engines import Engine
from dockernet_course.errors import NotFound, Refused
from dockernet_course.lab.api import Api, Json
from dockernet_course.lab.cleaning import name_of
from dockernet_course.lab.compose_labels import COMPOSE_SERVICE
from dockernet_course.lab.names import quoted
from dockernet_course.lab.observer import OBSERVER, Observer
from dockernet_course.lab.places import Host, Outside
from dockernet_course.lab.seen import SeenContainer
from dockernet_course.lab.session import Session

__all__ = ["Permit", "View", "open_view"]

Permit = Callable[[str, Sequence[str]], bool]
_CURE = "If it may be done: open_view(engine, permit=True), or --yes in a terminal."
_TOLD = 12  # lines


class View:
    """An engine with everything on it, whoever made it. A lab is a view, too, and makes things besides.

    ``with open_view(engine) as view`` closes it at the end; so do the end of the process, however it ends, and
    :meth:`close`. All methods raise our errors only.
    """

    def __init__(self, engine: Engine, session: Session, permit: Permit = lambda *_: True) -> None:
        """Use :func:`open_view`, or :func:`open_lab`."""
        self.engine, self._session = engine, session
        self._permit, self._permitted = permit, False

    @property
    def id(self) -> str:
        """Its name on the labels of what belongs to it."""
        return self._session.lab

    @property
    def whole(self) -> bool:
        """Whether everything on the engine is meant, and not the lab's own alone."""
        return True

    @property
    def strange(self) -> bool:
        """Whether its servers are somebody else's: then nothing is said over a connection to one."""
        return True

    @contextlib.contextmanager
    def permitted(self, what: str, *lines: str) -> Iterator[None]:
        """Within, something is done that somebody may notice; what is part of it needs no leave of its own.

        Raises Refused unless it is permitted.
        """
        if not (self._permitted or self._permit(what, lines)):
            told = (*lines[:_TOLD], *([f"and {len(lines) - _TOLD} more"] if len(lines) > _TOLD else []))
            raise Refused(f"This was not permitted: {what}", state="\n".join(told), cure=_CURE)
        before, self._permitted = self._permitted, True
        try:
            yield
        finally:
            self._permitted = before

    def containers(self) -> tuple[SeenContainer, ...]:
        """All containers, without the observers, by name."""
        return tuple(SeenContainer(self._session, name, name, c["Id"]) for name, c in self._listed())

    def _listed(self) -> list[tuple[str, Json]]:
        listed = ((name_of(c), c) for c in self.api.containers())
        return sorted((one for one in listed if not one[0].startswith(OBSERVER)), key=lambda one: one[0])

    def container(self, name: str) -> SeenContainer:
        """The container of that name, or the only one of that Compose service. Raises NotFound."""
        there = self._listed()
        found = [one for one in there if one[0] == name] or [
            one for one in there if (one[1].get("Labels") or {}).get(COMPOSE_SERVICE) == name
        ]
        if len(found) != 1:
            names = ", ".join(each for each, _ in found or there) or "none"
            state = f"Of that service there is: {names}." if found else f"There is: {names}."
            raise NotFound(f"This engine has no one container {quoted(name)}.", state=state)
        return SeenContainer(self._session, found[0][0], found[0][0], found[0][1]["Id"])

    @property
    def host(self) -> Host:
        """The engine's host: ``lab.host("ip addr")`` runs a shell command there."""
        return Host(self._session)

    @property
    def outside(self) -> Outside | None:
        """The network outside of a private engine's host; None on an engine of the learner's own."""
        return Outside(self._session) if self.engine.private else None

    @property
    def observer(self) -> Observer:
        """The container that sees what the host sees; waits until it has started."""
        return self._session.observer

    @property
    def api(self) -> Api:
        """The engine's API. Raises LabError when the view is closed."""
        return self._session.api

    def api_containers(self) -> list[Json]:
        """``GET /containers/json?all=1``: all containers of the engine, the observer too."""
        return self.api.containers()

    def api_networks(self) -> list[Json]:
        """``GET /networks``: all networks of the engine."""
        return self.api.networks()

    def api_inspect(self, name: str) -> Json:
        """``GET /containers/{id}/json`` for a name, real name or id."""
        return self.api.inspect(name)

    def api_inspected(self, listed: Sequence[Json]) -> dict[str, Json]:
        """``GET /containers/{id}/json`` of those that are ``listed``, by id; asked again where something changed."""
        return self._session.inspections.of(listed)

    def api_network_inspect(self, name: str) -> Json:
        """``GET /networks/{id}`` for a name or id."""
        return self.api.inspect_network(name)

    def watch(self, look: Callable[[], object], ended: Callable[[], object]) -> Callable[[], None]:
        """Call ``look`` in a thread of its own, soon after something came, went or changed, whoever did it.

        What happens meanwhile leads to one more call. ``ended`` is called once, when the view closes or the engine
        goes, or by what this returns. The thread sleeps in between: it asks the engine nothing by itself.
        """
        return self._session.watch(look, ended)

    def close(self) -> None:
        """Remove everything that belongs to it; says what cannot be removed, and why. A second call does nothing."""
        self._session.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<view of {self.engine.address}>"


def open_view(engine: Engine, permit: Permit | bool = False) -> View:
    """Look at an engine: its containers and networks, whoever made them, stay as they are.

    One container of ours, the labelled observer, is on the engine meanwhile. It joins the network namespaces of the
    others and nothing else of them, and goes with the view.

    Looking asks nobody. A matrix, a walk and ``why`` send packets, and are ``permit``ted once for all, or each by a
    function that is told what would be done, and the single questions.
    """
    allow: Permit = permit if callable(permit) else lambda *_: permit
    return View(engine, Session(engine, "view"), allow)
