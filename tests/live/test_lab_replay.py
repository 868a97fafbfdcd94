"""The ``docker`` lines that a lab shows, typed into a terminal with the real CLI, give the same network."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from dockernet_course.engines import LAB_IMAGE, Engine
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.spec import ContainerSpec, NetworkSpec
from dockernet_course.observe import inspect, network_inspect, observe
from tests.live import labs

pytestmark = pytest.mark.live
IDLE = ["sleep", "1000"]
HOSTILE = 'it\'s "$HOME" `id`; rm -rf $(x) \\ * 名\n--rm'


def everyday(lab: Lab) -> None:
    web = lab.run("web")
    lab.run("db", "sleep 1000", env={"PASSWORD": "a b", "HOSTILE": HOSTILE}, hostname="database")
    lab.run("linked", IDLE, links=["db:store", web])
    lab.run("island", IDLE, network="none")
    lab.run("joined", IDLE, network=web)
    web.sh("echo hello > /tmp/hello; cat /tmp/hello")
    lab.host("ip addr")


def networks(lab: Lab) -> None:
    lab.create_network("front", subnet="10.6.0.0/24")  # which one Docker takes depends on those it had
    back = lab.create_network("back", subnet="10.7.0.0/24", gateway="10.7.0.254", internal=True, options={MTU: "1400"})
    lab.run("web", network="front", aliases=["www", "site"], links=[])
    lab.run("db", IDLE, network=back)
    lab.run("linked", IDLE, network=back, links="db:store")
    lab.connect(back, "web", aliases="server", ip="10.7.0.7")
    lab.connect("bridge", "db")
    lab.disconnect("bridge", "db")
    lab.create_network("gone").remove()


def ports(lab: Lab) -> None:
    lab.run("web", publish=["8080:80", "127.0.0.1:8081:80", "8082:82/udp"], expose=["90", "91/udp"])
    lab.run("host", IDLE, network="host", publish="8083:80", cap_add="NET_ADMIN")
    lab.run("again", "sleep 1000", restart="on-failure:3")
    lab.run("always", IDLE, restart="always")


def lives(lab: Lab) -> None:
    first, second = lab.run("first"), lab.run("second", IDLE)
    second.stop(timeout=0)
    first.restart()
    second.start()
    first.rename("renamed")
    second.kill()
    lab.run("third", IDLE)
    lab.remove("third")
    lab.run_once("true")


MTU = "com.docker.network.driver.mtu"


@pytest.mark.parametrize("script", [everyday, networks, ports, lives])
def test_the_lines_typed_into_a_terminal_give_the_same(private_engine: Engine, script: Callable[[Lab], None]) -> None:
    engine = private_engine
    assert engine.name
    with open_lab(engine, "test") as lab:
        script(lab)
        made = everything(lab)
        lines = lab.commands
    with open_lab(engine, "test") as lab:
        for line in lines:
            labs.on_host(engine.name, *shlex.split(line))
        typed = everything(lab)
    assert {key: (made.get(key), typed.get(key)) for key in made | typed if made.get(key) != typed.get(key)} == {}
    assert len(lines) > 3


def test_what_is_inspected_can_be_typed_however_it_is_called(private_engine: Engine) -> None:
    """Labels and names of networks may hold anything: quotes, spaces, ``$``, a new line."""
    engine = private_engine
    assert engine.name
    with open_lab(engine, "test") as lab:
        body = {**ContainerSpec("web", LAB_IMAGE, IDLE).body({HOSTILE: "one", "org": HOSTILE}), "Hostname": "box"}
        lab.api.create("web", body, "docker create web")
        lab.api.create_network(NetworkSpec("my net").body({HOSTILE: "one"}), "docker network create 'my net'")
        labels = ("Config", "Labels")
        shown = [inspect(lab, "web", *labels, HOSTILE), inspect(lab, "web", *labels, "org")]
        shown += [network_inspect(lab, "my net"), network_inspect(lab, "my net", fields=[f"Labels.{HOSTILE.strip()}"])]
        for output in shown[:3]:
            typed = labs.on_host(engine.name, "sh", "-c", output.command)
            assert typed.rstrip("\n") == output.text.rstrip("\n"), output.command
        assert "\n" not in shown[3].command and labs.on_host(engine.name, "sh", "-c", shown[3].command)


def everything(lab: Lab) -> dict[str, Any]:
    """What there is, in the engine's words and as it was seen, without what is new each time."""
    seen = observe(lab)
    names = {c.id: c.name for c in seen.containers}
    return _flat(
        {
            "containers": {c.name: _container(lab.api_inspect(c.id), names) for c in seen.containers},
            "networks": {n["Name"]: _network(n, names) for n in (lab.api_network_inspect(n.id) for n in seen.networks)},
            "namespaces": {
                name: _namespace(space)
                for space in (seen.host, *seen.namespaces)
                for name in ["+".join(c.name for c in seen.sharing(space.inode))]
            },
            "bridges": {bridge.network: len(bridge.ports) for bridge in seen.bridges},
        }
    )


