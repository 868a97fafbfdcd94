"""What is broken in chapter 04."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

QUIET = 'quiet = lab.run("quiet"'
LIVE = 'lesson.expect("04.live"'

MUTATIONS = {
    "quiet is on the default network": Mutation(
        QUIET, 'quiet.remove(); quiet = lab.run("quiet"); start = observe(lab)', "04.only-lo"
    ),
    "somebody else listens on the port": Mutation(
        "shop = lab.run(", 'lab.run("other", network="host", env={"SERVE_PORT": str(door)})', "04.got"
    ),
    "quiet has left none": Mutation(
        'refused(lambda: lab.connect("bridge"', 'lab.disconnect("none", quiet)', "04.apart"
    ),
    "quiet has another room when the end moves": Mutation(
        'lesson.expect("04.loose"', "lab.host(f'ip link delete {out}')", "04.named"
    ),
    "the cable is plugged into another bridge": Mutation(
        LIVE,
        'other = lab.create_network("other"); '
        'lab.host(f"ip link set {out} master {observe(lab).network(other).bridge}")',
        "04.reach",
    ),
    "quiet's end is switched off": Mutation(LIVE, 'lab.host(f"nsenter -t {pid} -n ip link set eth0 down")', "04.reach"),
    "web has lost its address": Mutation(
        LIVE,
        "lab.host(f\"nsenter -t {inspect(lab, web, 'State', 'Pid')} -n ip address flush dev eth0\")",
        "04.reach",
    ),
    "the default route is missing": Mutation(
        "ip route add default via",
        'lab.host(f"nsenter -t {pid} -n ip route del default"); back = quiet.sh(f"ping -c 1 -W 1 {far}")',
        "04.beyond",
    ),
    "Docker knows of quiet": Mutation(
        "quiet.restart()", 'lab.disconnect("none", quiet); lab.connect("bridge", quiet)', "04.unknown"
    ),
}
