"""What is broken in chapter 07."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

START = "bbox01 = lab.run("
SHOPS = 'bbox09 = lab.run("bbox09"'
ROUTES = "both = observe(lab)"
MOVED = "moved = observe(lab)"

MUTATIONS = {
    "the peer has been stopped": Mutation(START, "bbox06.stop(0); start = observe(lab)", "07.by-name"),
    "the peer is on another network": Mutation(
        START,
        'side = lab.create_network("side"); lab.connect(side, bbox06); lab.disconnect(custom, bbox06)',
        "07.by-name",
    ),
    "the third container is on the new network too": Mutation(
        START, 'lab.connect("custom_network", bbox01); start = observe(lab)', "07.nobody"
    ),
    "bbox05 was told another name server": Mutation(
        START, 'bbox05.sh("echo nameserver 127.0.0.1 > /etc/resolv.conf")', "07.by-name"
    ),
    "the rules that lead to Docker are gone": Mutation(
        "way = walk(",
        'lab.host(f"nsenter -t {start.container(bbox05).pid} -n iptables -t nat -F"); '
        'way = walk(lab, bbox05, bbox06, "name")',
        "07.rewritten",
    ),
    "another program's sockets are shown": Mutation(
        "seen = lab.host(",
        'seen = lab.host(f"{inside} iptables -t nat -S DOCKER_OUTPUT; {inside} ss -lnu")',
        "07.dockerd",
    ),
    "a shop has another alias": Mutation(
        SHOPS,
        'lab.disconnect(custom, bbox08); lab.connect(custom, bbox08, aliases="shoe")',
        "07.three",
    ),
    "a shop sleeps too": Mutation(
        SHOPS,
        'bbox08.remove(); bbox08 = lab.run("bbox08", "sleep 600", network="custom_network", aliases="shop")',
        "07.several",
    ),
    "the sleeper serves": Mutation(
        SHOPS,
        'bbox09.remove(); bbox09 = lab.run("bbox09", network="custom_network", aliases="shop")',
        "07.several",
    ),
    "the second cable is on a third network": Mutation(
        ROUTES,
        'lab.disconnect("bridge", bbox05); lab.connect(lab.create_network("zoo"), bbox05); both = observe(lab)',
        "07.cables",
    ),
    "the default route was turned round": Mutation(
        ROUTES,
        'lab.host(f"{inside} ip route replace default via {empty.gateways[0]}"); both = observe(lab)',
        "07.whose",
    ),
    "the default route has been taken out": Mutation(
        ROUTES,
        'lab.host(f"{inside} ip route del default"); both = observe(lab)',
        "07.one-route",
    ),
    "bbox01 was started again": Mutation(MOVED, "bbox01.restart(); moved = observe(lab)", "07.same"),
    "bbox01 is still on bridge": Mutation(MOVED, 'lab.connect("bridge", bbox01); moved = observe(lab)', "07.left"),
}
