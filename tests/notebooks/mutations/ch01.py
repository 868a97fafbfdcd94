"""What is broken in chapter 01."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

WEB = 'web = lab.run("web")'
ELSEWHERE = 'web.remove(); lab.create_network("side"); web = lab.run("web", network="side")'

MUTATIONS = {
    "docker0 is switched off": Mutation("lesson = begin(", 'lab.host("ip link set docker0 down")', "01.empty"),
    "web is on another network": Mutation(WEB, f"{ELSEWHERE}; after = observe(lab)", "01.default"),
    "web has been killed": Mutation(WEB, "web.kill(); after = observe(lab)", "01.carrier"),
    "web has left the network": Mutation(WEB, 'lab.disconnect("bridge", web); after = observe(lab)', "01.default"),
    "the twin's device was given another name": Mutation(
        'twin = lab.create_network("docker0")',
        'twin.remove(); twin = lab.create_network("docker0", options={"com.docker.network.bridge.name": "br-twin"})',
        "01.twin",
    ),
    "the host has lost its route": Mutation(
        'network_inspect(lab, "bridge")',
        'lab.host(f"ip route del {bridge.subnets[0]}"); now = observe(lab)',
        "01.subnet",
    ),
}
