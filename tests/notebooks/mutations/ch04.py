"""What is broken in chapter 04."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

QUIET = 'quiet = lab.run("quiet"'
SHOP = "shop = lab.run("
PAIR = 'lesson.expect("04.pair"'
LOOSE = 'lesson.expect("04.loose"'
MOVED = 'lesson.expect("04.moved"'
LIVE = 'lesson.expect("04.live"'
ROUTE = "ip route add default via"
RESTART = "quiet.restart()"
IN_QUIET = 'lab.host(f"nsenter -t {observe(lab).container(quiet).pid} -n '

MUTATIONS = {
    "quiet is on the default network": Mutation(
        QUIET, 'quiet.remove(); quiet = lab.run("quiet"); start = observe(lab)', "04.only-lo"
    ),
    "quiet serves nothing": Mutation(
        QUIET,
        'quiet.remove(); quiet = lab.run("quiet", ["sleep", "1000"], network="none"); start = observe(lab)',
        "04.loopback",
    ),
    "quiet has a default route": Mutation(QUIET, f'{IN_QUIET}ip route add default dev lo")', "04.no-way"),
    "web answers nobody": Mutation(
        QUIET,
        'lab.host(f"nsenter -t {start.container(web).pid} -n iptables -A INPUT -p icmp -j DROP")',
        "04.no-way",
    ),
    "no port was asked for": Mutation(SHOP, 'shop.remove(); shop = lab.run("shop", network="none")', "04.asked"),
    "somebody else listens on the port": Mutation(
        SHOP, 'lab.run("other", network="host", env={"SERVE_PORT": str(host_port)})', "04.got"
    ),
    "nobody says whether the port is open": Mutation(
        SHOP, 'lab.host(f"iptables -I INPUT -i lo -p tcp --dport {host_port} -j DROP")', "04.got"
    ),
    "quiet has left none": Mutation(
        'refused(lambda: lab.connect("bridge"', 'lab.disconnect("none", quiet)', "04.apart"
    ),
    "shop has been stopped": Mutation('lesson.expect("04.asked"', "shop.stop(0)", "04.joined"),
    "the veth pair's name is taken": Mutation(
        'lesson.expect("04.joined"',
        "taken = lab.interface_name('out'); lab.host(f\"ip link add {taken} type bridge; ip link set {taken} up\")",
        "04.pair",
    ),
    "the veth pair is gone before it is attached": Mutation(PAIR, 'lab.host(f"ip link delete {out}")', "04.plugged"),
    "the other end is up already": Mutation(PAIR, 'lab.host(f"ip link set {inner} up")', "04.loose"),
    "quiet has an interface of that name": Mutation(
        LOOSE, f'{IN_QUIET}ip link add {{inner}} type bridge")', "04.moved"
    ),
    "quiet has another namespace when the end moves": Mutation(LOOSE, "lab.host(f'ip link delete {out}')", "04.named"),
    "eth0 has another address": Mutation(MOVED, f'{IN_QUIET}ip address add 198.51.100.5/24 dev eth0")', "04.address"),
    "the host end is down": Mutation(MOVED, 'lab.host(f"ip link set {out} down")', "04.live"),
    "the host end is attached to another bridge": Mutation(
        LIVE,
        'other = lab.create_network("other"); '
        'lab.host(f"ip link set {out} master {observe(lab).network(other).bridge}")',
        "04.reach",
    ),
    "quiet's end is down": Mutation(LIVE, 'lab.host(f"nsenter -t {pid} -n ip link set eth0 down")', "04.reach"),
    "web has lost its address": Mutation(
        LIVE,
        "lab.host(f\"nsenter -t {inspect(lab, web, 'State', 'Pid')} -n ip address flush dev eth0\")",
        "04.reach",
    ),
    "quiet refuses visitors": Mutation(
        LIVE,
        f'{IN_QUIET}iptables -A INPUT -i eth0 -p tcp --dport 80 -j REJECT --reject-with tcp-reset")',
        "04.reached",
    ),
    "quiet has a default route already": Mutation(
        'lesson.expect("04.reach"',
        f'gateway = observe(lab).host.interface(device).ipv4.ip; {IN_QUIET}ip route add default via {{gateway}}")',
        "04.unreachable",
    ),
    "the default route is missing": Mutation(
        ROUTE, f'{IN_QUIET}ip route del default"); back = quiet.sh(f"ping -c 1 -W 1 {{far}}")', "04.beyond"
    ),
    "somebody forwards what is for the host": Mutation(
        ROUTE,
        "from dockernet_course.lab.changes import set_to; lab.host(set_to('net.ipv4.ip_default_ttl', 63)); "
        'lab.host("ip address add 198.51.100.9/32 dev lo"); back = quiet.sh(f"ping -c 1 -W 1 {far}")',
        "04.beyond",
    ),
    "nobody is let out": Mutation(ROUTE, 'lab.host("iptables -I FORWARD -o eth0 -j REJECT")', "04.out"),
    "nothing is masqueraded": Mutation(ROUTE, 'lab.host("iptables -t nat -F POSTROUTING")', "04.out"),
    "Docker knows of quiet": Mutation(
        RESTART, 'lab.disconnect("none", quiet); lab.connect("bridge", quiet)', "04.unknown"
    ),
    "Docker does not know of web": Mutation(RESTART, 'lab.disconnect("bridge", web)', "04.unknown"),
    "quiet has an eth0 again": Mutation(RESTART, f'{IN_QUIET}ip link add eth0 type bridge")', "04.lost"),
    "the host has such an end again": Mutation(
        RESTART, 'lab.host(f"ip link add {out} type bridge; ip link set {out} up")', "04.gone"
    ),
}
