"""The cases of the gallery: (name, title, network before or None, network)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace

from dockernet_course.observe.model import PortBinding, Topology
from tests.gallery.examples import World

__all__ = ["CASES", "Case"]

EVERYWHERE = "0.0.0.0"  # noqa: S104 — what Docker reports, nothing is bound


@dataclass(frozen=True)
class Case:
    """One picture of the gallery."""

    name: str
    title: str
    topology: Topology
    since: Topology | None = None


def _none() -> Case:
    return Case("no-container", "What did the engine make before any container ran?", World().topology())


def _one() -> Case:
    world = World()
    world.run("web", "bridge")
    return Case("one-container", "Where does `docker run` attach a container?", world.topology())


def _five() -> Case:
    world = World()
    for name in ("web", "api", "db", "cache", "worker"):
        world.run(name, "bridge")
    return Case("five-containers", "Five containers without --network: who shares a bridge?", world.topology())


def _ten() -> Case:
    world = World()
    for i in range(1, 11):
        world.run(f"web-{i}", "bridge")
    return Case("ten-containers", "Ten containers on one bridge", world.topology())


def _forty() -> Case:
    world = World()
    for net, subnet in (("front", "172.18.0.1/16"), ("back", "172.19.0.1/16"), ("data", "172.20.0.1/16")):
        world.network(net, subnet)
    for i in range(1, 15):
        world.run(f"web-{i}", "front")
    for i in range(1, 13):
        world.run(f"api-{i}", *(("front", "back") if i <= 3 else ("back",)))
    for i in range(1, 9):
        world.run(f"db-{i}", *(("back", "data") if i <= 2 else ("data",)))
    for i in range(1, 5):
        world.run(f"old-{i}", "bridge")
    world.run("alone")
    world.run("done", "bridge")
    world.stop("done")
    return Case("forty-containers", "Forty containers on four bridges: which of them can meet?", world.topology())


def _forty_one_bridge() -> Case:
    world = World()
    for i in range(1, 41):
        world.run(f"box-{i}", "bridge")
    return Case("forty-on-one-bridge", "Forty containers on the default bridge", world.topology())


def _two() -> Case:
    world = World()
    world.network("front", "172.18.0.1/16")
    world.network("back", "172.19.0.1/16")
    world.run("web", "front")
    world.run("db", "back")
    world.run("api", "front", "back")
    return Case("two-bridges", "Which container can talk to both sides?", world.topology())


def _many() -> Case:
    world = World()
    for net, subnet in (("front", "172.18.0.1/16"), ("back", "172.19.0.1/16")):
        world.network(net, subnet)
    world.network("sealed", "172.20.0.1/16", internal=True)
    for name, nets in {
        "web": ("front",), "api": ("front", "back"), "db": ("back",), "cache": ("back",), "proxy": ("front", "bridge"),
        "legacy": ("bridge",), "old2": ("bridge",), "batch": ("sealed",), "db2": ("sealed", "back"),
    }.items():  # fmt: skip
        world.run(name, *nets)
    return Case("four-bridges", "Nine containers on four bridges: who meets whom?", world.topology())


def _shared() -> Case:
    world = World()
    world.run("web", "bridge")
    world.join("debug", "web")
    world.run("db", "bridge")
    return Case("shared-namespace", "--network container:web: one namespace, two containers", world.topology())


def _host() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.run("web", "bridge")
    world.host_mode("metrics")
    return Case("host-mode", "Where is a container started with --network host?", world.topology())


def _lonely() -> Case:
    world = World()
    world.run("web", "bridge")
    world.run("island")
    return Case("none-mode", "What is left to a container with --network none?", world.topology())


def _internal() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.network("front", "172.18.0.1/16")
    world.network("vault", "172.19.0.1/16", internal=True)
    world.run("web", "front")
    world.run("app", "front", "vault")
    world.run("secrets", "vault")
    return Case("internal-network", "Which network has no way out?", world.topology())


def _long() -> Case:
    world = World()
    world.network("a-network-whose-name-somebody-made-far-too-long-for-any-picture", "172.18.0.1/16")
    world.run("the-quite-important-frontend-of-the-customer-portal-v2", _last(world))
    world.run("the-quite-important-frontend-of-the-customer-portal-v3", _last(world))
    world.run("x1", _last(world))
    title = "What is left of very long names, in a title that itself needs more than one line of this map?"
    return Case("long-names", title, world.topology())


def _last(world: World) -> str:
    """The name of the network that was made last."""
    return list(world.networks)[-1]


def _ipv6() -> Case:
    world = World()
    world.network("six", "172.18.0.1/16", "fd00:dead:beef::1/64")
    for name in ("web", "db", "cache"):
        world.run(name, "six")
    return Case("ipv6", "Which addresses does each interface have?", world.topology())


def _ports() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.run("web", "bridge", ports=(PortBinding(80, "tcp", EVERYWHERE, 8080), PortBinding(80, "tcp", "::", 8080)))
    world.run("admin", "bridge", ports=(PortBinding(80, "tcp", "127.0.0.1", 8081),))
    world.run("dns", "bridge", ports=(PortBinding(53, "udp", EVERYWHERE, 5353), PortBinding(9000, "tcp")))
    return Case("published-ports", "Which published ports lead from the host to a container?", world.topology())


def _added() -> Case:
    world = World()
    world.run("web", "bridge")
    before = deepcopy(world)
    world.run("db", "bridge")
    return Case("after-run", "What did the second `docker run` attach where?", world.topology(), before.topology())


def _first() -> Case:
    world = World()
    before = world.topology()
    world.run("web", "bridge")
    return Case("after-first-run", "What did the first `docker run` attach where?", world.topology(), before)


def _removed() -> Case:
    world = World()
    world.network("front", "172.18.0.1/16")
    world.run("web", "front")
    world.run("db", "front")
    world.run("cache", "bridge")
    before = deepcopy(world)
    world.remove("cache")
    world.stop("db")
    return Case("after-removal", "What is gone after `docker rm -f cache` and `docker stop db`?", world.topology(),
                before.topology())  # fmt: skip


def _changed() -> Case:
    world = World()
    world.network("front", "172.18.0.1/16")
    world.network("back", "172.19.0.1/16")
    world.run("web", "front")
    world.run("db", "back")
    before = deepcopy(world)
    world.attach("db", "front")
    world.run("new", "back")
    world.containers["www"] = replace(world.containers.pop("web"), name="www")
    return Case("after-changes", "What changed when db was connected to front and web was renamed?", world.topology(),
                before.topology())  # fmt: skip


def _foreign() -> Case:
    world = World(foreign=3)
    world.network("customer_default", "172.21.0.1/16", mine=False)
    world.network("theirs", "172.22.0.1/16", mine=False)
    world.run("web", "bridge")
    world.run("mine-too", "theirs")
    world.vanished = ("short-lived",)
    return Case("foreign", "What is the lab's, and what is not?", world.topology())


def _hostile() -> Case:
    world = World()
    world.network("$x^2$", "172.18.0.1/16")
    world.network("<b>&amp;</b>", "172.19.0.1/16")
    world.run("<script>", "$x^2$")
    world.run("שלום", "$x^2$")
    world.run("a\u202eb\nc", "<b>&amp;</b>")
    world.run("$\\frac{1}{2}$", "<b>&amp;</b>")
    title = "Is $x^2$ <script>alert(1)</script> only text? שלום"
    return Case("hostile-names", title, world.topology())


def _stopped() -> Case:
    world = World()
    world.run("web", "bridge")
    world.run("done", "bridge")
    world.run("paused", "bridge")
    world.stop("done")
    return Case("stopped", "What has a stopped container left of its network?", world.topology())


def _macvlan() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.of_driver("yard", "macvlan", "192.0.2.129/25", parent="eth0", detail="mode bridge")
    world.run("web", "bridge")
    world.run("cow", "yard")
    world.run("calf", "yard")
    world.run("gate", "yard", "bridge")
    return Case("macvlan", "Which containers are on the parent interface itself?", world.topology())


def _macvlan_added() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.run("web", "bridge")
    before = deepcopy(world)
    world.of_driver("yard", "macvlan", "192.0.2.129/25", parent="eth0", detail="mode bridge")
    world.run("cow", "yard")
    return Case("after-macvlan", "What is new since cow runs on a macvlan network?", world.topology(),
                before.topology())  # fmt: skip


def _macvlan_many() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.of_driver("yard", "macvlan", "192.0.2.129/25", parent="eth0", detail="mode bridge")
    for i in range(1, 13):
        world.run(f"cow-{i}", "yard")
        world.run(f"web-{i}", *(("bridge", "yard") if i == 1 else ("bridge",)))
    return Case("macvlan-many", "Who is on the bridge, and who on the parent interface?", world.topology())


def _doubles() -> Case:
    world = World()
    world.network("front", "172.18.0.1/16")
    for name in ("one", "two", "three", "cli"):
        world.run(name, "front")
    mac = "02:42:ac:12:00:77"
    for name in ("one", "two"):
        world.change(name, "eth0", mac=mac)
    world.change("three", "eth0", addresses=world.links[world.containers["cli"].namespace or 0][1].addresses)
    return Case("doubles", "Who has the same MAC, or the same address, as another one?", world.topology())


def _unattached() -> Case:
    world = World()
    world.network("front", "172.18.0.1/16")
    for name in ("web", "cli", "db"):
        world.run(name, "front")
    world.change("", world.end_of("web"), master=None)
    world.change("", world.end_of("db"), port_state="disabled", isolated=True)
    return Case("unattached", "Whose veth pair ends at no bridge?", world.topology())


def _settings() -> Case:
    world = World()
    world.network("quiet", "172.18.0.1/16")
    world.network("small", "172.19.0.1/16")
    world.networks["quiet"] = replace(
        world.networks["quiet"], options=(("com.docker.network.bridge.enable_icc", "false"),)
    )
    for name in ("web", "cli"):
        world.run(name, "quiet")
    world.run("vpn", "small", "quiet")
    world.change("vpn", "eth0", mtu=1400)
    world.change("", world.networks["small"].bridge or "", mtu=1400)
    world.change("", world.networks["quiet"].bridge or "", addresses=())
    return Case("settings", "What is set differently here?", world.topology())


def _families() -> Case:
    world = World()
    both = (PortBinding(80, "tcp", EVERYWHERE, 8080), PortBinding(80, "tcp", "::", 8080))
    world.run("both", "bridge", ports=both)
    world.run("four", "bridge", ports=(PortBinding(80, "tcp", EVERYWHERE, 32768),))
    apart = (PortBinding(80, "tcp", EVERYWHERE, 32769), PortBinding(80, "tcp", "::", 32768))
    world.run("apart", "bridge", ports=apart)
    return Case("families", "Which port leads to whom, by IPv4 and by IPv6?", world.topology())


def _overlay() -> Case:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    world.network("docker_gwbridge", "172.18.0.1/16", device="docker_gwbridge")
    world.of_driver("swarm", "overlay", "10.0.1.1/24")
    world.run("task", "swarm", "docker_gwbridge")
    return Case("overlay", "What is seen of an overlay network from this host?", world.topology())


CASES: tuple[Callable[[], Case], ...] = (
    _none, _one, _five, _ten, _forty, _forty_one_bridge, _two, _many, _shared, _host, _lonely, _internal, _long,
    _ipv6, _ports, _first, _added, _removed, _changed, _foreign, _hostile, _stopped,
    _macvlan, _macvlan_added, _macvlan_many, _overlay, _doubles, _unattached, _settings, _families,
)  # fmt: skip