def _flat(tree: Any, path: str = "") -> dict[str, Any]:
    """Path → leaf, so that a difference is told in one line."""
    if not isinstance(tree, dict):
        return {path: tree}
    return {key: leaf for name, branch in tree.items() for key, leaf in _flat(branch, f"{path}/{name}").items()}


def _container(seen: dict[str, Any], names: dict[str, str]) -> Any:
    config, host = seen["Config"], seen["HostConfig"]
    attached = {name: _endpoint(endpoint) for name, endpoint in seen["NetworkSettings"]["Networks"].items()}
    if host["NetworkMode"].startswith("container:"):
        owner = host["NetworkMode"].partition(":")[2]
        host["NetworkMode"] = f"container:{names.get(owner, owner)}"
    hostname = next((f"id of {name}" for i, name in names.items() if i[:12] == config["Hostname"]), config["Hostname"])
    plain = {key: config[key] for key in ("Cmd", "Env", "Image") if config[key]} | {"Hostname": hostname}
    host["Links"] = sorted(host["Links"] or ())
    plain["Env"] = sorted(plain["Env"])  # several -e come in any order
    exposed = sorted(config.get("ExposedPorts") or ())
    ports = seen["NetworkSettings"]["Ports"]
    return plain | {
        "Exposed": exposed,
        "Host": _unset(host),
        "Attached": attached,
        "Ports": ports,
        "State": seen["State"]["Status"],
    }


def _unset(settings: dict[str, Any]) -> dict[str, Any]:
    """Without what is not set; which kind of nothing (null, 0, empty) the client sent does not matter."""
    return {key: value for key, value in settings.items() if value and key not in _OF_THE_CLIENT}


# The CLI measures its terminal and fills in what is the engine's default anyway.
_OF_THE_CLIENT = {"ConsoleSize"}


def _endpoint(seen: dict[str, Any]) -> dict[str, Any]:
    """Addresses, aliases, links: not the ids, and no MAC, which is random from engine 28 on."""
    kept = {key: seen.get(key) for key in ("IPAddress", "Gateway", "IPPrefixLen", "Links", "IPAMConfig", "DriverOpts")}
    aliases = [re.sub(r"^[0-9a-f]{12}$", "its id", alias) for alias in seen.get("Aliases") or ()]
    return {key: value for key, value in kept.items() if value} | {"Aliases": sorted(aliases)}


def _network(seen: dict[str, Any], names: dict[str, str]) -> Any:
    members = {names[ident]: member["IPv4Address"] for ident, member in seen["Containers"].items() if ident in names}
    kept = ("Driver", "Scope", "EnableIPv6", "Internal", "Attachable", "Ingress", "Options", "IPAM")
    return {key: seen[key] for key in kept} | {"Containers": members}


def _namespace(space: Any) -> Any:
    """Without the state of the carrier, which the kernel brings up to date a second later."""
    interfaces = [
        (_same(i.name), i.kind, i.mtu, i.up, [str(a) for a in i.addresses if a.family == 4]) for i in space.interfaces
    ]
    routes = [(r.destination, r.gateway or "", _same(r.device)) for r in space.routes if r.family == 4]
    return sorted(interfaces), sorted(routes)


def _same(device: str) -> str:
    return re.sub(r"^(veth|br-)[0-9a-f]+$", r"\1…", device)
