"""What is broken in chapter 03."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

FILM = "film = record("
SEEN = "show_map(after, since=before"
THROUGH = "through = client.sh("
AT_HOME = "at_home = lab.host("
SHOP = "shop = lab.run("
SECOND = "refused(lambda:"
HEARD = "heard = web.sh("
MAY = 'lesson.predict("03.may")'
ONCE_MORE = "; through = client.sh(f'curl -s -m 3 {gateway}:{port}')"
REPLACE = "from dataclasses import replace; "

MUTATIONS = {
    "something was started meanwhile": Mutation(FILM, 'film = record(lab, lambda: lab.run("odd"))', "03.no-steps"),
    "the film misses what happens": Mutation(FILM, "other = film", "03.no-steps"),
    "web is on the default network": Mutation(FILM, 'lab.remove("web"); lab.run("web")', "03.same-list"),
    "the host is in another namespace": Mutation(
        SEEN, f"{REPLACE}after = replace(after, host=replace(after.host, inode=1))", "03.same-room"
    ),
    "Docker has given web an address": Mutation(
        SEEN,
        f"{REPLACE}given = lambda c: replace(c, endpoints=tuple(replace(e, ip='192.0.2.2') for e in c.endpoints)); "
        "after = replace(after, containers=tuple(map(given, after.containers)))",
        "03.no-address",
    ),
    "client has no address either": Mutation(
        SEEN,
        f"{REPLACE}bare = lambda c: replace(c, endpoints=tuple(replace(e, ip='') for e in c.endpoints)); "
        "after = replace(after, containers=tuple(map(bare, after.containers)))",
        "03.no-address",
    ),
    "web has been killed": Mutation(THROUGH, "web.kill()", "03.from-host"),
    "the host drops what containers send to it": Mutation(
        THROUGH,
        f"lab.host(f'iptables -I INPUT -i docker0 -p tcp --dport {{port}} -j DROP'){ONCE_MORE}",
        "03.from-bridge",
    ),
    "the host drops what comes from outside": Mutation(
        AT_HOME, "lab.host(f'iptables -I INPUT -i eth0 -p tcp --dport {port} -j DROP')", "03.from-outside"
    ),
    "the packet is led to another's address": Mutation(
        AT_HOME,
        "to = f'{client.address()}:80'; lab.host(f'iptables -I FORWARD -d {client.address()} -j ACCEPT'); "
        "lab.host(f'iptables -t nat -I PREROUTING -i eth0 -p tcp --dport {port} -j DNAT --to-destination {to}')",
        "03.as-sent",
    ),
    "no port was asked for": Mutation(
        SHOP, 'shop.remove(); shop = lab.run("shop", network="host", env={"SERVE_PORT": own})', "03.asked"
    ),
    "really published": Mutation(SHOP, 'shop.remove(); shop = lab.run("shop", publish=f"{host_port}:80")', "03.got"),
    "somebody else listens at the port": Mutation(
        SHOP, 'lab.run("odd", network="host", env={"SERVE_PORT": host_port})', "03.got"
    ),
    "shop has been killed": Mutation(SHOP, "shop.kill()", "03.own"),
    "somebody else holds the port": Mutation(
        SECOND, 'web.kill(); lab.run("thief", network="host", env={"SERVE_PORT": port})', "03.holder"
    ),
    "the second server runs": Mutation(SECOND, 'lab.run("second")', "03.ended"),
    "client serves nothing": Mutation(
        SECOND, 'client.remove(); client = lab.run("client", ["sleep", "1000"])', "03.own-ports"
    ),
    "web may change the network": Mutation(
        MAY,
        'web.remove(); web = lab.run("web", network="host", env={"SERVE_PORT": port}, cap_add="NET_ADMIN")',
        "03.may-not",
    ),
    "client's packets stay at home": Mutation(MAY, 'gateway = "127.0.0.1"', "03.heard"),
    "nobody listens at the host's loopback": Mutation(HEARD, "shop.kill()", "03.loopback"),
    "web is a process of the host's": Mutation(HEARD, "web = lab.host", "03.rest"),
    "web has moved out": Mutation('lesson.predict("03.desktop")', 'web.remove(); web = lab.run("web")', "03.its-host"),
    "the notebook runs on the engine's host": Mutation("here(where).show()", "here = lab.host", "03.not-here"),
}
