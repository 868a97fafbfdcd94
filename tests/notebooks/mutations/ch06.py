"""What is broken in chapter 06."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

WEB = 'web = lab.run("web", links="db:database")'
ASKED = 'lesson.predict("06.direction")'
MOVED = "stranger = lab.run("
PAIR = 'web2 = lab.run("web2", network=shop)'
OLD_SCRIPT = 'web3 = lab.run("web3", network=shop, links="db2:store")'


def detached(who: str) -> str:
    """A line that takes the host end of a container's veth pair out of its bridge."""
    return f"lab.host(f\"ip link set {{observe(lab).peer({who}, 'eth0').name}} nomaster\")"


def inside(who: str, command: str) -> str:
    """A line that runs a command of the host in a container's network namespace."""
    return f'lab.host(f"nsenter -t {{observe(lab).container({who}).pid}} -n {command}")'


def seen_detached(who: str, name: str) -> str:
    """Lines that take a container out of its bridge, look, and put it back."""
    return (
        f"port = observe(lab).peer({who}, 'eth0'); lab.host(f\"ip link set {{port.name}} nomaster\"); "
        f'{name} = observe(lab); lab.host(f"ip link set {{port.name}} master {{port.master}}")'
    )


MUTATIONS = {
    "web has no link": Mutation(WEB, 'web.remove(); web = lab.run("web")', "06.line"),
    "the link has another alias": Mutation(WEB, 'web.remove(); web = lab.run("web", links="db:store")', "06.line"),
    "db is detached from the bridge": Mutation(WEB, detached("db"), "06.name"),
    "web is on a network with names, too": Mutation(
        WEB, 'lab.connect(lab.create_network("side"), web)', "06.no-server"
    ),
    "a rule drops questions to 127.0.0.11": Mutation(
        WEB, inside("web", "iptables -A OUTPUT -d 127.0.0.11 -j DROP"), "06.no-server"
    ),
    "web was given another address in that variable": Mutation(
        WEB,
        'web.remove(); web = lab.run("web", links="db:database", env={"DATABASE_PORT_80_TCP_ADDR": "nowhere"})',
        "06.where",
    ),
    "db has no password": Mutation(
        WEB,
        'web.remove(); db.remove(); db = lab.run("db"); web = lab.run("web", links="db:database")',
        "06.secret",
    ),
    "somebody has told db the name": Mutation(
        ASKED, 'db.sh(["sh", "-c", f"echo {web.address()} {web.real_name} >> /etc/hosts"])', "06.one-way"
    ),
    "web has forgotten the alias": Mutation(ASKED, 'web.sh("echo > /etc/hosts")', "06.one-way"),
    "web is detached from the bridge": Mutation(ASKED, detached("web"), "06.both-ways"),
    "a rule refuses what db sends": Mutation(
        ASKED, inside("web", "iptables -A INPUT -p tcp --dport 80 -j REJECT"), "06.both-ways"
    ),
    "web was seen out of its bridge": Mutation("show_map(linked", seen_detached("web", "linked"), "06.same-bridge"),
    "db has got its address back": Mutation(MOVED, "stranger.remove(); db.restart()", "06.new-address"),
    "somebody has emptied the file": Mutation(MOVED, 'web.sh("echo > /etc/hosts")', "06.file-new"),
    "somebody has written the old address into the file": Mutation(
        MOVED, r"""web.sh(f"printf '{was}\\tdatabase\\n' >> /etc/hosts")""", "06.file-new"
    ),
    "web has been restarted": Mutation(MOVED, "web.restart()", "06.stale"),
    "the alias is web2's": Mutation(
        PAIR,
        'web2.remove(); db2.remove(); db2 = lab.run("db2", network=shop); '
        'web2 = lab.run("web2", network=shop, aliases="database")',
        "06.alias",
    ),
    "web2 is on another network": Mutation(
        PAIR, 'web2.remove(); web2 = lab.run("web2", network=lab.create_network("side"))', "06.alias"
    ),
    "a rule refuses what db2 sends": Mutation(
        PAIR, inside("web2", "iptables -A INPUT -p tcp --dport 80 -j REJECT"), "06.back"
    ),
    "web2 is told the password": Mutation(
        PAIR,
        'web2.remove(); web2 = lab.run("web2", network=shop, env={"PASSWORD": "swordfish"})',
        "06.no-secret",
    ),
    "nobody has the password": Mutation(
        PAIR,
        'web2.remove(); db2.remove(); db2 = lab.run("db2", network=shop, aliases="database"); '
        'web2 = lab.run("web2", network=shop)',
        "06.no-secret",
    ),
    "web2 knows by its file, and asks another server": Mutation(
        PAIR,
        'web2.sh(f"echo {db2.address()} database >> /etc/hosts; echo nameserver 127.0.0.1 > /etc/resolv.conf")',
        "06.server",
    ),
    "web2 was seen out of its bridge": Mutation(
        "show_map(side_by_side", seen_detached("web2", "side_by_side"), "06.apart"
    ),
    "web3 has no link": Mutation(OLD_SCRIPT, 'web3.remove(); web3 = lab.run("web3", network=shop)', "06.store"),
    "db2 is called store by all": Mutation(
        OLD_SCRIPT,
        'lab.disconnect(shop, db2); lab.connect(shop, db2, aliases=["database", "store"])',
        "06.alone",
    ),
    "web2 finds nobody any more": Mutation(
        OLD_SCRIPT, 'web2.sh("echo nameserver 127.0.0.1 > /etc/resolv.conf")', "06.alone"
    ),
    "web3 is told the password": Mutation(
        OLD_SCRIPT,
        'web3.remove(); web3 = lab.run("web3", network=shop, links="db2:store", env={"PASSWORD": "swordfish"})',
        "06.no-copy",
    ),
}
