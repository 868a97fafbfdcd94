"""Runs in the observer, as ``python3 -c``: what the network of the engine's host is set to, and how it is put back.

``show`` prints it as JSON. ``settle`` is for the host of a private engine on which no container and no network is: at
the first time it keeps what it finds in a file there, at every later time it undoes what differs, and prints a line
for each. What is looked at: the rules of iptables in both families and both kinds, other tables of nftables, settings
in ``/proc/sys/net``, links and their addresses, routes, and the rules of routing.

Standard library of ``python3-minimal`` only. Needs CAP_NET_ADMIN, and CAP_SYS_ADMIN for a ``/proc/sys`` that can be
written. Sources: iptables-restore(8), nft(8), ip-link(8), ip-route(8), ip-rule(8),
https://docs.kernel.org/networking/ip-sysctl.html
"""
# mypy: disable-error-code="type-arg"

import json
import os
import re
import subprocess
import sys

KEPT = "/proc/1/root/run/dockernet-host.json"
SYS = "/proc/sys/net"
SAVED = {
    "iptables": "xtables-nft-multi iptables",
    "ip6tables": "xtables-nft-multi ip6tables",
    "iptables-legacy": "xtables-legacy-multi iptables",
    "ip6tables-legacy": "xtables-legacy-multi ip6tables",
}
TABLES = ("raw", "mangle", "nat", "filter", "security")  # those of iptables, which has tables of nftables for them
COMMANDS = {
    **{name: f"{command}-save" for name, command in SAVED.items()},
    "nft": "nft list ruleset",
    "links": "ip -json -d address show",
    "route 4": "ip -4 route show table all",
    "route 6": "ip -6 route show table all",
    "rule 4": "ip -4 rule show",
    "rule 6": "ip -6 rule show",
}
# Of routes: what the kernel makes of addresses by itself, and what a router has announced for a time.
BY_ITSELF = re.compile(r"^(local|\w+cast|fe80:|ff00:|unreachable .* metric 4294967295)|table local|proto ra|expires")
PASSING = re.compile(r" +(linkdown|dead|onlink|rtnh_\w+|error -\d+)\b| +$")
BRIDGE = ("stp_state", "priority", "forward_delay", "ageing_time", "vlan_filtering", "nf_call_iptables")
MENDED = ("up", "mtu", "master", "addresses", "bridge")  # what is put back of a link that is there
LEFT_OUT = ("mtu", "stable_secret", "flush", "tcp_fastopen_key")


