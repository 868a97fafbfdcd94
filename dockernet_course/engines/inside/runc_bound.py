"""Run by ``runc.sh`` on a container's config.json, where the capsule has no /proc or no /sys of its own.

Containers cannot have new ones there either, so they get the capsule's; in a container's /proc, ``/proc/1`` shows its
own first process. ``/run/bound`` says which are meant. With /proc also go what is laid over it, for the machine
has done so already, and the two settings that Docker always makes, as /proc/sys may be read-only; one that somebody
asks for (``--sysctl``) stays, and fails in the runtime's words.
"""

import json
import sys

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

KINDS = {"proc": "proc", "sysfs": "sysfs", "cgroup": "sysfs"}  # cgroups are mounted in /sys
ALWAYS = ("net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range")
# A hook is run by the container's first process, before it turns to its root: its parent, as /proc counts.
FIRST = "read -r pid name state parent rest < /proc/self/stat; exec busybox mount --bind /proc/$parent {}/proc/1"


def bind(source: str, target: str) -> dict[str, object]:
    """One of the mounts."""
    options = ["rbind", "nosuid", "noexec", "nodev"]
    return {"destination": target, "type": "none", "source": source, "options": options}


def changed(config: "Json", bound: list[str]) -> "Json":
    """The configuration with binds instead of mounts."""
    mounts: list[Json] = []
    for mount in config["mounts"]:
        target = mount["destination"]
        if KINDS.get(mount["type"]) not in bound:
            mounts.append(mount)
        elif mount["type"] != "cgroup":
            mounts.append(bind(target, target))
    return (without_proc if "proc" in bound else dict)({**config, "mounts": mounts})


def without_proc(config: "Json") -> "Json":
    """The configuration for a container whose /proc is bound."""
    pids = [space.get("path", "") for space in config["linux"]["namespaces"] if space["type"] == "pid"]
    mounts = [bind(path.removesuffix("/ns/pid"), "/proc/1") for path in pids if path]  # another container's
    hooks = config.get("hooks", {})
    if pids == [""]:
        hook = {"path": "/usr/bin/busybox", "args": ["sh", "-c", FIRST.format(config["root"]["path"])]}
        hooks = {**hooks, "createContainer": [hook]}
    settings = {key: value for key, value in config["linux"].get("sysctl", {}).items() if key not in ALWAYS}
    linux = {**config["linux"], "sysctl": settings, "maskedPaths": [], "readonlyPaths": []}
    return {**config, "mounts": [*config["mounts"], *mounts], "hooks": hooks, "linux": linux}


if __name__ == "__main__":
    with open("/run/bound") as file:  # noqa: PTH123 (pathlib takes 10 ms to import)
        words = file.read().split()
    with open(sys.argv[1]) as file:  # noqa: PTH123
        before = json.load(file)
    with open(sys.argv[1], "w") as file:  # noqa: PTH123
        json.dump(changed(before, words), file)
