"""The lab: what the learner makes, each action with the ``docker`` line that does the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface
from pathlib import Path

from dockernet_course.engines import LAB_IMAGE, Engine
from dockernet_course.errors import NotFound
from dockernet_course.lab import compose, starting, unused, veth_pairs
from dockernet_course.lab.handles import ContainerHandle, NetworkHandle
from dockernet_course.lab.lab_session import LabSession
from dockernet_course.lab.names import checked, quoted
from dockernet_course.lab.output import Output
from dockernet_course.lab.registry import Registry
from dockernet_course.lab.spec import ContainerSpec, NetworkSpec, argv_of, many, network_options
from dockernet_course.lab.view import View

__all__ = ["Lab", "open_lab"]


class Lab(View):
    """An open lab on an engine: makes containers and networks, knows them by the text's names, and cleans up.

    ``with open_lab(engine) as lab`` closes it at the end; so do the end of the process, however it ends, and
    :meth:`close`. All methods raise our errors only; one that raises has changed nothing.
    """

    def __init__(self, engine: Engine, chapter: str) -> None:
        """Use :func:`open_lab`."""
        self.chapter = chapter
        self._session: LabSession = LabSession(engine, chapter)
        super().__init__(engine, self._session)
        self._registry = Registry(self._session)

    @property
    def whole(self) -> bool:
        """Whether everything on the engine is the lab's: in a private engine, also what was made by hand."""
        return self.engine.private

    @property
    def strange(self) -> bool:
        """Its servers are the course's."""
        return False

    @property
    def commands(self) -> tuple[str, ...]:
        """The ``docker`` lines of what was done so far."""
        return self._session.commands

    def run(
        self,
        name: str,
        command: str | Sequence[str] | None = None,
        *,
        image: str = LAB_IMAGE,
        network: str | NetworkHandle | ContainerHandle | None = None,
        publish: str | int | Sequence[str | int] = (),
        env: Mapping[str, str] | None = None,
        links: str | ContainerHandle | Sequence[str | ContainerHandle] = (),
        aliases: str | Sequence[str] = (),
        expose: str | int | Sequence[str | int] = (),
        cap_add: str | Sequence[str] = (),
        restart: str | None = None,
        hostname: str | None = None,
    ) -> ContainerHandle:
        """Run a container in the background: ``docker run -d``.

        ``network`` is "host", "none", "bridge", a network, or "container:web". ``publish`` takes what ``-p`` takes.
        Returns when it runs; without a ``command``, the course's image runs a web server on port 80, and then it
        listens, too. Raises InvalidName, NameTaken, NotFound, PortInUse, Refused, or ContainerExited if it ends at
        once; then there is no such container.
        """
        real = self._registry.real_container_name(name)
        links = (links,) if isinstance(links, str | ContainerHandle) else links
        spec = ContainerSpec(
            name=real,
            image=image,
            argv=argv_of(command or ()),
            network=self._registry.network_option(network),
            publish=many(publish),
            env=env or {},
            links=[self._registry.link_option(link) for link in links],
            aliases=many(aliases),
            expose=many(expose),
            cap_add=many(cap_add),
            restart=restart,
            hostname=hostname,
        )
        with self._session.doing(spec.line()):
            ident = starting.start(self.api, self.observer, spec, self._session.labels)
        return self._registry.add_container(name, real, ident)

    def run_once(
        self,
        command: str | Sequence[str],
        *,
        image: str = LAB_IMAGE,
        network: str | NetworkHandle | ContainerHandle | None = None,
        timeout: float | None = None,
    ) -> Output:
        """Run a command in a container of its own, which goes when it ends: ``docker run --rm``."""
        self.observer.require()
        option = self._registry.network_option(network)
        spec = ContainerSpec(None, image, argv_of(command), option)
        output = starting.run_once(self.api, spec, self._session.labels, timeout)
        self._session.note(output.command)
        return output

    def compose(
        self, file: str | Path = "compose.yaml", *, project: str | None = None, profiles: str | Sequence[str] = ()
    ) -> tuple[ContainerHandle, ...]:
        """Bring a Compose project up with the real plugin: ``docker compose up -d``; its containers, by name.

        They and its networks are the lab's, like all others. Nothing is pulled or built. Raises NotFound (the file, an
        image), PackError (no plugin to be had), PortInUse, NameTaken, Refused with Compose's words; then nothing of it
        stays.
        """
        self.observer.require()
        made = compose.bring_up(self._session, compose.called(self.engine, Path(file)), project, many(profiles))
        return tuple(one for one in self.containers() if one.id in made)

    def create_network(
        self,
        name: str,
        driver: str = "bridge",
        *,
        subnet: str | None = None,
        gateway: str | None = None,
        internal: bool = False,
        ipv6: bool = False,
        options: Mapping[str, str] | None = None,
    ) -> NetworkHandle:
        """Make a network: ``docker network create``. Raises InvalidName, NameTaken, NotFound (driver), Refused."""
        real = self._registry.real_network_name(name)
        spec = NetworkSpec(real, driver, subnet, gateway, internal, ipv6, options or {})
        with self._session.doing(spec.line()):
            self._require_driver(driver)
            ident = self.api.create_network(spec.body(self._session.labels), spec.line())
        return self._registry.add_network(name, real, ident)

    def connect(
        self,
        network: str | NetworkHandle,
        container: str | ContainerHandle,
        *,
        aliases: str | Sequence[str] = (),
        ip: str | None = None,
    ) -> None:
        """Connect a container to a network, running or not: ``docker network connect``."""
        to, who, names = self._registry.network_option(network), self._registry.container(container), many(aliases)
        settings = {"Aliases": list(names), "IPAMConfig": {"IPv4Address": ip} if ip else None}
        line = shlex.join(["docker", "network", "connect", *network_options(names, ip), to, who.real_name])
        with self._session.doing(line):
            self.api.post(f"/networks/{to}/connect", line, body={"Container": who.id, "EndpointConfig": settings})

    def disconnect(self, network: str | NetworkHandle, container: str | ContainerHandle) -> None:
        """Take a container out of a network: ``docker network disconnect``."""
        of, who = self._registry.network_option(network), self._registry.container(container)
        line = shlex.join(["docker", "network", "disconnect", of, who.real_name])
        with self._session.doing(line):
            self.api.post(f"/networks/{of}/disconnect", line, body={"Container": who.id})

    def remove(self, thing: str | ContainerHandle | NetworkHandle) -> None:
        """Remove a container, running or not (``docker rm -f``), or a network (``docker network rm``).

        Raises NotFound, InUse (a network with containers in it), Refused (one of Docker's own networks).
        """
        self._registry.either(thing).remove()

    def rename(self, container: str | ContainerHandle, new: str) -> None:
        """Give a container another name: ``docker rename``."""
        self._registry.container(container).rename(new)

    def container(self, name: str) -> ContainerHandle:
        """The lab's container of that name. Raises NotFound."""
        return self._registry.container(name)

    def network(self, name: str) -> NetworkHandle:
        """The lab's network of that name, or one of Docker's own. Raises NotFound."""
        return self._registry.network(name)

    def containers(self) -> tuple[ContainerHandle, ...]:
        """The lab's containers, by name."""
        return self._registry.containers()

    def networks(self) -> tuple[NetworkHandle, ...]:
        """The lab's networks, by name."""
        return self._registry.networks()

    def free_port(self, first: int = 80) -> int:
        """The first TCP port from ``first`` on that nothing on the engine's host listens on."""
        tables = self.observer.run(["sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null"]).text
        return unused.port(first, unused.listening(tables))

    def free_address(self, network: str | NetworkHandle = "bridge") -> IPv4Interface:
        """The last address of a network that, by Docker's books, nobody has. Raises NotFound."""
        return unused.address(self.api.inspect_network(self._registry.network_option(network)))

    def interface_name(self, role: str) -> str:
        """A name for an interface that is made by hand on the host: ``role``, and the lab's mark for the cleaning."""
        return veth_pairs.marked(role, self.id)

    def remove_veth_pairs(self) -> None:
        """Remove the veth pairs that were made by hand and still have both ends on the host."""
        veth_pairs.remove(self.api, self.observer.id, self.id, private=self.engine.private)

    def settle_host(self) -> tuple[str, ...]:
        """Put the network of a private engine's host back to what it was; what was put back. The lab must be empty."""
        return self._session.settle()

    def _require_driver(self, driver: str) -> None:
        """The engine itself looks for an unknown driver for 15 seconds."""
        there = self.api.info()["Plugins"]["Network"]
        if driver not in there:
            raise NotFound(f"The engine has no network driver {quoted(driver)}.", state=f"It has: {', '.join(there)}.")

    def __repr__(self) -> str:
        return f"<lab {self.chapter}>"


def open_lab(engine: Engine, chapter: str = "lab") -> Lab:
    """Open a lab on an engine.

    In a private engine one lab is open at a time: whatever is in it is removed, and one line says so. On any other
    engine only what labs left whose process is gone is removed.
    """
    return Lab(engine, checked(chapter, "chapter"))