def printed(commands: dict) -> dict:
    """What the commands print, all run at once; a command that is not there prints nothing."""
    running = {
        name: subprocess.Popen(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S602
        for name, line in commands.items()
    }
    return {name: process.communicate()[0].decode(errors="replace") for name, process in running.items()}


def seen() -> dict:
    """All of it, as it is now."""
    found = printed(COMMANDS)
    links = {link["ifname"]: about(link) for link in json.loads(found["links"] or "[]") if "ifname" in link}
    return {
        "rules": {name: found[name] for name in SAVED},
        "tables": native(found["nft"]),
        "settings": settings({"all", "default", *links}),
        "links": links,
        "routes": {f: sorted(routes(found[f"route {f}"])) for f in "46"},
        "routing": {f: sorted(line.strip() for line in found[f"rule {f}"].splitlines()) for f in "46"},
    }


def about(link: dict) -> dict:
    """What may be changed of a link."""
    info = link.get("linkinfo", {})
    addresses = [a for a in link["addr_info"] if a.get("scope") != "link" and not a.get("dynamic") and "local" in a]
    return {
        "index": link["ifindex"],
        "kind": info.get("info_kind", ""),
        "mac": link.get("address", ""),
        "up": "UP" in link["flags"],
        "mtu": link["mtu"],
        "master": link.get("master", ""),
        "addresses": sorted(f"{a['local']}/{a['prefixlen']}" for a in addresses),
        "bridge": {key: value for key, value in info.get("info_data", {}).items() if key in BRIDGE},
    }


def routes(text: str) -> set:
    """The routes that somebody has made, as ``ip route`` takes them."""
    return {PASSING.sub("", line) for line in text.splitlines() if not BY_ITSELF.search(line)}


def native(text: str) -> dict:
    """The tables of nftables that are none of iptables': family and name → text."""
    parts = re.split(r"^(?=table )", text, flags=re.MULTILINE)
    named = {" ".join(part.split()[1:3]): part for part in parts if part.startswith("table ")}
    return {name: part for name, part in named.items() if not of_iptables(name)}


def of_iptables(name: str) -> bool:
    """Whether iptables takes a table of nftables for one of its own."""
    family, _, table = name.partition(" ")
    return family in ("ip", "ip6") and table in TABLES


def read(path: str) -> str:
    """What is in a file."""
    with open(path) as file:  # noqa: PTH123, pathlib is slow to import
        return file.read()


def listed(folder: str) -> list:
    """The names in a folder; none where there is no such folder (no IPv6, no filter of bridges)."""
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def settings(interfaces: set) -> dict:
    """The settings of the network as a whole, and of these interfaces."""
    found = {}
    folders = ["ipv4", "ipv6", "bridge"] + [f"{v}/conf/{i}" for v in ("ipv4", "ipv6") for i in sorted(interfaces)]
    for folder in folders:
        for name in listed(f"{SYS}/{folder}"):
            path = f"{folder}/{name}"
            if name not in LEFT_OUT:
                try:
                    found[path] = read(f"{SYS}/{path}").strip()
                except OSError:
                    continue  # a folder, or one that cannot be read
    return found


def plain(rules: str) -> set:
    """What counts of an ``iptables-save``: rules with their places, policies that are not ACCEPT, chains of one's own.

    Chains of Docker's that are empty do not count: the engine makes some of them when it first needs them.
    """
    table, lines = "", set()
    place: dict = {}
    for line in rules.splitlines():
        if line.startswith("*"):
            table = line
        elif line.startswith("-A "):
            chain = (table, line.split()[1])
            place[chain] = place.get(chain, 0) + 1
            lines.add((table, place[chain], line))
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            if policy != "ACCEPT" and not (policy == "-" and name.startswith("DOCKER")):
                lines.add((table, 0, f"{name} {policy}"))
        elif "incompatible" in line:
            lines.add((table, 0, line))
    return lines


def uncounted(table: str) -> str:
    """A table's text without what it has counted."""
    return re.sub(r"packets \d+ bytes \d+", "", table)


def undo(then: dict) -> list:
    """Put back what differs from ``then``; a line for each."""
    now, done = seen(), []
    for step in (undo_rules, undo_tables, undo_links, undo_settings):
        done += step(then, now)
    if done or now["routes"] != then["routes"] or now["routing"] != then["routing"]:
        done += undo_routes(then, seen())
    return done


def quoted(text: str) -> str:
    """As one word of a shell's line."""
    return "'" + text.replace("'", "'\\''") + "'"


def run(line: str, text: str = "") -> None:
    """Run a shell's line; what it cannot do is seen when somebody looks again."""
    subprocess.run(line, shell=True, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S602


def undo_rules(then: dict, now: dict) -> list:
    """The rules of iptables, a whole family and kind at once; a table that was not there is emptied."""
    done = []
    for name, command in SAVED.items():
        old, new = then["rules"][name], now["rules"][name]
        if plain(old) == plain(new):
            continue
        if "legacy" in name:
            gone = set(re.findall(r"^\*(\w+)", new, re.M)) - set(re.findall(r"^\*(\w+)", old, re.M))
            old += "".join(f"*{table}\n{emptied(new, table)}COMMIT\n" for table in sorted(gone))
        else:
            family = "ip6" if name == "ip6tables" else "ip"
            run("; ".join(f"nft delete table {family} {table}" for table in TABLES))
        run(f"{command}-restore", old)
        done.append(f"the rules of {name}")
    return done


def emptied(saved: str, table: str) -> str:
    """The chains of the kernel's in a table, with nothing in them."""
    text = saved.partition(f"*{table}\n")[2].partition("COMMIT")[0]
    return "".join(f":{c} ACCEPT [0:0]\n" for c in re.findall(r"^:(\S+) (?:ACCEPT|DROP)", text, re.M))


def undo_tables(then: dict, now: dict) -> list:
    """Tables of nftables: those that are new go, those that changed are made anew."""
    old, new, done = then["tables"], now["tables"], []
    for name in sorted({*old, *new}):
        if uncounted(old.get(name, "")) != uncounted(new.get(name, "")):
            run("nft -f -", f"table {name}\ndelete table {name}\n" + old.get(name, ""))
            done.append(f"the table {name} of nft")
    return done


def undo_settings(then: dict, _now: dict) -> list:
    """Settings; twice, because some of them set others, too."""
    changed = differing(then)
    for _ in range(2 if changed else 0):
        wrong = differing(then)
        order = sorted(wrong, key=lambda n: (n.count("/"), "/all/" not in n, "/default/" not in n, n))
        writes = "; ".join(f"echo {quoted(wrong[n])} > {SYS}/{n}" for n in order)
        run(f"unshare -m sh -c {quoted('mount -o remount,rw,bind /proc/sys; ' + writes)}" if wrong else ":")
    return [f"net.{name.replace('/', '.')}" for name in sorted(changed)]


def differing(then: dict) -> dict:
    """The settings that are others now, with what they were."""
    found = settings({"all", "default", *then["links"]})
    return {name: value for name, value in then["settings"].items() if found.get(name, value) != value}


def undo_links(then: dict, now: dict) -> list:
    """Links that are new go; those that are gone, set up or down, or addressed otherwise are as they were."""
    old, new, done = then["links"], now["links"], []
    for name in sorted(set(new) - set(old)):
        run(f"ip link delete {quoted(name)}")
        done.append(f"the link {name}")
    for name, link in old.items():
        there = new.get(name)
        if there is None and link["kind"] == "bridge":
            run(f"ip link add {name} address {link['mac']} type bridge")
            there = {"up": None, "mtu": 0, "master": "", "addresses": [], "bridge": {}}
        if there and any(there[key] != link[key] for key in there if key in MENDED):
            run("; ".join(mended(name, link, there)))
            done.append(f"the link {name}")
    return done


def mended(name: str, link: dict, there: dict) -> list:
    """The commands that make a link what it was."""
    lines = [f"ip address add {a} dev {name}" for a in link["addresses"] if a not in there["addresses"]]
    lines += [f"ip address delete {a} dev {name}" for a in there["addresses"] if a not in link["addresses"]]
    lines.append(f"ip link set {name} mtu {link['mtu']} {'up' if link['up'] else 'down'}")
    if there["bridge"] != link["bridge"]:
        lines.append(f"ip link set {name} type bridge " + " ".join(f"{k} {v}" for k, v in link["bridge"].items()))
    if there["master"] != link["master"]:
        lines.append(f"ip link set {name} {'master ' + link['master'] if link['master'] else 'nomaster'}")
    return lines


def undo_routes(then: dict, now: dict) -> list:
    """Routes and the rules of routing."""
    done = []
    for family in "46":
        old, new = set(then["routes"][family]), set(now["routes"][family])
        lines = [f"ip -{family} route delete {route}" for route in sorted(new - old)]
        lines += [f"ip -{family} route replace {route}" for route in sorted(old - new)]
        ruled, rules = set(then["routing"][family]), set(now["routing"][family])
        for word, chosen in (("delete", rules - ruled), ("add", ruled - rules)):
            for pref, _, rule in sorted(line.partition(":") for line in chosen):
                lines.append(f"ip -{family} rule {word} pref {pref} {rule.strip()}")
        if lines:
            run("; ".join(lines))
            done.append(f"routes of IPv{family}")
    return done


def keep(found: dict) -> None:
    """Write it down, unless an interface is attached to a bridge: then somebody has begun already."""
    if not any(link["master"] for link in found["links"].values()):
        with open(KEPT + ".new", "w") as file:  # noqa: PTH123
            json.dump(found, file)
        os.replace(KEPT + ".new", KEPT)  # noqa: PTH105


def settle() -> None:
    """Keep what is there at the first time; put it back at any other."""
    try:
        then = json.loads(read(KEPT))
    except (OSError, ValueError):
        keep(seen())
    else:
        print("\n".join(undo(then)))


if sys.argv[1] == "show":
    print(json.dumps(seen()))
else:
    settle()
