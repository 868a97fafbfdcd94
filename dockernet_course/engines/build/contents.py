"""What goes into the engine pack and into the lab image: names of packages, programs and data files.

Both are made of Debian's (or Ubuntu's) own binaries, chosen file by file: each program brings the shared libraries
that its loader asks for, and nothing else of its package. Much smaller than the packages (no locales, no perl, no
gconv), and there is no maintainer script whose work would have to be done by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

__all__ = ["ENGINE", "LAB", "OPTIONAL_PACKAGES", "PACKAGES", "Selection", "recipe", "wanted"]

PACKAGES = (
    *("docker.io", "tini", "crun", "kmod", "mount"),
    *("iproute2", "bridge-utils", "iptables", "nftables", "conntrack", "tcpdump", "util-linux"),
    *("iputils-ping", "bind9-dnsutils", "netcat-openbsd", "curl", "libc-bin"),
    *("bash", "dash", "busybox", "python3-minimal", "libpython3-stdlib"),
    *("base-files", "netbase", "ncurses-base"),
)
OPTIONAL_PACKAGES = ("docker-cli",)  # a package of its own from Debian 13 on; before, and on Ubuntu, part of docker.io


class Selection(NamedTuple):
    """Programs by name (from bin and sbin), data files by pattern, symbolic links as ``path -> target``.

    A pattern that matches nothing is an error unless it ends with ``?``: some files moved between releases.
    """

    programs: tuple[str, ...]
    data: tuple[str, ...]
    links: dict[str, str]


_IPTABLES = {
    f"usr/sbin/{family}{suffix}": "xtables-nft-multi"  # what update-alternatives would do
    for family in ("iptables", "ip6tables")
    for suffix in ("", "-save", "-restore")
} | {f"usr/sbin/iptables-legacy{suffix}": "xtables-legacy-multi" for suffix in ("", "-save")}

# What a person at a container's prompt would use. The order of names is of no importance.
LAB = Selection(
    programs=(
        *("busybox", "dash", "bash", "python3"),
        *(
            "ip",
            "bridge",
            "brctl",
            "ss",
            "tc",
            "tcpdump",
            "nft",
            "xtables-nft-multi",
            "xtables-legacy-multi",
            "conntrack",
            "nsenter",
            "unshare",
        ),
        *("ping", "curl", "dig", "host", "nslookup", "nc.openbsd", "getent"),
    ),
    data=(
        "etc/os-release",
        "etc/protocols",
        "etc/services",
        "etc/ethertypes?",
        "etc/iproute2/*?",  # names of protocols and scopes; /usr/share/iproute2 from Debian 13 on
        "usr/share/iproute2/*?",
        "usr/lib/*/xtables/*.so",
        "usr/lib/terminfo/x/xterm*?",  # /usr/share/terminfo from Debian 13 on
        "usr/share/terminfo/x/xterm*?",
        "usr/bin/python3.*",
        "usr/lib/python3.*/**/*.py",  # what python3-minimal has, json and ctypes
        "usr/lib/python3.*/lib-dynload/_ctypes.*.so",  # to enter namespaces: os.setns is there from 3.12 on only
    ),
    links={
        "usr/bin/sh": "dash",  # busybox's ash would run its own applets instead of the real ip, ping, nc …
        "usr/bin/nc": "nc.openbsd",
        **_IPTABLES,
    },
)

# What the capsule's host has beside that. ``runc`` is ours: see engines/inside/runc.sh.
ENGINE = Selection(
    programs=(
        *("dockerd", "docker", "docker-proxy", "tini-static"),
        *("containerd", "containerd-shim-runc-v2", "crun", "kmod", "mount", "umount"),
    ),
    data=(),
    links={"usr/sbin/modprobe": "../bin/kmod", "usr/bin/docker-init": "tini-static"},
)


def wanted(package: str, path: str) -> bool:
    """Whether a file of a package can be of use at all; what is not is never written to the disk."""
    if package.startswith("libpython3") and package.endswith("-stdlib"):
        return any(part in path for part in ("/ctypes/", "/_ctypes.", "/json/"))
    if package.startswith(("perl", "libperl")):
        return False
    return (
        path.startswith(
            ("usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/", "usr/share/iproute2/", "usr/share/terminfo/x/", "etc/")
        )
        and "/gconv/" not in path
    )


def recipe() -> str:
    """A short checksum of everything that decides what a pack holds; another recipe is another pack."""
    engines = Path(__file__).parents[1]
    names = ("build/contents.py", "build/tree.py", "build/lab_image.py", "build/sleep.sh", "inside/serve.py")
    return hashlib.sha256(b"".join((engines / name).read_bytes() for name in names)).hexdigest()[:12]
