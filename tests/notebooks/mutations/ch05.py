"""What is broken in chapter 05."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

GUEST = 'guest = lab.run("guest", "sleep infinity", network="container:web")'
CLIENT = 'client = lab.run("client", "sleep infinity")'
PINGED = "way = walk("
SHOP = 'shop = lab.run("shop", network=f"container:{web.id[:12]}", env={"SERVE_PORT": "8080"})'
NOTED = 'guest.sh("touch /note'
LISTED = 'beside = web.sh("ls /note'
REFUSED = 'lab.run("late", network="container:web"'
RESTARTED = "show_map(left, since=together"


def inside(who: str, command: str, namespaces: str = "-n") -> str:
    """A line that runs a command of the host in a container's network namespace, or in others of its namespaces."""
    return f'lab.host(f"nsenter -t {{observe(lab).container({who}).pid}} {namespaces} {command}")'


MUTATIONS = {
    "guest has a namespace of its own": Mutation(
        GUEST, 'guest.remove(); guest = lab.run("guest", "sleep infinity"); shared = observe(lab)', "05.one-room"
    ),
    "web has got a second veth pair": Mutation(
        GUEST, 'lab.connect(lab.create_network("side"), web); shared = observe(lab)', "05.no-cable"
    ),
    "guest has another host name": Mutation(GUEST, inside("guest", "hostname other", "-u"), "05.hostname"),
    "Docker's veth pair has been replaced by one made by hand": Mutation(
        GUEST,
        'end, pid = alone.peer(web, "eth0").name, shared.container(web).pid; lab.disconnect("bridge", web); '
        'lab.host(f"ip link add {end} type veth peer name eth0 netns {pid}"); shared = observe(lab)',
        "05.no-endpoint",
    ),
    "guest has joined another joiner": Mutation(
        GUEST,
        'guest.remove(); middle = lab.run("middle", "sleep infinity", network="container:web"); '
        'guest = lab.run("guest", "sleep infinity", network="container:middle"); shared = observe(lab)',
        "05.id",
    ),
    "a rule refuses what comes by lo": Mutation(
        CLIENT,
        inside("web", "sh -c 'for tool in iptables ip6tables; do $tool -A INPUT -i lo -p tcp -j REJECT; done'"),
        "05.localhost",
    ),
    "guest has a server of its own, elsewhere": Mutation(
        CLIENT, 'guest.remove(); guest = lab.run("guest")', "05.localhost"
    ),
    "client has joined as well": Mutation(
        CLIENT,
        'client.remove(); client = lab.run("client", "sleep infinity", network="container:web")',
        "05.not-client",
    ),
    "a rule drops what client sends to itself": Mutation(
        CLIENT, inside("client", "iptables -A INPUT -i lo -p tcp --dport 80 -j DROP"), "05.not-client"
    ),
    "the host serves, too": Mutation(
        CLIENT, 'lab.run("intruder", network="host", hostname=web.sh("hostname").text.strip())', "05.not-host"
    ),
    "the host has no way to web": Mutation(
        CLIENT, "lab.host(f\"ip link set {observe(lab).peer(web, 'eth0').name} nomaster\")", "05.not-host"
    ),
    "web and guest have started again since the pings": Mutation(PINGED, "web.restart(); guest.restart()", "05.lo"),
    "the pings go to the bridge": Mutation(
        'lesson.predict("05.way")',
        "client.sh(f\"ping -c 150 -i 0.002 -q {shared.container(web).endpoint('bridge').ip}\")",
        "05.not-eth0",
    ),
    "guest is somewhere else": Mutation(
        'lesson.predict("05.way")', 'guest.remove(); guest = lab.run("guest", "sleep infinity")', "05.way"
    ),
    "client has been disconnected": Mutation(
        PINGED, "lab.host(f\"ip link set {observe(lab).peer(client, 'eth0').name} nomaster\")", "05.eth0"
    ),
    "the second server has a namespace of its own": Mutation(
        SHOP, 'shop.remove(); shop = lab.run("shop", env={"SERVE_PORT": "8080"})', "05.two-servers"
    ),
    "the second server has been stopped": Mutation(SHOP, "shop.stop(0)", "05.two-servers"),
    "shop only sleeps": Mutation(
        SHOP, 'shop.remove(); shop = lab.run("shop", "sleep infinity", network="container:web")', "05.one-address"
    ),
    "a third container serves on 8080": Mutation(
        SHOP,
        'shop.remove(); shop = lab.run("shop", "sleep infinity", network="container:web"); '
        'lab.run("third", network="container:web", env={"SERVE_PORT": "8080"})',
        "05.one-address",
    ),
    "late has been made after all": Mutation(REFUSED, 'lab.run("late", "sleep infinity")', "05.no-publish"),
    "web has that file, too": Mutation(NOTED, 'web.sh("touch /note")', "05.files"),
    "guest's file is gone": Mutation(NOTED, 'guest.sh("rm /note")', "05.files"),
    "guest has a file of names of its own": Mutation(
        NOTED,
        'guest.remove(); guest = lab.run("guest", "sleep infinity"); guest.sh("touch /note")',
        "05.hosts",
    ),
    "guest runs a server as well": Mutation(
        REFUSED,
        'guest.remove(); guest = lab.run("guest", network="container:web", env={"SERVE_PORT": "8081"})',
        "05.processes",
    ),
    "the second server has ended": Mutation(LISTED, "shop.kill()", "05.ports"),
    "the guest has been restarted meanwhile": Mutation(
        RESTARTED, "guest.stop(0); guest.start(); left = observe(lab)", "05.new-room"
    ),
    "web has not come back": Mutation(RESTARTED, "web.stop(0); left = observe(lab)", "05.new-room"),
    "the old namespace has got another interface": Mutation(
        RESTARTED,
        inside("guest", "sh -c 'ip link add left0 type veth peer name left1; ip link set left0 up'")
        + "; left = observe(lab)",
        "05.left-behind",
    ),
    "the other joiner has been killed": Mutation(RESTARTED, "shop.kill()", "05.still"),
    "another joiner serves at web's new address": Mutation(
        RESTARTED, 'lab.run("heir", network="container:web", env={"SERVE_PORT": "8080"})', "05.cut-off"
    ),
    "shop has been started without its owner": Mutation(
        'lesson.expect("05.left-behind"',
        'shop.remove(); shop = lab.run("shop", env={"SERVE_PORT": "8080"})',
        "05.cured",
    ),
    "shop comes back without its server": Mutation(
        'lesson.expect("05.left-behind"',
        'shop.remove(); shop = lab.run("shop", "sleep infinity", network="container:web")',
        "05.cured",
    ),
}
