"""What is broken in chapter 01."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

START = "start = observe(lab)"
WEB = 'web = lab.run("web")'
INSPECTED = 'network_inspect(lab, "bridge")'
BRIDGES = 'lab.host("brctl show")'
ELSEWHERE = 'web.remove(); lab.create_network("side"); web = lab.run("web", network="side")'
REPLACE = "from dataclasses import replace; "
ODD_DRIVER = (
    f"{REPLACE}seen = observe; drivers = dict(host='host', none='bridge', bridge='bridge'); "
    "changed = lambda n: replace(n, driver=drivers.get(n.name, n.driver)); "
    "observe = lambda lab: (lambda t: replace(t, networks=tuple(map(changed, t.networks))))(seen(lab))"
)

MUTATIONS = {
    "an engine without the network bridge": Mutation(
        START, f"{REPLACE}start = replace(start, networks=start.networks[1:])", "01.three"
    ),
    "a network reaches further than this engine": Mutation(
        START,
        f"{REPLACE}start = replace(start, networks=tuple(replace(n, scope='swarm') for n in start.networks))",
        "01.scope",
    ),
    "a network has come back with another id": Mutation(
        'refused(lambda: lab.remove("bridge"))',
        f"{REPLACE}three = [replace(network, id=network.id[::-1]) for network in three]",
        "01.stay",
    ),
    "docker0 is down": Mutation("lesson = begin(", 'lab.host("ip link set docker0 down")', "01.empty"),
    "docker0 is not empty": Mutation("lesson = begin(", 'lab.run("odd")', "01.empty"),
    "web is on another network": Mutation(WEB, f"{ELSEWHERE}; after = observe(lab)", "01.default"),
    "web has been killed": Mutation(WEB, "web.kill(); after = observe(lab)", "01.carrier"),
    "docker0 is down under web": Mutation(
        WEB, 'lab.host("ip link set docker0 down"); after = observe(lab)', "01.carrier"
    ),
    "web has left the network": Mutation(WEB, 'lab.disconnect("bridge", web); after = observe(lab)', "01.default"),
    "the driver is called after the network": Mutation(BRIDGES, ODD_DRIVER, "01.null"),
    "docker0 has another name now": Mutation(
        BRIDGES, 'lab.host("ip link set docker0 down; ip link set docker0 name odd0; ip link set odd0 up")', "01.device"
    ),
    "the twin's device was given another name": Mutation(
        'twin = lab.create_network("docker0")',
        'twin.remove(); twin = lab.create_network("docker0", options={"com.docker.network.bridge.name": "br-twin"})',
        "01.twin",
    ),
    "the host has lost its route": Mutation(
        INSPECTED, 'lab.host(f"ip route del {bridge.subnets[0]}"); now = observe(lab)', "01.subnet"
    ),
    "web has lost its default route": Mutation(
        INSPECTED,
        'lab.host(f"nsenter -t {now.container(web).pid} -n ip route del default"); now = observe(lab)',
        "01.gateway",
    ),
    "web's veth pair is gone": Mutation(
        INSPECTED,
        "lab.host(f\"ip link set {now.peer(web, 'eth0').name} nomaster\"); now = observe(lab)",
        "01.option",
    ),
}
