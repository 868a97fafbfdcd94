"""What is broken in chapter 02."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

FILM = "film = record("
ENDS = 'db.sh("ip addr").show()'
BOTH = "both = observe(lab)"
LISTED = 'network_inspect(lab, "bridge"'
NAME = 'lesson.predict("02.by-name")'
GONE = "missing = web.sh("
IN_DB = 'lab.host(f"nsenter -t {observe(lab).container(db).pid} -n '
IN_WEB = 'lab.host(f"nsenter -t {both.container(web).pid} -n '
RENAMED = f'{IN_DB}ip link set eth0 down"); {IN_DB}ip link set eth0 name odd0 up")'
ELSEWHERE = 'web.remove(); lab.create_network("side"); web = lab.run("web", network="side")'
REPLACE = "from dataclasses import replace; "
AGAIN = "both = observe(lab)"

MUTATIONS = {
    "there is no docker0": Mutation(
        FILM,
        'lab.host("ip link delete docker0"); film = record(lab, lambda: lab.run("odd", network="none"))',
        "02.before",
    ),
    "the film is of another start": Mutation(
        FILM, 'film = record(lab, lambda: lab.run("odd", network="none"))', "02.order"
    ),
    "docker0 is down in the end": Mutation(
        FILM, 'film = record(lab, lambda: (lab.run("odd"), lab.host("ip link set docker0 down")))', "02.live"
    ),
    "db has no eth0": Mutation(FILM, f'db = lab.container("db"); {RENAMED}', "02.one-room"),
    "the film is of another network": Mutation(
        FILM, 'db = lab.container("db"); lab.connect(lab.create_network("side"), db)', "02.isolated"
    ),
    "the container's end has another name": Mutation(ENDS, f"{RENAMED}; after = observe(lab)", "02.crossed"),
    "the host end has another name": Mutation(
        ENDS,
        "end = after.peer(db, 'eth0').name; "
        'lab.host(f"ip link set {end} down"); lab.host(f"ip link set {end} name odd0 up")',
        "02.back",
    ),
    "the host has no number for the namespace": Mutation(
        ENDS,
        f"{REPLACE}nameless = tuple(replace(i, peer_netnsid=None) for i in after.host.interfaces); "
        "after = replace(after, host=replace(after.host, interfaces=nameless))",
        "02.netnsid",
    ),
    "db's namespace has a name": Mutation(
        'listed = lab.host("ip netns")',
        "names = '/proc/$(pidof dockerd)/root/run/netns'; pid = after.container(db).pid; "
        "lab.host(f'mkdir -p {names}; ln -s /proc/{pid}/ns/net {names}/odd; ip address add 198.51.100.9/32 dev lo')",
        "02.netns",
    ),
    "the second container is on another network": Mutation(BOTH, f"{ELSEWHERE}; {AGAIN}", "02.ports"),
    "a veth pair is gone": Mutation(
        BOTH, f"lab.host(f\"ip link set {{both.peer(db, 'eth0').name}} nomaster\"); {AGAIN}", "02.ports"
    ),
    "the bridge has another priority": Mutation(
        BOTH, f'lab.host("ip link set docker0 down type bridge priority 4096"); {AGAIN}', "02.id"
    ),
    "the spanning tree protocol is on": Mutation(
        BOTH, f'lab.host("ip link set docker0 down type bridge stp_state 1"); {AGAIN}', "02.stp"
    ),
    "web has another address than Docker says": Mutation(
        LISTED,
        f'{IN_WEB}ip address flush dev eth0"); {IN_WEB}ip address add {{lab.free_address()}} dev eth0"); {AGAIN}',
        "02.address",
    ),
    "docker0 has another address than Docker says": Mutation(
        LISTED,
        'lab.host("ip address flush dev docker0; ip address add 198.51.100.1/24 dev docker0"); '
        f'{AGAIN}; docker0 = both.host.interface("docker0")',
        "02.gateway",
    ),
    "web has an IPv6 address": Mutation(
        LISTED,
        f"{REPLACE}six = lambda c: replace(c, endpoints=tuple(replace(e, ipv6='2001:db8::2') for e in c.endpoints)); "
        "both = replace(both, containers=tuple(map(six, both.containers)))",
        "02.ipv6",
    ),
    "the peer has been stopped": Mutation("way = walk(", "db.stop(0)", "02.talk"),
    "the walk is another's": Mutation("way = walk(", "way = walk(lab, lab.host, db)", "02.way"),
    "the packet has passed a router": Mutation(
        "way = walk(",
        "from dockernet_course.lab.changes import set_to; enter = f'nsenter -t {observe(lab).container(db).pid} -n'; "
        "lab.host(f'{enter} ' + set_to('net.ipv4.ip_default_ttl', 63))",
        "02.switch",
    ),
    "somebody has told web the name": Mutation(
        NAME, 'web.sh(["sh", "-c", f"echo {address} {name} >> /etc/hosts"])', "02.no-name"
    ),
    "web finds no name at all": Mutation(NAME, 'web.sh(["sh", "-c", "echo > /etc/hosts"])', "02.no-name"),
    "web asks Docker for names": Mutation(
        NAME, 'web.sh(["sh", "-c", "echo nameserver 127.0.0.11 > /etc/resolv.conf"])', "02.servers"
    ),
    "web has no name servers": Mutation(NAME, 'web.sh(["sh", "-c", "echo > /etc/resolv.conf"])', "02.servers"),
    "web has its ping again": Mutation(
        GONE, 'web.remove(); web = lab.run("web"); missing = web.sh(f"ping -c 1 {address}")', "02.no-ping"
    ),
    "web has no network either": Mutation(GONE, 'lab.disconnect("bridge", web)', "02.no-ping"),
}
