"""What is broken in chapter 07."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

CREATED = 'custom = lab.create_network("custom_network")'
START = "bbox01 = lab.run("
WALKED = "way = walk("
SHOPS = 'bbox09 = lab.run("bbox09"'
RENAMED = 'bbox07.rename("bbox77")'
ROUTES = "both = observe(lab)"
MOVED = "moved = observe(lab)"
REMOVED = "refused(custom.remove)"


def inside(who: str, command: str) -> str:
    """A line that runs a command of the host in a container's network namespace."""
    return f'lab.host(f"nsenter -t {{observe(lab).container({who}).pid}} -n {command}")'


MUTATIONS = {
    "the network has another driver": Mutation(
        CREATED,
        'custom.remove(); custom = lab.create_network("custom_network", driver="macvlan", options={"parent": "eth0"})',
        "07.driver",
    ),
    "its bridge has another name": Mutation(
        CREATED,
        'custom.remove(); custom = lab.create_network("custom_network", '
        'options={"com.docker.network.bridge.name": "br-other"})',
        "07.bridge",
    ),
    "the peer has been stopped": Mutation(START, "bbox06.stop(0); start = observe(lab)", "07.by-name"),
    "the peer is on another network": Mutation(
        START,
        'side = lab.create_network("side"); lab.connect(side, bbox06); lab.disconnect(custom, bbox06)',
        "07.by-name",
    ),
    "bbox05 was told another name server": Mutation(
        START, 'bbox05.sh("echo nameserver 127.0.0.1 > /etc/resolv.conf")', "07.by-name"
    ),
    "bbox05 knows by its file, and asks another server": Mutation(
        START,
        'bbox05.sh(f"echo {bbox06.address()} {bbox06.real_name} >> /etc/hosts; '
        'echo nameserver 127.0.0.1 > /etc/resolv.conf")',
        "07.server",
    ),
    "the third container is on the new network too": Mutation(
        START, 'lab.connect("custom_network", bbox01); start = observe(lab)', "07.nobody"
    ),
    "a rule drops what the third container asks": Mutation(
        START, inside("bbox01", "iptables -A OUTPUT -d 127.0.0.11 -j DROP"), "07.nobody"
    ),
    "the question goes to another container": Mutation(
        WALKED,
        'bbox05.sh(f"echo nameserver {bbox06.address()} > /etc/resolv.conf"); way = walk(lab, bbox05, bbox06, "name")',
        "07.inside",
    ),
    "the rules that lead to Docker are gone": Mutation(
        WALKED, inside("bbox05", "iptables -t nat -F") + '; way = walk(lab, bbox05, bbox06, "name")', "07.rewritten"
    ),
    "the rule leads to a port of nobody's": Mutation(
        WALKED,
        inside("bbox05", "iptables -t nat -F")
        + "; "
        + inside("bbox05", "iptables -t nat -A OUTPUT -p udp -d 127.0.0.11 --dport 53 -j DNAT --to 127.0.0.11:5353")
        + '; way = walk(lab, bbox05, bbox06, "name")',
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
    "a rule keeps all off the sleeper": Mutation(
        SHOPS,
        inside("bbox09", "iptables -A INPUT -p tcp --dport 80 -j REJECT --reject-with icmp-admin-prohibited"),
        "07.no-health",
    ),
    "the stopped one runs again": Mutation(RENAMED, "bbox08.start()", "07.stopped"),
    "the renamed one has its old name as an alias": Mutation(
        RENAMED,
        'lab.disconnect(custom, bbox07); lab.connect(custom, bbox07, aliases=["shop", old])',
        "07.renamed",
    ),
    "the second interface is gone again": Mutation(
        ROUTES, 'lab.disconnect("bridge", bbox05); both = observe(lab)', "07.cables"
    ),
    "the second interface is down": Mutation(
        ROUTES, inside("bbox05", "ip link set eth1 down") + "; both = observe(lab)", "07.cables"
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
    "there is a second default route": Mutation(
        ROUTES,
        'lab.host(f"{inside} ip route add default via {empty.gateways[0]} metric 9"); both = observe(lab)',
        "07.one-route",
    ),
    "the second network has taken the default route": Mutation(
        MOVED,
        'lab.connect("bridge", bbox01); lab.host(f"nsenter -t {start.container(bbox01).pid} -n '
        'ip route replace default via {empty.gateways[0]}"); between = observe(lab)',
        "07.kept",
    ),
    "bbox01 is still on bridge": Mutation(MOVED, 'lab.connect("bridge", bbox01); moved = observe(lab)', "07.left"),
    "the default route leads to bbox06": Mutation(
        MOVED,
        inside("bbox01", "ip route replace default via {bbox06.address()}") + "; moved = observe(lab)",
        "07.moved",
    ),
    "bbox01 was started again": Mutation(MOVED, "bbox01.restart(); moved = observe(lab)", "07.same"),
    "the network in use has lost its bridge": Mutation(
        'lesson.expect("07.same"', 'lab.host(f"ip link del {device.name}")', "07.in-use"
    ),
    "the network has been made again": Mutation(REMOVED, 'lab.create_network("custom_network")', "07.gone"),
    "its bridge is on the host again": Mutation(
        REMOVED, 'lab.host(f"ip link add {device.name} type bridge")', "07.gone"
    ),
}
